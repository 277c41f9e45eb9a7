"""A run sheet is printed whole, legibly and without anything over anything else, whatever films are called."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pypdfium2
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pipeline.plan.codes import QUIET_MODULES
from pipeline.plan.evening import plan_evening
from pipeline.plan.paper import A4_PT, CodeSquare, Letters, Mark, Page, Scribe, Still
from pipeline.plan.run_sheet import Row, RunSheet, plan_run_sheet
from pipeline.plan.running_order import FilmNotes
from pipeline.plan.sheet_pages import lay_out
from pipeline.plan.sheet_rows import MARGIN_PT
from pipeline.shell.sheet_pdf import sheet_pdf
from pipeline.shell.sheet_pictures import SheetPicture, read_posters
from pipeline.shell.typesetting import Typesetter
from tests.evenings import SIX, block, draw_posters, evening, renamed

EIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))
SCALE = 300 / 72
SCRIPTS = {
    "Latin": "Đặng Việt, ſtraße", "Greek": "Ο Κόκκινος Χαρταετός", "Cyrillic": "Красный змей", "Japanese": "赤い凧",
    "Korean": "붉은 연", "Chinese": "红风筝", "Arabic": "الطائرة الورقية (الحمراء)", "Hebrew": "העפיפון האדום",
    "Thai": "ว่าวสีแดงที่น้ำ", "Devanagari": "लाल पतंग का क़िस्सा",
}  # fmt: skip
Box = tuple[float, float, float, float]


def _sheet(films: Sequence[FilmNotes], folder: Path, **more: Any) -> tuple[RunSheet, dict[Path, SheetPicture]]:
    order = block(films, title=more.pop("title", "Short Films for a Long Night"))
    planned = plan_evening(evening(), block_s=order.duration, start=EIGHT)
    posters = draw_posters(folder, films)
    wanted = {"start": EIGHT, "venue": "Café Kranich", "anchor_lufs": -16.0, "evening": planned, "posters": posters}
    sheet = plan_run_sheet(order, **(wanted | more))
    pictures, notes = read_posters(sheet.posters)
    assert notes == ()
    return sheet, pictures


def _pages(sheet: RunSheet, pictures: dict[Path, SheetPicture], fonts: Path) -> tuple[Page, ...]:
    scribe = Scribe(Typesetter(fonts, "regular"), Typesetter(fonts, "bold"))
    return lay_out(sheet, scribe, {path: one.size for path, one in pictures.items()})


def _box(mark: Mark) -> Box:
    """Return left, top, right and bottom of what a mark needs for itself, a code with its quiet zone."""
    if isinstance(mark, Letters):
        return mark.left - mark.overhang, mark.top, mark.left + mark.width, mark.bottom
    if isinstance(mark, CodeSquare):
        side, quiet = len(mark.rows) * mark.module, QUIET_MODULES * mark.module
        return mark.left - quiet, mark.top - quiet, mark.left + side + quiet, mark.top + side + quiet
    return mark.left, mark.top, mark.left + mark.width, mark.top + mark.height


def _overlap(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > 0.01 and min(one[3], other[3]) - max(one[1], other[1]) > 0.01


def _check_places(pages: Sequence[Page]) -> None:
    """Check that nothing lies over anything else or outside the margins; a code's quiet zone may be the paper's own."""
    for page in pages:
        boxes = [_box(mark) for mark in page.marks]
        over = [(a, b) for a, b in combinations(zip(page.marks, boxes, strict=True), 2) if _overlap(a[1], b[1])]
        assert over == []
        for mark, (left, top, right, bottom) in zip(page.marks, boxes, strict=True):
            quiet = QUIET_MODULES * mark.module if isinstance(mark, CodeSquare) else 0
            assert left + quiet >= MARGIN_PT - 0.01 and right - quiet <= A4_PT[0] - MARGIN_PT + 0.01, mark
            assert top >= MARGIN_PT - 0.01 and bottom <= A4_PT[1] - MARGIN_PT + 0.01, mark
            assert not isinstance(mark, Letters) or mark.size >= 8


def _characters(page: Any) -> Iterator[tuple[str, Box, float]]:
    """Yield each letter that a reader finds on a page, with the box of its ink from the top left, and its size."""
    text = page.get_textpage()
    for place in range(text.count_chars()):
        letter = text.get_text_range(place, 1)
        left, bottom, right, top = text.get_charbox(place)
        if letter.strip():
            size = pypdfium2.raw.FPDFText_GetFontSize(text.raw, place)
            yield letter, (left, A4_PT[1] - top, right, A4_PT[1] - bottom), size


def _check_ink(pdf: bytes, pages: Sequence[Page]) -> None:
    """Check that all ink of letters in a PDF lies in the rooms that were laid out for lines, none of which overlap."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == len(pages)
    for drawn, page in zip(document, pages, strict=True):
        rooms = np.array([_box(mark) for mark in page.marks if isinstance(mark, Letters)])
        for letter, (left, top, right, bottom), _ in _characters(drawn):
            fits = (
                (rooms[:, 0] <= left + 0.8) & (rooms[:, 1] <= top + 0.8)
                & (rooms[:, 2] >= right - 0.8) & (rooms[:, 3] >= bottom - 0.8)
            )  # fmt: skip
            assert fits.any(), (letter, left, top, right, bottom)


