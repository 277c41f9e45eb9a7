"""What an MP4 or MOV file claims before anything of it is decoded, and whether its media lie in other files.

Headers of boxes are read where they lie and no table is loaded, so that a large movie box costs nothing. Files of this
family are sloppy: what cannot be followed claims nothing here, and is left to whoever opens it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import Extent

# Where libav takes a box of another name for the movie's: one that an editor meant to give up.
_GIVEN_UP: Final = ("free", "hoov")
_BEGIN_OF_MOVIE: Final = (b"mvhd", b"cmov")
# QuickTime's movie that is a list of others, and the one whose boxes are compressed.
_LISTS: Final = "rmra"
_PACKED: Final = "cmov"
_MEDIA: Final = (b"vide", b"soun")
_MOST: Final = 1 << 20
_MOST_TRACKS: Final = 1 << 12
_MOST_NAME: Final = 64
# QuickTime counts packed sound as if it were unpacked: GSM is the densest, with 33 bytes for 320.
_MOST_PACKED: Final = 64


@dataclass
class MovieClaims:
    """What the boxes say; numbers as they stand there."""

    tracks: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Width and height in pixels of the sample entries of pictures."""
    samples: list[int] = field(default_factory=list)
    """Bytes that all samples have, of each track whose samples are said to be of one size."""
    seconds: Fraction = Fraction(0)
    packed_header_bytes: int = 0
    elsewhere: list[str] = field(default_factory=list)
    """How it says that media lie in other files, as ends of a sentence that begins with the file."""


def read_claims(path: Path) -> MovieClaims:
    """Return what the movie boxes of a file claim; nothing for a file of another kind. Raises OSError."""
    claims = MovieClaims()
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        for box in _walk(stream, 0, size):
            given_up = box.kind in _GIVEN_UP and _read(stream, box.body + 4, 4) in _BEGIN_OF_MOVIE
            if box.kind == "moov" or given_up:
                _read_movie(stream, box, claims)
    return claims


def _walk(stream: BinaryIO, start: int, end: int) -> Iterator[Extent]:
    """Yield the boxes from one byte to another as libav takes them: what is said to go on after the end, ends there."""
    for _ in range(_MOST):
        head = _read(stream, start, min(16, end - start)) if start < end else b""
        if len(head) < 8:
            return
        length, begin = int.from_bytes(head[:4]), 8
        if length == 1:
            length, begin = int.from_bytes(head[8:]), 16
        elif length == 0:  # to the end
            length = end - start
        if length < begin:
            return
        stop = min(start + length, end)
        # A header of sixteen bytes may itself go on after the end.
        yield Extent(head[4:8].decode("latin-1"), start, min(start + begin, stop), stop)
        start = stop


def _read_movie(stream: BinaryIO, movie: Extent, claims: MovieClaims) -> None:
    for box in _walk(stream, movie.body, movie.end):
        if box.kind == "trak":
            claims.tracks += 1
            if claims.tracks <= _MOST_TRACKS:
                _read_track(stream, box, claims)
        elif box.kind == _LISTS:
            claims.elsewhere.append("is a list of other movies (a QuickTime reference movie)")
        elif box.kind == _PACKED:
            for inner in _walk(stream, box.body, box.end):
                if inner.kind == "cmvd":
                    claims.packed_header_bytes = int.from_bytes(_read(stream, inner.body, 4))
        elif box.kind == "mvhd":
            claims.seconds = _seconds(_read(stream, box.body, 32))


def _read_track(stream: BinaryIO, track: Extent, claims: MovieClaims) -> None:
    for media in _only(stream, track, "mdia"):
        kind = next((_read(stream, box.body + 8, 4) for box in _only(stream, media, "hdlr")), b"")
        for information in _only(stream, media, "minf"):
            for data in _only(stream, information, "dinf"):
                for references in _only(stream, data, "dref"):
                    if kind in _MEDIA:
                        claims.elsewhere.extend(_named(stream, references))
            for table in _only(stream, information, "stbl"):
                _read_tables(stream, table, kind, claims)


def _read_tables(stream: BinaryIO, table: Extent, kind: bytes, claims: MovieClaims) -> None:
    for box in _walk(stream, table.body, table.end):
        if box.kind == "stsz":
            fields = _read(stream, box.body, 12)
            amount = int.from_bytes(fields[4:8]) * int.from_bytes(fields[8:12])
            claims.samples.append(amount if kind == b"vide" else amount // _MOST_PACKED)
        elif box.kind == "stsd" and kind == b"vide":
            for entry in _walk(stream, box.body + 8, box.end):
                # ISO/IEC 14496-12, 12.1.3: 24 bytes of other fields first.
                fields = _read(stream, entry.body + 24, 4)
                claims.sizes.append((int.from_bytes(fields[:2]), int.from_bytes(fields[2:])))


def _named(stream: BinaryIO, references: Extent) -> Iterator[str]:
    """Yield how the data references of a track lead to other files (ISO/IEC 14496-12, 8.7.2)."""
    for entry in _walk(stream, references.body + 8, references.end):
        fields = _read(stream, entry.body, min(4 + _MOST_NAME, entry.end - entry.body))
        is_here = fields[3:4] and fields[3] & 1
        # Editors leave references to nothing in tracks of time codes; these name nothing either.
        if not is_here and any(fields[4:]):
            kind = "an alias" if entry.kind == "alis" else "an address"
            yield f"says that its media lie in another file (by {kind})"


def _only(stream: BinaryIO, parent: Extent, kind: str) -> Iterator[Extent]:
    return (box for box in _walk(stream, parent.body, parent.end) if box.kind == kind)


def _seconds(header: bytes) -> Fraction:
    """Return the duration of an mvhd box (ISO/IEC 14496-12, 8.2.2); 0 where it says that it does not know it."""
    if len(header) < 32:
        return Fraction(0)
    if header[0] == 1:
        scale, length, unknown = int.from_bytes(header[20:24]), int.from_bytes(header[24:32]), (1 << 64) - 1
    else:
        scale, length, unknown = int.from_bytes(header[12:16]), int.from_bytes(header[16:20]), (1 << 32) - 1
    return Fraction(length, scale) if scale and length != unknown else Fraction(0)


def _read(stream: BinaryIO, start: int, count: int) -> bytes:
    stream.seek(start)
    return stream.read(count)
