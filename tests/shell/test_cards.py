"""Cards as drawn: everything in its place, whole, in its colours, scannable, the same each time; or refused by name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.argv import card_key
from pipeline.edit import Card, CardPicture
from pipeline.errors import PlanError, VerifyFailed
from pipeline.geometry import Box
from pipeline.graph import CardDrawing, CardSheet
from pipeline.plan.cards import CardLayout, plan_card, plan_sheet
from pipeline.plan.codes import Code
from pipeline.plan.layout import canvases, resized
from pipeline.presets import load_platforms
from pipeline.shell.card_pictures import PictureFile
from pipeline.shell.cards import CardKit, check_card, describe_card_tools, draw_card, is_scannable, verify_card
from pipeline.styles import CardLook, rgb_of

LINK = "https://example.org/red-kite"
HOUSE = CardLook()
PAPER = CardLook(ground="#f4efe4", ink="#1b1b1b", accent="#b3261e")
SHAPES = {"tiktok": (360, 640), "square": (480, 480), "instagram-feed": (480, 600), "x": (960, 540)}
TEXTS: dict[str, tuple[str, ...]] = {
    "plain": ("Ágyq", "", "by Ana"),
    "title": ("The Red Kite", "a film by Ana Ruiz", "2026"),
    "rating": ("12A", "flashing lights"),
    "laurels": ("Official Selection — Festival de Málaga 2026", "Best Score"),
    "end": ("The Red Kite", "In cinemas from 4 March"),
}
Pixels = np.ndarray[Any, Any]


def sheet(platform: str = "tiktok", look: CardLook = HOUSE, logo: CardPicture | None = None) -> CardSheet:
    width, height = SHAPES[platform]
    canvas = resized(canvases(load_platforms(()), "common")[platform], width_px=width, height_px=height)
    return plan_sheet(look, canvas, logo=logo, language=None, tools="tools")


def drawing(design: str, *lines: str, on: CardSheet | None = None, link: str | None = None) -> CardDrawing:
    link = LINK if design == "end" and link is None else link
    return plan_card(Card(lines or TEXTS[design], Fraction(1), design, link), on or sheet())


@pytest.fixture(scope="module")
def kit(fonts_root: Path) -> CardKit:
    return CardKit(fonts_root)


def drawn(wanted: CardDrawing, folder: Path, kit: CardKit) -> tuple[CardLayout, Pixels]:
    layout = draw_card(wanted, folder / "card.png", kit)
    with Image.open(folder / "card.png") as picture:
        assert (picture.size, picture.mode) == ((wanted.sheet.width_px, wanted.sheet.height_px), "RGB")
        return layout, np.asarray(picture)


def ink_boxes(layout: CardLayout, kind: str) -> list[Box]:
    return [box for name, box in layout.boxes if name == kind]


def part(picture: Pixels, box: Box) -> Pixels:
    return picture[box.top_px : box.bottom_px, box.left_px : box.right_px]


@pytest.mark.parametrize("design", sorted(TEXTS))
@pytest.mark.parametrize("platform", sorted(SHAPES))
def test_every_design_is_drawn_in_every_shape_inside_what_buttons_leave_free(
    design: str, platform: str, tmp_path: Path, kit: CardKit
) -> None:
    look = PAPER if design in ("laurels", "title") else HOUSE
    on = sheet(platform, look)
    layout, picture = drawn(drawing(design, on=on), tmp_path, kit)
    rows, columns = np.nonzero(np.abs(picture.astype(int) - rgb_of(look.ground)).max(axis=2) > 40)
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    boxes = [box for _, box in layout.boxes]
    assert (left, top) == pytest.approx((min(b.left_px for b in boxes), min(b.top_px for b in boxes)), abs=2)
    assert (right, bottom) == pytest.approx((max(b.right_px for b in boxes), max(b.bottom_px for b in boxes)), abs=2)
    assert all(any(free.holds(box) for free in on.free) for box in boxes)
    if design == "end":
        assert is_scannable(picture, LINK) and not is_scannable(picture, f"{LINK}s")


def test_colours_are_the_styles(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("end", on=sheet(look=PAPER)), tmp_path, kit)
    assert tuple(picture[0, 0]) == rgb_of(PAPER.ground)
    call = next(one for one in layout.elements if getattr(one, "tone", "") == "accent")
    inked = part(picture, call.box).reshape(-1, 3)
    assert (inked == rgb_of(PAPER.accent)).all(axis=1).any() and (inked == rgb_of(PAPER.ground)).all(axis=1).any()
    between = inked[~((inked == rgb_of(PAPER.accent)) | (inked == rgb_of(PAPER.ground))).all(axis=1)]
    low, high = (
        np.minimum(rgb_of(PAPER.accent), rgb_of(PAPER.ground)),
        np.maximum(*map(rgb_of, (PAPER.accent, PAPER.ground))),
    )
    assert ((between >= low) & (between <= high)).all(), "edges lie between the two colours, with no third in them"


@pytest.mark.parametrize("look", [HOUSE, PAPER])
def test_a_code_is_dark_on_light_in_whole_pixels_with_its_quiet_zone_whatever_the_ground(
    look: CardLook, tmp_path: Path, kit: CardKit
) -> None:
    layout, picture = drawn(drawing("end", on=sheet(look=look)), tmp_path, kit)
    code = next(element for element in layout.elements if isinstance(element, Code))
    found, module = part(picture, code.box), code.module_px
    assert module >= 3 and set(np.unique(found)) == {0, 255}
    quiet = 4 * module
    assert (found[:quiet] == 255).all() and (found[:, :quiet] == 255).all()
    assert (found[-quiet:] == 255).all() and (found[:, -quiet:] == 255).all()
    middles = found[quiet + module // 2 : -quiet : module, quiet + module // 2 : -quiet : module, 0]
    assert ["".join("1" if dark == 0 else "0" for dark in row) for row in middles] == list(code.rows)


@pytest.mark.parametrize(
    "link",
    [
        "https://example.org/",
        "https://xn--mnchen-3ya.example/K%C3%A4rntner%20Stra%C3%9Fe?a=1&b=%22%27#x",
        "http://tickets.example.org:8080/" + "a-b.c_d~e/" * 8,
    ],
)
def test_a_code_reads_as_exactly_the_address(link: str, tmp_path: Path, kit: CardKit) -> None:
    _, picture = drawn(drawing("end", "See it", on=sheet("x"), link=link), tmp_path, kit)
    assert is_scannable(picture, link)


def test_branches_mirror_each_other(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("laurels", "Best Score", on=sheet("x")), tmp_path, kit)
    left, right = (part(picture, box).astype(int) for box in ink_boxes(layout, "branch"))
    assert np.abs(left - right[:, ::-1]).max() <= 2
    assert 0.1 < (left > 128).mean() < 0.4
    middle = left.shape[0] // 2
    assert left[middle].argmax() < left[4].argmax(), "a branch bends away from what it surrounds"


def test_letters_of_several_fonts_stand_on_one_line_and_apart(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("title", "A題A"), tmp_path, kit)
    (box,) = ink_boxes(layout, "text")
    columns = (part(picture, box).max(axis=(0, 2)) > 128).astype(int)
    letters = np.flatnonzero(np.diff(columns, prepend=0, append=0)).reshape(-1, 2)
    assert len(letters) == 3, "three letters, with ground between them"


def test_hebrew_is_set_from_right_to_left(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("plain", "אi"), tmp_path, kit)
    (box,) = ink_boxes(layout, "text")
    columns = np.flatnonzero(part(picture, box).max(axis=(0, 2)) > 128)
    gap = np.flatnonzero(np.diff(columns) > 1)[0]
    # The first letter, an alef, is the broader one and stands on the right; the i is a thin stroke on the left.
    assert gap < len(columns) / 2


def test_arabic_letters_are_joined(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("plain", "سلام"), tmp_path, kit)
    (box,) = ink_boxes(layout, "text")
    columns = part(picture, box).max(axis=(0, 2)) > 128
    assert np.count_nonzero(np.diff(columns.astype(int)) == 1) <= 2, "four letters in two or three strokes"


def test_a_logo_is_laid_on_the_ground_where_it_is_see_through(tmp_path: Path, kit: CardKit) -> None:
    pixels = np.zeros((64, 128, 4), np.uint8)
    pixels[:, 64:] = (200, 30, 30, 255)
    Image.fromarray(pixels).save(tmp_path / "logo.png")
    import hashlib

    logo = CardPicture(hashlib.sha256((tmp_path / "logo.png").read_bytes()).hexdigest(), 128, 64)
    on = sheet("x", PAPER, logo)
    layout, picture = drawn(
        drawing("title", on=on), tmp_path, replace(kit, logo=PictureFile(logo, tmp_path / "logo.png"))
    )
    (box,) = ink_boxes(layout, "logo")
    found = part(picture, box)
    assert tuple(found[5, 5]) == rgb_of(PAPER.ground) and tuple(found[5, -6]) == (200, 30, 30)


def test_the_same_card_is_the_same_file(tmp_path: Path, kit: CardKit) -> None:
    for name in ("one", "two"):
        draw_card(drawing("end"), tmp_path / f"{name}.png", kit)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_a_card_without_text_is_plain_ground(tmp_path: Path, kit: CardKit) -> None:
    layout, picture = drawn(drawing("plain", "", "\u200b"), tmp_path, kit)
    assert layout.elements == () and picture.max() == 0


def test_a_picture_that_is_not_what_was_planned_is_told(tmp_path: Path, kit: CardKit) -> None:
    wanted = drawing("end")
    layout, picture = drawn(wanted, tmp_path, kit)
    text, code = ink_boxes(layout, "text")[0], ink_boxes(layout, "qr")[0]

    def spoilt(box: Box, colour: int) -> Pixels:
        other = picture.copy()
        part(other, box)[:] = colour
        return other

    verify_card(wanted, layout, picture)
    clipped = spoilt(replace(text, height_px=text.height_px // 3), 0)
    strayed = spoilt(Box(2, 2, 9, 9), 200)
    covered = spoilt(replace(code, height_px=code.height_px // 2), 255)
    for spoiled, told in (
        (clipped, "the ink of its text should be"),
        (strayed, "beside its text and pictures should be nothing but is 81 pixels"),
        (covered, f"its QR code should be {LINK} but is unreadable"),
    ):
        with pytest.raises(VerifyFailed, match=told):
            verify_card(wanted, layout, spoiled)
    other = replace(wanted, link="https://example.org/other")
    with pytest.raises(VerifyFailed, match=r"its QR code should be https://example\.org/other"):
        verify_card(other, layout, picture)
    narrower = replace(wanted, sheet=replace(wanted.sheet, free=(Box(0, 0, 100, 100),)))
    with pytest.raises(VerifyFailed, match="the place of its qr should be inside what buttons leave free"):
        verify_card(narrower, layout, picture)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\U00012000", r"U\+12000, CUNEIFORM SIGN A"),
        ("\ue000", r"U\+E000"),
        ("a\x07", r"U\+0007, a control character"),
        ("\ud800", r"U\+D800"),
    ],
)
def test_a_character_that_no_font_has_is_named(text: str, told: str, kit: CardKit) -> None:
    with pytest.raises(PlanError, match=told) as caught:
        check_card(drawing("plain", "fine", text), kit)
    assert caught.value.data["character"] == text[-1]


def test_everything_that_a_card_follows_from_is_in_its_key() -> None:
    tools = describe_card_tools()
    assert all(word in tools for word in ("moviepy 2", "pillow 1", "segno 1", "fontpkg_open_sans 3", "raqm"))
    one = drawing("end")
    on = one.sheet
    others = (
        replace(one, lines=(" / ".join(one.lines),)),
        replace(one, design="title"),
        replace(one, link=None),
        *(
            replace(one, sheet=replace(on, **change))
            for change in (
                {"width_px": 362}, {"height_px": 642}, {"free": on.free[:1]}, {"ground": "#000001"}, {"ink": "#ffffff"},
                {"accent": "#ffffff"}, {"logo": CardPicture("a", 1, 1)}, {"logo": CardPicture("b", 1, 1)},
                {"logo": CardPicture("a", 2, 1)},
                {"language": "zh"}, {"tools": tools},
            )
        ),
    )  # fmt: skip
    assert len({card_key(each) for each in (one, *others)}) == 1 + len(others)
