"""The demo film's nights at the water: a moonlit sea, a lighthouse, fireworks over a lake."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Frame, Layer, Painter, Stage, disc, mix, polygon, stroke
from pipeline.shell.demo.light import bloom, glow, reflect, shine
from pipeline.shell.demo.props import draw_kite, draw_waves, scatter, scatter_stars
from pipeline.shell.demo.texture import clouds, gradient

_BURSTS = (
    (0.0, 360, 190, 190, 0xFFC857), (0.55, 860, 150, 230, 0xF25F5C), (1.2, 610, 230, 170, 0x7AE7C7),
    (1.75, 1060, 240, 180, 0xB388EB),
    (2.3, 240, 260, 210, 0xFF8FA3), (2.9, 740, 140, 260, 0xFFE066), (3.5, 480, 180, 220, 0x6EC6FF),
    (3.9, 980, 180, 240, 0xFF9F45),
    (4.5, 330, 160, 220, 0xF25F5C), (4.9, 820, 210, 230, 0xFFE9A8), (5.4, 600, 150, 260, 0x7AE7C7),
)  # fmt: skip


def moonlit_sea(stage: Stage) -> Painter:
    """A small boat follows the kite over a moonlit sea."""
    sky = gradient(stage, ((0, 0x050B24), (0.35, 0x12305E), (0.56, 0x3C6C95)))
    scatter_stars(sky, 3, 150, lowest=330)
    moon = (880, 170)
    shine(sky, glow(stage, 460, 0x3A4C5E, sharpness=2), moon)
    disc(sky, moon, 74, 0xF4F1DC)
    for x, y, radius in ((-22, -14, 16), (18, 20, 22), (24, -26, 10), (-28, 28, 9)):
        disc(sky, (moon[0] + x, moon[1] + y), radius, 0xE2DDC4)
    drift = clouds(stage, 33, 0x33506F, band=(0.15, 0.6), cover=0.5, width=WIDTH + 240)
    glints = scatter(12, 260)

    def glitter(frame: Frame, seconds: float) -> None:
        for x, y, size, phase in glints:
            depth = 405 + 300 * y**1.4
            shimmer = math.sin(seconds * (3 + 3 * size) + phase * 6.3)
            if shimmer > 0.1:
                reach = (6 + 26 * y) * shimmer
                middle = moon[0] + (x - 0.5) * (70 + 330 * y)
                stroke(frame, ((middle - reach, depth), (middle + reach, depth)), 0xE9E6CC, 1 + 2.2 * y)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        drift.over(frame, -24 * seconds)
        draw_waves(frame, seconds, horizon=400, colours=(0x2E587F, 0x061330))
        glitter(frame, seconds)
        x, bob = 330 + 38 * seconds, 8 * math.sin(seconds * 1.9)
        _draw_boat(frame, x, 520 + bob, 92, 0.07 * math.sin(seconds * 1.6))
        draw_kite(frame, 560 + 62 * seconds, 190 + 40 * math.sin(seconds * 1.3), 44, seconds, lean=0.6)
        return frame

    return paint


def _draw_boat(frame: Frame, x: float, y: float, size: float, tilt: float) -> None:
    cos, sin = math.cos(tilt), math.sin(tilt)

    def at(u: float, v: float) -> tuple[float, float]:
        return x + size * (u * cos - v * sin), y + size * (u * sin + v * cos)

    polygon(frame, (at(0.03, -1.75), at(0.03, -0.25), at(0.92, -0.25)), 0xCFC6B4)
    polygon(frame, (at(-0.04, -1.6), at(-0.04, -0.25), at(-0.62, -0.3)), 0x9C98A0)
    stroke(frame, (at(0, -1.8), at(0, 0)), 0x1A1420, size * 0.05)
    polygon(frame, (at(-0.85, -0.16), at(0.95, -0.16), at(0.62, 0.2), at(-0.6, 0.2)), 0x221626)
    polygon(frame, (at(-0.85, -0.16), at(0.95, -0.16), at(0.91, -0.08), at(-0.81, -0.08)), 0x8C4A3C)
    disc(frame, at(-0.5, -0.3), size * 0.07, 0xFFD27A)


def lighthouse(stage: Stage) -> Painter:
    """A lighthouse sweeps its beam through a storm and finds the kite."""
    sky = gradient(stage, ((0, 0x0C1F26), (0.5, 0x1F4A4C), (0.75, 0x4C7A6C)))
    storm = clouds(stage, 51, 0x10292E, band=(-0.3, 0.8), cover=0.72, width=WIDTH + 480)
    rack = clouds(stage, 52, 0x2F5A58, band=(0.0, 0.75), cover=0.5, width=WIDTH + 960)
    tower = _tower(stage)
    spray = scatter(53, 70)
    lamp = glow(stage, 150, 0xFFE9A8, sharpness=2)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        storm.over(frame, -48 * seconds)
        rack.over(frame, -96 * seconds)
        turn = 2.9 + 0.55 * math.sin(seconds * 1.25 - 1.4)
        kite = (390 - 28 * seconds, 270 + 70 * math.sin(seconds * 1.6))
        draw_kite(frame, *kite, 54, seconds * 1.4, lean=-0.6)

        def beams(small: Frame) -> None:
            for angle, bright in ((turn, 0x8A8460), (turn + math.pi, 0x4A4834)):
                ends = [(980 + 1500 * math.cos(angle + k), 142 + 1500 * math.sin(angle + k)) for k in (-0.1, 0.1)]
                polygon(small, ((980, 142), *ends), bright)

        bloom(frame, beams, radius=7)
        draw_waves(frame, seconds * 1.3, horizon=545, colours=(0x2C5A58, 0x081A20), rows=7, swell=1.5)
        tower.over(frame)
        for x, y, size, phase in spray:
            age = (seconds * (0.5 + 0.4 * size) + phase) % 1
            at = (700 + 190 * x - 60 * age, 650 - 70 * y - 150 * age + 210 * age * age)
            disc(frame, at, (1 + 3 * size) * (1 - age), 0xB9D3CC)
        shine(frame, lamp, (980, 142), 0.6 + 0.4 * abs(math.sin(turn)))
        return frame

    return paint


def _tower(stage: Stage) -> Layer:
    sheet = stage.sheet()
    rock = [
        (700, 730),
        (742, 610),
        (800, 590),
        (840, 530),
        (930, 505),
        (1060, 500),
        (1120, 540),
        (1200, 560),
        (1290, 640),
        (1290, 730),
    ]
    polygon(sheet, rock, 0x14161F)
    for shift, tone in ((0, 0x20242F), (26, 0x191C26)):
        polygon(sheet, [(x + 30, y + 18 + shift) for x, y in rock[1:7]] + [(1000, 730), (760, 730)], tone)
    for band in range(6):
        high, low = 178 + 54 * band, 178 + 54 * (band + 1)
        a, b = 33 + 0.085 * (high - 178), 33 + 0.085 * (low - 178)
        lit, dark = ((0xD8D3C8, 0x8D93A3), (0xA83238, 0x5F1E2C))[band % 2]
        polygon(sheet, ((980 - a, high), (980 + a, high), (980 + b, low), (980 - b, low)), lit)
        polygon(sheet, ((980 + a * 0.1, high), (980 + a, high), (980 + b, low), (980 + b * 0.1, low)), dark)
    polygon(sheet, ((938, 178), (1022, 178), (1016, 166), (944, 166)), 0x1B1E28)
    polygon(sheet, ((956, 166), (1004, 166), (1004, 118), (956, 118)), 0xFFE9A8)
    for bar in (956, 980, 1004):
        stroke(sheet, ((bar, 166), (bar, 118)), 0x1B1E28, 3)
    polygon(sheet, ((948, 120), (1012, 120), (980, 84)), 0x7A2630)
    return Layer.of(sheet)


def fireworks(stage: Stage) -> Painter:
    """Fireworks over a town by a lake, mirrored in the water; the kite hangs above the roofs."""
    sky = gradient(stage, ((0, 0x070A1F), (0.62, 0x2A1B4A), (1, 0x2A1B4A)))
    scatter_stars(sky, 8, 90, lowest=380)
    _paint_town(sky)
    black = np.zeros_like(sky)
    flash = {burst[4]: glow(stage, 460, mix(0, burst[4], 0.6), sharpness=2.2) for burst in _BURSTS}

    def paint(seconds: float) -> Frame:
        frame, light = sky.copy(), black.copy()
        for burst in _BURSTS:
            age = seconds + 0.35 - burst[0]
            if 0 <= age < 1.9:
                shine(frame, flash[burst[4]], (burst[1], burst[2]), 0.5 * math.exp(-2.5 * age))
                _draw_burst(light, age, burst)
        half = cv2.resize(light, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        halo = cv2.GaussianBlur(half, (0, 0), max(0.5, stage.pixels(5)))
        cv2.add(light, cv2.resize(halo, (stage.width, stage.height)), dst=light)
        cv2.add(frame, light, dst=frame)
        draw_kite(frame, 1010 - 76 * seconds, 330 + 26 * math.sin(seconds * 1.7), 42, seconds, lean=-0.5)
        reflect(frame, 470, seconds, wave=9, dim=0.62)
        return frame

    return paint


def _paint_town(sky: Frame) -> None:
    rng = np.random.default_rng(66)
    x = -10.0
    while x < WIDTH:
        wide, high = 34 + 60 * rng.random(), 30 + 80 * rng.random()
        roof = (x + wide / 2, 470 - high - 24 * (rng.random() > 0.4))
        polygon(sky, ((x, 470), (x, 470 - high), roof, (x + wide, 470 - high), (x + wide, 470)), 0x120D26)
        for _ in range(4):
            at = (x + 6 + (wide - 14) * rng.random(), 462 - (high - 12) * rng.random())
            polygon(sky, (at, (at[0] + 6, at[1]), (at[0] + 6, at[1] - 8), (at[0], at[1] - 8)), 0xFFCF7A)
        x += wide


def _draw_burst(frame: Frame, age: float, burst: tuple[float, float, float, float, int]) -> None:
    born, x, y, reach, colour = burst
    rng = np.random.default_rng(int(born * 100))
    spread = 1 - math.exp(-2.6 * age)
    earlier = 1 - math.exp(-2.6 * max(0.0, age - 0.3))
    fade = max(0.0, 1 - (age / 1.9) ** 2)
    for spark in range(110):
        angle, power = 2.399963 * spark, math.sqrt((spark + 0.5) / 110) * (0.9 + 0.2 * rng.random())
        dx, dy = math.cos(angle) * power * reach, math.sin(angle) * power * reach
        head = (x + dx * spread, y + dy * spread + 62 * age * age)
        tail = (x + dx * earlier, y + dy * earlier + 62 * max(0.0, age - 0.3) ** 2)
        stroke(frame, (tail, head), mix(0, mix(colour, 0xFFFFFF, max(0.0, 0.7 - age)), fade), 3)
