"""Patches of known light: stored as films store them, shown by our encoder, read back. No formula here is ffmpeg's.

Chromaticities and matrices are those of ITU-T H.273, PQ and HLG those of ITU-R BT.2100, the display BT.1886's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

from pipeline.camera import CameraPath
from pipeline.colour import resolved
from pipeline.facts import Colour
from pipeline.graph import X264, FilmPicture, Panel, PictureEncode, View, Window
from pipeline.shell.probe import probe
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate

WIDTH, HEIGHT, BAR = 320, 96, 40
WHITE_NITS = 203  # ITU-R BT.2408
RATE = FrameRate(Fraction(24))
Rows = np.ndarray[Any, Any]
"""Colours, one a row: red, green, blue."""

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_SMPTE_C = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
PRIMARIES = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    "bt470m": ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    "bt470bg": ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    "smpte170m": (*_SMPTE_C, _D65),
    "smpte240m": (*_SMPTE_C, _D65),
    "film": ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    "smpte431": (*_P3, _DCI),
    "smpte432": (*_P3, _D65),
    "jedec-p22": ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
MATRICES = {"bt709": (0.2126, 0.0722), "fcc": (0.30, 0.11), "bt470bg": (0.299, 0.114), "smpte170m": (0.299, 0.114),
            "smpte240m": (0.212, 0.087), "bt2020nc": (0.2627, 0.0593)}  # fmt: skip
_LMS = np.array([(1688, 2146, 262), (683, 2951, 462), (99, 309, 3688)]) / 4096
_ICTCP = {
    "smpte2084": np.array([(2048, 2048, 0), (6610, -13613, 7003), (17933, -17390, -543)]) / 4096,
    "arib-std-b67": np.array([(2048, 2048, 0), (3625, -7465, 3840), (9500, -9212, -288)]) / 4096,
}


def to_xyz(primaries: str) -> Rows:
    """Return the matrix whose middle row is how much each channel adds to luminance."""
    *channels, white = PRIMARIES[primaries]
    columns = np.array([_xyz(channel) for channel in channels]).T
    return columns * np.linalg.solve(columns, _xyz(white))


def between(source: str, target: str) -> Rows:
    """Return the matrix from light in some primaries to the same colour in others, whites adapted by Bradford."""
    bradford = np.array([(0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)])
    there, here = (bradford @ _xyz(PRIMARIES[name][3]) for name in (source, target))
    adapted = np.linalg.inv(bradford) @ np.diag(here / there) @ bradford
    return np.linalg.inv(to_xyz(target)) @ adapted @ to_xyz(source)


def _xyz(chromaticity: tuple[float, ...]) -> Rows:
    x, y = chromaticity
    return np.array((x / y, 1, (1 - x - y) / y))


def grey(levels: Sequence[float]) -> Rows:
    """Return greys of some light."""
    return np.array([(level, level, level) for level in levels], dtype=float)


def video(light: Rows) -> Rows:
    """Return the signal that shows light from 0 to 1 on BT.1886's display."""
    return np.clip(light, 0, 1) ** (1 / 2.4)


def shown(signal: Rows) -> Rows:
    """Return the light of a signal on BT.1886's display."""
    return signal**2.4


def pq(nits: Rows) -> Rows:
    """Return the PQ signal of display light."""
    power = (np.maximum(nits, 0) / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def hlg(nits: Rows) -> Rows:
    """Return the HLG signal of light on the display of 1000 cd/m², in BT.2020: inverse OOTF by luminance, then OETF."""
    display = np.maximum(nits, 0) / 1000
    luminance = np.maximum(display @ to_xyz("bt2020")[1], 1e-12)[:, None]
    return _hlg_oetf(display * luminance ** (1 / 1.2 - 1))


def _hlg_oetf(scene: Rows) -> Rows:
    above = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-12)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), above)


SIGNAL = {"smpte2084": pq, "arib-std-b67": hlg}
PEAK_NITS = {"smpte2084": 10000, "arib-std-b67": 1000}


