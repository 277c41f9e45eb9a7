"""Show what of a finished clip lies under a platform's buttons: the worst moments, with the buttons drawn."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.geometry import Box
from pipeline.plan.layout import ButtonZone
from pipeline.plan.overlaps import Overlap
from pipeline.shell.probe import frames_of, open_media
from pipeline.shell.store import Artifact, Store
from pipeline.timebase import clock

_VERSION: Final = "1"
"""Of how they are drawn."""
_MOST: Final = 8
_COLUMNS: Final = 4
_CELL_WIDTH_PX: Final = 360
_LABEL_PX: Final = 30
_BUTTONS: Final = (70, 70, 235)  # OpenCV's order: blue, green, red
_ERROR: Final = (0, 0, 255)
_WARNING: Final = (0, 215, 255)
_TINT: Final = 0.35


def draw_overlaps(
    clip: Artifact, overlaps: Sequence[Overlap], zones: Sequence[ButtonZone], size: tuple[int, int], store: Store
) -> Artifact:
    """Return the picture of a clip's overlaps, weightiest first; `size` is that of the canvas they are measured on."""
    key = recipe_key("overlaps", _VERSION, (clip.key, repr(tuple(overlaps)), repr(tuple(zones)), repr(size)))

    def produce(target: Path) -> dict[str, Any]:
        target.write_bytes(_sheet(clip.path, overlaps[:_MOST], zones, size))
        return {"made_by": "overlaps", "inputs": [clip.key]}

    return store.make(key, ".jpg", produce)[0]


def _sheet(clip: Path, overlaps: Sequence[Overlap], zones: Sequence[ButtonZone], size: tuple[int, int]) -> bytes:
    import cv2
    import numpy as np

    cells = [_cell(_picture_at(clip, one.at), one, zones, size) for one in overlaps]
    columns = min(_COLUMNS, len(cells))
    height, width = cells[0].shape[:2]
    sheet = np.zeros((-(-len(cells) // columns) * height, columns * width, 3), np.uint8)
    for number, cell in enumerate(cells):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + height, left : left + width] = cell
    return cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def _cell(picture: Any, overlap: Overlap, zones: Sequence[ButtonZone], size: tuple[int, int]) -> Any:
    import cv2
    import numpy as np

    scale = _CELL_WIDTH_PX / size[0]
    cell = cv2.resize(picture, (_CELL_WIDTH_PX, round(size[1] * scale)), interpolation=cv2.INTER_AREA)
    for zone in zones:
        left, top, right, bottom = _edges(zone.box, scale)
        covered = cell[top:bottom, left:right]
        covered[:] = (covered * (1 - _TINT) + np.array(_BUTTONS) * _TINT).astype(np.uint8)
    left, top, right, bottom = _edges(overlap.box, scale)
    colour = _ERROR if overlap.severity == "error" else _WARNING
    cv2.rectangle(cell, (left, top), (right - 1, bottom - 1), colour, 2)
    label = np.zeros((_LABEL_PX, _CELL_WIDTH_PX, 3), np.uint8)
    told = f"{clock(overlap.at)} {overlap.what[:24]}: {round(100 * overlap.share)} %"
    cv2.putText(label, told, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return np.vstack([label, cell])


def _edges(box: Box, scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = (round(e * scale) for e in (box.left_px, box.top_px, box.right_px, box.bottom_px))
    return left, top, right, bottom


def _picture_at(clip: Path, second: Fraction) -> Any:
    """Return the picture that a clip of ours shows at a time."""
    with open_media(clip) as container:
        stream = container.streams.video[0]
        tick = Fraction(stream.time_base or 1)
        container.seek(int(second / tick), stream=stream)
        shown: Any = None
        for frame in frames_of(container, stream):
            if shown is not None and frame.pts is not None and frame.pts * tick > second:
                break
            shown = frame
        return shown.to_ndarray(format="bgr24")
