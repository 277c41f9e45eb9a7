"""The addresses by which a film's page tells how the film stands, and has it cut again."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Path
from starlette.responses import Response

from pipeline.review.answers import known, tell_now
from pipeline.review.judging import AskedNothing, Id
from pipeline.review.library import FilmShown, Library
from pipeline.review.recutting import Recuts
from pipeline.review.standings import Standing
from pipeline.spelling import spelled

FilmId = Annotated[Id, Path()]


class Cutting(Protocol):
    """What all addresses share."""

    @property
    def library(self) -> Library:
        """The films."""

    @property
    def recuts(self) -> Recuts:
        """What is cut again."""


def add_cutting_again(app: FastAPI, desk: Cutting) -> None:
    """Add what tells how a film stands, and what cuts it again."""

    def told(film: FilmShown) -> Response:
        return tell_now(standing_document(film.standing) | {"cut": desk.recuts.document(film.id)})

    @app.get("/films/{film}/standing")
    def tell_standing(film: FilmId) -> Response:
        return told(_film(desk, film))

    @app.post("/films/{film}/cut")
    def cut_again(film: FilmId, _: AskedNothing) -> Response:
        desk.recuts.start(_film(desk, film), desk.library.home)
        return told(_film(desk, film))

    @app.post("/films/{film}/cut/stop")
    def stop(film: FilmId, _: AskedNothing) -> Response:
        desk.recuts.stop(film)
        return told(_film(desk, film))


def standing_document(standing: Standing) -> dict[str, Any]:
    """Return how a film stands, as pages read it."""
    return {
        "name": standing.name,
        "kind": standing.kind,
        "told": spelled(standing.told),
        "share": standing.share,
    }


def _film(desk: Cutting, name: str) -> FilmShown:
    return known(desk.library.find(name))
