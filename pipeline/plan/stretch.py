"""Successive pictures of a film made small: the evidence in which transitions are found, and plain measures of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float32]

COLOURS: Final = 512
"""Colours that are told apart: 8 steps of luma, Cb and Cr each."""

_AT_ONCE: Final = 64


@dataclass(frozen=True, eq=False)
class Stretch:
    """Successive pictures, made small, in BT.601 or 709 luma and chroma of 8 bits, as the film stores them."""

    start_frame: int
    luma: Bytes
    """(n, 36, 64)."""
    chroma: Bytes
    """(n, 2, 9, 16): Cb and Cr."""
    renewed: tuple[int, ...] = ()
    """Frames before which the decoder's errors had added up, and that have none: keyframes, where no filter smooths."""

    def __len__(self) -> int:
        return len(self.luma)

    @property
    def end_frame(self) -> int:
        """Frame after the last."""
        return self.start_frame + len(self)

    @cached_property
    def half(self) -> NDArray[np.int16]:
        """Return luma at half the size, (n, 18, 32)."""
        # Slices rather than a mean over axes: numpy takes a tenth of the time for them.
        rows = self.luma[:, 0::2].astype(np.int16) + self.luma[:, 1::2]
        halved: NDArray[np.int16] = (rows[..., 0::2] + rows[..., 1::2] + 2) >> 2
        return halved

    @cached_property
    def coarse(self) -> Floats:
        """Return luma and chroma side by side at CHROMA_SIZE, (n, 3, 9, 16): blind to fine movement."""
        rows = self.half[:, 0::2] + self.half[:, 1::2]
        luma = (rows[..., 0::2] + rows[..., 1::2]).astype(np.float32) / 4
        return np.concatenate([luma[:, None], self.chroma.astype(np.float32)], axis=1)

    @cached_property
    def colours(self) -> NDArray[np.intp]:
        """Return each pixel's colour at CHROMA_SIZE as one of COLOURS, (n, 144)."""
        luma = (self.coarse[:, 0].astype(np.intp) >> 5).clip(0, 7)
        # Films stay near grey: eight steps over the middle half of chroma's range.
        blue, red = (((self.chroma[:, k].astype(np.intp) - 64) >> 4).clip(0, 7) for k in (0, 1))
        numbers: NDArray[np.intp] = ((luma * 8 + blue) * 8 + red).reshape(len(self), -1)
        return numbers

    @cached_property
    def change(self) -> Floats:
        """Return the mean luma difference of each picture from the one before, 0 for the first."""
        pictures = self.luma.reshape(len(self), -1)
        changes = np.zeros(len(self), np.float32)
        for start, end in _chunks(1, len(self)):
            apart = pictures[start:end].astype(np.int16)
            apart -= pictures[start - 1 : end - 1]
            changes[start:end] = np.abs(apart, out=apart).sum(axis=1, dtype=np.int32) / np.float32(pictures.shape[1])
        return changes

    @cached_property
    def brightness(self) -> Floats:
        """Return each picture's mean luma, 0 to 255."""
        means: Floats = self.luma.mean(axis=(1, 2), dtype=np.float32)
        return means

    @cached_property
    def contrast(self) -> Floats:
        """Return the standard deviation of each picture's luma."""
        pictures = self.luma.reshape(len(self), -1)
        squares = np.zeros(len(self), np.float32)
        for start, end in _chunks(0, len(self)):
            values = pictures[start:end].astype(np.float32)
            squares[start:end] = np.einsum("ij,ij->i", values, values) / pictures.shape[1]
        deviations: Floats = np.sqrt(np.maximum(0, squares - self.brightness**2))
        return deviations

    @cached_property
    def detail(self) -> Floats:
        """Return the mean square of each picture's Laplacian, which a mixture of two pictures lowers."""
        squares = np.zeros(len(self), np.float32)
        for start, end in _chunks(0, len(self)):
            luma = self.luma[start:end].astype(np.int16)
            edges = 4 * luma[:, 1:-1, 1:-1]
            for beside in (luma[:, :-2, 1:-1], luma[:, 2:, 1:-1], luma[:, 1:-1, :-2], luma[:, 1:-1, 2:]):
                edges -= beside
            values = edges.reshape(end - start, -1).astype(np.float32)
            squares[start:end] = np.einsum("ij,ij->i", values, values) / values.shape[1]
        return squares


def _chunks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of pictures that fit into a processor's cache together."""
    for first in range(start, end, _AT_ONCE):
        yield first, min(end, first + _AT_ONCE)
