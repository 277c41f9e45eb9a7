"""The addresses of a film's cutting room."""

from __future__ import annotations

from typing import Annotated, Any, Final, Protocol

from fastapi import FastAPI, Path, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from pipeline.cut.room import offered
from pipeline.errors import ProjectError
from pipeline.review.answers import UNKEPT, known, refuse, tell_now
from pipeline.review.bench_documents import film_document, work_document
from pipeline.review.bench_saving import others_decided, save_work
from pipeline.review.benches import Benches
from pipeline.review.drafts import draft_document, editor_of
from pipeline.review.editors import session_of, who_of
from pipeline.review.judging import Id
from pipeline.review.library import Library
from pipeline.review.preparing import Preparation, Progress, progress_of
from pipeline.review.steps import (
    Again,
    AskedCrop,
    AskedDraft,
    AskedEntry,
    AskedHighlight,
    AskedSeen,
    AskedStep,
    Name,
    Regain,
    regain,
    take_step,
)
from pipeline.review.works import Work
from pipeline.spelling import spelled

_OFFERS: Final = 5
_BEHIND: Final = ("Others changed this film's highlights as well, which is not shown here yet.", "Go on from theirs.")
FilmId = Annotated[Id, Path()]
OneName = Annotated[Name, Query()]


class Room(Protocol):
    """What all addresses share."""

    @property
    def library(self) -> Library:
        """The films."""

    @property
    def benches(self) -> Benches:
        """The rooms that are open."""


def add_cutting_room(app: FastAPI, desk: Room, show: Any) -> None:
    """Add the page of a film's cutting room, which `show` renders, and all that it asks for."""
    _add_entry(app, desk, show)
    _add_work(app, desk)
    _add_drafts(app, desk)
    _add_previews(app, desk)


def _add_entry(app: FastAPI, desk: Room, show: Any) -> None:
    @app.get("/films/{film}/room")
    def show_room(request: Request, film: FilmId) -> Response:
        found = known(desk.library.find(film))
        answer: Response = show(request, "cutting.html", title=found.title, film=found)
        return answer

    @app.post("/films/{film}/room/enter")
    def enter(request: Request, film: FilmId, asked: AskedEntry) -> Response:
        desk.benches.enter(session_of(request), known(desk.library.find(film)), anew=asked.anew)
        return _progress(desk.benches.entering(session_of(request), film))

    @app.get("/films/{film}/room/progress")
    def tell_progress(request: Request, film: FilmId) -> Response:
        return _progress(desk.benches.entering(session_of(request), film))

    @app.post("/films/{film}/room/stop")
    def stop(request: Request, film: FilmId) -> Response:
        going = desk.benches.entering(session_of(request), film)
        if going is not None:
            going.stop()
        return _progress(going)

    @app.get("/films/{film}/room/film")
    def tell_film(request: Request, film: FilmId) -> Response:
        return tell_now(film_document(_work(desk, request, film)))

    @app.get("/films/{film}/room/sheets/{number}")
    def give_sheet(request: Request, film: FilmId, number: Annotated[int, Path(ge=0, le=100_000)]) -> Response:
        found = known(desk.benches.sheet(_work(desk, request, film), number))
        status = known(found.look())
        headers = {"Cache-Control": "private, max-age=600"}
        return FileResponse(found.path, media_type=found.kind, stat_result=status, headers=headers)


