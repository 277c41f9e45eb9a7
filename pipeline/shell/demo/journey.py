"""The demo film's travellers by day: balloons, a train, a caravan."""

from __future__ import annotations

import math

import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Frame, Layer, Painter, Stage, disc, ellipse, limb, polygon, stroke
from pipeline.shell.demo.light import glow, shine
from pipeline.shell.demo.props import draw_kite, scatter
from pipeline.shell.demo.texture import gradient, land, ridge


def balloons(stage: Stage) -> Painter:
    """Balloons rise over a peach-coloured valley and the kite slips between them."""
    sky = gradient(stage, ((0, 0xF9B89A), (0.5, 0xFFDDB8), (1, 0xFFF4DC)))
    shine(sky, glow(stage, 420, 0x6A4418, sharpness=2), (210, 520))
    for index, (base, rise, tones) in enumerate(
        ((640, 260, (0xE8A98F, 0xF3CBA6)), (700, 200, (0xC9837C, 0xDDA58C)), (760, 170, (0x9A5F6B, 0xB37A74)))
    ):
        Layer.of(land(stage, ridge(60 + index, WIDTH + 40, base=base, rise=rise, cells=5), tones)).over(sky)
    fleet = (
        (180, 560, 34, (0xD96C75, 0xF4D6A0, 0xB84A62)), (500, 640, 48, (0x3E8E8C, 0xF6E7C1, 0x2B6F77)),
        (1130, 520, 42, (0xE9A23B, 0xFBF0D0, 0xC97B2A)), (760, 700, 92, (0x5A6FB0, 0xF5E6CB, 0x3D4F93)),
        (320, 860, 150, (0xF2C14E, 0xFAF3DD, 0xD9822B)), (1040, 900, 190, (0x2F8F83, 0xF9E2B4, 0x1F6F6B)),
    )  # fmt: skip

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        for index, (x, y, size, colours) in enumerate(fleet):
            if index == 4:
                draw_kite(frame, 90 + 210 * seconds, 330 - 70 * math.sin(seconds * 1.1), 46, seconds, lean=0.7)
            rise = (16 + size * 0.42) * seconds
            _paint_balloon(frame, x + 8 * math.sin(seconds * 0.8 + index), y - 130 - rise, size, colours)
        return frame

    return paint


def _paint_balloon(frame: Frame, x: float, y: float, size: float, colours: tuple[int, int, int]) -> None:
    for side in (-1, 1):
        stroke(
            frame, ((x + side * size * 0.42, y + size * 0.86), (x + side * size * 0.13, y + size * 1.42)), 0x4A3428, 1
        )
    widths = (1.0, 0.72, 0.4, 0.13)
    for gore, width in enumerate(widths):
        half = size * width
        bulge = np.linspace(-math.pi * 0.5, math.pi * 0.24, 22)
        right = [(x + half * math.cos(a), y + size * 1.02 * math.sin(a)) for a in bulge]
        left = [(2 * x - px, py) for px, py in reversed(right)]
        foot = size * 0.17 * width
        polygon(frame, [*right, (x + foot, y + size * 1.2), (x - foot, y + size * 1.2), *left], colours[gore % 3])
    ellipse(frame, (x - size * 0.36, y - size * 0.4), (size * 0.13, size * 0.26), 0xFFF3E0, angle=28)
    polygon(frame, ((x - size * 0.14, y + size * 1.4), (x + size * 0.14, y + size * 1.4),
                    (x + size * 0.11, y + size * 1.62), (x - size * 0.11, y + size * 1.62)), 0x8A5A34)  # fmt: skip


