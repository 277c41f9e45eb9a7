"""The demo film's forest, its trunks at four depths, and the fox that runs through it."""

from __future__ import annotations

import math

import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Frame, Layer, Painter, Stage, disc, ellipse, limb, polygon, stroke
from pipeline.shell.demo.light import bloom, glow, shine
from pipeline.shell.demo.props import draw_kite, scatter
from pipeline.shell.demo.texture import gradient


def forest(stage: Stage) -> Painter:
    """A fox runs after the kite through a wood; trunks pass at four depths."""
    light = gradient(stage, ((0, 0x7FA04E), (0.45, 0xEAF0A8), (0.8, 0xB7C76C)))
    shine(light, glow(stage, 620, 0x5C5A2A, sharpness=1.6), (760, 220))
    trunks = [_trunks(stage, depth) for depth in range(4)]
    motes = scatter(31, 60)

    def beams(small: Frame) -> None:
        for shaft in range(5):
            x = 330 + 190 * shaft
            polygon(small, ((x, -20), (x + 60, -20), (x - 250, 640), (x - 390, 640)), 0x3F4420)

    def paint(seconds: float) -> Frame:
        frame = light.copy()
        for depth, speed in enumerate((24, 72, 168)):
            trunks[depth].over(frame, -speed * seconds)
        draw_kite(frame, 850 + 90 * math.sin(seconds * 0.9), 250 + 60 * math.sin(seconds * 2.1), 50, seconds, lean=0.7)
        _draw_fox(frame, 380 + 30 * seconds, 672, 104, seconds)
        bloom(frame, beams, radius=14)
        for x, y, near, phase in motes:
            at = ((x * 1400 - seconds * (40 + 90 * near)) % 1400 - 40, y * 600 + 14 * math.sin(seconds * 2 + phase * 6))
            disc(frame, at, 1 + 2 * near, 0xFFF9C4)
        trunks[3].over(frame, -480 * seconds)
        return frame

    return paint


def _trunks(stage: Stage, depth: int) -> Layer:
    tone = ((0x9DB86A, 0x86A45C), (0x5F8250, 0x4C6E46), (0x2F4F38, 0x274431), (0x101D18, 0x0C1612))[depth]
    rng = np.random.default_rng(200 + depth)
    width = WIDTH + 200 * (depth + 1) ** 2
    sheet = stage.sheet(width)
    x = 0.0
    while x < width:
        wide = (16, 28, 46, 92)[depth] * (0.75 + 0.5 * rng.random())
        lean = 24 * (rng.random() - 0.5)
        polygon(sheet, ((x - wide * 0.75, 730), (x - wide * 0.4, 560), (x + lean - wide * 0.36, -9),
                        (x + lean + wide * 0.36, -9), (x + wide * 0.4, 560), (x + wide * 0.8, 730)),
                tone[0])  # fmt: skip
        polygon(
            sheet,
            ((x + wide * 0.05, 730), (x + lean, -9), (x + lean + wide * 0.36, -9), (x + wide * 0.8, 730)),
            tone[1],
        )
        for branch in range(3 if depth < 3 else 1):
            y = 90 + 130 * branch + 70 * rng.random()
            side = 1 if rng.random() < 0.5 else -1
            reach = side * wide * (1.7 + rng.random())
            stroke(sheet, ((x, y), (x + reach * 0.5, y - 36), (x + reach, y - 44)), tone[1], wide * 0.16)
            if depth < 3:
                ellipse(sheet, (x + reach, y - 50), (wide * 1.3, wide * 0.6), tone[0])
        x += (90, 130, 220, 520)[depth] * (0.7 + 0.7 * rng.random())
    ground = [(px, (560, 600, 650, 700)[depth] + 10 * math.sin(px / 70 + depth)) for px in np.arange(0, width + 9, 8.0)]
    polygon(sheet, [*ground, (width, 740), (0, 740)], tone[1])
    return Layer.of(sheet)


def _draw_fox(frame: Frame, x: float, y: float, size: float, seconds: float) -> None:
    fur, belly, dark = 0xD9682B, 0xF5E3CE, 0x3B1F16
    leap = size * 0.1 * abs(math.sin(seconds * 8))
    y -= leap
    for leg, phase in enumerate((0, 0.6, 3.1, 3.8)):
        hip = (x - size * 0.34 + size * 0.04 * (leg % 2) + (leg // 2) * size * 0.62, y - size * 0.34)
        swing = 0.85 * math.sin(seconds * 16 + phase)
        limb(
            frame, hip, (hip[0] + size * 0.34 * math.sin(swing), hip[1] + size * 0.36), (size * 0.11, size * 0.06), dark
        )
    tail = 0.25 * math.sin(seconds * 8)
    end = (x - size * 1.0, y - size * (0.5 + tail * 0.5))
    limb(frame, (x - size * 0.4, y - size * 0.45), end, (size * 0.12, size * 0.26), fur)
    disc(frame, end, size * 0.1, belly)
    ellipse(frame, (x, y - size * 0.44), (size * 0.48, size * 0.19), fur, angle=-4)
    head = (x + size * 0.56, y - size * 0.66)
    for ear in (-0.1, 0.08):
        polygon(frame, ((head[0] + size * (ear - 0.07), head[1] - size * 0.1),
                        (head[0] + size * (ear + 0.08), head[1] - size * 0.12),
                        (head[0] + size * (ear - 0.01), head[1] - size * 0.34)), dark if ear < 0 else fur)  # fmt: skip
    ellipse(frame, head, (size * 0.2, size * 0.15), fur)
    polygon(frame, ((head[0] + size * 0.08, head[1] - size * 0.09), (head[0] + size * 0.42, head[1] + size * 0.08),
                    (head[0] + size * 0.04, head[1] + size * 0.14)), belly)  # fmt: skip
    disc(frame, (head[0] + size * 0.4, head[1] + size * 0.07), size * 0.035, dark)
    disc(frame, (head[0] + size * 0.1, head[1] - size * 0.03), size * 0.028, dark)
