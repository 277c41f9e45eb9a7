"""Captions stand clear of buttons, off faces, and still; a ruler stands in for fonts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.plan.caption_places import PlacedCaptions, place_captions
from pipeline.plan.captions import ClipCue
from pipeline.plan.layout import ButtonZone, Obstacle, button_zones, free_boxes
from pipeline.plan.setting import Run, SetLine
from pipeline.presets import load_platforms
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
STYLE = CaptionStyle(height_fraction=Fraction(1, 20))
TALL = {"width_px": 1080, "height_px": 1920}
ZONES = button_zones(load_platforms(("tiktok", "instagram-reels", "youtube-shorts")), **TALL)
LEFT_OF_RAIL, ABOVE_RAIL = free_boxes(ZONES, **TALL)


class Ruler:
    """Letters half an em wide; what is in `tall` reaches two ems up."""

    def __init__(self, *, missing: str = "", tall: str = "") -> None:
        self.missing, self.tall = missing, tall

    def has(self, character: str, language: str | None) -> bool:  # noqa: ARG002 - one font for all
        return character not in self.missing

    def set(self, text: str, language: str | None) -> SetLine:  # noqa: ARG002
        above = 2.0 if set(text) & set(self.tall) else 0.8
        return SetLine((Run("Ruler", text),), len(text) / 2, 0.0, len(text) / 2, above, 0.2)


def cue(first: int, end: int, *lines: str, language: str | None = "en") -> ClipCue:
    return ClipCue(first, end, lines or ("Some words",), language)


def placed(*cues: ClipCue, obstacles: tuple[Obstacle, ...] = (), **more: Any) -> PlacedCaptions:
    options = {"zones": ZONES, "setter": Ruler(), "style": STYLE, "rate": RATE, **TALL, **more}
    return place_captions(cues, obstacles=obstacles, **options)


def test_a_caption_stands_low_and_centred_in_what_buttons_leave_free() -> None:
    (one,) = placed(cue(0, 48)).cues
    assert one.box.bottom_px == LEFT_OF_RAIL.bottom_px
    assert abs(2 * one.box.left_px + one.box.width_px - 2 * LEFT_OF_RAIL.left_px - LEFT_OF_RAIL.width_px) <= 1
    assert one.size_px == 40 and one.hides == ()


def test_baselines_stay_where_they_are_whatever_letters_reach_down_to() -> None:
    one, two = placed(cue(0, 24, "xx"), cue(24, 48, "One", "two")).cues
    assert one.lines[-1].baseline_px == two.lines[-1].baseline_px
    assert two.lines[1].baseline_px - two.lines[0].baseline_px == 55


def test_lines_with_high_letters_stand_further_apart() -> None:
    (one,) = placed(cue(0, 24, "low", "high"), setter=Ruler(tall="h")).cues
    assert one.lines[1].baseline_px - one.lines[0].baseline_px >= 40 * 2.2


def test_what_is_too_wide_for_the_picture_is_broken_and_then_shown_in_several_goes() -> None:
    found = placed(cue(0, 96, "A line of forty letters that is too wide")).cues
    assert [len(one.lines) for one in found] == [2]
    found = placed(cue(0, 240, "A line of forty letters that is too wide", "and then another one as wide as that")).cues
    assert [(one.first_frame, one.end_frame) for one in found] == [(0, 126), (126, 240)]


def test_letters_get_a_little_smaller_before_a_caption_is_shown_in_goes_too_short_to_read() -> None:
    text = ("Thirty-six letters, too wide for it.", "Thirty-six letters, too wide for it.")
    hurried, calm = placed(cue(0, 30, *text)).cues, placed(cue(0, 240, *text)).cues
    assert len(hurried) == 1 and 32 <= hurried[0].size_px < 40
    assert len(calm) == 2 and calm[0].size_px == 40


def test_a_caption_moves_off_a_face_and_all_of_a_scene_stays_there() -> None:
    face = Obstacle(0, 200, Box(200, 1000, 500, 240))
    found = placed(cue(0, 48), cue(50, 90), cue(96, 140), obstacles=(face,)).cues
    assert {one.box for one in found} == {found[0].box}
    assert found[0].box.bottom_px == ABOVE_RAIL.bottom_px and found[0].hides == ()


def test_a_sliver_of_a_face_makes_no_caption_jump() -> None:
    sliver = Obstacle(50, 90, Box(300, 600, 300, 591))
    found = placed(cue(0, 48), cue(50, 90), cue(96, 140), obstacles=(sliver,)).cues
    assert {one.box.bottom_px for one in found} == {LEFT_OF_RAIL.bottom_px}


def test_a_caption_goes_high_where_faces_fill_the_rest() -> None:
    faces = (Obstacle(0, 48, Box(120, 700, 660, 548)), Obstacle(0, 48, Box(780, 700, 180, 140)))
    (one,) = placed(cue(0, 48), obstacles=faces).cues
    assert one.box.top_px == LEFT_OF_RAIL.top_px and one.hides == ()


def test_a_caption_that_hides_something_wherever_it_stands_says_so() -> None:
    everywhere = Obstacle(10, 20, Box(0, 0, 1080, 1920))
    found = placed(cue(0, 24), cue(30, 50), obstacles=(everywhere,))
    assert [one.hides for one in found.cues] == [(everywhere,), ()]
    assert found.notes == ("1 caption over a face or lettering, no place being free; the first at 0:00.",)


def test_emoji_are_left_out_and_told_and_a_caption_of_nothing_else_vanishes() -> None:
    found = placed(cue(0, 24, "Yes! 😀👍🏽 Really"), cue(24, 48, "👩\u200d🚀"), cue(72, 96, "I ❤️ it"))
    assert ["".join(run.text for run in one.lines[0].runs) for one in found.cues] == ["Yes! Really", "I ❤ it"]
    assert found.notes == ("2 captions drawn without emoji, which no font here has; the first at 0:00.",)


def test_a_character_that_no_font_has_is_told_with_its_caption_and_time() -> None:
    with pytest.raises(PlanError, match=r"“No sign ☣ here” at 0:02 .* '☣' \(U\+2623, BIOHAZARD SIGN\)") as caught:
        placed(cue(0, 24), cue(48, 72, "No sign ☣ here"), setter=Ruler(missing="☣"))
    assert caught.value.data["character"] == "☣"


def test_a_line_reads_from_the_right_in_scripts_and_languages_that_do() -> None:
    texts = [("שלום", "he"), ("WhatsApp זה טוב", "he"), ("OK", "he"), ("مرحبا", None), ("one שתיים three", "en")]
    found = placed(*(cue(24 * k, 24 * k + 24, text, language=tag) for k, (text, tag) in enumerate(texts))).cues
    assert [one.lines[0].direction for one in found] == ["rtl", "rtl", "ltr", "rtl", "ltr"]


def test_a_picture_without_room_is_refused_with_what_to_change() -> None:
    all_covered = (ButtonZone(("All",), Box(0, 0, 1080, 1920)),)
    with pytest.raises(PlanError, match=r'leave nothing free.*zones = "per-platform" under \[layout\]'):
        placed(cue(0, 24), zones=all_covered)
    nearly = (ButtonZone(("All",), Box(0, 0, 1080, 1880)),)
    with pytest.raises(PlanError, match=r"do not fit into the 40 pixels.*height_fraction"):
        placed(cue(0, 24), zones=nearly)


def test_no_captions_need_no_place() -> None:
    assert placed() == PlacedCaptions((), ())


texts = st.lists(st.text("abc def漢字", min_size=1, max_size=120).map(lambda text: f"w{text}w"), min_size=1, max_size=5)
boxes = st.builds(Box, st.integers(0, 900), st.integers(0, 1700), st.integers(1, 600), st.integers(1, 600))
sizes = st.sampled_from([(1080, 1920), (1920, 1080), (1080, 1080), (1080, 1350), (240, 426)])


@settings(max_examples=40, deadline=None)
@given(texts, st.lists(st.builds(Obstacle, st.integers(0, 40), st.integers(41, 200), boxes), max_size=5), sizes,
       st.sampled_from(["outline", "box"]))  # fmt: skip
def test_all_that_is_drawn_is_free_of_buttons_and_no_word_is_lost(
    lines: list[str], obstacles: list[Obstacle], size: tuple[int, int], ground: str
) -> None:
    picture = {"width_px": size[0], "height_px": size[1]}
    platforms = ("tiktok", "youtube-shorts") if size[0] < size[1] else ("x",)
    zones = button_zones(load_platforms(platforms), **picture)
    cues = [cue(60 * k, 60 * k + 50, line) for k, line in enumerate(lines)]
    style = CaptionStyle(ground=ground)  # type: ignore[arg-type]
    found = placed(*cues, obstacles=tuple(obstacles), zones=zones, style=style, **picture).cues
    free = free_boxes(zones, **picture)
    for one in found:
        assert any(box.holds(one.box) for box in free)
        assert all(one.box.holds(line.box) for line in one.lines)
        assert not any(upper.baseline_px >= lower.baseline_px for upper, lower in pairwise(one.lines))
    shown = "".join(run.text for one in found for line in one.lines for run in line.runs)
    assert shown.replace(" ", "") == "".join(lines).replace(" ", "")
