"""The addresses by which a highlight goes to an editing program and comes back: as files out, one in, as a diff."""

from __future__ import annotations

import hashlib
import shlex
from typing import Annotated, Any, Final, Literal

from fastapi import FastAPI, Path, Query
from pydantic import Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pipeline.counting import counted
from pipeline.cut.returned import MOST_BYTES, Returned
from pipeline.cut.roundtrip import keep_as_edit, pieces_in, sent_text, take_back_highlight
from pipeline.edit import Card, MasterSpan
from pipeline.errors import InputError, PlanError
from pipeline.plan.cutting_room import swap
from pipeline.plan.edit_changes import PartChange
from pipeline.review.answers import UNKEPT, tell_now
from pipeline.review.bench_documents import work_document
from pipeline.review.bench_pages import Room
from pipeline.review.editors import session_of, who_of
from pipeline.review.judging import Asked, Id
from pipeline.review.steps import Name
from pipeline.review.works import Work
from pipeline.shell.projects import safe_name
from pipeline.spelling import brief, spelled

_TYPES: Final = {"otio": "application/json", "edl": "text/plain; charset=utf-8", "fcpxml": "application/xml"}
_MOST_TOLD: Final = 500
FilmId = Annotated[Id, Path()]
Seen = Annotated[int, Query(ge=0, lt=1 << 62)]


class AskedReturn(Asked):
    """That what came back is taken, as the page showed it."""

    seen: Annotated[int, Field(ge=0, lt=1 << 62)]
    highlight: Name
    token: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


def add_exchange(app: FastAPI, desk: Room) -> None:
    """Add them."""

    @app.get("/films/{film}/room/sent/{highlight}/{suffix}")
    def send(
        request: Request, film: FilmId, highlight: Annotated[Name, Path()], suffix: Literal["otio", "edl", "fcpxml"]
    ) -> Response:
        work = desk.benches.find(session_of(request), film)
        with work.lock, work.room.order.store.in_use():
            text = sent_text(work.room, highlight, suffix)
        name = (
            f"{safe_name(work.room.study.path.stem).encode('ascii', 'ignore').decode() or 'film'}-{highlight}.{suffix}"
        )
        headers = {**UNKEPT, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type=_TYPES[suffix], headers=headers)

    @app.post("/films/{film}/room/returned")
    async def take_in(
        request: Request,
        film: FilmId,
        highlight: Annotated[Name, Query()],
        kind: Literal["otio", "fcpxml"],
        seen: Seen,
    ) -> Response:
        body = await request.body()
        session = session_of(request)

        def look() -> dict[str, Any]:
            work = desk.benches.find(session, film)
            text = _text(body)
            with work.lock, work.room.order.store.in_use():
                work.check_seen(seen)
                found = take_back_highlight(work.room, highlight, text, kind)
                token = hashlib.sha256(repr((highlight, found.edit, seen)).encode()).hexdigest()[:32]
                work.returned = (highlight, token, found)
                return {"token": token, **_document(work, highlight, found)}

        return tell_now(await run_in_threadpool(look))

    @app.post("/films/{film}/room/returned/accept")
    def accept(request: Request, film: FilmId, asked: AskedReturn) -> Response:
        with desk.benches.changing(session_of(request), film, asked.seen, who_of(request)) as work:
            if work.returned is None or work.returned[:2] != (asked.highlight, asked.token):
                raise InputError(
                    "What came back is not what is shown any more.", remedy="Choose the file again.", conflict=True
                )
            told = _accept(work, asked.highlight, work.returned[2])
            work.returned = None
        return tell_now({**told, "work": work_document(work)})


