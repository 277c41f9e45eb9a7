"""Which address answers what plays a block: hls.js as released, and the files that the block's package names."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Path
from starlette.responses import FileResponse, Response

from pipeline.package.manifest import NAME
from pipeline.review.block_files import find_block
from pipeline.review.judging import Id
from pipeline.review.library import Library
from pipeline.review.package_pages import file_answer
from pipeline.shell.player_files import PLAYERS, check_release

_SCRIPT: Final = "hls.min.js"
BlockId = Annotated[Id, Path()]
PackageName = Annotated[str, Path(max_length=400)]


def add_playing(app: FastAPI, library: Library) -> None:
    """Add hls.js, and the files of packages. Raises PipelineError where hls.js is not the released file."""
    check_release()

    @app.get(f"/{_SCRIPT}")
    def give_player() -> Response:
        return FileResponse(PLAYERS / _SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @app.head("/blocks/{block}/hls/{name:path}", include_in_schema=False)
    @app.get("/blocks/{block}/hls/{name:path}")
    def give_part(block: BlockId, name: PackageName) -> Response:
        found = find_block(library, block)
        folder = None if found is None or found.made is None else found.made.package
        return file_answer(None if folder is None else library.package_at(folder / NAME), name)
