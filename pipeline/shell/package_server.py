"""Serve packages and the page that plays them to this machine alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pipeline.plan.origin import FILE_KINDS, NEVER, cache_control_of, content_type_of
from pipeline.shell.local_server import LOOPBACK, OWN_PAGE, WithHeaders
from pipeline.shell.package_folders import Listing
from pipeline.shell.player_files import PLAYERS, check_release
from pipeline.spelling import spelled

PAGE: Final = {
    "page.html": "text/html",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
    "hls.min.js": "text/javascript",
    **dict.fromkeys(("page.js", "player.js", "previews.js", "conformance.js"), "text/javascript"),
}
EXTRAS: Final = ("poster.jpg", "thumbnails.vtt", "conformance.json")
# Media Source Extensions play from blobs, and hls.js begins its text tracks as empty `data:`.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (*OWN_PAGE, ("Content-Security-Policy", _POLICY))


def build_app(packages: tuple[Path, ...], *, root: Path) -> Starlette:
    """Return the application that plays packages, each named by its path from `root`.

    Raises PipelineError where hls.js is not the released file.
    """
    check_release()
    listings = [Listing(package) for package in packages]

    def tell_packages(_: Request) -> Response:
        told = [
            {"name": _name(package, root), "at": f"packages/{number}/", "files": _extras(listing)}
            for number, (package, listing) in enumerate(zip(packages, listings, strict=True))
        ]
        return JSONResponse(told, headers={"Cache-Control": NEVER})

    mounts = [Mount(f"/packages/{number}", _PackageFiles(listing)) for number, listing in enumerate(listings)]
    page = [Route(f"/{name}" if name != "page.html" else "/", _page_file(name)) for name in PAGE]
    app = Starlette(
        routes=[*page, Route("/packages.json", tell_packages), *mounts],
        middleware=[
            Middleware(WithHeaders, headers=_HEADERS),
            # A page elsewhere could have its own name resolve to this machine, and read what it is not shown.
            Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"], www_redirect=False),
        ],
    )
    app.router.redirect_slashes = False
    return app


class _PackageFiles(StaticFiles):
    """One package's files, with ranges, tags and dates as Starlette has them, but only what the listing names."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(check_dir=False)
        self._listing = listing

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        found = self._listing.find(Path(path).as_posix())
        if found is None:
            return "", None
        try:
            return str(found), found.stat()
        except OSError:  # taken away since it was listed
            return "", None

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = Path(self.get_path(scope)).as_posix()
        response.headers["Content-Type"] = content_type_of(name, FILE_KINDS)
        response.headers["Cache-Control"] = cache_control_of(name)
        return response


def _page_file(name: str) -> Any:
    def answer(_: Request) -> Response:
        # Asked for again each time, so that a page never plays with another version's script.
        return FileResponse(PLAYERS / name, media_type=PAGE[name], headers={"Cache-Control": "no-cache"})

    return answer


def _name(package: Path, root: Path) -> str:
    return spelled(package.absolute().name if package == root else package.relative_to(root).as_posix())


def _extras(listing: Listing) -> list[str]:
    return [name for name in EXTRAS if listing.find(name)]
