"""The fewest groups, compared with trying every partition."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.groups import Group, find_fewest_groups

Interval = tuple[int, int, int]  # low, high, and the wished value between them
intervals = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)).map(
        lambda three: (min(three), max(three), sorted(three)[1])
    ),
    max_size=6,
)


def _price(given_intervals: list[Interval], group: Group) -> Fraction | None:
    members = [given_intervals[index] for index in group]
    low, high = max(one[0] for one in members), min(one[1] for one in members)
    middle = min(high, max(low, sorted(one[2] for one in members)[(len(members) - 1) // 2]))
    return None if low > high else sum((Fraction(abs(one[2] - middle)) for one in members), Fraction(0))


def _partitions(things: tuple[int, ...]) -> Iterator[tuple[Group, ...]]:
    if not things:
        yield ()
        return
    first, rest = things[0], things[1:]
    for smaller in _partitions(rest):
        yield ((first,), *smaller)
        for index, group in enumerate(smaller):
            yield ((first, *group), *smaller[:index], *smaller[index + 1 :])


@settings(deadline=None)
@given(intervals)
def test_no_partition_is_smaller_or_as_small_and_cheaper_or_earlier(wishes: list[Interval]) -> None:
    priced = [
        (len(partition), sum(prices), tuple(sorted(partition)))
        for partition in _partitions(tuple(range(len(wishes))))
        if None not in (prices := [_price(wishes, group) for group in partition])
    ]
    assert find_fewest_groups(len(wishes), lambda group: _price(wishes, group)) == min(priced)[2]


def test_nothing_falls_into_no_groups() -> None:
    assert find_fewest_groups(0, lambda _: Fraction(0)) == ()


def test_those_who_can_all_share_are_one_group_however_many() -> None:
    assert find_fewest_groups(60, lambda _: Fraction(0)) == (tuple(range(60)),)


def test_sixty_that_fall_into_classes_are_grouped_at_once() -> None:
    groups = find_fewest_groups(60, lambda group: Fraction(0) if len({index % 20 for index in group}) == 1 else None)
    assert groups == tuple((index, index + 20, index + 40) for index in range(20))


def test_twelve_that_overlap_in_a_chain_take_no_more_than_a_moment() -> None:
    chain = [(index, index + 5, index + 2) for index in range(12)]
    start = time.process_time()
    groups = find_fewest_groups(12, lambda group: _price(chain, group))
    assert time.process_time() - start < 5  # 0.1 s where this was written
    assert len(groups) == 2
