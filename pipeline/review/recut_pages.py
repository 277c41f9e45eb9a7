"""The addresses by which a film's page tells how the film stands, and has it cut again."""

from __future__ import annotations

from typing import Annotated, Any, Final, Protocol

from fastapi import FastAPI, Path
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from pipeline.plan.origin import NEVER
from pipeline.review.judging import AskedNothing, Id
from pipeline.review.library import FilmShown, Library
from pipeline.review.recutting import Recuts
from pipeline.review.standings import Standing
from pipeline.spelling import spelled

_NEVER: Final = {"Cache-Control": NEVER}
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
        return JSONResponse(standing_document(film.standing) | {"cut": desk.recuts.document(film.id)}, headers=_NEVER)

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
    found = desk.library.find(name)
    if found is None:
        raise HTTPException(404)
    return found