def tone_mapped(light: Rows, transfer: str) -> Rows:
    """Return what our operator makes of light in BT.709, reference white 1: the formula that `colour` describes."""
    knee, peak = 0.3, PEAK_NITS[transfer] / WHITE_NITS
    most = np.maximum(light.max(axis=1, keepdims=True), 1e-12)
    a = -(knee**2) * (peak - 1) / (knee**2 - 2 * knee + peak)
    b = (knee**2 - 2 * knee * peak + peak) / (peak - 1)
    curve = np.where(most <= knee, most, (b + knee) ** 2 / (b - a) * (most + a) / (most + b))
    return np.clip(light * curve / most, 0, 1)


def ictcp(light: Rows) -> Rows:
    """Return intensity, Ct and Cp (BT.2100) of light in BT.709, reference white 1."""
    lms = light @ between("bt709", "bt2020").T @ _LMS.T * WHITE_NITS
    return np.copysign(pq(np.abs(lms)), lms) @ _ICTCP["smpte2084"].T


def hue_change(one: Rows, other: Rows) -> Rows:
    """Return by how many degrees of ICtCp's hue colours differ."""
    first, second = (np.degrees(np.arctan2(colours[:, 2], colours[:, 1])) for colours in (ictcp(one), ictcp(other)))
    return np.abs((second - first + 180) % 360 - 180)


def codes(signal: Rows, matrix: str, *, bits: int = 10, full: bool = False, transfer: str = "bt709") -> Rows:
    """Return the code values of three planes: Y, Cb, Cr, or what else the matrix makes."""
    if matrix == "ictcp":
        lms = _of_light(signal, transfer, lambda light: light @ _LMS.T)
        luma, *chroma = (lms @ _ICTCP[transfer].T).T
    elif matrix == "ycgco":
        luma, *chroma = (signal @ np.array([(0.25, 0.5, 0.25), (-0.25, 0.5, -0.25), (0.5, 0, -0.5)]).T).T
    else:
        red, blue = MATRICES[matrix]
        luma = signal @ np.array((red, 1 - red - blue, blue))
        chroma = [(signal[:, 2] - luma) / (2 - 2 * blue), (signal[:, 0] - luma) / (2 - 2 * red)]
    step, most = 1 << (bits - 8), (1 << bits) - 1
    if full:
        return np.round(np.column_stack([luma * most, *(plane * most + 128 * step for plane in chroma)]))
    return np.round(np.column_stack([(16 + 219 * luma) * step, *((128 + 224 * plane) * step for plane in chroma)]))


def _of_light(signal: Rows, transfer: str, change: Any) -> Rows:
    """Return the signal of changed light: display light for PQ, scene light for HLG."""
    grid = np.linspace(0, 1, 200_001)
    curve = {"smpte2084": lambda light: pq(light * 10000), "arib-std-b67": _hlg_oetf}[transfer]
    return curve(change(np.interp(signal, curve(grid), grid)))  # type: ignore[no-any-return]


def tagged(primaries: str, transfer: str, matrix: str, spread: str = "tv") -> dict[str, str]:
    """Return tags by the names of setparams."""
    return {"color_primaries": primaries, "color_trc": transfer, "colorspace": matrix, "range": spread}


