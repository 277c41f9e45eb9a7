"""The demo film's city from inside: a clock, lights behind glass, a dancer on a stage."""

from __future__ import annotations

import math

import numpy as np

from pipeline.shell.demo.canvas import Field, Frame, Layer, Painter, Stage, disc, ellipse, limb, mix, polygon, stroke
from pipeline.shell.demo.light import bloom, cast_shadow, shine
from pipeline.shell.demo.props import draw_kite, scatter
from pipeline.shell.demo.texture import fractal, gradient, textured


def clock(stage: Stage) -> Painter:
    """A clock ticks off-centre over turning brass wheels; the shadow of the kite passes over its face."""
    back = textured(
        gradient(stage, ((0, 0x3A2415), (1, 0x1A0F09))), fractal(10, (stage.height, stage.width), (6, 10), 5), 0.7
    )
    dial = _dial(stage)

    def hand(frame: Frame, angle: float, length: float, wide: float, tone: int) -> None:
        tip = (860 + length * math.sin(angle), 370 - length * math.cos(angle))
        tail = (860 - 50 * math.sin(angle), 370 + 50 * math.cos(angle))
        limb(frame, tail, tip, (wide, wide * 0.4), tone)

    def paint(seconds: float) -> Frame:
        frame = back.copy()
        beat = seconds * 1.6
        ticks = math.floor(beat) + min(1.0, (beat % 1) * 5) ** 0.5
        _draw_gear(frame, (210, 210), 210, 28, ticks * 0.112, (0xB88A3E, 0x8F6728))
        _draw_gear(frame, (388, 480), 148, 20, -ticks * 0.157 + 0.1, (0xD0A656, 0xA27A36))
        _draw_gear(frame, (120, 620), 170, 22, ticks * 0.143, (0x96703A, 0x6F4F24))
        dial.over(frame)
        at = (330 + 260 * seconds, 260 + 40 * math.sin(seconds * 2))
        cast_shadow(frame, lambda small: draw_kite(small, *at, 120, seconds, lean=0.7), depth=0.42, radius=4)
        hand(frame, 5.2 + ticks * 0.01, 165, 20, 0x1E2A44)
        hand(frame, 0.5 + ticks * 0.1, 240, 15, 0x1E2A44)
        hand(frame, 2.4 + ticks * math.pi / 30, 272, 7, 0xC22A26)
        disc(frame, (860, 370), 15, 0xC22A26)
        disc(frame, (860, 370), 6, 0xF6EBD2)
        return frame

    return paint


def _draw_gear(
    frame: Frame, centre: tuple[float, float], radius: float, teeth: int, turn: float, tones: tuple[int, int]
) -> None:
    outline = []
    for tooth in range(teeth):
        for part, reach in ((0.0, 0.88), (0.18, 1.0), (0.45, 1.0), (0.63, 0.88)):
            angle = turn + 2 * math.pi * (tooth + part) / teeth
            outline.append((centre[0] + radius * reach * math.cos(angle), centre[1] + radius * reach * math.sin(angle)))
    polygon(frame, [(x + 8, y + 10) for x, y in outline], 0x1D120C)
    polygon(frame, outline, tones[0])
    disc(frame, centre, radius * 0.74, tones[1])
    disc(frame, centre, radius * 0.66, 0x24170F)
    for spoke in range(5):
        angle = turn + 2 * math.pi * spoke / 5
        end = (centre[0] + radius * 0.72 * math.cos(angle), centre[1] + radius * 0.72 * math.sin(angle))
        limb(frame, centre, end, (radius * 0.15, radius * 0.11), tones[0])
    disc(frame, centre, radius * 0.2, tones[1])
    disc(frame, centre, radius * 0.07, 0x24170F)


