"""HDR is shown in BT.709 by one fixed operator, whose results follow from the standards' formulas and three numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import MasterError
from pipeline.shell.probe import probe
from tests.patches import (
    SIGNAL,
    WHITE_NITS,
    Rows,
    between,
    codes,
    ffmpeg,
    grey,
    hue_change,
    level,
    made_from,
    shown,
    store,
    tagged,
    tone_mapped,
    video,
)

TRANSFERS = ("smpte2084", "arib-std-b67")
STEP = 1 / 255
PQ_NITS = (0, 1, 5, 26, 61, 100, 203, 300, 400, 550, 700, 1000, 1400, 2000, 4000, 10000)
HLG_NITS = (0, 1, 5, 26, 61, 100, 203, 250, 300, 400, 500, 600, 700, 800, 900, 1000)


def _film(path: Path, nits: Rows, transfer: str, *, primaries: str = "bt2020", **options: Any) -> Path:
    """Store bars of display light, given in some primaries, as HDR in BT.2020."""
    signal = SIGNAL[transfer](nits @ between(primaries, "bt2020").T)
    stored = codes(signal, "bt2020nc", transfer=transfer)
    return store(path, stored, tags=tagged("bt2020", transfer, "bt2020nc"), **options)


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_greys_from_black_to_the_peak_come_out_as_the_formula_says(transfer: str, tmp_path: Path) -> None:
    nits = PQ_NITS if transfer == "smpte2084" else HLG_NITS
    films = [_film(tmp_path / f"{n}.mp4", grey(nits[n : n + 8]), transfer) for n in (0, 8)]
    made = made_from(films, tmp_path)
    found = np.concatenate([made.bars(0), made.bars(2)])
    assert np.abs(found - video(tone_mapped(grey(nits) / WHITE_NITS, transfer))).max() < 1.5 * STEP
    assert np.ptp(found, axis=1).max() < STEP, "grey stays grey"
    assert (np.diff(found[:, 1]) > STEP / 4).all(), "darker stays darker, and nothing clips below the peak"
    assert found[0].max() < STEP and abs(found[-1] - 1).max() < STEP, "black and white are reached"
    by_nits = dict(zip(nits, found[:, 1], strict=True))
    assert abs(by_nits[26] - 0.425) < 0.01, "a grey card (BT.2408) is where BT.709 has it: 18 % of white"
    assert abs(by_nits[61] - (61 / 203) ** (1 / 2.4)) < 0.01, "most skin is left alone"
    assert 0.83 < by_nits[203] < 0.86, "reference white leaves a seventh of the signal to what is brighter"
    assert made.tags == (1, 1, 1, 1)


def test_both_kinds_of_hdr_put_the_levels_of_bt2408_at_the_same_place(tmp_path: Path) -> None:
    """Table 1 of BT.2408: 18 % grey is 38 % of either signal, reference white 58 % of PQ and 75 % of HLG."""
    signals = {"smpte2084": (0.38, 0.58), "arib-std-b67": (0.38, 0.75)}
    films = [
        store(
            tmp_path / f"{transfer}.mp4", codes(grey([*levels] * 4), "bt2020nc"),
            tags=tagged("bt2020", transfer, "bt2020nc"),
        )
        for transfer, levels in signals.items()
    ]  # fmt: skip
    made = made_from(films, tmp_path)
    (pq_grey, pq_white), (hlg_grey, hlg_white) = made.bars(0)[:2, 1], made.bars(2)[:2, 1]
    assert abs(pq_grey - hlg_grey) < 2 * STEP and abs(pq_grey - 0.425) < 0.01
    assert abs(pq_white - hlg_white) < 5 * STEP and pq_white > 0.83


# Display light in cd/m² in BT.709: skins, a sky, leaves, a red, a blue, a lamp, and white above reference.
COLOURS = np.array([(70, 38, 26), (20, 10, 6), (45, 80, 140), (22, 36, 10), (120, 12, 12), (12, 18, 110),
                    (700, 380, 60), (420, 400, 390)], dtype=float)  # fmt: skip


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize("pixels", ["yuv444p10le", "yuv420p10le"])
def test_colours_that_bt709_holds_keep_hue_and_saturation(transfer: str, pixels: str, tmp_path: Path) -> None:
    film = _film(tmp_path / "film.mkv", COLOURS, transfer, primaries="bt709",
                 codec=("-c:v", "ffv1", "-pix_fmt", pixels))  # fmt: skip
    found = made_from(film, tmp_path).bars()
    meant = COLOURS / WHITE_NITS
    assert np.abs(found - video(tone_mapped(meant, transfer))).max() < 4 * STEP
    assert hue_change(shown(found), meant)[:-1].max() < 3  # white has none
    share = meant / meant.max(axis=1, keepdims=True)
    assert np.abs(shown(found) / shown(found).max(axis=1, keepdims=True) - share).max() < 0.04


@pytest.mark.parametrize(("primaries", "degrees"), [("bt709", 3), ("smpte432", 11), ("bt2020", 20)])
@pytest.mark.parametrize("transfer", TRANSFERS)
def test_saturated_colours_keep_their_hue_within_degrees(
    transfer: str, primaries: str, degrees: int, tmp_path: Path
) -> None:
    """What BT.709 cannot show is cut off, at the price of some hue."""
    nits = 150 * np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1), (1, 0.3, 0), (0, 0.4, 1)])
    film = _film(tmp_path / "film.mp4", nits, transfer, primaries=primaries)
    found = made_from(film, tmp_path).bars()
    meant = nits @ between(primaries, "bt709").T / WHITE_NITS
    assert np.abs(shown(np.clip(found, 0, 1)) - tone_mapped(meant, transfer)).max() < 0.02
    assert hue_change(shown(np.clip(found, 0, 1)), meant).max() < degrees


def test_ictcp_is_read_as_well(tmp_path: Path) -> None:
    films = []
    for transfer in TRANSFERS:
        signal = SIGNAL[transfer](COLOURS @ between("bt709", "bt2020").T)
        stored = codes(signal, "ictcp", transfer=transfer)
        films.append(store(tmp_path / f"{transfer}.mp4", stored, tags=tagged("bt2020", transfer, "ictcp")))
    made = made_from(films, tmp_path)
    for number, transfer in enumerate(TRANSFERS):
        wanted = video(tone_mapped(COLOURS / WHITE_NITS, transfer))
        assert np.abs(made.bars(2 * number) - wanted).max() < 5 * STEP, transfer


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize("size", [(320, 96), (480, 144), (160, 48)])
def test_slow_ramps_have_no_bands(transfer: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Ten bits until the last step, which dithers: five codes lie across the picture, and between them it is mixed."""
    nits = np.linspace(20, 24, 320)
    signal = np.round(64 + 876 * SIGNAL[transfer](grey(nits))[:, 0])
    planes = [np.tile(signal, (96, 1)), np.full((96, 320), 512), np.full((96, 320), 512)]
    film = store(tmp_path / "film.mp4", planes, tags=tagged("bt2020", transfer, "bt2020nc"))
    luma = made_from(film, tmp_path, size=size).pictures[-1][0].astype(float)
    means = luma[4:-4].reshape(-1, 20, size[0] // 20).mean(axis=(0, 2))
    meant = (16 + 219 * video(grey(nits) / WHITE_NITS)[:, 0]).reshape(20, 16).mean(axis=1)
    assert meant[-1] - meant[0] < 9
    off = means - meant
    assert np.abs(off).max() < 0.6 and np.ptp(off) < 0.4
    assert (np.diff(means) > 0.1).all()


HDR10 = ("", ("hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,50):"
             "max-cll=4000,1000"), ("hdr10=1:master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)"
             "L(2000000,1):max-cll=180,50"))  # fmt: skip


def _hevc(parameters: str) -> tuple[str, ...]:
    lossless = "lossless=1:log-level=none:repeat-headers=1:keyint=3:bframes=0"
    return ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"{lossless}:{parameters}".rstrip(":"))


