"""Which constant frame rate is natural to a film, from what its container says and its first pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.timebase import STANDARD_RATES, FrameRate, total

SLOWEST: Final = 1
FASTEST: Final = 480
_PHONE_TOLERANCE = Fraction(1, 50)


def natural_rate(told: Sequence[Fraction], times: Sequence[Fraction]) -> FrameRate | None:
    """Return the rate; None where nothing between the slowest and the fastest is told or shown.

    `told` are a container's words, the average first; `times` are those of the first pictures in seconds. Film that is
    shown for two and three fields in turn has its own rate, whatever the container calls it. Else the average counts
    where it is near a standard rate. One far from all of them has pauses in it, as in a screen recording: what the
    first pictures show counts then as well, where that is a standard rate.
    """
    usual = _usual_rate(times)
    if (film := _pulled_down(times)) is not None:
        return film
    average = next((rate for rate in told if _is_usable(rate)), usual)
    if average is None or not _is_usable(average):
        return None
    # A phone's variable rate averages a little off: within 1 % of a standard rate, that is what was meant.
    meant = [FrameRate.nearest_standard(average), FrameRate.nearest_standard(average, tolerance=_PHONE_TOLERANCE)]
    if usual is not None:
        meant.append(FrameRate.nearest_standard(usual, tolerance=_PHONE_TOLERANCE))
    return next((rate for rate in meant if rate.fps in STANDARD_RATES), meant[0])


def _is_usable(rate: Fraction) -> bool:
    return SLOWEST <= rate <= FASTEST


def _pulled_down(times: Sequence[Fraction]) -> FrameRate | None:
    """Return the rate of film whose pictures are shown for two and three fields in turn, as on an NTSC disc."""
    steps = [after - before for before, after in pairwise(times)]
    steps = steps[: len(steps) // 2 * 2]
    if len(steps) < 8 or any(step <= 0 for step in steps):
        return None
    ratios = [max(pair) / min(pair) for pair in pairwise(steps)]
    in_turn = all(
        (first < second) == (steps[0] < steps[1]) for first, second in zip(steps[::2], steps[1::2], strict=True)
    )
    if not in_turn or not all(Fraction(7, 5) < ratio < Fraction(8, 5) for ratio in ratios):
        return None
    rate = FrameRate.nearest_standard(len(steps) / total(steps), tolerance=_PHONE_TOLERANCE)
    return rate if rate.fps in STANDARD_RATES else None


def _usual_rate(times: Sequence[Fraction]) -> Fraction | None:
    """Return the rate at which most of some pictures follow one another; None where they tell none."""
    steps = sorted(after - before for before, after in pairwise(times) if after > before)
    if not steps:
        return None
    usual = [step for step in steps if 2 * abs(step - steps[len(steps) // 2]) <= step]
    return len(usual) / total(usual)  # the mean: containers round each