def _dial(stage: Stage) -> Layer:
    sheet = stage.sheet()
    middle = (860.0, 370.0)
    for radius, tone in ((352, 0x2A1A10), (344, 0xB98A42), (326, 0xE8C57C), (316, 0x8C6227), (308, 0xF6EBD2)):
        disc(sheet, middle, radius, tone)
    paper = fractal(9, sheet.shape[:2], (8, 14), 5)
    sheet = textured(sheet, paper, 0.13)
    for mark in range(60):
        angle = math.pi * mark / 30
        inner, wide = (240, 11) if mark % 5 == 0 else (278, 3)
        ends = [(middle[0] + r * math.sin(angle), middle[1] - r * math.cos(angle)) for r in (inner, 292)]
        limb(sheet, ends[0], ends[1], (wide, wide), 0x2B2018)
    return Layer.of(sheet)


def lights(stage: Stage) -> Painter:
    """The city out of focus: discs of light drift behind the kite."""
    back = gradient(stage, ((0, 0x06141A), (0.6, 0x0D2B33), (1, 0x1C1224)))
    tones = (0xFFB347, 0xFF5E5B, 0xFFE0A3, 0x4FD6D0, 0xF78FB3, 0xFFC857)
    spots = [(x, y, near, phase, _blurred_disc(stage, 22 + 70 * near, mix(0, tones[index % 6], 0.24 + 0.4 * phase)))
             for index, (x, y, near, phase) in enumerate(scatter(93, 64))]  # fmt: skip

    def paint(seconds: float) -> Frame:
        frame = back.copy()
        for x, y, near, phase, light in spots:
            at = (
                (x * 1500 - seconds * (30 + 150 * near)) % 1500 - 110,
                90 + y * 600 + 12 * math.sin(seconds + phase * 6),
            )
            shine(frame, light, at, 0.75 + 0.25 * math.sin(seconds * 2.2 + phase * 9))
        draw_kite(frame, 930 - 70 * seconds, 300 + 36 * math.sin(seconds * 2), 118, seconds, lean=-0.5)
        return frame

    return paint


def _blurred_disc(stage: Stage, radius: float, colour: int) -> Frame:
    reach = max(2, stage.pixels(radius * 1.1))
    axis = np.linspace(-1.1, 1.1, 2 * reach, dtype=np.float32)
    far = np.hypot(axis[:, None], axis[None, :])
    level: Field = np.clip((1 - far) * 14, 0, 1) * (0.5 + 0.5 * np.clip(far, 0, 1) ** 4)
    return (level[:, :, None] * np.array([colour & 255, colour >> 8 & 255, colour >> 16], np.float32)).astype(np.uint8)


def dancer(stage: Stage) -> Painter:
    """A dancer in the spotlight whirls the kite like a ribbon."""
    house = _theatre(stage)

    def cone(small: Frame) -> None:
        polygon(small, ((610, -60), (670, -60), (905, 640), (375, 640)), 0x4A4230)
        ellipse(small, (640, 632), (275, 52), 0x6A5C3C)

    bloom(house, cone, radius=10)
    dust = scatter(97, 50)

    def paint(seconds: float) -> Frame:
        frame = house.copy()
        x = 640 + 70 * math.sin(seconds * 0.9)
        turn = seconds * 2.6
        ellipse(frame, (x, 640), (104, 15), 0x2A160E)
        hand = _draw_dancer(frame, x, 640, seconds, turn)
        swirl = np.linspace(0, 1, 40)
        angles = turn * 1.2 - swirl * 6.5
        ribbon = np.stack([hand[0] + (swirl * 190) * np.cos(angles), hand[1] + (swirl * 120) * np.sin(angles)], axis=1)
        stroke(frame, ribbon, 0xE8402E, 7)
        stroke(frame, ribbon, 0xFF8A6B, 2)
        draw_kite(frame, float(ribbon[-1, 0]), float(ribbon[-1, 1]), 40, seconds, lean=float(angles[-1]))
        for dx, dy, near, phase in dust:
            at = (420 + 440 * dx + 8 * math.sin(seconds + phase * 6), (dy * 640 + seconds * 12) % 640)
            disc(frame, at, 0.8 + near, 0xFFE9B8)
        return frame

    return paint


