"""A framing file reads back as it was written, and its page says what the schema says."""

from __future__ import annotations

from pathlib import Path

from pipeline.framingfile import describe_framing_json


def test_the_page_about_framing_files_is_up_to_date() -> None:
    page = Path(__file__).parents[1] / "docs" / "framing-json.md"
    assert page.read_text("utf-8") == describe_framing_json(), (
        "run: python -m pipeline.framingfile > docs/framing-json.md"
    )
