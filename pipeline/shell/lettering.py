"""Say how likely a picture shows lettering, and where: rows of thin strokes of one colour on a ground of another.

Foliage and grass have thin strokes too, but of many shades, on a ground of many shades, and not in rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from pipeline.plan.subjects import Patch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Luma = NDArray[np.uint8]

# In pixels and steps of luma of a picture about 320 wide; tried on a film of leaves, and its titles and credits.
_STROKE: Final = 9
_LETTER_GAP: Final = 9
_STROKE_CONTRAST: Final = 40
_LEAST_HEIGHT: Final = 4
_LEAST_WIDTH: Final = 14
_MOST_HEIGHT: Final = 0.25
_LONG: Final = 2.2
_FULL: Final = 0.45
_INK: Final = (0.15, 0.75)
_ALTERNATIONS: Final = 5
_EVEN: Final = 0.28
_SHADE: Final = 0.4
_ONE_INK: Final = 0.5
_ONE_GROUND: Final = 0.7
# Rows as long as a quarter of the picture are nothing yet; three quarters and more are certain.
_NOTHING: Final = 0.25
_CERTAIN: Final = 0.75


def text_likelihood(luma: Luma) -> float:
    """Return from 0 to 1 how likely a picture shows lettering; letters higher than a tenth of it escape."""
    return _likelihood(*_all_rows(luma))


def text_rows(luma: Luma) -> tuple[Patch, ...]:
    """Return where a picture shows rows of lettering, from top left on; nothing where that is not likely."""
    fine, coarse = _all_rows(luma)
    return tuple(sorted((*fine, *coarse), key=lambda row: (row.y, row.x))) if _likelihood(fine, coarse) else ()


def _likelihood(fine: Sequence[Patch], coarse: Sequence[Patch]) -> float:
    length = sum(row.width for row in fine) + 0.5 * sum(row.width for row in coarse)
    return round(min(1.0, max(0.0, (length - _NOTHING) / (_CERTAIN - _NOTHING))), 3)


def _all_rows(luma: Luma) -> tuple[list[Patch], list[Patch]]:
    """Return what looks like rows of letters in a picture and in its half, which shows larger ones."""
    import cv2

    half = cv2.resize(luma, (luma.shape[1] // 2, luma.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return list(_rows(luma, contrast=50.0)), list(_rows(half, contrast=80.0))


def _rows(luma: Any, *, contrast: float) -> Iterator[Patch]:
    """Yield what looks like rows of letters."""
    import cv2
    import numpy as np

    height, width = luma.shape
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (_STROKE, _STROKE))
    gap = np.ones((1, _LETTER_GAP), np.uint8)
    for bright, transform in ((True, cv2.MORPH_TOPHAT), (False, cv2.MORPH_BLACKHAT)):
        strokes = cv2.threshold(cv2.morphologyEx(luma, transform, square), _STROKE_CONTRAST, 1, cv2.THRESH_BINARY)[1]
        joined = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, gap)
        boxes = cv2.connectedComponentsWithStats(joined, connectivity=4)[2][1:]
        x, y, wide, high, area = boxes.T
        likely = (
            (high >= _LEAST_HEIGHT) & (high <= _MOST_HEIGHT * height) & (wide >= np.maximum(_LEAST_WIDTH, _LONG * high))
        )
        likely &= (area >= _FULL * wide * high) & (x > 0) & (y > 0) & (x + wide < width) & (y + high < height)
        for left, top, across, down, _ in boxes[likely].tolist():
            place = slice(top, top + down), slice(left, left + across)
            if _is_row(luma[place], strokes[place] > 0, bright=bright, contrast=contrast):
                yield Patch(left / width, top / height, across / width, down / height)


def _is_row(luma: Any, ink: Any, *, bright: bool, contrast: float) -> bool:
    """Return whether a box holds strokes of one shade on a ground of one shade, side by side as letters are."""
    import numpy as np

    if not _INK[0] < ink.mean() < _INK[1]:
        return False
    high, wide = ink.shape
    middle = ink[high // 5 : high - high // 5]
    if np.count_nonzero(middle[:, 1:] != middle[:, :-1]) < len(middle) * max(_ALTERNATIONS, wide / high / 2):
        return False
    if _is_regular(ink):
        return False
    inked, ground = np.sort(luma[ink]).astype(np.int16), np.sort(luma[~ink]).astype(np.int16)
    shade, behind = int(inked[len(inked) * (4 if bright else 1) // 5]), int(ground[len(ground) // 2])
    slack = _SHADE * abs(shade - behind)
    if abs(shade - behind) < contrast:
        return False
    return bool(
        (np.abs(inked - shade) < slack).mean() >= _ONE_INK and (np.abs(ground - behind) < slack).mean() >= _ONE_GROUND
    )


def _is_regular(ink: Any) -> bool:
    """Return whether strokes repeat at even distances, as holes, fences and windows do; letters differ in width."""
    import numpy as np

    filled = ink.mean(axis=0) > ink.mean() / 2
    starts = np.flatnonzero(filled[1:] & ~filled[:-1])
    if len(starts) < _ALTERNATIONS:
        return False
    steps = np.diff(starts)
    return bool(steps.std() < _EVEN * steps.mean())
