"""Find the shots of a master: by looking at no more of its pictures than will do, or at every one.

The fast way reads all packets, decodes keyframes here and there, and then only the stretches between those that differ,
or whose packets' sizes are suspicious (`plan.suspects`). Films whose packets do not tell pictures are read whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from pipeline.facts import MediaFacts
from pipeline.plan.shots import ShotList, Transition, shots_between
from pipeline.plan.stretch import Stretch
from pipeline.plan.suspects import Anchors, Gap, are_different, find_gaps
from pipeline.plan.transitions import TransitionFinder, joined
from pipeline.shell.pixels.packets import Irregular, PacketReading, read_packets
from pipeline.shell.pixels.reader import PictureReader
from pipeline.shell.pixels.small import Miniature, Miniaturist
from pipeline.shell.pixels.stretches import StretchReader
from pipeline.shell.thumbnails import Thumbnail, ThumbnailCollector

Thoroughness = Literal["fast", "exact"]
OnFraction = Callable[[float], None]

# Of the fast way's time, for showing progress.
_PACKETS_SHARE: Final = 0.4
_MOST_THREADS: Final = 8
_EDGE: Final = 2
_BETWEEN_THUMBNAILS: Final = Fraction(1)


@dataclass(frozen=True)
class FoundShots:
    """The shots of a master, and a small picture of each."""

    shots: ShotList
    thumbnails: tuple[Thumbnail, ...]
    """One for each shot, in order."""
    decoded_count: int
    """Pictures that were decoded for it."""


def find_shots(
    path: Path,
    facts: MediaFacts,
    *,
    thoroughness: Thoroughness = "fast",
    on_progress: OnFraction | None = None,
) -> FoundShots:
    """Return a master's shots. Raises MasterError where no picture of it can be decoded.

    A film that ends early is read as far as it goes: `shots.decoding` says how far that was.
    """
    if thoroughness == "fast":
        try:
            return _look_where_needed(path, facts, on_progress)
        except Irregular:
            pass
    return _look_at_all(path, facts, on_progress)


def _look_at_all(path: Path, facts: MediaFacts, on_progress: OnFraction | None) -> FoundShots:
    collector = ThumbnailCollector(facts.picture)
    watch, miniature = collector.watch(), Miniaturist()
    pictures = PictureReader(path, facts, on_progress=on_progress)
    finder = TransitionFinder(facts.picture.rate)
    for picture in pictures:
        luma, chroma = miniature(picture.raw)
        finder.add(luma, chroma)
        watch.look(picture.frame, picture.raw, luma)
    timeline, transitions = pictures.timeline, finder.finish()
    found = ShotList(timeline, transitions, shots_between(transitions, timeline.frame_count), pictures.decoding)
    return FoundShots(found, collector.of_shots(found.shots), timeline.frame_count)


def _look_where_needed(path: Path, facts: MediaFacts, on_progress: OnFraction | None) -> FoundShots:
    tell = on_progress or (lambda _: None)
    collector = ThumbnailCollector(facts.picture)
    reading, anchors = _read_anchors(path, facts, collector, lambda done: tell(done * _PACKETS_SHARE))
    gaps = find_gaps(reading.packets, anchors, reading.timeline.rate)
    search = _Search(path, facts, reading, anchors, gaps, collector)
    found: list[Transition] = []
    looked_count = len(anchors.frames)
    with contextlib.closing(search), ThreadPoolExecutor(_thread_count(), thread_name_prefix="stretch") as threads:
        try:
            peeks = [place for place, gap in enumerate(gaps) if gap.likely_cut is not None]
            cuts = dict(zip(peeks, threads.map(search.peek, peeks), strict=True))
            wanted = [place for place, gap in enumerate(gaps) if gap.is_wanted and not cuts.get(place)]
            runs = tuple(_runs(wanted))
            looked_count += len(peeks)
            for run, (transitions, count) in zip(runs, threads.map(search.run, runs), strict=True):
                found.extend(transitions)
                looked_count += count
                tell(
                    _PACKETS_SHARE + (1 - _PACKETS_SHARE) * gaps[run.stop - 1].end_frame / reading.timeline.frame_count
                )
        except BaseException:
            search.give_up()
            threads.shutdown(cancel_futures=True)
            raise
    found.extend(cut for cut in cuts.values() if cut is not None)
    transitions = joined(found)
    shots = shots_between(transitions, reading.timeline.frame_count)
    return FoundShots(
        ShotList(reading.timeline, transitions, shots, reading.decoding),
        collector.of_shots(shots),
        looked_count,
    )


def _runs(places: Sequence[int]) -> Iterator[range]:
    """Yield the ranges of numbers that follow one another."""
    for _, group in itertools.groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [place for _, place in group]
        yield range(run[0], run[-1] + 1)


def _thread_count() -> int:
    return min(_MOST_THREADS, os.cpu_count() or 1)


def _read_anchors(
    path: Path, facts: MediaFacts, collector: ThumbnailCollector, on_progress: OnFraction
) -> tuple[PacketReading, Anchors]:
    miniature, watch = Miniaturist(), collector.watch()
    ticks: list[int] = []
    small: list[tuple[Any, Any]] = []
    thumbnails: list[tuple[int, bytes]] = []

    def take(tick: int, raw: Any) -> None:
        ticks.append(tick)
        small.append(miniature(raw))
        if not thumbnails or (tick - thumbnails[-1][0]) * raw.time_base >= _BETWEEN_THUMBNAILS:
            thumbnails.append((tick, watch.jpeg(raw)))

    reading = read_packets(path, facts, on_anchor=take, on_progress=on_progress)
    for tick, jpeg in thumbnails:
        collector.hold(int(np.searchsorted(reading.packets.times, tick)), jpeg)
    frames = np.searchsorted(reading.packets.times, np.array(ticks))
    luma, chroma = (np.stack(planes) for planes in zip(*small, strict=True))
    return reading, Anchors(frames, Stretch(0, luma, chroma))


class _Search:
    """Look at stretches of one film, several at a time, each thread with a reader of its own."""

    def __init__(
        self,
        path: Path,
        facts: MediaFacts,
        reading: PacketReading,
        anchors: Anchors,
        gaps: Sequence[Gap],
        collector: ThumbnailCollector,
    ) -> None:
        self._path = path
        self._facts = facts
        self._reading = reading
        self._anchors = anchors
        self._gaps = gaps
        self._collector = collector
        self._own = threading.local()
        self._readers: list[StretchReader] = []
        self._is_given_up = threading.Event()

    def give_up(self) -> None:
        """Let every thread stop at its next picture."""
        self._is_given_up.set()

    def close(self) -> None:
        """Let go of the film; no thread may be looking any more."""
        for reader in self._readers:
            reader.close()

    def peek(self, place: int) -> Transition | None:
        """Return the cut that a gap is likely to hold, where its frame shows the next anchor's picture."""
        gap = self._gaps[place]
        assert gap.likely_cut is not None, "only such gaps are peeked into"
        luma, chroma = Miniaturist()(self._reader().peek(gap.start_frame, gap.likely_cut))
        seen = Stretch(0, luma[None], chroma[None])
        is_new = are_different(self._anchors.pictures, place, seen, 0)
        is_next = not are_different(seen, 0, self._anchors.pictures, place + 1)
        return Transition("cut", gap.likely_cut, gap.likely_cut) if is_new and is_next else None

    def run(self, run: range) -> tuple[tuple[Transition, ...], int]:
        """Return the transitions within gaps that follow one another, and how many pictures were looked at.

        What reaches the edge of what was seen may go on beyond it: then the gap beyond is looked at as well.
        """
        looked, gaps = 0, self._gaps[run.start : run.stop]
        while True:
            found, count = self._look(gaps)
            looked += count
            first, last = self._gaps[run.start].start_frame, self._gaps[run.stop - 1].end_frame
            gradual = [each for each in found if each.kind != "cut"]
            before = run.start > 0 and any(each.start_frame <= first + _EDGE for each in gradual)
            after = run.stop < len(self._gaps) and any(each.end_frame >= last - _EDGE for each in gradual)
            if not before and not after:
                return found, looked
            run = range(run.start - before, run.stop + after)
            gaps = [dataclasses.replace(gap, early_end=None) for gap in self._gaps[run.start : run.stop]]

    def _look(self, gaps: Sequence[Gap]) -> tuple[tuple[Transition, ...], int]:
        found: list[Transition] = []
        looked, place = 0, 0
        while place < len(gaps):
            stretch, count, place = self._stretch(gaps, place)
            found.extend(stretch)
            looked += count
        return tuple(found), looked

    def _stretch(self, gaps: Sequence[Gap], first: int) -> tuple[tuple[Transition, ...], int, int]:
        """Look from a gap's anchor on; return transitions, how many pictures that took, and the gap to go on with."""
        start = gaps[first].start_frame
        finder = TransitionFinder(self._reading.timeline.rate, start)
        pictures = self._pictures(start, gaps[-1].end_frame)
        with contextlib.closing(pictures):
            for place in range(first, len(gaps)):
                gap = gaps[place]
                end = gap.end_frame if gap.early_end is None else gap.early_end
                seen = _add(finder, itertools.islice(pictures, end - max(start, gap.start_frame)))
                if end < gap.end_frame:
                    if not self._is_other_shot(seen, gap.end_frame):
                        return finder.finish(), end - start, place + 1
                    _add(finder, itertools.islice(pictures, gap.end_frame - end))
        end = gaps[-1].end_frame
        closing = self._anchor_at(end)
        if closing is not None:
            finder.add(self._anchors.pictures.luma[closing], self._anchors.pictures.chroma[closing])
        return finder.finish(), end - start, len(gaps)

    def _pictures(self, start: int, end: int) -> Generator[Miniature, None, None]:
        miniature, watch = Miniaturist(), self._collector.watch()
        for frame, raw in self._reader().read(start, end):
            if self._is_given_up.is_set():
                raise CancelledError
            small = miniature(raw)
            watch.look(frame, raw, small[0])
            yield small

    def _reader(self) -> StretchReader:
        reader: StretchReader | None = getattr(self._own, "reader", None)
        if reader is None:
            reader = self._own.reader = StretchReader(self._path, self._facts, self._reading.packets)
            self._readers.append(reader)
        return reader

    def _is_other_shot(self, seen: Miniature | None, next_frame: int) -> bool:
        anchor = self._anchor_at(next_frame)
        if seen is None or anchor is None:
            return True
        luma, chroma = seen
        return are_different(Stretch(0, luma[None], chroma[None]), 0, self._anchors.pictures, anchor)

    def _anchor_at(self, frame: int) -> int | None:
        place = int(np.searchsorted(self._anchors.frames, frame))
        return place if place < len(self._anchors.frames) else None


def _add(finder: TransitionFinder, pictures: Iterator[Miniature]) -> Miniature | None:
    """Hand pictures to the finder and return the last."""
    last = None
    for last in pictures:
        finder.add(*last)
    return last
