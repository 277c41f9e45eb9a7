"""A run sheet's page asks for nothing, escapes whatever films are called, and prints on A4 in Chromium."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from pipeline.plan.evening import plan_evening
from pipeline.plan.run_sheet import RunSheet, plan_run_sheet
from pipeline.shell.sheet_html import sheet_html
from pipeline.shell.sheet_pictures import SheetPicture, read_posters
from tests.evenings import SIX, block, draw_posters, evening, renamed
from tests.players.tools import find_tool

EIGHT = datetime(2026, 11, 27, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def _sheet(folder: Path, **more: Any) -> tuple[RunSheet, dict[Path, SheetPicture]]:
    order = block()
    planned = plan_evening(evening(), block_s=order.duration, start=EIGHT)
    sheet = plan_run_sheet(
        order,
        start=EIGHT,
        venue="Café Kranich",
        anchor_lufs=-16.0,
        evening=planned,
        posters=draw_posters(folder),
        **more,
    )
    return sheet, read_posters(sheet.posters)[0]


class _Reader(HTMLParser):
    """Collects a page's words, and every address in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [(tag, value or "") for name, value in attrs if name in ("src", "href", "srcset", "style")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def test_a_page_says_what_the_sheet_says_and_asks_for_nothing(tmp_path: Path) -> None:
    sheet, pictures = _sheet(tmp_path)
    text = sheet_html(sheet, pictures)
    page = _Reader(text)
    for row in sheet.rows:
        for told in (
            f"{row.at.minute}{row.at.second}",
            row.length,
            row.title,
            row.who,
            row.details,
            row.content,
            row.note,
        ):
            assert " ".join(told.split()) in page.text
    assert all(one.title in page.text and one.note in page.text for one in sheet.evening)
    links = {row.link for row in sheet.rows}
    assert {address for tag, address in page.addresses if tag == "a"} <= links
    assert all(address.startswith("data:") for tag, address in page.addresses if tag != "a")
    assert "script" not in page.tags and "url(" not in text and "@import" not in text and "@page" in text
    assert text.count("data:image/jpeg") == 5 and text.count("data:image/png") == 5


def test_codes_lead_where_the_links_do(tmp_path: Path) -> None:
    import cv2

    sheet, _ = _sheet(tmp_path)
    found = re.findall(r'href="([^"]+)"[^>]*><img src="data:image/png;base64,([^"]+)"', sheet_html(sheet, {}))
    assert len(found) == 5
    for link, data in found:
        picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0] == link.replace("&amp;", "&")


@given(
    st.text(max_size=80),
    st.sampled_from(["<script>alert(1)</script>", '"><img src=x onerror=1>', "{{ 7*7 }}", "</style>"]),
)
def test_nothing_that_people_write_becomes_markup(name: str, hostile: str) -> None:
    plain = _Reader(sheet_html(plan_run_sheet(block([renamed(SIX[0], "A")], title="B"), venue="C"), {}))
    film = renamed(SIX[0], f"{hostile}{name}")
    sheet = plan_run_sheet(block([film], title=f"{name}{hostile}"), venue=hostile)
    page = _Reader(sheet_html(sheet, {}))
    assert page.tags == plain.tags
    assert sheet.venue in "".join(page.words) and sheet.rows[1].title in "".join(page.words)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunSheet, bytes, dict[str, Any]]:
    """Return a sheet, its page as Chromium prints it, and what a phone shows of it."""
    folder = tmp_path_factory.mktemp("page")
    sheet, pictures = _sheet(folder)
    (folder / "run-sheet.html").write_text(sheet_html(sheet, pictures), "utf-8")
    chromium = find_tool("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 360, "height": 740})
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / "run-sheet.html").as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        pdf = page.pdf(prefer_css_page_size=True, print_background=True)
        browser.close()
    return sheet, pdf, {"width": width, "said": said, "asked": [one for one in asked if not one.startswith("data:")]}


def test_six_films_print_on_one_a4_page_in_chromium(printed: Any) -> None:
    sheet, pdf, _ = printed
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1 and document[0].get_size() == pytest.approx((595, 842), abs=1)
    text = "".join(document[0].get_textpage().get_text_bounded().split())
    for row in sheet.rows:
        assert f"{row.at.minute}{row.at.second}" in text and row.length in text
    assert "NachtzugnachSüden" in text and "Merchtable" in text


def test_a_phone_shows_the_page_without_scrolling_sideways_or_errors(printed: Any) -> None:
    _, _, shown = printed
    assert shown["width"] <= 360 and shown["said"] == [] and len(shown["asked"]) == 1
