"""Each codec's encoder is set as its ladder says, at the lowest level that allows a rendition."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.codecs import Codec
from pipeline.errors import PlanError
from pipeline.graph import RungEncoder, RungSvtAv1, RungX264, RungX265, Take
from pipeline.ladders import Encoding
from pipeline.plan.rung_encoders import encoder_for, key_encoder, takes_for
from pipeline.timebase import FrameRate

FILM = FrameRate(Fraction(24))


def made(
    codec: Codec, *, size: tuple[int, int] = (1280, 720), kbps: int | None = 4_000, level: int | None = None
) -> RungEncoder:
    preset = "8" if codec == "av1" else "fast"
    return encoder_for(
        codec,
        Encoding(preset=preset),
        size=size,
        rate=FILM,
        keyframe_interval=48,
        maxrate_kbps=kbps,
        average_kbps=None,
        level_kbps=level,
    )


@pytest.mark.parametrize(("codec", "kind"), [("h264", RungX264), ("hevc", RungX265), ("av1", RungSvtAv1)])
def test_every_codec_has_its_encoder_at_its_own_level(codec: Codec, kind: type[RungEncoder]) -> None:
    encoder = made(codec)
    assert isinstance(encoder, kind) and (encoder.level, encoder.maxrate_kbps) == ("3.1", 4_000)


@pytest.mark.parametrize(("codec", "kbps"), [("h264", 17_500), ("hevc", 10_000), ("av1", 10_000)])
def test_what_nothing_else_holds_is_held_at_what_its_level_allows(codec: Codec, kbps: int) -> None:
    assert made(codec, kbps=None).maxrate_kbps == kbps


def test_a_level_allows_more_than_a_rendition_takes_where_others_need_it() -> None:
    assert [made("hevc", kbps=4_000, level=level).level for level in (None, 11_000)] == ["3.1", "4.0"]


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_a_picture_that_an_encoder_does_not_take_is_refused(codec: Codec) -> None:
    assert made("h264", size=(14, 2))
    with pytest.raises(PlanError, match="14×16 is too small"):
        made(codec, size=(14, 16))


def test_key_pictures_are_held_under_their_average_over_two_seconds() -> None:
    encoder = key_encoder(size=(640, 360), rate=FrameRate(Fraction(1)), average_kbps=42)
    assert (encoder.maxrate_kbps, encoder.bufsize_kbit, encoder.average_kbps) == (36, 72, None)
    assert (encoder.b_frames, encoder.references) == (0, 1)


@given(st.lists(st.builds(Take, st.integers(1, 500), st.integers(72, 240).map(lambda k: Fraction(k, 4))), max_size=6))
def test_av1_has_one_quality_for_a_chunk_and_others_their_own(takes: list[Take]) -> None:
    assert takes_for("hevc", tuple(takes)) == tuple(takes)
    found = takes_for("av1", tuple(takes))
    assert len(found) == min(1, len(takes)) and sum(one.frames for one in found) == sum(one.frames for one in takes)
    for one in found:
        mean = sum((take.crf * take.frames for take in takes), Fraction(0)) / one.frames
        assert abs(one.crf - mean) <= Fraction(1, 8) and one.crf.denominator in (1, 2, 4)


@pytest.mark.parametrize(
    ("codec", "size", "kbps", "told"),
    [
        ("h264", (8192, 4320), 1000, "takes level 6.0 of h264, and devices decode 5.2 at most"),
        ("hevc", (256, 144), 40_001, "and 40001 kb/s takes level 5.2 of hevc, and devices decode 5.1 at most"),
        ("av1", (256, 144), 160_001, "and 160001 kb/s is past every AV1 level"),
    ],
)
def test_what_no_device_decodes_is_refused(codec: Codec, size: tuple[int, int], kbps: int, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        made(codec, size=size, kbps=kbps)
