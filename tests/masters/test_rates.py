"""Constant and variable frame rates: the right picture at the right time, with the sound that belongs to it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.errors import MasterError
from pipeline.shell.natural_rate import natural_rate
from pipeline.shell.probe import probe
from pipeline.timebase import FrameRate
from tests.masters.studio import Marks, Studio, ffmpeg, plain_pictures
from tests.masters.viewing import Clip, assert_in_sync, assert_shows, assert_to_the_frame

MakeClip = Callable[..., Clip]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "12"])
def test_a_constant_rate_is_kept_to_the_frame_and_in_sync(studio: Studio, clip_of: MakeClip, rate: str) -> None:
    master = studio.shoot(f"constant-{rate.replace('/', '-')}.mp4", rate=rate)
    clip = clip_of(master.path)
    assert_to_the_frame(clip, rate)
    assert_shows(clip, master, across=1.6, down=1.6)
    assert_in_sync(clip, master)


def _jitter(number: int) -> Fraction:
    """Return when a phone shows a picture: 30 a second, each up to 6 ms off."""
    return (Fraction(number, 30) + Fraction(round(0.006 * math.sin(number * 1.7) * 90000), 90000)) * 1


def _halved(number: int) -> Fraction:
    """Return times of 30 pictures a second that become 15 after four seconds."""
    return Fraction(number, 30) if number < 120 else 4 + Fraction(number - 120, 15)


JITTER = "settb=1/90000,setpts='(N/30+0.006*sin(N*1.7))/TB'"
HALVED = "settb=1/90000,setpts='if(lt(N,120),N/30,4+(N-120)/15)/TB'"
PASSED = ("-fps_mode", "passthrough", "-enc_time_base", "1:90000")


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "webm"])
def test_a_phones_unsteady_rate_becomes_constant_and_stays_in_sync(
    studio: Studio, clip_of: MakeClip, container: str
) -> None:
    codecs = {"webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M")}
    picture = codecs.get(container, ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"))
    master = studio.shoot(
        f"jitter.{container}", rate="30", times=_jitter, picture_filter=JITTER, picture=picture, rest=PASSED,
        sound=("-c:a", "libopus") if container == "webm" else ("-c:a", "aac"),
    )  # fmt: skip
    clip = clip_of(master.path)
    assert_to_the_frame(clip, "30")
    assert_shows(clip, master, across=1.6, down=1.6, within=Fraction(1, 60) + Fraction(7, 1000))
    assert_in_sync(clip, master, within=Fraction(1, 100))
    numbers = clip.numbers(master.marks.scaled(1.6, 1.6))
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_rate_that_halves_on_the_way_is_shown_at_the_right_times(
    studio: Studio, clip_of: MakeClip, container: str
) -> None:
    master = studio.shoot(
        f"halved.{container}", rate="30", seconds=8, times=_halved, picture_filter=HALVED, rest=PASSED,
        pictures=None,
    )  # fmt: skip
    clip = clip_of(master.path)
    assert_shows(clip, master, across=1.6, down=1.6, within=Fraction(1, 15))
    assert_in_sync(clip, master, within=Fraction(1, 30))
    assert_to_the_frame(clip, str(clip.rate))


@pytest.fixture
def picky(small_presets: Path) -> None:
    """Add a platform that takes no more than 30 pictures a second, and one that takes no fewer than 23."""
    wide = (small_presets / "platforms" / "mini-wide.toml").read_text()
    for name, least, most in (("mini-slow", "10/1", "30/1"), ("mini-fast", "23/1", "60/1")):
        rates = wide.replace('min = "10/1", max = "60/1"', f'min = "{least}", max = "{most}"')
        (small_presets / "platforms" / f"{name}.toml").write_text(rates)


@pytest.mark.usefixtures("picky")
@pytest.mark.parametrize(
    ("film", "platform", "clip_rate"),
    [
        ("60", "mini-slow", "30"),
        ("50", "mini-slow", "25"),
        ("60000/1001", "mini-slow", "30000/1001"),
        ("120", "mini-slow", "30"),
        ("144", "mini-fast", "48"),
        ("24000/1001", "mini-fast", "24000/1001"),
        ("12", "mini-fast", "24"),
        ("10", "mini-fast", "30"),
    ],
)
def test_a_rate_is_divided_or_multiplied_only_where_a_platform_demands_it(
    studio: Studio, clip_of: MakeClip, film: str, platform: str, clip_rate: str
) -> None:
    """Each picture is the one on screen in the film at that very time: every second one, or each one twice."""
    master = studio.shoot(f"{platform}-{film.replace('/', '-')}.mp4", rate=film, seconds=4, sound=None)
    clip = clip_of(master.path, platform)
    assert_to_the_frame(clip, clip_rate)
    rate = FrameRate.parse(film)
    numbers = clip.numbers(master.marks.scaled(1.6, 1.6))
    assert numbers == [rate.frame_at(clip.start + time) for time in clip.times]


@pytest.mark.usefixtures("picky")
def test_a_phones_unsteady_60_becomes_a_steady_30(studio: Studio, clip_of: MakeClip) -> None:
    unsteady = "settb=1/90000,setpts='(N*1001/60000+0.003*sin(N*1.7))/TB'"
    master = studio.shoot(
        "unsteady-60.mp4", rate="60000/1001", seconds=4, sound=None, picture_filter=unsteady, rest=PASSED,
        times=lambda n: Fraction(n * 1001, 60000),
    )  # fmt: skip
    clip = clip_of(master.path, "mini-slow")
    assert clip.rate in (Fraction(30000, 1001), Fraction(30))
    assert_shows(clip, master, across=1.6, down=1.6, within=Fraction(1, 60))
    numbers = clip.numbers(master.marks.scaled(1.6, 1.6))
    assert all(1 <= later - earlier <= 3 for earlier, later in pairwise(numbers))


def _pulled_down(folder: Path, container: str) -> Path:
    """Write film as NTSC discs hold it: of 24000/1001 pictures a second, every second one shows a field twice."""
    pictures = plain_pictures(96, (160, 96), Marks())
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "160x96", "-r", "24000/1001", "-i", "-")
    plain = folder / "plain.m2v"
    ffmpeg(*source, "-c:v", "mpeg2video", "-q:v", "2", "-bf", "0", "-g", "12", plain, given=pictures.tobytes())
    stream = bytearray(plain.read_bytes())
    for header in re.finditer(rb"\x00\x00\x01\xb3", bytes(stream)):
        stream[header.start() + 7] = stream[header.start() + 7] & 0xF0 | 4  # 30000/1001 a second
    number = 0
    for header in re.finditer(rb"\x00\x00\x01\xb5", bytes(stream)):
        at = header.start() + 4
        if stream[at] >> 4 == 1:
            stream[at + 1] &= 0xF7  # the sequence may hold fields
        elif stream[at] >> 4 == 8:
            top_first, again = number % 4 in (0, 3), number % 2 == 0
            stream[at + 3] = stream[at + 3] & 0x7D | top_first << 7 | again << 1
            stream[at + 4] |= 0x80  # the picture itself is progressive
            number += 1
    (folder / "pulled.m2v").write_bytes(stream)
    film = folder / f"pulled.{container}"
    ffmpeg("-fflags", "+genpts", "-i", folder / "pulled.m2v", "-c", "copy", film)
    return film


@pytest.mark.parametrize("container", ["mpg", "ts", "mkv"])
def test_film_on_an_ntsc_disc_has_its_own_rate(container: str, tmp_path: Path) -> None:
    facts = probe(_pulled_down(tmp_path, container)).picture
    assert (facts.rate.fps, facts.scan) == (Fraction(24000, 1001), "progressive")


def test_film_on_an_ntsc_disc_shows_each_picture_once(clip_of: MakeClip, tmp_path: Path) -> None:
    clip = clip_of(_pulled_down(tmp_path, "ts"))
    assert_to_the_frame(clip, "24000/1001")
    numbers = clip.numbers(Marks().scaled(1.6, 1.6))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _shown_at(rate: str, count: int = 12) -> list[Fraction]:
    return [n / Fraction(rate) for n in range(count)]


@pytest.mark.parametrize(
    ("told", "times", "natural"),
    [
        (["24000/1001"] * 3, _shown_at("24000/1001"), "24000/1001"),
        (["2997/100"], _shown_at("30000/1001"), "30000/1001"),
        (["1000", "1000"], _shown_at("30"), "30"),  # what an AVI says that leaves most pictures out
        (["30", "1000"], _shown_at("30"), "30"),
        (["53/2", "30000/1001"], [Fraction(5 * (n // 2) + 3 * (n % 2), 1) * Fraction(1001, 60000) for n in range(12)],
         "24000/1001"),
        (["30"], [Fraction(n, 30) + Fraction(n % 2, 90) for n in range(12)], "30"),  # unsteady, not pulled down
        (["37"], _shown_at("37"), "37"),
        ([], _shown_at("25"), "25"),
    ],
)  # fmt: skip
def test_the_natural_rate_is_what_the_pictures_were_made_for(
    told: list[str], times: list[Fraction], natural: str
) -> None:
    assert natural_rate([Fraction(rate) for rate in told], times) == FrameRate.parse(natural)


@pytest.mark.parametrize(("rate", "words"), [("1000", "1000 pictures a second"), ("1/2", "0.5 pictures a second")])
def test_rates_that_no_film_has_are_refused(studio: Studio, rate: str, words: str) -> None:
    pictures = plain_pictures(8, (64, 36), Marks(4, 4))
    master = studio.shoot(f"odd-{rate.replace('/', '-')}.mp4", rate=rate, pictures=pictures, seconds=1, sound=None)
    with pytest.raises(MasterError, match=words) as refusal:
        probe(master.path)
    assert "1 to 480" in str(refusal.value)
