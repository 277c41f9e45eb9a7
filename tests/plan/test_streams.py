"""The fewest streams: what the shipped platforms share, and what they say of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pipeline.errors import PlanError
from pipeline.plan.streams import Assignment, MasterFormat, PictureStream, SoundStream, StreamPlan, plan_streams
from pipeline.presets import load_platforms
from pipeline.timebase import FrameRate

FILM = FrameRate(Fraction(24000, 1001))
SIXTY = FrameRate(Fraction(60))
FULL_HD = MasterFormat(1920, 1080, FILM, 2)
VERTICAL = {"facebook-reels", "instagram-reels", "snapchat-spotlight", "tiktok", "youtube-shorts"}


def _plan(*names: str, master: MasterFormat = FULL_HD, seconds: Fraction = Fraction(45)) -> StreamPlan:
    return plan_streams(load_platforms(names), master, seconds)


def _clips(plan: StreamPlan) -> dict[str, Assignment]:
    return {one.platform: one for one in plan.assignments}


def _who_shares(plan: StreamPlan, stream: str) -> list[set[str]]:
    streams: tuple[Any, ...] = plan.pictures if stream == "picture" else plan.sounds
    return [{one.platform for one in plan.assignments if getattr(one, stream) == each} for each in streams]


def test_nine_platforms_need_four_pictures_and_two_sounds() -> None:
    plan = _plan()
    assert _who_shares(plan, "picture") == [VERTICAL, {"instagram-feed"}, {"linkedin", "x"}, {"square"}]
    instagram = {"instagram-feed", "instagram-reels", "square"}
    assert _who_shares(plan, "sound") == [(VERTICAL - instagram) | {"linkedin", "x"}, instagram]
    assert plan.pictures == (
        PictureStream(1080, 1920, FILM, 48, 2, None, 25000, "crop", Fraction(16, 9), 48),
        PictureStream(1080, 1350, FILM, 48, 2, None, 25000, "crop", Fraction(5, 4)),
        PictureStream(1280, 720, FILM, 48, 2, None, 86599, "crop", Fraction(2, 3)),
        PictureStream(1080, 1080, FILM, 48, 2, None, 25000, "crop", Fraction(1)),
    )
    peak, loud, limiting = Fraction(-1), Fraction(-14), Fraction(6)
    assert plan.sounds == tuple(SoundStream(kbps, loud, peak, 48000, 2, limiting) for kbps in (384, 128))
    assert {one.frame_count for one in plan.assignments} == {1078}


def test_a_platform_alone_gets_what_it_prefers() -> None:
    assert _plan("youtube-shorts").pictures[0].keyframe_interval_frames == 12
    assert (_plan("linkedin").pictures[0].width_px, _plan("linkedin").pictures[0].height_px) == (1920, 1080)


def test_reasons_say_who_shares_who_gives_way_and_who_cannot() -> None:
    assert _plan("facebook-reels", "youtube-shorts", "square").reasons == tuple(
        line.replace("\n", " ")
        for line in (
            """Facebook Reels and YouTube Shorts share one picture: 1080x1920 at 24000/1001,
a keyframe every 48 frames, 2 B-frames, the film enlarged 1.78 times.""",
            "YouTube Shorts alone would have keyframe_interval_frames 12 instead of 48.",
            """Square 1:1 has its own picture: 1080x1080 at 24000/1001,
a keyframe every 48 frames, 2 B-frames, at most 25000 kb/s.""",
            """Facebook Reels and Square 1:1 cannot share a picture: Facebook Reels takes picture.aspect 9:16,
Square 1:1 takes picture.aspect 1:1.""",
            """Facebook Reels and YouTube Shorts share one sound: 384 kb/s at -14 LUFS and at most -1 dBTP,
limited by at most 6 dB.""",
            "Square 1:1 has its own sound: 128 kb/s at -14 LUFS and at most -1 dBTP, limited by at most 6 dB.",
            """YouTube Shorts and Square 1:1 cannot share a sound: YouTube Shorts takes sound.audio_kbps at least 384,
