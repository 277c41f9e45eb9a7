"""How well shots are encoded: from what probes came to, the CRF of each rendition, and the rate that it may take.

Every shot's VMAF over CRF and size is taken for one family of curves with three numbers of its own. They are found from
the probes by least squares, held near those of an ordinary shot where probes say little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pipeline.codecs import Codec
from pipeline.plan.crf_scales import CRF_SCALES, CrfScale
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.least_squares import least_squares

_CRF_STEP: Final = Fraction(1, 4)

# Learned for libx264 at "slow", in whose CRFs others are counted, from every sixth shot of Big Buck Bunny (720p and
# four smaller sizes, CRF 22, 28 and 34; bench/README.md): what foretells best, from the trials of plan/probes, at which
# CRF each size comes to VMAF of 36 to 95.
# VMAF falls along a logistic curve: from a ceiling that scaling leaves, ever faster, then evenly. Its middle moves with
# the logarithm of the size, and bends with its square.
_CEILING: Final = 113.5
_SOFTENED: Final = (1.741, 0.112, 0.0005)
_STEEPNESS: Final = (0.0914, 0.0196)
_BEND: Final = 3.04
# An ordinary shot, and how far others are from it: the CRF at which half of the ceiling is left at the film's own size,
# how many lower for a picture of 1/e of the size, and what scaling costs.
_ORDINARY: Final = (50.1, 17.6, 5.6)
_SPREAD: Final = (2.0, 1.0, 2.0)
_PROBE_ERROR: Final = 0.7
# What is promised of rates leaves so much room for what probes did not see.
_MARGIN: Final = 0.93
_PEAK_OVER_AVERAGE: Final = 2
# An encoder with a buffer of a second may take 6/7 of a segment's peak for long (plan/chunks), and for as long as this
# twice as much: the buffer is seldom full when a shot begins.
_HELD: Final = 0.8
_BURST_S: Final = 0.25
_STEPS: Final = 40

Bound = Literal["target", "finest", "coarsest", "rate"]
"""What decided a shot's CRF: its target, the lowest CRF, the highest, or the rate that it may take."""


@dataclass(frozen=True)
class Probe:
    """What an encode of a shot's sample came to."""

    scale: float
    """Length of its sides as a share of the largest rendition's."""
    crf: Fraction
    vmaf: float
    """Mean over the sample, at the largest rendition's size."""
    key_bits: float
    """Of a picture that stands alone."""
    other_bits: float
    """Of any other picture; the same as `key_bits` where there is none."""


@dataclass(frozen=True)
class ShotProbes:
    """A shot, and what its probes came to: at least one."""

    frames: int
    """Of the fastest rendition."""
    probes: tuple[Probe, ...]


@dataclass(frozen=True)
class Curves:
    """VMAF of a shot over size and CRF, as libx264 counts it."""

    half_crf: float
    """CRF of libx264 at which half of the ceiling is left at the largest size."""
    per_size: float
    softness: float

    def vmaf(self, scale: float, crf: float) -> float:
        """Return the VMAF at a scale and CRF."""
        ceiling, middle, steepness = self._shape(scale)
        return ceiling / (1 + math.exp((crf - middle) * steepness))

    def crf(self, scale: float, vmaf: float) -> float:
        """Return the CRF at which a VMAF is reached; minus infinity where none does."""
        ceiling, middle, steepness = self._shape(scale)
        return middle + math.log(ceiling / max(vmaf, 1e-3) - 1) / steepness if vmaf < ceiling else -math.inf

    def _shape(self, scale: float) -> tuple[float, float, float]:
        smaller, size = 1 / scale - 1, math.log(scale)
        lost = sum(factor * smaller**power for power, factor in enumerate(_SOFTENED))
        ceiling = max(1.0, _CEILING - max(0.0, self.softness) * lost)
        steepness = _STEEPNESS[0] + _STEEPNESS[1] * smaller
        return ceiling, self.half_crf + self.per_size * size + _BEND * size * size, steepness


