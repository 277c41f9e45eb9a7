"""When pictures are shown: constant or variable rate from their time stamps, and where a film should end."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from pipeline.facts import MediaFacts
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate, parse_seconds

ROUNDING: Final = Fraction(3, 2000)
"""Containers round times to milliseconds (Matroska) or worse by half; what is nearer to an even grid is constant."""


def timeline_of(ticks: Sequence[int], tick: Fraction, *, natural: FrameRate) -> Timeline:
    """Return the timeline of time stamps in order; constant where they lie on an even grid but for rounding."""
    rate = constant_rate(ticks, tick, natural=natural)
    if rate is not None:
        return Timeline(rate, len(ticks))
    return Timeline(natural, len(ticks), tuple(time - ticks[0] for time in ticks), tick)


def constant_rate(ticks: Sequence[int], tick: Fraction, *, natural: FrameRate) -> FrameRate | None:
    """Return the constant rate whose grid all times lie on but for a container's rounding; None where they do not."""
    if len(ticks) < 2:
        return natural
    measured = (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * tick)
    for rate in dict.fromkeys((natural, FrameRate.nearest_standard(measured))):
        tolerance = min(max(tick, ROUNDING), rate.frame_duration / 4) / tick
        step = rate.frame_duration / tick
        # Whole numbers throughout: a film has hundreds of thousands of pictures.
        numerator, denominator, slack = step.numerator, step.denominator, int(tolerance * step.denominator)
        first = ticks[0]
        if all(abs((time - first) * denominator - k * numerator) <= slack for k, time in enumerate(ticks)):
            return rate
    return None


def claimed_end(stream: Any, facts: MediaFacts) -> Fraction:
    """Return when the pictures should end: the stream's claim, or the container's where that is sooner."""
    if facts.container == "avi" and facts.picture.frame_count:  # libav shortens the length of one that was cut off
        return facts.picture.frame_count * facts.picture.rate.frame_duration
    claims = [facts.duration] if facts.duration > 0 else []
    if stream.duration:
        claims.append(stream.duration * Fraction(stream.time_base))
    elif "DURATION" in stream.metadata:  # Matroska's way, as clock text; the container's may be the sound's
        with contextlib.suppress(ValueError, ZeroDivisionError):
            last = parse_seconds(stream.metadata["DURATION"])
            claims.append(last - facts.picture.start if last > facts.picture.start else last)
    return min(claims, default=Fraction(0))
