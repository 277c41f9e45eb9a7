"""When the samples of a section are shown or heard, as its boxes say it: a value that a plan is held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple


class Shown(NamedTuple):
    """When a sample is shown or heard, and how long, in ticks of its track."""

    time: int
    duration: int


@dataclass(frozen=True)
class Row:
    """The samples of one segment or file, in any order."""

    timescale: int
    """Ticks in a second."""
    samples: tuple[Shown, ...]


@dataclass(frozen=True)
class SectionTimes:
    """The samples of a section in the order in which they are shown."""

    samples: int
    start: Fraction
    """When the first is shown, in seconds of the track, edit lists taken into account."""
    duration: Fraction
    """How long all of them are shown."""
    step: Fraction
    """How long each but the last is shown."""
    breaks: tuple[Fraction, ...]
    """Seconds after the start where a sample is missing, stands twice, in another's place, or has another length."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> SectionTimes:
        """Return what `document` was made of."""
        start, duration, step = (Fraction(document[name]) for name in ("start", "duration", "step"))
        return cls(document["samples"], start, duration, step, tuple(map(Fraction, document["breaks"])))

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "samples": self.samples,
            "start": str(self.start),
            "duration": str(self.duration),
            "step": str(self.step),
            "breaks": [str(time) for time in self.breaks],
        }


def section_times(rows: Iterable[Row]) -> SectionTimes:
    """Return the times of segments or files that are played one after another.

    Within each samples are put in the order in which they are shown, as decoders do it; segments stay as they are.
    Every sample begins when the one before it ends, and all but the very last are as long as most.
    """
    rows = tuple(rows)
    scale = lcm(*(row.timescale for row in rows))
    every = [
        (sample.time * times, sample.duration * times)
        for row in rows
        for times in (scale // row.timescale,)
        for sample in sorted(row.samples)
    ]
    if not every:
        return SectionTimes(0, Fraction(0), Fraction(0), Fraction(0), ())
    ((step, _),) = Counter(duration for _, duration in every).most_common(1)
    breaks, at = [], 0
    start = due = every[0][0]
    for number, (time, duration) in enumerate(every, start=1):
        is_even = duration == step or (number == len(every) and 0 < duration < step)
        if time != due or not is_even:
            breaks.append(Fraction(at, scale))
        at, due = at + duration, time + duration
    return SectionTimes(len(every), Fraction(start, scale), Fraction(at, scale), Fraction(step, scale), tuple(breaks))
