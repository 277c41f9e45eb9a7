"""Reading an MP4 file into a Movie: its tracks, formats and sample tables, without its pictures and sound.

Progressive files alone: a fragmented file, whose samples lie outside its movie box, is refused.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import Box, Extent, Fields, children, find_only, find_optional, list_extents, malformed
from pipeline.boxes.formats import PictureFormat, SoundFormat, read_picture_format, read_sound_format
from pipeline.boxes.samples import Samples, read_pcm_samples, read_samples

MAX_MOVIE_BYTES: Final = 16 << 20  # of the moov box; two hours at 60 pictures a second with sound take 12 MB
MAX_TRACKS: Final = 16
PCM: Final = "in24"  # samples of 24 bits (QuickTime File Format, "Sound sample descriptions")
UPRIGHT: Final = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True)
class EditListEntry:
    """One entry of an edit list: `duration` in the movie's timescale, `media_time` in the track's, -1 when empty."""

    duration: int
    media_time: int
    rate: int


@dataclass(frozen=True)
class Track:
    """One track; durations in its own timescale, `kind` the handler's four letters ('vide', 'soun')."""

    number: int
    kind: str
    codec: str
    timescale: int
    duration: int  # as its header says; the samples' own sum is samples.duration
    entry: bytes  # the sample description box, whole
    samples: Samples
    picture: PictureFormat | None
    sound: SoundFormat | None
    edit_list: tuple[EditListEntry, ...] | None
    shown_size: tuple[Fraction, Fraction]  # width and height in pixels, after the aspect ratio
    matrix: tuple[int, ...]  # UPRIGHT unless players turn or move the picture
    created: int  # the latest of its time stamps; 0 where they are left out

    @property
    def seconds(self) -> Fraction:
        """The length of all samples."""
        return Fraction(self.samples.duration, self.timescale)


@dataclass(frozen=True)
class Movie:
    """One MP4 file."""

    path: Path
    bytes: int
    brands: tuple[str, ...]  # the major brand first
    moov_before_mdat: bool
    timescale: int
    duration: int
    created: int
    tracks: tuple[Track, ...]


def read_movie(path: Path) -> Movie:
    """Read everything but the samples' bytes.

    Raises VerifyFailed for a file that is damaged, is not a progressive MP4, or points outside itself.
    """
    where = str(path)
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        extents = list_extents(stream, size=size, where=where)
        brands = read_brands(load_box("ftyp", extents, stream, where=where))
        boxes = children(load_box("moov", extents, stream, where=where))
    data = tuple(extent for extent in extents if extent.kind == "mdat")
    if not data:
        raise malformed(where, "has no mdat box, so no samples")
    if any(box.kind == "mvex" for box in boxes):
        raise malformed(where, "is fragmented, and a progressive file is wanted")
    header = Fields(find_only("mvhd", boxes, where=where))
    created, timescale, duration = read_times(header)
    if not timescale:
        raise malformed(header.where, "has a timescale of 0")
    tracks = _read_tracks(boxes, where=where)
    for track in tracks:
        _check_places(track, data, where=where)
    moov = next(extent for extent in extents if extent.kind == "moov")
    return Movie(
        path=path,
        bytes=size,
        brands=brands,
        moov_before_mdat=moov.start < data[0].start,
        timescale=timescale,
        duration=duration,
        created=created,
        tracks=tracks,
    )


def load_box(kind: str, extents: tuple[Extent, ...], stream: BinaryIO, *, where: str) -> Box:
    """Return the one top-level box of a kind, which is small enough for memory."""
    found = [extent for extent in extents if extent.kind == kind]
    if len(found) != 1:
        raise malformed(where, f"has {len(found)} {kind} boxes where one is needed")
    length = found[0].end - found[0].body
    if length > MAX_MOVIE_BYTES:
        raise malformed(where, f"has a {kind} box of {length} bytes, more than the {MAX_MOVIE_BYTES} that are accepted")
    stream.seek(found[0].body)
    body = stream.read(length)
    if len(body) < length:
        raise malformed(where, "became shorter while it was read")
    return Box(kind, memoryview(body), f"{where}: {kind}")


