"""How an edit is framed for the shapes wanted: found once, by what it shows, and kept in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.argv import recipe_key
from pipeline.edit import Edit, MasterSpan, merged
from pipeline.framing import FramedStretch, Framing
from pipeline.framingfile import FramedPart, framing_text, parse_framing
from pipeline.plan.framing import frames_of
from pipeline.plan.reframing import VERSION, Wish, frame_span
from pipeline.plan.subjects import Subjects
from pipeline.shell.apart import find_subjects
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study
from pipeline.shell.subjects import subjects_key


@dataclass(frozen=True)
class ClipFraming:
    """How a clip is framed, and the file that says so."""

    framing: Framing
    artifact: Artifact | None
    """Text of a framing file, for people to edit; None where their own stands in its place."""
    keys: tuple[str, ...]
    """Of what it was found from, which must not be removed."""
    unmoved: Framing | None = None
    """What it was before somebody moved its windows in a cutting room; None where nobody did."""


def frame_edit(
    edit: Edit,
    studies: Mapping[str, Study],
    wishes: Sequence[Wish],
    store: Store,
    *,
    on_fraction: Callable[[float], None] | None = None,
) -> dict[Wish, ClipFraming]:
    """Return how an edit is framed for each wish; looks at what it shows where the store lacks that.

    Raises MasterError.
    """
    edit = merged(edit)
    parts = framed_parts(edit, studies)
    keys = {wish: _framing_key(edit, studies, wish) for wish in dict.fromkeys(wishes)}
    if all(store.find(key) is not None for key in (*keys.values(), *subject_keys(edit))):
        seen: dict[MasterSpan, Subjects] = {}
    else:
        seen = _seen(edit, studies, store, on_fraction)
    framed = {}
    for wish, key in keys.items():
        produce = partial(_written, edit, studies, seen, wish, parts)
        artifact, _ = store.make(key, ".json", produce)
        text = artifact.path.read_text("utf-8")
        framing = parse_framing(text, path=artifact.path, shape=wish.shape, parts=parts)
        framed[wish] = ClipFraming(framing, artifact, subject_keys(edit))
    return framed


def framed_parts(edit: Edit, studies: Mapping[str, Study]) -> tuple[FramedPart, ...]:
    """Return the parts of a merged edit as framing files speak of them."""
    parts = []
    for part in edit.parts:
        if not isinstance(part, MasterSpan):
            parts.append(FramedPart(None))
            continue
        study = studies[part.master]
        parts.append(
            FramedPart(part.master, *study.facts.picture.display_size, frames_of(part.span, study.analysis.timeline))
        )
    return tuple(parts)


def subject_keys(edit: Edit) -> tuple[str, ...]:
    """Return the keys of what the parts of a merged edit show."""
    return tuple(subjects_key(part.master, part.span) for part in edit.parts if isinstance(part, MasterSpan))


def _framing_key(edit: Edit, studies: Mapping[str, Study], wish: Wish) -> str:
    shots = [f"{digest} {studies[digest].artifact.key}" for digest in sorted(edit.masters)]
    said = (f"{wish.shape} {wish.fit} {wish.zones} {wish.size}", wish.style.model_dump_json())
    return recipe_key("framing", f"framing {VERSION}", (*shots, *subject_keys(edit), *_gaps(edit), *said))


def _gaps(edit: Edit) -> tuple[str, ...]:
    """Return where the parts without film stand."""
    return tuple(str(number) for number, part in enumerate(edit.parts) if not isinstance(part, MasterSpan))


def _seen(
    edit: Edit, studies: Mapping[str, Study], store: Store, on_fraction: Callable[[float], None] | None
) -> dict[MasterSpan, Subjects]:
    shown = [part for part in edit.parts if isinstance(part, MasterSpan)]
    seen: dict[MasterSpan, Subjects] = {}
    for digest in dict.fromkeys(part.master for part in shown):
        of_film = list(dict.fromkeys(part for part in shown if part.master == digest))
        found = find_subjects(studies[digest], [part.span for part in of_film], store, on_fraction=on_fraction)
        seen |= dict(zip(of_film, found, strict=True))
    return seen


def _written(
    edit: Edit,
    studies: Mapping[str, Study],
    seen: Mapping[MasterSpan, Subjects],
    wish: Wish,
    parts: Sequence[FramedPart],
    target: Path,
) -> dict[str, Any]:
    framing = [_framed(part, studies, seen, wish) if isinstance(part, MasterSpan) else () for part in edit.parts]
    target.write_text(framing_text(wish.shape, list(zip(parts, framing, strict=True))), "utf-8")
    return {"made_by": "framing", "inputs": list(subject_keys(edit))}


def _framed(
    part: MasterSpan, studies: Mapping[str, Study], seen: Mapping[MasterSpan, Subjects], wish: Wish
) -> tuple[FramedStretch, ...]:
    study = studies[part.master]
    of_film = [subjects for other, subjects in seen.items() if other.master == part.master]
    return frame_span(
        seen[part],
        of_film,
        picture=study.facts.picture,
        timeline=study.analysis.timeline,
        transitions=study.analysis.transitions,
        wish=wish,
    )