def _add_work(app: FastAPI, desk: Room) -> None:
    @app.get("/films/{film}/room/work")
    def tell_work(request: Request, film: FilmId) -> Response:
        return _told(_work(desk, request, film))

    @app.post("/films/{film}/room/work")
    def take(request: Request, film: FilmId, asked: AskedStep) -> Response:
        with desk.benches.changing(session_of(request), film, asked.seen, who_of(request)) as work:
            if isinstance(asked.step, Again):
                work.go_back() if asked.step.do == "undo" else work.go_forth()
            elif isinstance(asked.step, Regain):
                work.change(*regain(work.room, work.history.now, work.aside, asked.step))
            else:
                work.change(*take_step(work.room, work.history.now, asked.step))
        return _told(work)

    @app.get("/films/{film}/room/offers")
    def offer(request: Request, film: FilmId, highlight: OneName) -> Response:
        work = _work(desk, request, film)
        with work.lock, work.room.order.store.in_use():
            found = offered(work.room, work.history.now, highlight, _OFFERS)
        return tell_now([[list(piece) for piece in pieces] for pieces in found])

    @app.post("/films/{film}/room/save")
    def save(request: Request, film: FilmId, asked: AskedSeen) -> Response:
        session, who = session_of(request), who_of(request)
        with desk.benches.changing(session, film, asked.seen, who) as work:
            if work.theirs:
                return refuse(request, 409, *_BEHIND, theirs=work.theirs)
            try:
                held = save_work(work, lambda: desk.benches.keep_draft(work, session, who))
                desk.benches.end_taken(work)
            except ProjectError as error:
                if not error.data.get("conflict"):
                    raise
                told, remedy = spelled(error.message), spelled(error.remedy or "")
                return refuse(request, 409, told, remedy, theirs=others_decided(work))
        return tell_now({**work_document(work), "merged": bool(work.theirs), "held": list(held)})


def _add_drafts(app: FastAPI, desk: Room) -> None:
    @app.get("/films/{film}/room/drafts")
    def tell_drafts(request: Request, film: FilmId) -> Response:
        work, editor = _work(desk, request, film), editor_of(session_of(request))
        told = [draft_document(one, editor=editor) for one in desk.benches.drafts(work)]
        return tell_now(told)

    @app.post("/films/{film}/room/drafts")
    def settle(request: Request, film: FilmId, asked: AskedDraft) -> Response:
        session = session_of(request)
        with desk.benches.changing(session, film, asked.seen, who_of(request)) as work:
            do = desk.benches.take_up if asked.do == "go on" else desk.benches.leave
            do(work, session, asked.draft)
        return _told(work)


def _add_previews(app: FastAPI, desk: Room) -> None:
    @app.post("/films/{film}/room/previews")
    def draw(request: Request, film: FilmId, asked: AskedHighlight) -> Response:
        desk.benches.draw(session_of(request), film, asked.highlight)
        return _progress(desk.benches.drawing(session_of(request), film))

    @app.get("/films/{film}/room/previews")
    def tell_previews(request: Request, film: FilmId, highlight: OneName) -> Response:
        work = _work(desk, request, film)
        with work.lock:
            clips = work.drawn.get(work.history.now.find(highlight))
        going = desk.benches.drawing(session_of(request), film)
        progress = Progress("working") if going is None else going.progress
        told = None if clips is None else [clip.document() for clip in clips]
        return tell_now({**progress.document(), "clips": told})

    @app.get("/films/{film}/room/previews/{platform}")
    def tell_preview(
        request: Request, film: FilmId, platform: Annotated[str, Path(max_length=80)], highlight: OneName
    ) -> Response:
        work = _work(desk, request, film)
        with work.lock:
            clips = work.drawn.get(work.history.now.find(highlight), ())
        found = known(next((clip for clip in clips if clip.platform == platform), None))
        return Response(found.text, media_type="application/json", headers=UNKEPT)

    @app.post("/films/{film}/room/crop")
    def crop(request: Request, film: FilmId, asked: AskedCrop) -> Response:
        with desk.benches.changing(session_of(request), film, asked.seen, who_of(request)) as work:
            work.crop(asked)
        return _told(work)


def _work(desk: Room, request: Request, film: str) -> Work:
    return desk.benches.find(session_of(request), film)


def _told(work: Work) -> Response:
    return tell_now(work_document(work))


def _progress(going: Preparation | None) -> Response:
    return tell_now(progress_of(going).document())