def train(stage: Stage) -> Painter:
    """A steam train crosses a viaduct between mountains; the kite races it."""
    sky = gradient(stage, ((0, 0x2A7F8E), (0.5, 0x9AD0C2), (0.8, 0xF4EBC9)))
    for index, (base, rise, tones) in enumerate(
        ((560, 420, (0x6FA3A8, 0xA9CBBE)), (620, 300, (0x417F82, 0x6FA894)), (720, 220, (0x2C6157, 0x4E8A5F)))
    ):
        Layer.of(land(stage, ridge(80 + index, WIDTH + 40, base=base, rise=rise, cells=6), tones)).over(sky)
    bridge = _viaduct(stage)
    bushes = stage.sheet(WIDTH * 3)
    for x, y, size, _ in scatter(4, 210):
        ellipse(
            bushes, (x * WIDTH * 3, 690 + 40 * y), (40 + 60 * size, 26 + 34 * size), 0x1B3B33 if y < 0.5 else 0x25503C
        )
    front = Layer.of(bushes)
    puff = [Layer.of(_puff(stage, 22 + 6 * step, 0.85 - 0.085 * step)) for step in range(9)]

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        x = 120 + 205 * seconds
        bridge.over(frame)
        _draw_train(frame, x, seconds)
        for number in range(26):
            born = seconds - (seconds * 5 % 1 + number) / 5
            age = seconds - born
            step = min(8, int(age * 2.2))
            at = 120 + 205 * born + 23
            puff[step].over(frame, at - 40 * age * 0.4 - 22 - 6 * step, 300 - 34 * age - 22 - 6 * step)
        draw_kite(
            frame, x + 150 + 40 * math.sin(seconds * 1.3), 170 + 50 * math.sin(seconds * 1.9), 50, seconds, lean=0.8
        )
        front.over(frame, -312 * seconds)
        return frame

    return paint


def _viaduct(stage: Stage) -> Layer:
    sheet = stage.sheet()
    polygon(sheet, ((0, 418), (WIDTH, 418), (WIDTH, 800), (0, 800)), 0x8D7468)
    for course in range(24):
        stroke(sheet, ((0, 430 + course * 12), (WIDTH, 430 + course * 12)), 0x7A6359, 1)
    for arch in range(6):
        middle = 90 + arch * 220
        outline = [(middle + 84 * math.cos(a), 545 - 84 * math.sin(a)) for a in np.linspace(0, math.pi, 30)]
        for grow, colour in ((1.1, 0xA88F7F), (1.0, 0)):
            hole = [(middle + (px - middle) * grow, 545 + (py - 545) * grow) for px, py in outline]
            hole += [(middle - 84 * grow, 800), (middle + 84 * grow, 800)]
            if colour:
                polygon(sheet, hole, colour)
            else:
                _cut(sheet, hole)
    polygon(sheet, ((0, 410), (WIDTH, 410), (WIDTH, 424), (0, 424)), 0xB39A88)
    return Layer.of(sheet)


