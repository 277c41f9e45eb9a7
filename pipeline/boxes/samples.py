"""The sample tables of one track as values: how long, how large, where, and when each sample is shown.

Tables are kept as runs of equal values, so that a count in a file never decides how much memory is taken.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice, pairwise, repeat
from typing import Final

from pipeline.boxes.atoms import Box, Fields, find_only, find_optional, malformed

Runs = tuple[tuple[int, int], ...]  # (how many, value), neighbours differ
PCM_BLOCK: Final = 4800  # samples of uncompressed sound that are taken together, a tenth of a second
MAX_SAMPLES: Final = 4_000_000  # 18 hours of 60 pictures a second


@dataclass(frozen=True)
class Samples:
    """Where a track's samples lie and when they are shown; sample numbers count from 0 in decoding order."""

    sizes: Runs
    durations: Runs
    shifts: Runs  # composition offsets: shown minus decoded; empty where the file has none
    keyframes: tuple[int, ...] | None  # None: every sample is one
    chunk_offsets: tuple[int, ...]
    chunk_lengths: Runs  # samples in each chunk

    @property
    def count(self) -> int:
        """How many samples there are."""
        return count_of(self.sizes)

    @property
    def duration(self) -> int:
        """The sum of all durations, in units of the track's timescale."""
        return sum(count * value for count, value in self.durations)

    @property
    def bytes(self) -> int:
        """The sum of all sizes."""
        return sum(count * value for count, value in self.sizes)

    def locations(self) -> Iterator[tuple[int, int]]:
        """Yield each sample's offset in the file and its size."""
        sizes = expand(self.sizes)
        for start, length in zip(self.chunk_offsets, expand(self.chunk_lengths), strict=True):
            offset = start
            for size in islice(sizes, length):
                yield offset, size
                offset += size

    def decode_times(self) -> Iterator[int]:
        """Yield when each sample is decoded."""
        return islice(accumulate(expand(self.durations), initial=0), self.count)

    def shown_times(self) -> array[int]:
        """Return when each sample is shown, in decoding order."""
        return array("q", map(int.__add__, self.decode_times(), expand(self.shifts or ((self.count, 0),))))


@dataclass(frozen=True)
class Timeline:
    """What a track's times add up to, in units of its timescale."""

    first_shown: int  # by the first sample in decoding order
    earliest_shown: int
    step: int | None  # the distance of all neighbouring pictures and every duration; None where they differ
    first_keyframe: int | None
    longest_gop: int  # samples from one keyframe to the next, or to the end
    open_gops: tuple[int, ...]  # keyframes with a picture, of theirs or of the group before, on their wrong side


@dataclass(frozen=True)
class Group:
    """One group of pictures: the number of its keyframe, its samples, and whether it and the one before are mixed."""

    first: int
    count: int
    is_open: bool


def timeline_of(samples: Samples) -> Timeline:
    """Return what the times of at least one sample add up to."""
    shown = samples.shown_times()
    keyframes = keyframes_of(samples)
    groups = tuple(groups_of(shown, keyframes))
    return Timeline(
        first_shown=shown[0],
        earliest_shown=min(shown),
        step=_step(samples, sorted(shown)),
        first_keyframe=keyframes[0] if keyframes else None,
        longest_gop=max(keyframes[0] if keyframes else samples.count, *(group.count for group in groups), 0),
        open_gops=tuple(group.first for group in groups if group.is_open),
    )


def chained(pieces: Sequence[Samples]) -> Samples:
    """Return samples one after another as those of one track, in no place yet."""
    has_shifts = any(piece.shifts for piece in pieces)
    begins = tuple(accumulate((piece.count for piece in pieces), initial=0))
    keyframes = (begin + number for begin, piece in zip(begins, pieces, strict=False) for number in keyframes_of(piece))
    return Samples(
        sizes=merge(run for piece in pieces for run in piece.sizes),
        durations=merge(run for piece in pieces for run in piece.durations),
        shifts=merge(run for piece in pieces for run in piece.shifts or ((piece.count, 0),)) if has_shifts else (),
        keyframes=None if all(piece.keyframes is None for piece in pieces) else tuple(keyframes),
        chunk_offsets=(),
        chunk_lengths=(),
    )


def keyframes_of(samples: Samples) -> Sequence[int]:
    """Return the numbers of the keyframes: all samples where the file lists none."""
    return samples.keyframes if samples.keyframes is not None else range(samples.count)


def places_of_keyframes(samples: Samples) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield each keyframe's number with where its bytes begin in the file and how many they are."""
    marked = frozenset(keyframes_of(samples))
    return ((number, place) for number, place in enumerate(samples.locations()) if number in marked)


def groups_of(shown: Sequence[int], keyframes: Sequence[int]) -> Iterator[Group]:
    """Yield the groups of pictures that were decoded in this order and are shown at these times.

    A group is open where a picture, of its own or of the group before, is on the wrong side of its keyframe.
    """
    last: int | None = None
    for start, end in pairwise(chain(keyframes, (len(shown),))):
        times = shown[start:end]
        yield Group(start, end - start, min(times) < times[0] or (last is not None and last >= times[0]))
        last = max(times)


def _step(samples: Samples, shown: list[int]) -> int | None:
    """Return the one distance of neighbours and the one duration, if they are the same."""
    durations = {value for _, value in samples.durations}
    steps = {later - earlier for earlier, later in pairwise(shown)} or durations
    return durations.pop() if len(durations) == 1 and durations == steps else None