def _words(row: Row) -> list[str]:
    told = (
        row.at.minute, row.at.second, row.length, row.title, row.original_title, row.who, row.details, row.content,
        row.cue, row.note, row.at.day, row.at.zone,
    )  # fmt: skip
    return " ".join(told).split()


def _is_found(word: str, text: str) -> bool:
    """Tell whether a page has a word; of scripts whose marks readers put in an order of their own, its letters."""
    if word in text:
        return True
    is_plain = all(unicodedata.bidirectional(one) not in ("R", "AL", "NSM") for one in word)
    mirrored = str.maketrans("()", ")(")
    letters = Counter(unicodedata.normalize("NFKC", word))
    return not is_plain and not letters - Counter(text) - Counter(text.translate(mirrored))


def _texts(pdf: bytes) -> list[str]:
    """Return the letters of each page, without blanks."""
    found = ["".join(letter for letter, _, _ in _characters(page)) for page in pypdfium2.PdfDocument(pdf)]
    return [unicodedata.normalize("NFKC", text) for text in found]


@pytest.fixture(scope="module")
def six(fonts_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunSheet, tuple[Page, ...], bytes]:
    sheet, pictures = _sheet(SIX, tmp_path_factory.mktemp("six"))
    return sheet, _pages(sheet, pictures, fonts_root), sheet_pdf(sheet, pictures, fonts_root)


def test_six_films_with_pictures_codes_and_an_evening_are_one_a4_page(six: Any) -> None:
    sheet, pages, pdf = six
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1 and document[0].get_size() == pytest.approx(A4_PT, abs=0.02)
    marks = pages[0].marks
    assert (
        sum(isinstance(mark, Still) for mark in marks) == 5 and sum(isinstance(mark, CodeSquare) for mark in marks) == 5
    )
    (text,) = _texts(pdf)
    for row in sheet.rows:
        assert [word for word in _words(row) if not _is_found(unicodedata.normalize("NFKC", word), text)] == []
    for told in (sheet.title, sheet.venue, sheet.date, *sheet.summary, *sheet.hints):
        assert "".join(unicodedata.normalize("NFKC", told).split()) in text
    for happening in sheet.evening:
        assert f"{happening.at.minute}–{happening.until.minute}" in text
        assert [
            word for word in f"{happening.title} {happening.who} {happening.note}".split() if word not in text
        ] == []


def test_six_films_of_long_names_in_any_script_are_one_page_too(fonts_root: Path, tmp_path: Path) -> None:
    titles = [f"{script}: {title}, and how it went on from there" for script, title in list(SCRIPTS.items())[3:9]]
    films = [renamed(film, title, number) for number, (film, title) in enumerate(zip(SIX, titles, strict=True))]
    sheet, pictures = _sheet(films, tmp_path, title="Short Films from Everywhere for a Long Night and its Morning")
    pages = _pages(sheet, pictures, fonts_root)
    assert len(pages) == 1
    _check_places(pages)


def test_nothing_lies_over_anything_else_or_outside_the_margins(six: Any) -> None:
    _, pages, pdf = six
    _check_places(pages)
    _check_ink(pdf, pages)


