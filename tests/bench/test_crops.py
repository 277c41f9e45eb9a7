"""What windows are said to keep of faces, how they are said to move, and how far two are said to agree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.crops import (
    Output,
    Windows,
    agreement,
    motion_of,
    percentile,
    tally,
    way_of,
    windows_at,
)
from pipeline.camera import CameraPath, Knot
from pipeline.framing import Area, FramedStretch, centred, filling, fitting
from pipeline.geometry import Box
from pipeline.plan.features import FaceBox
from pipeline.plan.layout import ButtonZone

PICTURE = Area(Fraction(0), Fraction(0), Fraction(1600), Fraction(900))
TALL = Fraction(9, 16)
WINDOW = PICTURE.largest(TALL)  # 506.25 × 900: 0.316 of the picture's width
OUTPUT = Output((float(WINDOW.width_px / PICTURE.width_px), 1.0), (1080, 1920))
BUTTONS = (ButtonZone(("Some platform",), Box(880, 0, 200, 1920)),)

shares = st.floats(0, 1, allow_nan=False)
edges = st.builds(lambda a, b, c, d: (min(a, b), min(c, d), max(a, b), max(c, d)), shares, shares, shares, shares)


def face(left: float, width: float = 0.1) -> FaceBox:
    return FaceBox(left, 0.3, width, 0.2, 0.9)


def at(left: float) -> Windows:
    """Return a tall window that begins at a share of the picture's width."""
    return (((left, 0.0, left + OUTPUT.window[0], 1.0), (0.0, 0.0, 1.0, 1.0)),)


def following(*knots: tuple[int, int], frames: int = 24) -> FramedStretch:
    path = CameraPath(tuple(Knot(frame, Fraction(left), Fraction(0)) for frame, left in knots))
    return FramedStretch((0, frames), (filling(WINDOW, path),))


def test_a_face_counts_as_whole_only_where_none_of_it_is_cut_off() -> None:
    kept = tally([face(0.45)], at(0.46), at(0.45), OUTPUT)
    assert (kept.faces, kept.ours.whole, kept.centre.whole) == (1, 0, 1)
    assert kept.ours.hidden == pytest.approx(0.1)
    assert kept.centre.hidden == pytest.approx(0)


def test_faces_too_far_apart_for_one_window_are_told_apart_from_those_that_it_loses() -> None:
    kept = tally([face(0.1), face(0.8)], at(0.05), at(0.34), OUTPUT)
    assert (kept.beyond, kept.holdable) == (2, 0)
    assert (kept.ours.whole, kept.ours.held) == (1, 0)
    assert tally([face(0.1), face(0.3)], at(0.1), at(0.34), OUTPUT).ours.held == 2


def test_a_face_larger_than_the_window_is_beyond_it() -> None:
    assert tally([face(0.3, 0.4)], at(0.3), at(0.34), OUTPUT).beyond == 1


def test_each_of_two_panels_may_show_a_face_whole() -> None:
    halves = (((0.0, 0.0, 0.3, 1.0), (0.0, 0.0, 1.0, 0.5)), ((0.7, 0.0, 1.0, 1.0), (0.0, 0.5, 1.0, 1.0)))
    assert tally([face(0.1), face(0.8)], halves, at(0.34), OUTPUT).ours.whole == 2


def test_what_buttons_cover_of_a_face_is_hidden_too() -> None:
    output = Output(OUTPUT.window, OUTPUT.size, BUTTONS)
    half = OUTPUT.window[0] * 880 / 1080 - 0.05  # so that half of the face is under the buttons
    kept = tally([face(0.4 + half)], at(0.4), at(0.3), output)
    assert kept.ours.whole == 1
    assert kept.ours.hidden == pytest.approx(0.5, abs=0.01)


def test_buttons_are_compared_where_another_window_shows_more_and_both_show_all() -> None:
    output = Output(OUTPUT.window, OUTPUT.size, BUTTONS)
    covered = tally([face(0.55)], at(0.52), at(0.342), output).buttons
    assert covered.faces == 1
    assert covered.ours == covered.least == 0
    assert covered.centre > 0.5
    # Where the centre crop cuts the face off, or nothing is better than the centre, there is nothing to compare.
    assert tally([face(0.62)], at(0.5), at(0.342), output).buttons.faces == 0
    assert tally([face(0.4)], at(0.35), at(0.342), output).buttons.faces == 0


def test_tallies_add_up() -> None:
    one, other = tally([face(0.4)], at(0.4), at(0.34), OUTPUT), tally([face(0.1)], at(0.4), at(0.34), OUTPUT)
    assert (one + other).faces == 2
    assert (one + other).ours.whole == 1


@given(edges, edges)
def test_agreement_is_a_share_the_same_both_ways_and_full_with_itself(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> None:
    place = (0.0, 0.0, 1.0, 1.0)
    shared = agreement(((one, place),), other)
    assert 0 <= shared <= 1 + 1e-9
    assert shared == pytest.approx(agreement(((other, place),), one))
    if (one[2] - one[0]) * (one[3] - one[1]) > 1e-12:
        assert agreement(((one, place),), one) == pytest.approx(1)


def test_agreement_of_windows_half_of_which_overlap_is_a_third() -> None:
    assert agreement((((0.0, 0.0, 0.4, 1.0), (0.0, 0.0, 1.0, 1.0)),), (0.2, 0.0, 0.6, 1.0)) == pytest.approx(1 / 3)


def test_windows_are_shares_of_the_picture_at_the_frame_of_the_film() -> None:
    stretches = (following((0, 0), (23, 800)), FramedStretch((24, 48), (filling(WINDOW),)))
    ((window, place),) = windows_at(stretches, 23, PICTURE)
    assert window == pytest.approx((0.5, 0.0, 0.5 + OUTPUT.window[0], 1.0))
    assert place == (0.0, 0.0, 1.0, 1.0)
    assert windows_at(stretches, 24, PICTURE)[0][0][0] == pytest.approx((1 - OUTPUT.window[0]) / 2)
    assert windows_at(stretches, 48, PICTURE) == ()


@pytest.mark.parametrize(
    ("stretch", "way"),
    [
        (following((0, 100), (20, 200)), "follows"),
        (following((0, 100)), "stands"),
        (centred(PICTURE, (0, 24), shape=TALL, fit="crop"), "centred"),
        (centred(PICTURE, (0, 24), shape=TALL, fit="pad"), "padded"),
        (FramedStretch((0, 24), (fitting(PICTURE.middle(Fraction(900), Fraction(900)), TALL),)), "padded"),
        (FramedStretch((0, 24), (filling(WINDOW), filling(WINDOW))), "split"),
    ],
)
def test_shots_are_sorted_by_how_they_are_shown(stretch: FramedStretch, way: str) -> None:
    assert way_of(stretch, PICTURE) == way


def test_movement_is_measured_inside_shots_and_not_across_cuts() -> None:
    still = (following((0, 0)), following((0, 1000)))
    assert motion_of(still, PICTURE).speeds == ()
    even = motion_of((following((0, 0), (16, 160), (32, 320), frames=33),), PICTURE)
    assert sum(even.speeds) == pytest.approx(320 / 1600)
    assert max(even.accelerations) < 0.002
    jump = motion_of((following((0, 0), (10, 0), (11, 160), (20, 160)),), PICTURE)
    assert max(jump.accelerations) == pytest.approx(0.1)


def test_a_percentile_is_a_value_of_the_list() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3
    assert percentile([float(value) for value in range(100)], 0.5) == 50
    assert percentile([], 0.5) == 0
