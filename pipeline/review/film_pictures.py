"""Small pictures that stand for films, as they were kept when the film was looked at, and how a browser gets one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import Response

from pipeline.errors import MasterError
from pipeline.shell.ledger import FileIdentity
from pipeline.shell.store import Store
from pipeline.shell.study import recall_shots
from pipeline.shell.thumbnails import thumbnail_near

_BLANK: Final = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"/>'
_KEPT: Final = {"Cache-Control": "private, max-age=60"}
_WRONG: Final = (OSError, ValueError, KeyError, TypeError, MasterError)


def kept_picture(key: str, frame: int, store: Store) -> bytes | None:
    """Return the picture nearest to a frame of those under a key, as a JPEG; None where the store has none here."""
    try:
        artifact = store.find_here(key)
        return None if artifact is None else thumbnail_near(artifact.path, frame)
    except _WRONG:
        return None


def film_picture(film: Path, digest: str, store: Store) -> bytes | None:
    """Return a picture from the first half of a film, as a JPEG; None where the store has none."""
    try:
        found = recall_shots(film, digest=digest, identity=FileIdentity.of(film), store=store)
        return None if found is None else thumbnail_near(found.thumbnails.path, found.shots.timeline.frame_count // 3)
    except _WRONG:
        return None


def picture_answer(jpeg: bytes | None) -> Response:
    """Return a picture for a browser, an empty one where there is none."""
    if jpeg is None:
        return Response(_BLANK, media_type="image/svg+xml", headers=_KEPT)
    return Response(jpeg, media_type="image/jpeg", headers=_KEPT)
