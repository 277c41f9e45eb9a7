"""Cards are laid out inside the safe part of the frame, as large as they fit; a ruler stands in for a font."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap
from pipeline.errors import PlanError
from pipeline.graph import CardDrawing
from pipeline.plan.cards import card_name, lay_out, plan_card, plan_cards, safe_box
from pipeline.plan.layout import Box


def ruler(text: str, size_px: int) -> float:
    return len(text) * size_px / 2


def drawing(*lines: str, width_px: int = 1080, height_px: int = 1920) -> CardDrawing:
    return CardDrawing(lines, "plain", width_px, height_px, "tools")


def test_a_short_title_has_the_largest_letters_and_stands_in_the_middle_of_the_safe_box() -> None:
    layout = lay_out(drawing("THE RED KITE", width_px=1920, height_px=1080), ruler)
    assert (layout.lines, layout.size_px) == (("THE RED KITE",), 86)
    assert layout.boxes == (Box(192, 479, 1536, 121),)


def test_a_line_is_kept_whole_where_its_letters_need_be_only_a_little_smaller() -> None:
    layout = lay_out(drawing("a line of twenty-six char."), ruler)
    assert layout.lines == ("a line of twenty-six char.",)
    assert 57 <= layout.size_px < 86


def test_a_longer_line_is_wrapped_at_words_rather_than_made_tiny() -> None:
    layout = lay_out(drawing("a line that is much too long to stand on one line of a phone"), ruler)
    assert layout.size_px == 86
    assert " ".join(layout.lines) == "a line that is much too long to stand on one line of a phone"
    assert len(layout.lines) > 2


def test_a_word_wider_than_the_frame_is_broken_at_the_smallest_size() -> None:
    layout = lay_out(drawing("w" * 150), ruler)
    assert layout.size_px == 32
    assert "".join(layout.lines) == "w" * 150 and len(layout.lines) == 3


def test_empty_lines_keep_their_place() -> None:
    assert lay_out(drawing("Title", "", "by Ana"), ruler).lines == ("Title", "", "by Ana")
    assert lay_out(drawing(), ruler).lines == ()


def test_too_much_text_is_told_with_the_card_and_the_size() -> None:
    with pytest.raises(PlanError, match=r"“word word.*…” holds more text than a picture of 1080×1920"):
        lay_out(drawing("word " * 500), ruler)


@given(
    st.lists(st.text(st.characters(categories=("L", "Zs")), max_size=60), max_size=5),
    st.sampled_from([(1080, 1920), (1920, 1080), (1080, 1080), (1080, 1350), (144, 256), (2, 2)]),
)
def test_all_text_stands_inside_the_safe_box_and_none_is_lost(lines: list[str], size: tuple[int, int]) -> None:
    try:
        layout = lay_out(drawing(*lines, width_px=size[0], height_px=size[1]), ruler)
    except PlanError:
        return
    box = safe_box(*size)
    assert "".join("".join(line.split()) for line in layout.lines) == "".join("".join(line.split()) for line in lines)
    for line, place in zip(layout.lines, layout.boxes, strict=True):
        assert ruler(line, layout.size_px) <= box.width_px or len(line) == 1
        assert box.top_px <= place.top_px and place.top_px + place.height_px <= box.top_px + box.height_px
        assert (place.left_px, place.width_px) == (box.left_px, box.width_px)


def test_text_on_tall_frames_stays_clear_of_what_platforms_lay_over_them() -> None:
    box = safe_box(1080, 1920)
    assert box.top_px >= 240 and box.top_px + box.height_px <= 1920 - 660  # TikTok's, the most of all presets
    assert box.left_px >= 120 and box.left_px + box.width_px <= 1080 - 120


def test_each_card_of_an_edit_is_drawn_once_however_often_and_long_it_is_shown() -> None:
    one, longer = Card(("A",), Fraction(1)), Card(("A",), Fraction(2))
    edit = Edit("e", (one, Gap(Fraction(1)), longer, Card(("B",), Fraction(1))))
    drawings = plan_cards(edit, width_px=144, height_px=256, tools="tools")
    assert [card.lines for card in drawings] == [("A",), ("B",)]


def test_an_unknown_design_is_told_with_those_that_exist() -> None:
    with pytest.raises(PlanError, match=r"“A” asks for the design 'gothic'.*Designs: plain"):
        plan_card(Card(("A",), Fraction(1), "gothic"), width_px=144, height_px=256, tools="tools")


def test_a_long_card_is_called_by_its_first_words() -> None:
    assert card_name(("", "Title", "by Ana")) == "“Title / by Ana”"
    assert card_name(("x" * 50,)) == f"“{'x' * 40}…”"
