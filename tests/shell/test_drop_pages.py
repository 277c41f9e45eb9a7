"""What a page takes from a package, which may be anybody's."""

from __future__ import annotations

import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.pages import PageEntries
from pipeline.plan.drop_pages import edition_page
from pipeline.shell.drop_pages import read_cover, write_page
from tests.small_packages import SmallPackage, make_small_package


def picture(width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height)).save(data, "JPEG")
    return data.getvalue()


@pytest.fixture
def kite(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "kite")


def test_a_poster_is_named_by_its_bytes_and_shown_in_its_shape(kite: SmallPackage) -> None:
    (kite.folder / "poster.jpg").write_bytes(picture(360, 640))
    cover = read_cover(kite.folder)
    assert cover.title == "The Red Kite" and cover.poster is not None
    assert (cover.poster.width_px, cover.poster.height_px) == (360, 640)
    page = write_page(edition_page(PageEntries(), "x", title="X", region="", poster=cover.poster), cover.picture)
    text = page.files["x.html"].decode()
    assert f'src="{cover.poster.name}"' in text and "--aspect: 360 / 640" in text
    assert {item.name for item in page.publication.shown} >= {cover.poster.name}


@pytest.mark.parametrize("kind", ["none", "text", "folder", "pipe", "link out", "wide", "bomb", "cut short"])
def test_what_is_no_poster_is_left_out(kite: SmallPackage, tmp_path: Path, kind: str) -> None:
    poster = kite.folder / "poster.jpg"
    poster.unlink(missing_ok=True)
    if kind == "text":
        poster.write_text("<script>")
    elif kind == "folder":
        poster.mkdir()
    elif kind == "pipe":
        os.mkfifo(poster)
    elif kind == "link out":
        (tmp_path / "secret.jpg").write_bytes(picture(640, 360))
        poster.symlink_to(tmp_path / "secret.jpg")
    elif kind == "wide":
        poster.write_bytes(picture(640, 20))
    elif kind == "bomb":
        data = picture(640, 360)
        size = re.search(rb"\xff\xc0\x00\x11\x08\x01\x68\x02\x80", data)
        assert size is not None
        poster.write_bytes(data.replace(size[0], b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff"))
    elif kind == "cut short":
        poster.write_bytes(picture(640, 360)[:100])
    assert read_cover(kite.folder).poster is None


@pytest.mark.parametrize("title", [None, 7, ["x"], " ", "\ud800", "x" * 10_000])
def test_any_title_makes_a_page(kite: SmallPackage, title: object) -> None:
    (kite.folder / "package.json").write_text(json.dumps({"title": title}))
    cover = read_cover(kite.folder)
    page = write_page(edition_page(PageEntries(), "x", title=cover.title or "X", region="", poster=None))
    assert len(page.files["x.html"]) < 20_000


class _Reader(HTMLParser):
    """Collects elements, and the text of the heading."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.heading = ""
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)
        self._open = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "h1":
            self.heading += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_whatever_people_write_stays_text(words: str) -> None:
    def read(text: str) -> _Reader:
        page = write_page(edition_page(PageEntries(about=text), "x", title=text, region="", poster=None))
        reader = _Reader()
        reader.feed(page.files["x.html"].decode())
        return reader

    plain, found = read("words"), read(f"{words}<b>&amp;\"'")
    assert found.tags == plain.tags and found.heading == f"{words}<b>&amp;\"'"
