from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import Colour, PictureFacts
from pipeline.plan.shots import Shot
from pipeline.shell.thumbnails import (
    Thumbnail,
    ThumbnailCollector,
    thumbnail_near,
    thumbnails_from_zip,
    thumbnails_to_zip,
)
from pipeline.timebase import FrameRate

FACTS = PictureFacts(
    0, "h264", 32, 18, Fraction(1), 0, "yuv420p", 8, Colour(None, None, None, None), "progressive",
    FrameRate(Fraction(24)), Fraction(0), None,
)  # fmt: skip


def look(collector: ThumbnailCollector, frames: Iterable[int], lights: dict[int, int] | None = None) -> None:
    """Let a watch look at grey pictures, one light each until another is given."""
    watch, light = collector.watch(), 100
    for frame in frames:
        light = (lights or {}).get(frame, light)
        luma = np.full((36, 64), light, np.uint8)
        raw = VideoFrame.from_ndarray(np.full((18, 32, 3), light, np.uint8), format="bgr24")
        watch.look(frame, raw, luma)


def picture_of(collector: ThumbnailCollector, shot: Shot) -> int:
    (thumbnail,) = collector.of_shots((shot,))
    return thumbnail.frame


def test_each_shot_gets_a_picture_near_its_middle() -> None:
    collector = ThumbnailCollector(FACTS)
    look(collector, range(240))
    assert abs(picture_of(collector, Shot(48, 144)) - 95.5) <= 12


def test_a_shot_shorter_than_the_step_still_has_a_picture_of_its_own() -> None:
    collector = ThumbnailCollector(FACTS)
    look(collector, range(48), {14: 200, 20: 50})
    assert 14 <= picture_of(collector, Shot(14, 20)) < 20


def test_a_long_film_keeps_a_bounded_number() -> None:
    collector = ThumbnailCollector(FACTS)
    for frame in range(0, 24 * 20_000, 24):
        collector.hold(frame, b"")
    assert len(collector._held) <= 8000
    assert abs(picture_of(collector, Shot(200_000, 202_000)) - 201_000) <= 96


@given(
    st.sets(st.integers(0, 60), min_size=1),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=5),
)
def test_it_is_the_nearest_to_the_middle_inside_the_shot_where_one_is(
    held: set[int], shots: list[tuple[int, int]]
) -> None:
    collector = ThumbnailCollector(FACTS)
    for frame in held:
        collector.hold(frame, b"")
    asked = tuple(Shot(start, start + length) for start, length in shots)
    for shot, found in zip(asked, collector.of_shots(asked), strict=True):
        inside = held & set(range(shot.start_frame, shot.end_frame)) or held
        middle = (shot.start_frame + shot.end_frame - 1) / 2
        assert found.frame == min(inside, key=lambda frame: (abs(frame - middle), frame))


def test_the_archive_gives_back_equal_thumbnails_and_equal_bytes() -> None:
    thumbnails = tuple(Thumbnail(frame, bytes([frame % 256]) * 5) for frame in (5, 700, 120_000))
    assert thumbnails_from_zip(thumbnails_to_zip(thumbnails)) == thumbnails
    assert thumbnails_to_zip(thumbnails) == thumbnails_to_zip(thumbnails)


def test_other_bytes_are_no_thumbnails() -> None:
    with pytest.raises(ValueError, match="thumbnails"):
        thumbnails_from_zip(b"PK nothing")


def test_one_picture_is_read_alone_the_nearest_to_a_frame(tmp_path: Path) -> None:
    archive = tmp_path / "thumbnails.zip"
    archive.write_bytes(thumbnails_to_zip((Thumbnail(10, b"ten"), Thumbnail(90, b"ninety"))))
    assert [thumbnail_near(archive, frame) for frame in (0, 40, 60, 5000)] == [b"ten", b"ten", b"ninety", b"ninety"]
    for data in (b"no archive", thumbnails_to_zip(())):
        archive.write_bytes(data)
        with pytest.raises(ValueError):
            thumbnail_near(archive, 0)
