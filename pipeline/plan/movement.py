"""Compare pictures: what movement leaves unexplained between two, and how far they are the same but for their light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline.plan.stretch import COLOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Frames = NDArray[np.intp]
    Pictures = NDArray[np.int16]  # (n, height, width): luma

_SEARCH: Final = 3
_BLOCK: Final = (3, 4)
_MOST_GAIN: Final = 2.5
_AT_ONCE: Final = 32  # pairs of pictures that fit into a processor's cache together


def unexplained_change(earlier: Pictures, later: Pictures, *, search: int = _SEARCH) -> Floats:
    """Return for each pair how far the pictures are apart once blocks of one were moved to where they fit best.

    Blocks move by up to `search` pixels. Of both directions the better counts: what is uncovered has nothing to come
    from, but what is covered has.
    """
    residues = [np.zeros(0, np.float32)]
    for k in range(0, len(earlier), _AT_ONCE):
        one, other = earlier[k : k + _AT_ONCE], later[k : k + _AT_ONCE]
        residues.append(np.minimum(_residue(one, other, search), _residue(other, one, search)))
    return np.concatenate(residues)


def relit(earlier: Pictures, later: Pictures) -> Pictures:
    """Return the earlier picture of each pair in the light of the later one: same mean, and contrast within bounds."""
    one, other = (pictures.astype(np.float32) for pictures in (earlier, later))
    means, others = (pictures.mean(axis=(1, 2), keepdims=True) for pictures in (one, other))
    gain = (other.std(axis=(1, 2), keepdims=True) + 1) / (one.std(axis=(1, 2), keepdims=True) + 1)
    lit = (one - means) * np.clip(gain, 1 / _MOST_GAIN, _MOST_GAIN) + others
    clipped: Pictures = np.clip(np.rint(lit), 0, 255).astype(np.int16)
    return clipped


def _residue(source: Pictures, target: Pictures, search: int) -> Floats:
    count, height, width = target.shape
    padded = np.pad(source, ((0, 0), (search, search), (search, search)), mode="edge")
    best = np.full((count, height // _BLOCK[0], width // _BLOCK[1]), np.iinfo(np.int16).max, np.int16)
    for y in range(2 * search + 1):
        # All moves across at once, (n, moves, height, width); moves down one by one, so that it all stays in the cache.
        moved = np.lib.stride_tricks.sliding_window_view(padded[:, y : y + height], width, axis=2).swapaxes(1, 2)
        apart = np.abs(moved - target[:, None])
        # Sums of slices: numpy takes five times as long to reduce over the axes of blocks.
        rows = apart[:, :, 0::3] + apart[:, :, 1::3] + apart[:, :, 2::3]
        blocks = rows[..., 0::4] + rows[..., 1::4] + rows[..., 2::4] + rows[..., 3::4]
        np.minimum(best, blocks.min(axis=1), out=best)
    means: Floats = best.mean(axis=(1, 2), dtype=np.float32) / (_BLOCK[0] * _BLOCK[1])
    return means


def correlation(one: NDArray[Any], other: NDArray[Any]) -> Floats:
    """Return for each pair of pictures the correlation of their values, which no change of light or contrast moves."""
    size = int(np.prod(one.shape[1:]))
    one, other = (pictures.reshape(-1, size).astype(np.float32) for pictures in (one, other))
    one, other = (values - values.mean(axis=1, keepdims=True) for values in (one, other))
    norms = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1)) + 1e-6
    likeness: Floats = (one * other).sum(axis=1) / norms
    return likeness


def recolour(one: Frames, other: Frames) -> Floats:
    """Return for each pair of pictures which share of the pixels have colours that the other lacks, 0 to 1.

    Pictures are given as the numbers of their pixels' colours, (n, pixels), see `Stretch.colours`.
    """
    shares = np.zeros(len(one), np.float32)
    for place, (before, after) in enumerate(zip(one, other, strict=True)):
        counts = np.bincount(before, minlength=COLOURS) - np.bincount(after, minlength=COLOURS)
        shares[place] = np.abs(counts).sum() / (2 * len(before))
    return shares
