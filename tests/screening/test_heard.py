"""A running order says of each film how loud it really came out, where that is less than asked for."""

from __future__ import annotations

from fractions import Fraction

from pipeline.plan.running_order import SILENT, FilmNotes, Item, RunningOrder, SoundCue
from pipeline.screening.heard import with_loudness
from pipeline.timebase import Span

TARGET = Fraction(-16)


def cue_of(level: Fraction | None) -> SoundCue | None:
    film = FilmNotes("F", "a" * 64, "/f.mov")
    item = Item("film", "F", Span(Fraction(0), Fraction(60)), film, SoundCue(TARGET))
    return with_loudness(RunningOrder("B", (item,)), {film.digest: level}, TARGET).films[0].cue


def test_a_film_that_stays_quieter_says_by_how_much() -> None:
    assert cue_of(Fraction("-19.3")) == SoundCue(Fraction("-19.3"), Fraction("3.3"))


def test_a_film_within_the_tolerance_is_where_all_are() -> None:
    assert cue_of(Fraction("-16.5")) == cue_of(Fraction("-15.8")) == SoundCue(TARGET)


def test_a_film_without_sound_is_silent() -> None:
    assert cue_of(None) == SILENT
