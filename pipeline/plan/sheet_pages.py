"""A run sheet laid out on A4: which row stands where, on as few pages as letters of a fixed size allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.plan.paper import A4_PT, Bar, Column, Mark, Page, Scribe, stacked
from pipeline.plan.run_sheet import RunSheet, dotted
from pipeline.plan.sheet_rows import (
    MARGIN_PT,
    NAME_PT,
    SMALL_CLOCK_PT,
    TEXT_PT,
    THIN_PT,
    TITLE_PT,
    WIDTH_PT,
    Scale,
    Strip,
    evening_strip,
    film_strip,
    slim_strip,
    still_size,
)

_HEAD_PT: Final = (27.0, 21.0, 16.0)
"""Of the block's title: as large as it stands in two lines."""
_FOOT: Final = 16.0
_THICK: Final = 2.0
_BOTTOM: Final = A4_PT[1] - MARGIN_PT - _FOOT
_SCALES: Final = (
    Scale(92.0, 72.0, 7.0), Scale(80.0, 68.0, 6.0), Scale(68.0, 62.0, 5.0), Scale(58.0, 58.0, 4.0),
    Scale(50.0, 54.0, 3.0), Scale(68.0, 62.0, 4.0, 21.0, "joined"), Scale(58.0, 58.0, 3.0, 21.0, "joined"),
    Scale(50.0, 54.0, 2.0, 21.0, "joined"), Scale(40.0, 50.0, 1.5, 16.0, "joined"),
)  # fmt: skip


def lay_out(sheet: RunSheet, scribe: Scribe, sizes: Mapping[Path, tuple[int, int]]) -> tuple[Page, ...]:
    """Return the pages of a run sheet; `sizes` are those of the posters that there are, in pixels.

    Pictures are as large as they can be without another page. A row that is higher than a page goes on on the next.
    """
    fewest = _pages(sheet, scribe, sizes, _SCALES[-1])
    tried = (_pages(sheet, scribe, sizes, scale) for scale in _SCALES[:-1])
    return next((pages for pages in tried if len(pages) == len(fewest)), fewest)


def _pages(sheet: RunSheet, scribe: Scribe, sizes: Mapping[Path, tuple[int, int]], scale: Scale) -> tuple[Page, ...]:
    running = _running_head(sheet, scribe)
    bodies = _flowed(tuple(_strips(sheet, scribe, sizes, scale)), MARGIN_PT + running.height)
    count = len(bodies)
    return tuple(
        Page((*(_placed(running) if number > 1 else ()), *body, *_foot(sheet, scribe, number, count)))
        for number, body in enumerate(bodies, start=1)
    )


def _strips(sheet: RunSheet, scribe: Scribe, sizes: Mapping[Path, tuple[int, int]], scale: Scale) -> Iterator[Strip]:
    head = _head(sheet, scribe, scale)
    yield Strip((), head, 0.0, head.height, 0.0, 0.0)
    if sheet.evening:
        heading = scribe.lines(sheet.words.evening, WIDTH_PT, TEXT_PT, "bold")
        yield Strip((), heading, 0.0, heading.height, 2.0)
        yield from (evening_strip(row, scribe) for row in sheet.evening)
        yield Strip((), Column((), 0.0), 0.0, 8.0, 0.0, 0.0)
    stills = [still_size(sizes[path], scale) for path in sheet.posters if path in sizes]
    still_width = max((width for width, _ in stills), default=0.0)
    for place, row in enumerate(sheet.rows):
        rule = _THICK if place == 0 and sheet.evening else THIN_PT
        if row.kind == "film":
            yield replace(film_strip(row, sheet, scribe, sizes, scale, still_width), rule=rule)
        else:
            yield replace(slim_strip(row, scribe, scale), rule=rule)


