"""The rows of a printed run sheet, each made ready by itself: time, picture, words and code side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.plan.codes import QUIET_MODULES, plan_code
from pipeline.plan.paper import A4_PT, Bar, CodeSquare, Column, Letters, Mark, Scribe, Still, stacked
from pipeline.plan.run_sheet import EveningRow, Row, RunSheet, dotted
from pipeline.plan.setting import Weight
from pipeline.plan.sheet_clocks import Moment

MARGIN_PT: Final = 34.0
"""On all sides; home and office printers reach to 18 points from the edge at worst."""
WIDTH_PT: Final = A4_PT[0] - 2 * MARGIN_PT
LEAST_SIZE_PT: Final = 8.5
CLOCK_PT: Final = 18.0
SMALL_CLOCK_PT: Final = 14.0
"""Of what is no film."""
TITLE_PT: Final = 13.5
NAME_PT: Final = 12.0
TEXT_PT: Final = 9.5
THIN_PT: Final = 0.5
_TIME_WIDTH: Final = 82.0
_EVENING_TIME_WIDTH: Final = 104.0
_EVENING_NAME_WIDTH: Final = 164.0
_GAP: Final = 10.0
_WIDEST_STILL: Final = 1.9
# A module of 0.4 mm is read by phones from a hand's distance; a code is planned in twentieths of a point.
_CODE_UNIT: Final = 20
_LEAST_MODULE: Final = 23
_LARGEST_CODE: Final = 110


@dataclass(frozen=True)
class Scale:
    """How high pictures and codes are, how far rows are from the rules between them, and how closely words stand."""

    still: float
    code: float
    padding: float
    head: float = 27.0
    """Size of the block's title at most."""
    told: Literal["apart", "joined"] = "apart"
    """Whether title and director of a film, and its language and sound, have lines of their own."""


@dataclass(frozen=True)
class Strip:
    """A row made ready, from its own top left corner: what stands in its place, and lines that may go on elsewhere."""

    marks: tuple[Mark, ...]
    lines: Column
    lines_left: float
    height: float
    """Without the rule above it."""
    padding: float
    rule: float = THIN_PT
    """Thickness of the rule above it; 0 for none."""

    @property
    def whole(self) -> float:
        """Its height with the rule and the room around."""
        return self.rule + 2 * self.padding + self.height


def evening_strip(row: EveningRow, scribe: Scribe) -> Strip:
    """Return the row of what happens around the block."""
    until = f"–{row.until.minute}"
    marks = _side_by_side(scribe, (row.at.minute, SMALL_CLOCK_PT, "bold"), (until, SMALL_CLOCK_PT, "regular"))
    name = scribe.lines(row.title, _EVENING_NAME_WIDTH, NAME_PT, "bold")
    days = (row.at.day, row.at.zone, row.until.zone)
    told = dotted(row.all_along, row.who, row.note, *days)
    left = _EVENING_TIME_WIDTH + _EVENING_NAME_WIDTH + _GAP
    more = scribe.lines(told, WIDTH_PT - left, TEXT_PT, "regular")
    # All on one baseline, that of the time.
    base = marks[0].baseline
    name, more = _on_baseline(name, base), _on_baseline(more, base)
    beside = tuple(line.moved(_EVENING_TIME_WIDTH, 0) for line in name.lines)
    clock_height = base + SMALL_CLOCK_PT * 0.3
    if more.height > name.height:
        return Strip((*marks, *beside), more, left, max(clock_height, more.height), 1.0)
    placed = tuple(line.moved(left, 0) for line in more.lines)
    height = max(clock_height, name.height)
    return Strip((*marks, *placed), name, _EVENING_TIME_WIDTH, height, 1.0)


def slim_strip(row: Row, scribe: Scribe, scale: Scale) -> Strip:
    """Return the row of what is no film: a card, a countdown, an intermission."""
    marks = _clock(row.at, scribe, SMALL_CLOCK_PT)
    base = marks[0].baseline
    (length,) = scribe.line(row.length, TEXT_PT, "regular").lines
    at_right = length.moved(WIDTH_PT - length.left - length.width, base - length.baseline)
    width = WIDTH_PT - _TIME_WIDTH - 2 * _GAP - length.width
    lines = stacked(
        [
            _on_baseline(scribe.lines(row.title, width, NAME_PT, "regular", row.language), base),
            scribe.lines(row.cue, width, TEXT_PT, "regular"),
            *(scribe.lines(text, width, TEXT_PT, "bold") for text in (row.note, row.at.day, row.at.zone)),
        ]
    )
    height = max(base + SMALL_CLOCK_PT * 0.3, lines.height)
    return Strip((*marks, at_right), lines, _TIME_WIDTH, height, scale.padding / 2)


