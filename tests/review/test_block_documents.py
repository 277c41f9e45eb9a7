"""All that a block plays is told with the film that it belongs to, whatever cards and gaps a place has."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.block import parse_block
from pipeline.plan.block_edit import block_edit, notes_card_s, overheads_of
from pipeline.plan.candidates import Candidate
from pipeline.presets import BlockPreset, load_block
from pipeline.review.block_benches import BlockWork, film_id
from pipeline.review.block_documents import beside_document, order_document, work_document
from pipeline.shell.block_surveys import BlockSurvey, rules_of
from pipeline.shell.projects import Version
from tests.plan.libraries import ends, film

TEXT = 'title = "Small Hours"\n[length]\nmin = 60\nmax = 3600\n[[films]]\nfile = "x"\n[[intermissions]]\nafter = 1\n'


def work(preset: BlockPreset, films: list[Candidate]) -> BlockWork:
    path = Path("small-hours.toml")
    block = parse_block(TEXT, path=path)
    warned = tuple(replace(one, cards=notes_card_s(one.film, preset)) for one in films)
    survey = BlockSurvey(
        path, block, preset, rules_of(block, path), overheads_of(block, preset), None, warned, {}, {}
    )  # fmt: skip
    return BlockWork(survey, Version(0, "0" * 64), tuple(map(film_id, warned[:2])), None, "")


def library() -> list[Candidate]:
    found = [film(number << 200, 60 * number, **ends(-6, 6, 0.1, 0.9)) for number in (1, 2, 3)]
    first = replace(found[0].film, content_notes=("loud",), directors=("Ana",), countries=("PT",), year=2025)
    return [replace(found[0], film=first), *found[1:]]


@pytest.mark.parametrize("changed", [{}, {"slate_s": Fraction(0)}, {"gap_s": Fraction(0)},
                                     {"slate_s": Fraction(0), "gap_s": Fraction(0), "head_black_s": Fraction(2)},
                                     {"content_notes": "card", "tail_black_s": Fraction(3)}])  # fmt: skip
@pytest.mark.parametrize("name", ["cafe", "cinema"])
def test_what_announces_a_film_and_the_black_around_it_are_its_own(name: str, changed: dict[str, object]) -> None:
    preset = load_block(name).model_copy(update=changed)
    opened = work(preset, library())
    names = tuple(map(film_id, opened.survey.films))
    told = order_document(opened, names)
    of_films = [sum(item["of"] == place for item in told["items"]) for place in range(3)]
    around = bool(preset.slate_s) + 2 * bool(preset.gap_s) + 1
    cards = preset.content_notes == "card"
    assert of_films == [around + cards, around, around]
    kinds = {item["kind"] for item in told["items"] if item["of"] is None}
    assert "intermission" in kinds and "film" not in kinds and "slate" not in kinds
    _, order = block_edit(opened.survey.films, opened.survey.block, preset)
    assert told["length"]["seconds"] == str(order.duration) and len(told["items"]) == len(order.items)
    assert all(item["end"] > item["start"] for item in told["items"])


def test_films_are_told_in_words_that_need_no_meter() -> None:
    opened = work(load_block("cafe"), library())
    document = work_document(opened)
    assert document["films"][0]["facts"] == ["Ana", "Portugal", "2025", "begins quiet and still, ends loud and wild"]
    assert [film["title"] for film in document["films"]] == [one.film.title for one in opened.survey.films]
    (beside,) = beside_document(opened, opened.order)
    assert beside["id"] == film_id(opened.survey.films[2]) and beside["can"]
