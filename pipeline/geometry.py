"""Rectangles in pixels, and how they lie to each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    left_px: int
    top_px: int
    width_px: int
    height_px: int

    @property
    def right_px(self) -> int:
        """Where it ends, the first column that is not in it."""
        return self.left_px + self.width_px

    @property
    def bottom_px(self) -> int:
        """Where it ends, the first row that is not in it."""
        return self.top_px + self.height_px

    @property
    def area(self) -> int:
        """Pixels in it."""
        return self.width_px * self.height_px

    def overlap(self, other: Box) -> int:
        """Return how many pixels two boxes share."""
        across = min(self.right_px, other.right_px) - max(self.left_px, other.left_px)
        down = min(self.bottom_px, other.bottom_px) - max(self.top_px, other.top_px)
        return max(0, across) * max(0, down)

    def holds(self, other: Box) -> bool:
        """Return whether another box lies inside, edges allowed to touch."""
        return self.overlap(other) == other.area

    def moved(self, right_px: int, down_px: int) -> Box:
        """Return the box at another place."""
        return Box(self.left_px + right_px, self.top_px + down_px, self.width_px, self.height_px)
