"""Chapters of a file, told twice: in a track of titles, as QuickTime reads them, and in Nero's list, as others do."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.boxes.atoms import Box, Extent, Fields, children, find_only, find_optional, list_extents, pack, pack_full
from pipeline.boxes.movie import UPRIGHT, Movie, Track, load_box
from pipeline.boxes.samples import Samples, merge
from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter

MOST_CHAPTERS: Final = 255  # a byte counts them in Nero's list
MOST_TITLE_BYTES: Final = 255  # and those of a title
_LISTED_PER_SECOND: Final = 10_000_000
# What says of a text sample that it is UTF-8 (QuickTime File Format, "Text sample data").
_IS_UTF8: Final = pack("encd", struct.pack(">I", 0x100))
# Of a text sample: where it would stand and how it would look if it were shown, which a chapter's is not.
_ENTRY: Final = pack("text", struct.pack(">6xH", 1), struct.pack(">II6x8x8xHHxH6xx", 1, 0, 0, 0, 0))
_DESCRIPTION: Final = struct.pack(">II", 0, 1) + _ENTRY
_COPY_MODE: Final = 0x40
TEXT_MEDIA_HEADER: Final = pack(
    "gmhd",
    pack_full("gmin", struct.pack(">H3HhH", _COPY_MODE, 0x8000, 0x8000, 0x8000, 0, 0)),
    pack("text", struct.pack(">9i", *UPRIGHT)),
)


@dataclass(frozen=True)
class FoundChapters:
    """The chapters of a file, as each of the two ways tells them."""

    in_track: tuple[Chapter, ...]
    """Of the track that the pictures refer to."""
    listed: tuple[Chapter, ...]


def chapter_track(chapters: Sequence[Chapter], *, timescale: int, duration: int) -> tuple[Track, bytes]:
    """Return the track that tells chapters, each until the next one or the end, and its samples one after another.

    `duration` is that of the pictures, in the timescale. Raises VerifyFailed for chapters that it cannot tell exactly.
    """
    starts = [one.start * timescale for one in chapters]
    ends = [*starts, Fraction(duration)]
    if starts[0] or any(time.denominator > 1 for time in starts) or any(a >= b for a, b in pairwise(ends)):
        told = ", ".join(str(one.start) for one in chapters)
        raise VerifyFailed(
            f"Chapters at {told} seconds are not on frames, in order and within the pictures, from 0 on."
        )
    if len(chapters) > MOST_CHAPTERS:
        raise VerifyFailed(f"{len(chapters)} chapters are more than the {MOST_CHAPTERS} that a file can list.")
    titles = [_packed(one.title) for one in chapters]
    samples = [struct.pack(">H", len(title)) + title + _IS_UTF8 for title in titles]
    table = Samples(
        sizes=merge((1, len(sample)) for sample in samples),
        durations=merge((1, int(end - start)) for start, end in pairwise(ends)),
        shifts=(),
        keyframes=None,
        chunk_offsets=(0,),
        chunk_lengths=((1, len(samples)),),
    )
    track = Track(
        number=0,
        kind="text",
        codec="text",
        timescale=timescale,
        duration=duration,
        entry=_DESCRIPTION,
        samples=table,
        picture=None,
        sound=None,
        edit_list=None,
        shown_size=(Fraction(0), Fraction(0)),
        matrix=UPRIGHT,
        created=0,
    )
    return track, b"".join(samples)


def pack_chapter_list(chapters: Sequence[Chapter]) -> bytes:
    """Return the box of a movie that lists its chapters: Nero's `chpl`, which players for computers look for."""
    rows = (
        struct.pack(">QB", round(one.start * _LISTED_PER_SECOND), len(title)) + title
        for one, title in ((one, _packed(one.title)) for one in chapters)
    )
    listing = pack_full("chpl", struct.pack(">4xB", len(chapters)), *rows, version=1)
    return pack("udta", listing)


def shortened_title(title: str) -> str:
    """Return as much of a title, in one line, as a file can tell."""
    return _packed(" ".join(title.split())).decode()


def read_chapters(movie: Movie) -> FoundChapters:
    """Return the chapters of a file that is open to nobody else; none where it has none.

    Raises VerifyFailed where they are damaged.
    """
    where = str(movie.path)
    with movie.path.open("rb") as stream:
        extents: tuple[Extent, ...] = list_extents(stream, size=movie.bytes, where=where)
        boxes = children(load_box("moov", extents, stream, where=where))
        number = _referred(boxes, where=where)
        track = next((one for one in movie.tracks if one.number == number), None)
        samples = []
        for offset, size in track.samples.locations() if track is not None else ():
            stream.seek(offset)
            samples.append(stream.read(min(size, 4 * MOST_TITLE_BYTES)))
    told = () if track is None else tuple(_told(track, samples))
    return FoundChapters(told, tuple(_listed(boxes, where=where)))


def _packed(title: str) -> bytes:
    """Return a title as UTF-8, cut between two characters where it is too long."""
    return title.encode("utf-8", "replace")[:MOST_TITLE_BYTES].decode(errors="ignore").encode()


def _referred(boxes: tuple[Box, ...], *, where: str) -> int | None:
    """Return the number of the track that any other names as that of its chapters."""
    for track in boxes:
        references = find_optional("tref", children(track), where=where) if track.kind == "trak" else None
        named = None if references is None else find_optional("chap", children(references), where=where)
        if named is not None:
            return Fields(named).number("I")
    return None


def _told(track: Track, samples: Sequence[bytes]) -> Iterator[Chapter]:
    for time, sample in zip(track.samples.decode_times(), samples, strict=True):
        length = int.from_bytes(sample[:2])
        yield Chapter(Fraction(time, track.timescale), sample[2 : 2 + length].decode(errors="replace"))


def _listed(boxes: tuple[Box, ...], *, where: str) -> Iterator[Chapter]:
    held = find_optional("udta", boxes, where=where)
    if held is None or not any(box.kind == "chpl" for box in children(held)):
        return
    fields = Fields(find_only("chpl", children(held), where=where))
    fields.version(1)
    for _ in range(fields.number("4xB")):
        start, length = fields.read("QB")
        yield Chapter(Fraction(start, _LISTED_PER_SECOND), fields.take(length).decode(errors="replace"))
