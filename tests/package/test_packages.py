"""`matinee package` from end to end: which frames and samples come out, what playlists say, and what is shared."""

from __future__ import annotations

import hashlib
import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.boxes.fragments import read_init, read_segment

from .conftest import LONG, Package, Plant, Rendition, seconds_of, shown

RATE = 24


def variants(package: Package) -> list[str]:
    return sorted(variant.uri for variant in package.master.variants)


def write_edit(plant: Plant, *parts: dict[str, Any], name: str = "variant") -> Path:
    path = plant.films / f"{name}.edit.json"
    digest = hashlib.sha256(plant.film.read_bytes()).hexdigest()
    masters = {digest: {"file": plant.film.name, "rate": "24/1"}}
    for part in parts:
        if part["kind"] == "span":
            part["master"] = digest
    path.write_text(json.dumps({"name": name, "rate": "24/1", "masters": masters, "parts": parts}))
    return path


def span(start: int, end: int) -> dict[str, Any]:
    return {"kind": "span", "frames": [start, end]}


def card(frames: int) -> dict[str, Any]:
    return {"kind": "card", "lines": ["A TITLE"], "frames": frames}


def test_every_rendition_of_a_film_shows_its_very_frames_and_is_heard_as_long(plant: Plant, media: Any) -> None:
    package = plant.package(plant.film)
    assert package.conformance["conforms"], package.conformance["findings"]
    assert len(variants(package)) == 2
    for uri in variants(package):
        rendition = package.open(uri)
        assert len(rendition.sections) == 1
        assert media.read_frames(rendition.sections[0]) == shown(LONG, 0, 75 * RATE)
        assert [segment.duration for segment in rendition.playlist.segments] == [6] * 12 + [3]
    for sound in package.master.renditions:
        level = media.read_level(package.open(sound.uri or "").sections[0], rate=Fraction(RATE))
        assert abs(len(level) - 75 * RATE) <= 1
        assert min(level[2:-2]) > 0.05


def test_shots_begin_with_key_pictures_and_so_does_every_second_second(plant: Plant) -> None:
    package = plant.package(plant.film)
    rendition = package.open(variants(package)[0])
    begins = set()
    for segment in rendition.playlist.segments:
        data = (package.folder / segment.uri).read_bytes()
        assert segment.init is not None
        init = read_init((package.folder / segment.init.uri).read_bytes(), where="init")
        for fragment in read_segment(data, init, where="segment").fragments:
            assert fragment.decode_time is not None
            begins.add(Fraction(fragment.decode_time, init.tracks[0].timescale))
    assert begins == {Fraction(at) for at in (*range(0, 75, 2), *range(5, 75, 5))}


def dense(package: Package) -> Rendition:
    """Return the key pictures that no variant plays; those that one does are of the other size."""
    keys, *others = package.master.iframe_variants
    assert keys.resolution == (256, 144) and [one.resolution for one in others] == [(128, 72)]
    return package.open(keys.uri)


def test_dense_key_pictures_show_the_first_frame_of_every_second(plant: Plant, media: Any) -> None:
    package = plant.package(plant.film)
    keys = dense(package)
    assert media.read_frames(keys.sections[0]) == [(LONG, RATE * second) for second in range(75)]
    assert [one.duration for one in keys.playlist.segments] == [1] * 75
    assert not set(keys.uris) & {uri for one in variants(package) for uri in package.open(one).uris}
    failed = {one["rule"] for one in package.conformance["findings"] if one["outcome"] == "fail"}
    assert not {rule for rule in failed if rule.startswith("6.")}


def test_an_edit_winds_through_the_films_own_key_pictures_and_to_the_frame_before_a_join(
    plant: Plant, media: Any
) -> None:
    film = dense(plant.package(plant.film))
    edit = plant.package(write_edit(plant, card(40), span(72, 75 * RATE - 5), {"kind": "gap", "frames": 1}))
    keys = dense(edit)
    own, films, end = keys.sections
    assert media.read_frames(own) == [None, None, (LONG, 72 + 8), (LONG, 72 + 32), (LONG, 72 + 56)]
    assert media.read_frames(films) == [(LONG, RATE * second) for second in range(6, 72)]
    assert keys.uris[5:71] == film.uris[6:72]
    assert media.read_frames(end) == [(LONG, RATE * second) for second in (72, 73, 74)]
    lasting = [one.duration for one in keys.playlist.segments]
    # The card and what of the film comes before its own segment take 112 frames, what comes after them 68.
    assert [round(one * RATE) for one in lasting] == [24] * 4 + [16] + [24] * 66 + [24, 24, 20]
    joins = [one.follows_discontinuity for one in keys.playlist.segments]
    assert [place for place, is_join in enumerate(joins) if is_join] == [5, 71]
    assert abs(seconds_of(keys.playlist) - seconds_of(edit.open(variants(edit)[0]).playlist)) < Fraction(1, 10_000)


