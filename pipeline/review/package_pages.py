"""The addresses of packages: the page on which one is played, its files, and the scripts that play it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import FastAPI, Path
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from pipeline.plan.origin import NEVER, is_named_by_content
from pipeline.review.judging import Id
from pipeline.review.library import Library, newest
from pipeline.review.packages import PackageShown
from pipeline.review.policies import HEADER, PLAYING
from pipeline.review.regions import regions_of
from pipeline.review.rooms import given_to, package_card
from pipeline.shell.player_files import PLAYERS

Show = Callable[..., Response]
"""Returns a page: of a request, a template and its values."""
PackageId = Annotated[Id, Path()]
_SCRIPT: Final = "player.js"
# hls.js begins its text tracks as empty `data:`.
_PLAYING: Final = PLAYING.replace("blob:", "blob: data:")


def add_packages(app: FastAPI, library: Library, page: Show) -> None:
    """Add the addresses of packages."""

    @app.get("/packages/{package}", response_class=HTMLResponse)
    def show_package(request: Request, package: PackageId) -> Response:
        found = _package(library, package)
        film = next((one for one in library.films() if one.digest == found.film), None)
        card = package_card(found, newest(library.ledger.verdicts()))
        title = found.title or (found.folder.name if film is None else film.title)
        regions = () if film is None else regions_of(library, film)
        shown = None if found.is_block else film
        values = {"card": card, "film": shown, "regions": regions, "is_watched": True}
        answer = page(request, "package.html", title=title, **values)
        answer.headers[HEADER] = _PLAYING
        return answer

    @app.get("/packages/{package}/verdicts")
    def tell_package_verdicts(package: PackageId) -> Response:
        found = library.find_package(package)
        # Of one that was put together anew nothing, which its page takes for that.
        shown = {} if found is None else {found.id: found}
        return JSONResponse(given_to(library, shown), headers={"Cache-Control": NEVER})

    @app.head("/packages/{package}/files/{name:path}", include_in_schema=False)
    @app.get("/packages/{package}/files/{name:path}")
    def give_package_file(package: PackageId, name: str) -> Response:
        return file_answer(library.find_package(package), name)

    @app.get(f"/players/{_SCRIPT}")
    def give_own_player() -> Response:
        return FileResponse(PLAYERS / _SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def file_answer(package: PackageShown | None, name: str) -> Response:
    """Return a file of a package, with ranges; nothing but what the package names as its own is there."""
    found = None if package is None else package.find(name)
    status = None if found is None else found.look()
    if found is None or status is None:
        raise HTTPException(404)
    cache = "private, max-age=86400, immutable" if is_named_by_content(name) else "private, no-cache"
    return FileResponse(found.path, media_type=found.kind, stat_result=status, headers={"Cache-Control": cache})


def _package(library: Library, name: str) -> PackageShown:
    found = library.find_package(name)
    if found is None:
        raise HTTPException(404)
    return found
