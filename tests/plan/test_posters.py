"""The poster is the film's own frame where a clip shows it, else the middle of a sharp, bright, calm shot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.plan.posters import choose_poster
from pipeline.plan.shots import FilmAnalysis, Timeline, Transition
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of

RATE = FrameRate(Fraction(24))
MASTER = "a" * 64
Looks = Mapping[str, float]
"""Measures of one shot."""
PLAIN: Looks = {"subject_motion": 20, "brightness": 110, "sharpness": 400}


def film(*looks: Looks) -> FilmAnalysis:
    """A film of one shot of ten seconds for each of the looks."""
    cuts = tuple(Transition("cut", 240 * index, 240 * index) for index in range(1, len(looks)))

    def measure(name: str) -> Callable[[float], float]:
        return lambda time: looks[int(time // 10)].get(name, 0.0)

    measures = {name: measure(name) for name in (*PLAIN, "black")}
    return analysis_of(Timeline(RATE, 240 * len(looks)), cuts, **measures)


def part(start: int, end: int, master: str = MASTER) -> MasterSpan:
    return MasterSpan(master, Span(Fraction(start), Fraction(end)))


def choose(edit: Edit, analysis: FilmAnalysis, wanted: int | None = None) -> Fraction:
    return choose_poster(edit, analysis, master=MASTER, wanted=None if wanted is None else Fraction(wanted))


SHARP = {**PLAIN, "sharpness": 900}
DARK = {**SHARP, "brightness": 8}
WILD = {**SHARP, "subject_motion": 400}
BLACK = {**PLAIN, "sharpness": 9000, "black": 0.5}


def test_the_sharpest_bright_calm_shot_wins_and_its_middle_is_shown() -> None:
    whole = Edit("e", (part(0, 50),))
    assert choose(whole, film(PLAIN, DARK, SHARP, WILD, BLACK)) == 25
    assert choose(whole, film(WILD, BLACK, DARK, PLAIN, PLAIN)) == 35
    assert choose(whole, film(SHARP, SHARP, SHARP, SHARP, SHARP)) == 5, "the first of equals"


def test_times_count_in_the_clip_whatever_stands_before() -> None:
    edit = Edit("e", (Gap(Fraction(3)), part(0, 10), part(20, 40, "b" * 64), part(22, 30)))
    # Of the shot from 20 to 30 s the clip shows 22 to 30 s, from its 33rd second on.
    assert choose(edit, film(PLAIN, PLAIN, SHARP)) == 3 + 10 + 20 + 4


def test_a_shot_that_the_clip_shows_half_of_or_less_is_no_choice() -> None:
    assert choose(Edit("e", (part(5, 20),)), film(SHARP, PLAIN)) == 10
    assert choose(Edit("e", (part(7, 13),)), film(SHARP, PLAIN)) == 3, "the middle of the clip"


def test_the_films_own_frame_is_taken_by_a_clip_that_shows_it() -> None:
    analysis = film(SHARP, PLAIN, PLAIN)
    assert choose(Edit("e", (part(10, 20), part(0, 10))), analysis, wanted=7) == 17
    assert choose(Edit("e", (part(10, 20), part(0, 10))), analysis, wanted=10) == 0
    assert choose(Edit("e", (part(10, 20),)), analysis, wanted=20) == 5, "a span does not show its end"
    assert choose(Edit("e", (part(0, 20, "b" * 64),)), analysis, wanted=7) == 10, "of this master only"