def test_what_a_film_says_of_its_light_changes_nothing_and_stays_out_of_the_clip(tmp_path: Path) -> None:
    import av

    nits = grey((0, 26, 100, 203, 400, 1000, 2000, 4000))
    streams = [
        _film(tmp_path / f"{number}.hevc", nits, "smpte2084", codec=_hevc(parameters))
        for number, parameters in enumerate(HDR10)
    ]
    streams.append(tmp_path / "later.hevc")
    streams[-1].write_bytes(streams[0].read_bytes() + streams[1].read_bytes())
    films = [stream.with_suffix(".mkv") for stream in streams]
    for stream, film in zip(streams, films, strict=True):
        ffmpeg("-r", "24", "-i", stream, "-c", "copy", film)
    *made, later = [made_from(film, tmp_path / film.stem, frames=12 if "later" in film.stem else 6) for film in films]
    wanted = made[0].path.read_bytes()
    assert [clip.path.read_bytes() == wanted for clip in made] == [True, True, True]
    assert len(later.pictures) == 12
    assert max(np.abs(later.bars(number) - made[0].bars()).max() for number in range(12)) < STEP / 2
    for clip in (*made, later):
        with av.open(str(clip.path)) as container:
            kinds = {str(data.type) for frame in container.decode(video=0) for data in _side_data(frame)}
        assert not any("MASTERING" in kind or "LIGHT" in kind for kind in kinds), kinds


