"""The demo film's storyteller, a puppet whose mouth follows the voice: by day, by night and very close."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.shell.demo.canvas import (
    HEIGHT,
    WIDTH,
    Frame,
    Layer,
    Painter,
    Stage,
    ball,
    disc,
    ellipse,
    limb,
    mix,
    polygon,
    stroke,
)
from pipeline.shell.demo.light import glow, shine, soften
from pipeline.shell.demo.props import draw_kite, scatter, scatter_stars
from pipeline.shell.demo.texture import fractal, gradient, textured
from pipeline.shell.demo.voice import mouth_at, tell


@dataclass(frozen=True)
class Dress:
    """The puppet's colours in one light: dark and light of skin, beard, cap and coat."""

    skin: tuple[int, int]
    beard: tuple[int, int]
    cap: tuple[int, int]
    coat: tuple[int, int]


BY_DAY = Dress((0xB8683F, 0xFFD3A1), (0xC9BFB0, 0xFFFAF0), (0x1F5F66, 0x4FB0AE), (0x7A3B22, 0xC7703A))
BY_NIGHT = Dress((0x5E3A4A, 0xF2B07A), (0x5C6688, 0xD9D4DC), (0x16233F, 0x3C5C8C), (0x1C2748, 0x4A5F94))


@dataclass(frozen=True)
class Pose:
    """Where the face is, its half width, where it looks (-1 to 1) and how wide the eyes and the mouth are open."""

    x: float
    y: float
    size: float
    look: tuple[float, float]
    eyes: float
    mouth: tuple[float, float]
    brows: float


def draw_puppet(frame: Frame, pose: Pose, dress: Dress) -> None:
    """Draw the puppet's head and shoulders."""
    x, y, s = pose.x, pose.y, pose.size
    shoulders = [
        (x + s * 1.9 * math.cos(a), y + s * 2.35 - s * 1.15 * math.sin(a)) for a in np.linspace(0, math.pi, 30)
    ]
    polygon(frame, [*shoulders, (x - s * 1.9, y + s * 4), (x + s * 1.9, y + s * 4)], dress.coat[0])
    ball(frame, (x - s * 0.3, y + s * 2.3), (s * 1.25, s * 0.95), (dress.coat[0], mix(*dress.coat, 0.8)))
    for button in range(3):
        disc(frame, (x, y + s * (1.85 + 0.42 * button)), s * 0.08, dress.cap[1])
    for side in (-1, 1):
        ball(frame, (x + side * s * 1.0, y + s * 0.1), (s * 0.2, s * 0.27), dress.skin)
    _draw_beard(frame, pose, dress)
    ball(frame, (x, y), (s, s * 1.06), dress.skin)
    for side in (-1, 1):
        ellipse(frame, (x + side * s * 0.56, y + s * 0.3), (s * 0.2, s * 0.14), mix(dress.skin[1], 0xE8593A, 0.42))
    _draw_jaw(frame, pose, dress)
    for side in (-1, 1):
        _draw_eye(frame, pose, dress, side)
    ball(
        frame,
        (x + s * 0.05 * pose.look[0], y + s * 0.2),
        (s * 0.22, s * 0.19),
        (mix(dress.skin[0], 0xC8402E, 0.5), 0xFFB08A),
    )
    _draw_cap(frame, pose, dress)


def _draw_beard(frame: Frame, pose: Pose, dress: Dress) -> None:
    drop = pose.size * 0.2 * pose.mouth[0]
    for index in range(15):
        angle = math.pi * (0.02 + 0.96 * index / 14)
        reach = pose.size * (1.02 + 0.14 * math.sin(angle))
        at = (pose.x + reach * math.cos(angle), pose.y + pose.size * 0.22 + reach * math.sin(angle) * 0.98 + drop)
        ball(frame, at, (pose.size * 0.25, pose.size * 0.25), dress.beard)


def _draw_jaw(frame: Frame, pose: Pose, dress: Dress) -> None:
    x, y, s = pose.x, pose.y, pose.size
    opened, rounded = pose.mouth
    drop = s * 0.2 * opened
    for index in range(9):
        share = index / 4 - 1
        at = (x + share * s * 0.72, y + s * (0.98 - 0.24 * share * share) + drop)
        ball(frame, at, (s * 0.25, s * 0.24), dress.beard)
    width, height = s * (0.36 - 0.14 * rounded), s * (0.035 + 0.22 * opened)
    centre = (x, y + s * 0.6 + height * 0.75)
    ellipse(frame, centre, (width * 1.12, height + s * 0.045), mix(dress.skin[0], 0x8A2E26, 0.6))
    ellipse(frame, centre, (width, height), 0x3A0F14)
    if opened > 0.2:
        ellipse(frame, (x, centre[1] + height * 0.5), (width * 0.62, height * 0.42), 0xD9545A)
        ellipse(frame, (x, centre[1] - height * 0.72), (width * 0.6, height * 0.2), 0xFFF8EA)
    for side in (-1, 1):
        for tuft in range(5):
            reach = side * s * (0.08 + 0.13 * tuft)
            ball(
                frame,
                (x + reach, y + s * (0.46 + 0.012 * tuft * tuft)),
                (s * (0.15 - 0.013 * tuft), s * (0.1 - 0.008 * tuft)),
                dress.beard,
            )


