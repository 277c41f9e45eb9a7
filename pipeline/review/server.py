"""Which address answers what: pages, the changes that they ask for, and the files that they show."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Query
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp

from pipeline.errors import PipelineError
from pipeline.review.access import SESSION_S, Access
from pipeline.review.answers import UNKEPT, known, refuse, tell_http, tell_invalid, tell_now, tell_ours
from pipeline.review.bench_pages import add_cutting_room
from pipeline.review.benches import Benches
from pipeline.review.block_pages import add_blocks
from pipeline.review.drop_looks import Looks
from pipeline.review.drop_pages import add_drops
from pipeline.review.editors import remember_name, who_of
from pipeline.review.exchange_pages import add_exchange
from pipeline.review.film_pictures import picture_answer
from pipeline.review.gate import Gate
from pipeline.review.history import csv_of, history_of
from pipeline.review.hosts import Hosts
from pipeline.review.judging import (
    AskedName,
    AskedRejection,
    AskedVerdict,
    Id,
    give_verdict,
    reject_shown,
)
from pipeline.review.library import Judgeable, Library
from pipeline.review.materials import clip_id
from pipeline.review.package_pages import add_packages
from pipeline.review.playing import add_playing
from pipeline.review.policies import HEADERS
from pipeline.review.preset_pages import add_presets
from pipeline.review.recut_pages import add_cutting_again, standing_document
from pipeline.review.recutting import Recuts
from pipeline.review.rooms import Sort, film_values, films_values, given_to, runs_beside
from pipeline.review.templates import PAGES, render
from pipeline.shell.local_server import WithHeaders

_STATIC: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HISTORY_ROWS: Final = 200
FilmId = Annotated[Id, Path()]


@dataclass(frozen=True)
class Desk:
    """What all addresses share."""

    library: Library
    access: Access
    benches: Benches = field(default_factory=Benches)
    looks: Looks = field(default_factory=Looks)
    recuts: Recuts = field(default_factory=Recuts)


def build_app(
    library: Library,
    access: Access,
    hosts: Hosts,
    say: Callable[[Exception], None],
    benches: Benches | None = None,
    recuts: Recuts | None = None,
) -> ASGIApp:
    """Return the application; `say` is told of errors that are faults of ours.

    Who serves it closes `benches` and `recuts` at the end.
    """
    desk = Desk(library, access, benches or Benches(say), Looks(say), recuts or Recuts(say))
    return WithHeaders(Gate(build_api(desk), access, hosts, say), HEADERS)


def build_api(desk: Desk) -> FastAPI:
    """Return all addresses without what guards them."""
    # What its addresses take is described for tests, and told to no browser.
    app = FastAPI(title="Matinee", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_exception_handler(RequestValidationError, tell_invalid)
    app.add_exception_handler(PipelineError, tell_ours)
    app.add_exception_handler(500, _tell_fault)
    _add_entry(app, desk)
    _add_pages(app, desk)
    _add_changes(app, desk)
    _add_files(app, desk)
    return app


def _add_entry(app: FastAPI, desk: Desk) -> None:
    """Add signing in, and what the page says before that."""

    @app.get("/login")
    def sign_in(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
        if not desk.access.admits(token):
            told = "This address does not sign anybody in."
            return refuse(request, 401, told, "Open the one that matinee review printed where it runs.")
        # No redirect: where a person came from another site, the browser would not send the cookie along with it.
        answer = HTMLResponse(render("entry.html", title="Signed in"))
        answer.headers["Refresh"] = "0; url=/"
        answer.headers.update(UNKEPT)
        session = desk.access.new_session(now_s=time.time())
        answer.set_cookie(desk.access.cookie, session, max_age=SESSION_S, httponly=True, samesite="strict")
        return answer

    @app.head("/static/{name}", include_in_schema=False)
    @app.get("/static/{name}")
    def give_static(name: str) -> Response:
        # Looked up among what is there, so that no name leads elsewhere.
        found = known(next((path for path in PAGES.iterdir() if path.name == name and path.suffix in _STATIC), None))
        return FileResponse(found, media_type=_STATIC[found.suffix], headers={"Cache-Control": "no-cache"})


def _add_pages(app: FastAPI, desk: Desk) -> None:
    library = desk.library

    def page(request: Request, template: str, **values: Any) -> Response:
        text = render(template, proof=desk.access.proof(request.scope["session"]), who=who_of(request), **values)
        return HTMLResponse(text, headers=UNKEPT)

    @app.get("/", response_class=HTMLResponse)
    def show_films(request: Request, q: Annotated[str, Query(max_length=200)] = "", sort: Sort = "state") -> Response:
        return page(request, "films.html", title="Films", **films_values(library, q, sort))

    @app.get("/standings")
    def tell_standings() -> Response:
        told = [{"id": film.id, **standing_document(film.standing)} for film in library.films()]
        return tell_now(told)

    @app.get("/runs")
    def tell_runs() -> Response:
        return tell_now(runs_beside(library))

    @app.get("/films/{film}", response_class=HTMLResponse)
    def show_film(request: Request, film: FilmId) -> Response:
        found = known(library.find(film))
        return page(request, "film.html", title=found.title, **film_values(library, found))

    add_cutting_room(app, desk, page)
    add_cutting_again(app, desk)
    add_exchange(app, desk)

    @app.get("/films/{film}/verdicts")
    def tell_verdicts(film: FilmId) -> Response:
        found = known(library.find(film))
        shown: dict[str, Judgeable] = {package.id: package for package in library.packages_of(found)}
        shown |= {clip_id(clip): clip for clip in found.clips}
        return tell_now(given_to(library, shown))

    @app.get("/history", response_class=HTMLResponse)
    def show_history(
        request: Request, page_number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1
    ) -> Response:
        rows = history_of(library.ledger.verdicts(), library.documents(), library.packages())
        first = (page_number - 1) * _HISTORY_ROWS
        values = {
            "rows": rows[first : first + _HISTORY_ROWS],
            "count": len(rows),
            "number": page_number,
            "is_last": first + _HISTORY_ROWS >= len(rows),
        }
        return page(request, "history.html", title="History", **values)

    @app.get("/history.csv")
    def export_history() -> Response:
        data = csv_of(history_of(library.ledger.verdicts(), library.documents(), library.packages()))
        disposition = {"Content-Disposition": 'attachment; filename="matinee-verdicts.csv"', **UNKEPT}
        return Response(data, media_type="text/csv", headers=disposition)

    add_presets(app, library, page)
    add_packages(app, library, page)
    add_playing(app, library)
    add_blocks(app, desk, page)
    add_drops(app, desk, page)


def _add_changes(app: FastAPI, desk: Desk) -> None:
    @app.post("/verdicts")
    def judge(request: Request, asked: AskedVerdict) -> Response:
        outcome = give_verdict(desk.library, asked, who_of(request))
        return tell_now(outcome.document(), 409 if outcome.conflicts else 200)

    @app.post("/rejections")
    def reject(request: Request, asked: AskedRejection) -> Response:
        return tell_now(reject_shown(desk.library, asked, who_of(request)))

    @app.post("/name")
    def name(asked: AskedName) -> Response:
        answer = tell_now({"who": asked.who})
        remember_name(answer, asked.who)
        return answer


def _add_files(app: FastAPI, desk: Desk) -> None:
    @app.head("/films/{film}/poster", include_in_schema=False)
    @app.get("/films/{film}/poster")
    def give_poster(film: FilmId) -> Response:
        return picture_answer(known(desk.library.picture_of(film)))

    @app.head("/media/{name}", include_in_schema=False)
    @app.get("/media/{name}")
    def give_file(request: Request, name: FilmId) -> Response:
        found = known(desk.library.materials().get(name) or desk.benches.materials().get(name))
        status = known(found.look())
        answer = FileResponse(
            found.path, media_type=found.kind, stat_result=status, headers={"Cache-Control": "private, no-cache"}
        )
        if request.headers.get("if-none-match", "").removeprefix("W/") == answer.headers["etag"]:
            return Response(status_code=304, headers={name: answer.headers[name] for name in ("etag", "cache-control")})
        return answer


def _tell_fault(request: Request, _: Exception) -> Response:
    return refuse(request, 500, "Something is wrong with this page itself.", "The terminal in which it runs says more.")
