"""An order that somebody tries is held against the rules as a given one is, and films beside it are told truly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.block_orders import look_beside, try_order
from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.selection import check_given
from tests.plan.libraries import film
from tests.plan.test_selection import libraries, rules_of_all_kinds

CARDS = Overheads(Fraction(30), Fraction(9), ((1, Fraction(60)),))


def broken(films: list, rules: BlockRules) -> list[str]:
    """Return what the command says that a file breaks which gives an order."""
    try:
        check_given(films, rules, CARDS)
    except PlanError as error:
        return list(error.data["broken"])
    return []


@given(libraries(), rules_of_all_kinds, st.randoms(use_true_random=False))
def test_it_is_told_what_a_file_that_gives_the_order_is_told(films: list, rules: BlockRules, shuffle: object) -> None:
    order = list(films)
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    tried = try_order(order, rules, CARDS)
    written = [replace(one, place=None, must=False) for one in order]
    assert broken(written, rules) == list(tried.broken)
    assert (tried.too_short > 0) == (tried.length < rules.shortest) and (tried.too_long > 0) == (
        tried.length > rules.longest
    )
    assert len(tried.why) == len(tried.why_here) == len(order)
    assert {*tried.broken, *tried.moved} == set(broken(order, rules))


@given(libraries(), rules_of_all_kinds)
def test_a_film_that_could_be_in_breaks_nothing_but_what_was_broken(films: list, rules: BlockRules) -> None:
    *order, other = [replace(one, place=None) for one in films]
    free = replace(rules, loudness_jump_max_lu=None, mood_jump_max=None)
    (beside,) = look_beside([other], try_order(order, free, CARDS), free, CARDS)
    before, after = (try_order(one, free, CARDS) for one in (order, [*order, other]))
    if beside.is_possible:
        assert after.too_long == 0 and f"{after.length.__floor__() // 60}:" in beside.told
        # What is told of films that are missing may be told with another number.
        kept = {told for told in after.broken if "at least" not in told}
        assert kept <= set(before.broken)
    else:
        assert beside.told and len(after.broken) > 0


def test_no_films_are_no_block() -> None:
    tried = try_order((), BlockRules(), CARDS)
    assert tried.broken == ("It has no films.",) and tried.length == 30 and tried.too_short == 570


@pytest.mark.parametrize(("seconds", "told"), [(400, "would last 13:28"), (900, "too long"), (2000, "with its cards")])
def test_it_is_told_how_long_a_block_would_be(seconds: int, told: str) -> None:
    order = try_order([film(1, 300)], BlockRules(), CARDS)
    (beside,) = look_beside([film(2, seconds)], order, BlockRules(), CARDS)
    assert told in beside.told
