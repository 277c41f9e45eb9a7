"""What happens inside a shot and is no transition: light that flashes, cameras that move, titles, grain, bars."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.reels.source import Frame
from bench.reels.values import Disturbance

_TILE_SPARE: Final = 64
_WIDEST: Final = 2.39
_NARROWEST: Final = 4 / 3


def disturb(picture: Frame, at: int, disturbances: tuple[Disturbance, ...], fps: float) -> Frame:
    """Return frame `at` of a take with all that disturbs it there; bars come last, as they lie over everything."""
    for what, change in _CHANGES.items():
        for disturbance in disturbances:
            if disturbance.what == what and at >= disturbance.start_frame:
                picture = change(picture, at - disturbance.start_frame, disturbance, fps)
    return picture


def _whip(picture: Frame, at: int, whip: Disturbance, _: float) -> Frame:
    """Pan across to the picture's mirror image, with the blur of a camera that turns; it stays there."""
    width = picture.shape[1]
    mirrored = picture[:, ::-1]
    if at >= whip.frames:
        return np.ascontiguousarray(mirrored)
    offset, sooner = (round(width * _eased((at + share) / (whip.frames + 1))) for share in (1, 0.5))
    # A shutter open for half of a frame.
    blur = max(1, offset - sooner)
    wide = np.hstack((picture, mirrored, picture))
    shown = np.ascontiguousarray(wide[:, offset : offset + width])
    return _frame(cv2.blur(shown, (blur, 1)))


