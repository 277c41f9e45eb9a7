"""A file with one fault is found to have that one alone, and a file of any kind is measured as far as it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import MasterError
from pipeline.plan.checks import OUTCOMES
from pipeline.plan.conformity import check_conformity
from pipeline.plan.measurements import PictureMeasurements, PictureTimes, SoundLevel, SoundMeasurements, Unmeasured
from pipeline.shell.measurement import measure
from pipeline.timebase import FrameRate
from tests.specimens import (
    TURNED,
    Workbench,
    make_workbench,
    run_ffmpeg,
    sine,
    strict_preset,
    write_picture,
    write_sound,
)

Make = Callable[[Workbench, Path], Path]
# What the encoder writes says that there is no spectral band replication; this, that there is, up to 48 kHz.
LC, HE_AAC = b"\x56\xe5\x00", b"\x56\xe5\x98"  # (ISO/IEC 14496-3, 1.6.6)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return make_workbench(tmp_path_factory.mktemp("specimens"))


@dataclass(frozen=True)
class Fault:
    """How a faulty file is made, and what must be found: what → outcome, measured, limit, source."""

    make: Make
    found: dict[str, tuple[str, str, str, str]]
    cites: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    name: str = "faulty.mp4"


def _picture(*options: str, **named: object) -> Make:
    def make(bench: Workbench, target: Path) -> Path:
        picture = write_picture(target.with_name("picture.mp4"), *options, **named)
        return bench.joined(target, picture=picture)

    return make


def _sound(wave: np.ndarray | None = None, *, rate: int = 48000, channels: int = 2) -> Make:
    def make(bench: Workbench, target: Path) -> Path:
        sound = write_sound(target.with_name("sound.m4a"), wave, rate=rate, channels=channels)
        return bench.joined(target, sound=sound)

    return make


def _both(seconds: float) -> Make:
    def make(bench: Workbench, target: Path) -> Path:
        picture = write_picture(target.with_name("picture.mp4"), seconds=seconds)
        sound = write_sound(target.with_name("sound.m4a"), sine(seconds=seconds))
        return bench.joined(target, picture=picture, sound=sound)

    return make


def _copied(*options: str) -> Make:
    return lambda bench, target: bench.copied(target, *options)


def _patched(kind: bytes, skip: int, new: bytes) -> Make:
    return lambda bench, target: bench.patched(target, kind, skip, new)


def _peaky() -> np.ndarray:
    """Return a sine at the right loudness with short bursts up to full scale."""
    wave = sine(0.19)
    for start in (20000, 60000):
        wave[start : start + 240] = sine(1.0)[:240]
    return wave


def _late(bench: Workbench, target: Path) -> Path:
    inputs = ("-i", bench.picture, "-itsoffset", "0.5", "-i", bench.sound)
    run_ffmpeg(*inputs, "-c", "copy", "-movflags", "+faststart+negative_cts_offsets", target)
    return target


def _moov_last(bench: Workbench, target: Path) -> Path:
    return bench.copied(target, "-use_editlist", "0", "-movflags", "negative_cts_offsets")


def _fragmented(bench: Workbench, target: Path) -> Path:
    whole = _picture(x264="bframes=0")(bench, target.with_name("whole.mp4"))  # nothing is shown out of order
    run_ffmpeg("-i", whole, "-c", "copy", "-use_editlist", "0", "-movflags", "+frag_keyframe+empty_moov", target)
    return target


def _turn(target: Path) -> Path:
    data = target.read_bytes()
    at = data.index(b"tkhd") + 4 + 40
    target.write_bytes(data[:at] + TURNED + data[at + len(TURNED) :])
    return target


def _with_he_aac(bench: Workbench, target: Path) -> Path:
    data = _sound(rate=24000)(bench, target).read_bytes()
    assert data.count(LC) == 1
    target.write_bytes(data.replace(LC, HE_AAC))
    return target


def _opus(bench: Workbench, target: Path) -> Path:
    movie = ("-use_editlist", "0", "-movflags", "+faststart+negative_cts_offsets")
    return bench.copied(target, "-c:a", "libopus", "-b:a", "160k", *movie)


ASKED = 34  # things that a preset with all limits asks of a file
FACEBOOK, PAGE, PRACTICE = "facebook", "The page", "Practice"
FAULTS = {
    "edit list": Fault(
        _copied("-movflags", "+faststart"), {"edit list": ("fail", "on 2 tracks", "forbidden", PAGE)}
    ),
    "moov last": Fault(_moov_last, {"moov box": ("fail", "after the media", "first", "instagram")}),
    "fragmented": Fault(
        _fragmented,
        {"fragments": ("warn", "fragmented", "none", PRACTICE)},
    ),
    "Matroska": Fault(
        _copied(),
        {"container": ("fail", "Matroska", "MP4", "linkedin")},
        cites=("linkedin",),
        unchecked=("moov box", "fragments", "edit list"),
        name="faulty.mkv",
    ),
    "open groups": Fault(
        _picture(x264="open-gop=1:b-adapt=0"), {"groups of pictures": ("fail", "1 of 2 open", "closed", FACEBOOK)}
    ),
    "long groups": Fault(
        _picture(x264="keyint=100"), {"keyframe interval": ("fail", "2 s", "at most 1, prefers 1 s", PAGE)}
    ),
    "many B-frames": Fault(
        _picture(x264="bframes=4:b-adapt=0"), {"B-frames": ("fail", "4 in a row", "at most 2, prefers 2", PAGE)}
    ),
    "profile": Fault(_picture("-profile:v", "main"), {"H.264 profile": ("warn", "Main", "High recommended", "x")}),
    "level": Fault(
        _patched(b"avcC", 3, bytes((9,))),
        {"H.264 level": ("warn", "0.9, the picture needs 1.0", "at least what the picture needs", PRACTICE)},
    ),
    "4:4:4": Fault(
        _picture("-pix_fmt", "yuv444p", "-profile:v", "high444"),
        {
            "chroma": ("fail", "4:4:4", "4:2:0", FACEBOOK),
            "H.264 profile": ("warn", "High 4:4:4 Predictive", "High recommended", "x"),
        },
    ),
    "10 bit": Fault(
        _picture("-pix_fmt", "yuv420p10le", "-profile:v", "high10"),
        {
            "bit depth": ("warn", "10 bit", "8 bit", PRACTICE),
            "H.264 profile": ("warn", "High 10", "High recommended", "x"),
        },
    ),
    "small": Fault(
        _picture(size=(36, 64)),
        {
            "width": ("fail", "36 px", "54 to 144, prefers 72 px", PAGE),
            "height": ("fail", "64 px", "96 to 256, prefers 128 px", PAGE),
        },
    ),
    "shape": Fault(_picture(size=(96, 128)), {"aspect": ("fail", "0.75:1", "9:16", FACEBOOK)}),
    "pixel shape": Fault(
        _picture(size=(54, 128), filters="setsar=4/3"), {"pixel shape": ("fail", "4:3", "1:1", "x")}
    ),
    "turned": Fault(
        lambda bench, target: _turn(_picture(size=(128, 72))(bench, target)),
        {"display matrix": ("warn", "turned by 90°", "upright", PRACTICE)},
    ),
    "interlaced": Fault(
        _picture(filters="setfield=tff", x264="tff=1:bframes=0"),
        {"scan": ("fail", "interlaced", "progressive", FACEBOOK)},
    ),
    "variable rate": Fault(
        _picture("-fps_mode", "vfr", rate=30, filters="select='not(eq(mod(n,8),3))'", x264="keyint=24:min-keyint=24"),
        {"frame timing": ("fail", "variable, 15 to 30 fps", "constant", FACEBOOK)},
    ),
    "slow": Fault(_picture(rate=10), {"frame rate": ("fail", "10", "24000/1001 to 60/1 fps", PAGE)}),
    "fast": Fault(_picture(rate=120), {"frame rate": ("fail", "120", "24000/1001 to 60/1 fps", PAGE)}),
    "colour": Fault(
        _picture(colour="color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m:range=tv"),
        {"colour": ("warn", "BT.601 limited", "BT.709 limited recommended", "youtube")},
        cites=("facebook", "x", "instagram", "youtube"),
    ),
    "colour in its box alone": Fault(
        _patched(b"colrnclx", 4, bytes((0, 9, 0, 16, 0, 9))),
        {"colour": ("warn", "BT.2020, PQ, BT.2020 limited", "BT.709 limited", PRACTICE)},
    ),
    "full range": Fault(
        _picture(colour="color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=pc"),
        {"colour": ("warn", "BT.709 full", "BT.709 limited", PRACTICE)},
    ),
    "H.265": Fault(
        _picture("-c:v", "libx265", "-profile:v", "main", "-x265-params", "keyint=24:open-gop=0:bframes=2:log-level=0"),
        {"video codec": ("fail", "H.265", "H.264", "linkedin")},
        cites=("linkedin", "facebook"),
        unchecked=("H.264 profile", "H.264 level"),
    ),
    "HE-AAC": Fault(
        _with_he_aac,
        {"audio codec": ("fail", "HE-AAC", "AAC-LC", FACEBOOK)},
    ),
    "Opus": Fault(_opus, {"audio codec": ("fail", "Opus", "AAC-LC", FACEBOOK)}),
    "44.1 kHz": Fault(_sound(rate=44100), {"sample rate": ("fail", "44100 Hz", "48000 Hz", FACEBOOK)}),
    "mono": Fault(_sound(sine(0.28), channels=1), {"channels": ("fail", "mono", "stereo", FACEBOOK)}),
    "5.1": Fault(_sound(channels=6), {"channels": ("fail", "5.1", "mono or stereo", "x")}, cites=("x",)),
    "loud": Fault(
        _sound(sine(0.5)),
        {"loudness": ("warn", "-6.0 LUFS, 8.0 LU too loud", "-14 LUFS, within 0.5", PRACTICE)},
    ),
    "quiet": Fault(
        _sound(sine(0.05)),
        {"loudness": ("warn", "-26.0 LUFS, 12.0 LU too quiet", "-14 LUFS, within 0.5", PRACTICE)},
    ),
    "peaks": Fault(_sound(_peaky()), {"true peak": ("warn", "dBTP", "at most -1 dBTP", PRACTICE)}),
    "late sound": Fault(
        _late,
        {
            "edit list": ("fail", "on 2 tracks", "forbidden", PAGE),
            "sound starts": ("warn", "0.5 s after the picture", "within half a frame", PRACTICE),
        },
    ),
    "no sound": Fault(
        lambda bench, _: bench.picture,
        {"sound": ("warn", "none", "one", PRACTICE)},
        unchecked=(
            "audio codec", "sample rate", "channels", "audio bit rate", "loudness", "true peak", "sound starts",
        ),
    ),
    "short": Fault(_both(0.5), {"duration": ("fail", "0.5 s, 12 pictures", "1 to 3 s", PAGE)}),
    "long": Fault(_both(3.5), {"duration": ("fail", "3.5 s, 84 pictures", "1 to 3 s", PAGE)}),
    "large": Fault(
        lambda bench, target: bench.enlarged(target, 1_000_000),
        {"file size": ("fail", "1.06 MB", "at most 1 MB", PAGE)},
    ),
}  # fmt: skip


def test_a_file_as_it_should_be_passes_everything(bench: Workbench) -> None:
    found = check_conformity(measure(bench.good), strict_preset())
    assert {finding.outcome for finding in found} == {"pass"} and len(found) == ASKED


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_no_other(bench: Workbench, tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    path = fault.make(bench, tmp_path / fault.name)
    found = check_conformity(measure(path), strict_preset(*fault.cites))
    wrong = {finding.what: finding for finding in found if finding.outcome in ("fail", "warn")}
    assert {what: (one.outcome, one.limit, one.source.title) for what, one in wrong.items()} == {
        what: (outcome, limit, source) for what, (outcome, _, limit, source) in fault.found.items()
    }
    for what, (_, measured, _, _) in fault.found.items():
        assert measured in wrong[what].measured
    assert {finding.what for finding in found if finding.outcome == "unchecked"} == set(fault.unchecked)


def _of_any_kind(bench: Workbench, folder: Path) -> dict[str, Path]:
    """Make files that are no clips, or no more."""
    good, paths = bench.good.read_bytes(), {name: folder / name for name in ("text.mp4", "cut.mp4", "hollow.mp4")}
    paths["text.mp4"].write_text("Once upon a time there was no film here.\n" * 40)
    paths["cut.mp4"].write_bytes(good[: len(good) * 2 // 3])
    media = good.index(b"mdat") + 4
    paths["hollow.mp4"].write_bytes(good[:media] + bytes(len(good) - media))
    still = ("-frames:v", "1", "-update", "1")
    for name, options in {
        "still.png": ("-an", *still), "still.jpg": ("-an", *still), "sound.m4a": ("-vn", "-c", "copy"),
        "sound.wav": ("-vn",), "web.webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"),
        "edit.mov": ("-c:v", "prores", "-c:a", "pcm_s16le"), "old.avi": ("-c", "copy"), "air.ts": ("-c", "copy"),
    }.items():  # fmt: skip
        paths[name] = folder / name
        run_ffmpeg("-i", bench.good, *options, paths[name])
    return paths


@pytest.fixture(scope="session")
def files(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return _of_any_kind(bench, tmp_path_factory.mktemp("kinds"))


def _outcomes(path: Path) -> dict[str, set[str]]:
    found = check_conformity(measure(path), strict_preset())
    return {outcome: {one.what for one in found if one.outcome == outcome} for outcome in OUTCOMES}


@pytest.mark.parametrize("name", ["text.mp4", "still.png", "still.jpg", "sound.wav"])
def test_of_what_is_no_film_the_size_alone_is_checked(files: dict[str, Path], name: str) -> None:
    found = _outcomes(files[name])
    assert (found["fail"], found["warn"], found["pass"]) == ({"whole file", "picture"}, set(), {"file size"})


def test_a_file_that_breaks_off_is_told_and_the_rest_of_it_measured(files: dict[str, Path]) -> None:
    measured = measure(files["cut.mp4"])
    assert isinstance(measured.damage, str) and "mdat" in measured.damage
    assert isinstance(measured.picture, PictureMeasurements) and isinstance(measured.times, PictureTimes)
    assert measured.picture.width_px == 72 and 0 < measured.times.frame_count < 48
    found = _outcomes(files["cut.mp4"])
    assert "whole file" in found["fail"] and "edit list" in found["pass"]


def test_a_file_whose_media_is_gone_is_told_though_its_tables_are_sound(files: dict[str, Path]) -> None:
    found = _outcomes(files["hollow.mp4"])
    assert found["fail"] == {"picture"}
    assert {"video codec", "duration", "loudness", "true peak"} <= found["unchecked"]
    assert {"container", "moov box", "edit list"} <= found["pass"]


def test_a_sound_file_has_no_picture(files: dict[str, Path]) -> None:
    found = _outcomes(files["sound.m4a"])
    assert "picture" in found["fail"] and {"video codec", "duration", "sound starts"} <= found["unchecked"]
    assert {"audio codec", "loudness", "sample rate"} <= found["pass"]


@pytest.mark.parametrize(
    ("name", "container", "codec", "sound"),
    [
        ("web.webm", "WebM", "VP9", "Opus"),
        ("edit.mov", "MOV", "ProRes", "PCM"),
        ("old.avi", "AVI", "H.264", "AAC-LC"),
        ("air.ts", "MPEG-TS", "H.264", "AAC-LC"),
    ],
)
def test_other_containers_are_measured_by_their_packets(
    files: dict[str, Path], name: str, container: str, codec: str, sound: str
) -> None:
    measured = measure(files[name])
    times = measured.times
    assert isinstance(measured.picture, PictureMeasurements) and isinstance(measured.sound, SoundMeasurements)
    assert (measured.container, measured.picture.codec, measured.sound.codec) == (container, codec, sound)
    assert isinstance(times, PictureTimes) and isinstance(measured.sound.level, SoundLevel)
    assert (times.frame_count, times.rate) == (48, FrameRate(Fraction(24)))
    assert measured.sound.level.integrated_lufs == pytest.approx(-14, abs=0.3)
    assert measured.damage is None


def test_packets_and_tables_say_the_same_of_the_same_pictures(bench: Workbench, tmp_path: Path) -> None:
    by_tables = measure(bench.good).times
    by_packets = measure(bench.copied(tmp_path / "same.ts")).times
    assert isinstance(by_tables, PictureTimes) and isinstance(by_packets, PictureTimes)
    assert replace(by_packets, kbps=by_tables.kbps) == by_tables


@pytest.mark.parametrize(
    ("limit", "most", "what", "reason"),
    [
        ("picture_times.MOST_PICTURES", 40, "frame timing", "more pictures or packets"),
        ("hearing.MOST_SECONDS", 1, "loudness", "longer than"),
        ("measurement.MOST_PIXELS", 5000, "width", "too large to be looked at"),
    ],
)
def test_what_is_more_than_can_be_measured_is_not_checked(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, what: str, reason: str
) -> None:
    monkeypatch.setattr(f"pipeline.shell.{limit}", most)
    for path in (bench.good, bench.copied(tmp_path / "same.ts")):
        finding = next(one for one in check_conformity(measure(path), strict_preset()) if one.what == what)
        assert finding.outcome == "unchecked" and reason in finding.measured


@pytest.mark.parametrize("name", ["", "nosuch.mp4", "empty.mp4"])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(MasterError):
        measure(tmp_path / name)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_are_never_a_fault_of_ours(
    files: dict[str, Path], bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    monkeypatch.setattr("pipeline.shell.hearing._measure_level", lambda *_: Unmeasured("not listened to"))
    source = data.draw(st.sampled_from((bench.good, bench.sound, files["web.webm"], files["air.ts"])))
    changed = bytearray(source.read_bytes())
    heads = changed.find(b"mdat") + 64 if b"mdat" in changed else 2000
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, heads))
        new = data.draw(st.one_of(st.binary(min_size=1, max_size=8), st.sampled_from((b"\xff" * 4, bytes(4)))))
        changed[at : at + len(new)] = new
    path = tmp_path / "changed.bin"
    path.write_bytes(changed)
    assert len(check_conformity(measure(path), strict_preset())) == ASKED