prefers 384, Square 1:1 takes sound.audio_kbps exactly 128.""",
        )
    )


def test_what_a_limiter_may_do_is_a_reason_for_another_sound() -> None:
    x, linkedin = load_platforms(["x", "linkedin"])[::-1]
    strict = x.model_copy(update={"sound": x.sound.model_copy(update={"limiting_db_max": Fraction(3)})})
    assert len(plan_streams((linkedin, x), FULL_HD, Fraction(45)).sounds) == 1
    plan = plan_streams((linkedin, strict), FULL_HD, Fraction(45))
    assert sorted(sound.limiting_db_max for sound in plan.sounds) == [3, 6]
    assert "takes sound.limiting_db_max 6" in plan.reasons[-1] and "takes sound.limiting_db_max 3" in plan.reasons[-1]


def test_a_silent_master_needs_no_sound() -> None:
    plan = _plan("tiktok", master=MasterFormat(1920, 1080, FILM, 0))
    assert (plan.sounds, plan.assignments[0].sound) == ((), None)
    assert plan.reasons[-1] == "The master is silent, so no clip has sound."


@pytest.mark.parametrize(
    ("film", "tiktok", "linkedin"),
    [("60/1", "60/1", "30/1"), ("60000/1001", "60000/1001", "30000/1001"), ("50/1", "50/1", "25/1"),
     ("120/1", "60/1", "30/1"), ("15/1", "30/1", "15/1"), ("24/1", "24/1", "24/1"), ("18/1", "36/1", "18/1")],
)  # fmt: skip
def test_the_film_rate_is_kept_or_divided_or_multiplied(film: str, tiktok: str, linkedin: str) -> None:
    clips = _clips(_plan("tiktok", "linkedin", master=MasterFormat(1920, 1080, FrameRate.parse(film), 2)))
    assert (str(clips["tiktok"].picture.frame_rate), str(clips["linkedin"].picture.frame_rate)) == (tiktok, linkedin)


def test_sharing_goes_before_a_higher_rate_and_says_so() -> None:
    plan = _plan("linkedin", "x", master=MasterFormat(1920, 1080, SIXTY, 2))
    assert [str(one.frame_rate) for one in plan.pictures] == ["30/1"]
    assert "X alone would have frame_rate 60/1 instead of 30/1, keyframe_interval_frames 120 instead of 60." in (
        plan.reasons
    )


def test_the_file_size_bounds_the_bit_rate_of_long_clips() -> None:
    plan = _plan("instagram-reels", seconds=Fraction(900))
    assert plan.pictures[0].max_kbps == 2485  # 300 MB in 900 s are 2666 kb/s, of which 98 % less 128 of sound


def test_clips_that_are_too_long_name_every_platform() -> None:
    with pytest.raises(PlanError) as caught:
        _plan(seconds=Fraction(100))
    assert "Facebook Reels takes file.duration_s 3 to 90, not 100 seconds" in str(caught.value)
    assert (caught.value.data["platform"], caught.value.data["field"]) == ("facebook-reels", "file.duration_s")
    assert [one[0] for one in caught.value.data["problems"]] == ["facebook-reels", "snapchat-spotlight"]


def test_whole_frames_must_reach_the_shortest_length() -> None:
    with pytest.raises(PlanError, match=r"71 whole frames at 24000/1001 are shorter\. Ask for 3003/1000 seconds"):
        _plan("linkedin", seconds=Fraction(3))
    assert _plan("linkedin", seconds=Fraction(3003, 1000)).assignments[0].frame_count == 72


@pytest.mark.parametrize("seconds", [Fraction(0), Fraction(-1)])
def test_clips_without_length_are_refused(seconds: Fraction) -> None:
    with pytest.raises(PlanError, match="seconds"):
        _plan("tiktok", seconds=seconds)


def test_no_platform_is_no_plan() -> None:
    with pytest.raises(PlanError, match="No platform"):
        plan_streams((), FULL_HD, Fraction(45))


def test_platforms_that_are_laid_out_by_themselves_share_no_picture() -> None:
    platforms = load_platforms(("tiktok", "instagram-reels", "x"))
    apart = plan_streams(platforms, FULL_HD, Fraction(45), laid={"tiktok": 1, "instagram-reels": 2, "x": 3})
    together = plan_streams(platforms, FULL_HD, Fraction(45), laid={"tiktok": 1, "instagram-reels": 1, "x": 3})
    assert (len(apart.pictures), len(together.pictures)) == (3, 2)
    assert any("cannot share a picture" in line and "laid out by itself" in line for line in apart.reasons)
