import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.plan.features import SoundFeatures
from pipeline.plan.shots import Curve
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.shell.sound import measure_sound, momentary_curve
from pipeline.timebase import Span

SPEECH = Path(__file__).with_name("data") / "speech.opus"
PICTURE = ("-f", "lavfi", "-i", "color=gray:size=64x64:rate=24:duration=4")
# A 1 kHz sine of amplitude 1/8 is -21 LUFS: -18 dB below full scale, 3 dB for a sine, K-weighting ±0 there.
TONE = "aevalsrc='if(between(t,1,2.5),0.125*sin(2*PI*1000*t),0)':duration=4:sample_rate=48000"


def make(path: Path, *options: str, tone: str = TONE) -> Path:
    run_ffmpeg((*PICTURE, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-c:a", "flac", *options, str(path)))
    return path


def loudness(path: Path) -> Curve | None:
    features = heard(path)
    return None if features is None else features.loudness


def heard(path: Path) -> SoundFeatures | None:
    return measure_sound(path, probe(path))


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


def test_channels_that_nobody_knows_how_to_mix_are_not_heard(tmp_path: Path) -> None:
    tracks = "|".join(["0.1*sin(2*PI*300*t)"] * 20)
    path = make(tmp_path / "film.mkv", "-c:a", "pcm_s16le", tone=f"aevalsrc='{tracks}':duration=1:sample_rate=48000")
    assert loudness(path) is None


def test_a_film_without_sound_has_no_loudness(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    run_ffmpeg((*PICTURE, "-c:v", "libx264", str(path)))
    assert loudness(path) is None


def test_digital_silence_has_no_loudness(tmp_path: Path) -> None:
    assert loudness(make(tmp_path / "film.mkv", tone="anullsrc=sample_rate=48000:duration=4")) is None


def test_a_value_speaks_for_the_middle_of_its_window_and_gaps_are_silent() -> None:
    moments = [(0.15, -30.004), (0.25, math.nan), (0.35, -120.691), (0.45, -12.5)]
    curve = momentary_curve(moments)
    assert curve == Curve(Fraction(1, 10), (-3000, -7000, -7000, -1250))


@pytest.mark.parametrize("options", [(), ("-output_ts_offset", "100")], ids=["from 0", "from 100 s"])
def test_sounds_begin_when_they_do(tmp_path: Path, options: tuple[str, ...]) -> None:
    clicks = "aevalsrc='if(lt(mod(t-0.5,1),0.01)*gt(t,0.4),0.5*sin(2*PI*1000*t),0)':duration=4:sample_rate=48000"
    features = heard(make(tmp_path / "film.mkv", *options, tone=clicks))
    assert features is not None
    assert [float(onset.time) for onset in features.onsets] == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=0.01)


def test_sound_that_starts_after_the_picture_is_heard_when_it_is(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    late = ("-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000")
    run_ffmpeg((*PICTURE, *late, "-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-c:a", "flac", str(path)))
    features = heard(path)
    assert features is not None
    assert float(features.onsets[0].time) == pytest.approx(1.5, abs=0.012)


def test_words_are_speech_and_a_tone_and_silence_are_not(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    sound = "[1:a]aresample=48000,apad=pad_dur=2[s];sine=440:duration=5:sample_rate=48000[t];[s][t]concat=v=0:a=1[a]"
    source = ("-f", "lavfi", "-i", "color=gray:size=64x64:rate=24:duration=13", "-i", str(SPEECH))
    run_ffmpeg((*source, "-filter_complex", sound, "-map", "0:v", "-map", "[a]", "-c:a", "flac", str(path)))
    features = heard(path)
    assert features is not None
    assert mean(features.speech, "0.3", "5.5") > 0.8
    assert mean(features.speech, "6.8", "7.7") == 0
    assert mean(features.speech, "8.6", "13") < 0.05
    assert mean(features.music, "0.5", "4") < 0.4
    assert mean(features.music, "10", "12") > 0.9
    assert len(features.loudness.hundredths) == len(features.speech.hundredths) == len(features.music.hundredths)


def test_the_way_in_which_sound_arrives_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "film.mkv")
    at_once = heard(path)
    monkeypatch.setattr("pipeline.shell.sound._BLOCK", 1500)
    assert heard(path) == at_once


def test_a_gap_in_the_sound_is_silence_and_moves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    clicks = "aevalsrc='if(lt(mod(t-0.5,1),0.01)*gt(t,0.4),0.5*sin(2*PI*1000*t),0)':duration=4:sample_rate=48000"
    make(path, "-af", "aselect='not(between(t,1.2,2.2))'", "-fps_mode", "passthrough", tone=clicks)
    features = heard(path)
    assert features is not None
    assert [float(onset.time) for onset in features.onsets] == pytest.approx([0.5, 2.5, 3.5], abs=0.012)


def test_times_in_whole_milliseconds_leave_no_holes_in_the_curve(tmp_path: Path) -> None:
    curve = loudness(make(tmp_path / "film.mkv", "-c:a", "pcm_s24le", tone="sine=duration=4:sample_rate=48000"))
    assert curve is not None
    assert min(curve.hundredths[4:-2]) > -2500


def test_a_sound_that_changes_its_rate_and_layout_is_heard_on(tmp_path: Path) -> None:
    one, other, both = (tmp_path / name for name in ("one.ts", "other.ts", "both.ts"))
    click = "aevalsrc='if(between(t,1,1.01),0.5*sin(2*PI*1000*t),0)':duration=2:sample_rate={}"
    codecs = ("-c:v", "libx264", "-bf", "0", "-c:a", "mp2", "-t", "2")
    run_ffmpeg((*PICTURE, "-f", "lavfi", "-i", click.format(48000), *codecs, str(one)))
    stereo = ("-ac", "2", "-output_ts_offset", "2")
    run_ffmpeg((*PICTURE, "-f", "lavfi", "-i", click.format(32000), *codecs, *stereo, str(other)))
    both.write_bytes(one.read_bytes() + other.read_bytes())
    features = heard(both)
    assert features is not None
    assert [float(onset.time) for onset in features.onsets] == pytest.approx([1, 3], abs=0.03)


def test_a_time_stamp_far_outside_the_film_is_not_filled_up_to(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    make(path, "-bsf:a", "setts=pts=if(gt(N\\,60)\\,PTS+1e9\\,PTS)")
    facts = replace(probe(path), duration=Fraction(4))
    features = measure_sound(path, facts)
    assert features is not None
    assert len(features.loudness.hundredths) < 100


def test_damage_in_the_sound_costs_what_is_damaged(tmp_path: Path) -> None:
    clicks = "aevalsrc='if(lt(mod(t-0.5,1),0.01)*gt(t,0.4),0.5*sin(2*PI*1000*t),0)':duration=4:sample_rate=48000"
    path = make(tmp_path / "film.ts", "-c:a", "mp2", tone=clicks)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 1000] = bytes(1000)
    path.write_bytes(data)
    features = heard(path)
    assert features is not None
    found = {round(float(onset.time), 1) for onset in features.onsets}
    assert {0.5, 3.5} <= found
