"""Sound comes out at its loudness and below its peak, by a meter of our own; what cannot is said, not refused."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.argv import key_as_url
from pipeline.errors import VerifyFailed
from pipeline.facts import SoundFacts
from pipeline.graph import LEAD_IN, FilmSound, LevelledProgramme, Levels, SoundGoal, Stretch
from pipeline.plan.folding import fold_down
from pipeline.shell.levelling import LevelledEncode, encode_programme, hear_programme
from pipeline.shell.loudness import Loudness, parse_loudness

from .conftest import SAMPLE_RATE, Samples, decode_sound, ffmpeg, noise

SECONDS = 4


def _filtered(sound: Samples, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Samples:
    """Return sound through a biquad, by its response in the frequency domain."""
    size = 1 << (len(sound) * 2).bit_length()
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    powers = np.stack([delay**0, delay, delay**2])
    response = (np.array(numerator) @ powers) / (np.array(denominator) @ powers)
    spectrum = np.fft.rfft(sound, size, axis=0) * response[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[: len(sound)]


def measure(sound: Samples) -> tuple[float, float]:
    """Return integrated loudness and true peak of stereo at 48 kHz, from ITU-R BS.1770-5's own coefficients."""
    shelf = (1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
    high_pass = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
    weighted = _filtered(_filtered(sound, *shelf), *high_pass)
    block, step = round(0.4 * SAMPLE_RATE), round(0.1 * SAMPLE_RATE)
    starts = range(0, len(sound) - block + 1, step)
    powers = np.array([(weighted[start : start + block] ** 2).mean(axis=0).sum() for start in starts])
    loud = powers[-0.691 + 10 * np.log10(np.maximum(powers, 1e-12)) > -70]
    if not len(loud):
        return float("-inf"), _true_peak(sound)
    gate = loud.mean() / 10
    return float(-0.691 + 10 * np.log10(loud[loud > gate].mean())), _true_peak(sound)


def _true_peak(sound: Samples) -> float:
    """Return the highest of the samples and of those between them at eight times the rate, in dB."""
    spectrum = np.fft.rfft(sound, axis=0)
    between = np.fft.irfft(spectrum, len(sound) * 8, axis=0) * 8
    return float(20 * np.log10(max(np.abs(between).max(), 1e-9)))


def _time() -> Samples:
    return np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE


def _speech() -> Samples:
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * _time()), 0, 1) * (np.sin(2 * np.pi * 0.3 * _time()) > -0.4)
    sound = noise(SECONDS, level=0.04) * syllables
    sound[:: SAMPLE_RATE // 2] += 0.9  # clicks
    return sound


def _clap_in_hiss() -> Samples:
    sound = noise(SECONDS, level=0.0035)
    sound[150_000:150_400] += 0.9 * np.hanning(400) * np.sin(np.arange(400))
    return sound


def _click() -> Samples:
    sound = np.zeros(SECONDS * SAMPLE_RATE)
    sound[100_000] = 1.0
    return sound


REACHED: dict[str, Callable[[], Samples]] = {
    "quiet": lambda: noise(SECONDS, level=0.01),
    "loud": lambda: np.clip(noise(SECONDS, level=0.4), -1, 1),
    "speech with clicks": _speech,
    "clipped": lambda: np.clip(noise(SECONDS, level=2.0), -1, 1),
    "square wave": lambda: 0.99 * np.sign(np.sin(2 * np.pi * 220 * _time() + 0.1)),
    "between samples": lambda: 0.99 * np.sin(2 * np.pi * SAMPLE_RATE / 4 * _time() + np.pi / 4),
    "18 kHz": lambda: 0.3 * np.sin(2 * np.pi * 18_000 * _time()),
    "soft, then loud": lambda: noise(SECONDS) * np.where(_time() < SECONDS / 2, 0.01, 3.0),
}
SHORT: dict[str, Callable[[], Samples]] = {
    "clap in hiss": _clap_in_hiss,
    "a click in silence": _click,
}
SILENT: dict[str, Callable[[], Samples]] = {
    "silence": lambda: np.zeros(SECONDS * SAMPLE_RATE),
    "clicks too short to count": lambda: 0.08 * _click(),
    "room noise": lambda: noise(SECONDS, level=0.0003),
}


def programme(samples: int, goal: SoundGoal) -> LevelledProgramme:
    """Return all of a mono film's sound as one programme, with silence for a lead-in."""
    mono = SoundFacts(0, "pcm_f32le", 1, "mono", SAMPLE_RATE, Fraction(0), None, True)
    piece = FilmSound("m", 0, fold_down(mono), -Fraction(LEAD_IN, SAMPLE_RATE), samples + LEAD_IN, None)
    return LevelledProgramme((Stretch((piece,), 0, 0, samples),), 192, goal)


@pytest.fixture
def level(tmp_path: Path) -> Callable[..., tuple[LevelledEncode, Samples]]:
    """Return a function that brings mono sound to a loudness and decodes the result."""

    def run(
        sound: Samples, *, lufs: str = "-14", peak: str = "-1", limiting: str = "20"
    ) -> tuple[LevelledEncode, Samples]:
        raw = sound.astype("<f4").tobytes()
        source = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0")
        ffmpeg(*source, "-c:a", "pcm_f32le", tmp_path / "in.mov", given=raw)
        node = programme(len(sound), SoundGoal(Fraction(lufs), Fraction(peak), Fraction(limiting)))
        target = tmp_path / "out.m4a"

        def locate(_: str) -> str:
            return f"file:{tmp_path / 'in.mov'}"

        encode = encode_programme(node, hear_programme(node, locate), target, locate)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mov", "out.m4a"]
        return encode, decode_sound(target)

    return run


LIFTED = "quiet sound is lifted by no more than 30 dB"
Level = Callable[..., tuple[LevelledEncode, Samples]]


def test_our_meter_agrees_with_the_standard() -> None:
    # EBU Tech 3341, case 1: 1 kHz at -23 dBFS in both channels is -23 LUFS.
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * _time())
    loudness, peak = measure(np.column_stack([tone, tone]))
    assert abs(loudness + 23) < 0.1 and abs(peak + 23) < 0.1


