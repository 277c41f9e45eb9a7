"""Read what a film file is and claims, and refuse what no film does: from its bytes, and then from what libav finds.

libav takes counts and sizes in headers at their word. What of that is cheap to know is asked here first; what is left
is bounded by the memory of the process that decodes (`memory`).
"""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.boxes.claims import read_claims as read_movie_claims
from pipeline.containers import HEAD_BYTES, Kind, demuxers_of, kind_of
from pipeline.errors import MasterError
from pipeline.plan.claims import Claims, objection
from pipeline.shell.digests import unreadable
from pipeline.shell.matroska_claims import read_claims as read_matroska_claims

if TYPE_CHECKING:
    from av.container import InputContainer

MEDIA_REMEDY: Final = "Give a video file such as .mov, .mp4, .mkv, .webm, .avi, .mpg, .ts or .mxf."
_MEMORY = 64


def check_header(path: Path) -> tuple[str, ...]:
    """Return the names of libav's demuxers that may read a file: those of what its first bytes say that it is.

    Raises MasterError for a file that begins as no film does, whose header claims what no film has, or leads to others.
    """
    try:
        status = path.stat()
        # Each thread that decodes opens the file anew; the same bytes claim the same.
        kind, claims = _read(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise unreadable(path, error) from error
    if not (demuxers := demuxers_of(kind)):
        why = "not a film that can be read (it begins with letters, as lists and captions do)."
        raise MasterError.of(path, why, remedy=MEDIA_REMEDY)
    _refuse(path, claims)
    return demuxers


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
def _read(path: Path, _device: int, _inode: int, size: int, _changed_ns: int) -> tuple[Kind, Claims]:
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    if kind == "matroska":
        return kind, _matroska_claims(path)
    return kind, _movie_claims(path, size) if kind == "movie" else Claims()


def _matroska_claims(path: Path) -> Claims:
    told = read_matroska_claims(path)
    return Claims(
        streams=told.tracks,
        sizes=tuple(told.sizes),
        channels=tuple(told.channels),
        sample_rates_hz=tuple(told.sample_rates_hz),
        seconds=told.seconds,
        attached_bytes=told.attached_bytes,
        elsewhere=tuple(told.elsewhere),
    )


def _movie_claims(path: Path, size: int) -> Claims:
    told = read_movie_claims(path)
    return Claims(
        streams=told.tracks,
        sizes=tuple(told.sizes),
        seconds=told.seconds,
        packed_header_bytes=told.packed_header_bytes,
        samples=tuple(told.samples),
        size_bytes=size,
        elsewhere=tuple(told.elsewhere),
    )
