"""Exact time: seconds as Fraction, frame rates as Fraction, half-open spans, and timecode text.

Floats never enter here. A frame number counts from 0 at the first picture; a time counts from the moment at which
that picture is shown, whatever time stamps the file itself uses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from pipeline.values import hashed_once

NTSC_RATES: Final = {24: Fraction(24000, 1001), 30: Fraction(30000, 1001), 48: Fraction(48000, 1001),
                     60: Fraction(60000, 1001), 120: Fraction(120000, 1001)}  # fmt: skip
STANDARD_RATES: Final = tuple(
    sorted([Fraction(n) for n in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)] + list(NTSC_RATES.values()))
)
_TIMECODE = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)([:;])(\d{2,3})\Z", re.ASCII)
# Not all that Fraction reads: an exponent may ask for a number that fills the memory.
_NUMBER = re.compile(r"\s*[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18}|\d{1,18}/\d{1,18})\s*\Z", re.ASCII)


@hashed_once
@dataclass(frozen=True, order=True)
class FrameRate:
    """A constant frame rate in frames per second, exact."""

    fps: Fraction

    def __post_init__(self) -> None:
        if self.fps <= 0:
            raise ValueError(f"a frame rate is positive, not {self.fps}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read '24', '24/1' or '30000/1001'. Raises ValueError otherwise."""
        return cls(_fraction(text))

    @classmethod
    def nearest_standard(cls, fps: Fraction, *, tolerance: Fraction = Fraction(1, 1000)) -> Self:
        """Return the standard rate within a relative `tolerance` of a measured one, else the measured one itself.

        Containers round: 23.976 (milliseconds in Matroska) and 2997/100 mean 24000/1001 and 30000/1001. The nearest
        candidate wins, so that 24 and 24000/1001 (a thousandth apart) are told from each other.
        """
        best = min(STANDARD_RATES, key=lambda rate: abs(rate - fps))
        return cls(best if abs(best - fps) <= best * tolerance / 2 else fps)

    @property
    def frame_duration(self) -> Fraction:
        """Seconds that one frame is shown."""
        return 1 / self.fps

    @property
    def timescale(self) -> int:
        """Ticks per second in which a frame is a whole number of them: 24000 for 24 and 24000/1001 alike."""
        return self.fps.numerator if self.fps.denominator > 1 else self.fps.numerator * 1000

    @property
    def nominal(self) -> int:
        """Frames that one second of timecode counts: 24 for 24000/1001."""
        return -(-self.fps.numerator // self.fps.denominator)

    @property
    def drops_frames(self) -> bool:
        """True where drop-frame timecode is customary: the NTSC multiples of 30."""
        return self.fps.denominator == 1001 and self.nominal % 30 == 0

    def frames_within(self, seconds: Fraction) -> int:
        """Return floor(seconds × rate): the whole frames that fit, which is what "to the frame" means here."""
        # In whole numbers, as below: planning asks for hundreds of thousands.
        return (seconds.numerator * self.fps.numerator) // (seconds.denominator * self.fps.denominator)

    def time_of(self, frame: int) -> Fraction:
        """Return the exact time in seconds at which a frame starts."""
        return Fraction(frame * self.fps.denominator, self.fps.numerator)

    def frame_at(self, seconds: Fraction) -> int:
        """Return the frame that is on screen at a time."""
        return self.frames_within(seconds)

    def nearest_frame(self, seconds: Fraction) -> int:
        """Return the frame whose start is nearest to a time; halves go to the later frame."""
        over = 2 * seconds.denominator * self.fps.denominator
        return (2 * seconds.numerator * self.fps.numerator + over // 2) // over

    def halved_to(self, most: Fraction) -> FrameRate:
        """Return this rate divided by the smallest whole number that brings it to `most` or below."""
        return self.every(max(1, (self.fps / most).__ceil__()))

    def every(self, count: int) -> FrameRate:
        """Return the rate at which every n-th frame alone is shown, n being `count`."""
        return self if count == 1 else FrameRate(self.fps / count)

    def __str__(self) -> str:
        return f"{self.fps.numerator}/{self.fps.denominator}"


@hashed_once
@dataclass(frozen=True, order=True)
class Span:
    """A half-open range of seconds, [start, end)."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span ends at or after its start, not {self.start}..{self.end}")

    @classmethod
    def of_frames(cls, start_frame: int, end_frame: int, rate: FrameRate) -> Self:
        """Return the span that frames [start_frame, end_frame) are shown."""
        return cls(rate.time_of(start_frame), rate.time_of(end_frame))

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.end - self.start

    def frames(self, rate: FrameRate) -> tuple[int, int]:
        """Return the half-open frame range whose frames start inside the span."""
        return ((self.start * rate.fps).__ceil__(), (self.end * rate.fps).__ceil__())

    def snapped(self, rate: FrameRate) -> Span:
        """Return the span with both ends moved to the nearest frame start."""
        return Span.of_frames(rate.nearest_frame(self.start), rate.nearest_frame(self.end), rate)

    def overlap(self, other: Span) -> Fraction:
        """Return the seconds that both spans share."""
        return max(Fraction(0), min(self.end, other.end) - max(self.start, other.start))

    def moved(self, seconds: Fraction) -> Span:
        """Return the span later by `seconds` (earlier when negative)."""
        return Span(self.start + seconds, self.end + seconds)


def timecode(frame: int, rate: FrameRate, *, drop_frame: bool | None = None) -> str:
    """Return SMPTE timecode, HH:MM:SS:FF, with a semicolon before the frames where numbers are dropped.

    `drop_frame` None means what is customary for the rate. Frame numbers 0 and 1 (0 to 3 at 60) are skipped at every
    minute that is not a multiple of ten (SMPTE ST 12-1). Frames past 24 hours count on.
    """
    drop = rate.drops_frames if drop_frame is None else drop_frame
    if drop and not rate.drops_frames:
        raise ValueError(f"drop-frame timecode does not exist at {rate}")
    if frame < 0:
        raise ValueError(f"timecode counts from 0, not from {frame}")
    nominal = rate.nominal
    if drop:
        frame += _dropped_before(frame, nominal)
    seconds, frames = divmod(frame, nominal)
    digits = 3 if nominal > 100 else 2
    mark = ";" if drop else ":"
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{frames:0{digits}}"


def parse_timecode(text: str, rate: FrameRate) -> int:
    """Return the frame number of SMPTE timecode text; a semicolon means drop-frame.

    Raises ValueError for text that is not timecode, frames past the rate, and numbers that drop-frame skips.
    """
    match = _TIMECODE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not timecode; write HH:MM:SS:FF")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    nominal = rate.nominal
    if frames >= nominal:
        raise ValueError(f"{text!r} has frame {frames}, but {rate} counts 0 to {nominal - 1}")
    total_minutes = hours * 60 + minutes
    frame = (total_minutes * 60 + seconds) * nominal + frames
    if match[4] == ":":
        return frame
    if not rate.drops_frames:
        raise ValueError(f"{text!r} is drop-frame timecode, which does not exist at {rate}")
    per_minute = nominal // 15
    if minutes % 10 and seconds == 0 and frames < per_minute:
        raise ValueError(f"{text!r} does not exist in drop-frame timecode: that number is skipped")
    return frame - per_minute * (total_minutes - total_minutes // 10)


def _dropped_before(frame: int, nominal: int) -> int:
    """Return how many numbers drop-frame timecode has skipped up to a frame."""
    per_minute = nominal // 15  # 2 of 30, 4 of 60
    ten_minutes = nominal * 600 - per_minute * 9
    tens, rest = divmod(frame, ten_minutes)
    minutes = 0 if rest < nominal * 60 else 1 + (rest - nominal * 60) // (nominal * 60 - per_minute)
    return per_minute * (9 * tens + minutes)


def total(seconds: Iterable[Fraction]) -> Fraction:
    """Return the sum of exact numbers: over one denominator for all, in a fiftieth of the time that `sum` takes."""
    numbers = tuple(seconds)
    if len(numbers) == 1:
        return Fraction(numbers[0])
    common = math.lcm(*{one.denominator for one in numbers})
    return Fraction(sum(one.numerator * (common // one.denominator) for one in numbers), common)


def whole_microseconds(seconds: Iterable[Fraction]) -> tuple[int, ...]:
    """Return durations in microseconds, rounded so that no sum of the first of them is off by more than half of one.

    Halves go to the even number, as everywhere in Python.
    """
    durations = tuple(seconds)
    common = math.lcm(*{one.denominator for one in durations})
    end, told, found = 0, 0, []
    for one in durations:
        end += one.numerator * (common // one.denominator) * 1_000_000
        whole, rest = divmod(end, common)
        whole += 2 * rest > common or (2 * rest == common and whole % 2)
        found.append(whole - told)
        told = whole
    return tuple(found)


def parse_seconds(text: str) -> Fraction:
    """Read a duration or time: '45', '0.5', '1001/30000' or clock text '1:02:03.5'. Raises ValueError otherwise."""
    *before, last = text.split(":")
    if len(before) > 2 or (before and "-" in text):
        raise ValueError(f"{text!r} is not a time; write seconds, M:SS or H:MM:SS")
    total = Fraction(0)
    for part in before:
        total = (total + _fraction(part)) * 60
    return total + _fraction(last)


def _fraction(text: str) -> Fraction:
    try:
        if _NUMBER.match(text):
            return Fraction(text)
    except ZeroDivisionError:
        pass
    raise ValueError(f"{text!r} is not a number")


def clock(seconds: Fraction) -> str:
    """Return a time for people: M:SS or H:MM:SS, whole seconds, rounded down."""
    whole = seconds.__floor__()
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
