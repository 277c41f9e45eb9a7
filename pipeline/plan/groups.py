"""The fewest groups that a number of things fall into, where only some may share a group."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

Group = tuple[int, ...]
_Grouping = tuple[int, Fraction, tuple[Group, ...]]  # in the order in which groupings are compared


def find_fewest_groups(count: int, cost: Callable[[Group], Fraction | None]) -> tuple[Group, ...]:
    """Return the fewest groups of 0..count-1; of equally few the cheapest, of equally cheap the first in order.

    `cost` says what a group costs, None that its members cannot share; members of a group that can share must also be
    able to share in smaller groups, and everybody can be alone. The answer is exact. Time grows with 3 to the power
    of how many can share with one another in pairs but not all together: dozens are instant where they fall apart
    into classes, a dozen in one class takes a fraction of a second.
    """
    friends = _pairs(count, cost)

    @cache
    def costs(mask: int) -> Fraction | None:
        return cost(_members(mask))

    @cache
    def best(mask: int) -> _Grouping:
        whole = costs(mask) if _all_friends(mask, friends) else None
        if whole is not None:
            return (1, whole, (_members(mask),))
        first = mask & -mask
        rest = mask ^ first
        near = rest & friends[first.bit_length() - 1]
        return min(tries(first, rest=rest, near=near))

    def tries(first: int, *, rest: int, near: int) -> list[_Grouping]:
        found: list[_Grouping] = []
        chosen = near
        while True:
            price = costs(first | chosen) if _all_friends(first | chosen, friends) else None
            if price is not None and rest == chosen:
                found.append((1, price, (_members(first | chosen),)))
            elif price is not None:
                groups, total, others = best(rest ^ chosen)
                found.append((groups + 1, total + price, (_members(first | chosen), *others)))
            if not chosen:
                return found
            chosen = (chosen - 1) & near

    return best((1 << count) - 1)[2] if count else ()


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