@pytest.mark.parametrize("name", REACHED)
def test_sound_comes_out_at_its_loudness_and_under_its_peak(name: str, level: Level) -> None:
    encode, sound = level(REACHED[name]())
    loudness, peak = measure(sound[: SECONDS * SAMPLE_RATE])
    assert abs(loudness + 14) <= 0.5 and peak <= -1, (loudness, peak, encode.levels)
    assert abs(encode.result.integrated_lufs - loudness) <= 0.15
    assert encode.note is None or encode.note.startswith("peaks limited")


@pytest.mark.parametrize("name", SHORT)
def test_what_cannot_be_as_loud_comes_near_keeps_its_peak_and_says_so(name: str, level: Level) -> None:
    encode, sound = level(SHORT[name]())
    loudness, peak = measure(sound[: SECONDS * SAMPLE_RATE])
    assert peak <= -1
    missing = -14 - encode.result.integrated_lufs
    assert encode.quieter_lu == pytest.approx(missing, abs=0.05) and abs(missing - (-14 - loudness)) < 0.15
    assert encode.note is not None and f"{missing:.1f} LU quieter than the -14 LUFS asked for" in encode.note


@pytest.mark.parametrize("limiting", [0, 3, 6])
def test_a_limiter_takes_no_more_than_it_may_and_what_would_need_more_stays_quieter(
    limiting: int, level: Level
) -> None:
    made = _speech()
    encode, sound = level(made, limiting=str(limiting))
    loudness, peak = measure(sound[: SECONDS * SAMPLE_RATE])
    before = _true_peak(np.column_stack([made, made]) * 0.7071)
    ceiling = float(encode.levels.ceiling_dbtp or Fraction(-13, 10))
    assert before + float(encode.levels.gain_db) - ceiling <= limiting + 0.1 and encode.limited_db <= limiting
    assert peak <= -1 and encode.quieter_lu == pytest.approx(-14 - loudness, abs=0.15) and encode.quieter_lu > 3
    assert f"a limiter that takes at most {limiting} dB" in str(encode.note)
    # All that is allowed is used: where nothing is limited, the loudness rises with the gain.
    assert before + float(encode.levels.gain_db) - ceiling >= limiting - 0.7


def test_hiss_is_lifted_only_so_far_and_told(level: Level) -> None:
    encode, sound = level(noise(SECONDS, level=0.001))
    assert encode.levels == Levels(Fraction(30), None) and encode.limited_db == 0
    assert encode.note == f"{encode.quieter_lu:.1f} LU quieter than the -14 LUFS asked for: {LIFTED}"
    assert measure(sound)[0] == pytest.approx(-14 - encode.quieter_lu, abs=0.15)


