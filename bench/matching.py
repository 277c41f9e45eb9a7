"""Match two lists one to one: as many pairs as possible, and of those matchings the closest.

The order of the lists decides nothing, unlike in a matching that takes the first that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

Left = TypeVar("Left")
Right = TypeVar("Right")


def match(
    left: Sequence[Left], right: Sequence[Right], closeness: Callable[[Left, Right], Fraction]
) -> tuple[tuple[Left, Right], ...]:
    """Return pairs whose closeness is above 0: the most that can be, and of those the greatest sum of closeness."""
    graph = [{at: close for at, other in enumerate(right) if (close := closeness(one, other)) > 0} for one in left]
    owners: dict[int, int] = {}
    while path := _best_path(graph, owners):
        owners.update(path)
    return tuple((left[one], right[other]) for other, one in sorted(owners.items(), key=lambda pair: pair[::-1]))


def _best_path(graph: Sequence[dict[int, Fraction]], owners: dict[int, int]) -> list[tuple[int, int]]:
    """Return the edges (right, left) to take so that one more has a partner, at the best gain; nothing where none can.

    Bellman-Ford over alternating paths; successive best paths give the closest of the largest matchings
    (Ahuja, Magnanti, Orlin: Network Flows, 9.7).
    """
    taken = set(owners.values())
    gains = {one: Fraction(0) for one in range(len(graph)) if one not in taken}
    # For each of the right: the best gain with which it is reached, and from which of the left.
    reached: dict[int, tuple[Fraction, int]] = {}
    waiting = list(gains)
    while waiting:
        following = []
        for one in waiting:
            for other, close in graph[one].items():
                gain = gains[one] + close
                if owners.get(other) == one or (other in reached and reached[other][0] >= gain):
                    continue
                reached[other] = gain, one
                owner = owners.get(other)
                if owner is not None:
                    gains[owner] = gain - graph[owner][other]
                    following.append(owner)
        waiting = list(dict.fromkeys(following))
    ends = [(gain, -other) for other, (gain, _) in reached.items() if other not in owners]
    if not ends:
        return []
    return _walk_back(-max(ends)[1], reached, {one: other for other, one in owners.items()})


def _walk_back(end: int, reached: dict[int, tuple[Fraction, int]], partners: dict[int, int]) -> list[tuple[int, int]]:
    path = []
    other: int | None = end
    while other is not None:
        one = reached[other][1]
        path.append((other, one))
        other = partners.get(one)
    return path
