"""Every window is enlarged as many times as its place in the picture is larger; beyond a bound that is found out."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.camera import CameraPath
from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.framing import PLACES, Area, FramedPanel, FramedStretch, Framing, centred
from pipeline.plan.enlargement import Enlargement, Shown, enlarged, enlargements
from pipeline.timebase import Span

TALL, SQUARE = (1080, 1920), (1080, 1080)
ONE, OTHER = "1" * 64, "2" * 64
SIDES = st.integers(16, 4096)


def framed(film: tuple[int, int], size: tuple[int, int], fit: Literal["crop", "pad"] = "crop") -> FramedStretch:
    picture = Area(Fraction(0), Fraction(0), Fraction(film[0]), Fraction(film[1]))
    return centred(picture, (0, 24), shape=Fraction(*size), fit=fit)


def shown(size: tuple[int, int], *films: tuple[str, tuple[int, int]]) -> Shown:
    """Return masters, each with the size of its picture, one after the other in an output of a size."""
    spans = tuple(MasterSpan(master, Span(Fraction(0), Fraction(1))) for master, _ in films)
    framing: Framing = tuple((framed(film, size),) for _, film in films)
    return Shown(Edit("h1", (*spans, Gap(Fraction(1)))), (*framing, ()), size)


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_picture_is_enlarged_until_it_fills_the_output_or_fits_into_it(
    width: int, height: int, across: int, down: int
) -> None:
    ratios = Fraction(across, width), Fraction(down, height)
    for fit, times in (("crop", max(ratios)), ("pad", min(ratios))):
        (panel,) = framed((width, height), (across, down), fit).panels  # type: ignore[arg-type]
        assert enlarged(panel, (across, down)) == times


def test_a_window_in_a_half_is_enlarged_to_that_half_alone() -> None:
    half = FramedPanel(Fraction(810), Fraction(720), CameraPath.still(Fraction(0), Fraction(0)), PLACES["top"])
    assert enlarged(half, TALL) == Fraction(4, 3)


@pytest.mark.parametrize(
    ("film", "times"),
    [((1024, 576), Fraction(10, 3)), ((1280, 720), Fraction(8, 3)), ((3840, 2160), Fraction(8, 9))],
)
def test_a_bound_is_passed_only_above_it(film: tuple[int, int], times: Fraction) -> None:
    of_film = [shown(TALL, (ONE, film))]
    assert enlargements(of_film, beyond=times) == ()
    window = film[1] * 9 // 16, film[1]
    assert enlargements(of_film, beyond=times - Fraction(1, 1000)) == (Enlargement(ONE, TALL, window, times),)


def test_each_film_is_found_once_for_each_size_where_it_is_enlarged_most() -> None:
    clips = [
        shown(TALL, (ONE, (640, 360)), (OTHER, (3840, 2160))),
        shown(TALL, (OTHER, (480, 270)), (ONE, (480, 270))),
        shown(TALL, (ONE, (640, 360))),
        shown(SQUARE, (ONE, (640, 360))),
        shown(SQUARE, (OTHER, (1920, 1080))),
    ]
    assert enlargements(clips, beyond=Fraction(2)) == (
        Enlargement(ONE, TALL, (152, 270), Fraction(64, 9)),
        Enlargement(OTHER, TALL, (152, 270), Fraction(64, 9)),
        Enlargement(ONE, SQUARE, (360, 360), Fraction(3)),
    )