@pytest.mark.parametrize("seconds", [0.08, 0.3])
def test_sound_too_short_for_an_integrated_loudness_is_levelled_by_its_moment(seconds: float, level: Level) -> None:
    made = noise(seconds, level=0.02)
    encode, sound = level(made)
    silence = np.zeros((SAMPLE_RATE * 4 // 10 - len(made), 2))
    moment = measure(np.concatenate([sound[: len(made)], silence]))[0]
    assert moment == pytest.approx(-14 - encode.quieter_lu, abs=0.5)
    assert "too short for an integrated loudness" in str(encode.note)


@pytest.mark.parametrize("name", SILENT)
def test_silence_stays_as_quiet_as_it_is_but_under_the_peak(name: str, level: Level) -> None:
    made = SILENT[name]()
    encode, sound = level(made)
    assert encode.levels.gain_db == 0 and "silent" in str(encode.note)
    assert measure(sound)[1] <= -1
    assert abs(np.abs(sound).max() - np.abs(made).max()) < 0.12


def test_levels_follow_from_the_mix_alone(level: Level) -> None:
    first, one = level(_speech())
    second, other = level(_speech())
    assert first.levels == second.levels and first.note == second.note and (one == other).all()


def test_low_targets_need_no_limiter_and_leave_no_note(level: Level) -> None:
    encode, sound = level(noise(SECONDS), lufs="-23", peak="-1")
    assert encode.levels.ceiling_dbtp is None and encode.note is None
    assert abs(measure(sound)[0] + 23) <= 0.5


def _summary(integrated: str, loudness_range: str, peak: str) -> str:
    return (
        f"[info] Summary:\n\n  Integrated loudness:\n    I:  {integrated} LUFS\n    Threshold: -24.6 LUFS\n\n"
        f"  Loudness range:\n    LRA:  {loudness_range} LU\n    Threshold: -34.8 LUFS\n\n"
        f"  True peak:\n    Peak:  {peak} dBFS\n"
    )


def test_the_last_summary_counts_and_its_floor_is_silence() -> None:
    text = _summary("-70.0", "0.0", "-inf") + _summary("-14.6", "2.1", "0.3")
    assert parse_loudness(text) == Loudness(-14.6, 2.1, 0.3)
    assert parse_loudness(_summary("-70.0", "0.0", "-inf")) == Loudness(float("-inf"), 0.0, float("-inf"))
    assert parse_loudness(_summary("-70.0", "0.0", "-inf")).is_silent
    assert parse_loudness(_summary("nan", "nan", "-3.0")).is_silent
    with pytest.raises(VerifyFailed, match="summary of ebur128"):
        parse_loudness("[error] nothing")


def test_a_search_that_swings_ends_with_its_best(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = iter([-14.4, -13.6])
    argvs: list[tuple[str, ...]] = []

    def pretend(argv: tuple[str, ...], **_: Any) -> Any:
        class Run:
            cpu_seconds = 1.0
            stderr = _summary(f"{next(answers)}", "1.0", "-6.0") if argv[-1] == "-" else ""

        if argv[-1] != "-":
            Path(argv[-1].removeprefix("file:")).write_text(str(len(argvs)))
            argvs.append(argv)
        return Run()

    monkeypatch.setattr("pipeline.shell.levelling.run_ffmpeg", pretend)
    node, source = programme(48000, SoundGoal(Fraction(-14), Fraction(-1), Fraction(6))), Loudness(-20.0, 1.0, -6.0)
    encode = encode_programme(node, source, tmp_path / "o", key_as_url)
    assert encode.result.integrated_lufs == -14.4 and (tmp_path / "o").read_text() == "0"
    assert len(argvs) == 2 and [path.name for path in tmp_path.iterdir()] == ["o"]


def test_peaks_that_stay_over_are_turned_down_and_refused_only_where_that_is_in_vain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peaks = iter([*[-0.9] * 14, -1.4])

    def pretend(argv: tuple[str, ...], **_: Any) -> Any:
        class Run:
            cpu_seconds = 1.0
            stderr = _summary("-14.0", "1.0", f"{next(peaks, -0.9)}") if argv[-1] == "-" else ""

        if argv[-1] != "-":
            Path(argv[-1].removeprefix("file:")).write_text("x")
        return Run()

    monkeypatch.setattr("pipeline.shell.levelling.run_ffmpeg", pretend)
    node, source = programme(48000, SoundGoal(Fraction(-14), Fraction(-1), Fraction(6))), Loudness(-14.0, 1.0, 0.0)
    encode = encode_programme(node, source, tmp_path / "o", key_as_url)
    assert encode.result.true_peak_dbtp == -1.4
    with pytest.raises(VerifyFailed, match=r"true peak should be below -1\.0 dBTP but is -0\.9 dBTP"):
        encode_programme(node, source, tmp_path / "o", key_as_url)
