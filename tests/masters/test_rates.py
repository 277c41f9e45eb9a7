"""Constant and variable frame rates: the right picture at the right time, with the sound that belongs to it."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest

from tests.masters.studio import Studio
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
