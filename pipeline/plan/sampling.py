"""Decide which pictures of a film are looked at for its features, and draw its curves through what was seen of them.

The choice depends on the film alone, never on the machine or on what happens to be decoded already: the same film has
the same features everywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.plan.features import PICTURE_STEP

BUDGET_SHARE: Final = 1 / 80
"""CPU seconds for the pictures of a second of film: 7.5 for ten minutes, which leaves a quarter of 10 to the sound."""
LEAST_BUDGET_S: Final = 5.0
"""What any film may cost, so that short ones are looked at closely."""
FACE_STEP: Final = Fraction(1)
"""Seconds between the pictures that are searched for faces."""
_LEAST_PER_SECOND: Final = 0.2
_ROUNDING: Final = Fraction(3, 2000)
"""Containers keep times in milliseconds or microseconds, rounded either way."""

# Milliseconds to decode a picture without its loop filter: for each million pixels, and for each thousand bytes.
# H.264's were fitted to films from 768×432 to 3840×2160 and are right within a fifth; the others' are rough, and high.
_DECODE_MS: Final = {
    "h264": (1.0, 0.09),
    "hevc": (3.0, 0.1),
    "mpeg2video": (0.7, 0.06),
    "mpeg4": (0.8, 0.08),
    "mjpeg": (1.5, 0.04),
    "prores": (2.0, 0.03),
    "dnxhd": (2.0, 0.03),
    "vp9": (1.5, 0.09),
    "av1": (2.5, 0.12),
}
_OTHER_DECODE_MS: Final = (3.0, 0.1)
_LOOK_MS: Final = 1.2
_FACE_MS: Final = 3.0
# Films with B-frames leave out those that no other picture needs: about two in five.
_KEPT_SHARE: Final = 0.6

_BURSTS: Final = tuple(Fraction(n, 4) for n in (8, 7, 6, 5, 4, 3, 2, 1))
_SPACINGS: Final = (Fraction(0), Fraction(1), Fraction(2), Fraction(4), Fraction(8))


@dataclass(frozen=True)
class PictureStream:
    """What a film's packets say of the cost of its pictures; counts and bytes are those of the whole film."""

    codec: str
    pixels: int
    fps: float
    seconds: float
    key_count: int
    key_bytes: int
    other_count: int
    other_bytes: int
    has_b_frames: bool


@dataclass(frozen=True)
class Sampling:
    """Which pictures are looked at: one in each PICTURE_STEP and all keyframes, all along or in bursts.

    A burst begins with a keyframe, since nothing else can be decoded alone, and all pictures in it have to be decoded.
    """

    burst: Fraction | None
    """Seconds after a keyframe that are looked at; None for the whole film."""
    spacing: Fraction = Fraction(0)
    """Seconds at least from the beginning of one burst to that of the next."""


WHOLE: Final = Sampling(None)


def plan_sampling(stream: PictureStream) -> Sampling:
    """Return the densest sampling of a film whose estimated cost is within its budget, faces included.

    One that would see less than a picture in five seconds is no use: such a film is looked at whole, whatever it costs.
    """
    budget = max(LEAST_BUDGET_S, stream.seconds * BUDGET_SHARE)
    candidates = (WHOLE, *(Sampling(burst, spacing) for spacing in _SPACINGS for burst in _BURSTS))
    fitting = [each for each in candidates if estimate_s(stream, each) <= budget]
    best = max(fitting, key=lambda each: _look_count(stream, each), default=Sampling(_BURSTS[-1], _SPACINGS[-1]))
    return best if _look_count(stream, best) >= _LEAST_PER_SECOND * stream.seconds else WHOLE


def estimate_s(stream: PictureStream, sampling: Sampling) -> float:
    """Return about how many CPU seconds looking at a film's pictures takes, decoding included."""
    per_megapixel, per_kilobyte = _DECODE_MS.get(stream.codec, _OTHER_DECODE_MS)
    key, other = (
        per_megapixel * stream.pixels / 1e6 + per_kilobyte * size / max(1, count) / 1000
        for size, count in ((stream.key_bytes, stream.key_count), (stream.other_bytes, stream.other_count))
    )
    looks = _look_count(stream, sampling)
    if not stream.other_count:
        decoding = looks * key
    else:
        groups = _burst_count(stream, sampling)
        each = stream.other_count / max(1, stream.key_count)
        if sampling.burst is not None:
            each = min(each, float(sampling.burst) * stream.fps + 1)
        decoding = groups * (key + each * other * (_KEPT_SHARE if stream.has_b_frames else 1))
    faces = min(looks, stream.seconds / float(FACE_STEP))
    return (decoding + looks * _LOOK_MS + faces * _FACE_MS) / 1000


def _burst_count(stream: PictureStream, sampling: Sampling) -> float:
    """Return how many bursts a film has; whole, each keyframe begins one."""
    gop = stream.seconds / max(1, stream.key_count)
    if not stream.other_count:
        gop = float(PICTURE_STEP)
    return stream.seconds / max(gop, -(-float(sampling.spacing) // gop) * gop, 1e-3)


def _look_count(stream: PictureStream, sampling: Sampling) -> float:
    most = stream.seconds / float(PICTURE_STEP)
    if sampling.burst is None:
        return most
    return min(most, _burst_count(stream, sampling) * (1 + float(sampling.burst / PICTURE_STEP)))


def step_of(time: Fraction) -> int:
    """Return the step of the curves that a picture belongs to, whose time may have been rounded down a little."""
    return (time + _ROUNDING) // PICTURE_STEP


def step_count(duration: Fraction) -> int:
    """Return how many steps the pictures' curves of a film have, one at least."""
    return max(1, (duration / PICTURE_STEP).__ceil__())


def filled(seen: Mapping[int, float], count: int) -> tuple[float, ...]:
    """Return a value for each step: what was seen in it, else in the nearest one; zeros where nothing was seen."""
    steps = sorted(seen)
    return tuple(_nearest(seen, steps, step) for step in range(count)) if steps else (0.0,) * count


def _nearest(seen: Mapping[int, float], steps: list[int], step: int) -> float:
    at = bisect_left(steps, step)
    beside = steps[max(0, at - 1) : at + 1]
    return seen[min(beside, key=lambda other: abs(other - step))]


def means(rows: Iterator[tuple[int, float]]) -> dict[int, float]:
    """Return the mean of the values of each step."""
    sums: dict[int, tuple[float, int]] = {}
    for step, value in rows:
        total, number = sums.get(step, (0.0, 0))
        sums[step] = total + value, number + 1
    return {step: total / number for step, (total, number) in sums.items()}
