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
        self._twins: dict[int, frozenset[int]] = {}
        """By shot, as far as was asked: the same ones are asked for again and again."""

    def twins_of(self, shot: int) -> frozenset[int]:
        """Return the shots that show nearly the same picture as one; a shot is its own twin."""
        if shot not in self._twins:
            known = self.signatures
            mine = known[shot : shot + 1]
            alike = (n for own in mine for n, one in enumerate(known) if (one ^ own).bit_count() <= _TWINS)
            self._twins[shot] = frozenset((shot, *alike))
        return self._twins[shot]

    def has_twin(self, shot: int, among: Iterable[int]) -> bool:
        """Return whether one of some shots shows nearly what this one shows."""
        known = self.signatures
        if shot >= len(known):
            return shot in among
        mine, count = known[shot], len(known)
        return any(other == shot or (other < count and (mine ^ known[other]).bit_count() <= _TWINS) for other in among)
