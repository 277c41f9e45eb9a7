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
from bisect import bisect_right
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
_MOST_WIDENING: Final = 2000  # pictures for each gap: a bound on patience, not on films
_WORTH_PICKING: Final = 0.7
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
    gaps = _simplified(find_gaps(reading.packets, anchors, reading.timeline.rate))
    search = _Search(path, facts, reading, anchors, gaps, collector)
    found: list[Transition] = []
    looked_count = len(anchors.frames)
    with contextlib.closing(search), ThreadPoolExecutor(_thread_count(), thread_name_prefix="stretch") as threads:
        try:
            peeks = [place for place, gap in enumerate(gaps) if gap.likely_cuts]
            cuts = dict(zip(peeks, threads.map(search.peek, peeks), strict=True))
            wanted = [place for place, gap in enumerate(gaps) if gap.is_wanted and not cuts.get(place)]
            runs = tuple(_runs(wanted))
            looked_count += sum(len(gaps[place].likely_cuts) for place in peeks)
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
    found.extend(itertools.chain.from_iterable(cuts.values()))
    transitions = joined(found)
    shots = shots_between(transitions, reading.timeline.frame_count)
    return FoundShots(
        ShotList(reading.timeline, transitions, shots, reading.decoding),
        collector.of_shots(shots),
        looked_count,
    )


def _simplified(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Return the gaps, all of them wanted whole where most are: going through in one go is less work then."""
    wanted = sum(
        (gap.early_end or gap.end_frame) - gap.start_frame for gap in gaps if gap.is_wanted and not gap.likely_cuts
    )
    if wanted < _WORTH_PICKING * gaps[-1].end_frame:
        return gaps
    return tuple(dataclasses.replace(gap, is_wanted=True, likely_cuts=(), early_end=None) for gap in gaps)


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
    next_thumbnail: Fraction | None = None

    def take(tick: int, seconds: Fraction, raw: Any) -> None:
        nonlocal next_thumbnail
        ticks.append(tick)
        small.append(miniature(raw))
        if next_thumbnail is None or seconds >= next_thumbnail:
            next_thumbnail = seconds + _BETWEEN_THUMBNAILS
            thumbnails.append((tick, watch.jpeg(raw)))

    reading = read_packets(path, facts, on_anchor=take, on_progress=on_progress)
    for tick, jpeg in thumbnails:
        collector.hold(int(np.searchsorted(reading.packets.times, tick)), jpeg)
    frames = np.searchsorted(reading.packets.times, np.array(ticks))
    luma, chroma = (np.stack(planes) for planes in zip(*small, strict=True))
    return reading, Anchors(frames, Stretch(0, luma, chroma))


@dataclass(frozen=True)
class _Seen:
    """Successive pictures that were looked at, [start, end), and what was found in them."""

    found: tuple[Transition, ...]
    start_frame: int
    end_frame: int
    gap_count: int
    """Gaps that this settles."""


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

    def peek(self, place: int) -> tuple[Transition, ...]:
        """Return the cuts that a gap is likely to hold, where its betrayed frames show all that happens, else none.

        The last of them has to show the next anchor's picture.
        """
        gap, miniature = self._gaps[place], Miniaturist()
        seen = [miniature(self._reader().peek(gap.start_frame, frame)) for frame in gap.likely_cuts]
        anchors = self._anchors.pictures
        ends = ((anchors.luma[k], anchors.chroma[k]) for k in (place, place + 1))
        first, last = ends
        luma, chroma = (np.stack(planes) for planes in zip(first, *seen, last, strict=True))
        steps = Stretch(0, luma, chroma)
        differs = [are_different(steps, k, steps, k + 1) for k in range(len(luma) - 1)]
        if differs.pop():
            return ()
        return tuple(
            Transition("cut", frame, frame) for frame, new in zip(gap.likely_cuts, differs, strict=True) if new
        )

    def run(self, run: range) -> tuple[tuple[Transition, ...], int]:
        """Return the transitions within gaps that follow one another, and how many pictures were looked at."""
        found: list[Transition] = []
        looked, place = 0, run.start
        while place < run.stop:
            stretch = self._look(self._gaps[place : run.stop])
            looked += stretch.end_frame - stretch.start_frame
            place += stretch.gap_count
            found.extend(stretch.found)
            for each in stretch.found:
                if each.kind != "cut" and _reaches(each, stretch):
                    wider, count = self._widened(each)
                    found.extend(wider)
                    looked += count
        return tuple(found), looked

    def _widened(self, gradual: Transition) -> tuple[tuple[Transition, ...], int]:
        """Look at all of what something gradual reaches into, a gap more on either side as long as it goes on there."""
        looked = 0
        starts = [gap.start_frame for gap in self._gaps]
        first, stop = bisect_right(starts, gradual.start_frame) - 1, bisect_right(starts, gradual.end_frame - 1)
        while True:
            first, stop = max(0, first - 1), min(len(self._gaps), stop + 1)
            gaps = [dataclasses.replace(gap, early_end=None) for gap in self._gaps[first:stop]]
            stretch = self._look(gaps)
            looked += stretch.end_frame - stretch.start_frame
            reaching = [each for each in stretch.found if each.kind != "cut" and _reaches(each, stretch)]
            if not reaching or (first == 0 and stop == len(self._gaps)) or looked > _MOST_WIDENING * len(gaps):
                return stretch.found, looked

    def _look(self, gaps: Sequence[Gap]) -> _Seen:
        """Look from the first gap's anchor on, through all gaps, or to the first that allows an early end."""
        start = gaps[0].start_frame
        finder = TransitionFinder(self._reading.timeline.rate, start)
        pictures = self._pictures(start, gaps[-1].end_frame)
        with contextlib.closing(pictures):
            for count, gap in enumerate(gaps, start=1):
                finder.renew()
                end = gap.end_frame if gap.early_end is None else gap.early_end
                seen = _add(finder, itertools.islice(pictures, end - gap.start_frame))
                if end < gap.end_frame:
                    if not self._is_other_shot(seen, gap.end_frame):
                        return _Seen(finder.finish(), start, end, count)
                    _add(finder, itertools.islice(pictures, gap.end_frame - end))
        end = gaps[-1].end_frame
        closing = self._anchor_at(end)
        if closing is not None:
            finder.renew()
            finder.add(self._anchors.pictures.luma[closing], self._anchors.pictures.chroma[closing])
        return _Seen(finder.finish(), start, end, len(gaps))

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


def _reaches(gradual: Transition, seen: _Seen) -> bool:
    """Return whether something gradual comes up to an end of what was seen: it may go on beyond."""
    return gradual.start_frame <= seen.start_frame + _EDGE or gradual.end_frame >= seen.end_frame - _EDGE


def _add(finder: TransitionFinder, pictures: Iterator[Miniature]) -> Miniature | None:
    """Hand pictures to the finder and return the last."""
    last = None
    for last in pictures:
        finder.add(*last)
    return last
