"""Writing CMAF segments: the samples of an MP4 file's one track, in fragments that any player can begin with.

A fragment is a group of pictures, or a row of AAC packets. Its bytes follow from its samples and its time alone, so
that the same stretch of a film is the same segment wherever it plays (ISO/IEC 23000-19; ISO/IEC 14496-12, 8.8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import malformed, pack, pack_full
from pipeline.boxes.headers import pack_fragmented_movie
from pipeline.boxes.loudness import StatedLoudness
from pipeline.boxes.movie import Movie, Track
from pipeline.boxes.samples import expand, keyframes_of
from pipeline.errors import VerifyFailed

SEGMENTS_VERSION: Final = 2
"""Raised with every change of the bytes that are written here; belongs into recipe keys."""
_INIT_BRANDS: Final = b"iso6" + struct.pack(">I", 0) + b"iso6cmfc"
_SEGMENT_BRANDS: Final = b"msdh" + struct.pack(">I", 0) + b"msdhcmfs"
# tfhd: offsets count from the moof box; a duration and flags for all samples.
_BASE_IS_MOOF, _HAS_DURATION, _HAS_FLAGS = 0x020000, 0x08, 0x20
# trun: where the data begins, flags of the first sample, then for each sample its size and when it is shown.
_HAS_OFFSET, _HAS_FIRST_FLAGS, _HAS_SIZES, _HAS_SHIFTS = 0x01, 0x04, 0x200, 0x800
_STANDS_ALONE, _DEPENDS = 0x02000000, 0x01010000
_TRACK: Final = 1


@dataclass(frozen=True)
class KeyPicture:
    """A picture that stands alone, and the bytes of its segment that show it: from its moof box to its own end."""

    shown: int
    """In ticks of the track's timescale."""
    start: int
    size: int


@dataclass(frozen=True)
class WrittenSegment:
    """What a segment that was written holds, in ticks of the track's timescale."""

    start: int
    duration: int
    samples: int
    key_pictures: tuple[KeyPicture, ...]
    """None for sound."""


def pack_init(track: Track, loudness: StatedLoudness | None = None) -> bytes:
    """Return the init segment of a track's segments, which says how loud a sound is where that is known."""
    # AV1 Codec ISO Media File Format Binding, 2.1: its files say so.
    brands = _INIT_BRANDS + (b"av01" if track.codec == "av01" else b"")
    return pack("ftyp", brands) + pack_fragmented_movie(track, loudness)


def even_times(movie: Movie, *, start: int, end: int | None = None) -> tuple[int, ...]:
    """Return when each sample of a movie's one track is decoded, and the last one ends, in ticks from `start` on.

    The last one may end sooner than it does by itself. Raises VerifyFailed where samples have several durations.
    """
    (track,) = movie.tracks
    durations = {value for _, value in track.samples.durations}
    if len(durations) != 1:
        raise malformed(str(movie.path), "has samples of several durations, and a segment's have one")
    (step,), count = durations, track.samples.count
    return (*range(start, start + count * step, step), start + count * step if end is None else end)


def write_segments(
    movie: Movie, targets: Sequence[Path | None], *, borders: Sequence[int], times: Sequence[int]
) -> tuple[WrittenSegment, ...]:
    """Write a movie's one track as segments, and return what each holds; None is a segment that is not wanted.

    `borders` are the numbers of the samples at which segments begin, and the count of all; `times` says when each is
    decoded and the last one ends, in ticks: samples of one fragment are equally long. Raises VerifyFailed where they
    are not, where a segment of pictures would not begin with one that stands alone, or where a picture is shown before
    its fragment's time.
    """
    (track,) = movie.tracks
    places, shifts = tuple(track.samples.locations()), _shifts(track)
    begins, (_, usual) = _fragments(track, borders), track.samples.durations[0]
    written = []
    with movie.path.open("rb") as source:
        for target, (first, after) in zip(targets, pairwise(borders), strict=True):
            segment = _Segment(times[first])
            inside = [begin for begin in begins if first <= begin < after]
            if track.kind == "vide" and inside[:1] != [first]:
                raise VerifyFailed(f"{movie.path}: picture {first} begins a segment and does not stand alone.")
            for begin, stop in pairwise((*inside, after)):
                segment.add(
                    time=times[begin],
                    step=_step(times[begin : stop + 1], movie),
                    sizes=tuple(size for _, size in places[begin:stop]),
                    shifts=shifts[begin:stop],
                    number=begin + times[0] // usual + 1,
                    data=_read(source, places[begin:stop]),
                    where=str(movie.path),
                )
            if target is not None:
                target.write_bytes(b"".join(segment.boxes))
            written.append(segment.written(after - first, times[after] - times[first]))
    return tuple(written)


