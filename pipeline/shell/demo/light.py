"""Light and its lack in the demo film: glows, beams, blur, shadows and reflections, all changing a frame in place."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pipeline.shell.demo.canvas import HEIGHT, Frame, Stage, ink, meeting


def glow(stage: Stage, radius: float, colour: int, *, sharpness: float = 2) -> Frame:
    """Return a round light to be added to frames; a higher `sharpness` gathers it in the middle."""
    reach = max(2, stage.pixels(radius))
    axis = np.linspace(-1, 1, 2 * reach, dtype=np.float32)
    fall = np.clip(1 - np.hypot(axis[:, None], axis[None, :]), 0, 1) ** sharpness
    return np.asarray(fall[:, :, None] * np.array(ink(colour)[:3], np.float32), np.uint8)


def shine(frame: Frame, light: Frame, centre: tuple[float, float], gain: float = 1) -> None:
    """Add a light to a frame around a point."""
    unit = frame.shape[0] / HEIGHT
    left, top = round(centre[0] * unit) - light.shape[1] // 2, round(centre[1] * unit) - light.shape[0] // 2
    box = meeting(frame, light.shape, left, top)
    if box is None or gain <= 0:
        return
    (y0, y1, x0, x1), (v0, v1, u0, u1) = box
    part = frame[y0:y1, x0:x1]
    lit = light[v0:v1, u0:u1]
    cv2.add(part, lit if gain == 1 else cv2.convertScaleAbs(lit, alpha=gain), dst=part)


def soften(frame: Frame, radius: float) -> Frame:
    """Return a picture blurred by a radius in units."""
    sigma = radius * frame.shape[0] / HEIGHT
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), max(0.3, sigma)), np.uint8)


def bloom(frame: Frame, paint: Callable[[Frame], None], *, radius: float, coarse: int = 4) -> None:
    """Add soft light: `paint` draws it on a small black picture, which is blurred, enlarged and added."""
    height, width = frame.shape[:2]
    small = np.zeros((height // coarse, width // coarse, 3), np.uint8)
    paint(small)
    cv2.add(frame, cv2.resize(soften(small, radius), (width, height), interpolation=cv2.INTER_LINEAR), dst=frame)


def cast_shadow(frame: Frame, paint: Callable[[Frame], None], *, depth: float, radius: float) -> None:
    """Darken what lies under the shadow of something that `paint` draws on a small black picture."""
    height, width = frame.shape[:2]
    small = np.zeros((height // 4, width // 4, 3), np.uint8)
    paint(small)
    cover = soften(np.where(small.max(axis=2) > 30, round(255 * depth), 0).astype(np.uint8), radius)
    through = cv2.resize(cv2.merge([255 - cover] * 3), (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(frame, through, dst=frame, scale=1 / 255)


def reflect(frame: Frame, horizon: float, seconds: float, *, wave: float, dim: float) -> None:
    """Replace what lies below a horizon by the rippling, dimmer mirror image of what lies above it."""
    height, width = frame.shape[:2]
    line = round(horizon * height / HEIGHT)
    depth = height - line
    below = np.arange(depth, dtype=np.float32)
    near = below / depth
    sway = np.sin(below * (0.55 - 0.35 * near) * HEIGHT / height + seconds * 5) * wave * (0.3 + near) * height / HEIGHT
    columns = np.arange(width, dtype=np.float32)[None, :] + sway[:, None]
    rows = np.clip(
        line - 1 - below * min(1.0, (line - 1) / depth) + 2 * np.sin(below * 0.31 + seconds * 3), 0, line - 1
    )
    source = np.broadcast_to(rows[:, None], columns.shape).astype(np.float32)
    mirrored = cv2.remap(frame, columns, source, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    frame[line:] = cv2.convertScaleAbs(mirrored, alpha=dim)
