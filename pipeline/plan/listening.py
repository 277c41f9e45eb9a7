"""Say what is heard, from samples at 16 kHz: where sounds begin, and how much of it is music. Arrays in, values out.

A listener takes the sound in pieces of any length and keeps little of it, so that a long film needs no more memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.features import Onset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SAMPLE_RATE: Final = 16_000
_QUIET: Final = 0.001
"""Root mean square of what counts as nothing: -60 dBFS."""

# Onsets: spectral flux of log magnitudes (Bello et al., A Tutorial on Onset Detection in Music Signals, 2005).
_HOP: Final = 160
_WINDOW: Final = 512
# Weight and gain of two compressions: the first is for blows in noise, the second for soft entries in quiet music.
_COMPRESSIONS: Final = ((2.0, 100.0), (0.5, 3000.0))
_AROUND: Final = 40  # hops on either side that the threshold is taken from: 0.4 s
_ABOVE_MEDIAN: Final = 1.8
_LEAST_FLUX: Final = 0.04
_APART: Final = 7  # hops between two onsets at least: what follows faster is heard as one
_FINE: Final = 32  # samples, 2 ms: the grain in which the rise is looked for
_RISE_BEFORE_S: Final = 0.03
_STRONGEST_SHARE: Final = 0.98

# Music: partials that stay where they are. Four windows a second and more would blur what a voice does with its pitch.
_LONG_WINDOW: Final = 4096
_LONG_HOP: Final = 1600
_BAND_HZ: Final = (80.0, 4000.0)
_ABOVE_AROUND: Final = 3.0
_NEIGHBOURS: Final = 16
_MUSIC_FROM: Final = 0.18
_MUSIC_CERTAIN: Final = 0.42
_MUSIC_SMOOTH: Final = 15  # steps on either side: music goes on for seconds
_PAUSE: Final = 0.4  # at most, in a moment without a partial


class OnsetListener:
    """Find where sounds begin, to a few milliseconds."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(_WINDOW // 2, np.float32)  # so that the first window is about sample 0
        self._flux: list[NDArray[np.float32]] = []
        self._fine: list[NDArray[np.float32]] = []
        self._spare: Samples = np.zeros(0, np.float32)
        self._before: NDArray[np.float32] | None = None
        self._window = np.hanning(_WINDOW).astype(np.float32)

    def take(self, samples: Samples) -> None:
        """Listen to the next samples."""
        held = np.concatenate([self._spare, samples])
        whole = len(held) // _FINE * _FINE
        self._fine.append(np.square(held[:whole].reshape(-1, _FINE)).mean(axis=1, dtype=np.float32))
        self._spare = held[whole:]
        held = np.concatenate([self._rest, samples])
        count = (len(held) - _WINDOW) // _HOP + 1
        if count <= 0:
            self._rest = held
            return
        frames = np.lib.stride_tricks.sliding_window_view(held, _WINDOW)[: count * _HOP : _HOP]
        magnitudes = np.abs(np.fft.rfft(frames * self._window, axis=1)).astype(np.float32) / (_WINDOW / 4)
        levels = sum(np.float32(weight) * np.log(1 + np.float32(gain) * magnitudes) for weight, gain in _COMPRESSIONS)
        before = levels[:1] * 0 if self._before is None else self._before[None]
        self._flux.append(np.maximum(0, np.diff(levels, axis=0, prepend=before)).mean(axis=1, dtype=np.float32))
        self._before = levels[-1]
        self._rest = held[count * _HOP :]

    def onsets(self) -> tuple[Onset, ...]:
        """Return the onsets so far, in order; the strongest fiftieth have strength 1."""
        flux = np.concatenate(self._flux) if self._flux else np.zeros(0, np.float32)
        fine = np.concatenate(self._fine) if self._fine else np.zeros(0, np.float32)
        peaks = list(_peaks(flux))
        if not peaks:
            return ()
        strongest = float(np.quantile(flux[peaks], _STRONGEST_SHARE))
        times = [_rise(fine, peak * _HOP / SAMPLE_RATE) for peak in peaks]
        return tuple(
            Onset(time, round(min(1.0, float(flux[peak]) / strongest), 3))
            for peak, time in zip(peaks, times, strict=True)
        )


