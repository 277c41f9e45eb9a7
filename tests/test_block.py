"""A block file says what a block may show and is to be like, and every mistake is told with its place and remedy."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.block import Block, BlockFilm, Intermission, Rules, describe_block_toml, parse_block
from pipeline.errors import ProjectError

PATH = Path("small-hours.toml")
HEAD = 'title = "Small Hours"\n'
FILM = '[[films]]\nfile = "red-kite.mov"\n'


def test_every_field_of_the_page_can_be_written() -> None:
    block = parse_block(
        """
        title = "Small Hours"
        preset = "cafe"
        venue = "Café Central"
        starts = 2026-12-04T20:00:00
        zone = "Europe/Madrid"
        language = "es"
        order = "given"
        opening = ["Small Hours", "seven films"]
        closing = []
        link = "https://example.org/vote"
        campaign = false
        sponsor = "With thanks to the bakery"
        [length]
        min = "10:00"
        max = "1:00:00"
        target = 915.5
        [rules]
        one_per_director = true
        age_max = 12
        subtitles = "en"
        loudness_jump_max_lu = 4
        mood_jump_max = 0.3
        countries_min = 3
        films_per_country_max = 2
        films_min = 3
        films_max = 8
        [[films]]
        file = "red-kite.mov"
        must = true
        place = "opener"
        age = 12
        mood = 0.7
        weight = 2
        note = "Q&A after"
        [[intermissions]]
        after = 4
        seconds = 300
        lines = ["Back in five minutes"]
        [[evening]]
        what = "doors"
        minutes = 30
        """,
        path=PATH,
    )
    assert set(Block.model_fields) - set(block.model_fields_set) == {"sponsor_picture"}
    assert set(Rules.model_fields) - set(block.rules.model_fields_set) == {"rating_max"}
    assert set(block.films[0].model_fields_set) == set(BlockFilm.model_fields)
    assert set(block.intermissions[0].model_fields_set) == set(Intermission.model_fields)
    assert (block.length.min, block.length.max, block.length.wished) == (600, 3600, Fraction(1831, 2))
    assert block.instant == datetime(2026, 12, 4, 19, tzinfo=UTC)
    assert block.starts_at is not None and block.starts_at.isoformat() == "2026-12-04T20:00:00+01:00"
    assert block.closing == () and block.sponsor == ("With thanks to the bakery",)


def test_what_is_left_out_is_what_most_want() -> None:
    block = parse_block(HEAD + FILM, path=PATH)
    assert (block.preset, block.language, block.order, block.opening, block.instant) == (
        "gallery", "en", "choose", None, None,
    )  # fmt: skip
    assert (block.length.min, block.length.max, block.length.wished) == (600, 1200, 900)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FILM, "title is missing"),
        (HEAD, "films is missing"),
        (f"{HEAD}films = []\n", "films"),
        (f"{HEAD}titel = 1\n{FILM}", "there is no such field (did you mean title?)"),
        (f"{HEAD}{FILM}plaice = 3\n", "the first [[films]], plaice is 3; there is no such field (did you mean place?)"),
        (f"{HEAD}{FILM}place = 0\n", "a place from 1 to 40, 'opener' or 'closer'"),
        (f"{HEAD}{FILM}place = true\n", "a place from 1 to 40"),
        (f"{HEAD}{FILM}weight = 11\n", "the first [[films]], weight is 11"),
        (f"{HEAD}{FILM}mood = nan\n", "the first [[films]], mood"),
        (f"{HEAD}starts = 2026-12-04T20:00:00\n{FILM}", "a time with a zone"),
        (f"{HEAD}starts = 2026-12-04T20:00\n{FILM}", "TOML wants seconds"),
        (f'{HEAD}starts = 2027-03-28T02:30:00\nzone = "Europe/Madrid"\n{FILM}', "straight to 03:00"),
        (f'{HEAD}zone = "Europe/Madrit"\n{FILM}', "did you mean Europe/Madrid?"),
        (f'{HEAD}{FILM}[length]\nmin = "25:00"\n', "min is the least and max the greatest"),
        (f'{HEAD}{FILM}[length]\nmin = "00:10:00:00"\n', "minutes and seconds such as '10:00'"),
        (f"{HEAD}{FILM}[length]\nmax = 1e999999\n", "minutes and seconds such as '10:00'"),
        (f'{HEAD}{FILM}[rules]\nrating_max = "12A"\nage_max = 12\n', "either rating_max or age_max"),
        (f"{HEAD}{FILM}[rules]\nfilms_min = 5\nfilms_max = 4\n", "films_min (5) is at most films_max (4)"),
        (f"{HEAD}{FILM}[[intermissions]]\nafter = 1\n[[intermissions]]\nafter = 1\n", "one intermission at most"),
        (f'{HEAD}sponsor = "a"\nsponsor_picture = "a.png"\n{FILM}', "either sponsor or sponsor_picture"),
        (f'{HEAD}link = "javascript:alert(1)"\n{FILM}', "link"),
        (f'title = "a\\u0000b"\n{FILM}', "control characters"),
        ("title = [1", "the file is not TOML"),
        (f"{HEAD}films = 3\n", "films is 3"),
        (f"{HEAD}rules = 3\n{FILM}", "rules is 3"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(text: str, told: str) -> None:
    with pytest.raises(ProjectError) as raised:
        parse_block(text, path=PATH)
    assert told in str(raised.value) and str(PATH) in str(raised.value)


@given(text=st.text(max_size=40) | st.sampled_from([HEAD, FILM, HEAD + FILM, "[rules]"]).flatmap(
    lambda known: st.text(max_size=8).map(lambda more: known + more)
))  # fmt: skip
def test_any_text_is_a_block_or_a_clear_error(text: str) -> None:
    told = ""
    try:
        block = parse_block(text, path=PATH)
    except ProjectError as error:
        told = str(error)
    assert str(PATH) in told or block.title == "Small Hours"


def test_the_example_on_the_page_is_a_block() -> None:
    example = describe_block_toml().rpartition("```toml\n")[2].partition("```")[0]
    assert parse_block(example, path=PATH).rules.rating_max == "12A"


def test_a_table_that_may_be_left_out_is_told_on_the_page_without_the_values_inside_it() -> None:
    page = describe_block_toml()
    assert "| `length` | no | `[length]`: how long it is |" in page
    assert "| `rules` | no |" in page


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "block-toml.md"
    told = "run: python -m pipeline.block > docs/block-toml.md"
    assert page.read_text("utf-8") == describe_block_toml(), told