def _side_data(frame: Any) -> Iterator[Any]:
    return (frame.side_data[index] for index in range(len(frame.side_data)))


def _golomb(value: int) -> str:
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _processing(profile: int) -> bytes:
    """Return the NAL unit that says how a Dolby Vision player processes a picture: not at all, here.

    What follows the prefix: type, format, profile; coefficients of 23 bits; depths of 10, 10 and 12 bits; one straight
    piece for each plane.
    """
    bits = f"{2:06b}{18:011b}{profile:04b}00001" + "000" + _golomb(23) + ("011" if profile == 0 else "010")
    bits += _golomb(2) + _golomb(2) + _golomb(4) + "000001" + "00" + _golomb(0) * 3
    bits += (_golomb(0) + f"{0:010b}{1023:010b}") * 3 + _golomb(0) * 2
    bits += (_golomb(0) * 2 + "0" + _golomb(0) + "0" * 23 + _golomb(1) + "0" * 23) * 3
    bits += "0" * (-len(bits) % 8)
    payload = bytes([25, *(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)), 1, 2, 3, 4, 0x80])
    return b"\x7c\x01" + re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("profile", [0, 1])
def test_dolby_vision_is_refused_where_no_other_player_could_show_it(
    container: str, profile: int, tmp_path: Path
) -> None:
    """Profile 5 says 0 here and profile 8, which is HDR10 or HLG as well, 1."""
    said = {} if profile == 0 else tagged("bt2020", "smpte2084", "bt2020nc")
    stored = codes(SIGNAL["smpte2084"](grey((0, 26, 100, 203) * 2)), "bt2020nc")
    plain = store(tmp_path / "plain.hevc", stored, tags=said or None, codec=(*_hevc(""), "-pix_fmt", "yuv420p10le"))
    units = re.split(rb"\x00\x00\x00?\x01", plain.read_bytes())[1:]
    pictures = [unit + (b"\x00\x00\x01" + _processing(profile) if unit[0] >> 1 < 32 else b"") for unit in units]
    (tmp_path / "dolby.hevc").write_bytes(b"".join(b"\x00\x00\x00\x01" + picture for picture in pictures))
    film = tmp_path / f"dolby.{container}"
    ffmpeg("-r", "24", "-i", tmp_path / "dolby.hevc", "-c", "copy", film)
    if profile == 0:
        with pytest.raises(MasterError, match="Dolby Vision") as refusal:
            probe(film)
        assert "HDR10" in str(refusal.value)
    else:
        assert probe(film).picture.colour.is_hdr
        assert 0.83 < made_from(film, tmp_path).bars()[3, 1] < 0.86


CHART = Path(__file__).parents[3] / "shared" / "media" / "ax-hlg10-color-test.mp4"


@pytest.mark.skipif(not CHART.exists(), reason="the real films are not here")
def test_a_phones_film_of_a_colour_chart_comes_out_as_the_formula_says(tmp_path: Path) -> None:
    import av

    places = [(across, down) for across in (0.16, 0.29, 0.42, 0.55) for down in (0.13, 0.36, 0.6)]
    with av.open(str(CHART)) as container:
        frame = next(container.decode(video=0))
    planes = [np.frombuffer(plane, "<u2").reshape(plane.height, -1)[:, : plane.width] for plane in frame.planes]
    stored = np.array([[level(plane, *place) for plane in planes] for place in places])
    luma, chroma = (stored[:, 0] - 64) / 876, (stored[:, 1:] - 512) / 896
    red, blue = luma + 1.4746 * chroma[:, 1], luma + 1.8814 * chroma[:, 0]
    signal = np.column_stack([red, (luma - 0.2627 * red - 0.0593 * blue) / 0.678, blue])
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    light = scene * (scene @ (0.2627, 0.678, 0.0593))[:, None] ** 0.2 * 1000 / WHITE_NITS
    found = made_from(CHART, tmp_path).at(places, picture=0)
    wanted = video(tone_mapped(light @ between("bt2020", "bt709").T, "arib-std-b67"))
    assert np.abs(found - wanted).max() < 8 * STEP
