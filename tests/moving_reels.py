"""Reels of black that are encoded picture by picture, as a film's are: tests need no film for what is not in it."""

from __future__ import annotations

from pipeline.plan.reels import Reel


class MovingReel(Reel):
    """A reel that holds nothing, whatever it shows."""

    @property
    def held(self) -> int:
        return 0
