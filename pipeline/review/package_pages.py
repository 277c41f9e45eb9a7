"""The addresses of packages: the page on which one is played, and what others decide on it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import FastAPI, Path
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import Response

from pipeline.review.answers import known, tell_now
from pipeline.review.judging import Id
from pipeline.review.library import Library, newest
from pipeline.review.policies import HEADER, PLAYING
from pipeline.review.regions import regions_of
from pipeline.review.rooms import given_to, package_card

Show = Callable[..., Response]
"""Returns a page: of a request, a template and its values."""
PackageId = Annotated[Id, Path()]


def add_packages(app: FastAPI, library: Library, page: Show) -> None:
    """Add the addresses of packages."""

    @app.get("/packages/{package}", response_class=HTMLResponse)
    def show_package(request: Request, package: PackageId) -> Response:
        found = known(library.find_package(package))
        film = next((one for one in library.films() if one.digest == found.film), None)
        card = package_card(found, newest(library.ledger.verdicts()))
        title = found.title or (found.folder.name if film is None else film.title)
        regions = () if film is None else regions_of(library, film)
        shown = None if found.is_block else film
        values = {"card": card, "film": shown, "regions": regions, "is_watched": True}
        answer = page(request, "package.html", title=title, **values)
        answer.headers[HEADER] = PLAYING
        return answer

    @app.get("/packages/{package}/verdicts")
    def tell_package_verdicts(package: PackageId) -> Response:
        found = library.find_package(package)
        # Of one that was put together anew nothing, which its page takes for that.
        shown = {} if found is None else {found.id: found}
        return tell_now(given_to(library, shown))