def test_times_and_titles_are_large_and_nothing_is_small(six: Any) -> None:
    sheet, _, pdf = six
    letters = list(_characters(pypdfium2.PdfDocument(pdf)[0]))
    text = "".join(letter for letter, _, _ in letters)
    assert min(size for _, _, size in letters) >= 8

    def size_of(word: str) -> float:
        start = text.index("".join(word.split()))
        return min(size for _, _, size in letters[start : start + len(word.replace(" ", ""))])

    times = list(re.finditer(r"\d\d:\d\d(:\d\d)?", text))
    assert len(times) == 2 + 2 * len(sheet.evening) + len(sheet.rows)
    for time in times:
        assert min(size for _, _, size in letters[time.start() : time.end()]) >= 14, time[0]
    for title in ("The Red Kite", "Nachtzug nach Süden", "赤い凧", "Ode", "Doors", "Merch table"):
        assert size_of(title) >= 12


def test_in_black_and_white_text_is_seven_times_as_bright_as_its_ground(six: Any) -> None:
    _, pages, pdf = six
    grey = np.asarray(pypdfium2.PdfDocument(pdf)[0].render(scale=SCALE).to_pil().convert("L")) / 255
    # Relative luminance, as WCAG 2.2 counts it.
    light = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    for mark in pages[0].marks:
        if isinstance(mark, Letters):
            left, top, right, bottom = (round(edge * SCALE) for edge in _box(mark))
            ground, ink = light[top:bottom, left:right].max(), light[top:bottom, left:right].min()
            assert (ground + 0.05) / (ink + 0.05) >= 7, mark.text


def test_codes_are_read_off_the_page(six: Any) -> None:
    import cv2

    sheet, pages, pdf = six
    picture = np.asarray(pypdfium2.PdfDocument(pdf)[0].render(scale=SCALE).to_pil().convert("RGB"))
    detectors: tuple[Any, ...] = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    found = []
    for mark in pages[0].marks:
        if isinstance(mark, CodeSquare):
            left, top, right, bottom = (round(edge * SCALE) for edge in _box(mark))
            # With what lies around it: rules, words, the picture beside it.
            seen = np.ascontiguousarray(picture[max(0, top - 20) : bottom + 20, max(0, left - 60) : right + 20])
            found.append(next((text for one in detectors if (text := one.detectAndDecode(seen)[0])), ""))
            assert mark.module / 72 * 25.4 >= 0.4  # millimetres
    assert found == [row.link for row in sheet.rows if row.link]


def test_more_films_flow_onto_further_pages_with_the_head_repeated(fonts_root: Path, tmp_path: Path) -> None:
    films = [renamed(SIX[number % 3], f"Film {number} of a long night", number) for number in range(20)]
    sheet, pictures = _sheet(films, tmp_path)
    pages, pdf = _pages(sheet, pictures, fonts_root), sheet_pdf(sheet, pictures, fonts_root)
    texts = _texts(pdf)
    assert len(texts) > 2
    for number, text in enumerate(texts, start=1):
        assert f"page{number}of{len(texts)}" in text and "ShortFilmsforaLongNight" in text and "CaféKranich" in text
    titles = ["".join(film.title.split()) for film in films]
    assert [title for text in texts for title in titles if f"{title}" in text] == titles
    _check_places(pages)
    _check_ink(pdf, pages)


def test_pictures_become_smaller_before_a_page_is_added(fonts_root: Path, tmp_path: Path) -> None:
    def stills(count: int) -> tuple[int, float]:
        films = [renamed(SIX[1], f"Film {number}", number) for number in range(count)]
        sheet, pictures = _sheet(films, tmp_path / str(count), evening=None)
        pages = _pages(sheet, pictures, fonts_root)
        return len(pages), max(mark.height for page in pages for mark in page.marks if isinstance(mark, Still))

    assert stills(4)[0] == stills(8)[0] == 1
    assert stills(4)[1] > stills(8)[1] >= 50


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_title_of_each_script_is_drawn_with_our_fonts(script: str, fonts_root: Path, tmp_path: Path) -> None:
    title = SCRIPTS[script]
    films = [replace(SIX[0], title=title, original_title="", languages=())]
    sheet, pictures = _sheet(films, tmp_path, evening=None)
    pages, pdf = _pages(sheet, pictures, fonts_root), sheet_pdf(sheet, pictures, fonts_root)
    (text,) = _texts(pdf)
    assert [word for word in title.split() if not _is_found(unicodedata.normalize("NFKC", word), text)] == []
    assert "□" not in text and len(pdf) < 150_000  # a subset: the font for Japanese has 16 MB
    _check_ink(pdf, pages)


