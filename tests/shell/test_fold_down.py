"""A tone in each channel of every usual layout is heard on the sides and as loud as the standard says."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.argv import sound_argv
from pipeline.facts import SoundFacts
from pipeline.graph import LEAD_IN, FilmSound, SoundEncode, Stretch
from pipeline.plan.folding import fold_down, taken_for, told_guess

from .conftest import SAMPLE_RATE, Samples, ffmpeg

LEFT, RIGHT, BOTH, NOWHERE = (1.0, 0.0), (0.0, 1.0), (0.7071, 0.7071), (0.0, 0.0)
LEFT_BEHIND, RIGHT_BEHIND, BOTH_BEHIND = (0.7071, 0.0), (0.0, 0.7071), (0.5, 0.5)
"""What the left and the right get: ITU-R BS.775-4, table 2."""
FRONT, BEHIND = (LEFT, RIGHT), (LEFT_BEHIND, RIGHT_BEHIND)
LAYOUTS = {
    "mono": (BOTH,),
    "stereo": FRONT,
    "3.0": (*FRONT, BOTH),
    "quad": (*FRONT, *BEHIND),
    "4.0": (*FRONT, BOTH, BOTH_BEHIND),
    "5.0": (*FRONT, BOTH, *BEHIND),
    "5.0(side)": (*FRONT, BOTH, *BEHIND),
    "5.1": (*FRONT, BOTH, NOWHERE, *BEHIND),
    "5.1(side)": (*FRONT, BOTH, NOWHERE, *BEHIND),
    "6.1": (*FRONT, BOTH, NOWHERE, BOTH_BEHIND, *BEHIND),
    "7.1": (*FRONT, BOTH, NOWHERE, *BEHIND, *BEHIND),
    "5.1.2": (*FRONT, BOTH, NOWHERE, *BEHIND, *BEHIND),
}
UNNAMED = {
    1: (BOTH,),
    2: FRONT,
    4: (*FRONT, *BEHIND),
    6: (*FRONT, BOTH, NOWHERE, *BEHIND),
    8: (*FRONT, BOTH, NOWHERE, *BEHIND, *BEHIND),
    9: (*FRONT, BOTH, NOWHERE, *BEHIND, *BEHIND, NOWHERE),
}


def _facts(path: Path) -> SoundFacts:
    with av.open(str(path)) as container:
        context = container.streams.audio[0].codec_context
        return SoundFacts(0, "pcm", context.channels, context.layout.name, SAMPLE_RATE, Fraction(0), None, True)


def _folded(path: Path, facts: SoundFacts) -> Samples:
    """Return the first half second as the encoder gets it."""
    count = SAMPLE_RATE // 2
    piece = FilmSound("m", 0, fold_down(facts), -Fraction(LEAD_IN, SAMPLE_RATE), LEAD_IN + count, None)
    argv = sound_argv(SoundEncode((Stretch((piece,), 0, 0, count),), (None,), 96), "out", lambda _: f"file:{path}")
    graph = argv[: argv.index("-map") + 2]
    return np.frombuffer(ffmpeg(*graph, "-f", "f32le", "-"), "<f4").reshape(-1, 2)[LEAD_IN : LEAD_IN + count]


def _heard(path: Path, facts: SoundFacts) -> list[tuple[float, float]]:
    """Return how loud the tone of each channel is on both sides, as a share of what it was."""
    sound = _folded(path, facts)
    times = np.arange(len(sound)) / SAMPLE_RATE
    waves = (np.exp(-2j * np.pi * _hertz(number) * times) for number in range(facts.channels))
    shares = (np.abs(wave @ sound) * 2 / len(sound) / 0.9 for wave in waves)
    return [(float(left), float(right)) for left, right in shares]


def _hertz(channel: int) -> int:
    return 400 + 300 * channel


def _tones(channels: int) -> Samples:
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    # Nearly at full scale: whole numbers would not hold the sum.
    return 0.9 * np.sin(2 * np.pi * np.outer(times, [_hertz(number) for number in range(channels)]))


def _write(path: Path, channels: int, layout: str) -> Path:
    """Write a tone for each channel of a layout."""
    source = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(channels), "-i", "pipe:0")
    named = ("-af", f"channelmap=channel_layout={layout}", "-c:a", "pcm_s16le")
    ffmpeg(*source, *named, path, given=_tones(channels).astype("<f4").tobytes())
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_channel_is_heard_where_and_as_loud_as_the_standard_says(layout: str, tmp_path: Path) -> None:
    wanted = LAYOUTS[layout]
    facts = _facts(path := _write(tmp_path / "film.mov", len(wanted), layout))
    assert (facts.layout, taken_for(facts)) == (layout, ())
    assert np.allclose(_heard(path, facts), wanted, atol=0.002)


@pytest.mark.parametrize("channels", UNNAMED)
def test_channels_without_names_are_taken_for_the_usual_ones(channels: int, tmp_path: Path) -> None:
    wanted, path = UNNAMED[channels], tmp_path / "film.mkv"
    with wave.open(str(tmp_path / "film.wav"), "wb") as file:
        file.setparams((channels, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((_tones(channels) * 32767).astype("<i2").tobytes())
    ffmpeg("-i", tmp_path / "film.wav", "-c", "copy", path)
    facts = _facts(path)
    assert facts.layout == f"{channels} channels" and len(taken_for(facts)) == min(channels, 8)
    assert np.allclose(_heard(path, facts), wanted, atol=0.002)


def test_a_guess_that_somebody_may_doubt_is_told() -> None:
    def told(layout: str, channels: int) -> str | None:
        return told_guess(SoundFacts(0, "pcm", channels, layout, SAMPLE_RATE, Fraction(0), None, True))

    assert [told("5.1", 6), told("1 channels", 1), told("2 channels", 2)] == [None, None, None]
    pairs = "front left, front right, back left and back right"
    assert told("4 channels", 4) == f"The film does not name its channels; they are taken for {pairs}."
    assert "its first 8 of 16 channels; they are taken for front left, front right, front centre, LFE" in str(
        told("16 channels", 16)
    )


def test_names_that_no_standard_layout_has_are_mixed_all_the_same(tmp_path: Path) -> None:
    facts = _facts(path := _write(tmp_path / "film.mov", 4, "FL+FR+FLC+TC"))
    assert facts.layout == "4 channels (FL+FR+FLC+TC)"
    assert np.allclose(_heard(path, facts), (*FRONT, LEFT, BOTH_BEHIND), atol=0.002)


def test_ambisonic_sound_is_heard_from_both_sides() -> None:
    sound = SoundFacts(0, "opus", 4, "ambisonic 1", SAMPLE_RATE, Fraction(0), None, True)
    left, right = (one.shares for one in fold_down(sound).channels)
    half = Fraction(1, 2)
    assert [(one.channel, one.factor) for one in left] == [("c0", half), ("c1", half)]
    assert [(one.channel, one.factor) for one in right] == [("c0", half), ("c1", -half)]
