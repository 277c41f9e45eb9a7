"""What demuxing alone says of a film's pictures: when each is shown, how many bytes it took, which are keyframes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Packets:
    """One entry for each coded picture, in the order in which they are decoded."""

    ticks: NDArray[np.int64]
    """When each is shown, in the stream's time base."""
    sizes: NDArray[np.int32]
    """Bytes."""
    keys: NDArray[np.bool_]
    """True where decoding can begin."""

    @cached_property
    def shown_order(self) -> NDArray[np.intp]:
        """Return the places of the packets in the order in which they are shown: entry n is that of frame n."""
        return np.argsort(self.ticks, kind="stable")

    @cached_property
    def frames(self) -> NDArray[np.intp]:
        """Return the frame that each packet holds."""
        frames = np.empty(len(self.ticks), np.intp)
        frames[self.shown_order] = np.arange(len(self.ticks))
        return frames

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Return when each frame is shown, in order."""
        return self.ticks[self.shown_order]

    def frame_shown_at(self, tick: int) -> int | None:
        """Return the frame with exactly this time; None where there is none."""
        frame = int(np.searchsorted(self.times, tick))
        return frame if frame < len(self.times) and self.times[frame] == tick else None

    @cached_property
    def leads(self) -> NDArray[np.bool_]:
        """Return which packets hold a picture later than all before: the others are shown between those."""
        leads: NDArray[np.bool_] = self.ticks >= np.maximum.accumulate(self.ticks)
        return leads

    @property
    def is_regular(self) -> bool:
        """True where each packet holds one picture with a time of its own, and all can be decoded from the first on."""
        return len(self.ticks) > 0 and bool(self.keys[0] and self.frames[0] == 0 and (np.diff(self.times) > 0).all())
