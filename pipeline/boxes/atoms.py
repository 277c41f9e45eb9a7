"""The grammar of ISO-BMFF files: boxes within bounds, and fields within boxes. It knows no box by name.

Files are not trusted: every size is checked against what holds it before a byte is taken, and whatever is wrong
becomes VerifyFailed with the place in the file. Numbers are big-endian (ISO/IEC 14496-12, 4.2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from pipeline.errors import VerifyFailed

MAX_BOXES: Final = 4096  # in one container; a film's movie box holds about ten
_SIZE_AND_KIND: Final = struct.Struct(">I4s")


@dataclass(frozen=True)
class Box:
    """One box in memory; `where` names it for error messages."""

    kind: str
    body: memoryview
    where: str


@dataclass(frozen=True)
class Extent:
    """One top-level box in a file: offsets in bytes of its start, its body and its end."""

    kind: str
    start: int
    body: int
    end: int


def malformed(where: str, reason: str) -> VerifyFailed:
    """Return the error for bytes that are not a sound MP4 file."""
    return VerifyFailed(f"{where} {reason}.", remedy="The file is damaged or is not an MP4 file.", where=where)


def list_extents(stream: BinaryIO, *, size: int, where: str) -> tuple[Extent, ...]:
    """Return the top-level boxes of a file of `size` bytes, reading their headers alone."""
    return tuple(walk_extents(stream, size=size, where=where))


def walk_extents(stream: BinaryIO, *, size: int, where: str, most: int = MAX_BOXES, start: int = 0) -> Iterator[Extent]:
    """Yield the boxes from a byte up to byte `size`; VerifyFailed comes where one is not sound, after those before it.

    These are the top-level boxes of a file, or those within a box whose own fields end at `start`.
    """
    for _ in range(most):
        if start >= size:
            return
        stream.seek(start)
        kind, header, length = _header(stream.read(16), left=size - start, where=where)
        yield Extent(kind, start, start + header, start + length)
        start += length
    if start < size:
        raise malformed(where, f"has more than {most} top-level boxes")


def children(box: Box, *, skip: int = 0) -> tuple[Box, ...]:
    """Return the boxes inside a box, whose first `skip` bytes are its own fields."""
    found: list[Box] = []
    body = box.body
    if skip > len(body):
        raise malformed(box.where, f"has {len(body)} bytes where {skip} are needed")
    start = skip
    while start < len(body):
        if len(found) == MAX_BOXES:
            raise malformed(box.where, f"holds more than {MAX_BOXES} boxes")
        kind, header, length = _header(bytes(body[start : start + 16]), left=len(body) - start, where=box.where)
        found.append(Box(kind, body[start + header : start + length], f"{box.where}/{ascii(kind)[1:-1]}"))
        start += length
    return tuple(found)


def find_only(kind: str, boxes: tuple[Box, ...], *, where: str) -> Box:
    """Return the one box of a kind; none or several is an error."""
    found = find_optional(kind, boxes, where=where)
    if found is None:
        raise malformed(where, f"has no {kind} box")
    return found


def find_optional(kind: str, boxes: tuple[Box, ...], *, where: str) -> Box | None:
    """Return the one box of a kind, or None; several is an error."""
    found = [box for box in boxes if box.kind == kind]
    if len(found) > 1:
        raise malformed(where, f"has {len(found)} {kind} boxes where one is allowed")
    return found[0] if found else None


class Fields:
    """Take a box's fields one after another; a field past the end is VerifyFailed."""

    def __init__(self, box: Box) -> None:
        self._body = box.body
        self._at = 0
        self.where = box.where

    @property
    def left(self) -> int:
        """Bytes not yet taken."""
        return len(self._body) - self._at

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if count > self.left:
            raise malformed(self.where, f"ends {count - self.left} bytes too early")
        taken = bytes(self._body[self._at : self._at + count])
        self._at += count
        return taken

    def read(self, layout: str) -> tuple[Any, ...]:
        """Return the next fields, laid out as `struct` writes it, without the byte order."""
        shape = struct.Struct(f">{layout}")
        return shape.unpack(self.take(shape.size))

    def number(self, layout: str) -> int:
        """Return the next field alone."""
        value: int = self.read(layout)[0]
        return value

    def version(self, *known: int) -> int:
        """Return the version of a full box, skipping its flags; one that is not `known` is an error."""
        return self.version_and_flags(*known)[0]

    def version_and_flags(self, *known: int) -> tuple[int, int]:
        """Return the version and the flags of a full box; a version that is not `known` is an error."""
        word = self.number("I")
        if word >> 24 not in known:
            raise malformed(self.where, f"has version {word >> 24}, which is unknown")
        return word >> 24, word & 0xFFFFFF

    def rows(self, layout: str, count: int) -> Iterator[tuple[Any, ...]]:
        """Return `count` rows of a table; a count that the box cannot hold is an error before anything is read."""
        shape = struct.Struct(f">{layout}")
        if count * shape.size > self.left:
            raise malformed(self.where, f"says that it has {count} entries, more than its {self.left} bytes hold")
        return shape.iter_unpack(self.take(count * shape.size))


def pack(kind: str, *parts: bytes) -> bytes:
    """Return a box around its parts."""
    body = b"".join(parts)
    return _SIZE_AND_KIND.pack(len(body) + 8, kind.encode("latin-1")) + body


def pack_full(kind: str, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Return a box that starts with a version and flags."""
    return pack(kind, struct.pack(">I", version << 24 | flags), *parts)


def pack_header(kind: str, body_size: int) -> bytes:
    """Return the header of a box whose body of `body_size` bytes follows, with a 64-bit size where it needs one."""
    if body_size + 8 < 1 << 32:
        return _SIZE_AND_KIND.pack(body_size + 8, kind.encode("latin-1"))
    return struct.pack(">I4sQ", 1, kind.encode("latin-1"), body_size + 16)


def _header(start: bytes, *, left: int, where: str) -> tuple[str, int, int]:
    """Return kind, header size and whole size of the box that starts here, with `left` bytes around it."""
    if len(start) < 8 or left < 8:
        raise malformed(where, f"ends inside a box header, {left} bytes before its end")
    size, code = _SIZE_AND_KIND.unpack_from(start)
    kind = code.decode("latin-1")
    header = 8
    if size == 1:
        if len(start) < 16 or left < 16:
            raise malformed(where, f"ends inside the 64-bit size of a {kind!r} box")
        (size,) = struct.unpack_from(">Q", start, 8)
        header = 16
    elif size == 0:
        size = left  # 0 means: to the end
    if not header <= size <= left:
        raise malformed(where, f"has a {kind!r} box of {size} bytes where {left} bytes are left")
    return kind, header, size
