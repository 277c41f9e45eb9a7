"""What stands where in a clip: the film's faces and lettering, and what of all that lies under a platform's buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.argv import recipe_key
from pipeline.cut.framing import subject_keys
from pipeline.edit import Edit, MasterSpan, merged
from pipeline.framing import FramedStretch, Framing
from pipeline.plan.layout import Canvas
from pipeline.plan.onscreen import VERSION, OnScreen, on_screen, on_screen_from_json, on_screen_to_json
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import Subjects, subjects_from_json
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study
from pipeline.shell.subjects import subjects_key


def seen_on(
    canvas: Canvas, edit: Edit, framing: Framing, studies: Mapping[str, Study], store: Store
) -> tuple[tuple[OnScreen, ...], Artifact]:
    """Return where the film's faces and lettering stand in a clip, and the artifact that keeps it.

    What the edit's stretches show must have been looked at.
    """
    edit = merged(edit)
    said = (repr(framing), f"{canvas.width_px}x{canvas.height_px}", *subject_keys(edit))
    key = recipe_key("on screen", str(VERSION), said)

    def produce(target: Path) -> dict[str, Any]:
        target.write_text(on_screen_to_json(on_screen(_parts(edit, framing, studies, store), canvas)))
        return {"made_by": "on screen", "inputs": list(subject_keys(edit))}

    artifact, _ = store.make(key, ".json", produce)
    return on_screen_from_json(artifact.path.read_text()), artifact


def _parts(
    edit: Edit, framing: Framing, studies: Mapping[str, Study], store: Store
) -> Iterator[tuple[Fraction, Subjects, Sequence[FramedStretch], Timeline, tuple[int, int]]]:
    begin = Fraction(0)
    for part, stretches in zip(edit.parts, framing, strict=True):
        if isinstance(part, MasterSpan):
            study = studies[part.master]
            artifact = store.find(subjects_key(part.master, part.span))
            assert artifact is not None, "framing looked at it"
            subjects = subjects_from_json(artifact.path.read_text())
            yield begin, subjects, stretches, study.analysis.timeline, study.facts.picture.display_size
        begin += part.duration
