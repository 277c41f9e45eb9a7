"""The script that libass draws: times that no rounding moves, places, and words that are never code."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from pipeline.geometry import Box
from pipeline.plan.caption_places import PlacedCue, PlacedLine
from pipeline.plan.caption_script import caption_script
from pipeline.plan.setting import Run
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))


def cue(first: int, end: int, *runs: Run, direction: str = "ltr") -> PlacedCue:
    box = Box(300, 500, 200, 60)
    line = PlacedLine(runs or (Run("Sans", "Words"),), direction, Fraction(801, 2), 548, box)  # type: ignore[arg-type]
    return PlacedCue(first, end, (line,), 40, box, (), "sr-Latn")


def script(*cues: PlacedCue, rate: FrameRate = RATE, style: CaptionStyle | None = None) -> list[str]:
    return caption_script(cues, width_px=1080, height_px=1920, style=style or CaptionStyle()).text(rate).splitlines()


def test_a_caption_is_an_event_with_its_place_size_and_font() -> None:
    lines = script(cue(24, 48))
    assert lines[-1] == (
        "Dialogue: 1,0:00:00.98,0:00:01.98,Caption,,0,0,0,,{\\pos(400.5,516)\\fs40\\bord3\\fnSans}\u200eWords"
    )
    assert {"PlayResX: 1080", "PlayResY: 1920", "WrapStyle: 2", "Language: sr"} <= set(lines)
    style = next(line for line in lines if line.startswith("Style: "))
    assert style == (
        "Style: Caption,Sans,40,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,-1,0,0,0,100,100,0,0,1,0,0,8,0,0,0,-1"
    )


def test_colours_weight_and_boxes_are_the_styles() -> None:
    style = CaptionStyle(ground="box", colour="#ffcc00", outline_colour="#102030", weight="regular")
    *rest, box, text = script(cue(0, 24), style=style)
    assert any(
        line.startswith("Style: Caption,Sans,40,&H0000CCFF,&H0000CCFF,&H00302010,&H00302010,0,") for line in rest
    )
    assert box.endswith("{\\an7\\pos(0,0)\\1c&H00302010&\\p1}m 300 500 l 500 500 500 560 300 560")
    assert "\\bord0" in text


def test_each_run_has_its_font_and_a_line_from_the_right_starts_with_a_mark_of_it() -> None:
    line = script(cue(0, 24, Run("Hebrew", "שלום "), Run("Notes", "♪"), direction="rtl"))[-1]
    assert line.endswith("\\fnHebrew}\u200fשלום {\\fnNotes}♪")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (r"{\pos(0,0)}", r"\{" + "\\\u2060pos(0,0)" + r"\}"),
        (r"a\Nb\h", "a\\\u2060Nb\\\u2060h"),
        ("a\nb\rc\u2028d\te", "a b c d e"),
        ("a\xa0b\u3000c", "a\xa0b\u3000c"),
    ],
)
def test_words_are_never_code(text: str, drawn: str) -> None:
    line = script(cue(0, 24, Run("Sans", text)))[-1]
    assert line.partition("\u200e")[2] == drawn


@pytest.mark.parametrize("fps", ["24", "24000/1001", "25", "30000/1001", "50", "60000/1001", "60"])
def test_times_lie_between_frames_at_every_rate(fps: str) -> None:
    rate = FrameRate(Fraction(fps))
    for frame in (1, 2, 3, 59, 1000, 43199, 100_000):
        line = script(cue(frame, frame + 1), rate=rate)[-1]
        start, end = (
            Fraction(int(h) * 3600 + int(m) * 60) + Fraction(s)
            for h, m, s in re.findall(r"(\d+):(\d\d):(\d\d\.\d\d)", line)
        )
        # libass is asked at the whole millisecond in which a frame is shown.
        shown = [Fraction((rate.time_of(frame + step) * 1000).__floor__(), 1000) for step in (-1, 0, 1)]
        assert shown[0] < start <= shown[1] < end <= shown[2]