@dataclass(frozen=True)
class RungQuality:
    """How well the shots of a reel are encoded in one rendition."""

    vmaf: float
    """What every shot is brought to where nothing prevents it."""
    crfs: tuple[Fraction, ...]
    bounds: tuple[Bound, ...]
    """What decided each."""
    average_kbps: float
    """What it is expected to take."""
    peak_kbps: int
    """What it may take over a segment: the rendition's peak, or twice the average where that is less."""


def fit_curves(probes: Sequence[Probe], crfs: CrfScale = CRF_SCALES["h264"]) -> Curves:
    """Return the likeliest curves of a shot that was tried at CRFs of some encoder."""

    def misses(numbers: Sequence[float]) -> list[float]:
        curves = Curves(*numbers)
        told = [(curves.vmaf(one.scale, crfs.as_x264(float(one.crf))) - one.vmaf) / _PROBE_ERROR for one in probes]
        usual = [(number - mean) / spread for number, mean, spread in zip(numbers, _ORDINARY, _SPREAD, strict=True)]
        return told + usual

    return Curves(*least_squares(misses, _ORDINARY))


def plan_qualities(
    shots: Sequence[ShotProbes],
    renditions: Sequence[PictureRendition],
    *,
    share: float,
    fps: Fraction,
    keyframe: int,
    codec: Codec = "h264",
) -> tuple[RungQuality, ...]:
    """Return how well each rendition shows each shot: at its target, or as near as rates and CRF bounds allow.

    Over all shots a rendition takes no more than its average, over each no more than its peak or twice what it takes on
    average (HLS Authoring Specification, rule 1.30). `share` is how long the largest rendition's sides are beside those
    of the ladder's largest box; `fps` and `keyframe` (frames from one to the next) are those of the fastest rendition.
    """
    crfs = CRF_SCALES[codec]
    curves = [fit_curves(shot.probes, crfs) for shot in shots]
    largest = max(one.width_px * one.height_px for one in renditions)
    found = []
    for one in renditions:
        scale = math.sqrt(one.width_px * one.height_px / largest)
        rates = [_rate(shot, one, scale=scale, fps=fps, keyframe=keyframe, octaves=crfs.octaves) for shot in shots]
        target = target_on(float(one.vmaf or 0), scale, share)
        found.append(_Rung(one, target, scale, crfs, curves, rates, [shot.frames for shot in shots]).quality())
    return tuple(found)


def target_on(vmaf: float, scale: float, share: float) -> float:
    """Return what a rung's target is on a film whose sides are a share of the ladder's largest.

    VMAF compares with the film itself, so that the same small picture scores higher beside a smaller one: an ordinary
    shot gets the CRF that it would have in a film of full size.
    """
    ordinary = Curves(*_ORDINARY)
    return max(vmaf, ordinary.vmaf(scale, ordinary.crf(scale * share, vmaf))) if vmaf > 0 and share < 1 else vmaf


class _Rate:
    """Bit rate of a shot at a scale over CRF; its frames, their rate and keyframes are those of one rendition."""

    def __init__(
        self, probes: Sequence[Probe], *, frames: int, scale: float, fps: float, keyframe: int, octaves: float
    ) -> None:
        self._per_crf = octaves
        self.seconds = max(1, frames) / fps
        keys = min(1.0, 1 / max(1, frames) + 1 / keyframe)
        points = [
            (math.log(one.scale), float(one.crf), keys * one.key_bits + (1 - keys) * one.other_bits) for one in probes
        ]
        # All at one CRF, then along the size: bits are a power of it.
        even = sorted((size, math.log2(max(1.0, bits)) + crf * octaves) for size, crf, bits in points)
        sizes = sorted({size for size, _ in even})
        means = [_mean(octaves for size, octaves in even if size == wanted) for wanted in sizes]
        self._octaves = _along(sizes, means, math.log(scale)) + math.log2(fps / 1000)

    def kbps(self, crf: float) -> float:
        """Return the rate at a CRF."""
        return math.pow(2, self._octaves - crf * self._per_crf)

    def crf(self, kbps: float) -> float:
        """Return the CRF at which it takes a rate."""
        return (self._octaves - math.log2(max(kbps, 1e-3))) / self._per_crf


