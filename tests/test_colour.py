"""Colours of every description come out as the same colours in BT.709, computed by hand from the standards."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from pipeline.argv import SCALE_FLAGS
from pipeline.colour import conversion_filters, obstacle, resolved
from pipeline.errors import MasterError
from pipeline.facts import Colour
from pipeline.graph import Poster
from pipeline.shell.probe import probe
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from tests.patches import (
    MATRICES,
    PRIMARIES,
    Made,
    Rows,
    between,
    codes,
    decoded,
    ffmpeg,
    made_from,
    store,
    tagged,
    to_xyz,
    video,
)

# Light of eight bars: black, grey, red, green, blue, a skin, a sky, white.
BARS = np.array([(0, 0, 0), (0.18, 0.18, 0.18), (0.6, 0.04, 0.04), (0.05, 0.5, 0.05), (0.05, 0.05, 0.6),
                 (0.5, 0.25, 0.15), (0.2, 0.4, 0.7), (0.9, 0.9, 0.9)])  # fmt: skip
MUTED = 0.5 * BARS + 0.2
"""Colours that every gamut holds."""
WITHIN = 0.015  # 4 of 255


def _assert_bars(found: Rows, wanted: Rows, name: str) -> None:
    off = np.abs(found - wanted).max(axis=1)
    assert off.max() < WITHIN, f"{name}: bars are off by {(off * 255).round(1)} of 255"


def test_every_matrix_and_range_gives_the_same_colours(tmp_path: Path) -> None:
    kinds = [(matrix, spread) for matrix in (*MATRICES, "ycgco") for spread in ("tv", "pc")]
    films = [
        store(
            tmp_path / f"{matrix}-{spread}.mp4", codes(video(BARS), matrix, full=spread == "pc"),
            tags=tagged("bt709", "bt709", matrix, spread),
        )
        for matrix, spread in kinds
    ]  # fmt: skip
    made = made_from(films, tmp_path)
    for number, kind in enumerate(kinds):
        _assert_bars(made.bars(2 * number), video(BARS), str(kind))
    assert made.tags == (1, 1, 1, 1)


def test_every_gamut_comes_into_bt709_in_linear_light(tmp_path: Path) -> None:
    # All but jedec-p22, whose number x264 does not write.
    gamuts = [name for name in PRIMARIES if name != "jedec-p22"]
    signal = codes(video(MUTED), "bt709")
    films = [store(tmp_path / f"{name}.mp4", signal, tags=tagged(name, "bt709", "bt709")) for name in gamuts]
    films.append(
        store(tmp_path / "p22.mkv", signal, tags=tagged("jedec-p22", "bt709", "bt709"), codec=("-c:v", "ffv1"))
    )
    made = made_from(films, tmp_path)
    for number, name in enumerate([*gamuts, "jedec-p22"]):
        _assert_bars(made.bars(2 * number), video(MUTED @ between(name, "bt709").T), name)


VIDEO_CURVES = ("bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "iec61966-2-4", "bt1361e", "iec61966-2-1",
                "bt2020-10", "bt2020-12")  # fmt: skip


@pytest.mark.parametrize("primaries", ["bt709", "bt2020"])
def test_the_curves_of_video_and_screens_count_as_one(primaries: str, tmp_path: Path) -> None:
    signal = codes(video(MUTED), "bt2020nc")
    films = [
        store(tmp_path / f"{curve}.mp4", signal, tags=tagged(primaries, curve, "bt2020nc")) for curve in VIDEO_CURVES
    ]
    made = made_from(films, tmp_path)
    for number, curve in enumerate(VIDEO_CURVES):
        _assert_bars(made.bars(2 * number), video(MUTED @ between(primaries, "bt709").T), curve)


def test_linear_and_logarithmic_light_gets_the_curve_of_video(tmp_path: Path) -> None:
    curves = {"linear": MUTED, "log100": 1 + np.log10(MUTED) / 2, "log316": 1 + np.log10(MUTED) / 2.5}
    films = [
        store(tmp_path / f"{name}.mp4", codes(signal, "bt709"), tags=tagged("bt709", name, "bt709"))
        for name, signal in curves.items()
    ]
    made = made_from(films, tmp_path)
    for number, name in enumerate(curves):
        _assert_bars(made.bars(2 * number), video(MUTED), name)


def test_pixels_of_every_kind_give_the_same_colours(tmp_path: Path) -> None:
    """Packed, planar, with palettes, deep, with less chroma: by swscale alone, and by zimg where gamuts differ."""
    signal = np.tile(np.round(video(BARS) * 255).repeat(40, axis=0)[None], (96, 1, 1))
    kinds = ("yuv420p", "yuv422p", "yuv440p", "yuv410p", "yuv411p", "yuv420p10le", "yuv422p12le", "yuv444p16le",
             "gbrp", "gbrp10le", "gbrp16le", "bgra", "rgb48le", "gbrap12le")  # fmt: skip
    ffv1 = [
        store(
            tmp_path / f"{kind}.mkv", [signal], bits=8, pixels="rgb24", tags={"range": "pc"},
            codec=("-vf", f"scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format={kind}",
                   "-colorspace", "bt709", "-color_range", "tv", "-c:v", "ffv1"),
        )
        for kind in kinds
    ]  # fmt: skip
    other = {"raw.mov": "uyvy422", "v210.mov": "yuv422p10le", "raw.avi": "bgr24", "pal.avi": "pal8",
             "png.mov": "rgb48be", "qtrle.mov": "rgb24", "r210.mov": "gbrp10le", "gif.mkv": "pal8"}  # fmt: skip
    rest = [
        store(
            tmp_path / name, [signal], bits=8, pixels="rgb24",
            codec=("-vf", f"scale=out_color_matrix=bt709:out_range=tv,format={kind}", "-c:v",
                   {"raw": "rawvideo", "pal": "rawvideo"}.get(name.split(".")[0], name.split(".")[0])),
        )
        for name, kind in other.items()
    ]  # fmt: skip
    films = [*ffv1, *rest]
    made = made_from(films, tmp_path, frames=1)
    for number, path in enumerate(films):
        _assert_bars(made.bars(number), video(BARS), path.name)


def test_greys_without_chroma_keep_their_levels(tmp_path: Path) -> None:
    levels = np.tile(np.linspace(0, 1, 8)[:, None], 3)
    signal = np.tile(np.round(levels * 255).repeat(40, axis=0)[None], (96, 1, 1))
    kinds = {"ffv1.mkv": "gray", "deep.mkv": "gray12le", "ya.mkv": "ya8", "png.mov": "gray", "raw.avi": "gray"}
    codecs = {"deep": "ffv1", "ya": "ffv1", "raw": "rawvideo"}
    films = [
        store(
            tmp_path / name, [signal], bits=8, pixels="rgb24",
            codec=("-vf", f"format={kind}", "-c:v", codecs.get(name.split(".")[0], name.split(".")[0])),
        )
        for name, kind in kinds.items()
    ]  # fmt: skip
    made = made_from(films, tmp_path, frames=1)
    for number, path in enumerate(films):
        _assert_bars(made.bars(number), levels, path.name)


def test_what_is_transparent_is_black_and_what_is_half_so_is_dim(tmp_path: Path) -> None:
    signal = np.zeros((96, 320, 4))
    signal[..., :3] = np.round(video(BARS) * 255).repeat(40, axis=0)[None]
    signal[:, :, 3] = np.repeat([255, 128, 0], 32)[:, None]
    kinds = {"png.mov": "rgba", "qtrle.mov": "argb", "prores.mov": "yuva444p10le", "ffv1.mkv": "yuva444p",
             "full.mkv": "yuva420p"}  # fmt: skip
    films = [
        store(
            tmp_path / name, [signal], bits=8, pixels="rgba",
            codec=("-vf", f"scale=out_color_matrix=bt709:out_range={'pc' if 'full' in name else 'tv'},format={kind}",
                   "-color_range", "pc" if "full" in name else "tv", "-c:v",
                   {"prores": "prores_ks", "full": "ffv1"}.get(name.split(".")[0], name.split(".")[0])),
        )
        for name, kind in kinds.items()
    ]  # fmt: skip
    made = made_from(films, tmp_path, frames=1)
    for number, path in enumerate(films):
        for down, share in ((0.17, 1), (0.5, 128 / 255), (0.83, 0)):
            found = made.at([((bar + 0.5) / 8, down) for bar in range(8)], picture=number)
            _assert_bars(found, video(BARS) * share, f"{path.name}, {share:.2f} seen")


def test_an_alpha_channel_that_nobody_filled_hides_nothing(tmp_path: Path) -> None:
    signal = np.zeros((96, 320, 4))
    signal[..., :3] = np.round(video(BARS) * 255).repeat(40, axis=0)[None]
    film = store(tmp_path / "film.mkv", [signal], bits=8, pixels="rgba", codec=("-c:v", "ffv1", "-pix_fmt", "bgra"))
    _assert_bars(made_from(film, tmp_path).bars(), video(BARS), "alpha 0")


def test_cinemas_xyz_comes_into_bt709(tmp_path: Path) -> None:
    """SMPTE ST 428-1: the 2.6th root, white at 48 of 52.37 cd/m². The codestream's profile says that it is cinema's."""
    light = MUTED @ to_xyz("bt709").T * 48 / 52.37
    lossless = ("-c:v", "jpeg2000", "-pred", "1")
    film = store(tmp_path / "plain.mxf", np.round(light ** (1 / 2.6) * 4095), bits=12, tags={}, codec=lossless)
    start, profile = b"\xff\x4f\xff\x51\x00\x2f", b"\x00\x03"  # SOC, SIZ and its length; cinema 2K
    data = film.read_bytes()
    assert data.count(start + b"\x00\x00") == 6
    film.write_bytes(data.replace(start + b"\x00\x00", start + profile))
    assert probe(film).picture.pixel_format == "xyz12le"
    _assert_bars(made_from(film, tmp_path).bars(), video(MUTED), "XYZ")


def _retagged(film: Path, target: Path, *, codes: tuple[int, int, int]) -> Path:
    """Copy a film, saying other things in its bitstream: primaries, transfer and matrix by number; 2 says nothing."""
    said = "h264_metadata=colour_primaries={}:transfer_characteristics={}:matrix_coefficients={}".format(*codes)
    ffmpeg("-i", film, "-c", "copy", "-bsf:v", said, target)
    return target


@pytest.mark.parametrize("container", ["mov", "mp4", "mkv"])
def test_tags_count_wherever_they_stand(container: str, tmp_path: Path) -> None:
    """In the container alone, in the bitstream alone, and in both: where they differ, the bitstream's."""
    wide = tagged("bt2020", "bt709", "bt2020nc")
    both = store(tmp_path / f"both.{container}", codes(video(MUTED), "bt2020nc"), tags=wide)
    films = [both, _retagged(both, tmp_path / f"outside.{container}", codes=(2, 2, 2))]
    films.append(_retagged(both, tmp_path / "inside.ts", codes=(9, 1, 9)))
    plain = store(
        tmp_path / f"plain.{container}", codes(video(MUTED), "bt2020nc"), tags=tagged("bt709", "bt709", "bt709")
    )
    films.append(_retagged(plain, tmp_path / f"differ.{container}", codes=(9, 1, 9)))
    made = made_from(films, tmp_path, frames=1)
    for number, path in enumerate(films):
        _assert_bars(made.bars(number), video(MUTED @ between("bt2020", "bt709").T), path.name)


