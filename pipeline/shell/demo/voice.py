"""The storyteller's voice: syllables of an invented language, their sound, and the mouth that goes with them.

The sound is additive: harmonics of a gliding pitch, weighted by the resonances (formants) of the vowel, after a burst
of noise for the consonant. Formants are those of Peterson and Barney (1952) for men.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

# First three resonances in hertz, then how open and how round the lips are.
_VOWELS = {
    "a": ((730, 1090, 2440), 1.0, 0.1),
    "e": ((530, 1840, 2480), 0.6, 0.0),
    "i": ((270, 2290, 3010), 0.3, 0.0),
    "o": ((570, 840, 2410), 0.7, 0.8),
    "u": ((300, 870, 2240), 0.35, 1.0),
}
_WIDTHS = (80, 100, 160)  # of the resonances, in hertz


# What is told in which shot: the seed of its words and the seconds that it lasts.
SPEECHES = {"storyteller": (11, 5.0), "keeper": (23, 5.0), "wonder": (35, 4.375)}


@dataclass(frozen=True)
class Syllable:
    """One syllable: seconds at which it starts and how long it lasts, pitch in hertz, and its vowel."""

    start: float
    length: float
    pitch: float
    vowel: str
    hiss: float


def tell(shot: str) -> tuple[Syllable, ...]:
    """Return what is said in a shot; nothing where nobody speaks."""
    return _words(*SPEECHES[shot]) if shot in SPEECHES else ()


def _words(seed: int, seconds: float) -> tuple[Syllable, ...]:
    """Return words of two to four syllables that fill a shot, the pitch falling towards the end of each phrase."""
    rng = np.random.default_rng(seed)
    syllables: list[Syllable] = []
    now, phrase = 0.35, 0.0
    while now < seconds - 0.75:
        for _ in range(int(rng.integers(2, 5))):
            length = float(rng.uniform(0.13, 0.24))
            pitch = 138 - 9 * phrase + rng.uniform(-9, 16)
            syllables.append(Syllable(now, length, float(pitch), "aeiou"[int(rng.integers(5))], float(rng.random())))
            now += length + float(rng.uniform(0.01, 0.04))
        phrase += 1
        now += 0.09 if phrase < 3 else 0.34
        phrase %= 3
    return tuple(syllable for syllable in syllables if syllable.start + syllable.length < seconds - 0.25)


def mouth_at(syllables: tuple[Syllable, ...], seconds: float) -> tuple[float, float]:
    """Return how open and how round the mouth is, each from 0 to 1."""
    for syllable in syllables:
        along = (seconds - syllable.start) / syllable.length
        if 0 <= along < 1:
            _, opened, rounded = _VOWELS[syllable.vowel]
            swell = math.sin(math.pi * min(1.0, along * 1.15 + 0.05) ** 0.8)
            return max(0.0, opened * swell), rounded
    return 0.0, 0.0


def speak(syllables: tuple[Syllable, ...], seconds: float, rate: int) -> Sound:
    """Return the sound of syllables, mono, peaks near 1."""
    sound = np.zeros(round(seconds * rate))
    for syllable in syllables:
        voiced = _sing(syllable, rate)
        first = round(syllable.start * rate)
        sound[first : first + voiced.size] += voiced[: sound.size - first]
    return sound / max(1e-9, float(np.abs(sound).max()))


def _sing(syllable: Syllable, rate: int) -> Sound:
    count = round(syllable.length * rate)
    along = np.linspace(0, 1, count)
    pitch = syllable.pitch * (1 + 0.09 * np.sin(math.pi * along) - 0.07 * along)
    phase = 2 * math.pi * np.cumsum(pitch) / rate
    formants = _VOWELS[syllable.vowel][0]
    sound = np.zeros(count)
    for harmonic in range(1, int(4200 / syllable.pitch)):
        hertz = harmonic * syllable.pitch
        weight = sum(
            gain / (1 + ((hertz - centre) / width) ** 2)
            for centre, width, gain in zip(formants, _WIDTHS, (1.0, 0.6, 0.3), strict=True)
        )
        sound += (weight + 0.012) / harmonic**0.35 * np.sin(harmonic * phase)
    sound *= np.minimum(1, along * 9) * np.minimum(1, (1 - along) * 5)
    burst = np.random.default_rng(int(syllable.start * 1000)).normal(size=count)
    burst = np.diff(burst, prepend=0.0) * np.exp(-along * (14 + 30 * syllable.hiss))
    return np.asarray(sound / max(1e-9, float(np.abs(sound).max())) + 0.13 * burst)
