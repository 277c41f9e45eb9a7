"""How good each shot of a reel is to be in each rendition, by probes that are kept in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from pipeline.graph import CardDrawing, CardSheet
from pipeline.plan.chunks import Qualities
from pipeline.plan.clips import Films
from pipeline.plan.ladder import PictureLadder, share_of
from pipeline.plan.probes import plan_trials
from pipeline.plan.quality import plan_qualities
from pipeline.plan.reels import Reel
from pipeline.presets import LadderPreset
from pipeline.shell.making import OnStage
from pipeline.shell.probing import probe_key, probe_shots
from pipeline.shell.render import Workshop


@dataclass(frozen=True)
class FoundQualities:
    """How good the shots of a reel are to be, and the keys of the probes that say so."""

    qualities: Qualities | None
    """None where bit rates are fixed."""
    keys: tuple[str, ...]


def find_qualities(
    reel: Reel,
    shots: Sequence[int],
    cuts: Sequence[int],
    pictures: PictureLadder,
    ladder: LadderPreset,
    films: Films,
    workshop: Workshop,
    on_stage: OnStage,
    *,
    sheet: CardSheet | None = None,
    cards: Sequence[CardDrawing] = (),
) -> FoundQualities:
    """Return how good each shot of a reel is to be by rendition; nothing where bit rates are fixed.

    `shots` are the frames at which they begin, 0 among them, `cuts` those at which they do so at once. What the store
    lacks is found out, for all of the reel: a film that an edit plays a part of has the qualities that it has as a
    whole.
    """
    if ladder.rate_control == "fixed":
        return FoundQualities(None, ())
    keyframes = reel.keyframes(cuts)
    trials = [
        plan_trials(reel, shot, pictures, ladder.encoding, films, keyframes=keyframes, sheet=sheet)
        for shot in pairwise((*shots, reel.frames))
    ]
    probes = probe_shots(workshop, trials, partial(on_stage, "quality"), cards=cards)
    renditions, grid = pictures.renditions, reel.grid
    share = share_of(ladder, pictures.largest)
    found = plan_qualities(
        probes, renditions, share=share, fps=grid.rate.fps, keyframe=grid.keyframe, codec=pictures.codec
    )
    qualities = {one.name: quality for one, quality in zip(renditions, found, strict=True)}
    return FoundQualities(qualities, tuple(probe_key(workshop, one) for one in trials))