def _theatre(stage: Stage) -> Frame:
    columns = np.arange(stage.width, dtype=np.float32) / stage.unit
    fold = 0.5 + 0.5 * np.sin(columns / 24 + 0.9 * np.sin(columns / 130))
    tones = np.array([38, 22, 132], np.float32) * (0.3 + 0.8 * fold[:, None])
    rows = np.linspace(1.05, 0.55, stage.height, dtype=np.float32)[:, None, None]
    house = np.clip(tones[None, :, :] * rows, 0, 255).astype(np.uint8)
    floor = gradient(stage, ((0.7, 0x2A120C), (0.86, 0x6E3A1E), (1, 0x3A1C10)))
    edge = stage.pixels(548)
    house[edge:] = floor[edge:]
    for board in range(-14, 30):
        stroke(house, ((640 + (board - 8) * 66, 548), (640 + (board - 8) * 190, 730)), 0x2A140C, 1)
    fall = np.hypot((columns - 640)[None, :] / 620, (np.arange(stage.height)[:, None] / stage.unit - 380) / 460)
    dim = np.clip(1.15 - fall**2 * 0.85, 0.12, 1)[:, :, None]
    return (house * dim).astype(np.uint8)


def _draw_dancer(frame: Frame, x: float, y: float, seconds: float, turn: float) -> tuple[float, float]:
    """Draw the dancer with her feet at (x, y) and return where her raised hand is."""
    ink_dark = 0x0B0608
    size = 300.0
    rise = 10 * abs(math.sin(seconds * 2.5))
    hip, chest = (x, y - size * 0.5 - rise), (x + 16 * math.sin(turn), y - size * 0.78 - rise)
    limb(frame, hip, (x + 4, y - size * 0.24 - rise), (32, 20), ink_dark)
    limb(frame, (x + 4, y - size * 0.24 - rise), (x, y - 4), (20, 9), ink_dark)
    lift = 0.5 + 0.5 * math.sin(seconds * 1.6)
    knee = (hip[0] + size * 0.25 * math.cos(turn) * (0.5 + lift / 2), hip[1] + size * (0.2 - 0.16 * lift))
    foot = (knee[0] + size * 0.27 * math.cos(turn) * (2 * lift - 0.75), knee[1] + size * (0.24 - 0.3 * lift))
    limb(frame, hip, knee, (30, 19), ink_dark)
    limb(frame, knee, foot, (19, 7), ink_dark)
    hem = []
    for part in np.linspace(-1, 1, 25):
        flare = 96 + 18 * math.sin(part * 9 + turn * 2)
        hem.append(
            (hip[0] + part * flare, hip[1] + 40 - 18 * math.cos(part * 2.6) + 9 * math.sin(part * 14 + turn * 3))
        )
    polygon(frame, [(hip[0] - 20, hip[1] - 30), *hem, (hip[0] + 20, hip[1] - 30)], 0x1A0A10)
    limb(frame, hip, chest, (36, 46), ink_dark)
    hands = []
    for side, height in ((-1, 0.85 + 0.25 * math.sin(seconds * 1.9)), (1, -0.05 + 0.4 * math.sin(seconds * 1.3))):
        reach = side * math.cos(turn * 0.5)
        shoulder = (chest[0] + 20 * reach, chest[1])
        elbow = (shoulder[0] + 62 * reach, shoulder[1] - 42 * height)
        hand = (elbow[0] + 58 * reach, elbow[1] - 74 * height)
        limb(frame, shoulder, elbow, (19, 13), ink_dark)
        limb(frame, elbow, hand, (13, 7), ink_dark)
        hands.append(hand)
    head = (chest[0] + 6 * math.sin(turn), chest[1] - 54)
    limb(frame, chest, head, (15, 15), ink_dark)
    ellipse(frame, head, (21, 26), ink_dark)
    disc(frame, (head[0] - 12 * math.sin(turn), head[1] - 27), 12, ink_dark)
    return hands[0]
