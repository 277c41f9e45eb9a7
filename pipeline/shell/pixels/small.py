"""Make decoded pictures small: as evidence of transitions, straight from the decoder, and upright for people."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from pipeline.facts import PictureFacts
from pipeline.plan.miniatures import CHROMA_SIZE, LUMA_SIZE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

Miniature = tuple["Bytes", "Bytes"]
"""Luma (36, 64) and chroma (2, 9, 16) of one picture."""
LONG_SIDE_PX: Final = 256
# Pictures are thinned to these sizes by taking four neighbours for each pixel, then averaged: 32 samples for each luma
# value at a third of the time that averaging all of them takes, which is spent on waiting for memory.
_THIN_LUMA: Final = (LUMA_SIZE[0] * 4, LUMA_SIZE[1] * 2)
_THIN_CHROMA: Final = (CHROMA_SIZE[0] * 2, CHROMA_SIZE[1] * 2)
_NO_COLOUR: Final = 128
_FULL_RANGE: Final = 2  # libav's AVCOL_RANGE_JPEG
# Planes of Y, Cb, Cr in this machine's byte order, or of Y alone: what OpenCV can read where it lies.
_PLANAR: Final = re.compile(r"(yuvj?4\d\dp|yuva4\d\dp|gray)(\d+le)?\Z")


class Miniaturist:
    """Make the luma and chroma that `plan.stretch` looks at; one for each thread that decodes."""

    def __init__(self) -> None:
        import cv2
        from av.video.reformatter import VideoReformatter

        cv2.setNumThreads(1)  # pictures as small as these cost less than waking other threads does
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> Miniature:
        """Return luma (36, 64) and chroma (2, 9, 16) of a decoded picture as it is stored, of 8 bits."""
        import numpy as np

        if _PLANAR.match(picture.format.name) is None:
            picture = self._reformatter.reformat(
                picture,
                width=_THIN_LUMA[0],
                height=_THIN_LUMA[1],
                format="yuv420p",
                interpolation="BILINEAR",
                threads=1,
            )
        shift = picture.format.components[0].bits - 8
        planes = picture.planes
        luma = _thinned(_plane(planes[0], shift), _THIN_LUMA, LUMA_SIZE, shift)
        if len(planes) < 3:
            return luma, np.full((2, CHROMA_SIZE[1], CHROMA_SIZE[0]), _NO_COLOUR, np.uint8)
        chroma = np.empty((2, CHROMA_SIZE[1], CHROMA_SIZE[0]), np.uint8)
        for k in (0, 1):
            chroma[k] = _thinned(_plane(planes[k + 1], shift), _THIN_CHROMA, CHROMA_SIZE, shift)
        return luma, chroma

    def of_bgr(self, bgr: Bytes) -> Miniature:
        """Return the same of a picture in BGR, of 8 bits: turned back into planes and thinned as those of a film are.

        What BGR rounds, and which matrix made it of the film's planes, stay in it: a few steps of luma and chroma.
        """
        import cv2
        import numpy as np

        height, width = bgr.shape[0] & ~1, bgr.shape[1] & ~1
        planes = cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YUV_I420)
        luma = _thinned(planes[:height], _THIN_LUMA, LUMA_SIZE, 0)
        coloured = planes[height:].reshape(2, height // 2, width // 2)
        chroma = np.stack([_thinned(plane, _THIN_CHROMA, CHROMA_SIZE, 0) for plane in coloured])
        return luma, chroma


class Shrinker:
    """Make small upright pictures for people; scaling and the conversion to BGR are one step of swscale."""

    def __init__(self, picture: PictureFacts, long_side_px: int = LONG_SIDE_PX) -> None:
        from av.video.reformatter import VideoReformatter

        width, height = small_size(picture, long_side_px)
        self._stored = (height, width) if picture.rotation_deg in (90, 270) else (width, height)
        self._quarter_turns = -(picture.rotation_deg // 90)  # numpy turns counter-clockwise
        self._reformatter = VideoReformatter()

    def __call__(self, picture: Any) -> Bytes:
        """Return a decoded picture in BGR, upright."""
        import numpy as np

        width, height = self._stored
        # One thread: a picture of this size costs less than handing it to others does.
        small = self._reformatter.reformat(
            picture, width=width, height=height, format="bgr24", interpolation="AREA", threads=1
        )
        bgr = cast("NDArray[np.uint8]", small.to_ndarray())
        return np.ascontiguousarray(np.rot90(bgr, self._quarter_turns)) if self._quarter_turns else bgr


def luma_of(picture: Any) -> tuple[Any, int, bool]:
    """Return the luma of a decoded picture as it is stored, its bits, and whether that is of full range."""
    if _PLANAR.match(picture.format.name) is None:
        return picture.reformat(format="gray", dst_color_range=_FULL_RANGE).to_ndarray(), 8, True
    bits = picture.format.components[0].bits
    is_full = picture.format.name.startswith("yuvj") or picture.color_range == _FULL_RANGE
    return _plane(picture.planes[0], bits - 8), bits, is_full


def small_size(picture: PictureFacts, long_side_px: int = LONG_SIDE_PX) -> tuple[int, int]:
    """Return width and height of the reduced picture as shown, even, its longer side of a given length."""
    width, height = picture.display_size
    scale = Fraction(long_side_px, max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _plane(plane: Any, shift: int) -> Any:
    import numpy as np

    kind = np.dtype(np.uint8 if shift <= 0 else np.uint16)
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[:, : plane.width]


def _thinned(plane: Any, between: tuple[int, int], size: tuple[int, int], shift: int) -> Any:
    import cv2

    thin = cv2.resize(plane, between, interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(thin, size, interpolation=cv2.INTER_AREA)
    return (small >> shift).astype("uint8") if shift > 0 else small
