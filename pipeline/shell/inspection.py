"""Look at chosen gaps of one film: peek at frames that their packets betray, or go through all pictures of a gap."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from pipeline.facts import MediaFacts
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.plan.suspects import Anchors, Gap, changes_of_shot
from pipeline.plan.transitions import TransitionFinder
from pipeline.shell.pixels.packets import PacketReading
from pipeline.shell.pixels.small import Miniature, Miniaturist
from pipeline.shell.pixels.stretches import StretchReader
from pipeline.shell.thumbnails import ThumbnailCollector

_EDGE: Final = 2
# Each on top of the one before: in all more than the longest fade, and few pictures looked at twice.
_WIDENINGS_S: Final = (Fraction(1), Fraction(2), Fraction(4), Fraction(8))


@dataclass(frozen=True)
class _Seen:
    """Successive pictures that were looked at, [start, end), and what was found in them."""

    found: tuple[Transition, ...]
    start_frame: int
    end_frame: int
    gap_count: int
    """Gaps that this settles."""


class Inspection:
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
        *changes, is_other = changes_of_shot(_stretch(self._anchor(place), *seen, self._anchor(place + 1)))
        if is_other:
            return ()
        return tuple(
            Transition("cut", frame, frame) for frame, new in zip(gap.likely_cuts, changes, strict=True) if new
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
                if self._goes_on(each, stretch):
                    wider, count = self._widened(each)
                    found.extend(wider)
                    looked += count
        return tuple(found), looked

    def _widened(self, gradual: Transition) -> tuple[tuple[Transition, ...], int]:
        """Look at all of what something gradual reaches into, further on either side as long as it goes on there."""
        looked = 0
        starts = [gap.start_frame for gap in self._gaps]
        first, stop = bisect_right(starts, gradual.start_frame) - 1, bisect_right(starts, gradual.end_frame - 1)
        stretch = None
        for seconds in _WIDENINGS_S:
            first, stop = self._wider(first, stop, least=self._reading.timeline.rate.nearest_frame(seconds))
            stretch = self._look([dataclasses.replace(gap, early_end=None) for gap in self._gaps[first:stop]])
            looked += stretch.end_frame - stretch.start_frame
            if not any(self._goes_on(each, stretch) for each in stretch.found):
                break
        assert stretch is not None, "there is one widening at least"
        return stretch.found, looked

    def _goes_on(self, found: Transition, seen: _Seen) -> bool:
        """Return whether something gradual comes up to an end of what was seen that is no end of the film."""
        begins_before = seen.start_frame > 0 and found.start_frame <= seen.start_frame + _EDGE
        ends_after = seen.end_frame < self._gaps[-1].end_frame and found.end_frame >= seen.end_frame - _EDGE
        return found.kind != "cut" and (begins_before or ends_after)

    def _wider(self, first: int, stop: int, *, least: int) -> tuple[int, int]:
        """Return a range of gaps that is wider by so many frames at least on either side, where the film is."""
        start_frame, end_frame = self._gaps[first].start_frame, self._gaps[stop - 1].end_frame
        while first > 0 and start_frame - self._gaps[first].start_frame < least:
            first -= 1
        while stop < len(self._gaps) and self._gaps[stop - 1].end_frame - end_frame < least:
            stop += 1
        return first, stop

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
            finder.add(*self._anchor(closing))
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
        place = self._anchor_at(next_frame)
        return seen is None or place is None or any(changes_of_shot(_stretch(seen, self._anchor(place))))

    def _anchor(self, place: int) -> Miniature:
        return self._anchors.pictures.luma[place], self._anchors.pictures.chroma[place]

    def _anchor_at(self, frame: int) -> int | None:
        place = int(np.searchsorted(self._anchors.frames, frame))
        return place if place < len(self._anchors.frames) else None


def _add(finder: TransitionFinder, pictures: Iterator[Miniature]) -> Miniature | None:
    """Hand pictures to the finder and return the last."""
    last = None
    for last in pictures:
        finder.add(*last)
    return last


def _stretch(*pictures: Miniature) -> Stretch:
    luma, chroma = (np.stack(planes) for planes in zip(*pictures, strict=True))
    return Stretch(0, luma, chroma)
