"""The demo film's city from outside: a street in the rain, and the skyline at dusk."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pipeline.shell.demo.canvas import HEIGHT, WIDTH, Frame, Layer, Painter, Stage, box, disc, mix, polygon, stroke
from pipeline.shell.demo.light import glow, reflect, shine, soften
from pipeline.shell.demo.props import draw_kite, draw_rain, draw_walker, scatter
from pipeline.shell.demo.texture import clouds, gradient


def rainy_street(stage: Stage) -> Painter:
    """Neon in the rain: a yellow umbrella walks by, a car passes, the wet street mirrors all of it."""
    front = _street(stage)
    drops = scatter(88, 170)
    lamp = glow(stage, 200, 0xFFF0C0, sharpness=2.4)
    rings = scatter(89, 34)

    def paint(seconds: float) -> Frame:
        frame = front.copy()
        car = -420 + 420 * seconds
        _draw_car(frame, car)
        shine(frame, lamp, (car + 268, 440), 0.8)
        draw_kite(frame, 300 + 118 * seconds, 210 + 50 * math.sin(seconds * 1.7), 46, seconds, lean=0.9)
        x = 930 - 66 * seconds
        draw_walker(frame, x, 482, 172, seconds, (0x7A5AA8, 0x1A1228))
        _draw_umbrella(frame, x - 8, 326, 86)
        reflect(frame, 484, seconds, wave=5, dim=0.66)
        for rx, ry, size, phase in rings:
            age = (seconds * 1.3 + phase) % 1
            radius = (8 + 34 * ry * size) * age
            tone = mix(0x9A8FC0, 0x2A1B46, age)
            ring = [
                (rx * WIDTH + radius * math.cos(a), 500 + 210 * ry + radius * 0.32 * math.sin(a))
                for a in np.linspace(0, 6.3, 18)
            ]
            stroke(frame, ring, tone, 1)
        draw_rain(frame, drops, seconds, 0x8F8FB8)
        return frame

    return paint


def _street(stage: Stage) -> Frame:
    front = gradient(stage, ((0, 0x140B2B), (0.6, 0x2A1446), (1, 0x1A0F2E)))
    walls = (0x1E1436, 0x271A45, 0x17102B, 0x221740, 0x1B1232)
    for number, wall in enumerate(walls):
        left = number * 270 - 40
        box(front, left, 20 + 40 * (number % 3), 262, 460, wall)
        for row in range(4):
            for column in range(4):
                lit = (row * 5 + column * 3 + number * 7) % 5
                tone = (0xFFC46B, 0x2F2450, 0x2F2450, 0x4D7FB8, 0x2F2450)[lit]
                box(front, left + 26 + column * 56, 64 + 40 * (number % 3) + row * 62, 32, 40, tone)
        box(
            front,
            left + 14,
            372,
            234,
            98,
            mix((0xE94E9C, 0x35C4D7, 0xF2A33B, 0x8A5CF0, 0x3BD48A)[number], 0x1A0F2E, 0.35),
        )
        box(front, left + 30, 392, 90, 78, 0xFFE6BF if number % 2 else 0xD9F6FF)
        box(front, left + 140, 388, 60, 82, 0x150D26)
    signs = np.zeros_like(front)
    for x, y, wide, high, tone in ((60, 190, 34, 150, 0xFF3D9A), (352, 250, 150, 40, 0x2EE6F0),
                                   (640, 120, 40, 190, 0xFFB02E),
                                   (905, 240, 160, 44, 0xB36BFF), (1200, 150, 38, 170, 0xFF4D4D)):  # fmt: skip
        stroke(signs, ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)), tone, 5)
        for mark in range(3):
            along = (mark + 1) / 4
            if high > wide:
                disc(signs, (x + wide / 2, y + high * along), 10, tone)
            else:
                disc(signs, (x + wide * along, y + high / 2), 9, tone)
    cv2.add(front, signs, dst=front)
    cv2.add(front, soften(signs, 14), dst=front)
    cv2.add(front, soften(signs, 40), dst=front)
    box(front, 0, 468, WIDTH, 14, 0x3B2E58)
    return front


def _draw_umbrella(frame: Frame, x: float, y: float, size: float) -> None:
    dome = [(x - size * math.cos(a), y - size * 0.62 * math.sin(a)) for a in np.linspace(0, math.pi, 24)]
    hem = [(x + size * (1 - k / 3), y + (7 if k % 2 else 0)) for k in range(1, 6)]
    polygon(frame, [*dome, *hem], 0xF4C430)
    polygon(frame, [*dome[12:], (x + size * 0.34, y), (x + size * 0.1, y - size * 0.5)], 0xC99A1E)
    stroke(frame, ((x, y - size * 0.68), (x, y + size * 0.9)), 0x1A1420, 3)


def _draw_car(frame: Frame, x: float) -> None:
    body = (
        (x, 466),
        (x + 6, 428),
        (x + 50, 422),
        (x + 84, 388),
        (x + 176, 388),
        (x + 214, 424),
        (x + 262, 432),
        (x + 268, 466),
    )
    polygon(frame, body, 0x2C6E7A)
    polygon(frame, ((x + 62, 422), (x + 90, 396), (x + 128, 396), (x + 128, 422)), 0xBFE3E8)
    polygon(frame, ((x + 136, 422), (x + 136, 396), (x + 172, 396), (x + 200, 422)), 0xA6D2DA)
    for wheel in (x + 58, x + 210):
        disc(frame, (wheel, 464), 24, 0x0E0B16)
        disc(frame, (wheel, 464), 11, 0x8D8AA0)
    box(frame, x + 256, 434, 10, 12, 0xFFF3C4)
    box(frame, x, 434, 8, 12, 0xFF3B3B)


def skyline(stage: Stage) -> Painter:
    """The city at dusk: three depths of lit windows slide past as the kite glides over the roofs."""
    sky = gradient(stage, ((0, 0x2B1B5A), (0.35, 0xA23E78), (0.55, 0xF58A5C), (0.7, 0xFFCF8A)))
    shine(sky, glow(stage, 360, 0x5A3A1A, sharpness=2), (340, 440))
    streaks = clouds(stage, 41, 0xD45D7A, band=(0.1, 0.6), cover=0.47, width=WIDTH + 240)
    blocks = [_blocks(stage, depth) for depth in range(3)]

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        streaks.over(frame, -12 * seconds)
        blocks[0].over(frame, -24 * seconds)
        blocks[1].over(frame, -72 * seconds)
        draw_kite(frame, 250 + 62 * seconds, 250 + 50 * math.sin(seconds * 1.4), 62, seconds, lean=0.6)
        blocks[2].over(frame, -168 * seconds)
        disc(frame, (1240 - 60 * seconds, 90 + 4 * seconds), 3 if seconds % 0.8 < 0.4 else 1, 0xFFFFFF)
        return frame

    return paint


def _blocks(stage: Stage, depth: int) -> Layer:
    wall, lit, dark = ((0x8A4A6B, 0xFFB877, 0x9A5876), (0x55305F, 0xFFC46B, 0x633A6C), (0x1E1430, 0xFFD07A, 0x2A1C40))[
        depth
    ]
    rng = np.random.default_rng(300 + depth)
    width = WIDTH + 160 * (depth + 1) ** 2
    sheet = stage.sheet(width)
    x = -20.0
    while x < width:
        wide = (60, 90, 150)[depth] * (0.7 + 0.6 * rng.random())
        top = (430, 500, 600)[depth] - (190, 170, 130)[depth] * rng.random()
        box(sheet, x, top, wide, 800, wall)
        kind = rng.integers(4)
        if kind == 0:
            polygon(sheet, ((x, top + 1), (x + wide / 2, top - wide * 0.5), (x + wide, top + 1)), wall)
        elif kind == 1:
            stroke(sheet, ((x + wide / 2, top), (x + wide / 2, top - 60)), wall, 4)
            disc(sheet, (x + wide / 2, top - 60), 3, 0xFF5A4D)
        elif kind == 2:
            box(sheet, x + wide * 0.2, top - 26, wide * 0.6, 30, wall)
        step = (13, 19, 30)[depth]
        for row in range(int((HEIGHT - top) / step)):
            for column in range(int((wide - 10) / step)):
                tone = lit if rng.random() < (0.3, 0.36, 0.3)[depth] else dark
                box(sheet, x + 7 + column * step, top + 9 + row * step, step * 0.5, step * 0.58, tone)
        x += wide + (4, 6, 40)[depth] * rng.random()
    return Layer.of(sheet)
