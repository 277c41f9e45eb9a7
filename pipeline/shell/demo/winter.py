"""The demo film's winter: snow by day, northern lights by night."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pipeline.shell.demo.canvas import WIDTH, Field, Frame, Layer, Painter, Stage, disc, ellipse, mix, polygon, stroke
from pipeline.shell.demo.light import glow, shine
from pipeline.shell.demo.props import draw_child, draw_kite, draw_pine, draw_snow, scatter, scatter_stars
from pipeline.shell.demo.texture import fractal, gradient, land, ridge


def snow(stage: Stage) -> Painter:
    """Snow falls on a cabin and pines; a child on skis slides after the kite."""
    frost = _snowfield(stage)
    flakes = scatter(77, 230)

    def paint(seconds: float) -> Frame:
        frame = frost.copy()
        x = 90 + 158 * seconds
        y = 560 - 0.09 * (640 - x) + 14 * math.sin(x / 150) + 44
        tilt = 0.09 + 0.09 * math.cos(x / 150)
        skis = ((-62, 2), (66, 2), (78, -14), (60, -8), (-62, -8))
        polygon(frame, [(x + dx, y + dy + dx * tilt) for dx, dy in skis], 0x7A3B22)
        stroke(frame, ((x - 420, y + 8 - 34), (x - 60, y + 4)), 0xC3D3E0, 3)
        draw_child(frame, x, y + 4, 104, 1.92 + 0.02 * math.sin(seconds * 5), reach=(x + 250, y - 230), coat=0x2F7F8C)
        draw_kite(frame, x + 260, 200 + 40 * math.sin(seconds * 1.5), 56, seconds, lean=0.6)
        draw_snow(frame, flakes, seconds)
        return frame

    return paint


def _snowfield(stage: Stage) -> Frame:
    frost = gradient(stage, ((0, 0xA9C3DA), (0.5, 0xDCE8F0), (0.8, 0xF3F3F0)))
    for index, (base, rise, tones) in enumerate(((470, 190, (0xB9CEDF, 0xDFE9F0)), (540, 110, (0xCFDDE8, 0xEDF3F6)))):
        outline = ridge(100 + index, WIDTH + 40, base=base, rise=rise, cells=5)
        Layer.of(land(stage, outline, tones, depth=0.06)).over(frost)
    trees = stage.sheet()
    for x, y, size, _ in sorted(scatter(14, 34), key=lambda row: row[1]):
        if not 0.6 < x < 0.84:
            tone = mix(0x8FA9B8, 0x2E5560, y)
            draw_pine(trees, x * WIDTH, 440 + 100 * y, 90 + 130 * y + 40 * size, (tone, mix(tone, 0xFFFFFF, 0.75)))
    Layer.of(trees).over(frost)
    _cabin(stage).over(frost)
    slope = [(float(x), 560 - 0.09 * (640 - x) + 14 * math.sin(x / 150)) for x in range(0, WIDTH + 16, 8)]
    Layer.of(land(stage, slope, (0xF7FAFC, 0xD2DFEA), depth=0.05)).over(frost)
    warm = glow(stage, 90, 0x6A4410, sharpness=2)
    for x in (883, 951):
        shine(frost, warm, (x, 481))
    return frost


def _cabin(stage: Stage) -> Layer:
    sheet = stage.sheet()
    polygon(sheet, ((840, 520), (840, 440), (990, 440), (990, 520)), 0x6B4434)
    for plank in range(6):
        stroke(sheet, ((840, 450 + plank * 13), (990, 450 + plank * 13)), 0x543427, 1)
    polygon(sheet, ((822, 446), (868, 388), (966, 388), (1010, 446)), 0xF2F7FB)
    polygon(sheet, ((822, 446), (1010, 446), (1006, 452), (828, 452)), 0xC4D4E2)
    polygon(sheet, ((938, 392), (938, 362), (958, 362), (958, 392)), 0x5A3A30)
    for left in (866, 934):
        polygon(sheet, ((left, 466), (left + 34, 466), (left + 34, 496), (left, 496)), 0xFFC861)
        stroke(sheet, ((left + 17, 466), (left + 17, 496)), 0x543427, 2)
        stroke(sheet, ((left, 481), (left + 34, 481)), 0x543427, 2)
    return Layer.of(sheet)


def northern_lights(stage: Stage) -> Painter:
    """Curtains of green light move above a glowing tent."""
    sky = gradient(stage, ((0, 0x04101F), (0.6, 0x0B3A45), (1, 0x0B2A33)))
    scatter_stars(sky, 19, 210, lowest=470)
    streaks = fractal(71, (1, 640), (1, 60), 3)[0]
    ahead = _pines(stage)
    warm = glow(stage, 230, 0xC8742A, sharpness=1.8)

    def paint(seconds: float) -> Frame:
        frame = sky.copy()
        curtains = _curtains((stage.height // 4, stage.width // 4), streaks, seconds)
        cv2.add(frame, cv2.resize(curtains, (stage.width, stage.height), interpolation=cv2.INTER_CUBIC), dst=frame)
        draw_kite(frame, 880 + 44 * seconds, 210 + 36 * math.sin(seconds * 1.4), 40, seconds, lean=0.5)
        ahead.over(frame)
        flicker = 0.8 + 0.1 * math.sin(seconds * 9) + 0.08 * math.sin(seconds * 23)
        polygon(frame, ((300, 640), (470, 640), (392, 536)), mix(0xB8632A, 0xFFC06A, flicker))
        polygon(frame, ((470, 640), (520, 628), (392, 536)), 0x8A4420)
        polygon(frame, ((366, 640), (404, 640), (392, 536)), mix(0xFFD98A, 0xFFF0BE, flicker))
        ellipse(frame, (384, 622), (9, 18), 0x6A3A20)
        disc(frame, (384, 600), 8, 0x6A3A20)
        shine(frame, warm, (392, 600), flicker)
        return frame

    return paint


def _pines(stage: Stage) -> Layer:
    front = stage.sheet()
    outline = ridge(120, WIDTH + 40, base=640, rise=90, cells=4)
    polygon(front, [*outline, (WIDTH + 40, 730), (0, 730)], 0x040B10)
    for x, _, size, _ in scatter(15, 46):
        height = 70 + 30 * size + 260 * size * abs(x - 0.5)
        draw_pine(front, x * WIDTH, 650 - 20 * size, height, (0x050E13, 0x07141A))
    return Layer.of(front)


def _curtains(shape: tuple[int, int], streaks: Field, seconds: float) -> Frame:
    """Return three folded curtains: sharp and green at the lower edge, fading to violet upwards."""
    light = np.zeros((*shape, 3), np.float32)
    across = np.arange(shape[1], dtype=np.float32) / shape[1]
    rows = np.arange(shape[0], dtype=np.float32)[:, None] / shape[0]
    green, violet = np.array([122, 236, 96], np.float32), np.array([200, 70, 150], np.float32)
    for number, (level, power) in enumerate(((0.5, 1.0), (0.37, 0.75), (0.6, 0.55))):
        fold = 0.09 * np.sin(across * 7 + seconds * 0.8 + number * 2)
        fold += 0.05 * np.sin(across * 17 - seconds * 1.3 + number)
        drift = (across * 320 + seconds * 9 + number * 40) % (streaks.size - 1)
        beam = np.interp(drift, np.arange(streaks.size), streaks).astype(np.float32) ** 1.5
        above = (level + fold)[None, :] - rows
        body = np.exp(np.where(above > 0, above * -5.5, above * 60)) * beam[None, :] * power
        share = np.clip(above * 3, 0, 1)[:, :, None]
        light += body[:, :, None] * (green * (1 - share) + violet * share)
    return np.asarray(np.clip(light, 0, 255), np.uint8)
