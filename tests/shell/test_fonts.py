"""Fonts from packages, cut to one weight under names of our own: found by those alone, and the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pipeline.errors import StoreError
from pipeline.plan.setting import ASCENT_EMS
from pipeline.shell import fonts
from pipeline.shell.fonts import Face, characters, faces_for, font_file, fonts_folder

OPEN_SANS = faces_for("en", "bold")[0]


def face(name: str, language: str | None = None) -> Face:
    return next(one for one in faces_for(language, "bold") if one.family.name == name)


def test_a_file_has_one_weight_a_name_of_its_own_and_says_that_it_is_an_em_high(fonts_root: Path) -> None:
    with TTFont(font_file(OPEN_SANS, fonts_root)) as font:
        names, metrics, em = font["name"], font["OS/2"], font["head"].unitsPerEm
        assert "fvar" not in font
        assert [names.getDebugName(number) for number in (1, 2, 4)] == [
            "Matinee Open Sans", "Bold", "Matinee Open Sans Bold",
        ]  # fmt: skip
        assert "Open Sans Project Authors" in names.getDebugName(0) and "Open Font License" in names.getDebugName(13)
        assert (metrics.usWeightClass, metrics.fsSelection & 0b100000) == (700, 0b100000)
        assert metrics.usWinAscent + metrics.usWinDescent == em
        assert abs(metrics.usWinAscent / em - ASCENT_EMS) < 0.001


def test_the_same_font_is_the_same_file(fonts_root: Path, tmp_path: Path) -> None:
    lao = face("Noto Sans Lao")
    assert font_file(lao, tmp_path).read_bytes() == font_file(lao, fonts_root).read_bytes()
    assert font_file(lao, tmp_path).name == font_file(lao, fonts_root).name


def test_letters_that_countries_draw_otherwise_are_the_countrys(fonts_root: Path) -> None:
    drawn = {}
    for language in ("ja", "zh-Hans", "zh-TW"):
        with TTFont(font_file(faces_for(language, "bold")[0], fonts_root), lazy=True) as font:
            glyphs = font.getBestCmap()
        drawn[language] = tuple(glyphs[ord(character)] for character in "骨，")
    assert len({bone for bone, _ in drawn.values()}) == 3
    assert drawn["zh-TW"][1] != drawn["zh-Hans"][1]  # a comma stands in the middle in Taiwan, low in China


@pytest.mark.parametrize(
    "text",
    [
        "Đặng Việt ẞß łřő ə ñ ¿", "Ελλάδα ώ", "Кириллица ӘӨҮҺ ґї", "שָׁלוֹם", "مرحبا پچژگ ٹڈے ۱۲۳ ؟", "हिन्दी क़ ज़ॉ ₹",
        "বাংলা ৎ ঢ়", "தமிழ் ஸ்ரீ", "తెలుగు", "ภาษาไทย ๑๒ ๆ", "ລາວ", "ភាសាខ្មែរ ៛", "မြန်မာ", "日本語ひらがなカタカナ、。",
        "简体中文", "繁體中文", "한국어", "♪ ♫ → ★ ☎ ❤ Հայ ქარ",
    ],
)  # fmt: skip
def test_every_script_of_the_regions_is_drawn(text: str) -> None:
    for weight in ("regular", "bold"):
        drawn = frozenset().union(*(characters(one) for one in faces_for(None, weight)))  # type: ignore[arg-type]
        assert {character for character in text if ord(character) not in drawn} == set()


def test_a_folder_holds_the_files_of_its_faces_alone(fonts_root: Path) -> None:
    one, lao = fonts_folder([OPEN_SANS], fonts_root), fonts_folder([face("Noto Sans Lao"), OPEN_SANS], fonts_root)
    assert len(list(one.path.iterdir())) == 1 and len(list(lao.path.iterdir())) == 2
    assert one.digest != lao.digest and one.digest == one.path.name
    assert fonts_folder([OPEN_SANS, OPEN_SANS], fonts_root) == one


def test_a_disk_without_links_gets_copies(fonts_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    made = font_file(OPEN_SANS, fonts_root)
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / made.name).write_bytes(made.read_bytes())
    monkeypatch.setattr(os, "link", refuse)
    (copied,) = fonts_folder([OPEN_SANS], tmp_path).path.iterdir()
    assert copied.read_bytes() == made.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_disk_that_refuses_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Face, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fonts, "_make", full)
    with pytest.raises(StoreError, match=r"Fonts cannot be written .*No space left.*Free some space"):
        font_file(OPEN_SANS, tmp_path)
    assert list((tmp_path / "faces").iterdir()) == []
