"""The demo film's hills, by morning and by evening, and the kite alone in the sky between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Frame, Layer, Painter, Stage, disc, stroke
from pipeline.shell.demo.light import glow, shine
from pipeline.shell.demo.props import draw_child, draw_gull, draw_kite, scatter
from pipeline.shell.demo.texture import clouds, gradient, land, ridge


@dataclass(frozen=True)
class Weather:
    """The colours that turn the same hills from morning to evening."""

    sky: tuple[tuple[float, int], ...]
    sun: tuple[float, float, int]
    cloud: int
    slopes: tuple[tuple[int, int], ...]


MORNING = Weather(
    ((0, 0x4FA3D9), (0.45, 0xBFE3EC), (0.75, 0xFFF1CF)),
    (980, 250, 0x6A5A30),
    0xFFFFFF,
    ((0x9CC3C9, 0xBFD8C4), (0x7DB58F, 0x9CCB8C), (0x5E9F52, 0x8FC25A), (0x3F7F3A, 0x6FAE3C)),
)
EVENING = Weather(
    ((0, 0x2B2350), (0.35, 0x8E3B63), (0.6, 0xF0764B), (0.8, 0xFFD08A)),
    (700, 440, 0xC07838),
    0xF29A7A,
    ((0x7A3F66, 0xC26A62), (0x5B2F58, 0x8C4658), (0x40244A, 0x5E2F4C), (0x24173A, 0x33203F)),
)


def hills_in_the_morning(stage: Stage) -> Painter:
    """A child runs with the kite over green hills; the camera follows to the right."""
    sky, drift, slopes = _hills(stage, MORNING)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        drift.over(frame, -12 * seconds)
        for speed, layer in enumerate(slopes):
            layer.over(frame, -24 * speed * seconds)
        x = 210 + 62 * seconds
        y = 612 + 10 * math.sin(x / 90)
        kite = (x + 330 + 30 * math.sin(seconds * 1.1), 215 + 46 * math.sin(seconds * 1.7))
        hand = (x + 34, y - 92)
        stroke(frame, ((hand), ((hand[0] + kite[0]) / 2, (hand[1] + kite[1]) / 2 + 34), kite), 0xFDF6E3, 1)
        draw_child(frame, x, y, 118, seconds, reach=kite, coat=0xF2B632)
        draw_kite(frame, *kite, 58, seconds, lean=0.35)
        for bird in range(4):
            draw_gull(frame, 1180 - 66 * seconds + bird * 52, 130 + 22 * (bird % 3), 13, seconds + bird, 0x3C5A6B)
        return frame

    return paint


def hills_in_the_evening(stage: Stage) -> Painter:
    """The child stands against the sunset and the kite comes home."""
    sky, drift, slopes = _hills(stage, EVENING)
    crest = [(float(x), 482 + 0.00042 * (x - 880) ** 2 + 5 * math.sin(x / 47)) for x in range(0, WIDTH + 16, 8)]
    sheet = land(stage, crest, (0x2A1838, 0x150C22))
    for x, jitter, _, tilt in scatter(70, 420):
        at, foot = crest[int(x * 160)]
        stroke(sheet, ((at, foot + 4), (at + 10 * tilt - 5, foot - 4 - 11 * jitter)), 0x2A1838, 1)
    hilltop = Layer.of(sheet)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        drift.over(frame, -12 * seconds - 60)
        for layer in slopes[:2]:
            layer.over(frame, -24 * seconds)
        hilltop.over(frame)
        x, y = 850.0, 478.0
        come = min(1.0, seconds / 5.2)
        ease = come * come * (3 - 2 * come)
        kite = (250 + (x - 120 - 250) * ease + 40 * math.sin(seconds * 1.4) * (1 - ease), 80 + 225 * ease)
        draw_child(frame, x, y, 170, 0.35 + 0.02 * math.sin(seconds * 3), reach=kite, coat=0x1C0F26)
        draw_kite(frame, *kite, 44 + 20 * ease, seconds, lean=0.5 - 0.9 * ease)
        return frame

    return paint


def kite_alone(stage: Stage) -> Painter:
    """The kite close up, its line torn, clouds rushing by."""
    sky = gradient(stage, ((0, 0x0C5FA8), (0.6, 0x3AA0DB), (1, 0x9ED8F0)))
    far = clouds(stage, 21, 0xE9F6FF, band=(0.1, 1.2), cover=0.58, width=WIDTH + 480)
    near = clouds(stage, 22, 0xFFFFFF, band=(0.45, 1.5), cover=0.62, width=WIDTH * 2.4)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        far.over(frame, -96 * seconds)
        x, y = 560 + 60 * math.sin(seconds * 1.9), 265 + 34 * math.sin(seconds * 2.7)
        steps = np.linspace(0, 1, 24)
        torn = np.stack(
            [x - 10 - 340 * steps, y + 60 + 260 * steps**1.6 + 26 * np.sin(steps * 9 - seconds * 8)], axis=1
        )
        stroke(frame, torn, 0xFDF6E3, 2)
        draw_kite(frame, x, y, 148, seconds * 1.2, lean=0.3)
        near.over(frame, -384 * seconds)
        return frame

    return paint


def _hills(stage: Stage, weather: Weather) -> tuple[Frame, Layer, list[Layer]]:
    sky = gradient(stage, weather.sky)
    x, y, colour = weather.sun
    shine(sky, glow(stage, 520, colour, sharpness=2.5), (x, y))
    disc(sky, (x, y), 46, 0xFFF6DC)
    drift = clouds(stage, 5, weather.cloud, band=(-0.1, 0.62), cover=0.56, width=WIDTH + 320)
    return sky, drift, _slopes(stage, weather)


def _slopes(stage: Stage, weather: Weather) -> list[Layer]:
    layers = []
    for index, (base, rise) in enumerate(((520, 230), (580, 190), (650, 170), (735, 150))):
        outline = ridge(40 + index, WIDTH + 160 * (index + 1), base=base, rise=rise, cells=3 + index)
        sheet = land(stage, outline, weather.slopes[index])
        if index == 3:
            blade = weather.slopes[3][1]
            for x, jitter, _, tilt in scatter(7, 700):
                at = x * outline[-1][0]
                foot = outline[int(at / 8)][1] + jitter * 60
                stroke(sheet, ((at, foot), (at + 8 * tilt - 4, foot - 10 - 9 * jitter)), blade, 1)
        layers.append(Layer.of(sheet))
    return layers
