"""`matinee block` makes a block's package and what a venue reads of it, and tells what changed since the last time."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import icalendar
import imageio_ffmpeg
import numpy as np
import pypdfium2
import pytest

from tests.conftest import Workplace
from tests.package.conftest import Package, shown

from .conftest import FIRST, HEAD, SECOND, make


def test_a_block_file_becomes_a_package_and_sheets(venue: Workplace, media: Any, tmp_path: Path) -> None:
    told = make(venue, "tide", "ash")
    folder = Path(told["folder"])
    assert told["changes"] is None and told["hls"]["conforms"]
    package = Package(folder / "hls", tmp_path / "scratch")
    top = max(package.master.variants, key=lambda one: one.bandwidth or 0)
    paths = package.open(top.uri).sections
    sections = [media.read_shown(path, Fraction(rate)) for path, rate in zip(paths, (24, 24, 24, 25, 24), strict=True)]
    assert [sections[at] for at in (1, 3)] == [shown(FIRST, 0, 7 * 24), shown(SECOND, 0, 6 * 25)]
    assert all(frame is None for at in (0, 2, 4) for frame in sections[at])
    # Every card is as long as the running order says, at the frames of the film that gives them their rate.
    ends = [Fraction(item["end"]) for item in told["running_order"] if item["kind"] == "film"]
    seen = Fraction(len(sections[0]), 24) + 7, Fraction(len(sections[0]) + len(sections[2]), 24) + 7 + 6
    assert [abs(one - other) <= Fraction(1, 24) for one, other in zip(seen, ends, strict=True)] == [True, True]
    for sound in (one for one in package.master.renditions if one.type == "AUDIO"):
        waves = [media.read_wave(path) for path in package.open(sound.uri or "").sections]
        assert all(np.abs(after[:, 0] - before[:, -1]).max() < 0.01 for before, after in pairwise(waves))
        assert np.abs(waves[1]).max() > 0.05
    video = Path(told["venue"]["file"])
    frames = media.read_frames(video)
    assert video == folder / "Small-Hours.mp4" and len(frames) == told["venue"]["frames"]
    # At the venue's 25 frames per second the second film has each of its frames once.
    assert [frame for frame in frames if frame is not None and frame[0] == SECOND] == shown(SECOND, 0, 6 * 25)
    assert {number for film, number in filter(None, frames) if film == FIRST} == set(range(7 * 24))
    assert set(told["sheets"]) == {"run-sheet.pdf", "run-sheet.html", "block.ics", "block.m3u8", "block.otio"}
    page = pypdfium2.PdfDocument(folder / "run-sheet.pdf")[0].get_textpage().get_text_bounded()
    assert "Tide" in page and "Ash" in page and "Café Central" in page and "fades out" in page
    (event,) = icalendar.Calendar.from_ical((folder / "block.ics").read_bytes()).walk("VEVENT")
    assert event.start.isoformat() == "2026-12-04T20:00:00+01:00"


def test_a_second_run_makes_nothing_and_says_so(venue: Workplace, earlier: dict[str, Any]) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(earlier["folder"]).rglob("*") if path.is_file()}
    again = make(venue, "tide", "ash")
    assert again["changes"] == "nothing changed" and again["hls"]["new_segments"] == 0
    assert again["venue"]["made"] == "reused"
    assert {path: path.stat().st_mtime_ns for path in Path(again["folder"]).rglob("*") if path.is_file()} == before


def test_what_a_block_was_made_from_is_kept_when_the_store_is_tidied(venue: Workplace) -> None:
    make(venue, "ash")
    assert venue.matinee("gc", "--yes").code == 0
    again = make(venue, "ash")
    assert (again["hls"]["new_segments"], again["venue"]["made"], again["changes"]) == (0, "reused", "nothing changed")


@pytest.mark.usefixtures("earlier")
def test_a_film_that_is_swapped_leaves_all_others_as_they_are(venue: Workplace) -> None:
    told = make(venue, "wren", "tide")
    assert told["changes"].startswith("out: Ash; in: Wren; ")
    again = make(venue, "tide", "wren")
    assert again["changes"] == "in another order: Tide and Wren"
    # Both films are there: what is new is cards, in two renditions and key pictures, and silence as long as they are.
    assert 0 < again["hls"]["new_segments"] <= 12, again["hls"]


def test_only_what_is_asked_for_is_made(venue: Workplace) -> None:
    block = venue.films / "b.toml"
    block.write_text(HEAD + '[[films]]\nfile = "ash.mp4"\n')
    ran = venue.matinee("block", block, "--only", "sheets", "--json")
    assert ran.code == 0, ran.err
    folder = venue.home / "out" / "blocks" / "Small-Hours"
    assert Path(json.loads(ran.out)["folder"]) == folder
    assert (folder / "run-sheet.pdf").is_file() and not (folder / "hls").exists()
    assert not list(folder.glob("*.mp4"))
    dry = venue.matinee("block", block, "--dry-run", "--out", venue.home / "nothing")
    assert dry.code == 0 and not (venue.home / "nothing").exists()


def test_sheets_alone_show_the_pictures_that_film_files_name_and_else_some_of_the_films(
    venue: Workplace, media: Any, tmp_path: Path
) -> None:
    (venue.films / "tide.film.toml").write_text('title = "Tide"\nposter_frame = 5\n')
    block = venue.films / "b.toml"
    block.write_text(HEAD + '[[films]]\nfile = "tide.mp4"\n[[films]]\nfile = "ash.mp4"\n')
    assert venue.matinee("block", block, "--only", "sheets").code == 0
    folder = venue.home / "out" / "blocks" / "Small-Hours"
    tide, ash = _posters_on((folder / "run-sheet.html").read_text(), media, tmp_path)
    assert tide == (FIRST, 5 * 24)
    assert ash[0] == SECOND and 0 < ash[1] < 6 * 25
    (page,) = pypdfium2.PdfDocument(folder / "run-sheet.pdf")
    text = page.get_textpage().get_text_bounded()
    assert "at −16 LUFS" in text[text.index("Tide") : text.index("Ash")]
    assert "silent" in text[text.index("Ash") :].split("Small Hours")[0]  # it has no sound
    assert len(list(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))) == 2
    before = {path: path.stat().st_mtime_ns for path in (venue.home / "store").rglob("*.jpg")}
    assert venue.matinee("block", block, "--only", "sheets").code == 0
    assert {path: path.stat().st_mtime_ns for path in (venue.home / "store").rglob("*.jpg")} == before


def test_a_film_whose_peaks_keep_it_quiet_is_told_with_the_level_that_is_heard(venue: Workplace) -> None:
    # A faint tone with a loud click each second: no more than the limiter takes off the clicks can be given to it.
    sound = "aevalsrc='0.01*sin(2*PI*440*t)+0.9*lt(mod(t,1),0.0005)':s=48000:d=6"
    clicks = venue.films / "clicks.mp4"
    run = (imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner")
    subprocess.run((*run, "-v", "error", "-i", venue.films / "ash.mp4", "-f", "lavfi", "-i", sound, clicks), check=True)
    block = venue.films / "b.toml"
    block.write_text(HEAD + '[[films]]\nfile = "clicks.mp4"\n')
    ran = venue.matinee("block", block, "--ladder", "small")
    assert ran.code == 0, ran.err
    # It has two sounds and is in the venue file, and is told of once, by its title.
    (note,) = (line for line in ran.out.splitlines() if "its peaks allow no more" in line)
    assert note.startswith("· clicks plays up to ") and "LU (decibels of loudness) below -16 LUFS" in note
    folder = venue.home / "out" / "blocks" / "Small-Hours"
    measured = subprocess.run(
        (*run, "-i", folder / "Small-Hours.mp4", "-af", "ebur128", "-f", "null", "-"), capture_output=True, check=True
    ).stderr.decode()
    (level,) = re.findall(r"Integrated loudness:\s+I:\s+(-[0-9.]+) LUFS", measured)
    page = pypdfium2.PdfDocument(folder / "run-sheet.pdf")[0].get_textpage().get_text_bounded()
    (told,) = re.findall(r"([0-9.]+) LU quieter", " ".join(page.split()))
    assert float(told) > 5 and abs(-16 - float(told) - float(level)) <= 0.6, (told, level)


def _posters_on(page: str, media: Any, scratch: Path) -> list[Any]:
    """Return which film and frame each JPEG on a run sheet shows."""
    shown = []
    for number, text in enumerate(re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", page)):
        path = scratch / f"{number}.jpg"
        path.write_bytes(base64.b64decode(text))
        shown += media.read_frames(path)
    return shown