def _draw_eye(frame: Frame, pose: Pose, dress: Dress, side: int) -> None:
    s = pose.size
    x, y = pose.x + side * s * 0.36, pose.y - s * 0.16
    ellipse(frame, (x, y), (s * 0.235, s * 0.255), mix(dress.skin[0], 0x2A1410, 0.35))
    ellipse(frame, (x, y), (s * 0.215, s * 0.235), 0xFFFDF6)
    iris = (x + s * 0.085 * pose.look[0], y + s * 0.09 * pose.look[1])
    disc(frame, iris, s * 0.125, 0x2E5E7A)
    disc(frame, iris, s * 0.105, 0x4C93B0)
    disc(frame, iris, s * 0.062, 0x0D1116)
    disc(frame, (iris[0] - s * 0.04, iris[1] - s * 0.05), s * 0.034, 0xFFFFFF)
    if pose.eyes < 0.98:
        # The lid is the part of an ellipse, a little larger than the eye, that lies above its edge.
        edge = math.asin(max(-1.0, min(1.0, 2 * pose.eyes - 1)))
        arc = np.linspace(edge, math.pi - edge, 24)
        lid = [(x + s * 0.24 * math.cos(a), y - s * 0.26 * math.sin(a)) for a in arc]
        polygon(frame, lid, mix(*dress.skin, 0.5))
    brow = y - s * (0.34 + 0.1 * pose.brows)
    for tuft in range(5):
        share = tuft / 4 - 0.5
        at = (x + share * s * 0.5, brow + s * 0.12 * share * share + side * share * s * 0.08)
        ball(frame, at, (s * 0.1, s * 0.075), dress.beard)


def _draw_cap(frame: Frame, pose: Pose, dress: Dress) -> None:
    x, y, s = pose.x, pose.y, pose.size
    dome = [(x + s * 1.0 * math.cos(a), y - s * 0.7 - s * 0.66 * math.sin(a)) for a in np.linspace(0, math.pi, 30)]
    polygon(frame, dome, dress.cap[0])
    ball(frame, (x - s * 0.1, y - s * 0.92), (s * 0.8, s * 0.4), (dress.cap[0], mix(*dress.cap, 0.75)))
    for rib in range(13):
        at = x + s * (rib - 6) * 0.165
        lift = s * 0.03 * ((rib - 6) / 6) ** 2
        limb(
            frame,
            (at, y - s * 0.88 + lift),
            (at, y - s * 0.68 + lift),
            (s * 0.17, s * 0.17),
            mix(*dress.cap, 0.45 + 0.3 * (rib % 2)),
        )
    ball(frame, (x, y - s * 1.42), (s * 0.22, s * 0.22), dress.beard)


def _blink(seconds: float, period: float, *, widest: float = 0.86) -> float:
    """Return how far the eyes are open: they close for a fifth of a second once a period."""
    phase = (seconds + 0.9) % period
    return widest * abs(phase - 0.1) / 0.1 if phase < 0.2 else widest


def _workshop(stage: Stage) -> Frame:
    wall = textured(
        gradient(stage, ((0, 0x8A6A45), (0.7, 0xC79A5E), (1, 0x7A5230))),
        fractal(3, (stage.height, stage.width), (2, 40), 5),
        0.25,
    )
    for plank in range(9):
        stroke(wall, ((plank * 160 - 20, 0), (plank * 160 - 20, 720)), 0x6E4C2C, 4)
    polygon(wall, ((70, 90), (390, 90), (390, 450), (70, 450)), 0x5A3A22)
    view = gradient(stage, ((0.1, 0x7CC4E8), (0.6, 0xE8F6F0)))
    top, bottom, left, right = (stage.pixels(v) for v in (106, 434, 86, 374))
    wall[top:bottom, left:right] = view[top:bottom, left:right]
    stroke(wall, ((230, 106), (230, 434)), 0x5A3A22, 10)
    stroke(wall, ((86, 262), (374, 262)), 0x5A3A22, 10)
    for shelf, y in enumerate((210, 420)):
        polygon(wall, ((930, y), (1260, y), (1260, y + 16), (930, y + 16)), 0x5F3D22)
        for jar in range(5):
            tone = (0xD9573B, 0x3E8E8C, 0xF2C14E, 0x8FA94A, 0xB56A8E)[(jar + shelf * 2) % 5]
            high = 58 + 26 * ((jar * 3 + shelf) % 4)
            ellipse(wall, (968 + jar * 62, y - 6), (23, 7), mix(tone, 0, 0.4))
            polygon(
                wall,
                (
                    (945 + jar * 62, y - high),
                    (991 + jar * 62, y - high),
                    (991 + jar * 62, y - 4),
                    (945 + jar * 62, y - 4),
                ),
                tone,
            )
            ellipse(wall, (968 + jar * 62, y - high), (23, 7), mix(tone, 0xFFFFFF, 0.4))
    shine(wall, glow(stage, 520, 0x504020, sharpness=1.5), (260, 250))
    return soften(wall, 5)


