"""A highlight of a cutting room goes to an editing program and comes back: as stretches, else as an edit file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.cut.returned import Kind, Returned, take_back
from pipeline.cut.room import CuttingRoom, highlight_as_cut
from pipeline.cut.timeline_files import sources_of
from pipeline.edit import Edit, MasterSpan
from pipeline.editfile import EditFile, EditMaster
from pipeline.errors import PlanError
from pipeline.interchange import WRITERS
from pipeline.plan.zones import Frames
from pipeline.shell.projects import edit_path, save_edit
from pipeline.spelling import spelled
from pipeline.timebase import Span

SENT: Final = tuple(WRITERS)
"""Suffixes of the files that a highlight is sent out as."""


def edit_as_saved(room: CuttingRoom, id_: str) -> Edit:
    """Return a highlight as it is saved, with its cards. Raises PlanError for one that there is not."""
    return highlight_as_cut(room, room.opened.find(id_)).edit


def sent_text(room: CuttingRoom, id_: str, suffix: str) -> str:
    """Return the file in which a highlight opens in an editing program, as it is saved. Raises PlanError."""
    writer = WRITERS.get(suffix)
    if writer is None:
        raise PlanError(f"Highlights are sent as {', '.join(WRITERS)}.")
    return writer(edit_as_saved(room, id_), sources_of((room.study,)), rate=room.film.rate)


def take_back_highlight(room: CuttingRoom, id_: str, text: str, kind: Kind) -> Returned:
    """Return what is otherwise in a file of a highlight than as it is saved.

    Raises PlanError for a highlight that there is not, or what must never be shown, and what `take_back` raises.
    """
    returned = take_back(edit_as_saved(room, id_), text, kind, sources_of((room.study,)), room.film.rate)
    for part in returned.edit.spans:
        for first, last in room.film.never:
            if Span.of_frames(first, last, room.film.rate).overlap(part.span) > 0:
                raise PlanError(
                    f"{id_} would show some of {room.film.told(first)} to {room.film.told(last)}, which film.toml says "
                    "must never be shown.",
                    remedy="Cut it out, or take the stretch out of film.toml.",
                )
    return returned


def pieces_in(room: CuttingRoom, edit: Edit) -> tuple[Frames, ...] | None:
    """Return an edit as the stretches that a highlight on the bench has; None where it says more than these can."""
    rate = room.film.rate
    pieces: list[Frames] = []
    for part in edit.parts:
        if not isinstance(part, MasterSpan) or part != MasterSpan(room.film.digest, part.span.snapped(rate)):
            return None
        pieces.append((rate.nearest_frame(part.span.start), rate.nearest_frame(part.span.end)))
    return None if edit.bed else tuple(pieces)


def keep_as_edit(room: CuttingRoom, id_: str, edit: Edit) -> tuple[CuttingRoom, Path]:
    """Write an edit as the edit file of a highlight into the project's folder; return the room to go on in.

    Raises ProjectError (`conflict`, nothing written) where somebody changed that file since the room was entered.
    """
    rate, path = room.film.rate, edit_path(room.order.main.project, id_)
    master = EditMaster(room.study.digest, spelled(room.study.path.name)[:200], rate)
    version = save_edit(path, EditFile(edit, rate, (master,)), expected=room.edits.get(id_))
    return replace(room, edits={**room.edits, id_: version}), path
