"""Writing an MP4 file from tracks of other files: moov first, no edit lists, samples copied and interleaved.

The bytes depend on the sources alone: time stamps of creation stay 0, and durations are exact in every header
because the movie's timescale is a multiple of every track's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from itertools import accumulate, chain, groupby, islice
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.boxes.atoms import malformed, pack, pack_header
from pipeline.boxes.chapters import chapter_track
from pipeline.boxes.conformance import Difference
from pipeline.boxes.headers import OffsetBox, pack_movie
from pipeline.boxes.movie import MAX_MOVIE_BYTES, Track, read_movie
from pipeline.boxes.samples import Samples, chained, expand, merge, timeline_of
from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter, Container

JOIN_VERSION: Final = 1  # raised with every change of the bytes that join() writes; belongs into recipe keys
CHUNKS_PER_SECOND: Final = 2  # of each track in turn; players read ahead by more
_COPY_BYTES: Final = 1 << 20
_BRANDS: Final[Mapping[Container, tuple[bytes, ...]]] = {
    "mp4": (b"iso4", struct.pack(">I", 0x200), b"iso4isomiso2avc1mp41"),  # iso4: signed ctts
    "mov": (b"qt  ", struct.pack(">I", 0x200), b"qt  "),
}
_WIDE_FROM: Final = (1 << 32) - 2 * MAX_MOVIE_BYTES  # bytes of samples; leaves room for what stands before them


@dataclass(frozen=True)
class Source:
    """A file with the samples of a track, or with some of them."""

    path: Path
    samples: Samples

    def open(self) -> BinaryIO:
        """Return the file, opened."""
        return self.path.open("rb")


@dataclass(frozen=True)
class Written:
    """Samples that are in no file yet."""

    content: bytes
    samples: Samples

    def open(self) -> BinaryIO:
        """Return what reads as a file of them."""
        return BytesIO(self.content)


@dataclass(frozen=True)
class Part:
    """One track to write, and the files whose samples it has, one after another."""

    track: Track
    sources: tuple[Source | Written, ...]

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Yield for each sample the number of its file, its offset there, and its size."""
        for number, source in enumerate(self.sources):
            yield from ((number, offset, size) for offset, size in source.samples.locations())


def join(
    *,
    pictures: Sequence[Path],
    sound: Path | None,
    target: Path,
    chapters: Sequence[Chapter] = (),
    container: Container = "mp4",
) -> None:
    """Write the one track of each of `pictures`, one after another, and that of `sound`, into `target`.

    `chapters`, if any, begin at 0 and lie within the pictures. Memory does not grow with the bytes of the sources.
    Raises VerifyFailed where a source is damaged, has other tracks, or would lose its place in time: an edit list, or a
    first sample that is not shown at 0; and where pictures cannot be one track, since they are described otherwise, or
    one of them begins with no keyframe or is shown for another time than it lasts.
    """
    parts = [_one_after_another(pictures)]
    if sound is not None:
        parts.append(_read_part(sound, kind="soun"))
    if chapters:
        picture = parts[0].track
        track, content = chapter_track(chapters, timescale=picture.timescale, duration=picture.samples.duration)
        parts.append(Part(track, (Written(content, track.samples),)))
    write_movie(target, tuple(parts), chapters, container)


def write_movie(
    target: Path, parts: tuple[Part, ...], chapters: Sequence[Chapter] = (), container: Container = "mp4"
) -> None:
    """Write a file of these tracks, in this order; `chapters` are listed."""
    order = _interleave(tuple(part.track for part in parts))
    ftyp = pack("ftyp", *_BRANDS[container])
    total = sum(part.track.samples.bytes for part in parts)
    data_header = pack_header("mdat", total)
    tracks = tuple(_number(part.track, number) for number, part in enumerate(parts, start=1))
    # The box is as long whatever the offsets in it, so its length is known before they are.
    offset_box: OffsetBox = "co64" if total >= _WIDE_FROM else "stco"
    pack_tracks = partial(pack_movie, offset_box=offset_box, chapters=chapters, container=container)
    size = len(pack_tracks(_place(tracks, order, start=0)))
    placed = _place(tracks, order, start=len(ftyp) + size + len(data_header))
    with ExitStack() as files, target.open("wb") as stream:
        sources = [[files.enter_context(source.open()) for source in part.sources] for part in parts]
        stream.write(ftyp + pack_tracks(placed) + data_header)
        places = [part.places() for part in parts]
        for index, length in order:
            _copy(sources[index], stream, islice(places[index], length))