def storyteller(stage: Stage) -> Painter:
    """The puppet tells the story in its workshop."""
    wall, lines = _workshop(stage), tell("storyteller")

    def paint(seconds: float) -> Frame:
        frame = wall.copy()
        draw_kite(frame, 230 + 26 * seconds, 230 + 16 * math.sin(seconds * 2), 26, seconds)
        opened, rounded = mouth_at(lines, seconds)
        look = (0.75 if 1.9 < seconds < 3.1 else -0.25, 0.1 * math.sin(seconds))
        pose = Pose(690 + 14 * math.sin(seconds * 1.3), 322 + 7 * math.sin(seconds * 3.1) - 10 * opened, 168, look,
                    _blink(seconds, 2.6), (opened, rounded), 0.5 + 0.5 * math.sin(seconds * 1.7))  # fmt: skip
        draw_puppet(frame, pose, BY_DAY)
        return frame

    return paint


def keeper(stage: Stage) -> Painter:
    """The puppet speaks by lantern light, to the right of the picture, a starry window at the left."""
    room = textured(
        gradient(stage, ((0, 0x0E1530), (1, 0x1B1E3A))), fractal(6, (stage.height, stage.width), (8, 14), 4), 0.5
    )
    pane = gradient(stage, ((0, 0x16306B), (0.7, 0x4A6FA8)))
    scatter_stars(pane, 44, 120, lowest=640)
    round_window = np.zeros_like(room)
    disc(round_window, (330, 300), 214, 0xFFFFFF)
    disc(room, (330, 300), 236, 0x3A2A2C)
    room = np.where(round_window > 128, pane, room)
    stroke(room, ((330, 86), (330, 514)), 0x3A2A2C, 12)
    stroke(room, ((116, 300), (544, 300)), 0x3A2A2C, 12)
    room = soften(room, 2)
    lantern = stage.sheet()
    polygon(lantern, ((560, 590), (660, 590), (648, 470), (572, 470)), 0xFFD98A)
    for x in (560, 592, 628, 660):
        stroke(lantern, ((x, 594), (610 + (x - 610) * 0.76, 466)), 0x2A1A14, 6)
    polygon(lantern, ((546, 590), (674, 590), (680, 612), (540, 612)), 0x2A1A14)
    polygon(lantern, ((562, 470), (658, 470), (610, 430)), 0x2A1A14)
    lines = tell("keeper")
    lamp, light = Layer.of(lantern), glow(stage, 520, 0x8A5A20, sharpness=2)

    def paint(seconds: float) -> Frame:
        frame = room.copy()
        draw_kite(frame, 430 - 40 * seconds, 250 + 20 * math.sin(seconds * 2), 34, seconds, lean=-0.3)
        opened, rounded = mouth_at(lines, seconds)
        look = (-0.8 + 0.3 * math.sin(seconds * 0.9), -0.15)
        pose = Pose(940 + 10 * math.sin(seconds * 1.1), 330 + 6 * math.sin(seconds * 2.7) - 8 * opened, 150, look,
                    _blink(seconds + 1, 3.1), (opened, rounded), 0.3)  # fmt: skip
        draw_puppet(frame, pose, BY_NIGHT)
        lamp.over(frame)
        shine(frame, light, (610, 530), 0.85 + 0.08 * math.sin(seconds * 8) + 0.05 * math.sin(seconds * 19))
        return frame

    return paint


def wonder(stage: Stage) -> Painter:
    """The face fills the picture; its eyes follow the kite across."""
    back = soften(gradient(stage, ((0, 0x7FB8A4), (1, 0xE9D9A6))), 3)
    for x, y, size, tone in scatter(61, 26):
        disc(back, (x * WIDTH, y * HEIGHT), 30 + 60 * size, mix(0x9CCBB0, 0xF6EFC9, tone))
    back, lines = soften(back, 16), tell("wonder")

    def paint(seconds: float) -> Frame:
        frame = back.copy()
        opened, rounded = mouth_at(lines, seconds)
        across = 80 + 260 * seconds
        pose = Pose(600, 400 - 6 * opened, 330, (max(-1.0, min(1.0, (across - 600) / 420)), -0.75),
                    _blink(seconds + 2.3, 3.4, widest=1.0), (opened, rounded), 0.9)  # fmt: skip
        draw_puppet(frame, pose, BY_DAY)
        draw_kite(frame, across, 130 + 24 * math.sin(seconds * 2.2), 62, seconds, lean=0.5)
        return frame

    return paint