def _accept(work: Work, highlight: str, found: Returned) -> dict[str, Any]:
    """Take an edit that came back: onto the bench where it is stretches of the film alone, else as an edit file."""
    room, why = work.room, "it holds more than stretches of the film"
    pieces = pieces_in(room, found.edit)
    if pieces is not None:
        try:
            work.change(swap(work.history.now, room.film, highlight, pieces), f"what came back of {highlight}")
        except PlanError as error:
            why = f"on the bench it cannot be: {spelled(error.message)}"
        else:
            return {"is_on_bench": True, "told": f"{highlight} is as it came back.", "command": ""}
    work.room, path = keep_as_edit(room, highlight, found.edit)
    told = f"Saved as an edit of its own, since {why.rstrip('.')}: {spelled(str(path))}."
    return {"is_on_bench": False, "told": told, "command": spelled(shlex.join(["matinee", "cut", str(path)]))}


def _text(body: bytes) -> str:
    if not body:
        raise InputError("The file is empty.", remedy="Export it again from the editing program.")
    if len(body) > MOST_BYTES:
        raise InputError(f"The file is larger than {MOST_BYTES >> 20} MB.", remedy="Export the highlight alone.")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("The file is not text in UTF-8.", remedy="Choose a .otio or .fcpxml file.") from None


def _document(work: Work, highlight: str, found: Returned) -> dict[str, Any]:
    """Return what came back as a diff by frames."""
    rate = work.room.film.rate
    before, after = found.frames
    changed = [one for one in found.changes if one.is_change]
    return {
        "highlight": highlight,
        "is_same": found.is_same,
        "rows": [_row(one, work) for one in found.changes[:_MOST_TOLD]],
        "left_out": max(0, len(found.changes) - _MOST_TOLD),
        "changed": len(changed),
        "frames": [before, after],
        "seconds": [float(rate.time_of(before)), float(rate.time_of(after))],
        "new_frames": sum(one.new_frames for one in found.changes),
        "again_s": 0.0 if found.is_same else float(rate.time_of(after)),
        "notes": list(found.notes),
    }


def _row(one: PartChange, work: Work) -> dict[str, Any]:
    placed = one.after or one.before
    assert placed is not None
    part = placed.part
    what = "gap"
    if isinstance(part, MasterSpan):
        what = work.room.study.path.name
    elif isinstance(part, Card):
        what = " / ".join(part.lines) or "card"
    return {
        "kind": one.kind,
        "is_moved": one.is_moved,
        "what": brief(what, 80),
        "before": _place(one.before, work),
        "after": _place(one.after, work),
        "in_by": one.in_by,
        "out_by": one.out_by,
        "told": _told(one),
    }


def _place(placed: Any, work: Work) -> dict[str, Any] | None:
    """Return where a part stands on the timeline, and which frames of the film it shows."""
    if placed is None:
        return None
    start = placed.source_start
    is_film = isinstance(placed.part, MasterSpan)
    film = work.room.film
    shows = [start, start + placed.length] if is_film else None
    told = f"{film.told(start)} – {film.told(start + placed.length)}" if is_film else ""
    return {"at": placed.start, "frames": placed.length, "shows": shows, "told": told}


def _told(one: PartChange) -> str:
    """Return what became of a part as people say it."""
    moved = "moved" if one.is_moved else ""
    if one.kind in ("new", "gone"):
        return one.kind
    if one.kind == "same":
        return moved or "same"
    after = one.after
    if after is not None and isinstance(after.part, MasterSpan):
        if one.in_by == one.out_by:
            changed = [f"slipped by {_frames(abs(one.in_by))} {'later' if one.in_by > 0 else 'sooner'}"]
        else:
            changed = [
                f"{name} {_frames(abs(by))} {'later' if by > 0 else 'sooner'}"
                for name, by in (("begins", one.in_by), ("ends", one.out_by))
                if by
            ]
    else:
        changed = [f"{_frames(abs(one.out_by))} {'longer' if one.out_by > 0 else 'shorter'}"]
    return ", ".join(filter(None, (*changed, moved)))


def _frames(count: int) -> str:
    return counted(count, "frame")
