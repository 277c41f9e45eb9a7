"""Which faces framing is judged by, how a film is made into clips for it, and how faces that walk are followed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from bench.crops import Kept, Tally
from bench.framed import split_film
from bench.framing_verdicts import Judged
from bench.walks import COURSES, follow_walk
from bench.yardstick import Moment, trusted_moments
from pipeline.facts import Colour, PictureFacts
from pipeline.plan.features import FaceBox
from pipeline.plan.reframing import Wish
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import Sight, Spread
from pipeline.presets import load_style
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24))
TIMELINE = Timeline(RATE, 240)
PICTURE = PictureFacts(
    0, "h264", 1280, 720, Fraction(1), 0, "yuv420p", 8, Colour(None, None, None, None), "progressive", RATE,
    Fraction(0), 240,
)  # fmt: skip


def sight(frame: int, *faces: FaceBox) -> Sight:
    return Sight(TIMELINE.time_of(frame), faces, Spread(()), Spread(()))


def face(confidence: float = 0.8, left: float = 0.4) -> FaceBox:
    return FaceBox(left, 0.3, 0.1, 0.2, confidence)


def shots(*frames: int) -> tuple[Span, ...]:
    times = [TIMELINE.time_of(frame) for frame in frames]
    return tuple(Span(start, end) for start, end in pairwise(times))


def test_a_face_is_trusted_that_is_seen_again_or_clearly() -> None:
    seen = [sight(0, face()), sight(12, face()), sight(24, face())]
    assert [moment.frame for moment in trusted_moments(seen, shots(0, 240), TIMELINE)] == [0, 12, 24]
    assert trusted_moments(seen[:2], shots(0, 240), TIMELINE) == ()
    assert trusted_moments([sight(36, face(0.9))], shots(0, 240), TIMELINE) == (Moment(36, (face(0.9),)),)


def test_a_face_is_not_seen_again_in_another_shot() -> None:
    seen = [sight(0, face()), sight(12, face()), sight(24, face())]
    assert trusted_moments(seen, shots(0, 20, 240), TIMELINE) == ()


def test_what_fills_a_gap_between_two_sights_of_a_face_counts_for_nothing() -> None:
    seen = [sight(0, face()), sight(12), sight(24, face()), sight(36, face())]
    assert [moment.frame for moment in trusted_moments(seen, shots(0, 240), TIMELINE)] == [0, 24, 36]


@pytest.mark.parametrize(("frames", "count"), [(24 * 10, 1), (24 * 60, 1), (24 * 100, 2), (24 * 596 + 11, 13)])
def test_a_film_becomes_clips_that_show_each_picture_once(frames: int, count: int) -> None:
    timeline = Timeline(RATE, frames)
    spans = split_film(timeline)
    assert len(spans) == count
    assert (spans[0].start, spans[-1].end) == (0, timeline.duration)
    assert all(one.end == other.start for one, other in pairwise(spans))


def test_a_clip_is_below_the_centre_where_it_keeps_fewer_faces_whole() -> None:
    def clip(ours: int, centre: int) -> Tally:
        return Tally(9, 0, Kept(ours), Kept(centre))

    judged = Judged("film", "9:16", 24.0, (clip(5, 5), clip(4, 5), clip(6, 5)), None, None)  # type: ignore[arg-type]
    assert judged.below_centre == (2,)
    assert judged.total.ours.whole == 15


@pytest.mark.parametrize("course", COURSES)
def test_a_face_that_walks_is_followed_and_its_window_moves(course: str) -> None:
    wish = Wish(Fraction(9, 16), "crop", load_style().framing)
    walk = follow_walk(course, 0.1, PICTURE, wish)
    assert walk.way == "follows"
    assert 0 < max(walk.motion.accelerations) < max(walk.motion.speeds)