def test_the_clips_bitstream_says_bt709_whatever_the_film_was(tmp_path: Path) -> None:
    """The box is checked whenever a picture is made; here nothing but the bitstream is left."""
    films = {"hlg": ("bt2020", "arib-std-b67", "bt2020nc"), "sd": ("bt470bg", "bt470bg", "bt470bg", "pc"),
             "p3": ("smpte432", "iec61966-2-1", "bt709"), "nothing": ("unknown",) * 4}  # fmt: skip
    for name, tags in films.items():
        film = store(tmp_path / f"{name}.mkv", codes(MUTED, "bt709"), tags=tagged(*tags))
        made = made_from(film, tmp_path)
        ffmpeg("-i", made.path, "-c", "copy", tmp_path / f"{name}.ts")
        assert decoded(tmp_path / f"{name}.ts").tags == made.tags == (1, 1, 1, 1), name


def test_a_poster_has_the_colours_of_its_film(tmp_path: Path) -> None:
    import cv2

    film = store(tmp_path / "film.mp4", codes(video(BARS), "bt709"), tags=tagged("bt709", "bt709", "bt709"))
    made = made_from(film, tmp_path)
    workshop = Workshop(Store(tmp_path / "store"), "test tools", {})
    artifact = workshop.make_poster(Poster(made.path.parent.name, Fraction(0))).artifact
    picture = cv2.imread(str(artifact.path))
    assert picture is not None and picture.shape == (96, 320, 3)
    assert np.abs(picture[48, 20::40, ::-1] / 255 - video(BARS)).max() < 0.03


