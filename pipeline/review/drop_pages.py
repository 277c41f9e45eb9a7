"""The addresses of drops: the page, and what it looks at again and again. Nothing is opened or closed from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.review import drop_looks
from pipeline.review.answers import tell_now
from pipeline.review.documents import id_of
from pipeline.review.drop_calendars import DropCalendars
from pipeline.review.drop_documents import drops_document
from pipeline.review.drop_looks import Looks
from pipeline.review.library import Library
from pipeline.shell.editions import open_by_calendars
from pipeline.spelling import spelled


class Desk(Protocol):
    """What all addresses share."""

    @property
    def library(self) -> Library:
        """The films."""

    @property
    def looks(self) -> Looks:
        """What was seen of targets."""


def add_drops(app: FastAPI, desk: Desk, page: Callable[..., Response]) -> None:
    """Add the page of drops, which `page` renders, and what it shows as JSON."""
    library = desk.library
    calendars = DropCalendars(library.home, library.ledger)

    @app.get("/drops", response_class=HTMLResponse)
    def show_drops(request: Request) -> Response:
        return page(request, "drops.html", title="Drops", projects=spelled(str(library.home.projects)))

    @app.get("/drops/now")
    def tell_drops() -> Response:
        return tell_now(_now(library, calendars, desk.looks))


def _now(library: Library, calendars: DropCalendars, looks: Looks) -> dict[str, Any]:
    found, broken = calendars.look()
    seen = looks.of(found)
    films = {document.master.digest: id_of(document.master.path) for document in library.documents()}
    return drops_document(found, broken, seen, open_by_calendars(library.ledger), films, drop_looks.now())
