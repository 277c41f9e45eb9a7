"""Faces and lettering of the film come to stand where the window puts them, for as long as they are seen."""

from __future__ import annotations

from fractions import Fraction

from pipeline.camera import CameraPath, Knot
from pipeline.framing import Area, FramedStretch, filling, fitting
from pipeline.geometry import Box
from pipeline.plan.features import FaceBox
from pipeline.plan.layout import Canvas
from pipeline.plan.onscreen import OnScreen, on_screen, on_screen_from_json, on_screen_to_json
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import COLUMNS, ROWS, Patch, Sight, Spread, Subjects
from pipeline.timebase import FrameRate, Span

R24 = FrameRate(Fraction(24))
TALL = Canvas(1080, 1920, ())
EVEN = (Spread.of([1.0] * COLUMNS), Spread.of([1.0] * ROWS))
FACE = FaceBox(0.5, 0.25, 0.1, 0.25, 0.9)


def _subjects(*sights: tuple[FaceBox, ...], letters: tuple[Patch, ...] | None = None) -> Subjects:
    """Return what two seconds of film from second 10 on show, four sights a second."""
    seen = tuple(Sight(10 + Fraction(n, 4), faces, *EVEN, letters) for n, faces in enumerate(sights))
    return Subjects(Span(Fraction(10), Fraction(12)), seen, ())


def _found(subjects: Subjects, *stretches: FramedStretch, begin: Fraction = Fraction(3)) -> tuple[OnScreen, ...]:
    return on_screen([(begin, subjects, stretches, Timeline(R24, 2400), (1920, 1080))], TALL)


def _window(left: int, path: CameraPath | None = None) -> FramedStretch:
    area = Area(Fraction(left), Fraction(0), Fraction(1215, 2), Fraction(1080))
    return FramedStretch((240, 288), (filling(area, path),))


def test_a_face_that_stands_is_one_box_from_its_first_sight_to_the_end() -> None:
    (one,) = _found(_subjects(*[(FACE,)] * 8), _window(900))
    assert (one.kind, one.span) == ("face", Span(Fraction(3), Fraction(5)))
    # 960 is 60 pixels into a window of 607.5 that becomes 1080 wide.
    assert one.box == Box(round(60 / 607.5 * 1080), 480, round(252 / 607.5 * 1080) - round(60 / 607.5 * 1080), 480)


def test_a_face_that_is_cut_away_is_not_on_screen_and_half_a_one_ends_at_the_edge() -> None:
    assert _found(_subjects(*[(FACE,)] * 8), _window(1160)) == ()
    (one,) = _found(_subjects(*[(FACE,)] * 8), _window(1056))
    assert (one.box.left_px, one.box.width_px) == (0, round(96 / 607.5 * 1080))


def test_a_window_that_moves_takes_the_face_with_it_and_the_face_keeps_its_number() -> None:
    path = CameraPath((Knot(0, Fraction(500), Fraction(0)), Knot(47, Fraction(940), Fraction(0))))
    places = _found(_subjects(*[(FACE,)] * 8), _window(500, path))
    assert len(places) > 2 and {one.number for one in places} == {0}
    lefts = [one.box.left_px for one in places]
    assert lefts == sorted(lefts, reverse=True) and places[-1].span.end == 5


def test_a_padded_picture_shows_everything_smaller() -> None:
    whole = Area(Fraction(0), Fraction(0), Fraction(1920), Fraction(1080))
    (one,) = _found(_subjects(*[(FACE,)] * 8), FramedStretch((240, 288), (fitting(whole, TALL.shape),)))
    assert (one.box.left_px, one.box.width_px) == (540, 108)
    assert abs(one.box.top_px - (656 + 0.25 * 607.5)) <= 1


def test_each_shot_counts_its_faces_anew_and_lettering_has_to_be_seen_again() -> None:
    two = (FramedStretch((240, 264), _window(900).panels), FramedStretch((264, 288), _window(900).panels))
    assert [one.number for one in _found(_subjects(*[(FACE,)] * 8), *two)] == [0, 1]
    row = Patch(0.55, 0.8, 0.1, 0.05)
    letters = _found(_subjects(*[()] * 8, letters=(row,)), _window(900))
    assert [(one.kind, one.span) for one in letters] == [("lettering", Span(Fraction(3), Fraction(5)))]
    seen_once = (_subjects(*[()] * 8).sights[0],)
    once = Subjects(Span(Fraction(10), Fraction(12)), (Sight(Fraction(10), (), *EVEN, (row,)), *seen_once[1:]), ())
    assert _found(once, _window(900)) == ()


def test_what_is_kept_is_read_back_as_it_was() -> None:
    found = _found(_subjects(*[(FACE,)] * 8, letters=(Patch(0.55, 0.8, 0.1, 0.05),)), _window(900))
    assert on_screen_from_json(on_screen_to_json(found)) == found and len(found) == 2
