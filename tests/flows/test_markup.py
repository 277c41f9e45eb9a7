from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.text import Text

from flows.markup import escape_markup, show_name


@pytest.mark.parametrize("text", ["[libx264 @ 0x55] broken", "a [/b] c", "[red]", "[[x]]", "[1/3]", "no brackets"])
def test_escaped_text_is_printed_with_all_its_letters(text: str) -> None:
    shown = escape_markup(text)
    assert Text.from_markup(shown).plain == shown
    assert shown.replace("\u2060", "") == text


def test_a_shown_name_is_one_printable_line() -> None:
    assert show_name(Path("/films/two\nlines.mov")) == r"two\nlines.mov"
    assert show_name(Path("/films") / os.fsdecode(b"latin-\xe9.mov")).isprintable()
