"""Cards are laid out in what buttons leave free, as large as they fit; a ruler stands in for a font."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, CardPicture, Edit, Gap
from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.graph import CardDrawing, CardSheet
from pipeline.plan.cards import CardLayout, card_name, lay_out, plan_card, plan_cards, plan_sheet
from pipeline.plan.codes import Code
from pipeline.plan.compositions import Letters, Shape
from pipeline.plan.designs import DESIGNS
from pipeline.plan.layout import canvases, resized
from pipeline.plan.lines import Ink
from pipeline.plan.setting import Weight
from pipeline.presets import load_platforms
from pipeline.styles import CardLook

LINK = "https://example.org/red-kite"
SHAPES = {"tiktok": (1080, 1920), "instagram-feed": (1080, 1350), "square": (1080, 1080), "x": (1920, 1080)}


class Ruler:
    """A pen whose letters are all half as wide as high, bold ones a little wider, and which lacks what it is told."""

    language = None

    def __init__(self, lacking: str = "") -> None:
        self.lacking = lacking

    def ink(self, text: str, size_px: int, weight: Weight) -> Ink:
        width = len(text) * size_px * (6 if weight == "bold" else 5) // 10
        return Ink(0, width, size_px * 3 // 4, size_px // 5) if text else Ink(0, 0, 0, 0)

    def lacks(self, text: str) -> str | None:
        return next((letter for letter in text if letter in self.lacking), None)


def sheet(
    platform: str = "tiktok", *, size: tuple[int, int] | None = None, logo: CardPicture | None = None
) -> CardSheet:
    width, height = size or SHAPES[platform]
    canvas = canvases(load_platforms(()), "common")[platform]
    return plan_sheet(
        CardLook(), resized(canvas, width_px=width, height_px=height), logo=logo, language=None, tools="tools"
    )


def laid(design: str, *lines: str, link: str | None = None, on: CardSheet | None = None) -> CardLayout:
    return lay_out(CardDrawing(lines, design, link, on or sheet()), Ruler())


def sizes(layout: CardLayout) -> dict[str, int]:
    return {element.text: element.size_px for element in layout.elements if isinstance(element, Letters)}


def is_sound(layout: CardLayout, on: CardSheet) -> bool:
    """Return whether everything stands in a free box, and nothing on anything but in a frame."""
    frames = [each.box for each in layout.elements if isinstance(each, Shape) and each.kind == "frame"]
    boxes = [box for _, box in layout.boxes if box not in frames]
    free = all(any(place.holds(box) for place in on.free) for box in (*boxes, *frames))
    apart = not any(one.overlap(other) for number, one in enumerate(boxes) for other in boxes[number + 1 :])
    framed = all(frame.holds(box) or not frame.overlap(box) for frame in frames for box in boxes)
    return free and apart and framed


def test_a_title_stands_out_from_what_follows_it() -> None:
    layout = laid("title", "The Red Kite", "a film by Ana", "2026", on=sheet("x"))
    assert sizes(layout)["The Red Kite"] > 2 * sizes(layout)["a film by Ana"] == 2 * sizes(layout)["2026"]
    kinds = [kind for kind, _ in layout.boxes]
    assert kinds == ["text", "rule", "text", "text"]
    tops = [box.top_px for _, box in layout.boxes]
    assert tops == sorted(tops)
    assert all(abs(box.left_px + box.right_px - 1920) <= 2 for _, box in layout.boxes), "all is centred"


def test_a_title_of_one_letter_is_as_large_as_titles_get() -> None:
    assert sizes(laid("title", "M"))["M"] == round(1080 * 0.14)
    assert [kind for kind, _ in laid("title", "M").boxes] == ["text"], "no rule under nothing"


def test_a_title_of_three_hundred_letters_is_smaller_and_whole() -> None:
    title = "word and more " * 21
    for platform in SHAPES:
        layout = laid("title", title, "a film by Ana", on=sheet(platform))
        shown = [one.text for one in layout.elements if isinstance(one, Letters) and one.weight == "bold"]
        assert " ".join(shown) == title.strip()
        assert min(sizes(layout).values()) >= 32


def test_a_rating_stands_in_a_frame_and_notes_under_it() -> None:
    frame, rating, note = (box for _, box in laid("rating", "12A", "flashing lights").boxes)
    assert frame.holds(rating) and frame.bottom_px < note.top_px
    assert abs((frame.left_px + frame.right_px) - (rating.left_px + rating.right_px)) <= 1
    single, letter = (box for _, box in laid("rating", "U").boxes)
    assert single.width_px >= single.height_px and single.holds(letter)
    assert [kind for kind, _ in laid("rating", "", "flashing lights").boxes] == ["text"]


def test_laurels_stand_between_two_branches_of_one_size() -> None:
    layout = laid("laurels", "Official Selection — Málaga 2026", "Best Score", on=sheet("x"))
    branches = [element for element in layout.elements if isinstance(element, Shape)]
    assert [one.kind for one in branches] == ["branch", "mirrored branch"] * 2
    assert len({(one.box.width_px, one.box.height_px) for one in branches}) == 1
    assert len({one.box.top_px for one in branches}) == 1, "in a row where the picture is wide"
    left, right = branches[0].box, branches[1].box
    inside = [one for one in layout.elements if isinstance(one, Letters) and one.box.left_px < right.left_px]
    assert all(left.right_px < one.box.left_px and one.box.right_px < right.left_px for one in inside)
    assert sizes(layout)["Official Selection"] < min(one.size_px for one in inside if "Official" not in one.text)
    column = laid("laurels", "Official Selection — Málaga 2026", "Best Score")
    tops = [element.box.top_px for element in column.elements if isinstance(element, Shape)]
    assert tops[0] == tops[1] < tops[2] == tops[3], "in a column where it is not"


def test_an_end_card_has_its_code_under_the_text_or_beside_it_and_the_address_under_the_code() -> None:
    for platform in SHAPES:
        layout = laid("end", "The Red Kite", "In cinemas from 4 March", link=LINK, on=sheet(platform))
        code = next(element for element in layout.elements if isinstance(element, Code))
        address = next(
            one for one in layout.elements if isinstance(one, Letters) and one.text == "example.org/red-kite"
        )
        call = [one for one in layout.elements if isinstance(one, Letters) and one.tone == "accent"]
        assert " ".join(one.text for one in call) == "In cinemas from 4 March"
        assert address.box.top_px > code.box.bottom_px
        assert abs((address.box.left_px + address.box.right_px) - (code.box.left_px + code.box.right_px)) <= 2
        if platform == "x":
            assert max(one.box.right_px for one in call) < code.box.left_px
        else:
            assert max(one.box.bottom_px for one in call) < code.box.top_px
        assert code.module_px >= 6 and code.box.width_px >= 0.3 * 1080


def test_an_address_that_does_not_fit_a_line_is_printed_as_its_host() -> None:
    layout = laid("end", "Tickets", link="https://tickets.example.org/a-very-long-path", on=sheet(size=(360, 640)))
    assert layout.lines[-1] in ("tickets.example.org/a-very-long-path", "tickets.example.org")
    long = f"https://{'a' * 30}.{'b' * 30}.example.org/"
    broken = laid("end", "Tickets", link=long)
    assert "".join(broken.lines[1:]) == long[8:-1] and len(broken.lines) > 2


def test_an_address_in_letters_that_no_font_has_is_printed_in_ascii() -> None:
    drawing = CardDrawing(("Tickets",), "end", "https://xn--mnchen-3ya.example/", sheet())
    assert lay_out(drawing, Ruler()).lines[-1] == "münchen.example"
    assert lay_out(drawing, Ruler(lacking="ü")).lines[-1] == "xn--mnchen-3ya.example"


def test_on_a_tall_picture_all_is_centred_though_buttons_are_not() -> None:
    for design, lines in (("title", ("The Red Kite", "a film")), ("end", ("The Red Kite", "In cinemas"))):
        layout = laid(design, *lines, link=LINK if design == "end" else None)
        assert all(abs(box.left_px + box.right_px - 1080) <= 2 for _, box in layout.boxes)


def test_where_buttons_leave_no_middle_all_is_centred_in_what_they_leave() -> None:
    side = CardSheet(1000, 1000, (Box(0, 100, 400, 800),), "#000000", "#ffffff", "#ffffff", None, None, "tools")
    layout = laid("title", "Kite", on=side)
    assert all(abs(box.left_px + box.right_px - 400) <= 2 for _, box in layout.boxes)


def test_a_logo_stands_at_the_bottom_in_its_shape_and_nothing_touches_it() -> None:
    on = sheet(logo=CardPicture("d" * 64, 400, 100))
    for design, lines in (("title", ("The Red Kite",)), ("end", ("The Red Kite", "In cinemas")), ("plain", ())):
        layout = laid(design, *lines, link=LINK if design == "end" else None, on=on)
        *others, (kind, logo) = layout.boxes
        assert kind == "logo" and logo.width_px == 4 * logo.height_px
        assert all(box.bottom_px < logo.top_px for _, box in others)
        assert is_sound(layout, on)


def test_plain_lines_have_one_size_and_empty_ones_keep_their_place() -> None:
    layout = laid("plain", "Title", "", "by Ana and by Bartholomew and by others")
    assert len(set(sizes(layout).values())) == 1
    first, second, *_ = (box for _, box in layout.boxes)
    others = laid("plain", "Title", "by Ana")
    closer = [box for _, box in others.boxes]
    assert second.top_px - first.top_px > 1.5 * (closer[1].top_px - closer[0].top_px)
    assert laid("plain").elements == laid("plain", "", " ").elements == ()


def test_a_word_wider_than_the_room_is_broken_into_even_pieces_at_the_smallest_size() -> None:
    layout = laid("plain", "w" * 150)
    assert set(sizes(layout).values()) == {32}
    assert "".join(layout.lines) == "w" * 150
    assert max(map(len, layout.lines)) - min(map(len, layout.lines)) <= 3


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_too_much_text_is_told_with_the_card_and_the_size(design: str) -> None:
    with pytest.raises(PlanError, match=r"“word word.*…” holds more text than a picture of 1080×1920"):
        laid(design, "word " * 190, link=LINK if design == "end" else None)
    with pytest.raises(PlanError, match=r"“word / word.*…” holds more text"):
        laid(design, *("word",) * 500)


def test_an_address_too_long_for_a_picture_is_told_with_its_length() -> None:
    link = "https://example.org/" + "a" * 200
    assert laid("end", "Tickets", link=link)
    with pytest.raises(PlanError, match=r"has 220 characters: no phone could scan its QR code in a picture of 360×640"):
        laid("end", "Tickets", link=link, on=sheet(size=(360, 640)))


def test_a_character_that_no_font_has_is_named() -> None:
    with pytest.raises(
        PlanError, match=r"“The kite” has the character 'k' \(U\+006B, LATIN SMALL LETTER K\)"
    ) as caught:
        lay_out(CardDrawing(("The kite",), "title", None, sheet()), Ruler(lacking="k"))
    assert caught.value.data["character"] == "k"


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(sorted(DESIGNS)),
    st.lists(st.text("abcdefÁjΩЖאع漢字かな-–1 ", max_size=50), min_size=1, max_size=5),
    st.sampled_from([*SHAPES, "small", "tiny"]),
    st.sampled_from([None, CardPicture("d" * 64, 300, 200)]),
)
def test_all_stands_in_free_boxes_whole_and_apart_or_is_refused(
    design: str, lines: list[str], shape: str, logo: CardPicture | None
) -> None:
    odd = {"small": (360, 640), "tiny": (144, 256)}
    on = sheet("tiktok", size=odd[shape], logo=logo) if shape in odd else sheet(shape, logo=logo)
    try:
        layout = laid(design, *lines, link=LINK if design == "end" else None, on=on)
    except PlanError:
        return
    assert is_sound(layout, on)
    told, shown = "".join(lines), "".join(layout.lines)
    if design in ("plain", "title", "rating"):
        assert "".join(shown.split()) == "".join(told.split())


def test_each_card_of_an_edit_is_drawn_once_however_often_and_long_it_is_shown() -> None:
    one, longer = Card(("A",), Fraction(1)), Card(("A",), Fraction(2))
    edit = Edit("e", (one, Gap(Fraction(1)), longer, Card(("B",), Fraction(1))))
    assert [card.lines for card in plan_cards(edit, sheet())] == [("A",), ("B",)]


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (Card(("A",), Fraction(1), "gothic"), r"“A” asks for the design 'gothic'.*Designs: plain, title"),
        (Card(("A",), Fraction(1), "title", LINK), r"“A” has a link, which its design 'title' does not show"),
        (Card(("A",), Fraction(1), "end", "javascript:x"), r"“A” has the link 'javascript:x'; it should be an address"),
    ],
)
def test_a_card_that_cannot_be_drawn_is_told(card: Card, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        plan_card(card, sheet())


def test_a_card_is_called_by_its_first_words_on_one_line() -> None:
    assert card_name(("", "Title", "by Ana")) == "“Title / by Ana”"
    assert card_name(("x" * 50,)) == f"“{'x' * 40}…”"
    assert card_name(("a\x1b[2Jb\n",)) == r"“a\x1b[2Jb”"


def test_sheets_of_one_shape_are_alike_in_every_size() -> None:
    large, small = sheet(), sheet(size=(540, 960))
    for one, other in zip(large.free, small.free, strict=True):
        assert all(abs(first - 2 * second) <= 2 for first, second in pairwise((one.left_px, other.left_px)))
