"""What a Matroska or WebM file claims before anything of it is decoded, and whether it is a part of several files.

Element numbers are those of RFC 9559. Only headers of elements are read, up to the first cluster and then where the
seek head leads; what cannot be followed claims nothing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

_EBML, _SEGMENT, _CLUSTER, _SEEK_HEAD, _SEEK = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x114D9B74, 0x4DBB
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_INFO, _DURATION, _SCALE = 0x1549A966, 0x4489, 0x2AD7B1
# PrevUUID, PrevFilename, NextUUID, NextFilename.
_LINKS: Final = (0x3CB923, 0x3C83AB, 0x3EB923, 0x3E83BB)
_TRACKS, _TRACK, _VIDEO, _WIDTH, _HEIGHT = 0x1654AE6B, 0xAE, 0xE0, 0xB0, 0xBA
_AUDIO, _CHANNELS, _RATE = 0xE1, 0x9F, 0xB5
_ATTACHMENTS, _CHAPTERS, _EDITION, _ATOM, _ATOM_SEGMENT = 0x1941A469, 0x1043A770, 0x45B9, 0xB6, 0x6E67
_LED_TO: Final = (_INFO, _TRACKS, _ATTACHMENTS, _CHAPTERS)
_MOST: Final = 1 << 14
"""Elements within one: of a head a dozen, of chapters some hundreds."""


@dataclass
class MatroskaClaims:
    """What the elements say; numbers as they stand there."""

    tracks: int = 0
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Width and height in pixels."""
    channels: list[int] = field(default_factory=list)
    sample_rates_hz: list[int] = field(default_factory=list)
    seconds: Fraction = Fraction(0)
    attached_bytes: int = 0
    elsewhere: list[str] = field(default_factory=list)
    """How it says that more of it lies in other files, as ends of a sentence that begins with the file."""


@dataclass(frozen=True)
class _Element:
    kind: int
    body: int
    end: int
    length: int = 0
    """As it says, which may be more than is there."""


def read_claims(path: Path) -> MatroskaClaims:
    """Return what a file claims; nothing for a file of another kind. Raises OSError."""
    claims = MatroskaClaims()
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        first, *others = [*_elements(file, 0, size, most=8), _Element(0, 0, 0)]
        segment = next((one for one in others if one.kind == _SEGMENT), None)
        if first.kind != _EBML or segment is None:
            return claims
        led_to: dict[int, int] = {}
        read: set[int] = set()
        for element in _elements(file, segment.body, segment.end):
            if element.kind == _CLUSTER:
                break
            if element.kind == _SEEK_HEAD:
                led_to |= _places(file, element, segment.body)
            read.add(element.kind)
            _read_element(file, element, claims)
        for kind, place in sorted(led_to.items()):
            for element in _elements(file, place, segment.end, most=1):
                if kind in _LED_TO and kind not in read and element.kind == kind:
                    _read_element(file, element, claims)
    return claims


def _places(file: BinaryIO, head: _Element, start: int) -> dict[int, int]:
    """Return where a seek head says that elements begin, by their kinds."""
    found = {}
    for seek in _elements(file, head.body, head.end):
        told = {one.kind: one for one in _elements(file, seek.body, seek.end)}
        if seek.kind == _SEEK and _SEEK_ID in told and _SEEK_POSITION in told:
            found[_number(file, told[_SEEK_ID])] = start + _number(file, told[_SEEK_POSITION])
    return found


def _read_element(file: BinaryIO, element: _Element, claims: MatroskaClaims) -> None:
    if element.kind == _INFO:
        _read_info(file, element, claims)
    elif element.kind == _TRACKS:
        for track in _elements(file, element.body, element.end):
            if track.kind == _TRACK:
                claims.tracks += 1
                _read_track(file, track, claims)
    elif element.kind == _ATTACHMENTS:
        claims.attached_bytes += element.length
    elif element.kind == _CHAPTERS:
        editions = (one for one in _elements(file, element.body, element.end) if one.kind == _EDITION)
        atoms = (one for edition in editions for one in _elements(file, edition.body, edition.end) if one.kind == _ATOM)
        if any(one.kind == _ATOM_SEGMENT for atom in atoms for one in _elements(file, atom.body, atom.end)):
            claims.elsewhere.append("says that some of its chapters lie in another file")


def _read_info(file: BinaryIO, info: _Element, claims: MatroskaClaims) -> None:
    told = {one.kind: one for one in _elements(file, info.body, info.end)}
    if any(link in told for link in _LINKS):
        claims.elsewhere.append("says that it is one part of a film in several files")
    if _DURATION in told:
        scale = _number(file, told[_SCALE]) if _SCALE in told else 1_000_000
        claims.seconds = _real(file, told[_DURATION]) * scale / 1_000_000_000


def _read_track(file: BinaryIO, track: _Element, claims: MatroskaClaims) -> None:
    for part in _elements(file, track.body, track.end):
        told = {one.kind: one for one in _elements(file, part.body, part.end)} if part.kind in (_VIDEO, _AUDIO) else {}
        if part.kind == _VIDEO and _WIDTH in told and _HEIGHT in told:
            claims.sizes.append((_number(file, told[_WIDTH]), _number(file, told[_HEIGHT])))
        if part.kind == _AUDIO and _CHANNELS in told:
            claims.channels.append(_number(file, told[_CHANNELS]))
        if part.kind == _AUDIO and _RATE in told:
            claims.sample_rates_hz.append(int(_real(file, told[_RATE])))


def _elements(file: BinaryIO, start: int, end: int, *, most: int = _MOST) -> Iterator[_Element]:
    """Yield the elements from one byte to another (RFC 8794, 4); one of unknown length reaches to the end."""
    at = start
    for _ in range(most):
        if not start <= at < end:
            return
        file.seek(at)
        head = file.read(min(12, end - at))
        kind_width = 9 - head[0].bit_length() if head else 9
        if kind_width > 4 or len(head) <= kind_width:
            return
        width = 9 - head[kind_width].bit_length()
        digits = head[kind_width : kind_width + width]
        if width > 8 or len(digits) < width:
            return
        length, unknown = int.from_bytes(digits) & ((1 << 7 * width) - 1), (1 << 7 * width) - 1
        body = at + kind_width + width
        at = end if length == unknown else body + length
        yield _Element(int.from_bytes(head[:kind_width]), body, min(at, end), at - body)


def _number(file: BinaryIO, element: _Element) -> int:
    file.seek(element.body)
    return int.from_bytes(file.read(min(8, element.end - element.body)))


def _real(file: BinaryIO, element: _Element) -> Fraction:
    """Return a real number of 4 or 8 bytes; 0 where it is none, or infinite."""
    file.seek(element.body)
    raw = file.read(min(8, element.end - element.body))
    if len(raw) not in (4, 8):
        return Fraction(0)
    value: float = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0]
    return Fraction(value) if abs(value) < float("inf") else Fraction(0)