def film_strip(
    row: Row,
    sheet: RunSheet,
    scribe: Scribe,
    sizes: Mapping[Path, tuple[int, int]],
    scale: Scale,
    still_width: float,
) -> Strip:
    """Return the row of a film: its time, its picture in a column of a width, what is told of it, and its code."""
    beside_clock = _time_column(row, sheet, scribe)
    left = _TIME_WIDTH
    pictures: list[Mark] = []
    if still_width:
        if row.poster is not None and row.poster in sizes:
            width, height = still_size(sizes[row.poster], scale)
            pictures.append(Still(row.poster, left + (still_width - width) / 2, 1.0, width, height))
        left += still_width + _GAP
    right = WIDTH_PT
    if row.link:
        code = _code(row.link, scale)
        # Its quiet zone lies in the margin, in the room around the row, and beside the words.
        side = len(code.rows) * code.module
        quiet = QUIET_MODULES * code.module
        pictures.append(code.moved(WIDTH_PT - side, max(1.0, quiet - scale.padding)))
        right -= side + quiet
    text = _film_text(row, sheet, scribe, right - left, scale)
    heights = [beside_clock.height, text.height, *map(_bottom, pictures)]
    return Strip((*beside_clock.lines, *pictures), text, left, max(heights), scale.padding)


def _film_text(row: Row, sheet: RunSheet, scribe: Scribe, width: float, scale: Scale) -> Column:
    own, words = row.language or sheet.words.language, sheet.words
    cue = f"{words.sound} {row.cue}" if row.cue else ""
    told: tuple[tuple[str, ...], ...] = ((row.original_title, row.who), (row.details, cue))
    if scale.told == "joined":
        told = tuple((dotted(*pair),) for pair in told)
    about, technical = told
    return stacked(
        [
            scribe.lines(row.title, width, TITLE_PT, "bold", own),
            *(scribe.lines(text, width, TEXT_PT, "regular", own) for text in about),
            *(scribe.lines(text, width, TEXT_PT, "regular", words.language) for text in technical),
            scribe.lines(
                f"{words.content} {row.content}" if row.content else "", width, TEXT_PT, "bold", words.language
            ),
            scribe.lines(f"→ {row.note}" if row.note else "", width, NAME_PT - 1, "bold", words.language),
        ],
        apart=0.5,
    )


def still_size(size_px: tuple[int, int], scale: Scale) -> tuple[float, float]:
    """Return the width and height of a picture in points."""
    ratio = size_px[0] / size_px[1]
    if ratio <= _WIDEST_STILL:
        return scale.still * ratio, scale.still
    return scale.still * _WIDEST_STILL, scale.still * _WIDEST_STILL / ratio


def _time_column(row: Row, sheet: RunSheet, scribe: Scribe) -> Column:
    width = _TIME_WIDTH - _GAP
    clock = Column(_clock(row.at, scribe, CLOCK_PT), scribe.line(row.at.minute, CLOCK_PT, "bold").height)
    told = f"{sheet.words.slate} {row.slate}" if row.slate else ""
    return stacked(
        [
            clock,
            scribe.lines(row.length, width, NAME_PT, "regular"),
            scribe.lines(told, width, LEAST_SIZE_PT, "regular"),
            *(scribe.lines(text, width, LEAST_SIZE_PT, "bold") for text in (row.at.day, row.at.zone)),
        ]
    )


def _clock(at: Moment, scribe: Scribe, size: float) -> tuple[Letters, ...]:
    return _side_by_side(scribe, (at.minute, size, "bold"), (at.second, SMALL_CLOCK_PT, "regular"))


def _side_by_side(scribe: Scribe, *words: tuple[str, float, Weight]) -> tuple[Letters, ...]:
    """Return words on the baseline of the first, each where the one before ends."""
    placed: list[Letters] = []
    at, base = 0.0, 0.0
    for text, size, weight in words:
        (line,) = scribe.line(text, size, weight).lines
        base = base or line.baseline
        placed.append(line.moved(at, base - line.baseline))
        at += line.left + line.width + 0.5
    return tuple(placed)


def _on_baseline(column: Column, baseline: float) -> Column:
    """Return lines moved down so far that the first stands on a baseline."""
    if not column.lines:
        return column
    down = max(0.0, baseline - column.lines[0].baseline)
    return Column(tuple(line.moved(0, down) for line in column.lines), column.height + down)


def _code(link: str, scale: Scale) -> CodeSquare:
    """Return the code for an address from the left end of its modules."""
    wished = round(scale.code * _CODE_UNIT)
    code = plan_code(link, wished_px=wished, most_px=_LARGEST_CODE * _CODE_UNIT, least_module_px=_LEAST_MODULE)
    assert code is not None  # 500 letters, which is all that an address may have, are 85 modules
    return CodeSquare(code.rows, 0.0, 0.0, code.module_px / _CODE_UNIT)


def _bottom(mark: Mark) -> float:
    if isinstance(mark, CodeSquare):
        return mark.top + (len(mark.rows) + QUIET_MODULES) * mark.module
    return mark.top + mark.height if isinstance(mark, Bar | Still) else mark.bottom
