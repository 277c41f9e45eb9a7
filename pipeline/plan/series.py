"""Values in a row, one for each frame or packet: the runs in which something holds, and the medians around each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


def runs(mask: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Return the half-open ranges of places in which a mask holds, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.view(np.int8), [0]))))
    return tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def medians_around(
    values: Floats,
    reach: int,
    places: NDArray[np.intp] | None = None,
    *,
    beyond: Literal["edge", "reflect"] = "edge",
) -> Floats:
    """Return the median of the values within reach on either side of each, or of each of some places.

    Beyond its ends the row goes on with its last value, or is reflected; it has to be longer than the reach for that.
    """
    if len(values) == 0:
        return values.copy()
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, mode=beyond), 2 * reach + 1)
    medians: Floats = np.median(around if places is None else around[places], axis=1).astype(np.float32)
    return medians
