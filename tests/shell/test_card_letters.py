"""Letters of several fonts and directions stand in the order in which they are read, and are measured by their ink."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from pipeline.plan.lines import Ink
from pipeline.shell.card_letters import FontPen, describe_letters, from_left

LATIN, HEBREW = Path("latin.ttf"), Path("hebrew.ttf")


@pytest.fixture(scope="module")
def pen(fonts_root: Path) -> FontPen:
    return FontPen(fonts_root, None)


def test_what_one_font_draws_is_one_run_whatever_its_directions(pen: FontPen) -> None:
    (run,) = pen.runs("The Red Kite — העפיפון 2026", "regular")
    assert run.text == "The Red Kite — העפיפון 2026"
    assert pen.ink("", 60, "bold") == Ink(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ab אב cd", ["ab", "אב", "cd"]),
        ("אב cd גד", ["גד", "cd", "אב"]),
        ("אב cd", ["cd", "אב"]),
        ("אב 12", ["12", "אב"]),
        ("cd אב, 12", ["cd", "12", ",", "אב"]),
        ("cd 12, אב", ["cd 12,", "אב"]),
        ("אב (cd) גד", ["גד", "(", "cd", ")", "אב"]),
        ("אב cd (12)", ["cd (12)", "אב"]),
        ("ab (אב)", ["ab (", "אב", ")"]),
    ],
)
def test_runs_of_several_fonts_stand_as_they_are_read(text: str, shown: list[str]) -> None:
    found = from_left([(letter, HEBREW if "א" <= letter <= "ת" else LATIN) for letter in text])
    assert [run.text.strip() for run in found if run.text.strip()] == shown
    assert sorted("".join(run.text for run in found)) == sorted(text)


def test_words_of_two_scripts_have_their_fonts_in_the_order_in_which_they_are_read(pen: FontPen) -> None:
    runs = pen.runs("العنوان — 題名", "bold")
    assert [run.text.strip() for run in runs] == ["題名", "—", "العنوان"]
    assert len({run.font for run in runs}) == 3 and all(run.font.is_file() for run in runs)


@pytest.mark.parametrize("text", ["Ágy—", "j", "שלום", "—", "e\u0301", "العنوان", "漢字"])
def test_a_line_covers_what_its_ink_covers(text: str, pen: FontPen) -> None:
    (run,) = pen.runs(text, "bold")
    picture = Image.new("L", (600, 200))
    ImageDraw.Draw(picture).text((100, 100), text, fill=255, font=ImageFont.truetype(str(run.font), 60), anchor="ls")
    box = picture.getbbox()
    assert box is not None
    ink = pen.ink(text, 60, "bold")
    assert (100 + ink.left, 100 - ink.up, 100 + ink.right, 100 + ink.down) == box


def test_a_line_of_several_fonts_is_as_long_as_its_runs(pen: FontPen) -> None:
    apart = [pen.ink(text, 60, "bold") for text in ("A", "題")]
    assert pen.ink("A 題", 60, "bold").width > sum(ink.width for ink in apart)


def test_characters_that_languages_share_look_as_they_do_in_each(fonts_root: Path) -> None:
    fonts = {FontPen(fonts_root, language).runs("直", "bold")[0].font for language in (None, "ja", "zh", "ko")}
    assert len(fonts) == 3, "Japanese is what nothing says otherwise"


def test_what_no_font_has_is_found_and_marks_that_only_steer_are_not_missed(pen: FontPen) -> None:
    assert pen.lacks("The \ue000") == "\ue000"
    assert pen.lacks("a\x07") == "\x07"
    assert pen.lacks("\u200eab\u200fسل\u200cام\u00ad漢字") is None


def test_letters_are_described_by_what_they_come_from() -> None:
    assert all(word in describe_letters() for word in ("fontpkg_open_sans 3", "noto_cjk_sans_jp_regular", "raqm "))