def read_samples(tables: tuple[Box, ...], *, where: str) -> Samples:
    """Read the boxes of a sample table box; tables that contradict each other are VerifyFailed."""
    sizes = _read_sizes(find_only("stsz", tables, where=where))
    offsets = _read_chunk_offsets(tables, where=where)
    shifts = find_optional("ctts", tables, where=where)
    keyframes = find_optional("stss", tables, where=where)
    samples = Samples(
        sizes=sizes,
        durations=_read_runs(find_only("stts", tables, where=where), "II"),
        shifts=() if shifts is None else _read_shifts(shifts),
        keyframes=None if keyframes is None else _read_keyframes(keyframes, count=count_of(sizes)),
        chunk_offsets=offsets,
        chunk_lengths=_read_chunk_lengths(find_only("stsc", tables, where=where), chunks=len(offsets)),
    )
    _check_counts(samples, where=where)
    return samples


def read_pcm_samples(tables: tuple[Box, ...], *, where: str) -> Samples:
    """Read the tables of sound whose samples are all of one size and one tick long: each block of them as one sample.

    There are fifty million in a quarter of an hour.
    """
    size, count = Fields(find_only("stsz", tables, where=where)).read("4xII")
    durations = _read_runs(find_only("stts", tables, where=where), "II")
    offsets = _read_chunk_offsets(tables, where=where)
    lengths = _read_chunk_lengths(find_only("stsc", tables, where=where), chunks=len(offsets))
    if not size or durations != ((count, 1),) or sum(chunks * length for chunks, length in lengths) != count:
        raise malformed(where, "has uncompressed sound whose samples are not of one size and one tick each")
    blocks = [tuple(_blocks(length)) for length in expand(lengths)]
    return Samples(
        sizes=merge((1, size * block) for chunk in blocks for block in chunk),
        durations=merge((1, block) for chunk in blocks for block in chunk),
        shifts=(),
        keyframes=None,
        chunk_offsets=offsets,
        chunk_lengths=merge((1, len(chunk)) for chunk in blocks),
    )


def unblocked(samples: Samples) -> Samples:
    """Return the tables that tell blocks of uncompressed sound as the samples that they are."""
    durations = expand(samples.durations)
    lengths = ((1, sum(islice(durations, blocks))) for blocks in expand(samples.chunk_lengths))
    return replace(
        samples,
        sizes=((samples.duration, samples.bytes // samples.duration),),
        durations=((samples.duration, 1),),
        chunk_lengths=merge(lengths),
    )


def _blocks(length: int) -> Iterator[int]:
    for first in range(0, length, PCM_BLOCK):
        yield min(PCM_BLOCK, length - first)


def _check_counts(samples: Samples, *, where: str) -> None:
    counted = {
        "durations": count_of(samples.durations),
        "composition offsets": count_of(samples.shifts) if samples.shifts else samples.count,
        "samples in chunks": sum(count * length for count, length in samples.chunk_lengths),
    }
    for what, count in counted.items():
        if count != samples.count:
            raise malformed(where, f"has {count} {what} for {samples.count} samples")


def _read_sizes(box: Box) -> Runs:
    fields = Fields(box)
    fields.version(0)
    uniform, count = fields.read("II")
    if count > MAX_SAMPLES:
        raise malformed(box.where, f"says that it has {count} samples, more than the {MAX_SAMPLES} that are accepted")
    if uniform:
        return merge(iter(((count, uniform),)))
    return merge((1, size) for (size,) in fields.rows("I", count))


def _read_runs(box: Box, layout: str) -> Runs:
    fields = Fields(box)
    fields.version(0, 1)
    return merge((count, value) for count, value in fields.rows(layout, fields.number("I")))


def _read_shifts(box: Box) -> Runs:
    # Version 0 is unsigned by the book, but QuickTime wrote negative numbers into it, and every reader takes them so.
    return _read_runs(box, "Ii")


def _read_keyframes(box: Box, *, count: int) -> tuple[int, ...]:
    fields = Fields(box)
    fields.version(0)
    numbers = tuple(number - 1 for (number,) in fields.rows("I", fields.number("I")))
    if any(later <= earlier for earlier, later in pairwise((-1, *numbers, count))):
        raise malformed(box.where, f"does not list rising sample numbers from 1 to {count}")
    return numbers


def _read_chunk_offsets(tables: tuple[Box, ...], *, where: str) -> tuple[int, ...]:
    wide = find_optional("co64", tables, where=where)
    fields = Fields(wide or find_only("stco", tables, where=where))
    fields.version(0)
    return tuple(offset for (offset,) in fields.rows("Q" if wide else "I", fields.number("I")))


def _read_chunk_lengths(box: Box, *, chunks: int) -> Runs:
    fields = Fields(box)
    fields.version(0)
    rows = [(first - 1, length) for first, length, _ in fields.rows("III", fields.number("I"))]
    starts = [first for first, _ in rows]
    if starts[:1] != [0][:chunks] or any(later <= earlier for earlier, later in pairwise((*starts, chunks))):
        raise malformed(box.where, f"does not list rising chunk numbers from 1 to {chunks}")
    ends = (*starts, chunks)[1:]
    return merge((end - start, length) for (start, length), end in zip(rows, ends, strict=True))


def merge(runs: Iterator[tuple[int, int]]) -> Runs:
    """Return runs whose neighbours differ."""
    merged: list[tuple[int, int]] = []
    for count, value in runs:
        if merged and merged[-1][1] == value:
            merged[-1] = (merged[-1][0] + count, value)
        elif count:
            merged.append((count, value))
    return tuple(merged)


def expand(runs: Runs) -> Iterator[int]:
    """Yield every value of the runs."""
    return chain.from_iterable(repeat(value, count) for count, value in runs)


def count_of(runs: Runs) -> int:
    """Return how many values the runs stand for."""
    return sum(count for count, _ in runs)
