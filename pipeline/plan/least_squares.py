"""The numbers that miss what is known by the least sum of squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_STEPS: Final = 40


def least_squares(misses: Callable[[Sequence[float]], list[float]], start: Sequence[float]) -> list[float]:
    """Return the numbers whose misses have the least sum of squares near a start (Levenberg and Marquardt).

    Each number moves some miss, wherever it is.
    """
    numbers, damping = list(start), 1e-3
    found = misses(numbers)
    cost = sum(miss * miss for miss in found)
    for _ in range(_STEPS):
        slopes = []
        for place, number in enumerate(numbers):
            little = 1e-4 * max(1.0, abs(number))
            moved = misses([*numbers[:place], number + little, *numbers[place + 1 :]])
            slopes.append([(after - before) / little for before, after in zip(found, moved, strict=True)])
        matrix = [[_dot(one, other) for other in slopes] for one in slopes]
        for place in range(len(numbers)):
            matrix[place][place] *= 1 + damping
        step = _solve(matrix, [-_dot(slope, found) for slope in slopes])
        tried = [number + change for number, change in zip(numbers, step, strict=True)]
        told = misses(tried)
        after = _dot(told, told)
        if after < cost:
            is_settled = cost - after < 1e-9 * cost
            numbers, found, cost, damping = tried, told, after, damping / 3
            if is_settled:
                break
        else:
            damping *= 4
    return numbers


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(first * second for first, second in zip(one, other, strict=True))


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return x of matrix · x = right by elimination; the matrix is symmetric and positive."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for place in range(size):
        rows[place] = [value / rows[place][place] for value in rows[place]]
        for other in range(size):
            if other != place:
                factor = rows[other][place]
                rows[other] = [one - factor * two for one, two in zip(rows[other], rows[place], strict=True)]
    return [row[-1] for row in rows]
