"""Clicks are heard when they are, and steady pitches are music where noise and silence are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.plan.features import Onset
from pipeline.plan.listening import SAMPLE_RATE, MusicListener, OnsetListener

Sound = NDArray[np.float64]
TIME = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
CLICKS = np.arange(0.5, 9.8, 0.37)


def noise(level: float) -> Sound:
    return level * np.random.default_rng(7).standard_normal(len(TIME))


def clicks() -> Sound:
    sound = np.zeros(len(TIME))
    for at in CLICKS:
        start = int(at * SAMPLE_RATE)
        sound[start : start + 160] = 0.5 * np.exp(-np.arange(160) / 40)
    return sound


def chords() -> Sound:
    """Two chords a second, each with three notes of three partials, dying away."""
    sound = np.zeros(len(TIME))
    each = SAMPLE_RATE // 2
    for number, notes in enumerate([(220, 277, 330), (196, 247, 294), (174, 220, 262), (247, 311, 370)] * 5):
        for note in notes:
            for partial in (1, 2, 3):
                wave = np.sin(2 * np.pi * note * partial * TIME[:each]) * np.exp(-2 * TIME[:each]) / partial / 8
                sound[number * each : (number + 1) * each] += wave
    return sound


def onsets_of(sound: Sound, *, piece: int = 37_777) -> tuple[Onset, ...]:
    listener = OnsetListener()
    for start in range(0, len(sound), piece):
        listener.take(sound[start : start + piece].astype(np.float32))
    return listener.onsets()


def music_in(sound: Sound) -> float:
    listener = MusicListener()
    listener.take(sound.astype(np.float32))
    return float(np.mean(listener.likelihood(100)))


BACKGROUNDS = {"alone": noise(0), "in noise": noise(0.03), "over a tone": 0.2 * np.sin(2 * np.pi * 330 * TIME)}


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_click_is_heard_within_ten_milliseconds(background: str) -> None:
    heard = np.array([float(onset.time) for onset in onsets_of(clicks() + BACKGROUNDS[background])])
    nearest = np.abs(heard[None] - CLICKS[:, None]).min(axis=1)
    assert nearest.max() <= 0.01
    assert len(heard) <= len(CLICKS) + 1, "a tone that is there from the beginning begins then"


def test_the_pieces_that_sound_comes_in_do_not_matter() -> None:
    sound = clicks() + noise(0.01)
    assert onsets_of(sound) == onsets_of(sound, piece=100) == onsets_of(sound, piece=len(sound))


@pytest.mark.parametrize("sound", [noise(0), noise(0.001), noise(0.2)], ids=["silence", "hiss", "noise"])
def test_nothing_begins_in_silence_or_in_noise(sound: Sound) -> None:
    assert len(onsets_of(sound)) <= 1


def test_a_weaker_blow_has_less_strength() -> None:
    sound = np.zeros(len(TIME))
    for at, level in ((2.0, 0.5), (4.0, 0.02), (6.0, 0.5)):
        start = int(at * SAMPLE_RATE)
        sound[start : start + 800] = level * np.random.default_rng(1).standard_normal(800)
    loud, soft, again = onsets_of(sound)
    assert soft.strength < min(loud.strength, again.strength) <= 1


def test_chords_are_music_and_noise_and_silence_are_not() -> None:
    assert music_in(chords()) > 0.7
    assert music_in(noise(0.1)) < 0.1
    assert music_in(noise(0)) == 0


def test_no_sound_at_all_has_nothing_in_it() -> None:
    assert OnsetListener().onsets() == ()
    assert MusicListener().likelihood(0) == ()
    assert MusicListener().likelihood(3) == (0, 0, 0)
