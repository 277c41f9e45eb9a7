"""Grounds and skies of the demo film: gradients, cloudy noise, outlines of hills and what fills them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pipeline.shell.demo.canvas import HEIGHT, WIDTH, Field, Frame, Layer, Stage, ink, polygon


def fractal(seed: int, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 5) -> Field:
    """Return cloudy noise from 0 to 1; `cells` are the coarsest grid's rows and columns."""
    rng = np.random.default_rng(seed)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        grid = rng.random((cells[0] * 2**octave + 1, cells[1] * 2**octave + 1), dtype=np.float32)
        total += cv2.resize(grid, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def gradient(stage: Stage, stops: Sequence[tuple[float, int]], width: float = WIDTH) -> Frame:
    """Return a sky: colours from top to bottom at given heights (0 to 1), dithered against banding."""
    rows = np.linspace(0, 1, stage.height)
    at = [height for height, _ in stops]
    channels = [np.interp(rows, at, [ink(colour)[channel] for _, colour in stops]) for channel in range(3)]
    smooth = np.stack(channels, axis=-1)[:, None, :]
    noise = np.random.default_rng(len(stops)).random((stage.height, stage.pixels(width), 3))
    return (smooth + noise).astype(np.uint8)


def textured(sheet: Frame, field: Field, depth: float) -> Frame:
    """Return a painted sheet (or frame) with its colours made lighter and darker by a field from 0 to 1."""
    shade = 1 + depth * (field[:, :, None] - 0.5)
    out = sheet.copy()
    out[:, :, :3] = np.clip(sheet[:, :, :3] * shade, 0, 255)
    if sheet.shape[2] == 4:
        np.minimum(out[:, :, :3], sheet[:, :, 3:], out=out[:, :, :3])
    return out


def tinted(opacity: Field, colour: int) -> Frame:
    """Return a sheet of one colour with the given opacity from 0 to 1."""
    solid = np.array(ink(colour), np.float32)
    return (np.clip(opacity, 0, 1)[:, :, None] * solid).astype(np.uint8)


def clouds(stage: Stage, seed: int, colour: int, *, band: tuple[float, float], cover: float, width: float) -> Layer:
    """Return drifting clouds between two heights (0 to 1); `cover` 0 to 1 is how much of the sky they take."""
    shape = (stage.height, stage.pixels(width))
    field = fractal(seed, shape, (6, round(5 * width / WIDTH)))
    rows = np.linspace(0, 1, stage.height, dtype=np.float32)
    middle, reach = (band[0] + band[1]) / 2, (band[1] - band[0]) / 2
    fade = np.clip(1 - ((rows - middle) / reach) ** 2, 0, 1)[:, None]
    return Layer.of(tinted(np.clip((field * fade - (1 - cover)) * 4, 0, 0.92), colour))


def ridge(seed: int, width: float, *, base: float, rise: float, cells: int = 4) -> list[tuple[float, float]]:
    """Return the outline of hills: points every eight units, `base` their foot, `rise` how far they reach above it."""
    count = int(width / 8) + 2
    line = fractal(seed, (2, count), (1, cells), 5)[0]
    return [(index * 8.0, base - rise * float(value)) for index, value in enumerate(line)]


def land(
    stage: Stage, outline: Sequence[tuple[float, float]], colours: tuple[int, int], *, depth: float = 0.25
) -> Frame:
    """Return a sheet with everything below an outline filled from one colour to another downwards, textured."""
    width = outline[-1][0]
    sheet = stage.sheet(width)
    polygon(sheet, [*outline, (width, HEIGHT + 9), (0, HEIGHT + 9)], 0xFFFFFF)
    top = min(y for _, y in outline) / HEIGHT
    paint = gradient(stage, ((max(0.0, top), colours[0]), (1, colours[1])), width)[:, : sheet.shape[1]]
    field = fractal(len(outline), sheet.shape[:2], (24, 24), 4)
    paint = textured(paint, field, depth)
    sheet[:, :, :3] = (sheet[:, :, :3].astype(np.uint16) * paint // 255).astype(np.uint8)
    return sheet
