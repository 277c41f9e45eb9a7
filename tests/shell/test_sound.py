from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.plan.shots import Curve
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.shell.sound import momentary_loudness, parse_momentary_loudness
from pipeline.timebase import Span

PICTURE = ("-f", "lavfi", "-i", "color=gray:size=64x64:rate=24:duration=4")
# A 1 kHz sine of amplitude 1/8 is -21 LUFS: -18 dB below full scale, 3 dB for a sine, K-weighting ±0 there.
TONE = "aevalsrc='if(between(t,1,2.5),0.125*sin(2*PI*1000*t),0)':duration=4:sample_rate=48000"


def make(path: Path, *options: str, tone: str = TONE) -> Path:
    run_ffmpeg((*PICTURE, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-c:a", "flac", *options, str(path)))
    return path


def loudness(path: Path) -> Curve | None:
    return momentary_loudness(path, probe(path))


def mean(curve: Curve, start: str, end: str) -> float:
    found = curve.mean(Span(Fraction(start), Fraction(end)))
    assert found is not None
    return found


@pytest.mark.parametrize("options", [(), ("-output_ts_offset", "100")], ids=["from 0", "from 100 s"])
def test_a_tone_is_as_loud_as_it_is_and_when_it_is(tmp_path: Path, options: tuple[str, ...]) -> None:
    curve = loudness(make(tmp_path / "film.mkv", *options))
    assert curve is not None
    assert curve.step == Fraction(1, 10)
    assert abs(len(curve.hundredths) - 40) <= 1
    assert mean(curve, "1.3", "2.2") == pytest.approx(-21, abs=0.3)
    assert mean(curve, "0", "0.7") == -70
    assert mean(curve, "2.8", "3.9") == -70


def test_the_main_sound_is_the_one_that_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    quiet = ("-f", "lavfi", "-i", "anullsrc=sample_rate=48000:duration=4", "-f", "lavfi", "-i", TONE)
    tracks = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-disposition:a:0", "0", "-disposition:a:1", "default")
    run_ffmpeg((*PICTURE, *quiet, "-c:v", "libx264", "-c:a", "flac", *tracks, str(path)))
    curve = loudness(path)
    assert curve is not None
    assert max(curve.hundredths) > -2200


@pytest.mark.parametrize("layout", ["mono", "5.1"])
def test_any_layout_is_measured(tmp_path: Path, layout: str) -> None:
    curve = loudness(make(tmp_path / "film.mkv", "-af", f"aformat=channel_layouts={layout}"))
    assert curve is not None


def test_a_film_without_sound_has_no_loudness(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    run_ffmpeg((*PICTURE, "-c:v", "libx264", str(path)))
    assert loudness(path) is None


def test_digital_silence_has_no_loudness(tmp_path: Path) -> None:
    assert loudness(make(tmp_path / "film.mkv", tone="anullsrc=sample_rate=48000:duration=4")) is None


def test_a_value_speaks_for_the_middle_of_its_window_and_gaps_are_silent() -> None:
    printed = (
        b"frame:0 pts:0 pts_time:10.15\nlavfi.r128.M=-30.004\n"
        b"frame:1 pts:0 pts_time:10.25\nlavfi.r128.M=nan\n"
        b"frame:2 pts:0 pts_time:10.35\nlavfi.r128.M=-120.691\n"
        b"frame:3 pts:0 pts_time:10.45\nlavfi.r128.M=-12.5\n"
    )
    curve = parse_momentary_loudness(printed, picture_start=Fraction(10))
    assert curve == Curve(Fraction(1, 10), (-3000, -7000, -7000, -1250))
