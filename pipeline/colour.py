"""Decide how a film's colour becomes BT.709 limited range, as filters in ffmpeg's names.

HDR is tone-mapped by one fixed operator: what comes out depends on a pixel alone, never on what a film says of its
light (mastering display, brightest picture), on its neighbours or on time.

1. The signal becomes display light, reference white (203 cd/m², ITU-R BT.2408) as 1: PQ by its EOTF, HLG by the
   display of 1000 cd/m² and gamma 1.2 that BT.2100 refers to.
2. Primaries become those of BT.709. What is outside stays negative until the end, where it is cut off, as BT.2407's
   plain conversion does.
3. A hyperbola (`mobius`) compresses what is above 0.3 of reference white, up to the brightest light that the signal
   can mean. It is read for the strongest channel and scales all three, so hue and saturation stay. Greys up to 61
   cd/m², grey card and most skin among them, come out as BT.709 has them; reference white at 84 % (PQ) or 85 % (HLG)
   of the signal; white is for the brightest.
4. BT.709's display, gamma 2.4 (BT.1886), says which signal shows that light.

Wide gamuts of standard range go by 1, 2 and 4 alone. The curves of video, sRGB, gamma 2.2 and 2.8 count as one: every
screen shows them by the one curve that it has.
"""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any, Final

from pipeline.facts import Colour

Filter = tuple[str, dict[str, Any]]

REFERENCE_WHITE_NITS: Final = 203
TONE_KNEE: Final = 0.3
_PEAK_NITS: Final = {"smpte2084": 10_000, "arib-std-b67": 1_000}

_HD_LONG_PX, _SD_SHORT_PX = 1280, 576
_SD_PRIMARIES: Final = {576: "bt470bg", 288: "bt470bg", 480: "smpte170m", 486: "smpte170m", 240: "smpte170m"}
_BT601: Final = ("smpte170m", "bt470bg")
_BT2020: Final = ("bt2020nc", "bt2020c", "ictcp")
# What swscale knows; zimg knows the others but for those that follow. With constant luminance it takes a camera's curve
# for a display's, and what comes out is too dark.
_SWSCALE_MATRICES: Final = ("gbr", "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc")
_NEVER_CONVERTED: Final = ("bt2020c", "chroma-derived-c", "smpte2085", "ipt-c2", "ycgco-re", "ycgco-ro")
_NOT_OF_VIDEO: Final = ("linear", "log100", "log316")
# Linear light in BT.709 of that in gamuts whose white is not D65: zimg would leave them tinted. From the chromaticities
# of ITU-T H.273, white adapted by Bradford's matrix; rows for red, green and blue.
_OTHER_WHITES: Final = {
    "bt470m": ((1.48616, -0.40355, -0.08260), (-0.02510, 0.95402, 0.07108), (-0.02722, -0.04410, 1.07132)),
    "film": ((1.34618, -0.33920, -0.00698), (-0.04735, 1.06605, -0.01870), (-0.02166, -0.06131, 1.08298)),
    "smpte431": ((1.15752, -0.15496, -0.00255), (-0.04150, 1.04557, -0.00407), (-0.01805, -0.07858, 1.09663)),
}
_CINEMA: Final = Colour(primaries="smpte428", transfer="smpte428", matrix="xyz", full_range=True)
_RGB_709: Final = Colour(primaries="bt709", transfer="bt709", matrix="gbr", full_range=True)
_IN_709: Final = {"primaries": "bt709", "transfer": "bt709"}


@functools.lru_cache(maxsize=256)
def resolved(colour: Colour, *, width_px: int, height_px: int) -> Colour:
    """Return the colour with what the file does not say filled in as players do.

    High definition is BT.709, and what is lower BT.601: at 576 rows in its European, at 480 in its American form. Rows
    that belong to neither (a clip from the web) get BT.601's matrix with the primaries of BT.709, the least change.
    """
    rows = min(width_px, height_px)
    is_hd = max(width_px, height_px) >= _HD_LONG_PX or rows > _SD_SHORT_PX
    is_wide = colour.is_hdr or colour.primaries == "bt2020"
    matrix = colour.matrix or ("bt2020nc" if is_wide else "bt709" if is_hd else "smpte170m")
    if matrix in _BT2020 or (colour.is_hdr and matrix == "gbr"):
        primaries = "bt2020"
    elif is_hd or matrix not in _BT601:
        primaries = "bt709"
    else:
        primaries = _SD_PRIMARIES.get(rows, "bt709")
    return Colour(
        primaries=primaries if matrix == "ictcp" else colour.primaries or primaries,
        transfer=colour.transfer or "bt709",
        matrix=matrix,
        full_range=bool(colour.full_range) or matrix == "gbr",
    )


def obstacle(colour: Colour) -> str | None:
    """Return why a resolved colour cannot be converted, as what is said of a film; None where it can."""
    if colour.matrix in _NEVER_CONVERTED:
        return f"stores its colours as {colour.matrix}, which cannot be converted"
    if "smpte428" in (colour.primaries, colour.transfer) and colour != _CINEMA:
        return "says that its colours are cinema's XYZ, but stores others"
    if colour.matrix == "ictcp" and not colour.is_hdr:
        return f"stores its colours as ictcp, which is of PQ and HLG, by the curve {colour.transfer}"
    return None