def test_an_edit_plays_the_films_own_segments_and_encodes_only_what_is_around_them(plant: Plant, media: Any) -> None:
    film = plant.package(plant.film)
    edit = write_edit(plant, card(72), span(72, 75 * RATE), {"kind": "gap", "frames": 48})
    told = plant.matinee("package", edit, "--ladder", "small", "--dry-run").err.splitlines()
    steps = [line for line in told if line.startswith("would make")]
    assert "would make pictures of part 1, 0:00\u20130:06" in steps and len(set(steps)) == len(steps)
    variant = plant.package(edit)
    assert variant.conformance["conforms"], variant.conformance["findings"]
    for uri in variants(variant):
        own, films, end = variant.open(uri).sections
        assert media.read_frames(own) == [None] * 72 + shown(LONG, 72, 144)
        assert media.read_frames(films) == shown(LONG, 144, 75 * RATE)
        assert media.read_shown(end, Fraction(RATE)) == [None] * 48
    for kind in ("v144", "v72", "a128", "a48"):
        of_film, of_variant = (
            next(path.name for path in package.folder.glob(f"{kind}*.m3u8")) for package in (film, variant)
        )
        assert variant.open(of_variant).uris[1:-1] == film.open(of_film).uris[1:]
        assert seconds_of(variant.open(of_variant).playlist) - 77 < Fraction(1, RATE)


def test_a_folder_may_be_called_as_markup_is(plant: Plant) -> None:
    folder = plant.films / "[/red]"
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--out", folder)
    assert ran.code == 0, ran.err
    assert f"matinee check {folder}" in ran.out.replace("\n", "")
    assert (folder / "master.m3u8").is_file()


def test_a_second_run_encodes_nothing_and_leaves_every_file_as_it_is(plant: Plant) -> None:
    package = plant.package(plant.film)
    before = {path: path.stat().st_mtime_ns for path in package.folder.rglob("*") if path.is_file()}
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--json")
    assert json.loads(ran.out)["new_segments"] == 0
    assert {path: path.stat().st_mtime_ns for path in package.folder.rglob("*") if path.is_file()} == before
    assert "Nothing to encode" in plant.matinee("package", plant.film, "--ladder", "small", "--dry-run").err


def test_bit_rates_are_those_of_the_bytes(plant: Plant) -> None:
    package = plant.package(plant.film)
    for variant in package.master.variants:
        playlist = package.open(variant.uri).playlist
        sound = next(one for one in package.master.renditions if one.group_id == variant.audio)
        average = Fraction(0)
        for one in (playlist, package.open(sound.uri or "").playlist):
            size = sum((package.folder / segment.uri).stat().st_size for segment in one.segments)
            average += size * 8 / seconds_of(one)
        assert variant.average_bandwidth is not None and abs(variant.average_bandwidth - average) < 2


def test_what_a_rendition_came_out_as_stands_in_package_json(plant: Plant) -> None:
    package = plant.package(plant.film)
    document = json.loads((package.folder / "package.json").read_bytes())
    for told in (*document["renditions"], document["key_pictures"]):
        (path,) = package.folder.glob(f"{told['name']}-*.m3u8")
        playlist = package.open(path.name).playlist
        sizes = [
            (package.folder / one.uri).stat().st_size if one.byte_range is None else one.byte_range.length
            for one in playlist.segments
        ]
        assert abs(told["average_kbps"] - sum(sizes) * 8 / seconds_of(playlist) / 1000) <= Fraction(1, 2)
        longest = max(size * 8 / one.duration for size, one in zip(sizes, playlist.segments, strict=True))
        assert told["average_kbps"] <= told["peak_kbps"] <= longest / 1000 + 1


def test_what_a_package_is_made_of_is_not_removed(plant: Plant, packaged_seed: Path) -> None:
    store = plant.home / "store"
    store.unlink()
    shutil.copytree(packaged_seed / "store", store)
    package = plant.package(plant.film)
    assert "Removed" in plant.matinee("gc", "--yes").out
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--json")
    assert json.loads(ran.out)["new_segments"] == 0
    assert package.open(variants(package)[0]).uris


def test_a_chunk_that_a_killed_run_left_out_is_all_that_is_made_again(plant: Plant, packaged_seed: Path) -> None:
    store = plant.home / "store"
    store.unlink()
    shutil.copytree(packaged_seed / "store", store)
    package = plant.package(plant.film)
    files = json.loads((package.folder / "package.json").read_bytes())["files"]
    uris = package.open(variants(package)[0]).uris
    lost = files[uris[7]]
    (store / lost[:2] / lost / "receipt.json").unlink()
    told = plant.matinee("package", plant.film, "--ladder", "small", "--dry-run").err
    assert [line for line in told.splitlines() if line.startswith("would make")] == [
        "would make pictures 0:30\u20131:00"
    ]
    ran = plant.matinee("package", plant.film, "--ladder", "small", "--json")
    assert json.loads(ran.out)["new_segments"] == 1
    assert package.open(variants(package)[0]).uris == uris, "the same bytes came out again"


def test_an_edit_of_many_pieces_is_heard_to_the_sample(plant: Plant, media: Any) -> None:
    package = plant.package(write_edit(plant, *(span(10 + at, 30 + at) for at in range(0, 600, 30)), name="pieces"))
    assert package.conformance["conforms"], package.conformance["findings"]
    wanted = [frame for at in range(0, 600, 30) for frame in shown(LONG, 10 + at, 30 + at)]
    assert media.read_frames(package.open(variants(package)[0]).sections[0]) == wanted
    for sound in package.master.renditions:
        assert abs(seconds_of(package.open(sound.uri or "").playlist) - Fraction(400, RATE)) < Fraction(1, RATE)