def _cut(sheet: Frame, outline: list[tuple[float, float]]) -> None:
    """Cut a hole into a sheet."""
    mask = np.zeros_like(sheet)
    polygon(mask, outline, 0xFFFFFF)
    keep = 255 - mask[:, :, 3:].astype(np.uint16)
    sheet[:] = (sheet * keep // 255).astype(np.uint8)


def _draw_train(frame: Frame, x: float, seconds: float) -> None:
    for wagon in range(4):
        left = x - 250 - wagon * 168
        polygon(frame, ((left, 352), (left + 158, 352), (left + 158, 402), (left, 402)), 0x7C2F3B)
        polygon(frame, ((left - 3, 344), (left + 161, 344), (left + 154, 336), (left + 4, 336)), 0x3A2530)
        for window in range(5):
            at = left + 12 + window * 29
            polygon(frame, ((at, 360), (at + 20, 360), (at + 20, 378), (at, 378)), 0xFFE2A0)
        stroke(frame, ((left, 388), (left + 158, 388)), 0xE7C27A, 2)
    polygon(frame, ((x - 80, 356), (x + 40, 356), (x + 52, 370), (x + 52, 398), (x - 80, 398)), 0x23313A)
    polygon(frame, ((x - 88, 326), (x - 34, 326), (x - 34, 400), (x - 88, 400)), 0x1B262E)
    polygon(frame, ((x - 78, 334), (x - 46, 334), (x - 46, 354), (x - 78, 354)), 0xFFD98A)
    polygon(frame, ((x + 14, 356), (x + 32, 356), (x + 37, 322), (x + 9, 322)), 0x161E24)
    polygon(frame, ((x + 44, 400), (x + 74, 408), (x + 44, 384)), 0xB03A3A)
    for wheel in (
        *(x - 70 + 34 * k for k in range(4)),
        *(x - 232 + 40 * k - 168 * w for w in range(4) for k in (0, 3)),
    ):
        disc(frame, (wheel, 400), 13, 0x12181D)
        turn = seconds * 9
        stroke(frame, ((wheel - 9 * math.cos(turn), 400 - 9 * math.sin(turn)),
                       (wheel + 9 * math.cos(turn), 400 + 9 * math.sin(turn))), 0x8A96A0, 2)  # fmt: skip


def _puff(stage: Stage, radius: float, opacity: float) -> Frame:
    light = glow(stage, radius, 0xFFFFFF, sharpness=0.8)
    return (np.dstack([light, light[:, :, :1]]) * opacity).astype(np.uint8)


def dunes(stage: Stage) -> Painter:
    """A caravan crosses dunes under a huge sun."""
    sky = gradient(stage, ((0, 0xE2571E), (0.45, 0xF79A3A), (0.75, 0xFFD886)))
    shine(sky, glow(stage, 560, 0x5A4420, sharpness=2), (860, 300))
    disc(sky, (860, 300), 128, 0xFFF2C2)
    xs = np.arange(0, WIDTH + 600, 8)
    layers = []
    for index, (level, height, lit, dark) in enumerate(
        ((430, 26, 0xF3B061, 0xE08B45), (505, 46, 0xE39347, 0xB9622F), (640, 70, 0xC96F30, 0x7E3A22))
    ):
        ys = level + height * np.sin(xs / (250 - 30 * index) + 1.9 * index) + 12 * np.sin(xs / 97 + index)
        sheet = land(stage, [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)], (lit, dark), depth=0.16)
        for ripple in range(16):
            lower = ys + 14 + ripple * (13 + 5 * index) + 5 * np.sin(xs / 60 + ripple)
            stroke(sheet, np.stack([xs, lower], axis=1), dark, 1)
        layers.append(Layer.of(sheet))

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        layers[0].over(frame, -24 * seconds)
        layers[1].over(frame, -48 * seconds)
        for camel in range(5):
            x = 250 + 118 * camel + 34 * seconds
            along = x + 48 * seconds
            y = 505 + 46 * math.sin(along / 220 + 1.9) + 12 * math.sin(along / 97 + 1)
            _draw_camel(frame, x, y + 4, 66, seconds + camel * 0.7, 0x3A1D16)
        draw_kite(frame, 990 - 130 * seconds, 150 + 60 * math.sin(seconds * 1.5), 40, seconds, lean=-0.6)
        layers[2].over(frame, -96 * seconds)
        return frame

    return paint


def _draw_camel(frame: Frame, x: float, y: float, size: float, seconds: float, colour: int) -> None:
    for leg, phase in enumerate((0, 2.4, 3.1, 5.5)):
        hip = (x - size * 0.32 + size * 0.2 * leg, y - size * 0.5)
        swing = 0.3 * math.sin(seconds * 3.4 + phase)
        limb(
            frame, hip, (hip[0] + size * 0.5 * math.sin(swing), hip[1] + size * 0.52), (size * 0.1, size * 0.05), colour
        )
    ellipse(frame, (x, y - size * 0.6), (size * 0.46, size * 0.19), colour)
    ellipse(frame, (x - size * 0.06, y - size * 0.79), (size * 0.17, size * 0.17), colour)
    nod = size * 0.03 * math.sin(seconds * 3.4)
    limb(
        frame,
        (x + size * 0.36, y - size * 0.6),
        (x + size * 0.62, y - size * 0.98 + nod),
        (size * 0.18, size * 0.1),
        colour,
    )
    limb(
        frame,
        (x + size * 0.6, y - size * 1.0 + nod),
        (x + size * 0.8, y - size * 0.95 + nod),
        (size * 0.13, size * 0.08),
        colour,
    )
    limb(
        frame, (x - size * 0.05, y - size * 0.9), (x - size * 0.02, y - size * 1.2), (size * 0.2, size * 0.12), 0xF0E2C8
    )
    disc(frame, (x - size * 0.01, y - size * 1.3), size * 0.09, 0x3A1D16)
