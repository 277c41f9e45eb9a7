"""The demo film's shots of fields: from high above, and from between the poppies."""

from __future__ import annotations

import math

import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Frame, Layer, Painter, Stage, disc, ellipse, mix, polygon, stroke
from pipeline.shell.demo.light import cast_shadow, glow, shine, soften
from pipeline.shell.demo.props import draw_kite, scatter
from pipeline.shell.demo.texture import fractal, gradient, textured

_CROPS = (0xC9B458, 0x7E9F3F, 0x4F7F3B, 0xD9C98A, 0xA8813F, 0x93B85A, 0xE0B84C, 0x6B8F52)


def _patchwork(stage: Stage, width: float) -> Frame:
    """Return fields seen from above, with furrows, hedges, a river and a road."""
    rng = np.random.default_rng(130)
    land = np.zeros((stage.height, stage.pixels(width), 3), np.uint8)
    columns, rows, cell = int(width / 190) + 3, 6, 190.0
    knots = np.stack(np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"), axis=-1) * cell - 100
    knots = knots + rng.uniform(-55, 55, knots.shape)
    for i in range(columns - 1):
        for j in range(rows - 1):
            quad = np.array([knots[i, j], knots[i + 1, j], knots[i + 1, j + 1], knots[i, j + 1]])
            tone = _CROPS[int(rng.integers(len(_CROPS)))]
            polygon(land, quad, tone)
            lines = int(rng.integers(9, 22))
            first, second = ((0, 1), (3, 2)) if rng.random() < 0.5 else ((0, 3), (1, 2))
            for line in range(lines):
                share = (line + 0.5) / lines
                ends = [quad[a] + (quad[b] - quad[a]) * share for a, b in (first, second)]
                stroke(land, ends, mix(tone, 0x2B2A12, 0.22), 2)
            stroke(land, [*quad, quad[0]], 0x37542E, 6)
            for x, y, size, _ in scatter(i * 31 + j, 5):
                at = quad[0] + (quad[1] - quad[0]) * x + rng.uniform(-7, 7, 2)
                disc(land, (float(at[0]) + 4, float(at[1]) + 6), 8 + 8 * size, 0x233A20)
                disc(land, (float(at[0]), float(at[1])), 8 + 8 * size, mix(0x2F5A33, 0x4C7A3C, y))
    xs = np.arange(-20, width + 30, 12)
    river = 420 + 120 * np.sin(xs / 260) + 40 * np.sin(xs / 93)
    for wide, tone in ((66, 0x3B5E3A), (54, 0x9DB3A0), (46, 0x3F8FA6), (20, 0x5FB0C0)):
        stroke(land, np.stack([xs, river], axis=1), tone, wide)
    road = 180 + 60 * np.sin(xs / 330 + 2)
    for wide, tone in ((16, 0xB9A88A), (11, 0xE4D8BE)):
        stroke(land, np.stack([xs, road], axis=1), tone, wide)
    return textured(land, fractal(17, land.shape[:2], (10, 26), 5), 0.3)


def fields_from_above(stage: Stage) -> Painter:
    """Fields pass far below the kite; its shadow and the clouds' shadows travel over them."""
    width = WIDTH + 72 * 5
    ground = _patchwork(stage, width)
    shape = (stage.height, stage.pixels(WIDTH + 500))
    cover = np.clip((fractal(23, shape, (3, 5), 4) - 0.52) * 5, 0, 1) * 0.4
    shades = Layer.of((np.dstack([np.zeros((*shape, 3), np.float32), cover]) * 255).astype(np.uint8))

    def paint(seconds: float) -> Frame:
        left = min(stage.pixels(72 * seconds), ground.shape[1] - stage.width)
        frame = np.ascontiguousarray(ground[:, left : left + stage.width])
        shades.over(frame, -120 * seconds)
        tractor = 700 - 92 * seconds
        polygon(frame, ((tractor, 100), (tractor + 30, 96), (tractor + 31, 114), (tractor + 1, 118)), 0xC9302B)
        polygon(frame, ((tractor + 10, 102), (tractor + 22, 101), (tractor + 23, 112), (tractor + 11, 113)), 0xF2E6D0)
        x, y = 420 + 90 * seconds, 400 - 30 * seconds + 40 * math.sin(seconds * 1.5)
        cast_shadow(
            frame, lambda small: draw_kite(small, x + 110, y + 150, 66, seconds, lean=0.9), depth=0.45, radius=3
        )
        draw_kite(frame, x, y, 84, seconds, lean=0.9)
        return frame

    return paint


def _draw_poppy(
    frame: Frame, foot: tuple[float, float], head: tuple[float, float], size: float, tones: tuple[int, int]
) -> None:
    red, dark = tones
    share = np.linspace(0, 1, 12)
    stem = np.stack([foot[0] + (head[0] - foot[0]) * share**1.7, foot[1] + (head[1] - foot[1]) * share], axis=1)
    stroke(frame, stem, mix(0x4F7F3B, dark, 0.25), size * 0.09)
    for dx, dy, wide, high, tone in ((-0.5, -0.15, 0.62, 0.62, dark), (0.5, -0.15, 0.62, 0.62, mix(red, dark, 0.6)),
                                     (0.0, -0.42, 0.66, 0.56, mix(red, dark, 0.3)),
                                     (0.0, 0.16, 0.86, 0.52, red)):  # fmt: skip
        ellipse(frame, (head[0] + dx * size, head[1] + dy * size), (wide * size, high * size), tone)
    ellipse(
        frame,
        (head[0] - 0.3 * size, head[1] + 0.22 * size),
        (0.3 * size, 0.16 * size),
        mix(red, 0xFFFFFF, 0.3),
        angle=20,
    )
    ellipse(frame, (head[0], head[1] - 0.22 * size), (0.26 * size, 0.17 * size), 0x1E1420)
    for stamen in range(9):
        angle = stamen * 0.7
        disc(
            frame,
            (head[0] + 0.34 * size * math.cos(angle), head[1] - 0.22 * size + 0.2 * size * math.sin(angle)),
            size * 0.035,
            0xF6D365,
        )


def poppies(stage: Stage) -> Painter:
    """Poppies sway in front of a soft meadow; a bee hums and the kite passes far behind."""
    back = gradient(stage, ((0, 0xA9D8E6), (0.4, 0xE8F0C8), (0.7, 0xA5C46A), (1, 0x4F7F3B)))
    for x, y, size, phase in scatter(55, 120):
        tone = (0xE8604C, 0xF2B84B, 0xF6F0D8, 0xB7D47A)[int(phase * 4)]
        disc(back, (x * WIDTH, 360 + 340 * y), 8 + 26 * size * y, tone)
    back = soften(back, 13)
    shine(back, glow(stage, 480, 0x4A4424, sharpness=1.6), (240, 110))
    bed = [(x * 1340 - 30, 250 + 210 * y, 34 + 26 * size, phase) for x, y, size, phase in scatter(58, 13)]
    front = [(150.0, 330.0, 104.0, 0.1), (1090.0, 270.0, 132.0, 0.5), (560.0, 520.0, 96.0, 0.8)]
    blades = scatter(59, 90)

    def paint(seconds: float) -> Frame:
        frame = back.copy()
        draw_kite(frame, 980 - 110 * seconds, 150 + 30 * math.sin(seconds * 1.8), 50, seconds, lean=-0.5)
        for x, y, size, phase in sorted(bed, key=lambda flower: flower[2]):
            sway = 15 * math.sin(seconds * 1.7 + phase * 6)
            _draw_poppy(frame, (x, 730), (x + sway, y + 60), size, (0xD8402F, 0xA3281F))
        for x, y, size, phase in blades:
            sway = 20 * math.sin(seconds * 1.9 + phase * 3 + x * 4)
            stroke(frame, ((x * WIDTH, 740), (x * WIDTH + sway * 0.3, 640 - 40 * y), (x * WIDTH + sway, 560 - 90 * y)),
                   mix(0x2F5A2C, 0x86B04C, size), 4)  # fmt: skip
        for x, y, size, phase in front:
            sway = 24 * math.sin(seconds * 1.5 + phase * 6)
            _draw_poppy(frame, (x + 30, 760), (x + sway, y), size, (0xF0503A, 0xB62C22))
        _draw_bee(frame, 640 + 260 * math.sin(seconds * 0.8 + 2), 360 + 60 * math.sin(seconds * 2.3), seconds)
        return frame

    return paint


def _draw_bee(frame: Frame, x: float, y: float, seconds: float) -> None:
    beat = 8 * math.sin(seconds * 60)
    for side in (-1, 1):
        ellipse(frame, (x - 4 + side * 7, y - 20 - beat * 0.4), (9, 17), 0xE9F4F7, angle=side * 24)
    ellipse(frame, (x, y), (25, 16), 0xF0B429)
    for stripe in (-9, 2, 12):
        ellipse(frame, (x + stripe, y), (3.4, 14.5 - abs(stripe) * 0.2), 0x2A1B12)
    disc(frame, (x - 23, y - 2), 10, 0x2A1B12)
    disc(frame, (x - 27, y - 4), 2.4, 0xFFFFFF)
