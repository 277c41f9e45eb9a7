from fractions import Fraction

import numpy as np
import pytest

from pipeline.plan.shots import Shot
from pipeline.shell.pixels import SmallPicture
from pipeline.shell.thumbnails import Thumbnail, ThumbnailCollector, thumbnails_from_zip, thumbnails_to_zip


def picture(frame: int) -> SmallPicture:
    return SmallPicture(frame, Fraction(frame, 24), np.full((18, 32, 3), frame % 256, np.uint8))


def test_each_shot_gets_a_picture_near_its_middle() -> None:
    collector = ThumbnailCollector()
    for frame in range(240):
        collector.look(picture(frame), motion=0.0)
    assert abs(collector.middle_of(Shot(48, 144)).frame - 95.5) <= 6


def test_a_shot_shorter_than_the_step_still_has_a_picture_of_its_own() -> None:
    collector = ThumbnailCollector()
    for frame in range(48):
        collector.look(picture(frame), motion=90.0 if frame in (14, 20) else 1.0)
    assert 14 <= collector.middle_of(Shot(14, 20)).frame < 20


def test_a_long_film_keeps_a_bounded_number() -> None:
    collector = ThumbnailCollector()
    for frame in range(0, 12 * 20_000, 12):
        collector.look(picture(frame), motion=0.0)
    assert len(collector._held) <= 8000
    assert abs(collector.middle_of(Shot(100_000, 101_000)).frame - 100_500) <= 48


def test_the_archive_gives_back_equal_thumbnails_and_equal_bytes() -> None:
    thumbnails = tuple(Thumbnail(frame, bytes([frame % 256]) * 5) for frame in (5, 700, 120_000))
    assert thumbnails_from_zip(thumbnails_to_zip(thumbnails)) == thumbnails
    assert thumbnails_to_zip(thumbnails) == thumbnails_to_zip(thumbnails)


def test_other_bytes_are_no_thumbnails() -> None:
    with pytest.raises(ValueError, match="thumbnails"):
        thumbnails_from_zip(b"PK nothing")
