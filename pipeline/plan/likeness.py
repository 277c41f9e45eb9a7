"""Which shots look like each other: a small signature of each one's picture, compared by the bits that differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_TWINS: Final = 42
"""Bits, of 256, that two pictures of one set-up differ by at most. Unrelated ones differ by about half of all bits."""


class Looks:
    """What each shot of a film looks like, by its number; nothing is alike where nothing is known."""

    def __init__(self, signatures: Iterable[int]) -> None:
        self.signatures = tuple(signatures)

    def are_twins(self, one: int, other: int) -> bool:
        """Return whether two shots show nearly the same picture; a shot is its own twin."""
        if one == other:
            return True
        if max(one, other) >= len(self.signatures):
            return False
        return (self.signatures[one] ^ self.signatures[other]).bit_count() <= _TWINS

    def has_twin(self, shot: int, among: Iterable[int]) -> bool:
        """Return whether one of some shots shows nearly what this one shows."""
        return any(self.are_twins(shot, other) for other in among)
