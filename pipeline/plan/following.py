"""Choose where a window stands along one side of the picture, or which way it goes, by what each place would lose.

Places are steps of a grid over the window's freedom. A window stands still unless moving shows clearly more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

Losses = tuple[tuple[float, ...], ...]
"""For each moment in order, what each place of a grid would lose, 0 to about 1."""

# In losses of one moment: what it costs that a window sets out or turns, and the way over all of the grid. Eyes bear a
# movement that shows them something, and not one that comes and goes.
_SETTING_OUT: Final = 0.3
_WAY_COST: Final = 1.0
_TIE: Final = 1e-4
_HEADINGS: Final = range(3)
_STANDING: Final = 1
_State = tuple[int, int]
"""A heading and a place."""


def stand(losses: Losses) -> int:
    """Return the place that loses least in all; of equals the one nearest to the middle of the grid."""
    sums = [sum(column) for column in zip(*losses, strict=True)]
    least, middle = min(sums), (len(sums) - 1) / 2
    near = [place for place, loss in enumerate(sums) if loss <= least + _TIE * len(losses)]
    return min(near, key=lambda place: (abs(place - middle), place))


def follow(losses: Losses, reach: int) -> tuple[int, ...]:
    """Return the way of least loss and movement, a place for each moment, by dynamic programming over the grid.

    From one moment to the next it goes `reach` places at most.
    """
    count = len(losses[0])
    # The least that ways cost which come to a place down the grid, standing, or up the grid.
    totals = [[math.inf] * count, list(losses[0]), [math.inf] * count]
    came: list[list[list[_State]]] = []
    for row in losses[1:]:
        best = [min((totals[heading][place], heading) for heading in _HEADINGS) for place in range(count)]
        sums: list[list[float]] = []
        sources: list[list[_State]] = []
        for heading in _HEADINGS:
            found = [_arrival(place, heading, reach, totals[heading], best) for place in range(count)]
            sums.append([cost + loss for (cost, _), loss in zip(found, row, strict=True)])
            sources.append([source for _, source in found])
        totals = sums
        came.append(sources)
    _, heading, place = min((totals[heading][place], heading, place) for heading in _HEADINGS for place in range(count))
    way = [place]
    for sources in reversed(came):
        heading, place = sources[heading][place]
        way.append(place)
    return tuple(way[::-1])


def _arrival(
    place: int, heading: int, reach: int, same: Sequence[float], best: Sequence[tuple[float, int]]
) -> tuple[float, _State]:
    """Return what it costs at least to come to a place with a heading, and from which state.

    `same` is what ways cost that had this heading before, at each place; `best` is the least of any, and its heading.
    """
    if heading == _STANDING:
        return best[place][0], (best[place][1], place)
    least: tuple[float, _State] = (math.inf, (heading, place))
    for step in range(1, reach + 1):
        other = place + step * (_STANDING - heading)
        if 0 <= other < len(best):
            way = step * _WAY_COST / (len(best) - 1)
            cost, before = best[other]
            turning, going_on = cost + _SETTING_OUT + way, same[other] + way
            least = min(least, (turning, (before, other)), (going_on, (heading, other)))
    return least


def is_worth_moving(losses: Losses, way: Sequence[float]) -> bool:
    """Return whether a way, in parts of the grid's steps, loses clearly less than the best place to stand."""
    still, moving = stand(losses), sum(_read(row, place) for row, place in zip(losses, way, strict=True))
    return sum(row[still] for row in losses) - moving > _cost(way, len(losses[0]))


def _cost(way: Sequence[float], count: int) -> float:
    """Return what a way's movements cost."""
    headings = [(after > before) - (after < before) for before, after in pairwise(way)]
    starts = sum(heading not in (0, before) for before, heading in pairwise([0, *headings]))
    return starts * _SETTING_OUT + _WAY_COST * sum(abs(after - before) for before, after in pairwise(way)) / (count - 1)


def _read(row: Sequence[float], place: float) -> float:
    at = min(int(place), len(row) - 2) if len(row) > 1 else 0
    return row[at] if len(row) == 1 else row[at] + (row[at + 1] - row[at]) * (place - at)
