"""What the boxes of any MP4 or MOV file say without its sample tables: their order, fragments, edit lists, damage."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import Box, Extent, children, walk_extents
from pipeline.boxes.movie import load_box, read_brands
from pipeline.errors import VerifyFailed

# What a file of this family may begin with; old QuickTime has no ftyp. Anything else is another kind of file.
_FIRST: Final = ("ftyp", "styp", "moov", "moof", "mdat", "wide", "free", "skip", "pnot", "uuid")

# A film of three hours in fragments of one second has 21600; each is a header to read.
_MOST: Final = 1 << 20


@dataclass(frozen=True)
class Outline:
    """A file's boxes, as far as they can be followed."""

    brands: tuple[str, ...]
    """The major brand first; () where the file names none, as old QuickTime does."""
    moov_before_mdat: bool | None
    """None where there is no moov box."""
    is_fragmented: bool
    edit_lists: int | None
    """Tracks that have one; None where the movie box cannot be read."""
    fault: str | None
    """Where and why the boxes end too early."""


def read_outline(path: Path) -> Outline | None:
    """Return the outline of a file; None where it is of another kind. What is wrong with it is in the outline."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if stream.read(8)[4:].decode("latin-1") not in _FIRST:
            return None
        extents, fault = _walk(stream, size=size, where=str(path))
        moov = _read_children("moov", extents, stream, where=str(path))
        kinds = [extent.kind for extent in extents]
        return Outline(
            brands=_read_brands(extents, stream, where=str(path)),
            moov_before_mdat="mdat" not in kinds[: kinds.index("moov")] if "moov" in kinds else None,
            is_fragmented="moof" in kinds or any(box.kind == "mvex" for box in moov or ()),
            edit_lists=None if moov is None else _count_edit_lists(moov),
            fault=fault,
        )


def _walk(stream: BinaryIO, *, size: int, where: str) -> tuple[tuple[Extent, ...], str | None]:
    found: list[Extent] = []
    try:
        for extent in walk_extents(stream, size=size, where=where, most=_MOST):
            found.append(extent)  # noqa: PERF402 - what came before the fault is kept
    except VerifyFailed as error:
        return tuple(found), _reason(error, where)
    return tuple(found), None


def _read_children(kind: str, extents: tuple[Extent, ...], stream: BinaryIO, *, where: str) -> tuple[Box, ...] | None:
    try:
        return children(load_box(kind, extents, stream, where=where))
    except VerifyFailed:
        return None


def _read_brands(extents: tuple[Extent, ...], stream: BinaryIO, *, where: str) -> tuple[str, ...]:
    try:
        return read_brands(load_box("ftyp", extents, stream, where=where))
    except VerifyFailed:
        return ()


def _count_edit_lists(moov: tuple[Box, ...]) -> int | None:
    try:
        tracks = [children(box) for box in moov if box.kind == "trak"]
    except VerifyFailed:
        return None
    return sum(any(box.kind == "edts" for box in boxes) for boxes in tracks)


def _reason(error: VerifyFailed, where: str) -> str:
    """Return what an error says without the file's name, which the reader knows."""
    return error.message.removeprefix(where).strip().rstrip(".")
