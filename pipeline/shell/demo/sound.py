"""The demo film's sound: music, the storyteller's voice and what is heard in each shot, mixed to 16-bit stereo."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.shell.demo import score, voice
from pipeline.shell.demo.score import RATE, Sound
from pipeline.shell.demo.script import FPS, DemoScript

PEAK_DBFS = -3.0
_CHUNK = RATE * 4


def samples(script: DemoScript) -> Iterator[NDArray[np.int16]]:
    """Yield the film's sound in pieces of (samples, 2), exactly as long as its pictures."""
    mixed = mix_sound(script)
    for first in range(0, len(mixed), _CHUNK):
        yield np.rint(mixed[first : first + _CHUNK] * 32767).astype("<i2")


def mix_sound(script: DemoScript) -> Sound:
    """Return the whole mix from -1 to 1; its highest sample is at PEAK_DBFS."""
    total = script.frame_count * RATE // FPS
    music = score.play(total / RATE)
    beside = np.zeros(total)
    duck = np.ones(total)
    for shot, start in zip(script.shots, script.starts, strict=True):
        first, count = start * RATE // FPS, shot.frames * RATE // FPS
        part = slice(first, first + count)
        effect = _EFFECTS.get(shot.name)
        if effect is not None:
            beside[part] += _edged(effect(count, np.random.default_rng(first + 1)))
        words = voice.tell(shot.name)
        if words:
            spoken = voice.speak(words, voice.SPEECHES[shot.name][1], RATE)[:count]
            beside[first : first + spoken.size] += 0.62 * spoken
            duck[part] = 0.42
    glide = RATE // 4
    duck = np.convolve(np.pad(duck, glide // 2, mode="edge"), np.ones(64) / 64, "same")[glide // 2 : glide // 2 + total]
    music *= duck[:, None]
    music += beside[:, None]
    np.tanh(0.6 * music, out=music)
    music *= 10 ** (PEAK_DBFS / 20) / max(1e-9, float(music.max()), -float(music.min()))
    return music


def _edged(sound: Sound) -> Sound:
    edge = min(RATE // 50, sound.size // 2)
    ramp = np.ones(sound.size)
    ramp[:edge] = np.linspace(0, 1, edge)
    ramp[sound.size - edge :] = np.linspace(1, 0, edge)
    return sound * ramp


def _noise(count: int, rng: np.random.Generator, low: float, high: float) -> Sound:
    """Return noise between two frequencies in hertz, of unit power."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(sound / max(1e-9, float(sound.std())))


def _wind(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    return _noise(count, rng, 200, 700) * (0.035 + 0.02 * np.sin(t * 1.9) + 0.012 * np.sin(t * 4.7))


def _birds(count: int, rng: np.random.Generator) -> Sound:
    sound = 0.4 * _wind(count, rng)
    for start in rng.integers(0, max(1, count - RATE // 2), 7):
        t = np.arange(RATE // 6) / RATE
        sweep = 2600 + 900 * rng.random() + 700 * np.sin(2 * math.pi * 14 * t)
        chirp = np.sin(2 * math.pi * np.cumsum(sweep) / RATE) * np.sin(math.pi * t * 6) * 0.035
        part = sound[start : start + chirp.size]
        part += chirp[: part.size]
    return sound


def _train(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    puffs = np.exp(-((t * 4.8) % 1) * 5) * np.where((t * 4.8) % 4 < 1, 1.0, 0.65)
    whistle = sum(np.sin(2 * math.pi * hertz * t) for hertz in (587, 740, 880)) * 0.03
    sounding = np.clip((t - 0.9) * 12, 0, 1) * np.clip((1.7 - t) * 7, 0, 1)
    return np.asarray(
        _noise(count, rng, 300, 2400) * puffs * 0.13 + _noise(count, rng, 40, 160) * 0.06 + whistle * sounding
    )


def _sea(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    return _noise(count, rng, 150, 1400) * (0.05 + 0.035 * np.sin(t * 1.7)) + _noise(count, rng, 2000, 7000) * 0.012


def _storm(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    thunder = _noise(count, rng, 25, 110) * 0.3 * np.exp(-np.maximum(t - 1.6, 0) * 1.5) * np.clip((t - 1.5) * 9, 0, 1)
    return 1.4 * _sea(count, rng) + thunder


def _rain(count: int, rng: np.random.Generator) -> Sound:
    drops = np.where(rng.random(count) > 0.9988, rng.normal(size=count), 0)
    return _noise(count, rng, 900, 8000) * 0.045 + np.convolve(drops, np.exp(-np.arange(160) / 26), "same") * 0.14


def _clock(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    along = (t * 1.6) % 1 / 1.6
    pitch = np.where((t * 1.6) % 2 < 1, 2300, 1750)
    click = np.sin(2 * math.pi * pitch * along) * np.exp(-along * 110)
    return click * 0.34 + _noise(count, rng, 100, 300) * 0.006


def _fireworks(count: int, rng: np.random.Generator) -> Sound:
    sound = np.zeros(count)
    for seconds in (0.2, 0.85, 1.4, 1.95, 2.55, 3.15, 3.55, 4.15, 4.55):
        first = int(seconds * RATE)
        if first >= count:
            break
        t = np.arange(count - first) / RATE
        crackle = np.where(rng.random(t.size) > 0.997, rng.normal(size=t.size), 0) * np.exp(-(((t - 0.7) / 0.4) ** 2))
        sound[first:] += _noise(t.size, rng, 35, 220) * np.exp(-6 * t) * 0.34 + crackle * 0.2
    return sound


def _crackle(count: int, rng: np.random.Generator) -> Sound:
    pops = np.where(rng.random(count) > 0.9997, rng.normal(size=count), 0)
    return np.convolve(pops, np.exp(-np.arange(200) / 40), "same") * 0.12 + 0.5 * _wind(count, rng)


def _traffic(count: int, rng: np.random.Generator) -> Sound:
    return _noise(count, rng, 60, 420) * 0.05


def _bee(count: int, rng: np.random.Generator) -> Sound:
    t = np.arange(count) / RATE
    buzz = np.sign(np.sin(2 * math.pi * (205 * t + 2 * np.sin(t * 5)))) * (0.5 + 0.5 * np.sin(t * 0.8 + 2))
    return np.asarray(0.012 * buzz + _birds(count, rng))


_EFFECTS: dict[str, Callable[[int, np.random.Generator], Sound]] = {
    "hills": _birds,
    "kite": _wind,
    "balloons": _wind,
    "train": _train,
    "dunes": _wind,
    "forest": _birds,
    "sea": _sea,
    "lighthouse": _storm,
    "keeper": _crackle,
    "street": _rain,
    "skyline": _traffic,
    "clock": _clock,
    "lights": _traffic,
    "fireworks": _fireworks,
    "snow": _wind,
    "aurora": _crackle,
    "fields": _wind,
    "poppies": _bee,
    "sunset": _birds,
}
