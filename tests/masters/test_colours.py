"""Colour and range: patches of known colour, stored in every way that films store them, come out as they should."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.masters.studio import Marks, Studio
from tests.masters.viewing import Clip
from tests.patches import between, shown, video

MakeClip = Callable[..., Clip]

PATCHES = ((235, 235, 235), (128, 128, 128), (20, 20, 20), (190, 40, 40), (40, 150, 60), (50, 60, 190), (200, 180, 40),
           (200, 150, 120))  # fmt: skip
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4")


def _patches(colours: tuple[tuple[int, ...], ...], *, count: int = 96) -> np.ndarray[Any, Any]:
    """Return pictures of four patches across and two down, 40 pixels wide, 45 high."""
    picture = np.zeros((90, 160, 3), dtype=np.uint8)
    for number, colour in enumerate(colours):
        row, column = divmod(number, 4)
        picture[row * 45 : row * 45 + 45, column * 40 : column * 40 + 40] = colour
    return np.repeat(picture[None], count, axis=0)


def _seen(clip: Clip) -> list[tuple[float, ...]]:
    return [clip.rgb_at((column + 0.5) / 4, (row + 0.5) / 2, reach_px=5) for row in range(2) for column in range(4)]


def _assert_near(clip: Clip, colours: tuple[tuple[float, ...], ...], *, within: float) -> None:
    for seen, wanted in zip(_seen(clip), colours, strict=True):
        off = max(abs(have - want) for have, want in zip(seen, wanted, strict=True))
        assert off <= within, f"{tuple(round(c) for c in seen)} where {wanted} belongs"


def _tagged(matrix: str, spread: str, pixels: str) -> tuple[str, tuple[str, ...]]:
    """Return the filter and options that store RGB with a matrix and range, and say so."""
    convert = f"scale=out_color_matrix={matrix}:out_range={spread}:flags=accurate_rnd+full_chroma_int,format={pixels}"
    named = {"bt601": "smpte170m"}.get(matrix, matrix)
    tags = f"setparams=colorspace={named}:color_primaries={named}:color_trc={named}:range={spread}"
    return f"{convert},{tags}", (*X264, "-pix_fmt", pixels)


@pytest.mark.parametrize(
    ("name", "matrix", "spread", "pixels"),
    [
        ("hd", "bt709", "tv", "yuv420p"),
        ("sd", "bt601", "tv", "yuv420p"),
        ("full-range", "bt709", "pc", "yuv420p"),
        ("full-range-sd", "bt601", "pc", "yuv420p"),
        ("full-range-422", "bt709", "pc", "yuv422p"),
        ("ten-bit", "bt709", "tv", "yuv420p10le"),
        ("ten-bit-444", "bt709", "tv", "yuv444p10le"),
        ("full-range-ten-bit", "bt709", "pc", "yuv422p10le"),
    ],
)
def test_stored_colours_are_shown_as_they_were_meant(
    studio: Studio, clip_of: MakeClip, name: str, matrix: str, spread: str, pixels: str
) -> None:
    picture_filter, picture = _tagged(matrix, spread, pixels)
    master = studio.shoot(
        f"{name}.mp4", pictures=_patches(PATCHES), seconds=4, marks=Marks(), picture_filter=picture_filter,
        picture=picture,
    )  # fmt: skip
    gamut = "smpte170m" if matrix == "bt601" else "bt709"
    meant = video(shown(np.array(PATCHES) / 255) @ between(gamut, "bt709").T) * 255
    _assert_near(clip_of(master.path), tuple(map(tuple, meant)), within=6)


@pytest.mark.parametrize(
    ("name", "picture_filter", "picture"),
    [
        ("rgb.mp4", "null", ("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "4")),
        ("gbrp.mkv", "format=gbrp", ("-c:v", "ffv1")),
        ("gbrp10.mkv", "format=gbrp10le", ("-c:v", "ffv1")),
        ("png.mov", "null", ("-c:v", "png")),
        ("bgr.avi", "null", ("-c:v", "rawvideo", "-pix_fmt", "bgr24")),
        # Motion JPEG is full range and BT.601 by its own rules (JFIF), whether it says so or not.
        ("mjpeg.mov", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p", ("-c:v", "mjpeg", "-q:v", "1")),
        # A camera's DV and a DVD say nothing: what is below 720 rows is BT.601.
        ("untagged-sd.mpg", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p",
         ("-c:v", "mpeg2video", "-q:v", "1")),
    ],
)  # fmt: skip
def test_colours_of_other_codecs_are_shown_as_they_were_meant(
    studio: Studio, clip_of: MakeClip, name: str, picture_filter: str, picture: tuple[str, ...]
) -> None:
    master = studio.shoot(
        f"colours-{name}", rate="25", pictures=_patches(PATCHES), seconds=3.84, picture_filter=picture_filter,
        picture=picture, sound=None,
    )  # fmt: skip
    _assert_near(clip_of(master.path), PATCHES, within=7)


def test_what_is_untagged_and_high_is_taken_for_hd(studio: Studio, clip_of: MakeClip) -> None:
    convert = "scale=1280:720:out_color_matrix=bt709:out_range=tv:flags=neighbor,format=yuv420p"
    master = studio.shoot(
        "untagged-hd.ts", rate="25", pictures=_patches(PATCHES, count=60), seconds=2.4, sound=None,
        picture_filter=convert, picture=("-c:v", "mpeg2video", "-q:v", "2", "-g", "60"),
    )  # fmt: skip
    _assert_near(clip_of(master.path), PATCHES, within=6)


def _pq(nits: float) -> float:
    """Return the PQ signal, 0 to 1, of a luminance (SMPTE ST 2084)."""
    power = (nits / 10000) ** (2610 / 16384)
    return float(((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32))


def _hlg(scene: float) -> float:
    """Return the HLG signal of scene light, 0 to 1 (BT.2100)."""
    return float((3 * scene) ** 0.5 if scene <= 1 / 12 else 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073)


def _hdr(signals: tuple[float, ...]) -> np.ndarray[Any, Any]:
    return _patches(tuple((round(signal * 255),) * 3 for signal in signals))


HDR_CODECS = {
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:qp=4"),
    "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4"),
    "prores": ("-c:v", "prores_ks", "-profile:v", "3"),
}


def _hdr_filter(transfer: str, pixels: str) -> str:
    convert = f"scale=out_color_matrix=bt2020:out_range=tv:flags=accurate_rnd,format={pixels}"
    return f"{convert},setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"


@pytest.mark.parametrize("codec", ["hevc", "h264", "prores"])
def test_pq_is_tone_mapped_with_grey_in_the_middle_and_detail_in_the_lights(
    studio: Studio, clip_of: MakeClip, codec: str
) -> None:
    """BT.2408: diffuse white is 203 cd/m² and grey card 26 (here 18 % of white); lights go to 1000 and beyond."""
    nits = (0.0, 36.5, 100.0, 203.0, 400.0, 700.0, 1000.0, 1800.0)
    pixels = "yuv422p10le" if codec == "prores" else "yuv420p10le"
    master = studio.shoot(
        f"pq-{codec}.mov", pictures=_hdr(tuple(map(_pq, nits))), seconds=4, picture=HDR_CODECS[codec],
        picture_filter=_hdr_filter("smpte2084", pixels),
    )  # fmt: skip
    clip = clip_of(master.path)
    _assert_tone_mapped(clip)
    assert any("HDR" in note for note in clip.notes)


def test_hlg_is_tone_mapped_with_grey_in_the_middle_and_detail_in_the_lights(studio: Studio, clip_of: MakeClip) -> None:
    signals = (0.0, 0.38, 0.58, 0.75, 0.83, 0.9, 0.95, 1.0)  # BT.2408: grey card 38 %, diffuse white 75 %
    master = studio.shoot(
        "hlg.mp4", pictures=_hdr(signals), seconds=4, picture=HDR_CODECS["hevc"],
        picture_filter=_hdr_filter("arib-std-b67", "yuv420p10le"),
    )  # fmt: skip
    _assert_tone_mapped(clip_of(master.path))


def _assert_tone_mapped(clip: Clip) -> None:
    shown = _seen(clip)
    for red, green, blue in shown:  # what was grey is grey
        assert max(red, green, blue) - min(red, green, blue) < 5, shown
    black, grey, _, white, *lights = (green for _, green, _ in shown)
    assert black < 4
    assert 95 <= grey <= 140
    assert 185 <= white <= 235
    levels = [white, *lights]
    assert all(brighter > darker + 2 for darker, brighter in pairwise(levels)), levels
    assert lights[-1] <= 257


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_wide_hdr_colours_keep_their_hue(studio: Studio, clip_of: MakeClip, transfer: str) -> None:
    """Muted colours in BT.2020: red stays red, skin stays skin, and no channel turns over."""
    signal = _pq if transfer == "smpte2084" else (lambda nits: _hlg((nits / 1000) ** (1 / 1.2)))
    colours = ((60, 20, 15), (20, 60, 20), (15, 20, 60), (60, 60, 15), (60, 15, 60), (15, 60, 60), (90, 60, 45),
               (36, 36, 36))  # fmt: skip
    coded = tuple(tuple(round(signal(nits) * 255) for nits in colour) for colour in colours)
    master = studio.shoot(
        f"wide-{transfer}.mov", pictures=_patches(coded), seconds=4, picture=HDR_CODECS["prores"],
        picture_filter=_hdr_filter(transfer, "yuv422p10le"),
    )  # fmt: skip
    for have, meant in zip(_seen(clip_of(master.path)), colours, strict=True):
        order = sorted(range(3), key=lambda channel: meant[channel])
        if len(set(meant)) == 3:
            assert have[order[0]] < have[order[1]] < have[order[2]], (have, meant)
        elif len(set(meant)) == 2:
            assert max(have) - min(have) > 25, (have, meant)
            assert (have[order[0]] < have[order[2]]) and all(-3 <= channel <= 258 for channel in have), (have, meant)


def test_bt2020_without_hdr_comes_into_bt709(studio: Studio, clip_of: MakeClip) -> None:
    convert = "zscale=matrixin=gbr:primariesin=709:transferin=709:rangein=full:matrix=2020_ncl:primaries=2020"
    master = studio.shoot(
        "wide-sdr.mov", pictures=_patches(PATCHES), seconds=4, picture=HDR_CODECS["prores"],
        picture_filter=f"{convert}:transfer=709:range=limited,format=yuv422p10le",
    )  # fmt: skip
    _assert_near(clip_of(master.path), PATCHES, within=7)


@pytest.mark.parametrize("name", ["prores-4444.mov", "png.mov"])
def test_what_is_transparent_lies_on_something_even(studio: Studio, clip_of: MakeClip, name: str) -> None:
    """An alpha channel must not shift colours of what is opaque."""
    picture = ("-c:v", "prores_ks", "-profile:v", "4") if "prores" in name else ("-c:v", "png")
    pixels = "yuva444p10le" if "prores" in name else "rgba"
    convert = (
        f"scale=out_color_matrix=bt709,format={pixels},setparams=colorspace=bt709"
        if "prores" in name
        else "format=rgba"
    )
    master = studio.shoot(
        f"alpha-{name}", pictures=_patches(PATCHES), seconds=4, picture=picture, picture_filter=convert
    )
    _assert_near(clip_of(master.path), PATCHES, within=7)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_what_lies_below_white_keeps_its_colour_in_hdr(studio: Studio, clip_of: MakeClip, transfer: str) -> None:
    """An SDR film put into an HDR one by the book (white at 203 cd/m²) comes back as it was, but for the lights."""
    linear = "primariesin=709:transferin=709:rangein=full:transfer=linear:primaries=709:matrix=gbr:range=full:npl=203"
    coded = f"transferin=linear:transfer={transfer}:primaries=2020:matrix=2020_ncl:range=limited:npl=203:agamma=0"
    master = studio.shoot(
        f"graded-{transfer}.mov", pictures=_patches(PATCHES), seconds=4, picture=HDR_CODECS["hevc"], sound=None,
        picture_filter=f"format=gbrp,zscale=matrixin=gbr:{linear},format=gbrpf32le,"
        f"zscale=matrixin=gbr:primariesin=709:{coded},format=yuv444p10le",
    )  # fmt: skip
    white, *others = _seen(clip_of(master.path))
    assert 195 < white[0] < 225
    for seen, meant in zip(others, PATCHES[1:], strict=True):
        assert all(abs(have - want) <= 14 for have, want in zip(seen, meant, strict=True)), (seen, meant)
