"""What appears in many shots of the demo film: the red kite, people, stars, trees, waves and falling weather."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.shell.demo.canvas import HEIGHT, WIDTH, Frame, disc, ink, limb, polygon, stroke

Scatter = NDArray[np.float64]

KITE_REDS = (0xE8402E, 0xC22A26, 0xF4664A, 0xA81F24)


def draw_kite(frame: Frame, x: float, y: float, size: float, seconds: float, *, lean: float = 0) -> None:
    """Draw the red kite with its fluttering tail; `size` is its half height, `lean` radians clockwise."""
    angle = lean + 0.16 * math.sin(seconds * 2.3) + 0.05 * math.sin(seconds * 7.1)
    flap = 1 + 0.06 * math.sin(seconds * 5.2)
    cos, sin = math.cos(angle), math.sin(angle)

    def at(u: float, v: float) -> tuple[float, float]:
        return x + size * (u * cos - v * sin), y + size * (u * sin + v * cos)

    _draw_tail(frame, at(0, 1.15), size, seconds, angle)
    top, left, right, foot, middle = (
        at(0, -1),
        at(-0.72 * flap, -0.22),
        at(0.72 * flap, -0.22),
        at(0, 1.15),
        at(0, -0.22),
    )
    for corner, colour in zip(((top, left), (top, right), (foot, left), (foot, right)), KITE_REDS, strict=True):
        polygon(frame, (*corner, middle), colour)
    stroke(frame, (top, middle, foot), 0x6E1418, size * 0.045)
    stroke(frame, (left, middle, right), 0x6E1418, size * 0.045)
    disc(frame, at(0, 0.12), size * 0.13, 0xFFD98A)


def _draw_tail(frame: Frame, foot: tuple[float, float], size: float, seconds: float, angle: float) -> None:
    steps = np.linspace(0, 1, 26)
    sway = np.sin(steps * 8 - seconds * 5.5) * steps * 0.42 * size
    drop = steps * 2.7 * size
    drift = -angle - 0.35
    xs = foot[0] + sway * math.cos(drift) + drop * math.sin(drift)
    ys = foot[1] - sway * math.sin(drift) + drop * math.cos(drift)
    stroke(frame, np.stack([xs, ys], axis=1), 0xF3E3C3, max(1.2, size * 0.04))
    for index, colour in ((7, 0xFFD166), (13, 0xF4664A), (19, 0xFFD166), (25, 0xF4664A)):
        bow, turn = size * 0.15, seconds * 3 + index
        x, y, tilt = float(xs[index]), float(ys[index]), math.sin(turn) * 0.6
        for side in (-1, 1):
            ends = [(x + side * bow * math.cos(tilt + k), y + side * bow * math.sin(tilt + k)) for k in (-0.5, 0.5)]
            polygon(frame, ((x, y), *ends), colour)


def draw_child(
    frame: Frame, x: float, y: float, height: float, seconds: float, *, reach: tuple[float, float], coat: int
) -> None:
    """Draw a running child, feet at (x, y), one hand stretched towards `reach`."""
    dark, skin = 0x2B2A3D, 0xE7B48C
    hip, shoulder = (x, y - height * 0.42), (x + height * 0.06, y - height * 0.72)
    for side in (0.0, math.pi):
        swing = math.sin(seconds * 9 + side) * 0.75
        knee = (hip[0] + height * 0.2 * math.sin(swing), hip[1] + height * 0.2 * math.cos(swing))
        bend = swing - 0.5 * (1 + math.cos(seconds * 9 + side))
        foot = (knee[0] + height * 0.22 * math.sin(bend), knee[1] + height * 0.22 * math.cos(bend))
        limb(frame, hip, knee, (height * 0.12, height * 0.09), dark)
        limb(frame, knee, foot, (height * 0.09, height * 0.07), dark)
    limb(frame, hip, shoulder, (height * 0.22, height * 0.2), coat)
    away = math.hypot(reach[0] - shoulder[0], reach[1] - shoulder[1]) or 1.0
    hand = (shoulder[0] + (reach[0] - shoulder[0]) / away * height * 0.36,
            shoulder[1] + (reach[1] - shoulder[1]) / away * height * 0.36)  # fmt: skip
    limb(frame, shoulder, hand, (height * 0.1, height * 0.07), coat)
    disc(frame, hand, height * 0.045, skin)
    head = (shoulder[0] + height * 0.04, shoulder[1] - height * 0.18)
    disc(frame, head, height * 0.13, skin)
    cap = [
        (head[0] + height * 0.145 * math.cos(a), head[1] - height * 0.145 * math.sin(a))
        for a in np.linspace(0.1, 3.5, 14)
    ]
    polygon(frame, cap, dark)


def draw_walker(frame: Frame, x: float, y: float, height: float, seconds: float, colours: tuple[int, int]) -> None:
    """Draw a person walking in a long coat, feet at (x, y); colours of the coat and of the rest."""
    coat, rest = colours
    hip = (x, y - height * 0.45)
    for side in (0.0, math.pi):
        swing = math.sin(seconds * 5.5 + side) * 0.42
        foot = (hip[0] + height * 0.44 * math.sin(swing), hip[1] + height * 0.45 * math.cos(swing))
        limb(frame, hip, foot, (height * 0.1, height * 0.06), rest)
    polygon(frame, ((x - height * 0.07, y - height * 0.84), (x + height * 0.08, y - height * 0.84),
                    (x + height * 0.15, y - height * 0.28), (x - height * 0.14, y - height * 0.28)), coat)  # fmt: skip
    limb(frame, (x, y - height * 0.8), (x + height * 0.14, y - height * 0.6), (height * 0.08, height * 0.06), coat)
    disc(frame, (x + height * 0.01, y - height * 0.93), height * 0.075, rest)


def draw_pine(sheet: Frame, x: float, y: float, height: float, colours: tuple[int, int]) -> None:
    """Draw a conifer standing at (x, y); colours of its needles and of what lies on them."""
    needles, cover = colours
    polygon(sheet, ((x - height * 0.03, y), (x + height * 0.03, y), (x, y - height * 0.5)), 0x2A1D1A)
    for tier in range(5):
        half = height * (0.27 - 0.047 * tier)
        foot = y - height * (0.1 + 0.17 * tier)
        tip = foot - height * 0.27
        polygon(sheet, ((x - half, foot), (x - half * 0.4, foot - height * 0.03), (x, foot + height * 0.02),
                        (x + half * 0.45, foot - height * 0.03), (x + half, foot), (x, tip)), needles)  # fmt: skip
        polygon(
            sheet, ((x - half * 0.72, foot - height * 0.05), (x - half * 0.2, foot - height * 0.1), (x, tip)), cover
        )


def scatter_stars(frame: Frame, seed: int, count: int, *, lowest: float) -> None:
    """Paint stars above a height."""
    rng = np.random.default_rng(seed)
    for x, y, size in rng.random((count, 3)):
        shade = int(110 + 145 * size)
        disc(frame, (x * WIDTH, y**1.3 * lowest), 0.6 + 1.3 * size**4, shade << 16 | shade << 8 | min(255, shade + 20))


def draw_waves(
    frame: Frame, seconds: float, *, horizon: float, colours: tuple[int, int], rows: int = 9, swell: float = 1
) -> None:
    """Draw bands of sea from the horizon to the lower edge, larger and faster towards the viewer."""
    far, near = np.array(ink(colours[0])), np.array(ink(colours[1]))
    xs = np.arange(0, WIDTH + 25, 16)
    for row in range(rows):
        share = row / (rows - 1)
        level = horizon + (HEIGHT - horizon) * share**1.5 * 0.93
        height = (2 + 15 * share) * swell
        phase = row * 1.7
        ys = level + height * (
            np.sin(xs * (0.026 - 0.017 * share) + seconds * (1.1 + share) + phase)
            + 0.5 * np.sin(xs * (0.061 - 0.038 * share) - seconds * 1.6 + phase * 2.1)
        )
        blue, green, red, _ = (int(v) for v in far + (near - far) * share)
        colour = red << 16 | green << 8 | blue
        crest = np.stack([xs, ys], axis=1)
        polygon(frame, [*crest, (WIDTH + 20, HEIGHT + 9), (-9, HEIGHT + 9)], colour)
        lift = min(red + 26, 255) << 16 | min(green + 30, 255) << 8 | min(blue + 30, 255)
        stroke(frame, crest, lift, 1 + share * 1.6)


def scatter(seed: int, count: int) -> Scatter:
    """Return things that fall or float: x, y, nearness and phase, each from 0 to 1."""
    return np.random.default_rng(seed).random((count, 4))


def draw_snow(frame: Frame, flakes: Scatter, seconds: float) -> None:
    """Draw flakes that sink and sway, the near ones larger and faster."""
    near = flakes[:, 2] ** 2
    xs = (
        flakes[:, 0] * 1400 + 30 * np.sin(seconds * 1.3 + flakes[:, 3] * 6.3) * (0.4 + near) - seconds * 40 * near
    ) % 1400 - 60
    ys = (flakes[:, 1] * 780 + seconds * (45 + 190 * near)) % 780 - 30
    for x, y, size in zip(xs, ys, 1.3 + 4.2 * near, strict=True):
        disc(frame, (float(x), float(y)), float(size), 0xFDFEFF)


def draw_rain(frame: Frame, drops: Scatter, seconds: float, colour: int) -> None:
    """Draw slanting streaks of rain."""
    speed = 900 + 700 * drops[:, 2]
    ys = (drops[:, 1] * 900 + seconds * speed) % 900 - 90
    xs = drops[:, 0] * 1400 - 0.16 * ys
    for x, y, near in zip(xs, ys, drops[:, 2], strict=True):
        length = 16 + 26 * near
        stroke(frame, ((x, y), (x - 0.16 * length, y + length)), colour, 1)


def draw_gull(frame: Frame, x: float, y: float, size: float, seconds: float, colour: int) -> None:
    """Draw a bird as two beating wings."""
    lift = math.sin(seconds * 7) * size * 0.4
    wing = [(x - size, y - lift), (x - size * 0.45, y - size * 0.28 - lift * 0.3), (x, y),
            (x + size * 0.45, y - size * 0.28 - lift * 0.3), (x + size, y - lift)]  # fmt: skip
    stroke(frame, wing, colour, max(1.5, size * 0.14))
