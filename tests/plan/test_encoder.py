"""x264 is set within a level that allows the picture, and capped by what the platforms allow."""

from __future__ import annotations

import functools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.encoder import CRF, THREADS, keyframe_interval, x264_for
from pipeline.plan.levels import level_for
from pipeline.plan.streams import MasterFormat, PictureStream, StreamPlan, plan_streams
from pipeline.presets import PlatformPreset, load_platforms
from pipeline.timebase import FrameRate

# ITU-T H.264 table A-1: level, macroblocks per second and per frame, decoded picture buffer in macroblocks.
TABLE = {"3.0": (40500, 1620, 8100), "3.1": (108000, 3600, 18000), "3.2": (216000, 5120, 20480),
         "4.0": (245760, 8192, 32768), "4.1": (245760, 8192, 32768), "4.2": (522240, 8704, 34816),
         "5.0": (589824, 22080, 110400), "5.1": (983040, 36864, 184320), "5.2": (2073600, 36864, 184320)}  # fmt: skip


def _stream(width: int, height: int, rate: str, most: int | None = None) -> PictureStream:
    return PictureStream(width, height, FrameRate.parse(rate), 48, 2, None, most, "crop", Fraction(1))


@pytest.mark.parametrize(
    ("width", "height", "rate", "level"),
    [
        (1080, 1920, "24", "4.0"), (1080, 1920, "30", "4.0"), (1080, 1920, "60", "4.2"), (1920, 1080, "60", "4.2"),
        (720, 1280, "30", "3.1"), (720, 1280, "60", "3.2"), (1080, 1350, "30", "4.0"), (640, 360, "24", "3.0"),
        (3840, 2160, "30", "5.1"), (3840, 2160, "60", "5.2"), (160, 90, "25", "3.0"),
    ],
)  # fmt: skip
def test_known_pictures_have_known_levels(width: int, height: int, rate: str, level: str) -> None:
    assert x264_for(_stream(width, height, rate)).level == level


@given(
    st.integers(1, 1920), st.integers(1, 1080), st.sampled_from(["24", "30000/1001", "60"]),
    st.one_of(st.none(), st.integers(100, 60_000)),
)  # fmt: skip
def test_the_level_allows_size_rate_references_and_bits(width: int, height: int, rate: str, most: int | None) -> None:
    stream = _stream(width * 2, height * 2, rate, most)
    encoder = x264_for(stream)
    blocks = -(-stream.width_px // 16) * -(-stream.height_px // 16)
    per_second, per_frame, buffer = TABLE[encoder.level]
    assert blocks <= per_frame and blocks * stream.frame_rate.fps <= per_second
    assert blocks * encoder.references <= buffer
    assert most is None or encoder.maxrate_kbps <= most
    assert encoder.bufsize_kbit == encoder.maxrate_kbps >= 1


def test_the_lowest_level_is_taken_and_more_bits_ask_for_a_higher_one() -> None:
    rate = FrameRate(Fraction(24))
    assert level_for(width_px=1920, height_px=1080, rate=rate, maxrate_kbps=25_000).name == "4.0"
    assert level_for(width_px=1920, height_px=1080, rate=rate, maxrate_kbps=25_001).name == "4.1"


def test_a_picture_past_every_level_is_refused() -> None:
    with pytest.raises(PlanError, match=r"past every H\.264 level"):
        x264_for(_stream(7680, 4320, "60"))


def test_what_decides_the_bytes_is_named() -> None:
    encoder = x264_for(_stream(1080, 1920, "24"))
    assert (encoder.crf, encoder.threads, encoder.keyframe_interval_frames, encoder.b_frames) == (CRF, THREADS, 48, 2)


@functools.cache
def _joined_streams(rate: str) -> tuple[StreamPlan, dict[str, PlatformPreset]]:
    platforms = load_platforms(())
    film = MasterFormat(1920, 1080, FrameRate.parse(rate), 2)
    plan = plan_streams(platforms, film, Fraction(45), pieces="several")
    return plan, {one.id: one for one in platforms}


@given(st.sampled_from(["24000/1001", "24", "25", "30000/1001", "50", "60"]), st.integers(1, 3000))
def test_keyframes_of_pieces_that_are_joined_keep_every_platforms_distance(rate: str, frames: int) -> None:
    plan, platforms = _joined_streams(rate)
    for assignment in plan.assignments:
        platform = platforms[assignment.platform]
        stream, limit = assignment.picture, platform.picture.keyframe_interval_s
        interval = keyframe_interval(stream, frames)
        groups = [interval] * (frames // interval) + ([frames % interval] if frames % interval else [])
        if limit.max is not None and frames >= stream.keyframe_interval_frames_min:
            assert max(groups) <= (limit.max * stream.frame_rate.fps).__ceil__()
        if limit.min is not None and frames >= stream.keyframe_interval_frames_min:
            assert min(groups) >= (limit.min * stream.frame_rate.fps).__floor__()


def test_platforms_whose_distances_leave_no_room_share_no_picture_that_is_joined() -> None:
    platforms = load_platforms(["facebook-reels", "youtube-shorts", "tiktok"])
    film = MasterFormat(1920, 1080, FrameRate(Fraction(24)), 2)
    whole, joined = (plan_streams(platforms, film, Fraction(45), pieces=pieces) for pieces in ("one", "several"))
    assert len(whole.pictures) == 1 and len(joined.pictures) == 2
    assert any("pieces that are joined begin with a keyframe each" in reason for reason in joined.reasons)
