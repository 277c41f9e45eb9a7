"""The demo film's music: a tune in D, synthesised note by note, which grows and thins with the story."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

RATE = 48_000
BEAT = 0.625
_BAR = 4 * BEAT

_CHORDS = {
    "D": (38, 62, 66, 69), "A": (37, 61, 64, 69), "Bm": (35, 59, 62, 66), "G": (43, 59, 62, 67),
    "Em": (40, 59, 64, 67), "F#m": (42, 61, 66, 69), "Gmaj": (43, 62, 66, 71), "Dend": (38, 62, 66, 74),
}  # fmt: skip

# Notes (MIDI numbers, 0 rests) and their beats, sixteen beats each.
_TUNE = ((78, 1.5), (76, 0.5), (74, 1), (69, 1), (73, 1.5), (74, 0.5), (76, 2), (74, 1.5), (73, 0.5), (71, 1), (66, 1),
         (67, 1), (69, 1), (71, 1), (74, 1))  # fmt: skip
_NIGHT_TUNE = ((78, 2), (74, 2), (71, 3), (74, 1), (76, 2), (79, 1), (78, 1), (73, 4))


@dataclass(frozen=True)
class Section:
    """Some bars with the same players: chord names, one a bar, repeated as needed; and who plays."""

    bars: int
    chords: tuple[str, ...]
    players: tuple[str, ...]


_SECTIONS = (
    Section(2, ("D", "A"), ("pluck",)),
    Section(4, ("D", "A", "Bm", "G"), ("pluck", "bass")),
    Section(4, ("D", "A", "Bm", "G"), ("pluck", "bass", "tune", "shaker")),
    Section(4, ("D", "A", "Bm", "G"), ("pluck", "bass", "tune", "shaker", "kick")),
    Section(1, ("G",), ("pad",)),
    Section(8, ("Bm", "G", "Em", "F#m"), ("pad", "bass", "bells", "night tune")),
    Section(5, ("Bm", "G", "D", "A"), ("pluck", "pad", "bass", "kick", "shaker")),
    Section(4, ("Bm", "G", "D", "A"), ("pluck", "pad", "bass", "kick", "shaker", "clap", "tune")),
    Section(4, ("Gmaj", "D", "Em", "A"), ("pad", "bells")),
    Section(3, ("Bm", "G", "A"), ("pad", "bells", "bass")),
    Section(6, ("D", "A", "Bm", "G"), ("pluck", "pad", "bass", "kick", "shaker", "clap", "tune")),
    Section(2, ("G", "A"), ("pluck", "pad", "bass")),
    Section(1, ("Dend",), ("pad", "bells", "bass")),
)


def play(seconds: float) -> Sound:
    """Return the music, two channels, its end faded out; the piece lasts two minutes, then it starts again."""
    total = round(seconds * RATE)
    mixed = np.zeros((total, 2))
    bar = 0
    while bar * _BAR < seconds:
        for section in _SECTIONS:
            for offset in range(section.bars):
                _play_bar(mixed, bar + offset, offset, section)
            bar += section.bars
    wet = _reverberated(mixed)
    tail = min(total, round(2.2 * RATE))
    wet[total - tail :] *= np.linspace(1, 0, tail)[:, None] ** 1.5
    return wet


def _play_bar(mixed: Sound, bar: int, offset: int, section: Section) -> None:
    bass, *notes = _CHORDS[section.chords[offset % len(section.chords)]]
    start = bar * _BAR
    if "pad" in section.players:
        for index, note in enumerate(notes):
            _add(mixed, start, _pad(note, _BAR * 1.25), 0.085, -0.5 + 0.5 * index)
    if "pluck" in section.players:
        rise = (0, 1, 2, 1, 3, 2, 1, 2)
        ladder = (*notes, notes[0] + 12)
        for step, which in enumerate(rise):
            _add(
                mixed, start + step * BEAT / 2, _pluck(ladder[which]), 0.15 if step % 4 else 0.2, 0.35 * math.sin(step)
            )
    if "bass" in section.players:
        for beat, length in ((0, 1.5), (1.5, 0.5), (2, 1.9)):
            _add(mixed, start + beat * BEAT, _bass(bass, length * BEAT), 0.26, 0)
    if "bells" in section.players:
        for step, which in enumerate((2, 0, 1, 2)):
            _add(mixed, start + (step + 0.5) * BEAT, _bell(notes[which] + 12), 0.07, 0.6 * (-1) ** step)
    _play_drums(mixed, start, section.players)
    for player, tune in (("tune", _TUNE), ("night tune", _NIGHT_TUNE)):
        if player in section.players:
            _play_tune(mixed, start, offset % 4, tune)


def _play_drums(mixed: Sound, start: float, players: tuple[str, ...]) -> None:
    if "kick" in players:
        for beat in (0, 2, 2.75):
            _add(mixed, start + beat * BEAT, _kick(), 0.34 if beat != 2.75 else 0.2, 0)
    if "clap" in players:
        for beat in (1, 3):
            _add(mixed, start + beat * BEAT, _hiss(0.16, 22, 1), 0.1, 0.1)
    if "shaker" in players:
        for step in range(8):
            _add(mixed, start + step * BEAT / 2, _hiss(0.07, 60, 2), 0.028 if step % 2 else 0.045, -0.35)


def _play_tune(mixed: Sound, start: float, bar: int, tune: tuple[tuple[int, float], ...]) -> None:
    """Play the notes of the tune that begin in one of its four bars."""
    beat = 0.0
    for note, length in tune:
        if bar * 4 <= beat < bar * 4 + 4 and note:
            _add(mixed, start + (beat - bar * 4) * BEAT, _flute(note, length * BEAT), 0.15, 0.15)
        beat += length


def _add(mixed: Sound, seconds: float, voice: Sound, gain: float, pan: float) -> None:
    first = round(seconds * RATE)
    part = voice[: max(0, len(mixed) - first)] * gain
    mixed[first : first + part.size, 0] += part * math.sqrt((1 - pan) / 2)
    mixed[first : first + part.size, 1] += part * math.sqrt((1 + pan) / 2)


def _hertz(note: int) -> float:
    return 440 * 2 ** ((note - 69) / 12)


def _times(seconds: float) -> Sound:
    return np.arange(round(seconds * RATE)) / RATE


@functools.cache
def _pluck(note: int) -> Sound:
    """Return a plucked string: harmonics that die away the faster the higher they are."""
    t = _times(1.3)
    hertz = _hertz(note)
    tone = sum(np.sin(2 * math.pi * hertz * k * t) * np.exp(-t * (2.6 + 1.5 * k)) / k**1.2 for k in range(1, 9))
    return np.asarray(tone * np.minimum(1, t * 400), np.float64)


@functools.cache
def _pad(note: int, seconds: float) -> Sound:
    """Return soft strings: three slightly different pitches beating against each other, slow at both ends."""
    t = _times(seconds)
    tone = np.zeros(t.size)
    for detune in (0.996, 1.0, 1.0045):
        for k in range(1, 6):
            tone += np.sin(2 * math.pi * _hertz(note) * detune * k * t + k * detune * 7) / k**1.7
    swell = np.minimum(1, t / 0.5) * np.minimum(1, (seconds - t) / 0.6)
    return np.asarray(tone * swell, np.float64)


@functools.cache
def _bass(note: int, seconds: float) -> Sound:
    t = _times(seconds)
    hertz = _hertz(note)
    tone = (
        np.sin(2 * math.pi * hertz * t)
        + 0.45 * np.sin(4 * math.pi * hertz * t)
        + 0.16 * np.sin(6 * math.pi * hertz * t)
    )
    return np.asarray(tone * np.minimum(1, t * 120) * np.minimum(1, (seconds - t) * 25) * np.exp(-0.7 * t), np.float64)


@functools.cache
def _bell(note: int) -> Sound:
    """Return a bell by frequency modulation (Chowning's ratio 1 to 1.4)."""
    t = _times(2.4)
    hertz = _hertz(note)
    strike = 2.2 * np.exp(-3 * t) * np.sin(2 * math.pi * hertz * 1.4 * t)
    return np.asarray(np.sin(2 * math.pi * hertz * t + strike) * np.exp(-2 * t) * np.minimum(1, t * 800), np.float64)


@functools.cache
def _flute(note: int, seconds: float) -> Sound:
    t = _times(seconds + 0.15)
    vibrato = 0.006 * np.minimum(1, t / 0.35) * np.sin(2 * math.pi * 5.2 * t)
    phase = 2 * math.pi * _hertz(note) * (t + np.cumsum(vibrato) / RATE)
    tone = np.sin(phase) + 0.28 * np.sin(2 * phase) + 0.11 * np.sin(3 * phase)
    breath = np.diff(np.random.default_rng(note).normal(0, 0.02, t.size), prepend=0.0)
    shape = np.minimum(1, t / 0.06) * np.minimum(1, (seconds + 0.15 - t) / 0.14)
    return np.asarray((tone + breath) * shape, np.float64)


@functools.cache
def _kick() -> Sound:
    t = _times(0.32)
    return np.asarray(np.sin(2 * math.pi * (46 * t + 4.6 * (1 - np.exp(-t * 26)))) * np.exp(-9 * t), np.float64)


@functools.cache
def _hiss(seconds: float, decay: float, seed: int) -> Sound:
    t = _times(seconds)
    return np.diff(np.random.default_rng(seed).normal(size=t.size), prepend=0.0) * np.exp(-decay * t)


def _reverberated(dry: Sound) -> Sound:
    """Return the music in a room: convolved with decaying noise, another for each channel, so that it is wide."""
    t = _times(1.7)
    size = 1 << 18
    step = size - t.size
    wet = dry.copy()
    for channel in range(2):
        room = np.random.default_rng(70 + channel).normal(size=t.size) * np.exp(-3.6 * t)
        room = np.convolve(room, np.ones(6) / 6, "same")
        response = np.fft.rfft(room * 0.5 / math.sqrt(float((room**2).sum())), size)
        # Block by block, each block's tail added to the next: the spectrum of two minutes would take half a gigabyte.
        for first in range(0, len(dry), step):
            echo = np.fft.irfft(np.fft.rfft(dry[first : first + step, channel], size) * response, size)
            wet[first : first + size, channel] += echo[: len(dry) - first]
    return wet
