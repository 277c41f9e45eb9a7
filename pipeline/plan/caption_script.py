"""Captions that stand in their places → the SubStation Alpha script that libass draws, of a clip or of a piece of it.

Every line is an event of its own with its place and fonts, so that libass decides nothing; words are never code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from pipeline.geometry import Box
from pipeline.plan.caption_blocks import outline_px
from pipeline.plan.caption_places import PlacedCue, PlacedLine
from pipeline.plan.setting import ASCENT_EMS
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate

# An embedding that libass is left to find out (Encoding -1) goes by the first letter; a mark of direction is one.
_MARKS: Final = {"ltr": "\u200e", "rtl": "\u200f"}
# A backslash is a character unless a letter or brace follows, so one without width is put between.
_WORD_JOINER: Final = "\u2060"
_STYLE_FIELDS: Final = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)
_EVENT_FIELDS: Final = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


@dataclass(frozen=True)
class CaptionScript:
    """What libass is told of the captions of a clip, and of any frames of it alone."""

    head: str
    """All that comes before what is drawn."""
    events: tuple[ScriptEvent, ...]

    def text(self, rate: FrameRate) -> str:
        """Return the script of all frames, where frame n is shown at n / rate; exact up to 75 frames a second."""
        return self._told(self.events, rate)

    def within(self, frames: tuple[int, int], rate: FrameRate) -> str | None:
        """Return the script of some frames, the first of them shown at 0; None where nothing is drawn in them.

        Frames that show the same have the same script, wherever in a clip they stand.
        """
        shown = self.events_within(frames)
        return self._told(shown, rate) if shown else None

    def events_within(self, frames: tuple[int, int]) -> tuple[ScriptEvent, ...]:
        """Return what is drawn in some frames, counted from the first of them."""
        first, end = frames
        return tuple(
            replace(one, first_frame=max(one.first_frame, first) - first, end_frame=min(one.end_frame, end) - first)
            for one in self.events
            if one.first_frame < end and one.end_frame > first
        )

    def _told(self, events: Iterable[ScriptEvent], rate: FrameRate) -> str:
        lines = (line for event in events for line in event.lines(rate))
        return "\n".join((self.head, *lines)) + "\n"


@dataclass(frozen=True)
class ScriptEvent:
    """What is drawn at once for some frames: each text on a layer of its own, those above later."""

    first_frame: int
    end_frame: int
    drawn: tuple[tuple[int, str], ...]
    """Layers, and what is drawn on each."""

    def lines(self, rate: FrameRate) -> Iterator[str]:
        """Yield the lines of a script that say so."""
        times = f"{_time(self.first_frame, rate)},{_time(self.end_frame, rate)}"
        yield from (f"Dialogue: {layer},{times},Caption,,0,0,0,,{text}" for layer, text in self.drawn)


def script_to_json(script: CaptionScript) -> list[Any]:
    """Return JSON values from which `script_from_json` gives back an equal script."""
    return [script.head, *([one.first_frame, one.end_frame, *one.drawn] for one in script.events)]


def script_from_json(document: Sequence[Any]) -> CaptionScript:
    """Return the script that `script_to_json` told."""
    head, *events = document
    drawn = ((first, end, tuple((layer, text) for layer, text in texts)) for first, end, *texts in events)
    return CaptionScript(head, tuple(ScriptEvent(*one) for one in drawn))


def caption_script(cues: Sequence[PlacedCue], *, width_px: int, height_px: int, style: CaptionStyle) -> CaptionScript:
    """Return the script of captions for a picture of a size."""
    language = next((cue.language for cue in cues if cue.language), None)
    head = [
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {width_px}",
        f"PlayResY: {height_px}",
        "WrapStyle: 2",
        "ScaledBorderAndShadow: yes",
        "YCbCr Matrix: None",
        # HarfBuzz draws some letters otherwise in Serbian, Urdu or Romanian; libass reads two letters.
        *([f"Language: {language[:2].lower()}"] if language else []),
        "",
        "[V4+ Styles]",
        f"Format: {_STYLE_FIELDS}",
        _style_line(style, font=cues[0].lines[0].runs[0].font if cues else ""),
        "",
        "[Events]",
        f"Format: {_EVENT_FIELDS}",
    ]
    events = (ScriptEvent(cue.first_frame, cue.end_frame, tuple(_drawn(cue, style))) for cue in cues)
    return CaptionScript("\n".join(head), tuple(events))


def _style_line(style: CaptionStyle, *, font: str) -> str:
    ink, ground = (_colour(value) for value in (style.colour, style.outline_colour))
    bold = -1 if style.weight == "bold" else 0
    # Top centre, no wrapping margins, direction by the first strong letter.
    return f"Style: Caption,{font},40,{ink},{ink},{ground},{ground},{bold},0,0,0,100,100,0,0,1,0,0,8,0,0,0,-1"


def _drawn(cue: PlacedCue, style: CaptionStyle) -> Iterator[tuple[int, str]]:
    if style.ground == "box":
        shape = " ".join(_outline_of(line.box) for line in cue.lines)
        code = rf"\an7\pos(0,0)\1c{_colour(style.outline_colour)}&\p1"
        yield 0, f"{{{code}}}{shape}"
    for line in cue.lines:
        yield 1, _line(line, cue.size_px, style)


def _line(line: PlacedLine, size_px: int, style: CaptionStyle) -> str:
    top = line.baseline_px - ASCENT_EMS * size_px
    outline = outline_px(size_px) if style.ground == "outline" else 0
    code = rf"\pos({_decimal(line.centre_px)},{_decimal(top)})\fs{size_px}\bord{outline}"
    first, *rest = line.runs
    runs = "".join(f"{{\\fn{run.font}}}{_words(run.text)}" for run in rest)
    return f"{{{code}\\fn{first.font}}}{_MARKS[line.direction]}{_words(first.text)}{runs}"


def _words(text: str) -> str:
    """Return text as libass shows it letter by letter: no braces or backslashes that mean anything, no line breaks."""
    shown = "".join(" " if character.isspace() and character not in "\xa0\u3000" else character for character in text)
    return shown.replace("\\", f"\\{_WORD_JOINER}").replace("{", r"\{").replace("}", r"\}")


def _outline_of(box: Box) -> str:
    left, top, right, bottom = box.left_px, box.top_px, box.right_px, box.bottom_px
    return f"m {left} {top} l {right} {top} {right} {bottom} {left} {bottom}"


def _colour(text: str) -> str:
    """Return '#rrggbb' as SubStation Alpha has it: opaque, blue first."""
    return f"&H00{text[5:7]}{text[3:5]}{text[1:3]}".upper()


def _time(frame: int, rate: FrameRate) -> str:
    """Return a time between the frame before and this one, which hundredths of a second do not move past either."""
    hundredths = max(0, ((frame - Fraction(1, 4)) / rate.fps * 100).__floor__())
    seconds, rest = divmod(hundredths, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:02}"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"
