"""Windows of successive pictures that may hold something gradual: where they may start, and which of them stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Window(Protocol):
    """What was found in some pictures, and how well it fits them."""

    @property
    def start(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def fit(self) -> float: ...
    @property
    def bounds(self) -> tuple[int, int]:
        """The places that nothing else may take, half-open."""
        ...


_Window = TypeVar("_Window", bound=Window)


def free_starts(barred: NDArray[np.bool_], length: int, *, step: int) -> NDArray[np.intp]:
    """Return each `step`th place from which `length` steps on meet nothing barred.

    The first picture may be barred itself: it is the last one of what lies before.
    """
    starts = np.arange(0, len(barred) - length, max(1, step))
    within = np.concatenate([[0], np.cumsum(barred)])
    free: NDArray[np.intp] = starts[within[starts + length + 1] == within[starts + 1]]
    return free


def best_apart(windows: Iterable[_Window]) -> tuple[_Window, ...]:
    """Return the windows that fit best and leave each other alone, in order."""
    taken: list[_Window] = []
    for window in sorted(windows, key=lambda window: (-window.fit, window.start, window.length)):
        first, end = window.bounds
        if all(end <= other.bounds[0] or other.bounds[1] <= first for other in taken):
            taken.append(window)
    return tuple(sorted(taken, key=lambda window: window.bounds))