def ffmpeg(*arguments: str | Path, given: bytes | None = None) -> None:
    """Run ffmpeg; fail with its words."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, input=given, stdin=None if given else subprocess.DEVNULL, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


X264_LOSSLESS = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0")


def store(
    path: Path,
    planes: Rows | Sequence[Rows],
    *,
    bits: int = 10,
    pixels: str | None = None,
    tags: Mapping[str, str] | None = None,
    codec: Sequence[str] = X264_LOSSLESS,
    pictures: int = 6,
) -> Path:
    """Write a film of eight bars (code values, one colour a row), or of whole planes, losslessly and with tags."""
    if isinstance(planes, np.ndarray) and planes.ndim == 2:
        planes = [np.tile(planes[:, index].repeat(BAR), (HEIGHT, 1)) for index in range(3)]
    height, width = planes[0].shape[:2]
    raw = b"".join(plane.astype(np.uint8 if bits == 8 else "<u2").tobytes() for plane in planes) * pictures
    pixels = pixels or {8: "yuv444p", 10: "yuv444p10le", 12: "yuv444p12le"}[bits]
    described = ":".join(f"{name}={value}" for name, value in (tags or {"range": "unknown"}).items())
    source = ("-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", "24", "-i", "-")
    ffmpeg(*source, "-vf", f"setparams={described}", *codec, path, given=raw)
    return path


@dataclass(frozen=True)
class Made:
    """A clip, decoded."""

    path: Path
    pictures: tuple[tuple[Rows, ...], ...]
    """Y, Cb and Cr of each, as code values."""
    tags: tuple[int, ...]
    """Primaries, transfer, matrix and range by their numbers; BT.709 limited is 1, 1, 1, 1."""

    def bars(self, picture: int = -1) -> Rows:
        """Return the signal, 0 to 1, of eight bars of a picture as a BT.709 player takes it."""
        return self.at([((bar + 0.5) / 8, 0.5) for bar in range(8)], picture=picture)

    def at(self, places: Sequence[tuple[float, float]], *, picture: int = -1) -> Rows:
        """Return the signal around points given as shares of width and height."""
        levels = np.array([[level(plane, *place) for plane in self.pictures[picture]] for place in places])
        luma, blue, red = (levels[:, 0] - 16) / 219, (levels[:, 1] - 128) / 224, (levels[:, 2] - 128) / 224
        green = luma - 0.2126 * 1.5748 / 0.7152 * red - 0.0722 * 1.8556 / 0.7152 * blue
        return np.column_stack([luma + 1.5748 * red, green, luma + 1.8556 * blue])


def level(plane: Rows, across: float, down: float) -> float:
    """Return the mean around a point given as shares of width and height, a twentieth wide and high."""
    height, width = plane.shape
    y, x, above, aside = round(down * height), round(across * width), max(1, height // 40), width // 40
    return float(plane[max(0, y - above) : y + above, max(0, x - aside) : x + aside].mean())


def made_from(
    films: Path | Sequence[Path],
    folder: Path,
    *,
    size: tuple[int, int] | None = None,
    frames: int = 2,
    told: Colour | None = None,
) -> Made:
    """Encode some frames of one film after another, each whole, as clips are, and decode the clip.

    `told` overrides what the files say of their colour.
    """
    paths = [films] if isinstance(films, Path) else list(films)
    parts, views = [], []
    for number, path in enumerate(paths):
        facts = probe(path).picture
        found = resolved(told or facts.colour, width_px=1920, height_px=1080)
        stored = (facts.width_px, facts.height_px)
        part = FilmPicture(str(number), facts.index, facts.start, frames, RATE, None, found, "interlaced", *stored)
        parts.append(replace(part, alpha=facts.alpha))
        width, height = size or stored
        window = Window(*stored, CameraPath.still(Fraction(0), Fraction(0)))
        views.append((View(frames, (Panel(window, 0, 0, width, height),)),))
    encoder = X264("veryfast", Fraction(1), 90000, 90000, 24, 0, 2, "4.0", 2)
    node = PictureEncode(tuple(parts), tuple(views), width, height, RATE, encoder)
    workshop = Workshop(Store(folder / "store"), "test tools", {str(n): path for n, path in enumerate(paths)})
    (made,) = workshop.make_pictures([node]).values()
    return decoded(made.artifact.path)


def decoded(path: Path) -> Made:
    """Return the pictures of a clip."""
    import av

    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    tags = (frames[0].color_primaries, frames[0].color_trc, frames[0].colorspace, frames[0].color_range)
    return Made(path, tuple(tuple(map(_plane, frame.planes)) for frame in frames), tuple(map(int, tags)))


def _plane(plane: Any) -> Rows:
    return np.asarray(plane).reshape(plane.height, plane.line_size)[:, : plane.width].copy()
