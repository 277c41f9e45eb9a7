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

# What the way over all of the grid costs, in losses of one moment.
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


def follow(losses: Losses, *, reach: int, setting_out: float) -> tuple[int, ...]:
    """Return the way of least loss and movement, a place for each moment, by dynamic programming over the grid.

    From one moment to the next it goes `reach` places at most. `setting_out` is what it costs that a window sets out or
    turns, in losses of one moment: eyes bear a movement that shows them something, and not one that comes and goes.
    """
    count = len(losses[0])
    # The least that ways cost which come to a place down the grid, standing, or up the grid.
    totals = [[math.inf] * count, list(losses[0]), [math.inf] * count]
    came: list[list[list[_State]]] = []
    for row in losses[1:]:
        best = [min((totals[heading][place], heading) for heading in _HEADINGS) for place in range(count)]
        turned = [(cost + setting_out, heading) for cost, heading in best]
        sums: list[list[float]] = []
        sources: list[list[_State]] = []
        for heading in _HEADINGS:
            if heading == _STANDING:
                found = [(cost, (before, place)) for place, (cost, before) in enumerate(best)]
            else:
                found = [_arrival(place, heading, reach, totals[heading], turned) for place in range(count)]
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
    place: int, heading: int, reach: int, same: Sequence[float], turned: Sequence[tuple[float, int]]
) -> tuple[float, _State]:
    """Return what it costs at least to come to a place by moving, and from which state.

    `same` is what ways cost that had this heading before, at each place; `turned` is the least of those that take it up
    there, and the heading that they had.
    """
    least: tuple[float, _State] = (math.inf, (heading, place))
    for step in range(1, reach + 1):
        other = place + step * (_STANDING - heading)
        if 0 <= other < len(turned):
            way = step * _WAY_COST / (len(turned) - 1)
            cost, before = turned[other]
            least = min(least, (cost + way, (before, other)), (same[other] + way, (heading, other)))
    return least


def is_worth_moving(losses: Losses, way: Sequence[float], *, setting_out: float) -> bool:
    """Return whether a way, in parts of the grid's steps, saves more than it costs against the best place to stand."""
    still, moving = stand(losses), sum(_read(row, place) for row, place in zip(losses, way, strict=True))
    headings = [(after > before) - (after < before) for before, after in pairwise(way)]
    starts = sum(heading not in (0, before) for before, heading in pairwise([0, *headings]))
    length = sum(abs(after - before) for before, after in pairwise(way)) / (len(losses[0]) - 1)
    # A way that never sets out saves nothing but what rounding makes of nothing.
    return starts > 0 and sum(row[still] for row in losses) - moving > starts * setting_out + _WAY_COST * length


def _read(row: Sequence[float], place: float) -> float:
    at = min(int(place), len(row) - 2) if len(row) > 1 else 0
    return row[at] if len(row) == 1 else row[at] + (row[at + 1] - row[at]) * (place - at)
