"""Films that are not as one would like, and folders that hold other things: a right package or a clear message."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import pytest

from .conftest import Plant, seconds_of

TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration={seconds}")
FILMS = {
    # picture, seconds of picture, seconds of sound or None, suffix, frame rates of the lower and the upper rendition
    "half-a-second": ("testsrc2=s=256x144:r=24", 0.5, 0.5, "mp4", (24, 24)),
    "odd-size": ("testsrc2=s=321x181:r=25", 3, 3, "mkv", (25, 25)),
    "120-fps": ("testsrc2=s=256x144:r=120", 3, 3, "mp4", (30, 60)),
    "59.94-fps": ("testsrc2=s=256x144:r=60000/1001", 7, 7, "mp4", ("30000/1001", "60000/1001")),
    "23.976-fps": ("testsrc2=s=256x144:r=24000/1001", 7, 7, "mp4", ("24000/1001", "24000/1001")),
    "12.5-fps": ("testsrc2=s=256x144:r=25/2", 7, None, "mp4", ("25/2", "25/2")),
    "5-fps": ("testsrc2=s=256x144:r=5", 7, None, "mp4", (5, 5)),
    "29.5-fps": ("testsrc2=s=256x144:r=59/2", 7, None, "mp4", ("59/2", "59/2")),
    "no-sound": ("testsrc2=s=256x144:r=24", 7, None, "mp4", (24, 24)),
    "short-sound": ("testsrc2=s=256x144:r=24", 7, 2, "mp4", (24, 24)),
    "long-sound": ("testsrc2=s=256x144:r=24", 7, 12, "mp4", (24, 24)),
    "tiny-tail": ("testsrc2=s=256x144:r=30", 6.2, 6.2, "mp4", (30, 30)),
}


def ffmpeg(*arguments: object) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *map(str, arguments)]
    subprocess.run(argv, check=True, capture_output=True)


def make(folder: Path, name: str) -> Path:
    picture, seconds, sound, suffix, _ = FILMS[name]
    path = folder / f"{name}.{suffix}"
    tone = () if sound is None else tuple(word.format(seconds=sound) for word in TONE)
    codecs = ("-c:v", "ffv1", "-c:a", "pcm_s16le") if suffix == "mkv" else ("-preset", "ultrafast", "-c:a", "aac")
    ffmpeg("-f", "lavfi", "-i", f"{picture}:d={seconds}", *tone, *codecs, path)
    return path


@pytest.mark.parametrize("name", FILMS)
def test_a_film_is_packaged_as_long_as_it_is(name: str, plant: Plant) -> None:
    _, seconds, sound, _, rates = FILMS[name]
    package = plant.package(make(plant.films, name))
    assert package.conformance["conforms"]
    variants = sorted(package.master.variants, key=lambda one: one.bandwidth or 0)
    for variant, fps in zip(variants, rates, strict=True):
        rate = Fraction(fps)
        assert abs((variant.frame_rate or 0) - rate) < Fraction(1, 1000)
        assert abs(Fraction(str(seconds)) - seconds_of(package.open(variant.uri).playlist)) < 2 / rate
    for keys in package.master.iframe_variants:
        lasting = seconds_of(package.open(keys.uri).playlist) - seconds_of(package.open(variants[0].uri).playlist)
        assert abs(lasting) < Fraction(1, 10_000), "key pictures last as long, whose last one may be short"
    assert bool(package.master.renditions) == (sound is not None)
    notes = json.loads((package.folder / "package.json").read_text())["notes"]
    assert [note.startswith("Nobody says in which language") for note in notes].count(True) == (sound is not None)
    for one in package.master.renditions:
        heard = seconds_of(package.open(one.uri or "").playlist)
        assert abs(heard - Fraction(str(seconds))) < Fraction(1, 24), "sound lasts as long as the pictures"


def test_two_languages_that_are_silent_for_a_while_are_both_kept(plant: Plant, packaged_seed: Path) -> None:
    store = plant.home / "store"
    store.unlink()
    shutil.copytree(packaged_seed / "store", store)
    film = plant.films / "two-silences.mkv"
    silence = ("-f", "lavfi", "-i", "anullsrc=r=48000:d=1")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=256x144:r=24:d=1", *silence, *silence, "-map", "0", "-map", "1", "-map",
           "2", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=spa", "-c:v", "ffv1", film)  # fmt: skip
    package = plant.package(film)
    english, spanish = (package.open(one.uri or "").uris for one in package.master.renditions[:2])
    assert english == spanish
    notes = json.loads((package.folder / "package.json").read_text())["notes"]
    sounds = [f"a{kbps}-{language}" for language in ("en", "es") for kbps in (48, 128)]
    assert sorted(notes) == sorted(f"The sound {one}: silent, so its level was left alone." for one in sounds)
    assert "Removed" in plant.matinee("gc", "--yes").out
    assert json.loads(plant.matinee("package", film, "--ladder", "small", "--json").out)["new_segments"] == 0


def test_a_film_without_sound_before_another_takes_nothing_of_its_sound(plant: Plant) -> None:
    films = [make(plant.films, name) for name in ("no-sound", "half-a-second")]
    digests = [hashlib.sha256(film.read_bytes()).hexdigest() for film in films]
    edit = plant.films / "both.edit.json"
    masters = {digest: {"file": film.name, "rate": "24/1"} for digest, film in zip(digests, films, strict=True)}
    parts = [{"kind": "span", "master": digest, "frames": [0, 12]} for digest in digests]
    edit.write_text(json.dumps({"name": "both", "rate": "24/1", "masters": masters, "parts": parts}))
    package = plant.package(edit)
    assert package.conformance["conforms"] and package.master.renditions
    for sound in package.master.renditions:
        assert abs(seconds_of(package.open(sound.uri or "").playlist) - 1) < Fraction(1, 24)


def test_the_end_of_a_film_that_is_no_segment_is_in_the_one_before(plant: Plant) -> None:
    package = plant.package(make(plant.films, "tiny-tail"))
    for variant in package.master.variants:
        assert [one.duration for one in package.open(variant.uri).playlist.segments] == [Fraction(62, 10)]


def test_a_film_of_one_picture_is_packaged(plant: Plant) -> None:
    film = plant.films / "one.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=256x144:r=24", "-frames:v", "1", film)
    package = plant.package(film)
    for variant in package.master.variants:
        assert [one.duration for one in package.open(variant.uri).playlist.segments] == [Fraction(41667, 1_000_000)]
    for keys in package.master.iframe_variants:
        assert [one.duration for one in package.open(keys.uri).playlist.segments] == [Fraction(41667, 1_000_000)]


def test_a_film_whose_pictures_change_their_size_is_told(plant: Plant) -> None:
    parts = []
    for number, size in enumerate(("256x144", "320x180")):
        parts.append(plant.films / f"part{number}.ts")
        source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=24:d=3")
        ffmpeg(*source, "-c:v", "libx264", "-preset", "ultrafast", "-output_ts_offset", 3 * number, parts[-1])
    film = plant.films / "changing.ts"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    ran = plant.matinee("package", film, "--ladder", "small")
    assert ran.code == 2
    assert "its pictures change on the way" in ran.err and "320x180" in ran.err and "Export it again" in ran.err
    assert not (plant.home / "out" / "changing").exists()


def test_a_file_that_is_no_film_is_told(plant: Plant) -> None:
    path = plant.films / "notes.mp4"
    path.write_text("no film")
    ran = plant.matinee("package", path)
    assert ran.code == 2 and "notes.mp4" in ran.err and "Traceback" not in ran.err


def test_an_unknown_ladder_is_told_with_those_that_there_are(plant: Plant) -> None:
    ran = plant.matinee("package", plant.film, "--ladder", "landscap")
    assert ran.code == 2 and "did you mean landscape?" in ran.err and "portrait" in ran.err


def test_what_else_lies_in_the_folder_stays(plant: Plant) -> None:
    folder = plant.films / "www"
    (folder / "segments").mkdir(parents=True)
    (folder / "master.m3u8").write_text("somebody's own")
    (folder / "segments" / "a.m4s").write_text("somebody's own")
    film = make(plant.films, "half-a-second")
    package = plant.package(film, "--out", folder)
    assert package.conformance["conforms"]
    assert (folder / "master.kept-1.m3u8").read_text() == "somebody's own"
    assert (folder / "segments" / "a.m4s").read_text() == "somebody's own"


def test_segments_that_a_link_leads_out_of_the_folder_are_told_before_anything_is_encoded(plant: Plant) -> None:
    folder, film = plant.films / "www", make(plant.films, "half-a-second")
    package = plant.package(film, "--out", folder)
    (folder / "segments").rename(plant.films / "elsewhere")
    (folder / "segments").symlink_to(plant.films / "elsewhere")
    ran = plant.matinee("package", film, "--ladder", "small", "--out", package.folder)
    assert ran.code == 2 and "segments is a link that leads out" in ran.err


def test_a_folder_is_told_as_it_is_called(plant: Plant) -> None:
    folder = plant.films / os.fsdecode(b"[/b] [red]\xff")
    ran = plant.matinee("package", make(plant.films, "half-a-second"), "--ladder", "small", "--out", folder)
    assert ran.code == 0, ran.err
    assert f"matinee serve-package {plant.films}/[/b] [red]\\udcff\n" in ran.out


def test_what_an_earlier_package_left_goes_and_nothing_else(plant: Plant) -> None:
    folder = plant.films / "www"
    first = plant.package(make(plant.films, "half-a-second"), "--out", folder)
    before = {path.name for path in first.folder.rglob("*") if path.is_file()}
    (folder / "mine.txt").write_text("mine")
    (folder / "playlist.m3u8").write_text("mine")
    second = plant.package(make(plant.films, "no-sound"), "--out", folder)
    left = {path.name for path in second.folder.rglob("*") if path.is_file()}
    assert {"mine.txt", "playlist.m3u8"} <= left
    assert not {name for name in before & left if name.endswith(".m4s")}, "of init segments there is one for both"
    assert second.conformance["conforms"]


def test_a_package_that_breaks_a_rule_is_not_published_and_the_one_before_it_plays_on(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.package import outputs
    from pipeline.plan.hls.package import Package
    from pipeline.shell.hls_reading import read_package
    from pipeline.shell.segment_memory import Known

    folder = plant.films / "www"
    package = plant.package(make(plant.films, "half-a-second"), "--out", folder)
    before = (folder / "master.m3u8").read_bytes()
    broken = SimpleNamespace(title="Segments are whole", limit="all", measured="none")
    asked: list[bytes] = []

    def read(folder: str, *, master: bytes, known: Known) -> Package:
        asked.append(master)
        return read_package(folder, master=master, known=known)

    monkeypatch.setattr(outputs, "read_package", read)
    monkeypatch.setattr(outputs, "judge", lambda _: SimpleNamespace(failed_musts=[broken]))
    # A film of its own: what was found of a package once is not asked again.
    film = plant.films / "bars.mp4"
    ffmpeg("-f", "lavfi", "-i", "smptebars=s=256x144:r=24:d=1", "-preset", "ultrafast", film)
    ran = plant.matinee("package", film, "--ladder", "small", "--out", folder)
    assert ran.code == 1 and "Segments are whole" in ran.err
    assert asked and asked[0] != before == (folder / "master.m3u8").read_bytes()
    for variant in package.master.variants:
        assert package.open(variant.uri).uris


def test_a_file_in_place_of_the_folder_is_told(plant: Plant) -> None:
    target = plant.films / "taken"
    target.write_text("mine")
    ran = plant.matinee("package", make(plant.films, "half-a-second"), "--ladder", "small", "--out", target)
    assert ran.code == 2 and "taken is no folder" in ran.err
    assert target.read_text() == "mine"


def test_a_folder_in_the_store_is_refused(plant: Plant) -> None:
    ran = plant.matinee("package", plant.film, "--out", plant.home / "store" / "ab")
    assert ran.code == 2 and "lies in the store" in ran.err


def test_what_killed_runs_left_goes_with_the_next(plant: Plant) -> None:
    film, folder = make(plant.films, "half-a-second"), plant.films / "www"
    first = plant.package(film, "--out", folder)
    before = {path.relative_to(folder) for path in first.folder.rglob("*") if path.is_file()}
    # As a run leaves it that is killed while it copies a segment, after other files of another package.
    (folder / "segments" / f".matinee-{'0' * 32}").write_bytes(b"half a segm")
    (folder / "segments" / ".hidden").write_text("mine")
    plant.package(make(plant.films, "no-sound"), "--out", folder)
    (folder / "package.json").unlink()
    plant.package(film, "--out", folder)
    left = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert left == before | {Path("segments/.hidden")}
