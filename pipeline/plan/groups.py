"""The fewest groups that a number of things fall into, where only some may share a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache

Group = tuple[int, ...]
_Grouping = tuple[int, Fraction, tuple[Group, ...]]  # in the order in which groupings are compared


def find_fewest_groups(count: int, cost: Callable[[Group], Fraction | None]) -> tuple[Group, ...]:
    """Return the fewest groups of 0..count-1; of equally few the cheapest, of equally cheap the first in order.

    `cost` says what a group costs, None that its members cannot share; members of a group that can share must also be
    able to share in smaller groups, and everybody can be alone. The answer is exact. Time grows with 3 to the power
    of the largest class whose members are linked by sharing in pairs but cannot all share: a dozen take a moment.
    """
    friends = _pairs(count, cost)
    groups = (group for members in _classes(friends) for group in _divide(members, friends, cost))
    return tuple(sorted(groups))


def _divide(members: int, friends: tuple[int, ...], cost: Callable[[Group], Fraction | None]) -> tuple[Group, ...]:
    """Return the best groups of one class, given as bits, by trying every group of its first member, then the rest."""

    @cache
    def price(mask: int) -> Fraction | None:
        return cost(_members(mask)) if _all_friends(mask, friends) else None

    @cache
    def best(mask: int) -> _Grouping:
        if (whole := price(mask)) is not None:
            return (1, whole, (_members(mask),))
        first = mask & -mask
        near = mask & friends[first.bit_length() - 1]
        return min(joined for chosen in _subsets(near) if (joined := join(first | chosen, mask)) is not None)

    def join(group: int, mask: int) -> _Grouping | None:
        own = price(group)
        if own is None:
            return None
        groups, total, others = best(mask ^ group)
        return (groups + 1, total + own, (_members(group), *others))

    return best(members)[2]


def _subsets(mask: int) -> Iterator[int]:
    chosen = mask
    while chosen:
        yield chosen
        chosen = (chosen - 1) & mask
    yield 0


def _classes(friends: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sets, as bits, that are linked by sharing in pairs; nobody shares across them."""
    classes: list[int] = []
    for index, near in enumerate(friends):
        linked = near | 1 << index
        apart = [one for one in classes if not one & linked]
        for one in classes:
            linked |= one if one & linked else 0
        classes = [*apart, linked]
    return tuple(classes)


def _pairs(count: int, cost: Callable[[Group], Fraction | None]) -> tuple[int, ...]:
    """Return for each thing the set, as bits, of those that it can share a group of two with."""
    friends = [0] * count
    for one in range(count):
        for other in range(one + 1, count):
            if cost((one, other)) is not None:
                friends[one] |= 1 << other
                friends[other] |= 1 << one
    return tuple(friends)


def _all_friends(mask: int, friends: tuple[int, ...]) -> bool:
    return all(mask & ~friends[member] == 1 << member for member in _members(mask))


def _members(mask: int) -> Group:
    return tuple(index for index in range(mask.bit_length()) if mask >> index & 1)