def _peaks(flux: NDArray[np.float32]) -> Iterator[int]:
    """Yield the hops at which the flux peaks above what is usual around it."""
    last = -_APART
    for start in range(0, len(flux), 6000):
        low, high = max(0, start - _AROUND), min(len(flux), start + 6000 + _AROUND)
        padded = np.pad(flux[low:high], _AROUND, mode="edge")
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
        threshold = _ABOVE_MEDIAN * np.median(around, axis=1) + _LEAST_FLUX
        near = np.lib.stride_tricks.sliding_window_view(np.pad(flux[low:high], 3), 7).max(axis=1)
        is_peak = (flux[low:high] >= near) & (flux[low:high] > threshold)
        for peak in (np.flatnonzero(is_peak) + low).tolist():
            if start <= peak < start + 6000 and peak - last >= _APART:
                last = peak
                yield peak


def _rise(fine: NDArray[np.float32], about: float) -> Fraction:
    """Return when the sound's power rises most steeply around a time."""
    grain = _FINE / SAMPLE_RATE
    first, last = (max(0, round((about + side) / grain)) for side in (-_RISE_BEFORE_S, _RISE_BEFORE_S))
    power = np.sqrt(fine[max(0, first - 2) : last + 1])
    if len(power) < 3:
        return Fraction(round(about * 1000), 1000)
    at = int(np.argmax(np.diff(power))) + max(0, first - 2) + 1
    return Fraction(round(at * grain * 1000), 1000)


class MusicListener:
    """Say how likely music plays, by the share of the sound's partials that keep their pitch."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(_LONG_WINDOW // 2, np.float32)
        self._shares: list[NDArray[np.float32]] = []
        self._window = np.hanning(_LONG_WINDOW).astype(np.float32)
        low, high = (round(hertz * _LONG_WINDOW / SAMPLE_RATE) for hertz in _BAND_HZ)
        self._band = slice(low, high)
        # The last two moments: strength of what stands out, 0 elsewhere.
        self._before: NDArray[np.float32] = np.zeros((2, high - low), np.float32)

    def take(self, samples: Samples) -> None:
        """Listen to the next samples."""
        held = np.concatenate([self._rest, samples])
        count = (len(held) - _LONG_WINDOW) // _LONG_HOP + 1
        if count <= 0:
            self._rest = held
            return
        frames = np.lib.stride_tricks.sliding_window_view(held, _LONG_WINDOW)[: count * _LONG_HOP : _LONG_HOP]
        magnitudes = np.abs(np.fft.rfft(frames * self._window, axis=1))[:, self._band].astype(np.float32)
        partials = np.concatenate([self._before, _partials(magnitudes)])
        self._shares.append(_kept_share(partials))
        self._before = partials[-2:]
        self._rest = held[count * _LONG_HOP :]

    def likelihood(self, count: int) -> tuple[float, ...]:
        """Return from 0 to 1 how likely music plays, for each of the first `count` steps."""
        if not count:
            return ()
        # What stays is known one step later.
        kept = np.concatenate([*self._shares, np.zeros(count + 1, np.float32)])[1 : count + 1]
        padded = np.pad(kept.astype(np.float64), _MUSIC_SMOOTH, mode="edge")
        smooth = np.convolve(padded, np.ones(2 * _MUSIC_SMOOTH + 1) / (2 * _MUSIC_SMOOTH + 1), mode="valid")
        likely = np.clip((smooth - _MUSIC_FROM) / (_MUSIC_CERTAIN - _MUSIC_FROM), 0, 1)
        return tuple(np.where(kept > 0, likely, np.minimum(likely, _PAUSE)).round(3).tolist())


def _partials(magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the square roots of what stands out of its surroundings in each spectrum; 0 elsewhere, and in silence."""
    padded = np.pad(magnitudes, ((0, 0), (1, 1)))
    sums = np.cumsum(np.pad(magnitudes, ((0, 0), (_NEIGHBOURS + 1, _NEIGHBOURS))), axis=1, dtype=np.float64)
    width = 2 * _NEIGHBOURS + 1
    around = (sums[:, width:] - sums[:, :-width]) / width
    loud = np.sqrt(np.square(magnitudes).sum(axis=1)) / (_LONG_WINDOW / 4) > _QUIET
    stands_out = (magnitudes >= padded[:, :-2]) & (magnitudes > padded[:, 2:]) & (magnitudes > _ABOVE_AROUND * around)
    return np.where(stands_out & loud[:, None], np.sqrt(magnitudes), np.float32(0))


def _kept_share(partials: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each moment but the first and last which share of its partials was there before and stays."""
    there = partials > 0
    near = there.copy()
    near[:, 1:] |= there[:, :-1]
    near[:, :-1] |= there[:, 1:]
    kept = np.where(near[:-2] & near[2:], partials[1:-1], 0).sum(axis=1)
    whole = partials[1:-1].sum(axis=1)
    shares: NDArray[np.float32] = np.divide(kept, whole, out=np.zeros_like(whole), where=whole > 0)
    return shares
