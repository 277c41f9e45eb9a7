"""Taking a codec's headers apart bit by bit."""

from __future__ import annotations

from typing import Final

from pipeline.boxes.atoms import malformed

_MAX_ZEROS: Final = 31


class Bits:
    """Take bits one after another."""

    def __init__(self, data: bytes, where: str) -> None:
        self._number = int.from_bytes(data)
        self._left = len(data) * 8
        self._where = where

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        if count > self._left:
            raise malformed(self._where, "has a sequence parameter set that ends too early")
        self._left -= count
        return self._number >> self._left & (1 << count) - 1

    def counted(self) -> int:
        """Return the next Exp-Golomb number, ue(v)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MAX_ZEROS:
                raise malformed(self._where, "has a number in its sequence parameter set that is too long")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Return the next se(v)."""
        code = self.counted()
        return (code + 1) // 2 if code & 1 else -(code // 2)
