"""Captions set in lines: in letters as large as the style says, unless that breaks them into too many goes to read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Final

from pipeline.counting import counted
from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.plan.captions import ClipCue, shared_out
from pipeline.plan.phrases import letters
from pipeline.plan.setting import SetLine, Setter
from pipeline.plan.wrapping import screens
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, clock

# What a line reaches above its baseline and below, in sizes of its letters; letters that reach further get more.
_ABOVE_EMS: Final = 1.04
_BELOW_EMS: Final = 0.32
_OUTLINE_EMS: Final = 0.08
_BOX_EMS: Final = 0.25
"""How far a box reaches beyond its letters, to the left and right."""
# Letters get this much smaller, at most, before a caption is shown in goes that are too short to read.
_SIZES: Final = (1.0, 0.95, 0.9, 0.85, 0.8)
_SMALLEST_PX: Final = 8
# libass rounds the pen's steps otherwise than what measured them: 0.6 % over the widest lines of all scripts tried.
_ROUNDING: Final = 1.01
# Pictographs in colour, which no font here has; what stands below them in Unicode has plain forms. The others are what
# makes a pictograph of a plain form.
_EMOJI: Final = re.compile("[\U0001f000-\U0001faff]")
_EMOJI_MARKS: Final = re.compile("[\ufe0f\u20e3]|[\U000e0020-\U000e007f]")


@dataclass(frozen=True)
class Page:
    """Captions in goes whose lines fit, in letters of one size."""

    cues: tuple[ClipCue, ...]
    size_px: int
    """Their em."""
    line_px: int
    """From one baseline to the next, where letters reach no further than usual."""
    margin_px: int
    """How far what is drawn reaches beyond letters."""
    side_px: int
    """The same, to the left and right."""


@dataclass(frozen=True)
class Block:
    """A caption's lines below one another, in pixels from the top of the first."""

    cue: ClipCue
    lines: tuple[SetLine, ...]
    baselines: tuple[int, ...]
    tops: tuple[int, ...]
    """Of what each line fills, with its outline or on its box."""
    bottoms: tuple[int, ...]
    widths: tuple[int, ...]

    @property
    def width_px(self) -> int:
        """Of its longest line."""
        return max(self.widths)

    @property
    def height_px(self) -> int:
        """From the top of its first line to the bottom of its last."""
        return self.bottoms[-1]


def drawable(cues: Iterable[ClipCue], rate: FrameRate, setter: Setter) -> tuple[tuple[ClipCue, ...], tuple[str, ...]]:
    """Return captions without emoji, and what to tell of that.

    Raises PlanError for any other character that no font has.
    """
    kept: list[ClipCue] = []
    without: list[ClipCue] = []
    for cue in cues:
        lines = tuple(line for written in cue.lines if _is_seen(line := _plain(written)))
        if any(_EMOJI.search(line) for line in cue.lines):
            without.append(cue)
        for character in dict.fromkeys("".join(lines)):
            if not setter.has(character, cue.language):
                raise _missing(character, cue, rate)
        if lines:
            kept.append(replace(cue, lines=lines))
    if not without:
        return tuple(kept), ()
    at = clock(rate.time_of(without[0].first_frame))
    return tuple(kept), (
        f"{counted(len(without), 'caption')} drawn without emoji, which no font here has; the first at {at}.",
    )


def page_of(
    cues: Sequence[ClipCue], room: Box, side_px: int, rate: FrameRate, setter: Setter, style: CaptionStyle
) -> Page:
    """Return captions in lines that fit, at the size of the style or the largest at which each can be read."""
    usual = side_px * style.height_fraction / Fraction(_ABOVE_EMS + _BELOW_EMS)
    tried = (_set(cues, max(_SMALLEST_PX, round(float(usual) * scale)), room, setter, style) for scale in _SIZES)
    best: tuple[int, Page] | None = None
    for page in tried:
        if page.line_px * style.lines_max + 2 * page.margin_px > room.height_px:
            continue
        hurried = _hurried(cues, page, rate, style)
        if best is None or hurried < best[0]:
            best = hurried, page
        if hurried == 0:
            break
    if best is None:
        raise PlanError(
            f"captions of {style.lines_max} lines do not fit into the {room.height_px} pixels that buttons leave free.",
            remedy="In the style, make height_fraction or lines_max under [captions] smaller.",
        )
    return best[1]