def _flowed(strips: Sequence[Strip], top: float) -> list[list[Mark]]:
    """Return what stands on each page between head and foot; on all but the first it begins at `top`."""
    bodies: list[list[Mark]] = [[]]
    at = begin = MARGIN_PT
    waiting = list(reversed(strips))
    while waiting:
        strip = waiting.pop()
        if strip.whole > _BOTTOM - at:
            if at > begin:
                bodies.append([])
                at = begin = top
            if strip.whole > _BOTTOM - at and (parts := _parted(strip, _BOTTOM - at)) is not None:
                strip, rest = parts
                waiting.append(rest)
        bodies[-1] += _laid(strip, at)
        at += strip.whole
    return bodies


def _parted(strip: Strip, room: float) -> tuple[Strip, Strip] | None:
    """Return a strip that no page holds as what a page has room for, and the rest; at least one line on each."""
    room -= strip.rule + 2 * strip.padding
    lines = strip.lines.lines
    kept = max(1, sum(line.bottom <= room for line in lines))
    if kept >= len(lines):
        return None
    top = lines[kept].top
    rest = Column(tuple(line.moved(0, -top) for line in lines[kept:]), strip.lines.height - top)
    return (
        replace(strip, lines=Column(lines[:kept], room), height=room),
        replace(strip, marks=(), lines=rest, height=rest.height),
    )


def _laid(strip: Strip, top: float) -> Iterator[Mark]:
    if strip.rule:
        yield Bar(MARGIN_PT, top, WIDTH_PT, strip.rule)
    down = top + strip.rule + strip.padding
    yield from (mark.moved(MARGIN_PT, down) for mark in strip.marks)
    yield from (line.moved(MARGIN_PT + strip.lines_left, down) for line in strip.lines.lines)


def _placed(column: Column) -> Iterator[Mark]:
    yield from (line.moved(MARGIN_PT, MARGIN_PT) for line in column.lines)


def _head(sheet: RunSheet, scribe: Scribe, scale: Scale) -> Column:
    """Return the head of the first page: venue, title, when, how long, and what to know."""
    for size in (size for size in _HEAD_PT if size <= scale.head):
        title = scribe.lines(sheet.title, WIDTH_PT, size, "bold", sheet.words.language)
        if len(title.lines) <= 2:
            break
    kicker = dotted(sheet.words.run_sheet, sheet.venue)
    when = stacked(
        [
            scribe.lines(sheet.date, WIDTH_PT, NAME_PT, "bold"),
            scribe.lines(dotted(*sheet.summary), WIDTH_PT, SMALL_CLOCK_PT, "bold"),
            *(scribe.lines(hint, WIDTH_PT, TEXT_PT, "regular") for hint in sheet.hints),
        ],
        apart=1.0,
    )
    column = stacked([scribe.lines(kicker, WIDTH_PT, TEXT_PT, "regular"), title, when], apart=3.0)
    return replace(column, height=column.height + 9.0)


def _running_head(sheet: RunSheet, scribe: Scribe) -> Column:
    """Return the head of further pages; of a title that is long, its first line."""
    title = scribe.lines(sheet.title, WIDTH_PT, TITLE_PT, "bold", sheet.words.language)
    if len(title.lines) > 2:
        first = title.lines[0].text
        title = scribe.lines(f"{first[: len(first) * 9 // 10]}…", WIDTH_PT, TITLE_PT, "bold", sheet.words.language)
    when = dotted(sheet.venue, sheet.date)
    column = stacked([title, scribe.lines(when, WIDTH_PT, TEXT_PT, "regular")], apart=1.0)
    return replace(column, height=column.height + 7.0)


def _foot(sheet: RunSheet, scribe: Scribe, number: int, count: int) -> Iterator[Mark]:
    if count > 1:
        told = sheet.words.page.format(page=number, pages=count)
        (line,) = scribe.line(told, TEXT_PT, "regular").lines
        yield line.moved(A4_PT[0] - MARGIN_PT - line.left - line.width, A4_PT[1] - MARGIN_PT - line.bottom)
