"""Windows on real pictures: a slow pan moves by parts of a pixel and never jerks, and views change on their frame."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.camera import CameraPath, Knot
from pipeline.colour import resolved
from pipeline.graph import X264, FilmPicture, Panel, PictureEncode, View, Window
from pipeline.shell.probe import probe
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate

R24 = FrameRate(Fraction(24))
SIZE = (480, 270)
Luma = NDArray[np.uint8]


@pytest.fixture(scope="module")
def still_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two seconds of a picture that does not move: soft blobs, so that any shift of it can be measured."""
    path = tmp_path_factory.mktemp("windows") / "still.mp4"
    noise = np.random.default_rng(5).integers(0, 255, (SIZE[1] // 9, SIZE[0] // 9)).astype(np.uint8)
    picture = cv2.resize(noise, SIZE, interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"qp": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"  # type: ignore[attr-defined]
        for _ in range(48):
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, axis=2), format="bgr24")
            container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode())  # type: ignore[attr-defined]
    return path


def _render(film: Path, folder: Path, *views: View, size: tuple[int, int]) -> list[Luma]:
    facts = probe(film).picture
    frames, stored = sum(view.frames for view in views), {"width_px": facts.width_px, "height_px": facts.height_px}
    colour = resolved(facts.colour, **stored)
    part = FilmPicture("m", facts.index, facts.start, frames, R24, None, colour, facts.scan, **stored)
    encoder = X264("veryfast", Fraction(4), 9000, 9000, 24, 0, 1, "4.0", 2)
    node = PictureEncode((part,), (views,), *size, R24, encoder)
    workshop = Workshop(Store(folder / "store"), "test tools", {"m": film})
    made = next(iter(workshop.make_pictures([node]).values()))
    with av.open(str(made.artifact.path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def _shift(one: Luma, other: Luma) -> tuple[float, float]:
    window = cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F)
    return cv2.phaseCorrelate(one.astype(np.float32), other.astype(np.float32), window)[0]  # type: ignore[return-value]


def _pan(*knots: tuple[int, float, float]) -> CameraPath:
    return CameraPath(tuple(Knot(frame, Fraction(left), Fraction(top)) for frame, left, top in knots))


@pytest.mark.parametrize("way", [(9.0, 0.0), (0.0, 5.0), (-7.0, 4.0)], ids=["across", "down", "both"])
def test_a_slow_pan_moves_by_parts_of_a_pixel(still_film: Path, tmp_path: Path, way: tuple[float, float]) -> None:
    path = _pan((0, 100, 60), (8, 100, 60), (40, 100 + way[0], 60 + way[1]), (48, 100 + way[0], 60 + way[1]))
    view = View(48, (Panel(Window(150, 150, path), 0, 0, 300, 300),))
    pictures = _render(still_film, tmp_path, view, size=(300, 300))
    for number, picture in enumerate(pictures):
        across, down = _shift(picture, pictures[0])
        wanted = [float(place - start) * 2 for place, start in zip(path.at(number), (100, 60), strict=True)]
        assert abs(across - wanted[0]) < 0.2 and abs(down - wanted[1]) < 0.2, f"frame {number}: {across}, {wanted}"


def test_a_way_of_thousands_of_knots_between_frames_is_gone_as_it_is(still_film: Path, tmp_path: Path) -> None:
    # More than the system takes in one argument; as where a person set a keyframe at every frame of a long clip.
    knots = [Knot(Fraction(number, 60), 100 + Fraction(number, 192), Fraction(60)) for number in range(2881)]
    path = CameraPath(tuple(knots))
    pictures = _render(
        still_film, tmp_path, View(48, (Panel(Window(150, 150, path), 0, 0, 300, 300),)), size=(300, 300)
    )
    assert len(pictures) == 48
    for number in (5, 20, 33, 47):
        across, down = _shift(pictures[number], pictures[0])
        assert abs(across - 2 * float(path.at(number)[0] - 100)) < 0.2 and abs(down) < 0.2, f"frame {number}"


@pytest.mark.parametrize("size", [(427, 241), (97, 251)], ids=["odd", "narrow"])
def test_windows_move_over_pictures_of_odd_sizes(still_film: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    odd = tmp_path / "odd.mkv"
    crop = ("-vf", f"format=yuv444p,crop={size[0]}:{size[1]}", "-c:v", "ffv1", "-pix_fmt", "yuv420p")
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", still_film, *crop, odd], check=True)
    room = size[0] - 80
    path = _pan((0, 0, 0), (40, room - 0.3, 0), (48, room, 0))
    pictures = _render(odd, tmp_path, View(48, (Panel(Window(80, 200, path), 0, 0, 160, 400),)), size=(160, 400))
    with av.open(str(odd)) as container:
        (source, *_) = (frame.to_ndarray(format="gray") for frame in container.decode(video=0))
    for number in (0, 10, 20, 30, 47):
        left = float(path.at(number)[0])
        cut = cv2.getRectSubPix(source, (80, 200), (left + 39.5, 99.5))
        wanted = cv2.resize(cut, (160, 400), interpolation=cv2.INTER_LANCZOS4)
        away = np.abs(pictures[number].astype(int) - wanted)[8:-8, 8:-8]
        assert away.mean() < 3, f"frame {number} at {left}"


def test_a_slow_pan_is_as_sharp_between_pixels_as_on_them(tmp_path: Path) -> None:
    film = tmp_path / "fine.mkv"
    fine = cv2.resize(
        np.random.default_rng(7).integers(0, 255, (180, 320)).astype(np.uint8), SIZE, interpolation=cv2.INTER_CUBIC
    )
    with av.open(str(film), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"  # type: ignore[attr-defined]
        for _ in range(48):
            frame = av.VideoFrame.from_ndarray(np.repeat(fine[..., None], 3, axis=2), format="bgr24")
            container.mux(stream.encode(frame))  # type: ignore[attr-defined]
        container.mux(stream.encode())  # type: ignore[attr-defined]
    path = _pan((0, 100, 60), (4, 100, 60), (44, 106, 60), (48, 106, 60))
    pictures = _render(film, tmp_path, View(48, (Panel(Window(150, 150, path), 0, 0, 400, 400),)), size=(400, 400))
    sharpness = [float(cv2.Laplacian(picture[20:-20, 20:-20], cv2.CV_32F).std()) for picture in pictures]
    assert max(sharpness[1:]) < 1.03 * min(sharpness[1:])


def test_a_window_that_stands_shows_the_same_pixels_before_and_after_a_pan(still_film: Path, tmp_path: Path) -> None:
    path = _pan((0, 100, 60), (12, 100, 60), (24, 112, 60), (36, 100, 60), (48, 100, 60))
    moving = View(48, (Panel(Window(150, 150, path), 0, 0, 150, 150),))
    still = View(48, (Panel(Window(150, 150, CameraPath.still(Fraction(100), Fraction(60))), 0, 0, 150, 150),))
    panned, stood = (_render(still_film, tmp_path / str(n), v, size=(150, 150)) for n, v in enumerate((moving, still)))
    for number in (0, 6, 12, 36, 47):
        assert np.abs(panned[number].astype(int) - stood[number]).max() <= 6


@pytest.mark.parametrize("corner", [(0, 0), (330, 120)], ids=["top left", "bottom right"])
def test_a_pan_reaches_the_corners_of_the_picture(still_film: Path, tmp_path: Path, corner: tuple[int, int]) -> None:
    path = _pan((0, 100, 60), (40, *corner))
    view = View(48, (Panel(Window(150, 150, path), 0, 0, 150, 150),))
    still = View(
        48, (Panel(Window(150, 150, CameraPath.still(Fraction(corner[0]), Fraction(corner[1]))), 0, 0, 150, 150),)
    )
    panned, stood = (_render(still_film, tmp_path / str(n), v, size=(150, 150)) for n, v in enumerate((view, still)))
    assert np.abs(panned[47].astype(int) - stood[47]).max() <= 6


def test_views_of_every_kind_change_on_their_frame_and_nothing_is_lost(still_film: Path, tmp_path: Path) -> None:
    def window(left: int, top: int, width: int, height: int) -> Window:
        return Window(width, height, CameraPath.still(Fraction(left), Fraction(top)))

    views = (
        View(10, (Panel(window(0, 0, 150, 270), 0, 0, 150, 270),)),
        View(7, (Panel(window(60, 0, 240, 270), 0, 50, 150, 170),), "blur"),
        View(9, (Panel(window(60, 0, 240, 270), 0, 50, 150, 170),), "#ffffff"),
        View(11, (Panel(window(0, 0, 150, 134), 0, 0, 150, 134), Panel(window(300, 100, 150, 136), 0, 134, 150, 136))),
        View(11, (Panel(window(200, 0, 150, 270), 0, 0, 150, 270),)),
    )
    pictures = _render(still_film, tmp_path, *views, size=(150, 270))
    assert len(pictures) == 48
    changes = [n for n in range(1, 48) if np.abs(pictures[n].astype(int) - pictures[n - 1]).mean() > 5]
    assert changes == [10, 17, 26, 37]
    source = _render(still_film, tmp_path / "all", View(1, (Panel(window(0, 0, *SIZE), 0, 0, *SIZE),)), size=SIZE)[0]
    assert np.abs(pictures[3].astype(int) - source[:, :150]).mean() < 3
    assert np.abs(pictures[30][:134].astype(int) - source[:134, :150]).mean() < 3
    assert np.abs(pictures[30][134:].astype(int) - source[100:236, 300:450]).mean() < 3
    assert np.abs(pictures[40].astype(int) - source[:, 200:350]).mean() < 3
    blurred, coloured = pictures[12], pictures[20]
    assert coloured[:48].std() < 2 and coloured[224:].std() < 2
    assert 2 < blurred[:48].std() < source.std() / 2, "the ground is the picture, blurred"
    assert np.abs(blurred[60:210].astype(int) - coloured[60:210]).mean() < 3