def block_of(cue: ClipCue, page: Page, setter: Setter) -> Block:
    """Return the lines of one of a page's captions, each below what the one before it reaches down to."""
    lines = tuple(setter.set(line, cue.language) for line in cue.lines)
    size, margin = page.size_px, page.margin_px
    above = [ceil(max(_ABOVE_EMS, line.above_ems) * size) + margin for line in lines]
    below = [ceil(max(_BELOW_EMS, line.below_ems) * size) + margin for line in lines]
    baselines = [above[0]]
    for number, (one, other) in enumerate(pairwise(lines), 1):
        need = ceil((one.below_ems + other.above_ems) * size) + 2 * margin
        baselines.append(baselines[number - 1] + max(page.line_px, need))
    return Block(
        cue=cue,
        lines=lines,
        baselines=tuple(baselines),
        tops=tuple(baseline - reach for baseline, reach in zip(baselines, above, strict=True)),
        bottoms=tuple(baseline + reach for baseline, reach in zip(baselines, below, strict=True)),
        widths=tuple(ceil(_ink_ems(line) * size) + 2 * page.side_px + 2 for line in lines),
    )


def outline_px(size_px: int) -> int:
    """Return how thick the outline is of letters whose em has `size_px` pixels."""
    return max(1, round(size_px * _OUTLINE_EMS))


def _plain(line: str) -> str:
    words = _EMOJI_MARKS.sub("", _EMOJI.sub("", line)).split(" ")
    return " ".join(word for word in words if word)


def _is_seen(line: str) -> bool:
    return any(unicodedata.category(character) not in ("Cf", "Zs") for character in line)


def _missing(character: str, cue: ClipCue, rate: FrameRate) -> PlanError:
    name = unicodedata.name(character, "a character without a name")
    return PlanError(
        f"the caption “{' '.join(cue.lines)}” at {clock(rate.time_of(cue.first_frame))} of the clip has the character "
        f"{character!r} (U+{ord(character):04X}, {name}), which no font here can show.",
        remedy="Write it otherwise.",
        character=character,
    )


def _set(cues: Sequence[ClipCue], size_px: int, room: Box, setter: Setter, style: CaptionStyle) -> Page:
    margin = outline_px(size_px)
    side = round(size_px * _BOX_EMS) if style.ground == "box" else margin
    width = room.width_px - 2 * side - 2

    def broken(cue: ClipCue) -> tuple[ClipCue, ...]:
        def load(line: str) -> float:
            taken = letters(line) / style.line_letters_max
            return max(taken, _ink_ems(setter.set(line, cue.language)) * size_px / width)

        return shared_out(cue, screens(cue.lines, load, lines_max=style.lines_max, language=cue.language))

    line_px = ceil(size_px * (_ABOVE_EMS + _BELOW_EMS))
    return Page(tuple(part for cue in cues for part in broken(cue)), size_px, line_px, margin, side)


def _ink_ems(line: SetLine) -> float:
    """Return how wide a line is that stands centred by where its pen moves, so that its ink is inside."""
    return max(line.width_ems - 2 * line.ink_left_ems, 2 * line.ink_right_ems - line.width_ems) * _ROUNDING


def _hurried(cues: Sequence[ClipCue], page: Page, rate: FrameRate, style: CaptionStyle) -> int:
    """Return how many captions a letter size makes shorter than they should be shown, and were before."""
    least = rate.frames_within(style.shown_s_min)
    return sum(cue.frames < least for cue in page.cues) - sum(cue.frames < least for cue in cues)
