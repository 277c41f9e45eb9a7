"""Captions in every script as libass draws them: inside their boxes, whole, in our fonts, read from the right end."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from pipeline.errors import VerifyFailed
from pipeline.geometry import Box
from pipeline.plan.caption_places import PlacedCue, fonts_named, place_captions
from pipeline.plan.caption_script import caption_script
from pipeline.plan.captions import ClipCue
from pipeline.plan.layout import ButtonZone, free_boxes
from pipeline.shell.caption_check import drawn_boxes, verify_drawn
from pipeline.shell.fonts import FontsFolder
from pipeline.shell.typesetting import Typesetter, fonts_for
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
SIZE = {"width_px": 360, "height_px": 640}
ZONES = tuple(
    ButtonZone(("One",), box) for box in (Box(0, 0, 360, 60), Box(0, 440, 360, 200), Box(0, 0, 20, 640))
)  # fmt: skip
LINES = {
    "en": ("- I can’t believe it! “Really?”", "– Yes: 100% (sure) ♪ la ♪"),
    "vi": ("Tôi không thể tin được điều đó, Đặng ạ!",),
    "el": ("Δεν το πιστεύω! Πού πήγες χθες;",),
    "ru": ("Я не могу в это поверить! Ты где был?",),
    "he": ("אני לא מאמין (באמת!) שזה קרה ב-2024.",),
    "ar": ("قال: «نعم» 100٪ ثم ذهب إلى YouTube.",),
    "fa": ("باورم نمی‌شود! پژوهشگران کجا می‌روند؟",),
    "ur": ("مجھے یقین نہیں آ رہا! تم کہاں تھے؟",),
    "hi": ("क्षत्रिय, श्री, ज्ञान: सच कह रहे हो?",),
    "bn": ("আমি বিশ্বাস করতে পারছি না! ক্ষ্ম",),
    "ta": ("என்னால் நம்ப முடியவில்லை! ஸ்ரீ",),
    "te": ("నేను నమ్మలేకపోతున్నాను! క్ష్మ",),
    "th": ("ฉันไม่อยากจะเชื่อเลยว่าเมื่อวานนี้คุณไปที่ปั้น",),
    "km": ("ខ្ញុំមិនជឿទេ! តើអ្នកនៅឯណាកាលពីម្សិលមិញ?",),
    "ja": ("「信じられない！」と彼は言った。",),
    "ko": ("믿을 수가 없어! 어제 어디에 있었어?",),
    "zh-Hans": ("我真不敢相信！你昨天去哪里了？",),
    "zh-TW": ("我真不敢相信！你昨天去哪裡了？",),
}


def cue(number: int, *lines: str, language: str | None = "en") -> ClipCue:
    return ClipCue(96 * number, 96 * number + 90, lines, language)


def placed(cues: Sequence[ClipCue], style: CaptionStyle, root: Path) -> tuple[tuple[PlacedCue, ...], FontsFolder]:
    found = place_captions(
        cues, zones=ZONES, obstacles=(), rate=RATE, setter=Typesetter(root, style.weight), style=style, **SIZE
    ).cues
    return found, fonts_for(fonts_named(found), style.weight, root)


def luma(cues: Sequence[PlacedCue], fonts: FontsFolder, tmp_path: Path, *, frame: int) -> tuple[np.ndarray, str]:
    """Return one frame of captions on black as a clip has them, and what libass said."""
    script = tmp_path / "captions.ass"
    script.write_text(caption_script(cues, style=CaptionStyle(), **SIZE).text(RATE), encoding="utf-8")
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "verbose", "-f", "lavfi", "-i", "color=black:size=360x640:rate=24",
        "-vf", f"trim=end_frame={frame + 1},ass=filename={script}:fontsdir={fonts.path},select=eq(n\\,{frame})",
        "-f", "rawvideo", "-pix_fmt", "gray", "-",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(run.stdout, np.uint8).reshape(640, 360), run.stderr.decode()


@pytest.fixture(scope="module")
def every_script(fonts_root: Path) -> tuple[tuple[PlacedCue, ...], FontsFolder]:
    cues = [cue(number, *lines, language=tag) for number, (tag, lines) in enumerate(LINES.items())]
    return placed(cues, CaptionStyle(), fonts_root)


def test_every_script_is_drawn_whole_and_clear_of_buttons(
    every_script: tuple[tuple[PlacedCue, ...], FontsFolder],
) -> None:
    cues, fonts = every_script
    drawn = drawn_boxes(cues, style=CaptionStyle(), fonts=fonts, **SIZE)
    verify_drawn(cues, drawn, RATE)
    (free,) = free_boxes(ZONES, **SIZE)
    assert all(box is not None and free.holds(box) for box in drawn)
    assert {one.language for one in cues} == set(LINES)


def test_every_font_is_ours_and_no_letter_is_looked_for_on_the_machine(
    every_script: tuple[tuple[PlacedCue, ...], FontsFolder], tmp_path: Path
) -> None:
    cues, fonts = every_script
    at_once = [replace(one, first_frame=0, end_frame=2) for one in cues]
    _, told = luma(at_once, fonts, tmp_path, frame=1)
    chosen = dict(re.findall(r"fontselect: \(([^,]+), 700, 0\) -> ([^,]+),", told))
    assert len(chosen) >= 13 and all(name.replace(" ", "") + "Bold" == file for name, file in chosen.items())
    assert "not found" not in told


@pytest.mark.parametrize("ground", ["outline", "box"])
def test_both_grounds_and_the_other_weight_stay_inside(ground: str, fonts_root: Path) -> None:
    style = CaptionStyle(ground=ground, weight="regular")  # type: ignore[arg-type]
    cues, fonts = placed([cue(0, "Jgyq ÅÉ", "— fj")], style, fonts_root)
    drawn = drawn_boxes(cues, style=style, fonts=fonts, **SIZE)
    verify_drawn(cues, drawn, RATE)
    if ground == "box":
        assert drawn == (cues[0].box,)


def test_a_caption_is_on_its_frames_and_no_others(fonts_root: Path, tmp_path: Path) -> None:
    cues, fonts = placed([ClipCue(10, 14, ("Words",), "en")], CaptionStyle(), fonts_root)
    shown = [luma(cues, fonts, tmp_path, frame=frame)[0].max() > 100 for frame in (9, 10, 13, 14)]
    assert shown == [False, True, True, False]


def test_points_stand_where_a_line_ends(fonts_root: Path, tmp_path: Path) -> None:
    cues, fonts = placed([cue(0, "שלום."), cue(1, "Peace.")], CaptionStyle(), fonts_root)
    heights = []
    for one in cues:
        picture, _ = luma(cues, fonts, tmp_path, frame=one.first_frame)
        rows, columns = np.nonzero(picture > 150)
        ends = (columns < columns.min() + 3, columns > columns.max() - 3)
        heights.append([int(np.ptp(rows[end])) for end in ends])
    (left, right), (start, point) = heights
    assert left < right / 2 and point < start / 2


def test_letters_join_in_arabic(fonts_root: Path) -> None:
    cues, fonts = placed([cue(0, "بببب", language="ar"), cue(1, "ب\u200cب\u200cب\u200cب", language="ar")],
                         CaptionStyle(), fonts_root)  # fmt: skip
    joined, apart = drawn_boxes(cues, style=CaptionStyle(), fonts=fonts, **SIZE)
    assert joined is not None and apart is not None and joined.width_px < apart.width_px * 0.8


def test_what_would_be_code_is_drawn_as_words(fonts_root: Path) -> None:
    texts = [r"{\pos(0,0)}x\Nx", r"(/pos(0,0))x/Nx"]
    cues, fonts = placed([cue(number, text) for number, text in enumerate(texts)], CaptionStyle(), fonts_root)
    drawn = drawn_boxes(cues, style=CaptionStyle(), fonts=fonts, **SIZE)
    verify_drawn(cues, drawn, RATE)
    assert drawn[0] is not None and drawn[1] is not None
    assert abs(drawn[0].width_px - drawn[1].width_px) < 12 and drawn[0].height_px < 40


def test_odd_names_of_folders_are_read(tmp_path: Path, fonts_root: Path) -> None:
    odd = tmp_path / "it's, [a]:b;c\\d %s {x} ü"
    odd.mkdir()
    (odd / "faces").symlink_to(fonts_root / "faces")
    cues, fonts = placed([cue(0, "Words")], CaptionStyle(), odd)
    verify_drawn(cues, drawn_boxes(cues, style=CaptionStyle(), fonts=fonts, **SIZE), RATE)


def test_a_caption_that_is_drawn_elsewhere_in_part_or_not_at_all_is_told() -> None:
    box = Box(100, 100, 100, 40)
    one = PlacedCue(24, 48, (), 20, box, (), None)
    verify_drawn([one], [Box(105, 102, 90, 30)], RATE)
    for drawn, told in (
        (None, "caption at 0:01 should be 100×40 at 100, 100 but is not drawn at all"),
        (Box(99, 102, 90, 30), "should be drawn whole inside 100×40 at 100, 100 but is 90×30 at 99, 102"),
        (Box(105, 102, 50, 30), "but is 50×30"),
    ):
        with pytest.raises(VerifyFailed, match=told):
            verify_drawn([one], [drawn], RATE)


def test_no_captions_are_drawn_nowhere(tmp_path: Path) -> None:
    assert drawn_boxes((), style=CaptionStyle(), fonts=FontsFolder(tmp_path, ""), **SIZE) == ()