NOTHING = Colour(None, None, None, None)


@pytest.mark.parametrize(
    ("said", "size", "meant"),
    [
        (NOTHING, (1920, 1080), Colour("bt709", "bt709", "bt709", False)),
        (NOTHING, (1280, 536), Colour("bt709", "bt709", "bt709", False)),  # a scope film without its bars
        (NOTHING, (720, 1280), Colour("bt709", "bt709", "bt709", False)),
        (NOTHING, (720, 576), Colour("bt470bg", "bt709", "smpte170m", False)),
        (NOTHING, (576, 720), Colour("bt470bg", "bt709", "smpte170m", False)),
        (NOTHING, (720, 480), Colour("smpte170m", "bt709", "smpte170m", False)),
        (NOTHING, (640, 360), Colour("bt709", "bt709", "smpte170m", False)),
        (Colour(None, None, "smpte170m", None), (1920, 1080), Colour("bt709", "bt709", "smpte170m", False)),
        (Colour(None, None, "bt709", None), (720, 480), Colour("bt709", "bt709", "bt709", False)),
        (Colour(None, None, None, True), (1280, 720), Colour("bt709", "bt709", "bt709", True)),
        (Colour(None, "smpte2084", None, None), (3840, 2160), Colour("bt2020", "smpte2084", "bt2020nc", False)),
        (Colour(None, "smpte2084", "gbr", None), (3840, 2160), Colour("bt2020", "smpte2084", "gbr", True)),
        (Colour("bt2020", None, None, None), (3840, 2160), Colour("bt2020", "bt709", "bt2020nc", False)),
        (Colour(None, None, "bt2020nc", None), (3840, 2160), Colour("bt2020", "bt709", "bt2020nc", False)),
        (Colour(None, None, "gbr", None), (720, 480), Colour("bt709", "bt709", "gbr", True)),
        (Colour("bt470bg", "gamma28", "bt470bg", False), (720, 576), Colour("bt470bg", "gamma28", "bt470bg", False)),
    ],
)
def test_what_a_file_does_not_say_is_filled_in_as_players_do(
    said: Colour, size: tuple[int, int], meant: Colour
) -> None:
    assert resolved(said, width_px=size[0], height_px=size[1]) == meant