def read_brands(box: Box) -> tuple[str, ...]:
    fields = Fields(box)
    major, _ = fields.read("4sI")
    rest = [brand.decode("latin-1") for (brand,) in fields.rows("4s", fields.left // 4)]
    return (major.decode("latin-1"), *rest)


def _read_tracks(boxes: tuple[Box, ...], *, where: str) -> tuple[Track, ...]:
    found = [box for box in boxes if box.kind == "trak"]
    if len(found) > MAX_TRACKS:
        raise malformed(where, f"has {len(found)} tracks, more than the {MAX_TRACKS} that are accepted")
    return tuple(_read_track(box) for box in found)


def _read_track(box: Box) -> Track:
    where = box.where
    boxes = children(box)
    media = children(find_only("mdia", boxes, where=where))
    tables = children(find_only("stbl", children(find_only("minf", media, where=where)), where=where))
    times = Fields(find_only("mdhd", media, where=where))
    created, timescale, duration = read_times(times)
    if not timescale:
        raise malformed(times.where, "has a timescale of 0")
    kind = Fields(find_only("hdlr", media, where=where)).read("8x4s")[0].decode("latin-1")
    description = find_only("stsd", tables, where=where)
    entry = read_entry(description)
    header = _read_header(Fields(find_only("tkhd", boxes, where=where)))
    return Track(
        number=header.number,
        kind=kind,
        codec=entry.kind,
        timescale=timescale,
        duration=duration,
        entry=bytes(description.body),
        samples=read_pcm_samples(tables, where=where) if entry.kind == PCM else read_samples(tables, where=where),
        picture=read_picture_format(entry) if kind == "vide" else None,
        sound=read_sound_format(entry) if kind == "soun" else None,
        edit_list=read_edit_list(boxes, where=where),
        shown_size=header.shown_size,
        matrix=header.matrix,
        created=max(created, header.created),
    )


def read_times(fields: Fields) -> tuple[int, int, int]:
    """Return the later time stamp, timescale and duration of an mvhd or mdhd box."""
    created, modified, timescale, duration = fields.read("QQIQ" if fields.version(0, 1) else "IIII")
    return max(created, modified), timescale, duration


def read_entry(description: Box) -> Box:
    """Return the one sample entry of an stsd box."""
    fields = Fields(description)
    fields.version(0)
    count = fields.number("I")
    entries = children(description, skip=8)
    if count != 1 or len(entries) != 1:
        raise malformed(description.where, f"has {len(entries)} sample entries and says {count}, where one is needed")
    return entries[0]


@dataclass(frozen=True)
class _TrackHeader:
    number: int
    created: int
    shown_size: tuple[Fraction, Fraction]
    matrix: tuple[int, ...]


def _read_header(fields: Fields) -> _TrackHeader:
    """Read a tkhd box (ISO/IEC 14496-12, 8.3.2)."""
    created, modified, number = fields.read("QQI12x" if fields.version(0, 1) else "III8x")
    *matrix, width, height = fields.read("16x9iII")
    return _TrackHeader(
        number=number,
        created=max(created, modified),
        shown_size=(Fraction(width, 1 << 16), Fraction(height, 1 << 16)),
        matrix=tuple(matrix),
    )


def read_edit_list(boxes: tuple[Box, ...], *, where: str) -> tuple[EditListEntry, ...] | None:
    """Return the entries, or None without an edts box; an edts box that holds nothing still counts as an edit list."""
    edits = find_optional("edts", boxes, where=where)
    if edits is None:
        return None
    listing = find_optional("elst", children(edits), where=where)
    if listing is None:
        return ()
    fields = Fields(listing)
    layout = "Qqi" if fields.version(0, 1) else "Iii"
    return tuple(EditListEntry(*row) for row in fields.rows(layout, fields.number("I")))


def _check_places(track: Track, data: tuple[Extent, ...], *, where: str) -> None:
    """Check that every chunk lies inside one mdat box."""
    bodies = [extent.body for extent in data]  # rising, as they stand in the file
    for start, end in _chunk_places(track.samples):
        before = bisect_right(bodies, start)
        if not before or end > data[before - 1].end:
            raise malformed(
                where, f"has samples of track {track.number} in bytes {start} to {end}, outside its mdat box"
            )


def _chunk_places(samples: Samples) -> Iterator[tuple[int, int]]:
    """Yield where each run of adjoining samples starts and ends."""
    run: tuple[int, int] | None = None
    for offset, size in samples.locations():
        if run is not None and run[1] == offset:
            run = (run[0], offset + size)
            continue
        if run is not None:
            yield run
        run = (offset, offset + size)
    if run is not None:
        yield run