def _shake(picture: Frame, at: int, shake: Disturbance, fps: float) -> Frame:
    """Show a crop that wanders as a hand does: slow sway and faster tremble, up to 2 % of the picture."""
    height, width = picture.shape[:2]
    reach = 0.006 + 0.014 * shake.strength
    generator = np.random.default_rng(shake.seed)
    hertz, phases = generator.uniform(0.4, 5.0, (2, 4)), generator.uniform(0, 2 * np.pi, (2, 4))
    across, down = (np.sin(2 * np.pi * hertz * at / fps + phases).mean(axis=1) * 0.5 + 0.5).tolist()
    spare_x, spare_y = round(width * reach * 2), round(height * reach * 2)
    left, top = across * spare_x, down * spare_y
    scale_x, scale_y = (width - spare_x) / width, (height - spare_y) / height
    move = np.array([[scale_x, 0, left], [0, scale_y, top]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return _frame(cv2.warpAffine(picture, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _zoom(picture: Frame, at: int, zoom: Disturbance, _: float) -> Frame:
    """Move in by up to a half of the picture's size over the whole take."""
    height, width = picture.shape[:2]
    scale = 1 / (1 + (0.1 + 0.4 * zoom.strength) * at / zoom.frames)
    move = np.array([[scale, 0, width * (1 - scale) / 2], [0, scale, height * (1 - scale) / 2]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return _frame(cv2.warpAffine(picture, move, (width, height), flags=flags))


def _passing(picture: Frame, at: int, passing: Disturbance, _: float) -> Frame:
    """Let something dark and out of focus pass close to the camera; a wide one hides all for a moment."""
    if at >= passing.frames:
        return picture
    width = picture.shape[1]
    reach = width * (0.3 + 0.9 * passing.strength)
    middle = (width + reach) * (at + 1) / (passing.frames + 1) - reach / 2
    beyond = np.clip((reach / 2 - np.abs(np.arange(width) - middle)) / (0.06 * width) + 0.5, 0, 1)
    hidden = (beyond if passing.seed % 2 else beyond[::-1])[None, :, None].astype(np.float32)
    colour = np.random.default_rng(passing.seed).integers(5, 60, 3).astype(np.float32)
    return _frame(picture * (1 - hidden) + colour * hidden)


def _title(picture: Frame, at: int, title: Disturbance, fps: float) -> Frame:
    """Lay words over the picture, which come and go softly or, where weak, at once."""
    if at >= title.frames:
        return picture
    height, width = picture.shape[:2]
    soft = max(1, round(title.strength * fps / 2))
    shown = min(1.0, (at + 1) / soft, (title.frames - at) / soft)
    layer = picture.copy()
    generator = np.random.default_rng(title.seed)
    size, lines = float(generator.uniform(0.8, 2.4)) * height / 360, int(generator.integers(1, 5))
    for line in range(lines):
        text = "".join(generator.choice(list("abcdefghijklmnop "), int(generator.integers(6, 18))))
        place = round(width * 0.08), round(height * (0.9 - 0.18 * (lines - 1 - line)))
        cv2.putText(
            layer, text, place, cv2.FONT_HERSHEY_DUPLEX, size, (250, 250, 250), max(1, round(2 * size)), cv2.LINE_AA
        )
    return _frame(cv2.addWeighted(picture, 1 - shown, layer, shown, 0))


def _exposure(picture: Frame, at: int, exposure: Disturbance, _: float) -> Frame:
    """Turn the iris by up to a stop either way; it stays so."""
    stops = 2 * exposure.strength - 1
    return _frame(cv2.convertScaleAbs(picture, alpha=2 ** (stops * _eased(min(1.0, at / exposure.frames)))))


def _strobe(picture: Frame, at: int, strobe: Disturbance, fps: float) -> Frame:
    """Switch strong light on and off six to twelve times a second."""
    if at >= strobe.frames:
        return picture
    lit = int(at / fps * 2 * (6 + 6 * strobe.strength)) % 2 == 0
    return _frame(cv2.convertScaleAbs(picture, alpha=1.8, beta=50) if lit else cv2.convertScaleAbs(picture, alpha=0.45))


def _flash(picture: Frame, at: int, flash: Disturbance, _: float) -> Frame:
    """Blind the camera: white where strong, a picture much too bright where weak."""
    if at >= flash.frames:
        return picture
    if flash.strength > 0.5:
        return np.full_like(picture, 255)
    return _frame(cv2.convertScaleAbs(picture, alpha=1.8 + flash.strength, beta=60))


def _grain(picture: Frame, at: int, grain: Disturbance, _: float) -> Frame:
    more, less = _tiles(grain.seed, 3 + 11 * grain.strength, picture.shape[:2])
    left, top = (at * 29 + grain.seed) % _TILE_SPARE, (at * 43 + grain.seed // _TILE_SPARE) % _TILE_SPARE
    height, width = picture.shape[:2]
    window = slice(top, top + height), slice(left, left + width)
    return _frame(cv2.subtract(cv2.add(picture, more[window]), less[window]))


@lru_cache(maxsize=3)
def _tiles(seed: int, deviation: float, size: tuple[int, int]) -> tuple[Frame, Frame]:
    """Return what grain adds and what it takes, a little larger than a picture."""
    shape = (size[0] + _TILE_SPARE, size[1] + _TILE_SPARE, 1)
    noise = np.random.default_rng(seed).normal(0, deviation, shape).repeat(3, axis=2)
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)


def _letterbox(picture: Frame, _: int, box: Disturbance, __: float) -> Frame:
    height, width = picture.shape[:2]
    ratio = 1.85 + (_WIDEST - 1.85) * box.strength
    return _barred(picture, max(0, height - round(width / ratio)) // 2, 0)


def _pillarbox(picture: Frame, _: int, box: Disturbance, __: float) -> Frame:
    height, width = picture.shape[:2]
    ratio = _NARROWEST + (1.6 - _NARROWEST) * box.strength
    return _barred(picture, 0, max(0, width - round(height * ratio)) // 2)


def _barred(picture: Frame, down: int, across: int) -> Frame:
    height, width = picture.shape[:2]
    barred = np.zeros_like(picture)
    window = slice(down, height - down), slice(across, width - across)
    barred[window] = picture[window]
    return barred


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


def _frame(picture: NDArray[np.generic] | cv2.Mat) -> Frame:
    return np.asarray(picture, np.uint8)


_CHANGES: Final[dict[str, Callable[[Frame, int, Disturbance, float], Frame]]] = {
    "whip": _whip,
    "zoom": _zoom,
    "shake": _shake,
    "passing": _passing,
    "exposure": _exposure,
    "strobe": _strobe,
    "flash": _flash,
    "title": _title,
    "grain": _grain,
    "letterbox": _letterbox,
    "pillarbox": _pillarbox,
}
