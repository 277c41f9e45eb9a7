"""A block's sheets appear together in a folder, whole, and what is somebody's own stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from icalendar import Calendar

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.errors import PlanError, PublishError
from pipeline.evening import EveningEntry
from pipeline.interchange import read_otio_text
from pipeline.placement import Source
from pipeline.shell.home import Home
from pipeline.shell.sheets import PutSheets, SheetRequest, put_sheets
from pipeline.timebase import FrameRate, Span
from tests.evenings import SIX, block, draw_posters, evening

RATE = FrameRate(Fraction(25))
NAMES = ["run-sheet.pdf", "run-sheet.html", "block.ics", "block.m3u8", "block.otio"]


@pytest.fixture
def home(tmp_path: Path, fonts_root: Path) -> Home:
    home = Home(tmp_path / "home")
    home.store.mkdir(parents=True)
    home.fonts.symlink_to(fonts_root, target_is_directory=True)
    fonts_root.mkdir(exist_ok=True)
    return home


@pytest.fixture
def request_for_two(tmp_path: Path) -> SheetRequest:
    """Return what the sheets of a block of two films are made from, which lie in a folder above the sheets' own."""
    films = [replace(film, path=str(tmp_path / "out" / Path(film.path).name)) for film in SIX[:2]]
    order = block(films)
    parts: tuple[Part, ...] = tuple(
        MasterSpan(item.film.digest, Span(Fraction(0), item.span.duration))
        if item.kind == "film" and item.film is not None
        else Gap(item.span.duration)
        if item.kind == "black"
        else Card((item.title,), item.span.duration)
        for item in order.items
    )
    sources = {film.digest: Source(Path(film.path), RATE, 100_000, 1920, 1080, channels=2) for film in films}
    start = datetime(2026, 11, 27, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    posters = draw_posters(tmp_path / "posters", films)
    return SheetRequest(
        order, Edit(order.title, parts), sources, RATE, posters, start, "Café Kranich", -16.0, evening(), "de"
    )


def _put(request: SheetRequest, home: Home) -> PutSheets:
    return put_sheets(request, home.root.parent / "out" / "night", home)


def test_all_sheets_of_a_block_are_put_into_its_folder(request_for_two: SheetRequest, home: Home) -> None:
    put = _put(request_for_two, home)
    pdf, html, ics, m3u8, otio = put.paths
    assert [path.name for path in put.paths] == NAMES and put.kept == ()
    assert sorted(path.name for path in pdf.parent.iterdir()) == sorted(NAMES)
    assert pdf.read_bytes().startswith(b"%PDF") and len(pypdfium2.PdfDocument(pdf)) == 1
    assert "Ablaufplan" in html.read_text("utf-8")
    assert len(Calendar.from_ical(ics.read_bytes()).walk("VEVENT")) == 5
    assert m3u8.read_text("utf-8").splitlines()[3] == "../the-red-kite.mov"
    assert read_otio_text(otio.read_text("utf-8")) == request_for_two.edit
    assert put.notes == ()


def test_the_same_sheets_are_put_once(request_for_two: SheetRequest, home: Home) -> None:
    before = [path.stat() for path in _put(request_for_two, home).paths]
    assert [path.stat() for path in _put(request_for_two, home).paths] == before


def test_a_file_of_somebodys_own_is_kept_aside(request_for_two: SheetRequest, home: Home) -> None:
    folder = home.root.parent / "out" / "night"
    folder.mkdir(parents=True)
    (folder / "run-sheet.pdf").write_bytes(b"mine")
    (folder / "notes.txt").write_bytes(b"mine too")
    put = _put(request_for_two, home)
    assert [path.name for path in put.kept] == ["run-sheet.kept-1.pdf"]
    assert put.kept[0].read_bytes() == b"mine" and (folder / "notes.txt").read_bytes() == b"mine too"
    assert put.paths[0].read_bytes().startswith(b"%PDF")


def test_without_a_start_there_is_no_calendar_file_and_yesterdays_goes(
    request_for_two: SheetRequest, home: Home
) -> None:
    (folder,) = {path.parent for path in _put(request_for_two, home).paths}
    put = _put(replace(request_for_two, start=None), home)
    assert "block.ics" not in [path.name for path in folder.iterdir()] and len(put.paths) == 4
    assert "Die Zeiten zählen" in (folder / "run-sheet.html").read_text("utf-8")


def test_what_cannot_be_made_leaves_yesterdays_sheets(request_for_two: SheetRequest, home: Home) -> None:
    put = _put(request_for_two, home)
    before = [path.read_bytes() for path in put.paths]
    with pytest.raises(PlanError, match="exactly one"):
        _put(replace(request_for_two, evening=(EveningEntry(what="talk", minutes=Fraction(5)),)), home)
    films = [replace(SIX[0], path="/films/a\nb.mov", title="Other")]
    with pytest.raises(PlanError, match="Rename"):
        _put(replace(request_for_two, order=block(films)), home)
    assert [path.read_bytes() for path in put.paths] == before


def test_a_folder_that_cannot_be_written_is_told(request_for_two: SheetRequest, home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PublishError, match="cannot be written"):
        put_sheets(request_for_two, tmp_path / "file" / "night", home)


def test_a_poster_that_cannot_be_read_is_told_and_left_out(
    request_for_two: SheetRequest, home: Home, tmp_path: Path
) -> None:
    broken, missing = tmp_path / "broken\x1b.png", tmp_path / "missing.jpg"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno")
    posters = dict(
        zip((film.film.digest for film in request_for_two.order.films if film.film), (broken, missing), strict=True)
    )
    put = _put(replace(request_for_two, posters=posters), home)
    told = [note for note in put.notes if "not on the run sheet" in note]
    assert len(told) == 2 and "\\x1b" in told[0] and "no JPEG or PNG" in told[0] and "missing.jpg" in told[1]
    assert put.paths[0].read_bytes().startswith(b"%PDF")