class _Segment:
    """Boxes one after another, and where in them pictures stand alone."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.boxes = [pack("styp", _SEGMENT_BRANDS)]
        self._length = len(self.boxes[0])
        self._key_pictures: list[KeyPicture] = []

    def add(
        self,
        *,
        time: int,
        step: int,
        sizes: tuple[int, ...],
        shifts: tuple[int, ...],
        number: int,
        data: bytes,
        where: str,
    ) -> None:
        """Add a fragment of some samples, the first of which is decoded at a time."""
        if shifts and (shifts[0] != 0 or min(at * step + shift for at, shift in enumerate(shifts)) < 0):
            raise VerifyFailed(f"{where}: a picture at {time} is not shown when its fragment begins.")
        moof = _pack_moof(time=time, step=step, sizes=sizes, shifts=shifts, number=number)
        if shifts:
            self._key_pictures.append(KeyPicture(time, self._length, len(moof) + 8 + sizes[0]))
        self.boxes += [moof, pack("mdat", data)]
        self._length += len(moof) + 8 + len(data)

    def written(self, samples: int, duration: int) -> WrittenSegment:
        """Return what it holds."""
        return WrittenSegment(self.start, duration, samples, tuple(self._key_pictures))


def _step(times: Sequence[int], movie: Movie) -> int:
    """Return how long each sample of a fragment lasts."""
    steps = {after - time for time, after in pairwise(times)}
    if len(steps) != 1 or min(steps) <= 0:
        raise VerifyFailed(f"{movie.path}: the samples from {times[0]} to {times[-1]} are not equally long.")
    return steps.pop()


def _shifts(track: Track) -> tuple[int, ...]:
    """Return how much later than decoded each picture is shown; nothing of sound."""
    shifts = tuple(expand(track.samples.shifts))
    # The track says nothing of pictures that are shown in the order in which they are decoded.
    return shifts or ((0,) * track.samples.count if track.kind == "vide" else ())


def _fragments(track: Track, borders: Sequence[int]) -> Sequence[int]:
    """Return the numbers of the samples at which fragments begin: pictures that stand alone, or any piece of sound."""
    return keyframes_of(track.samples) if track.kind == "vide" else borders[:-1]


def _pack_moof(*, time: int, step: int, sizes: tuple[int, ...], shifts: tuple[int, ...], number: int) -> bytes:
    flags = _HAS_OFFSET | _HAS_SIZES | (_HAS_FIRST_FLAGS | _HAS_SHIFTS if shifts else 0)
    first_flags = struct.pack(">I", _STANDS_ALONE) if shifts else b""
    rows = (
        b"".join(struct.pack(">Ii", size, shift) for size, shift in zip(sizes, shifts, strict=True))
        if shifts
        else struct.pack(f">{len(sizes)}I", *sizes)
    )

    def packed(offset: int) -> bytes:
        run = struct.pack(">Ii", len(sizes), offset) + first_flags + rows
        header = struct.pack(">III", _TRACK, step, _DEPENDS if shifts else _STANDS_ALONE)
        return pack(
            "moof",
            pack_full("mfhd", struct.pack(">I", number & 0xFFFFFFFF)),
            pack(
                "traf",
                pack_full("tfhd", header, flags=_BASE_IS_MOOF | _HAS_DURATION | _HAS_FLAGS),
                pack_full("tfdt", struct.pack(">Q", time), version=1),
                # Version 1 has signed offsets: the first picture is shown when it is decoded.
                pack_full("trun", run, version=1, flags=flags),
            ),
        )

    return packed(len(packed(0)) + 8)


def _read(source: BinaryIO, places: Sequence[tuple[int, int]]) -> bytes:
    return b"".join(_read_runs(source, places))


def _read_runs(source: BinaryIO, places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    for offset, size in places:
        source.seek(offset)
        data = source.read(size)
        if len(data) < size:
            raise malformed(source.name, "became shorter while it was read")
        yield data
