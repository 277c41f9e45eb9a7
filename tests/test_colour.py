"""Colours of every description come out as the same colours in BT.709, computed by hand from the standards."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from pipeline.argv import SCALE_FLAGS
from pipeline.camera import CameraPath
from pipeline.colour import conversion_filters, resolved
from pipeline.facts import Colour
from pipeline.graph import X264, FilmPicture, Panel, PictureEncode, Poster, View, Window
from pipeline.shell.probe import probe
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate

WIDTH, HEIGHT, BAR = 320, 96, 40
Rows = np.ndarray[Any, Any]
# Linear light of eight bars in the film's own primaries: black, grey, red, green, blue, a skin, a sky, white.
BARS = np.array([(0, 0, 0), (0.18, 0.18, 0.18), (0.6, 0.04, 0.04), (0.05, 0.5, 0.05), (0.05, 0.05, 0.6),
                 (0.5, 0.25, 0.15), (0.2, 0.4, 0.7), (0.9, 0.9, 0.9)])  # fmt: skip
MATRICES = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt470bg": (0.299, 0.114),
            "bt2020nc": (0.2627, 0.0593)}  # fmt: skip
# Chromaticities of red, green, blue (ITU-R BT.709, BT.2020; SMPTE EG 432-1), white D65.
PRIMARIES = {"bt709": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
             "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
             "smpte432": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))}  # fmt: skip


def _to_xyz(primaries: str) -> Rows:
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in PRIMARIES[primaries]]).T
    white = np.array((0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290))
    return columns * np.linalg.solve(columns, white)


def _curve(linear: Rows) -> Rows:
    return np.where(linear < 0.018, 4.5 * linear, 1.099 * np.maximum(linear, 1e-9) ** 0.45 - 0.099)


def _srgb(linear: Rows) -> Rows:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def _pq(nits: Rows) -> Rows:
    power = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def _hlg(scene: Rows) -> Rows:
    return np.where(
        scene <= 1 / 12, np.sqrt(3 * scene), 0.17883277 * np.log(np.maximum(12 * scene, 1) - 0.28466892) + 0.55991073
    )


def _yuv(coded: Rows, matrix: str, *, bits: int, full: bool) -> Rows:
    """Return code values of Y, Cb, Cr."""
    red, blue = MATRICES[matrix]
    luma = coded @ np.array((red, 1 - red - blue, blue))
    chroma = np.stack([(coded[:, 2] - luma) / (2 - 2 * blue), (coded[:, 0] - luma) / (2 - 2 * red)], axis=1)
    step = 1 << (bits - 8)
    if full:
        most = (1 << bits) - 1
        return np.round(np.column_stack([luma * most, chroma * most + 128 * step]))
    return np.round(np.column_stack([(16 + 219 * luma) * step, (128 + 224 * chroma) * step]))


def _write(path: Path, codes: Rows, *, bits: int, tags: dict[str, str]) -> None:
    """Write half a second of bars with code values and tags, losslessly."""
    kind = np.uint8 if bits == 8 else "<u2"
    planes = [np.tile(codes[:, index].repeat(BAR), (HEIGHT, 1)).astype(kind) for index in range(3)]
    raw = b"".join(plane.tobytes() for plane in planes) * 12
    fmt = {8: "yuv444p", 10: "yuv444p10le"}[bits]
    described = ":".join(f"{name}={value}" for name, value in tags.items())
    arguments = ["-f", "rawvideo", "-pix_fmt", fmt, "-s", f"{WIDTH}x{HEIGHT}", "-r", "24", "-i", "-"]
    arguments += ["-vf", f"setparams={described}", "-c:v", "libx264", "-qp", "0", "-pix_fmt", fmt, str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments], input=raw, check=True)


def _encode(path: Path, folder: Path, colour: Colour | None = None) -> tuple[Workshop, PictureEncode]:
    facts = probe(path).picture
    encoder = X264("veryfast", Fraction(1), 90000, 90000, 24, 0, 2, "4.0", 2)
    rate = FrameRate(Fraction(24))
    found = resolved(colour or facts.colour, stored_height_px=1080)
    part = FilmPicture("m", facts.index, facts.start, 6, rate, None, found, facts.scan, WIDTH, HEIGHT)
    whole = Window(WIDTH, HEIGHT, CameraPath.still(Fraction(0), Fraction(0)))
    view = View(6, (Panel(whole, 0, 0, WIDTH, HEIGHT),))
    workshop = Workshop(Store(folder / "store"), "test tools", {"m": path})
    return workshop, PictureEncode((part,), ((view,),), WIDTH, HEIGHT, rate, encoder)


def _found(path: Path) -> tuple[Rows, Any]:
    """Return the bars of the last picture as the light that BT.709 codes mean, 0 to 1, and the picture."""
    import av

    with av.open(str(path)) as container:
        *_, frame = container.decode(video=0)
    planes = [np.asarray(plane).reshape(plane.height, plane.line_size)[:, : plane.width] for plane in frame.planes]
    luma, cb, cr = (
        np.array([plane[8:-8, round((bar + 0.5) * plane.shape[1] / 8)].mean() for bar in range(8)]) for plane in planes
    )
    y, u, v = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    return np.column_stack([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]), frame


SDR = (
    ("limited BT.709", "bt709", False, {"colorspace": "bt709", "range": "tv"}),
    ("full BT.709", "bt709", True, {"colorspace": "bt709", "range": "pc"}),
    ("limited BT.601", "smpte170m", False, {"colorspace": "smpte170m", "range": "tv"}),
    ("full BT.470BG", "bt470bg", True, {"colorspace": "bt470bg", "range": "pc"}),
    ("untagged", "bt709", False, {}),
    ("matrix of BT.2020", "bt2020nc", False, {"colorspace": "bt2020nc", "range": "tv", "color_primaries": "bt709"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "matrix", "full", "tags"), SDR, ids=[row[0] for row in SDR])
def test_standard_colours_stay_the_same_colours(
    name: str, matrix: str, full: bool, tags: dict[str, str], tmp_path: Path
) -> None:
    coded = _curve(BARS)
    _write(tmp_path / "film.mp4", _yuv(coded, matrix, bits=8, full=full), bits=8, tags=tags or {"range": "unknown"})
    workshop, node = _encode(tmp_path / "film.mp4", tmp_path)
    (made,) = workshop.make_pictures([node]).values()
    found, frame = _found(made.artifact.path)
    assert np.abs(found - coded).max() < 0.015, name
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 1, 1)


@pytest.mark.parametrize("transfer", ["bt709", "iec61966-2-1"])
@pytest.mark.parametrize("primaries", ["smpte432", "bt2020"])
def test_wide_gamuts_are_brought_into_bt709_in_linear_light(primaries: str, transfer: str, tmp_path: Path) -> None:
    light = 0.5 * BARS + 0.2  # within the smaller gamut
    matrix = "bt2020nc" if primaries == "bt2020" else "bt709"
    tags = {"color_primaries": primaries, "color_trc": transfer, "colorspace": matrix, "range": "tv"}
    coded = light ** (1 / 2.4) if transfer == "bt709" else _srgb(light)  # as displays show it, ITU-R BT.1886
    _write(tmp_path / "film.mp4", _yuv(coded, matrix, bits=10, full=False), bits=10, tags=tags)
    workshop, node = _encode(tmp_path / "film.mp4", tmp_path)
    (made,) = workshop.make_pictures([node]).values()
    to_709 = np.linalg.solve(_to_xyz("bt709"), _to_xyz(primaries))
    assert np.abs(_found(made.artifact.path)[0] - (light @ to_709.T) ** (1 / 2.4)).max() < 0.015


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_keeps_grey_grey_its_order_and_its_white_near_white(transfer: str, tmp_path: Path) -> None:
    if transfer == "smpte2084":
        greys = np.array([0, 5, 20, 50, 100, 203, 400, 1000.0])
        coded = _pq(greys)
    else:
        greys = np.array([0, 0.01, 0.03, 0.08, 0.15, 0.265, 0.5, 1.0])
        coded = _hlg(greys)
    tags = {"color_primaries": "bt2020", "color_trc": transfer, "colorspace": "bt2020nc", "range": "tv"}
    codes = _yuv(np.column_stack([coded] * 3), "bt2020nc", bits=10, full=False)
    _write(tmp_path / "film.mp4", codes, bits=10, tags=tags)
    workshop, node = _encode(tmp_path / "film.mp4", tmp_path)
    (made,) = workshop.make_pictures([node]).values()
    found, frame = _found(made.artifact.path)
    assert np.ptp(found, axis=1).max() < 0.015, "grey stays grey"
    luma = found[:, 1]
    assert (np.diff(luma) > 0).all() and luma[0] < 0.02 and luma[-1] <= 1.01, "darker stays darker, nothing clips"
    assert 0.65 < luma[5] < 0.95, "reference white (203 cd/m²) is near white"
    assert 0.3 < luma[3] < 0.6, "a quarter of it is a middle grey"
    assert (frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range) == (1, 1, 1, 1)


def test_hdr_colours_keep_their_hue(tmp_path: Path) -> None:
    light = np.array([(150, 30, 30), (30, 120, 30), (30, 30, 150), (120, 60, 40), (50, 90, 160), (60, 60, 10),
                      (10, 60, 60), (60, 10, 60)], dtype=float)  # fmt: skip
    tags = {"color_primaries": "bt2020", "color_trc": "smpte2084", "colorspace": "bt2020nc", "range": "tv"}
    in_2020 = light @ np.linalg.solve(_to_xyz("bt2020"), _to_xyz("bt709")).T
    _write(tmp_path / "film.mp4", _yuv(_pq(in_2020), "bt2020nc", bits=10, full=False), bits=10, tags=tags)
    workshop, node = _encode(tmp_path / "film.mp4", tmp_path)
    (made,) = workshop.make_pictures([node]).values()
    found = _found(made.artifact.path)[0]
    for seen, meant in zip(found, light, strict=True):
        assert meant[np.argmax(seen)] == meant.max() and meant[np.argmin(seen)] == meant.min()
        # Chroma survives: the ratio of the strongest to the weakest is that of the light, within the curve's bend.
        assert seen.max() / max(seen.min(), 0.01) > 0.6 * (meant.max() / meant.min()) ** 0.45


def test_a_poster_has_the_colours_of_its_film(tmp_path: Path) -> None:
    import cv2

    coded = _curve(BARS)
    tags = {"colorspace": "bt709", "range": "tv"}
    _write(tmp_path / "film.mp4", _yuv(coded, "bt709", bits=8, full=False), bits=8, tags=tags)
    workshop, node = _encode(tmp_path / "film.mp4", tmp_path)
    (key,) = workshop.make_pictures([node])
    picture = cv2.imread(str(workshop.make_poster(Poster(key, Fraction(0))).artifact.path))
    assert picture is not None and picture.shape == (HEIGHT, WIDTH, 3)
    found = picture[HEIGHT // 2, BAR // 2 :: BAR, ::-1] / 255
    assert np.abs(found - coded).max() < 0.03


@pytest.mark.parametrize(
    ("said", "rows", "meant"),
    [
        (Colour(None, None, None, None), 1080, Colour("bt709", "bt709", "bt709", False)),
        (Colour(None, None, None, None), 576, Colour("smpte170m", "bt709", "smpte170m", False)),
        (Colour(None, None, None, True), 720, Colour("bt709", "bt709", "bt709", True)),
        (Colour(None, "smpte2084", None, None), 2160, Colour("bt2020", "smpte2084", "bt2020nc", False)),
        (Colour("bt2020", None, None, None), 2160, Colour("bt2020", "bt709", "bt2020nc", False)),
        (Colour(None, None, "bt2020nc", None), 2160, Colour("bt2020", "bt709", "bt2020nc", False)),
        (Colour(None, None, "gbr", None), 1080, Colour("bt709", "bt709", "gbr", True)),
        (Colour("bt470bg", "gamma28", "bt470bg", False), 1080, Colour("bt470bg", "gamma28", "bt470bg", False)),
    ],
)
def test_what_a_file_does_not_say_is_filled_in_as_players_do(said: Colour, rows: int, meant: Colour) -> None:
    assert resolved(said, stored_height_px=rows) == meant


def test_every_description_that_a_file_can_carry_gives_filters_that_ffmpeg_takes() -> None:
    primaries = ("bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "bt2020", "smpte431", "smpte432")
    transfers = ("bt709", "gamma22", "gamma28", "smpte170m", "smpte240m", "linear", "iec61966-2-4", "iec61966-2-1",
                 "bt2020-10", "bt2020-12", "smpte2084", "arib-std-b67")  # fmt: skip
    matrices = ("gbr", "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc", "bt2020c")
    described = chain(
        (Colour(name, "bt709", "bt709", False) for name in primaries),
        (Colour("bt2020", name, "bt2020nc", full) for name in transfers for full in (False, True)),
        (Colour(gamut, "bt709", name, False) for name in matrices for gamut in ("bt709", "smpte432")),
    )
    chains = []
    for number, colour in enumerate(described):
        filters = conversion_filters(colour, width_px=32, height_px=16, scale_flags=SCALE_FLAGS)
        words = [f"{name}=" + ":".join(f"{key}={value}" for key, value in options.items()) for name, options in filters]
        grey = "gbrp" if colour.matrix == "gbr" else "yuv420p10le"
        # As libav hands frames over: described by the file.
        tags = f"setparams=colorspace={colour.matrix}:color_primaries={colour.primaries}:range=tv"
        tags += f":color_trc={ {'gamma22': 'bt470m', 'gamma28': 'bt470bg'}.get(str(colour.transfer), colour.transfer) }"
        chains.append(f"color=gray:s=64x32:r=1:d=1,format={grey},{tags},{','.join(words)},format=yuv420p[o{number}]")
    maps = [word for number in range(len(chains)) for word in ("-map", f"[o{number}]", "-f", "null", "-")]
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-filter_complex", ";".join(chains), *maps]
    run = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
