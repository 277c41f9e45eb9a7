"""Which address answers what plays: our player, hls.js as released, and the files of packages, those of blocks too."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Path
from starlette.responses import FileResponse, Response

from pipeline.package.manifest import NAME
from pipeline.plan.origin import is_named_by_content
from pipeline.review.answers import known
from pipeline.review.block_files import find_block
from pipeline.review.judging import Id
from pipeline.review.library import Library
from pipeline.review.packages import PackageShown
from pipeline.shell.player_files import PLAYERS, check_release

_SCRIPTS: Final = ("hls.min.js", "player.js")
OneId = Annotated[Id, Path()]


def add_playing(app: FastAPI, library: Library) -> None:
    """Add them. Raises PipelineError where hls.js is not the released file."""
    check_release()

    @app.get("/players/{name}")
    def give_script(name: str) -> Response:
        found = known(next((script for script in _SCRIPTS if script == name), None))
        return FileResponse(PLAYERS / found, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @app.head("/packages/{package}/files/{name:path}", include_in_schema=False)
    @app.get("/packages/{package}/files/{name:path}")
    def give_package_file(package: OneId, name: str) -> Response:
        return _file(library.find_package(package), name)

    @app.head("/blocks/{block}/hls/{name:path}", include_in_schema=False)
    @app.get("/blocks/{block}/hls/{name:path}")
    def give_block_file(block: OneId, name: str) -> Response:
        found = find_block(library, block)
        folder = None if found is None or found.made is None else found.made.package
        return _file(None if folder is None else library.package_at(folder / NAME), name)


def _file(package: PackageShown | None, name: str) -> Response:
    """Return a file of a package, with ranges; nothing but what the package names as its own is there."""
    found = known(known(package).find(name))
    status = known(found.look())
    cache = "private, max-age=86400, immutable" if is_named_by_content(name) else "private, no-cache"
    return FileResponse(found.path, media_type=found.kind, stat_result=status, headers={"Cache-Control": cache})
