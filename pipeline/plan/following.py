"""Choose where a window stands along one side of the picture, or how it moves, by what each place would lose.

Places are shares of the side. A window stands still unless moving shows clearly more; it moves at bounded speed and
gathers it over a given time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Losses = tuple[tuple[float, ...], ...]
"""For each moment in order, what each place of a grid would lose, 0 to about 1."""

# What starting or keeping up a movement costs, in losses of one moment: a pan has to be worth it for about a second.
_MOVE_COST: Final = 0.03
_WAY_COST: Final = 0.3
# A window moves only where that saves so much on average, or so much at the worst moments.
_LEAST_GAIN: Final = 0.05
_TIE: Final = 1e-4


@dataclass(frozen=True)
class Bounds:
    """How a window may move, in places of the grid and moments."""

    places_per_moment: int
    """Places that it may go from one moment to the next."""
    moments_to_speed: int
    """Moments that it takes to gather speed."""


def stand(losses: Losses) -> int:
    """Return the place that loses least in all; of equals the one nearest to the middle of the grid."""
    sums = [sum(column) for column in zip(*losses, strict=True)]
    least, middle = min(sums), (len(sums) - 1) / 2
    near = [place for place, loss in enumerate(sums) if loss <= least + _TIE * len(losses)]
    return min(near, key=lambda place: (abs(place - middle), place))


def follow(losses: Losses, bounds: Bounds) -> tuple[float, ...] | None:
    """Return a place for each moment, in parts of the grid's steps, or None where standing still does as well."""
    if len(losses) < 2 * bounds.moments_to_speed or bounds.places_per_moment < 1:
        return None
    way = _smoothed(_cheapest(losses, bounds.places_per_moment), bounds.moments_to_speed)
    still, moving = stand(losses), sum(_read(row, place) for row, place in zip(losses, way, strict=True))
    gain = (sum(row[still] for row in losses) - moving) / len(losses)
    return way if gain > _LEAST_GAIN else None


def _cheapest(losses: Losses, reach: int) -> list[int]:
    """Return the way of least loss and movement, by dynamic programming over the grid."""
    count, span = len(losses[0]), max(1, len(losses[0]) - 1)
    totals, came = list(losses[0]), []
    for row in losses[1:]:
        sources, sums = [], []
        for place in range(count):
            low, high = max(0, place - reach), min(count, place + reach + 1)
            best, cost = place, totals[place]
            for other in range(low, high):
                moved = totals[other] + _MOVE_COST + _WAY_COST * abs(other - place) / span
                if other != place and moved < cost:
                    best, cost = other, moved
            sources.append(best)
            sums.append(cost + row[place])
        came.append(sources)
        totals = sums
    place = totals.index(min(totals))
    way = [place]
    for sources in reversed(came):
        place = sources[place]
        way.append(place)
    return way[::-1]


def _smoothed(way: Sequence[float], length: int) -> tuple[float, ...]:
    """Return a way averaged over some moments twice, so that its speed changes no faster than it may."""
    once = _averaged(way, length)
    return tuple(_averaged(once, max(1, length // 2)))


def _averaged(way: Sequence[float], length: int) -> list[float]:
    before, after = (length - 1) // 2, length // 2
    padded = [way[0]] * before + list(way) + [way[-1]] * after
    total = sum(padded[:length])
    means = [total / length]
    for place in range(length, len(padded)):
        total += padded[place] - padded[place - length]
        means.append(total / length)
    return means


def _read(row: Sequence[float], place: float) -> float:
    at = min(int(place), len(row) - 2) if len(row) > 1 else 0
    return row[at] if len(row) == 1 else row[at] + (row[at + 1] - row[at]) * (place - at)