def test_a_letter_that_no_font_has_is_a_box(fonts_root: Path, tmp_path: Path) -> None:
    sheet, pictures = _sheet([replace(SIX[0], title="Kite 🎬")], tmp_path, evening=None)
    assert "Kite□" in _texts(sheet_pdf(sheet, pictures, fonts_root))[0]


def test_what_a_title_says_is_not_done(fonts_root: Path, tmp_path: Path) -> None:
    title = "{nb} **bold** (Tj) \\ <</URI>> %PDF"
    sheet, pictures = _sheet([replace(SIX[0], title=title)], tmp_path, title=title, evening=None)
    (text,) = _texts(sheet_pdf(sheet, pictures, fonts_root))
    assert text.count("".join(title.split())) == 2


def test_a_long_address_is_a_larger_code_and_what_is_none_has_none(fonts_root: Path, tmp_path: Path) -> None:
    links = [f"https://example.org/{'a' * letters}" for letters in (60, 180, 480)] + ["javascript:alert(1)", "http://"]
    films = [replace(renamed(SIX[1], f"F{number}", number), link=link) for number, link in enumerate(links)]
    sheet, pictures = _sheet(films, tmp_path, evening=None)
    pages = _pages(sheet, pictures, fonts_root)
    codes = [mark for page in pages for mark in page.marks if isinstance(mark, CodeSquare)]
    assert len(codes) == 3 and all(code.module / 72 * 25.4 >= 0.4 for code in codes)
    _check_places(pages)


def test_the_same_sheet_is_the_same_file_in_another_process_too(fonts_root: Path, tmp_path: Path) -> None:
    code = (
        "import hashlib, sys; from pathlib import Path; from tests.shell.test_sheet_pdf import _sheet, SIX;"
        "from pipeline.shell.sheet_pdf import sheet_pdf;"
        "sheet, pictures = _sheet(SIX[:3], Path(sys.argv[1]));"
        "print(hashlib.sha256(sheet_pdf(sheet, pictures, Path(sys.argv[2]))).hexdigest())"
    )
    found = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code, tmp_path, fonts_root],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
            text=True,
        )
        found.add(run.stdout.strip())
    assert len(found) == 1


HOSTILE = st.one_of(
    st.text(max_size=100),
    st.sampled_from(list(SCRIPTS.values())).map(lambda text: f"{text} " * 5),
    st.sampled_from(["W" * 120, "Donaudampfschifffahrt – " * 40, "i" * 300]),
)


# Without shrinking: each example is laid out in seconds, and what fails is short enough to be read.
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(HOSTILE, min_size=1, max_size=2), HOSTILE)
def test_no_title_however_long_or_odd_lies_over_anything_else_or_is_cut(
    fonts_root: Path, titles: list[str], name: str
) -> None:
    films = [
        replace(renamed(SIX[number % 2], title, number), note=name[:200], original_title=name)
        for number, title in enumerate(titles)
    ]
    order = block(films, title=name)
    planned = plan_evening(
        [one if one.what != "talk" else one.model_copy(update={"title": titles[0] or None}) for one in evening()],
        block_s=order.duration,
    )
    sheet = plan_run_sheet(order, venue=name[:100], evening=planned)
    pages = _pages(sheet, {}, fonts_root)
    _check_places(pages)
    laid = Counter("".join(mark.text for page in pages for mark in page.marks if isinstance(mark, Letters)))
    scribe = Scribe(Typesetter(fonts_root, "regular"), Typesetter(fonts_root, "bold"))
    wanted = (scribe.shown(f"{row.title}{row.original_title}{row.note}", row.language or "en") for row in sheet.rows)
    assert not Counter("".join("".join(wanted).split())) - laid


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
@example("Ì")
def test_the_ink_of_any_title_stays_where_it_was_laid_out(fonts_root: Path, title: str) -> None:
    sheet = plan_run_sheet(block([replace(SIX[0], title=title)], title=title))
    _check_ink(sheet_pdf(sheet, {}, fonts_root), _pages(sheet, {}, fonts_root))
