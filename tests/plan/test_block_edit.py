"""A block lies in an edit and in its running order without holes, exactly as long as was planned."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.block import Block, parse_block
from pipeline.edit import Card, CardPicture, MasterSpan
from pipeline.plan.block_edit import block_edit, notes_card_s, overheads_of
from pipeline.plan.candidates import Candidate
from pipeline.plan.running_order import SoundCue
from pipeline.presets import load_block
from pipeline.timebase import FrameRate
from tests.plan.libraries import film

NTSC = FrameRate(Fraction(24000, 1001))


def block(text: str = "") -> Block:
    return parse_block(f'title = "Small Hours"\n{text}\n[[films]]\nfile = "x"\n', path=Path("block.toml"))


def told(preset: str, one: Candidate, **notes: object) -> Candidate:
    """Return a film of which more is told, with the cards that it needs then."""
    known = replace(one.film, **notes)  # type: ignore[arg-type]
    return replace(one, film=known, cards=notes_card_s(known, load_block(preset)))


@given(
    preset=st.sampled_from(["cafe", "cinema", "gallery", "online"]),
    frames=st.lists(st.integers(1, 20_000), min_size=1, max_size=6),
    after=st.integers(1, 6),
    opening=st.sampled_from(["", "opening = []", 'opening = ["a", "b"]']),
    warned=st.booleans(),
)
def test_an_edit_is_exactly_as_long_as_was_planned_and_its_running_order_has_no_holes(
    preset: str, frames: list[int], after: int, opening: str, warned: bool
) -> None:
    asked = block(f'{opening}\nsponsor = "The bakery"\n[[intermissions]]\nafter = {after}\nseconds = 61.5\n')
    films = [
        told(preset, replace(film(number), duration=NTSC.time_of(count)), content_notes=("loud",) if warned else ())
        for number, count in enumerate(frames)
    ]
    shown = load_block(preset)
    edit, order = block_edit(films, asked, shown)
    assert edit.duration == order.duration == overheads_of(asked, shown).length([one.lasting for one in films])
    assert order.items[0].span.start == 0
    assert all(before.span.end == after.span.start for before, after in pairwise(order.items))
    assert [item.span.duration for item in order.films] == [one.duration for one in films]
    assert [part.master for part in edit.parts if isinstance(part, MasterSpan)] == [one.film.digest for one in films]
    assert sum(item.kind == "intermission" for item in order.items) == (after < len(films))


def test_a_gallery_plays_black_cards_and_films_in_order() -> None:
    one = told("gallery", film(1, 60, title="Red Kite", directors=("Ana Ruiz", "Ben Cole"), countries=("ES", "Portugal")),
               year=2026, content_notes=("flashing lights",), rating="12A", original_title="Milano real")  # fmt: skip
    asked = block('link = "https://example.org/vote"')
    edit, order = block_edit([one, film(2)], asked, load_block("gallery"))
    assert [item.kind for item in order.items] == [
        "black", "card", "card", "slate", "black", "film", "black", "slate", "black", "film", "black", "card", "black",
    ]  # fmt: skip
    cards = [part for part in edit.parts if isinstance(part, Card)]
    assert cards[0].lines == ("Small Hours", "2 films") and cards[0].design == "title"
    assert cards[1].lines == ("12A", "flashing lights") and cards[1].design == "rating"
    assert cards[2].lines == ("Red Kite", "(Milano real)", "by Ana Ruiz and Ben Cole", "Spain, Portugal · 2026 · 1:00")
    assert (
        cards[-1].lines == ("Small Hours", "Thank you")
        and cards[-1].link == "https://example.org/vote?c=....small-hours"
    )
    assert order.films[0].cue == SoundCue(Fraction(-23)) and order.films[0].film == one.film
    spans = [part for part in edit.parts if isinstance(part, MasterSpan)]
    assert [span.programme and span.programme.name for span in spans] == ["Red Kite", "Film 2"]


@pytest.mark.parametrize(
    ("said", "link"),
    [
        ('link = "https://example.org/vote?a=1"', "https://example.org/vote?a=1&c=....small-hours"),
        ('link = "https://example.org/vote"\ncampaign = false', "https://example.org/vote"),
        ('link = "https://example.org/vote?c=mine"', "https://example.org/vote?c=mine"),
    ],
)
def test_the_last_card_s_code_says_the_block_as_the_event_unless_somebody_says_otherwise(said: str, link: str) -> None:
    edit, _ = block_edit([film(1)], block(said), load_block("cafe"))
    assert [part.link for part in edit.parts if isinstance(part, Card) and part.link] == [link]


def test_words_that_nobody_wrote_are_in_the_language_of_the_cards() -> None:
    edit, _ = block_edit([film(1, directors=("Ana",))], block('language = "es-MX"'), load_block("cafe"))
    lines = [line for part in edit.parts if isinstance(part, Card) for line in part.lines]
    assert {"1 película", "de Ana", "Gracias"} <= set(lines)


@pytest.mark.parametrize(("seconds", "counted"), [(8, "876543"), (3, "3"), (2, ""), (Fraction(7, 2), "43")])
def test_a_leader_counts_down_to_three_and_is_black_then(seconds: Fraction, counted: str) -> None:
    preset = load_block("cinema").model_copy(update={"leader_s": Fraction(seconds)})
    edit, order = block_edit([film(1)], block(), preset)
    leader = next(item for item in order.items if item.kind == "leader")
    assert leader.span.duration == seconds
    digits = [part.lines[0] for part in edit.parts if isinstance(part, Card) and part.lines[0].isdecimal()]
    assert "".join(digits) == counted


def test_a_sponsor_s_picture_stands_on_a_card_of_its_own() -> None:
    logo = CardPicture("ab" * 32, 800, 600)
    edit, _ = block_edit([film(1)], block('sponsor_picture = "logo.png"'), load_block("cafe"), sponsor=logo)
    card = next(part for part in edit.parts if isinstance(part, Card))
    assert card.picture == logo and card.design == "picture"


def test_lines_are_one_line_each_whatever_film_toml_says() -> None:
    asked = block("opening = []").model_copy(update={"title": "Small\nHours " * 40})
    edit, order = block_edit([film(1, title="Red\nKite\t ")], asked, load_block("cafe"))
    assert "\n" not in edit.name and len(edit.name) <= 200
    assert edit.parts[0].lines[0] == "Red Kite"  # type: ignore[union-attr]
    assert order.items[0].kind == "slate"
