"""A picture is placed whole or filled, in even pixels, with its shape kept; stretches begin on the frame they show."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.facts import Colour, PictureFacts
from pipeline.framing import Area, FramedStretch, centred, filling
from pipeline.graph import Panel, View
from pipeline.plan.framing import picture_area, rotated_size, views_of
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate

R24 = FrameRate(Fraction(24))
SHOT = (0, 24)
Numbers = tuple[int, int, int, int]


def _picture(width: int, height: int, aspect: Fraction = Fraction(1), rotation: int = 0) -> PictureFacts:
    return PictureFacts(0, "h264", width, height, aspect, rotation, "yuv420p", 8, Colour(None, None, None, None),
                        "progressive", R24, Fraction(0), None)  # fmt: skip


def _views(picture: PictureFacts, size: tuple[int, int], *stretches: FramedStretch, rate: FrameRate = R24,
           frames: int = 24) -> tuple[View, ...]:  # fmt: skip
    return views_of(stretches, picture, Timeline(R24, 240), size=size, rate=rate, start=Fraction(0), frames=frames)


def _place(picture: PictureFacts, width: int, height: int, fit: Literal["crop", "pad"] = "crop") -> Panel:
    middle = centred(picture_area(picture), SHOT, shape=Fraction(width, height), fit=fit)
    return _views(picture, (width, height), middle)[0].panels[0]


def _window(panel: Panel) -> Numbers:
    """Return width, height, left and top of a window that stands still."""
    knot = panel.window.path.knots[0]
    assert panel.window.path.is_still and knot.left_px.denominator == knot.top_px.denominator == 1
    return panel.window.width_px, panel.window.height_px, int(knot.left_px), int(knot.top_px)


@pytest.mark.parametrize(
    ("picture", "size", "crop"),
    [
        (_picture(1920, 1080), (1080, 1920), (608, 1080, 656, 0)),
        (_picture(1920, 1080), (1920, 1080), (1920, 1080, 0, 0)),
        (_picture(1920, 1080), (1080, 1080), (1080, 1080, 420, 0)),
        (_picture(1080, 1920), (1920, 1080), (1080, 608, 0, 656)),
        (_picture(1920, 1080, rotation=90), (1080, 1920), (1080, 1920, 0, 0)),
        (_picture(1440, 1080, Fraction(4, 3)), (1920, 1080), (1440, 1080, 0, 0)),
        (_picture(720, 576, Fraction(64, 45)), (1080, 1920), (228, 576, 246, 0)),
        (_picture(1440, 1080, Fraction(4, 3), 90), (1080, 1920), (1080, 1440, 0, 0)),
    ],
)
def test_filling_cuts_the_sides_that_are_too_much(picture: PictureFacts, size: tuple[int, int], crop: Numbers) -> None:
    panel = _place(picture, *size)
    assert _window(panel) == crop
    assert (panel.left_px, panel.top_px, panel.width_px, panel.height_px) == (0, 0, *size)


@pytest.mark.parametrize(
    ("picture", "size", "shown"),
    [
        (_picture(1920, 1080), (1080, 1920), (1080, 608)),
        (_picture(1080, 1920), (1920, 1080), (608, 1080)),
        (_picture(720, 576, Fraction(64, 45)), (1920, 1080), (1920, 1080)),
        (_picture(1440, 1080, Fraction(4, 3), 270), (1080, 1920), (1080, 1920)),
        (_picture(1998, 1080), (1920, 1080), (1920, 1038)),
    ],
)
def test_padding_shows_all_of_the_picture(picture: PictureFacts, size: tuple[int, int], shown: tuple[int, int]) -> None:
    panel = _place(picture, *size, fit="pad")
    assert (panel.width_px, panel.height_px) == shown
    assert _window(panel) == (*rotated_size(picture), 0, 0)
    assert abs(2 * panel.left_px + panel.width_px - size[0]) <= 2 and panel.left_px % 2 == 0
    assert abs(2 * panel.top_px + panel.height_px - size[1]) <= 2 and panel.top_px % 2 == 0


aspects = st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(64, 45), Fraction(8, 9), Fraction(2)])


@given(
    st.integers(64, 4096), st.integers(64, 4096), aspects, st.sampled_from([0, 90, 180, 270]),
    st.integers(32, 1000), st.integers(32, 1000), st.sampled_from(["crop", "pad"]),
)  # fmt: skip
def test_placements_are_even_inside_and_true_to_shape(
    width: int, height: int, aspect: Fraction, rotation: int, across: int, down: int, fit: Literal["crop", "pad"]
) -> None:
    picture = _picture(width, height, aspect, rotation)
    panel = _place(picture, across * 2, down * 2, fit)
    window, (stored_width, stored_height) = _window(panel), rotated_size(picture)
    numbers = (*window, panel.left_px, panel.top_px, panel.width_px, panel.height_px)
    assert all(number % 2 == 0 and number >= 0 for number in numbers) and min(*window[:2], *numbers[6:]) >= 2
    assert window[2] + window[0] <= stored_width and window[3] + window[1] <= stored_height
    assert panel.left_px + panel.width_px <= across * 2 and panel.top_px + panel.height_px <= down * 2
    # Centred to the pixel pair, and no side stretched by more than the rounding to even numbers.
    assert abs(stored_width - window[0] - 2 * window[2]) <= 3
    assert abs(stored_height - window[1] - 2 * window[3]) <= 3
    # The picture as shown is even as well, which counts for very flat ones.
    shown = picture.display_size
    pixel = Fraction(shown[0], stored_width) / Fraction(shown[1], stored_height)
    stretch = Fraction(panel.width_px, panel.height_px) / (Fraction(window[0], window[1]) * pixel)
    rounding = sum(Fraction(2, number) for number in (*window[:2], *numbers[6:]))
    assert abs(stretch - 1) <= 2 * rounding or min(numbers[6:]) < 8


def test_a_stretch_begins_with_the_first_output_frame_that_shows_it() -> None:
    picture = _picture(1920, 1080)
    area = picture_area(picture)
    two = (
        centred(area, (0, 5), shape=Fraction(9, 16), fit="crop"),
        centred(area, (5, 24), shape=Fraction(9, 16), fit="pad"),
    )
    assert [view.frames for view in _views(picture, (1080, 1920), *two)] == [5, 19]
    # Every second picture: frames 0, 2, 4 show the first stretch, 6 is the first of the second.
    halved = _views(picture, (1080, 1920), *two, rate=FrameRate(Fraction(12)), frames=12)
    assert [view.frames for view in halved] == [3, 9]
    doubled = _views(picture, (1080, 1920), *two, rate=FrameRate(Fraction(48)), frames=48)
    assert [view.frames for view in doubled] == [10, 38]


def test_a_moving_window_keeps_its_parts_of_pixels_and_stays_in_the_picture() -> None:
    picture = _picture(1440, 1080, Fraction(4, 3))  # shown as 1920 wide
    path = _pan((0, Fraction(-8)), (12, Fraction(1001, 3)), (18, Fraction(401)), (20, Fraction(401)))
    panel = filling(Area(Fraction(0), Fraction(0), Fraction(1215, 2), Fraction(1080)), path)
    (view,) = _views(picture, (1080, 1920), FramedStretch(SHOT, (panel,)))
    # It stands at even pixels alone, which need no interpolation.
    assert view.panels[0].window.path == _pan(
        (0, Fraction(0)), (12, Fraction(1001, 4)), (18, Fraction(300)), (20, Fraction(300))
    )


def test_knots_fall_between_frames_where_only_every_second_is_shown() -> None:
    picture, timeline = _picture(1920, 1080), Timeline(FrameRate(Fraction(60)), 240)
    area = picture_area(picture)
    pan = filling(Area(Fraction(0), Fraction(0), Fraction(608), Fraction(1080)),
                  _pan((0, Fraction(0)), (5, Fraction(50)), (11, Fraction(110)), (20, Fraction(200))))  # fmt: skip
    stretches = (centred(area, (0, 15), shape=Fraction(9, 16), fit="crop"), FramedStretch((15, 60), (pan,)))
    whole = replace(picture, rate=FrameRate(Fraction(60)))
    first, second = views_of(stretches, whole, timeline, size=(1080, 1920), rate=FrameRate(Fraction(30)),
                             start=Fraction(0), frames=30)  # fmt: skip
    assert (first.frames, second.frames) == (8, 22)
    # The clip shows frame 16 of the film as the first of the stretch, which begins at 15.
    path = second.panels[0].window.path
    assert [knot.frame for knot in path.knots] == [Fraction(-1, 2), 2, 5, Fraction(19, 2)]
    assert path.at(0) == pan.path.at(1) and path.at(2)[0] == 50


def test_a_picture_that_was_on_screen_before_the_in_point_has_its_window_where_it_would_be_by_then() -> None:
    picture, timeline = _picture(1920, 1080), Timeline.of_times(R24, (Fraction(0), Fraction(3), Fraction(6)))
    panel = filling(
        Area(Fraction(0), Fraction(0), Fraction(608), Fraction(1080)), _pan((0, Fraction(0)), (1, Fraction(90)))
    )
    (view,) = views_of((FramedStretch((0, 2), (panel,)),), picture, timeline, size=(1080, 1920), rate=R24,
                       start=Fraction(2), frames=48)  # fmt: skip
    path = view.panels[0].window.path
    assert [knot.frame for knot in path.knots] == [-48, 24] and path.at(24)[0] == 90 and 60 < path.at(0)[0] < 70


def _pan(*places: tuple[int, Fraction]) -> CameraPath:
    return CameraPath(tuple(Knot(frame, left, Fraction(0)) for frame, left in places))


def test_a_picture_with_hardly_any_room_is_not_moved() -> None:
    picture = _picture(612, 1080)
    path = CameraPath((Knot(0, Fraction(0), Fraction(0)), Knot(12, Fraction(4), Fraction(0))))
    panel = filling(Area(Fraction(0), Fraction(0), Fraction(608), Fraction(1080)), path)
    (view,) = _views(picture, (1080, 1920), FramedStretch(SHOT, (panel,)))
    assert _window(view.panels[0]) == (608, 1080, 2, 0)
