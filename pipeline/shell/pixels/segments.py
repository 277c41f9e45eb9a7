"""Decode pictures of our own HLS segments: those that stand alone, or any one of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Which = Literal["NONKEY", "DEFAULT"]
"""What the decoder skips, in libav's words: all but key pictures, or nothing."""


def key_pictures(init: bytes, segment: bytes, *, size: tuple[int, int]) -> tuple[NDArray[np.uint8], ...]:
    """Return the pictures of a segment that stand alone, in a size, as RGB arrays of height × width × 3."""
    return tuple(_rgb(picture, size) for picture in decoded(init, segment, "NONKEY"))


def picture_of(init: bytes, segment: bytes, number: int) -> NDArray[np.uint8]:
    """Return one picture of a segment, counted in the order in which they are shown; of too high a number the last."""
    last: Any = None
    for at, picture in enumerate(decoded(init, segment, "DEFAULT")):
        last = picture
        if at == number:
            break
    return _rgb(last, (last.width, last.height))


def decoded(init: bytes, segment: bytes, skipped: Which) -> Iterator[Any]:
    """Yield the pictures of a segment as libav has them."""
    import av

    with av.open(io.BytesIO(init + segment), "r", format="mp4") as container:
        stream: Any = container.streams.video[0]
        stream.codec_context.skip_frame = skipped
        yield from container.decode(stream)


def _rgb(picture: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    # Our segments are BT.709 in limited range, which they say; JPEG and screens are full range.
    shown = picture.reformat(
        *size, format="rgb24", src_colorspace="ITU709", dst_color_range="JPEG", interpolation="AREA"
    )
    return cast("NDArray[np.uint8]", shown.to_ndarray())
