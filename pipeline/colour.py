"""Decide how a film's colour becomes BT.709 limited range, as filters in ffmpeg's names."""

from __future__ import annotations

from typing import Any

from pipeline.facts import Colour

Filter = tuple[str, dict[str, Any]]

_HD_ROWS = 720
_SWSCALE_MATRICES = {"bt2020c": "bt2020nc"}
# BT.2408-7: HDR reference white is 203 cd/m²; tone mapping brings it near SDR white.
_REFERENCE_WHITE_NITS = 203


def resolved(colour: Colour, *, stored_height_px: int) -> Colour:
    """Return the colour with what the file does not say filled in as players do: BT.601 below 720 rows, else BT.709."""
    standard = "bt709" if stored_height_px >= _HD_ROWS else "smpte170m"
    hdr_or_wide = colour.is_hdr or colour.primaries == "bt2020"
    matrix = colour.matrix if colour.matrix not in (None, "gbr") else ("bt2020nc" if hdr_or_wide else standard)
    primaries = colour.primaries or ("bt2020" if colour.is_hdr or matrix in ("bt2020nc", "bt2020c") else standard)
    return Colour(
        primaries=primaries,
        transfer=colour.transfer or "bt709",
        matrix="gbr" if colour.matrix == "gbr" else matrix,
        full_range=bool(colour.full_range) or colour.matrix == "gbr",
    )


def conversion_filters(colour: Colour, *, width_px: int, height_px: int, scale_flags: str) -> tuple[Filter, ...]:
    """Return the filters that scale to a size and bring a resolved colour to BT.709 limited range.

    Plain SDR goes through swscale in one step. HDR and wide gamuts are scaled first, then converted in linear light
    by zimg, tone-mapped where the transfer is PQ or HLG.
    """
    range_in = "full" if colour.full_range else "limited"
    # Swscale refuses pictures tagged with a matrix that it does not know, even where it only scales.
    tagged: Filter = ("setparams", {"colorspace": _SWSCALE_MATRICES.get(str(colour.matrix), colour.matrix)})
    if not colour.is_hdr and colour.primaries not in ("bt2020", "smpte431", "smpte432"):
        return (
            tagged,
            ("scale", _plain_scale(colour, width_px, height_px, scale_flags, range_in)),
        )
    described = {
        "matrixin": _zimg(colour.matrix),
        "primariesin": _zimg(colour.primaries),
        "transferin": _zimg(colour.transfer),
        "rangein": range_in,
    }
    scale: Filter = ("scale", {"w": width_px, "h": height_px, "flags": scale_flags})
    to_709: Filter = ("zscale", {"transfer": "709", "matrix": "709", "range": "limited", "dither": "ordered"})
    if not colour.is_hdr:
        linear: Filter = ("zscale", {**described, "transfer": "linear", "primaries": "709"})
        return (tagged, scale, linear, ("format", {"pix_fmts": "gbrpf32le"}), to_709)
    return (
        tagged,
        scale,
        ("zscale", {**described, "transfer": "linear", "npl": _REFERENCE_WHITE_NITS}),
        ("format", {"pix_fmts": "gbrpf32le"}),
        ("zscale", {"primaries": "709"}),
        ("tonemap", {"tonemap": "mobius", "desat": 0}),
        to_709,
    )


def _plain_scale(colour: Colour, width_px: int, height_px: int, flags: str, range_in: str) -> dict[str, Any]:
    options = {
        "w": width_px,
        "h": height_px,
        "flags": flags,
        "in_range": range_in,
        "out_range": "limited",
        "out_color_matrix": "bt709",
    }
    if colour.matrix not in ("gbr", None):
        options["in_color_matrix"] = _SWSCALE_MATRICES.get(str(colour.matrix), colour.matrix)
    return options


def _zimg(name: str | None) -> str:
    """Return zimg's name of a colour property, where it differs from ffmpeg's."""
    return {
        "bt709": "709",
        "bt2020": "2020",
        "bt2020nc": "2020_ncl",
        "bt2020c": "2020_cl",
        "bt2020-10": "2020_10",
        "bt2020-12": "2020_12",
        "gamma22": "bt470m",
        "gamma28": "bt470bg",
    }.get(name or "bt709", name or "709")
