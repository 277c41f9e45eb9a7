"""The poster is the film's own frame where a clip shows it, else the middle of a sharp, bright, calm shot."""

from __future__ import annotations

from fractions import Fraction

from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.plan.posters import choose_poster
from pipeline.plan.shots import Curve, Decoding, FilmAnalysis, ShotScores, Timeline, Transition, shots_between
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24))
MASTER = "a" * 64
PLAIN = ShotScores(motion=2, brightness=110, sharpness=400, loudness_lufs=None, black_fraction=0)


def film(*scores: ShotScores) -> FilmAnalysis:
    """A film of one shot of ten seconds for each of the scores."""
    cuts = tuple(Transition("cut", 240 * index, 240 * index) for index in range(1, len(scores)))
    curve = Curve.of(Fraction(1), (1.0,) * 10 * len(scores))
    timeline, end = Timeline(RATE, 240 * len(scores)), Fraction(10 * len(scores))
    shots = shots_between(cuts, timeline.frame_count)
    return FilmAnalysis(timeline, cuts, shots, scores, curve, curve, curve, None, Decoding(0, end, end))


def part(start: int, end: int, master: str = MASTER) -> MasterSpan:
    return MasterSpan(master, Span(Fraction(start), Fraction(end)))


def choose(edit: Edit, analysis: FilmAnalysis, wanted: int | None = None) -> Fraction:
    return choose_poster(edit, analysis, master=MASTER, wanted=None if wanted is None else Fraction(wanted))


SHARP, DARK, WILD, BLACK = (
    ShotScores(2, 110, 900, None, 0), ShotScores(2, 8, 900, None, 0), ShotScores(40, 110, 900, None, 0),
    ShotScores(2, 110, 9000, None, 0.5),
)  # fmt: skip


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