def conversion_filters(colour: Colour, *, width_px: int, height_px: int, scale_flags: str) -> tuple[Filter, ...]:
    """Return the filters that scale to a size and bring a resolved colour to BT.709 limited range.

    They take pictures as the film stores them: whatever comes before may cut them, but not convert them. Films that
    differ from BT.709 in matrix and range alone go through swscale in one step. Others become RGB of 16 bits by zimg,
    at the smaller of both sizes, and then go the same way. That last step is the one to 8 bits, and dithers, if what
    follows asks for 8; a filter that takes more should be told the format first.
    """
    if colour.primaries == "bt709" and _is_video(colour) and colour.matrix in _SWSCALE_MATRICES:
        return (_described(colour), ("scale", _scale(colour, width_px, height_px, scale_flags)))
    smaller = {"w": f"min(iw,{width_px})", "h": f"min(ih,{height_px})", "filter": "lanczos"}
    if colour == _CINEMA:
        in_709 = _cinema_in_709(smaller)
    elif colour.is_hdr or colour.primaries in _OTHER_WHITES:
        in_709 = (_described(colour), *_by_light(colour, smaller))
    else:
        in_709 = (_described(colour), ("zscale", {**smaller, **_stored(colour), **_IN_709}))
    deep: Filter = ("format", {"pix_fmts": "gbrp16le"})
    last: Filter = ("scale", _scale(_RGB_709, width_px, height_px, scale_flags))
    return (*in_709, deep, _described(_RGB_709), last)


def over_black(colour: Colour) -> tuple[Filter, ...]:
    """Return the filters that darken a picture by its alpha channel, before anything is scaled or converted."""
    pixels = "gbrap16le" if colour.matrix == "gbr" else "yuva444p16le"
    spread = "full" if colour.full_range else "limited"
    deepened: Filter = ("scale", {"in_range": spread, "out_range": spread})
    return (_described(colour), deepened, ("format", {"pix_fmts": pixels}), ("premultiply", {"inplace": 1}))


def _is_video(colour: Colour) -> bool:
    return not colour.is_hdr and colour.transfer not in _NOT_OF_VIDEO


def _described(colour: Colour) -> Filter:
    """Return a filter that calls a picture what swscale can take as it is: it must neither refuse nor convert it."""
    matrix = colour.matrix if colour.matrix in _SWSCALE_MATRICES else "bt709"
    spread = "pc" if colour.full_range else "tv"
    tags = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": matrix, "range": spread}
    # Red, green and blue have no chroma to lie anywhere, but may still say where a film had it.
    return ("setparams", {**tags, "chroma_location": "left"} if colour == _RGB_709 else tags)


def _scale(colour: Colour, width_px: int, height_px: int, flags: str) -> dict[str, Any]:
    options = {
        "w": width_px,
        "h": height_px,
        "flags": flags,
        "in_range": "full" if colour.full_range else "limited",
        "out_range": "limited",
        "out_color_matrix": "bt709",
    }
    if colour.matrix == "gbr":
        options["out_chroma_loc"] = "left"
    else:
        options["in_color_matrix"] = colour.matrix
    return options


def _stored(colour: Colour) -> dict[str, Any]:
    """Return zimg's options that say how a film stores its colours and that they become red, green and blue."""
    return {
        "matrixin": colour.matrix,
        "matrix": "gbr",
        "rangein": "full" if colour.full_range else "limited",
        "primariesin": colour.primaries,
        "transferin": "bt709" if _is_video(colour) else colour.transfer,
    }


def _by_light(colour: Colour, smaller: dict[str, Any]) -> tuple[Filter, ...]:
    """Return the filters that bring a signal into BT.709 through linear light in floats: negative ones stay."""
    matrix = _OTHER_WHITES.get(str(colour.primaries))
    own = colour.primaries if matrix else "bt709"
    to_light = {**_stored(colour), "transfer": "linear", "primaries": own, "npl": REFERENCE_WHITE_NITS}
    # Zimg's quick way with HLG takes each channel for itself where BT.2100 takes luminance: too strong colours.
    exact = {"agamma": 0} if colour.transfer == "arib-std-b67" else {}
    return (
        ("zscale", {**smaller, **to_light, **exact}),
        ("format", {"pix_fmts": "gbrpf32le"}),
        *((_mixed(matrix),) if matrix else ()),
        *((_tone_mapped(str(colour.transfer)),) if colour.is_hdr else ()),
        ("zscale", {"transferin": "linear", "primariesin": "bt709", **_IN_709}),
    )


def _mixed(matrix: tuple[tuple[float, ...], ...]) -> Filter:
    return (
        "colorchannelmixer",
        {
            f"{to}{of}": share
            for to, row in zip("rgb", matrix, strict=True)
            for of, share in zip("rgb", row, strict=True)
        },
    )


def _tone_mapped(transfer: str) -> Filter:
    peak = Fraction(_PEAK_NITS[transfer], REFERENCE_WHITE_NITS)
    return ("tonemap", {"tonemap": "mobius", "param": TONE_KNEE, "peak": f"{float(peak):.5f}", "desat": 0})


def _cinema_in_709(smaller: dict[str, Any]) -> tuple[Filter, ...]:
    """Return the filters for X'Y'Z' (SMPTE ST 428-1), which has white at 48 of 52.37 cd/m².

    Swscale makes it BT.709 at gamma 2.2, but only as long as nobody says whose primaries these are.
    """
    unsaid = dict.fromkeys(("color_primaries", "color_trc", "colorspace", "range"), "unknown")
    white = f"{(48 / 52.37) ** (1 / 2.2):.5f}"
    gamma = {"transferin": "bt470m", "primariesin": "bt709", **_IN_709}
    return (
        ("setparams", unsaid),
        ("format", {"pix_fmts": "gbrp16le"}),
        _described(_RGB_709),
        ("colorlevels", dict.fromkeys(("rimax", "gimax", "bimax"), white)),
        ("zscale", {**smaller, **gamma}),
    )
