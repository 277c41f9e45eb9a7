"""Bare commands show the windows that they are told, and VMAF knows the frames that a picture was made from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bench import plain
from bench.vmaf import measure_vmaf
from pipeline.camera import CameraPath, Knot
from pipeline.graph import Panel, View, Window
from pipeline.shell.ffmpeg import run_ffmpeg

WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film whose luma says how far to the right one is, from 32 to 191 in steps of two pixels."""
    path = tmp_path_factory.mktemp("films") / "ramp.mkv"
    source = f"color=gray:size={WIDTH}x{HEIGHT}:rate=24:duration=1,format=yuv420p,geq=lum='32+floor(X/2)':cb=128:cr=128"
    run_ffmpeg(("-f", "lavfi", "-i", source, "-c:v", "ffv1", f"file:{path}"))
    return path


def view(frames: int, *lefts: int, width: int = 100) -> View:
    """Return a tall window, which fills an output of 100×180; a wider one stands in its middle."""
    path = CameraPath(tuple(Knot(number, Fraction(left), Fraction(0)) for number, left in enumerate(lefts)))
    if width == 100:
        return View(frames, (Panel(Window(100, 180, path), 0, 0, 100, 180),))
    return View(frames, (Panel(Window(200, 180, path), 0, 46, 100, 88),))


def shown(film: Path, *views: View, frames: int = 12) -> np.ndarray:
    filters = plain.picture_filters(views, width_px=100, height_px=180)
    argv = plain.cut(film, start=Fraction(0), frames=frames, filters=filters)
    raw = run_ffmpeg((*argv, "-f", "rawvideo", "pipe:1")).stdout
    # Luma alone, of planes of 4:2:0.
    return np.frombuffer(raw, np.uint8).reshape(-1, 270, 100)[:, :180]


def test_a_window_of_one_size_stands_elsewhere_in_each_shot(film: Path) -> None:
    pictures = shown(film, view(3, 40), view(4, 200), view(2, 200), view(3, 0))
    assert len(pictures) == 12
    assert [int(picture[90, 0]) for picture in pictures] == [52] * 3 + [132] * 6 + [32] * 3


def test_a_window_that_moves_stands_where_it_begins(film: Path) -> None:
    assert {int(picture[90, 0]) for picture in shown(film, view(12, 40, 200))} == {52}


def test_a_wider_window_stands_on_black(film: Path) -> None:
    pictures = shown(film, view(5, 40), view(7, 60, width=200))
    assert len(pictures) == 12
    assert [int(picture[10, 50]) > 30 for picture in pictures] == [True] * 5 + [False] * 7
    assert abs(int(pictures[-1][90, 0]) - 62) <= 1


def test_vmaf_is_highest_for_the_frames_themselves_and_falls_for_others(film: Path, tmp_path: Path) -> None:
    filters = plain.picture_filters((view(12, 40),), width_px=100, height_px=180)
    scored = {}
    for name, more in (("same", ""), ("blurred", ",gblur=sigma=8,noise=alls=40")):
        encoded = tmp_path / f"{name}.mkv"
        argv = plain.cut(film, start=Fraction(0), frames=12, filters=filters + more)
        run_ffmpeg((*argv, "-c:v", "ffv1", f"file:{encoded}"))
        source = plain.seek(film, Fraction(0))
        graph = f"[0:v]{filters},trim=end_frame=12[frames]"
        scored[name] = measure_vmaf(encoded, inputs=source, graph=graph, shown="[frames]")
    assert scored["same"] > 95
    assert scored["blurred"] < 60
