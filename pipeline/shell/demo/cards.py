"""The demo film's cards, title and end credits, composed by MoviePy and pulled from it frame by frame."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.shell.demo.canvas import HEIGHT, Frame, Painter, Stage, stroke
from pipeline.shell.demo.light import glow, shine
from pipeline.shell.demo.props import draw_kite
from pipeline.shell.demo.texture import fractal, gradient, textured

_CREDITS = (
    ("THE RED KITE", 54, 0xE8402E),
    ("", 30, 0),
    ("The kite   ·   as itself", 34, 0xE9E2D2),
    ("The storyteller   ·   a puppet", 34, 0xE9E2D2),
    ("The fox, the bee   ·   passers-by", 34, 0xE9E2D2),
    ("", 20, 0),
    ("Pictures   ·   polygons and sine waves", 34, 0xE9E2D2),
    ("Music, at ninety-six beats a minute   ·   more sine waves", 34, 0xE9E2D2),
    ("", 20, 0),
    ("Every picture and every sound of this film", 30, 0xA9A294),
    ("was computed on your own machine.", 30, 0xA9A294),
    ("", 20, 0),
    ("MATINEE", 38, 0xF2C14E),
)


def _moviepy() -> Any:
    """Import MoviePy, whose constructors carry no types, when a card is first composed."""
    import moviepy

    return moviepy


def _font(name: str) -> str:
    """Return a font that ships with matplotlib, found without importing it; nothing depends on the system's fonts."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.submodule_search_locations is not None
    return str(Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf")


def _text(stage: Stage, words: str, size: float, colour: int, font: str) -> Any:
    height = max(6, stage.pixels(size))
    return _moviepy().TextClip(
        font=_font(font), text=words, font_size=height, color=f"#{colour:06x}", margin=(4, 0, 4, height // 2)
    )


def _pulled(clip: Any) -> Painter:
    """Return the painter that pulls a clip's frames; MoviePy counts red first."""

    def paint(seconds: float) -> Frame:
        return np.ascontiguousarray(np.asarray(clip.get_frame(seconds), np.uint8)[:, :, ::-1])

    return paint


def title(stage: Stage) -> Painter:
    """The title appears on deep blue paper while the kite draws a line across."""
    moviepy = _moviepy()

    paper = gradient(stage, ((0, 0x0B1730), (0.55, 0x173255), (1, 0x0A1226)))
    paper = textured(paper, fractal(2, (stage.height, stage.width), (10, 18), 6), 0.35)
    shine(paper, glow(stage, 640, 0x28507A, sharpness=2), (640, 330))

    def backdrop(seconds: float) -> Frame:
        frame = paper.copy()
        along = np.linspace(max(0.0, seconds - 3.2), seconds, 60)
        path = np.stack([-80 + 285 * along, 210 - 90 * np.sin(along * 1.25) + 26 * np.sin(along * 3.1)], axis=1)
        stroke(frame, path, 0x8FB3D9, 1)
        draw_kite(frame, float(path[-1, 0]), float(path[-1, 1]), 56, seconds, lean=0.9 - 0.4 * math.sin(seconds * 1.25))
        return frame[:, :, ::-1]

    words = _text(stage, "T H E   R E D   K I T E", 82, 0xF7EFE0, "STIXGeneral").with_start(0.5)
    under = _text(stage, "a small film made of numbers", 30, 0xE8A49A, "STIXGeneralItalic").with_start(1.4)
    placed = (
        moviepy.VideoClip(frame_function=backdrop, duration=60),
        words.with_duration(59)
        .with_position(("center", stage.pixels(366)))
        .with_effects([moviepy.vfx.CrossFadeIn(0.9)]),
        under.with_duration(58)
        .with_position(("center", stage.pixels(506)))
        .with_effects([moviepy.vfx.CrossFadeIn(0.9)]),
    )
    return _pulled(moviepy.CompositeVideoClip(placed, size=(stage.width, stage.height), use_bgclip=True))


def end_credits(stage: Stage) -> Painter:
    """The end credits roll over black, four units a frame so that they do not judder."""
    moviepy = _moviepy()

    lines = []
    y = HEIGHT * 0.42
    for words, size, colour in _CREDITS:
        if words:
            clip = _text(stage, words, size, colour, "STIXGeneralBol" if size > 36 else "STIXGeneral").with_duration(60)
            start = y
            lines.append(
                clip.with_position(
                    lambda t, start=start: ("center", round(stage.unit * (start - 96 * max(0.0, t - 0.6))))
                )
            )
        y += size * 1.9
    return _pulled(moviepy.CompositeVideoClip(lines, size=(stage.width, stage.height), bg_color=(0, 0, 0)))
