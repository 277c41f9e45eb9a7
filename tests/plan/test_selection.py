"""A block's films obey every rule, are the same whatever order they lie in, and what cannot be is told by how much."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.block_costs import cost_of
from pipeline.plan.block_rules import BlockRules, Overheads, broken_rules, why_not
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection import check_given, select
from tests.plan.libraries import ends, film, library

CARDS = Overheads(Fraction(30), Fraction(9))
RULES = BlockRules()
FEW = BlockRules(shortest=Fraction(200), longest=Fraction(500), target=Fraction(300))

measured = st.builds(
    ends, st.integers(-8, 4), st.integers(-8, 4), st.integers(0, 10).map(lambda n: n / 10),
    st.integers(0, 10).map(lambda n: n / 10),
)  # fmt: skip


@st.composite
def libraries(draw: st.DrawFn, most: int = 6) -> list[Candidate]:
    return [
        film(
            number + 1,
            draw(st.integers(20, 300)),
            directors=(draw(st.sampled_from("abc")),),
            countries=(draw(st.sampled_from("xyz")),),
            must=draw(st.integers(0, 9)) == 0,
            place=draw(st.sampled_from([None] * 12 + [1, 2, 3, "opener", "closer"])),
            weight=Fraction(draw(st.sampled_from([1, 1, 1, 2, 0]))),
            **draw(measured),
        )
        for number in range(draw(st.integers(1, most)))
    ]


rules_of_all_kinds = st.builds(
    BlockRules,
    shortest=st.integers(60, 300).map(Fraction),
    longest=st.integers(400, 700).map(Fraction),
    target=st.just(Fraction(350)),
    one_per_director=st.booleans(),
    loudness_jump_max_lu=st.none() | st.integers(1, 12).map(Fraction),
    mood_jump_max=st.none() | st.integers(1, 9).map(lambda n: Fraction(n, 10)),
    countries_min=st.integers(0, 3),
    films_per_country_max=st.none() | st.integers(1, 2),
    films_min=st.integers(1, 3),
    films_max=st.integers(3, 6),
)


@settings(max_examples=60)
@given(films=libraries(), rules=rules_of_all_kinds)
def test_whatever_is_chosen_keeps_every_rule_and_is_the_best_of_all_orders(
    films: list[Candidate], rules: BlockRules
) -> None:
    could = [one for one in films if why_not(one, rules, CARDS) is None]
    wanted = {one.film.digest for one in films if one.is_wanted}
    every = (order for count in range(1, len(could) + 1) for order in permutations(could, count))
    kept = [
        order
        for order in every
        if wanted <= {one.film.digest for one in order} and not broken_rules(order, rules, CARDS)
    ]
    try:
        found = select(films, rules, CARDS)
    except PlanError:
        assert not kept
        return
    assert broken_rules(found.candidates, rules, CARDS) == ()
    assert wanted <= {one.film.digest for one in found.candidates}
    assert found.cost.total == min(cost_of(order, rules, CARDS).total for order in kept)
    for other in found.runners_up:
        assert broken_rules(other.films, rules, CARDS) == () and other.worse_by >= 0
        assert {one.film.digest for one in other.films} != {one.film.digest for one in found.candidates}


def test_of_hundreds_of_films_the_chosen_keep_every_rule_and_are_the_same_in_whatever_order_they_lie() -> None:
    films = library(300)
    rules = BlockRules(
        one_per_director=True, countries_min=4, films_per_country_max=2, age_max=12,
        loudness_jump_max_lu=Fraction(4), mood_jump_max=Fraction(1, 5),
    )  # fmt: skip
    found = select(films, rules, CARDS)
    assert broken_rules(found.candidates, rules, CARDS) == ()
    random.Random(7).shuffle(films)
    again = select(films, rules, CARDS)
    assert again.candidates == found.candidates
    assert [one.films for one in again.runners_up] == [one.films for one in found.runners_up]
    assert len(found.runners_up) == 2


def test_a_pin_puts_a_film_in_its_place() -> None:
    films = [film(1, 100), film(2, 100, place="closer"), film(3, 100, place=2), film(4, 100, place="opener")]
    found = select(films, replace(FEW, films_min=4), CARDS)
    assert [one.film.title for one in found.candidates] == ["Film 4", "Film 3", "Film 1", "Film 2"]
    assert [one.why_here for one in found.films][1] == "it has that place"


def test_an_order_joins_ends_and_beginnings_that_suit_each_other() -> None:
    films = [film(1, 90, **ends(-9, -9)), film(2, 90, **ends(0, 0)), film(3, 90, **ends(-9, 0))]
    found = select(films, replace(FEW, films_min=3), CARDS)
    assert [one.film.title for one in found.candidates] == ["Film 1", "Film 3", "Film 2"]
    assert found.cost.loudness == 0


def test_nothing_jumps_to_silence_nor_across_an_intermission() -> None:
    loud, quiet, silent = film(1, 90, **ends(0, 0)), film(2, 90, **ends(-20, -20)), film(3, 90)
    rules = replace(FEW, films_min=3, loudness_jump_max_lu=Fraction(2), mood_jump_max=None)
    assert [one.film.title for one in select([loud, quiet, silent], rules, CARDS).candidates][1] == "Film 3"
    paused = Overheads(Fraction(30), Fraction(9), ((1, Fraction(60)),))
    two = select([loud, quiet], replace(rules, films_min=2), paused)
    assert two.length == 30 + 2 * 99 + 60


def test_an_intermission_after_the_last_film_takes_no_time() -> None:
    overheads = Overheads(Fraction(10), Fraction(5), ((2, Fraction(60)),))
    assert overheads.length([Fraction(100)] * 2) == 220 and overheads.length([Fraction(100)] * 3) == 385


@pytest.mark.parametrize(
    ("films", "rules", "told"),
    [
        ([film(1, place=2), film(2, place=2)], RULES, "Film 1 and Film 2 are both to be the second film"),
        ([film(1, place=1), film(2, place="opener")], RULES, "are both to be the first film"),
        ([film(1, place=9)], replace(RULES, films_max=5), "to be the ninth film, and there are at most 5"),
        ([film(1, 700, must=True), film(2, 700, must=True)], RULES, "(Film 1, Film 2) last 24:08"),
        (
            [film(1, must=True, age=18)],
            replace(RULES, age_max=12),
            "Film 1 must be in, and cannot be: it is for people",
        ),
        ([film(1, must=True)], replace(RULES, age_max=12), "set age in its [[films]]"),
        ([film(1, 3 * 3600, must=True)], RULES, "it lasts 3:00:00, and with its cards 3:00:39 of at most 20:00"),
        ([film(1, Fraction(1, 24), place="opener")], RULES, "it lasts 0.042 s, which is no film"),
        (
            [film(1, must=True, directors=("Ana Ruiz",)), film(2, must=True, directors=("ANA  ruiz",))],
            replace(RULES, one_per_director=True),
            "Film 1 and Film 2 must be in and are by one director",
        ),
        ([film(1)], replace(RULES, shortest=Fraction(1300)), "length.min is 21:40, and length.max is 20:00"),
        ([film(1)], replace(RULES, target=Fraction(60)), "length.target is 1:00"),
    ],
)
def test_wishes_that_contradict_each_other_are_told_by_name(
    films: list[Candidate], rules: BlockRules, told: str
) -> None:
    with pytest.raises(PlanError) as raised:
        select(films, rules, CARDS)
    assert told in str(raised.value) and raised.value.exit_code == 2


def test_what_is_too_short_says_by_how_much_and_what_would_do() -> None:
    with pytest.raises(PlanError) as raised:
        select([film(1), film(2)], RULES, CARDS)
    assert "The longest programme under these rules is 6:48; at least 10:00 is asked." in str(raised.value)
    assert raised.value.data["loosen"] == ['length.min = "6:48"']


@pytest.mark.parametrize(
    ("films", "changes", "loosen"),
    [
        ([film(n, countries=("x",)) for n in range(1, 6)], {"countries_min": 2}, "countries_min = 1"),
        ([film(n, directors=("x",)) for n in range(1, 6)], {"one_per_director": True}, "one_per_director = false"),
        ([film(n, age=12 + n) for n in range(1, 6)], {"age_max": 13}, "age_max = 16"),
        (
            [film(n, age=12 + n) for n in range(1, 6)],
            {"age_max": 13, "rating_max": "FSK 12"},
            "age_max = 16 in place of rating_max",
        ),
        (
            [film(n, **ends(-n * 5, 9)) for n in range(1, 6)],
            {"loudness_jump_max_lu": Fraction(3)},
            "loudness_jump_max_lu",
        ),
        ([film(n, countries=("x",)) for n in range(1, 6)], {"films_per_country_max": 1}, "films_per_country_max = 4"),
        ([film(n) for n in range(1, 6)], {"subtitles": ("de",)}, "no subtitles asked for"),
        ([film(n) for n in range(1, 9)], {"films_min": 7}, "films_min = 6"),
        ([film(1, place=3), film(2, place="closer"), film(3, 400)], {}, "another place for Film 1"),
        (
            [film(1, 500, must=True), film(2, 500, must=True), film(3), film(4)],
            {"films_min": 3},
            "Film 1 need not be in",
        ),
    ],
)
def test_a_single_rule_that_would_have_to_give_way_is_named(
    films: list[Candidate], changes: dict[str, object], loosen: str
) -> None:
    with pytest.raises(PlanError) as raised:
        select(films, replace(RULES, target=Fraction(700), **changes), CARDS)  # type: ignore[arg-type]
    assert any(one.startswith(loosen) for one in raised.value.data["loosen"]), raised.value


def test_each_film_that_is_left_out_has_a_reason() -> None:
    films = [film(n, 250, directors=("x",) if n < 3 else (str(n),)) for n in range(1, 5)]
    films += [film(9, 3 * 3600), film(10, age=18), film(11, Fraction(1, 25), age=0)]
    films = [replace(one, age=0 if one.age is None else one.age) for one in films]
    found = select(films, replace(RULES, one_per_director=True, age_max=12), CARDS)
    told = {one.candidate.film.title: one.why for one in found.left_out}
    assert told["Film 9"].startswith("it lasts 3:00:00") and told["Film 10"].startswith("it is for people from 18 on")
    assert told["Film 11"] == "it lasts 0.04 s, which is no film"
    assert {"Film 1", "Film 2"} & set(told) and " is by the same director" in told.get("Film 1", told.get("Film 2", ""))


def test_a_given_order_is_told_all_that_it_breaks_at_once() -> None:
    films = [film(1, 900, **ends(0, 9)), film(2, 900, age=18, **ends(-9, 0))]
    with pytest.raises(PlanError) as raised:
        check_given(films, replace(RULES, age_max=12, loudness_jump_max_lu=Fraction(5), countries_min=1), CARDS)
    told = str(raised.value)
    assert "breaks 5 rules" in told and "loudness jumps by 18.0 LU" in told and "It lasts 30:48" in told
    given = check_given([film(2, 350), film(1, 350)], RULES, CARDS)
    assert [one.film.title for one in given.candidates] == ["Film 2", "Film 1"] and given.length == 30 + 718


def test_without_films_there_is_nothing_to_choose() -> None:
    for choose in (select, check_given):
        with pytest.raises(PlanError, match="films"):
            choose([], RULES, CARDS)