@pytest.mark.parametrize(
    ("tags", "word"),
    [
        (("bt2020", "bt2020-10", "bt2020c"), "bt2020c"),
        (("bt709", "bt709", "chroma-derived-c"), "chroma-derived-c"),
        (("bt2020", "smpte2084", "smpte2085"), "smpte2085"),
        (("bt2020", "bt709", "ictcp"), "PQ and HLG"),
        (("smpte428", "smpte428", "bt709"), "XYZ"),
    ],
)
def test_colours_that_cannot_be_converted_are_refused(tags: tuple[str, str, str], word: str, tmp_path: Path) -> None:
    film = store(tmp_path / "film.mp4", codes(MUTED, "bt709"), tags=tagged(*tags))
    with pytest.raises(MasterError, match=word) as refusal:
        probe(film)
    assert "film.mp4" in str(refusal.value) and "BT.709" in str(refusal.value)


PROBED_PRIMARIES = (*(name for name in PRIMARIES if name != "jedec-p22"), "smpte428", "ebu3213")
PROBED_CURVES = ("bt709", "gamma22", "gamma28", "smpte170m", "smpte240m", "linear", "log100", "log316", "iec61966-2-4",
                 "bt1361e", "iec61966-2-1", "bt2020-10", "bt2020-12", "smpte2084", "smpte428",
                 "arib-std-b67")  # fmt: skip
PROBED_MATRICES = (*MATRICES, "gbr", "ycgco", "bt2020c", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp",
                   "ipt-c2", "ycgco-re", "ycgco-ro")  # fmt: skip