@dataclass(frozen=True)
class _Rung:
    """One rendition of all shots, whose qualities are sought."""

    rendition: PictureRendition
    target: float
    scale: float
    crfs: CrfScale
    curves: Sequence[Curves]
    rates: Sequence[_Rate]
    frames: Sequence[int]

    def quality(self) -> RungQuality:
        crfs = self._at(self.target)
        if self._average(crfs) > self._allowed:
            crfs = self._at(_halve(lambda vmaf: self._average(self._at(vmaf)) <= self._allowed, 1e-3, self.target))
        wanted = crfs
        peak = self._peak(wanted)
        crfs = self._under(wanted, peak)
        rounded = tuple(self._rounded(crf) for crf in crfs)
        bounds = tuple(
            self._bound(curves, crf, final) for curves, crf, final in zip(self.curves, wanted, crfs, strict=True)
        )
        average = self._average([float(crf) for crf in rounded])
        return RungQuality(self.target, rounded, bounds, average, max(1, int(peak)))

    @property
    def _allowed(self) -> float:
        return self.rendition.average_kbps * _MARGIN

    def _at(self, vmaf: float) -> list[float]:
        return [self._own(curves, vmaf) for curves in self.curves]

    def _own(self, curves: Curves, vmaf: float) -> float:
        wanted = self.crfs.own(curves.crf(self.scale, vmaf))
        return min(float(self.crfs.coarsest), max(float(self.crfs.finest), wanted))

    def _peak(self, crfs: Sequence[float]) -> float:
        """Return the highest rate that is at most twice the average which is left under it."""
        peak = float(self.rendition.peak_kbps)
        for _ in range(_STEPS):
            before = peak
            peak = min(peak, _PEAK_OVER_AVERAGE * self._average(self._under(crfs, peak)) * _MARGIN)
            if peak > before * 0.999:
                break
        return peak

    def _under(self, crfs: Sequence[float], peak: float) -> list[float]:
        """Return CRFs with which no shot needs more than an encoder is let take that holds segments under a peak."""
        room = [peak * _HELD * (1 + _BURST_S / rate.seconds) for rate in self.rates]
        return [
            min(float(self.crfs.coarsest), max(crf, rate.crf(most)))
            for crf, rate, most in zip(crfs, self.rates, room, strict=True)
        ]

    def _average(self, crfs: Sequence[float]) -> float:
        bits = sum(rate.kbps(crf) * frames for rate, crf, frames in zip(self.rates, crfs, self.frames, strict=True))
        return bits / max(1, sum(self.frames))

    def _bound(self, curves: Curves, wanted: float, final: float) -> Bound:
        own = self._own(curves, self.target)
        if final > own + float(_CRF_STEP) / 2:
            return "rate"
        if wanted <= self.crfs.finest:
            return "finest"
        return "coarsest" if wanted >= self.crfs.coarsest else "target"

    def _rounded(self, crf: float) -> Fraction:
        return min(self.crfs.coarsest, max(self.crfs.finest, round(crf / float(_CRF_STEP)) * _CRF_STEP))


def _rate(
    shot: ShotProbes, rendition: PictureRendition, *, scale: float, fps: Fraction, keyframe: int, octaves: float
) -> _Rate:
    every = rendition.every
    return _Rate(
        shot.probes,
        frames=-(-shot.frames // every),
        scale=scale,
        fps=float(fps) / every,
        keyframe=max(1, keyframe // every),
        octaves=octaves,
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)


def _along(places: Sequence[float], values: Sequence[float], place: float) -> float:
    """Return the value at a place on the straight line through the two known places that are nearest around it."""
    if len(places) == 1:
        # Bits grow a little less than pixels do.
        return values[0] + (place - places[0]) * 2 * 0.75 / math.log(2)
    upper = next((number for number in range(1, len(places) - 1) if places[number] >= place), len(places) - 1)
    before, after = places[upper - 1], places[upper]
    return values[upper - 1] + (values[upper] - values[upper - 1]) * (place - before) / (after - before)


def _halve(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the highest number for which something holds that holds below it and nowhere above; else the lowest."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
