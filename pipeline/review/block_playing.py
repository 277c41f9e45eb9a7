"""Which address answers what plays a block: hls.js as released, and the files that the block's package names."""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import FastAPI
from fastapi import Path as Named
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from pipeline.package import manifest
from pipeline.plan.origin import FILE_KINDS, content_type_of, is_named_by_content
from pipeline.review.block_files import MadeBlock, find_block
from pipeline.review.judging import Id
from pipeline.review.library import Library
from pipeline.review.materials import Material
from pipeline.shell.player_files import PLAYERS, check_release

_SCRIPT: Final = "hls.min.js"
BlockId = Annotated[Id, Named()]
PackageName = Annotated[str, Named(max_length=400)]


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
        part = None if found is None or found.made is None else _part(found.made, name)
        status = None if part is None else part.look()
        if part is None or status is None:
            raise HTTPException(404)
        cache = "private, max-age=86400, immutable" if is_named_by_content(name) else "private, no-cache"
        return FileResponse(part.path, media_type=part.kind, stat_result=status, headers={"Cache-Control": cache})


def _part(made: MadeBlock, name: str) -> Material | None:
    """Return a file of a block's package by its name there; None for all that the package does not name as its own."""
    folder = made.package
    if folder is None:
        return None
    document = folder / manifest.NAME
    try:
        status = document.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or name not in _names(document, status.st_mtime_ns):
        return None
    return Material(folder / name, folder, content_type_of(name, FILE_KINDS))


@lru_cache(maxsize=8)
def _names(document: Path, changed_ns: int) -> frozenset[str]:
    """Return what a package names as its own: thousands of files, asked for by the second; `changed_ns` is a key."""
    del changed_ns
    return frozenset(manifest.read(document).get("files", {}))