def test_every_description_that_a_file_can_carry_gives_filters_that_ffmpeg_takes_or_an_obstacle(tmp_path: Path) -> None:
    told = chain(
        (Colour(name, curve, None, None) for name in PROBED_PRIMARIES for curve in ("bt709", "smpte2084")),
        (Colour(gamut, name, None, full) for name in PROBED_CURVES for gamut in ("bt709", None)
         for full in (False, True)),
        (Colour(gamut, curve, name, False) for name in PROBED_MATRICES for gamut in ("bt709", "smpte432", "smpte431")
         for curve in ("bt709", "linear", "smpte2084", "arib-std-b67")),
    )  # fmt: skip
    described = [resolved(colour, width_px=1920, height_px=1080) for colour in dict.fromkeys(told)]
    possible = [colour for colour in described if obstacle(colour) is None]
    assert len(possible) > 120 and len(described) - len(possible) > 40
    chains = []
    for number, colour in enumerate(possible):
        filters = conversion_filters(colour, width_px=32, height_px=16, scale_flags=SCALE_FLAGS)
        words = [
            f"{name}=" + ":".join(f"{key}='{value}'" for key, value in options.items()) for name, options in filters
        ]
        kind = "gbrp" if colour.matrix == "gbr" else "yuv420p10le"
        # As libav hands frames over: described by the file.
        curve = {"gamma22": "bt470m", "gamma28": "bt470bg"}.get(str(colour.transfer), colour.transfer)
        tags = f"setparams=colorspace={colour.matrix}:color_primaries={colour.primaries}:range=tv:color_trc={curve}"
        chains.append(f"color=gray:s=64x32:r=1:d=1,format={kind},{tags},{','.join(words)},format=yuv420p[o{number}]")
    maps = [word for number in range(len(chains)) for word in ("-map", f"[o{number}]", "-f", "null", "-")]
    (tmp_path / "graph").write_text(";".join(chains))
    ffmpeg("-/filter_complex", tmp_path / "graph", *maps)


SITES = {"left": (0.0, 0.5), "center": (0.5, 0.5), "topleft": (0.0, 0.0)}


def _with_chroma_ramps(path: Path, site: str) -> Path:
    """Store Cb that says across and Cr that says down where its samples lie, in pixels of luma."""
    aside, below = SITES[site]
    across, down = np.arange(160) * 2 + aside, np.arange(48) * 2 + below
    planes = [np.full((96, 320), 128), np.tile(64 + 0.4 * across, (48, 1)), np.tile((64 + 1.2 * down)[:, None], 160)]
    tags = {**tagged("bt709", "bt709", "bt709"), "chroma_location": site}
    return store(path, [plane.round() for plane in planes], bits=8, pixels="yuv420p", tags=tags)


def _chroma_shift(made: Made) -> tuple[float, float]:
    """Return how far, in the film's pixels, chroma lies from where a player of MPEG-4 looks for it."""
    _, cb, cr = made.pictures[-1]
    height, width = cb.shape
    across = (2 * np.arange(width) + 0.5) * 160 / width - 0.5
    down = (2 * np.arange(height) + 1) * 48 / height - 0.5
    middle = slice(height // 4, -height // 4), slice(width // 4, -width // 4)
    aside = ((cb[middle] - 64.0) / 0.4 - across[middle[1]]).mean()
    below = ((cr[middle] - 64.0) / 1.2 - down[middle[0], None]).mean()
    return float(aside), float(below)


@pytest.mark.parametrize("size", [(320, 96), (576, 172), (160, 48)])
@pytest.mark.parametrize("site", SITES)
def test_chroma_stays_on_its_luma(site: str, size: tuple[int, int], tmp_path: Path) -> None:
    film = _with_chroma_ramps(tmp_path / "film.mp4", site)
    by_zimg = Colour("bt709", "bt709", "chroma-derived-nc", False)  # the same matrix, which swscale does not know
    exact = _chroma_shift(made_from(film, tmp_path / "zimg", size=size, told=by_zimg))
    assert max(map(abs, exact)) < 0.2
    if site == "left":
        # Swscale takes chroma for centred: a quarter of a pixel at most, of the larger ones of film and clip.
        aside, below = _chroma_shift(made_from(film, tmp_path / "swscale", size=size))
        assert max(abs(aside), abs(below)) * min(1, size[0] / 320) < 0.27
