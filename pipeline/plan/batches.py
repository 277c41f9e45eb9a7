"""How steps are parted into batches for several machines: large ones first, small ones last, none too small to pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LEAST: Final = 600_000_000
"""Pixels that a batch has at least: to start one takes five seconds, in which a core encodes a quarter of these."""
_SHARES: Final = 2
"""Each batch takes its worker's share of half of what is left, so that all end together (guided self-scheduling,
Polychronopoulos and Kuck, IEEE Transactions on Computers C-36, 1987)."""


def too_large(costs: Sequence[int], *, workers: int) -> frozenset[int]:
    """Return the places of steps that others would wait for: more than a worker takes first, and worth parting."""
    wanted = max(LEAST, sum(costs) // (_SHARES * max(1, workers)))
    return frozenset(place for place, cost in enumerate(costs) if cost > wanted)


def plan_batches(costs: Sequence[int], *, workers: int) -> tuple[tuple[int, ...], ...]:
    """Return the places of steps in each batch, all in order; `costs` are what they take, in encoded pixels."""
    batches: list[tuple[int, ...]] = []
    left, at = sum(costs), 0
    while at < len(costs):
        wanted = max(LEAST, left // (_SHARES * max(1, workers)))
        taken, end = 0, at
        while end < len(costs) and (taken == 0 or taken + costs[end] <= wanted):
            taken += costs[end]
            end += 1
        batches.append(tuple(range(at, end)))
        left, at = left - taken, end
    return tuple(batches)
