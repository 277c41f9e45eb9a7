"""Cards as drawn: in their place, whole, the same each time; what the font cannot show is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.argv import card_key
from pipeline.errors import PlanError
from pipeline.graph import CardDrawing
from pipeline.plan.cards import safe_box
from pipeline.shell.cards import check_card, describe_card_tools, draw_card

TITLE = CardDrawing(("Ágyq", "שלום"), "plain", 288, 512, "tools")


def ink(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        assert (picture.size, picture.mode) == ((288, 512), "RGB")
        return np.argwhere(np.asarray(picture).max(axis=2) > 40)


def test_text_is_drawn_centred_inside_the_safe_box_on_black(tmp_path: Path) -> None:
    layout = draw_card(TITLE, tmp_path / "card.png")
    assert layout.lines == TITLE.lines
    box, drawn = safe_box(288, 512), ink(tmp_path / "card.png")
    (top, left), (bottom, right) = drawn.min(axis=0), drawn.max(axis=0)
    assert box.left_px <= left and right < box.left_px + box.width_px
    assert box.top_px <= top and bottom < box.top_px + box.height_px
    assert abs((left + right) / 2 - 144) <= 2
    with Image.open(tmp_path / "card.png") as picture:
        assert picture.getpixel((0, 0)) == (0, 0, 0)


def test_no_letter_is_cut_off_by_its_line(tmp_path: Path) -> None:
    layout = draw_card(TITLE, tmp_path / "card.png")
    rows = {int(row) for row, _ in ink(tmp_path / "card.png")}
    for place in layout.boxes:
        assert place.top_px not in rows and place.top_px + place.height_px - 1 not in rows


def test_the_same_card_is_the_same_file(tmp_path: Path) -> None:
    draw_card(TITLE, tmp_path / "one.png")
    draw_card(TITLE, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_card_without_text_is_plain_ground(tmp_path: Path) -> None:
    draw_card(replace(TITLE, lines=("", " ")), tmp_path / "card.png")
    assert len(ink(tmp_path / "card.png")) == 0


def test_hebrew_is_set_from_right_to_left(tmp_path: Path) -> None:
    wide = replace(TITLE, lines=("אi",))
    draw_card(wide, tmp_path / "card.png")
    drawn = ink(tmp_path / "card.png")
    middle = (drawn[:, 1].min() + drawn[:, 1].max()) / 2
    left = drawn[drawn[:, 1] < middle - 3]
    # The first letter, an alef, is the broader one and stands on the right; the i is a thin stroke on the left.
    assert len(left) < len(drawn) / 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("漢", "U\\+6F22, CJK UNIFIED IDEOGRAPH-6F22"),
        ("\ue000", "U\\+E000"),
        ("a\x07", "U\\+0007, a control character"),
    ],
)
def test_a_character_that_the_font_lacks_is_named(text: str, told: str) -> None:
    with pytest.raises(PlanError, match=told) as caught:
        check_card(replace(TITLE, lines=("fine", text)))
    assert caught.value.data["character"] == text[-1]


def test_marks_that_only_steer_the_setting_need_no_glyph() -> None:
    check_card(replace(TITLE, lines=("\u200eab\u200fسل\u200cام",)))


def test_everything_that_a_card_follows_from_is_in_its_key() -> None:
    tools = describe_card_tools()
    assert all(word in tools for word in ("moviepy 2", "pillow 1", "DejaVuSans sha256 ", "raqm"))
    others = (
        replace(TITLE, lines=("Ágyq שלום",)),
        replace(TITLE, design="other"),
        replace(TITLE, width_px=290),
        replace(TITLE, height_px=514),
        replace(TITLE, tools=tools),
    )
    assert len({card_key(drawing) for drawing in (TITLE, *others)}) == 6