def _read_part(path: Path, *, kind: str) -> Part:
    movie = read_movie(path)
    kinds = tuple(track.kind for track in movie.tracks)
    if kinds != (kind,):
        raise VerifyFailed.of(str(path), (("tracks", kind, ", ".join(kinds) or "none"),))
    (track,) = movie.tracks
    differences = tuple(_misplacements(track))
    if differences:
        raise VerifyFailed.of(str(path), differences)
    return Part(track, (Source(path, track.samples),))


def _one_after_another(paths: Sequence[Path]) -> Part:
    """Return the pictures of files as one track. Raises VerifyFailed where they cannot be."""
    parts = [_read_part(path, kind="vide") for path in paths]
    first = parts[0]
    if len(parts) == 1:
        return first
    for path, part in zip(paths, parts, strict=True):
        differences = tuple(_unlike(first, part))
        if differences:
            raise VerifyFailed.of(str(path), differences)
    track = replace(first.track, samples=chained(tuple(part.track.samples for part in parts)))
    return Part(track, tuple(source for part in parts for source in part.sources))


def _unlike(first: Part, part: Part) -> Iterator[Difference]:
    """Yield what keeps a track from following another as a part of it."""
    ours, theirs = first.track, part.track
    if theirs.entry != ours.entry:
        yield ("description of its pictures", "that of the piece before", "another")
    if theirs.timescale != ours.timescale:
        yield ("timescale", str(ours.timescale), str(theirs.timescale))
    timeline, shown = timeline_of(theirs.samples), theirs.samples.shown_times()
    if timeline.first_keyframe != 0:
        yield ("first keyframe", "0", str(timeline.first_keyframe))
    # What is shown after its last frame's time would be shown over the next piece.
    if timeline.step is None or max(shown) + timeline.step != theirs.samples.duration:
        yield ("end of its last picture", str(theirs.samples.duration), str(max(shown)))


def _misplacements(track: Track) -> Iterator[Difference]:
    """Yield what says that the track's first sample is not shown at 0."""
    if track.edit_list is not None:
        yield ("edit list", "none", f"{len(track.edit_list)} entries")
    if not track.samples.count:
        yield ("samples", "at least one", "none")
        return
    timeline = timeline_of(track.samples)
    if (timeline.first_shown, timeline.earliest_shown) != (0, 0):
        yield ("first time", "0", f"{timeline.first_shown}, earliest {timeline.earliest_shown}")


def _interleave(tracks: tuple[Track, ...]) -> tuple[tuple[int, int], ...]:
    """Return (track's index, samples) of every chunk in file order: half a second of each track in turn."""
    chunks = [
        (turn, index, sum(1 for _ in times))
        for index, track in enumerate(tracks)
        for turn, times in groupby(track.samples.decode_times(), key=partial(_turn, timescale=track.timescale))
    ]
    return tuple((index, length) for _, index, length in sorted(chunks))


def _turn(time: int, *, timescale: int) -> int:
    return time * CHUNKS_PER_SECOND // timescale


def _number(track: Track, number: int) -> Track:
    return replace(track, number=number)


def _place(tracks: tuple[Track, ...], order: tuple[tuple[int, int], ...], *, start: int) -> tuple[Track, ...]:
    """Return the tracks with the chunks in this order, the first at byte `start`."""
    sizes = [expand(track.samples.sizes) for track in tracks]
    bytes_of_chunks = [sum(islice(sizes[index], length)) for index, length in order]
    offsets = tuple(accumulate(chain((start,), bytes_of_chunks)))
    return tuple(
        replace(
            track,
            samples=replace(
                track.samples,
                chunk_offsets=tuple(
                    offset for offset, (which, _) in zip(offsets, order, strict=False) if which == index
                ),
                chunk_lengths=merge((1, length) for which, length in order if which == index),
            ),
        )
        for index, track in enumerate(tracks)
    )


def _copy(sources: Sequence[BinaryIO], target: BinaryIO, places: Iterator[tuple[int, int, int]]) -> None:
    """Copy bytes from these places to the target's end, a bounded block at a time."""
    for number, offset, size in places:
        source = sources[number]
        source.seek(offset)
        left = size
        while left:
            block = source.read(min(left, _COPY_BYTES))
            if not block:
                raise malformed(source.name, "became shorter while it was read")
            target.write(block)
            left -= len(block)
