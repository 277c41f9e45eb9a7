"""A highlight is dressed in the cards of a style that its film has text for, and is no longer for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, SoundFades, frame_lengths
from pipeline.film import Film
from pipeline.plan.dressing import Dress, Telling, dressed, plan_dress
from pipeline.presets import StylePreset
from pipeline.styles import CardKind, CardStyle
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24000, 1001))
LINK = "https://example.org/red-kite"
FILM = Film(
    title="The Red Kite",
    director=("Ana", "Ben", "Cy"),
    year=2026,
    rating="12A",
    content_notes=("flashing lights",),
    laurels=("Official Selection — Málaga 2026", "Best Score"),
    call_to_action="In cinemas\nfrom 4 March",
    link=LINK,
)


def style(*cards: tuple[CardKind, Any], seconds: Fraction = Fraction(3)) -> StylePreset:
    return StylePreset(
        id="ours", name="Ours", cards=tuple(CardStyle(kind=kind, place=place, seconds=seconds) for kind, place in cards)
    )


def dress(film: Film, *cards: tuple[CardKind, Any], seconds: Fraction = Fraction(45)) -> Dress:
    return plan_dress(film, style(*cards), rate=RATE, seconds=seconds)


def test_each_kind_of_card_says_what_the_film_file_says() -> None:
    found = dress(FILM, ("title", "start"), ("rating", "start"), ("laurels", "start"), ("end", "end"))
    assert [card.lines for card in found.before] == [
        ("The Red Kite", "a film by Ana, Ben and Cy", "2026"),
        ("12A", "flashing lights"),
        ("Official Selection — Málaga 2026", "Best Score"),
    ]
    assert [(card.lines, card.link) for card in found.after] == [(("The Red Kite", "In cinemas from 4 March"), LINK)]
    assert [card.design for card in (*found.before, *found.after)] == ["title", "rating", "laurels", "end"]
    assert all(card.link is None for card in found.before)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("film", "kind", "lines"),
    [
        (Film(title="M"), "title", ("M",)),
        (Film(title="M", director=("Fritz",)), "title", ("M", "a film by Fritz")),
        (Film(content_notes=("flashing lights",)), "rating", ("", "flashing lights")),
        (Film(rating="U"), "rating", ("U",)),
        (Film(link=LINK), "end", ()),
        (Film(call_to_action="See it"), "end", ("See it",)),
    ],
)
def test_a_card_shows_what_there_is(film: Film, kind: CardKind, lines: tuple[str, ...]) -> None:
    (card,) = dress(film, (kind, "end")).after
    assert card.lines == lines


@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        ("title", "film.toml has no title."),
        ("rating", "film.toml has no rating and no content_notes."),
        ("laurels", "film.toml has no laurels."),
        ("end", "film.toml has no link and no call_to_action."),
    ],
)
def test_a_card_that_would_be_empty_is_left_out_and_told(kind: CardKind, lacks: str) -> None:
    found = dress(Film(director=("Ana",), year=2026), (kind, "start"))
    assert found == Dress(notes=(f"No {kind} card: {lacks}",)) and found.duration == 0


def test_a_card_that_nobody_asked_for_is_told_only_where_the_film_file_says_some_of_it() -> None:
    def told(film: Film, kind: CardKind) -> tuple[str, ...]:
        return plan_dress(film, style((kind, "end")), rate=RATE, seconds=Fraction(45), telling="begun").notes

    assert [told(Film(), kind) for kind in ("title", "rating", "laurels", "end")] == [()] * 4
    assert told(Film(director=("Ana",)), "end") == ()
    assert told(Film(director=("Ana",)), "title") == ("No title card: film.toml has no title.",)


@pytest.mark.parametrize("telling", ["all", "begun"])
def test_an_end_card_without_a_link_is_shown_and_its_missing_code_is_told(telling: Telling) -> None:
    of_words = plan_dress(
        Film(call_to_action="See it"), style(("end", "end")), rate=RATE, seconds=Fraction(45), telling=telling
    )
    assert of_words.after[0].lines == ("See it",)
    assert of_words.notes == ("The end card has no QR code: film.toml has a call_to_action and no link.",)
    of_link = plan_dress(Film(link=LINK), style(("end", "end")), rate=RATE, seconds=Fraction(45), telling=telling)
    assert of_link.after and of_link.notes == ()


def test_cards_that_would_take_more_than_half_of_a_clip_are_left_out_and_told() -> None:
    cards: tuple[tuple[CardKind, Any], ...] = (("title", "start"), ("end", "end"))
    assert dress(FILM, *cards, seconds=Fraction(13)).duration > 5
    found = dress(FILM, *cards, seconds=Fraction(10))
    assert found == Dress(notes=("No cards: those of style 'ours' would take 6 of 10 seconds.",))


def test_cards_stand_before_and_after_the_film_and_its_fades_stay() -> None:
    span = MasterSpan("m" * 64, Span(Fraction(1), Fraction(9)))
    edit = Edit("h1", (span,), fades=SoundFades(Fraction(1, 4), Fraction(1, 2)))
    worn = dress(FILM, ("title", "start"), ("end", "end"))
    assert dressed(edit, worn) == replace(edit, parts=(*worn.before, span, *worn.after))
    assert dressed(edit, Dress()) == edit


def test_a_bed_lies_under_the_film_alone() -> None:
    spans = tuple(MasterSpan("m" * 64, Span(Fraction(at), Fraction(at + 2))) for at in (1, 5))
    bed = (MasterSpan("m" * 64, Span(Fraction(10), Fraction(14))),)
    worn = dress(FILM, ("title", "start"), ("end", "end"))
    found = dressed(Edit("h1", spans, bed), worn)
    assert found.bed == (Gap(worn.before[0].duration), *bed, Gap(worn.after[0].duration))
    assert found.duration == 4 + worn.duration


@settings(deadline=None)
@given(
    st.sampled_from([Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)]),
    st.fractions(4, 60, max_denominator=100),
    st.fractions(Fraction(1, 2), 2, max_denominator=100),
)
def test_a_clip_with_cards_has_as_many_frames_as_one_without(fps: Fraction, seconds: Fraction, shown: Fraction) -> None:
    rate = FrameRate(fps)
    worn = plan_dress(FILM, style(("title", "start"), ("end", "end"), seconds=shown), rate=rate, seconds=seconds)
    frames = rate.frames_within(seconds - worn.duration)
    film = MasterSpan("m" * 64, Span.of_frames(100, 100 + frames, rate))
    clip = dressed(Edit("h1", (film,)), worn)
    assert sum(frame_lengths(clip, rate)) == rate.frames_within(seconds)
    assert frame_lengths(clip, rate)[1 if worn.before else 0] == frames
    assert all(isinstance(part, Card) for part in clip.parts if part != film)


def test_a_card_that_has_a_picture_stands_there_without_a_word_of_the_film() -> None:
    wanted = style(("title", "start"), ("rating", "start"))
    worn = plan_dress(Film(), wanted, rate=RATE, seconds=Fraction(45), pictures=("title",))
    assert [card.design for card in worn.before] == ["title"]
    assert worn.notes == ("No rating card: film.toml has no rating and no content_notes.",)


def test_of_a_region_is_told_that_the_film_has_no_rating_there() -> None:
    worn = plan_dress(Film(), style(("rating", "start")), rate=RATE, seconds=Fraction(45), region="gb")
    assert worn.notes == ("No rating card: film.toml has no rating and no content_notes for gb.",)
