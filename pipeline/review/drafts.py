"""Work in cutting rooms that is not saved, on disk: so that it is there when the page, or the machine, was ended.

Drafts are the page's own files beside its key, by the film's content. They are no edits: nothing but the page reads
them, and a room shows none until somebody goes on with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, TypeAdapter

from pipeline.cut.handframing import KeptFraming
from pipeline.cut.room import CuttingRoom
from pipeline.errors import PipelineError, PlanError, ProjectError, StoreError
from pipeline.plan.cutting_room import Room, RoomFilm
from pipeline.plan.decisions import Decided
from pipeline.plan.written_rooms import check_room
from pipeline.review.access import SESSION_S
from pipeline.review.judging import Id, Who
from pipeline.review.steps import Reason
from pipeline.review.templates import day_text
from pipeline.shell.projects import Version, read_text, save_text
from pipeline.spelling import brief, spelled

VERSION: Final = 1
_SUFFIX: Final = ".draft.json"
_NAME: Final = re.compile(r"[0-9a-f]{32}\.draft\.json")
_ID: Final = re.compile(r"h\d{1,6}", re.ASCII)
_CLIP: Final = re.compile(r"h\d{1,6}-[^/\\\x00]{1,80}")
_PLACE: Final = re.compile(r"-?\d{1,400}(/\d{1,400})?", re.ASCII)
_MOST_SHOWN: Final = 5
_FIRST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Draft:
    """What somebody had done to a film's highlights, and what that began from."""

    version: int
    film: str
    """The digest of the film's bytes."""
    editor: Id
    """Of the browser: a digest of its session."""
    who: Who
    at: Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST)]
    now: Room
    opened: Room
    base: Decided
    base_version: Version
    edits: Mapping[str, Version]
    framings: Mapping[str, KeptFraming]
    called: Mapping[str, str]
    is_half_saved: bool = False


@dataclass(frozen=True)
class KeptDraft:
    """A draft that is on disk."""

    id: str
    draft: Draft
    fault: str = ""
    """Why nobody can go on with it."""


def draft_of(room: CuttingRoom, now: Room, *, editor: str, who: str) -> Draft:
    """Return the draft of a room as it is now."""
    at = datetime.now(UTC).replace(microsecond=0)
    base, film = room.base, room.study.digest
    return Draft(
        VERSION, film, editor, who, at, now, room.opened, base.decided, base.version, room.edits, room.framings,
        room.called, room.is_half_saved,
    )  # fmt: skip


def editor_of(session: str) -> str:
    """Return the name under which a session's drafts are kept; nobody can sign in with it."""
    return hashlib.sha256(f"draft {session}".encode()).hexdigest()[:32]


class Drafts:
    """All drafts of a home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, draft: Draft) -> None:
        """Write a draft under a name of `new_name`, whole or not at all. Raises StoreError."""
        path = self._folder / draft.film / f"{name}{_SUFFIX}"
        try:
            expected = read_text(path)[1] if path.exists() else None
            save_text(path, _adapter().dump_json(draft).decode(), expected=expected)
        except ProjectError as error:
            raise StoreError(
                f"What you do here is not kept in case this page ends: {spelled(error.message)}",
                remedy="Save it, and check the folder's permissions and the free space.",
            ) from error

    def drop(self, film: str, name: str) -> None:
        """Remove a draft, where it is there."""
        with contextlib.suppress(OSError):
            (self._folder / film / f"{name}{_SUFFIX}").unlink(missing_ok=True)

    def of(self, room: CuttingRoom, *, without: Collection[str] = ()) -> tuple[KeptDraft, ...]:
        """Return the drafts of a room's film, the newest first; those of some names, and what is none, left out.

        Those of sessions that have ended are removed. Of those that nobody can go on with it is told why.
        """
        folder = self._folder / room.study.digest
        found = []
        try:
            paths = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
        except OSError:
            return ()
        for path in paths:
            name = path.name.removesuffix(_SUFFIX)
            if name in without:
                continue
            with contextlib.suppress(OSError, PipelineError):
                if time.time() - path.stat().st_mtime > SESSION_S:
                    path.unlink()
                else:
                    draft = read_draft(path, room)
                    found.append(KeptDraft(name, draft, _fault_of(draft, room.film)))
        found.sort(key=lambda one: one.draft.at, reverse=True)
        return tuple(found[:_MOST_SHOWN])


def new_name() -> str:
    """Return a name for a draft that no other has."""
    return uuid.uuid4().hex


def read_draft(path: Path, room: CuttingRoom) -> Draft:
    """Return a draft of a room's film, whose rooms may not be of it. Raises ProjectError for a file that is none."""
    text, _ = read_text(path)
    try:
        json.loads(text, object_hook=_check_places)
        draft = _adapter().validate_json(text, strict=True)
        for one in (*draft.now.rejected, *draft.opened.rejected):
            _reason().validate_python(one.note, strict=True)
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path}: this is no draft: {brief(str(error), 200)}.", path=str(path)) from None
    if draft.version != VERSION or draft.film != room.study.digest:
        raise ProjectError(f"{path}: this is a draft of another film or version.", path=str(path))
    if not all(map(_CLIP.fullmatch, draft.framings)) or not all(map(_ID.fullmatch, draft.called.values())):
        raise ProjectError(f"{path}: this is no draft: it names what is no clip.", path=str(path))
    return draft


def draft_document(kept: KeptDraft, *, editor: str) -> dict[str, Any]:
    """Return what a page says of a draft, of one that nobody can go on with no more than whose it is, and why."""
    draft = kept.draft
    whose = {
        "id": kept.id,
        "who": spelled(draft.who),
        "at": day_text(draft.at.isoformat()),
        "is_own": draft.editor == editor,
    }
    if kept.fault:
        return {**whose, "highlights": [], "rejected": 0, "fault": kept.fault}
    was = {one.id: one for one in draft.opened.highlights}
    changed = [one.id for one in draft.now.highlights if was.get(one.id) != one]
    gone = [id_ for id_ in was if id_ not in {one.id for one in draft.now.highlights}]
    rejected = len(draft.now.rejected) - len(draft.opened.rejected)
    return {**whose, "highlights": [*changed, *gone], "rejected": rejected, "fault": ""}


def _fault_of(draft: Draft, film: RoomFilm) -> str:
    """Return why the rooms of a draft are none of a film; nothing where they are."""
    try:
        for one in (draft.now, draft.opened):
            check_room(one, film)
    except PlanError as error:
        return spelled(error.message)
    return ""


def _check_places(table: dict[str, Any]) -> None:
    """Raise ValueError for places in a picture that would take days to read, such as 1e999999999."""
    if not all(_PLACE.fullmatch(str(table.get(place, 0))) for place in ("left_px", "top_px")):
        raise ValueError("places in a picture are such as 12 or 1/3")


@cache
def _reason() -> TypeAdapter[str]:
    return TypeAdapter(Reason)


@cache
def _adapter() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)
