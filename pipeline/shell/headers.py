"""Read what a film file claims, and refuse what no film claims: from its bytes before libav sees them, then from libav.

libav takes counts and sizes in headers at their word. What of that is cheap to know is asked here first; what is left
is bounded by the memory of the process that decodes (`memory`).
"""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.boxes.claims import read_claims as read_movie_claims
from pipeline.errors import MasterError
from pipeline.plan.claims import Claims, objection
from pipeline.shell.matroska_claims import read_claims as read_matroska_claims

if TYPE_CHECKING:
    from av.container import InputContainer

_EBML = b"\x1a\x45\xdf\xa3"
_MEMORY = 64


def check_header(path: Path) -> None:
    """Raise MasterError for a file whose header claims what no film has, or leads to other files."""
    try:
        status = path.stat()
        # Each thread that decodes opens the file anew; the same bytes claim the same.
        claims = _claims_of(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise MasterError.of(path, f"cannot be read ({error.strerror}).", remedy="Copy it again.") from error
    _refuse(path, claims)


def check_streams(path: Path, container: InputContainer) -> None:
    """Raise MasterError for an open file in which libav found what no film has."""
    video: list[Any] = [one.codec_context for one in container.streams.video if one.codec_context is not None]
    audio: list[Any] = [one.codec_context for one in container.streams.audio if one.codec_context is not None]
    claims = Claims(
        streams=len(container.streams),
        sizes=tuple((picture.width, picture.height) for picture in video),
        channels=tuple(sound.channels for sound in audio),
        sample_rates_hz=tuple(sound.sample_rate for sound in audio),
        seconds=Fraction(container.duration or 0, 1_000_000),
    )
    _refuse(path, claims)


def _refuse(path: Path, claims: Claims) -> None:
    found = objection(claims)
    if found is not None:
        raise MasterError.of(path, f"{found.why}.", remedy=found.remedy)


@functools.lru_cache(_MEMORY)
def _claims_of(path: Path, _device: int, _inode: int, size: int, _changed_ns: int) -> Claims:
    with path.open("rb") as file:
        head = file.read(4)
    if head == _EBML:
        matroska = read_matroska_claims(path)
        return Claims(
            streams=matroska.tracks,
            sizes=tuple(matroska.sizes),
            channels=tuple(matroska.channels),
            sample_rates_hz=tuple(matroska.sample_rates_hz),
            seconds=matroska.seconds,
            attached_bytes=matroska.attached_bytes,
            elsewhere=tuple(matroska.elsewhere),
        )
    movie = read_movie_claims(path)
    return Claims(
        streams=movie.tracks,
        sizes=tuple(movie.sizes),
        seconds=movie.seconds,
        packed_header_bytes=movie.packed_header_bytes,
        samples=tuple(movie.samples),
        size_bytes=size,
        elsewhere=tuple(movie.elsewhere),
    )
