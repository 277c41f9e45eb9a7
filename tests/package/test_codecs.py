"""HEVC and AV1 packages: what H.264 packages are, by the names and boxes that their own codecs have."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.boxes.codecs import read_parameters, stands_alone
from pipeline.boxes.fragments import Fragment, InitSegment, read_init, read_segment
from tests.conftest import make_film

from .conftest import LADDER, Package, Plant, shown

FILM, FPS, SECONDS, SHOT_S = 2, 24, 33, 5
# From the lowest rendition on: ITU-T H.265's levels 1 and 2, AV1's 2.0, none of which is named by hand anywhere else.
NAMES = {
    "hevc": ("hvc1.1.6.L30.90", "hvc1.1.6.L60.90"),
    "av1": ("av01.0.00M.08", "av01.0.00M.08"),
}
PRESETS = {"hevc": 'preset = "veryfast"', "av1": 'preset = "10"'}
# What a package of one such codec cannot keep, and says of itself.
MISSED = {"1.12"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of two chunks, whose shots begin within a segment."""
    path = tmp_path_factory.mktemp("codecs") / "chunked.mp4"
    make_film(path, film=FILM, size=(256, 144), fps=FPS, seconds=SECONDS, shot_s=SHOT_S, tone=False)
    return path


def packaged(plant: Plant, film: Path, codec: str) -> Package:
    text = LADDER.replace('codec = "h264"', f'codec = "{codec}"').replace('preset = "veryfast"', PRESETS[codec])
    if codec == "av1":
        text = re.sub(r"(references|b_frames) = \d\n", "", text)
    (plant.presets / "ladders" / f"{codec}.toml").write_text(text)
    return plant.package(film, ladder=codec)


def fragments_of(package: Package, uri: str) -> tuple[InitSegment, list[tuple[bytes, Fragment]]]:
    """Return the one init segment of a rendition, and its fragments with the bytes that they lie in."""
    segments = package.open(uri).playlist.segments
    (init_uri,) = {one.init.uri for one in segments if one.init is not None}
    init = read_init((package.folder / init_uri).read_bytes(), where="init")
    found: list[tuple[bytes, Fragment]] = []
    for one in segments:
        data = (package.folder / one.uri).read_bytes()
        found += [(data, fragment) for fragment in read_segment(data, init, where=one.uri).fragments]
    return init, found


@pytest.mark.parametrize("codec", NAMES)
def test_a_package_shows_the_very_frames_and_says_what_they_are(
    codec: str, plant: Plant, film: Path, media: Any
) -> None:
    package = packaged(plant, film, codec)
    assert package.conformance["conforms"], package.conformance["findings"]
    failed = {one["rule"] for one in package.conformance["findings"] if one["outcome"] == "fail"}
    assert failed <= MISSED
    variants = sorted(package.master.variants, key=lambda one: one.resolution or (0, 0))
    assert tuple(one.codecs[0] for one in variants) == NAMES[codec]
    dense, *others = (one.codecs for one in package.master.iframe_variants)
    assert dense == ("avc1.64000b",) and set(others) == {(name,) for name in NAMES[codec]}
    for variant in variants:
        (section,) = package.open(variant.uri).sections
        assert media.read_frames(section) == shown(FILM, 0, SECONDS * FPS)
        init, found = fragments_of(package, variant.uri)
        (track,) = init.tracks
        assert track.edit_list is None and track.picture_codec is not None and track.picture is not None
        parameters = read_parameters(track.picture_codec, where="init")
        assert parameters is not None and parameters.is_progressive and parameters.colour == track.picture.colour
        assert (parameters.width, parameters.height) == variant.resolution
        assert ("av01" in init.brands) == (codec == "av1")
        begins = [Fraction(one.decode_time or 0, track.timescale) for _, one in found]
        assert begins == sorted({*range(0, SECONDS, 2), *range(SHOT_S, SECONDS, SHOT_S)})
        for (_, one), (_, after) in pairwise(found):
            assert (one.decode_time or 0) + one.duration == after.decode_time
        for data, one in found:
            first, *others = (data[sample.offset : sample.offset + sample.size] for sample in one.samples)
            assert stands_alone(first, track.picture_codec, where="made")
            assert not any(stands_alone(sample, track.picture_codec, where="made") for sample in others)
            # The first picture is shown when it is decoded, and none before it.
            times = [place * one.samples[0].duration + sample.shift for place, sample in enumerate(one.samples)]
            assert sorted(times) == [place * one.samples[0].duration for place in range(len(times))]


@pytest.mark.parametrize("codec", NAMES)
def test_a_film_of_few_pixels_is_packaged_at_fixed_rates(codec: str, plant: Plant, tmp_path: Path) -> None:
    film = tmp_path / "few.mp4"
    make_film(film, film=1, size=(66, 50), fps=24, seconds=1, shot_s=1, tone=False)
    package = packaged(plant, film, codec)
    assert package.conformance["conforms"]
    assert {one.resolution for one in package.master.variants} == {(66, 50)}


@pytest.mark.parametrize("codec", NAMES)
def test_a_picture_that_is_too_small_for_its_encoder_is_refused(codec: str, plant: Plant, tmp_path: Path) -> None:
    film = tmp_path / "tiny.mp4"
    make_film(film, film=1, size=(24, 14), fps=24, seconds=1, shot_s=1, tone=False)
    text = LADDER.replace('codec = "h264"', f'codec = "{codec}"').replace('preset = "veryfast"', PRESETS[codec])
    (plant.presets / "ladders" / f"{codec}.toml").write_text(re.sub(r"(references|b_frames) = \d\n", "", text))
    ran = plant.matinee("package", film, "--ladder", codec)
    assert ran.code == 2 and "24×14 is too small" in ran.err and "H.264" in ran.err
