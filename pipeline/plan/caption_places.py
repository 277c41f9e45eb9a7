"""Where captions stand: set in lines that fit, clear of buttons, off faces and lettering, and without jumping about."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final, Literal

from pipeline.counting import counted
from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.languages import same_language
from pipeline.plan.caption_blocks import Block, block_of, drawable, page_of
from pipeline.plan.captions import ClipCue
from pipeline.plan.layout import ButtonZone, Obstacle, free_boxes
from pipeline.plan.setting import Run, Setter
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, clock

Direction = Literal["ltr", "rtl"]

# What counts against a place: how much of it, or of what it hides, lies over the other, from 0 to 1; that it is not the
# first choice; that the caption just before stands elsewhere.
_PREFERENCE: Final = 0.03
_MOVE: Final = 0.05
_PAUSE_S: Final = Fraction(2)
"""After so long without a caption nobody sees that the next one stands elsewhere."""
_SMALL: Final = 4
"""What is smaller than a caption by this factor is too far away to matter as much as a face."""
_HIDDEN: Final = Fraction(1, 20)
"""From how much on a caption is said to hide something."""
_RIGHT_TO_LEFT: Final = ("ar", "he", "fa", "ur", "yi", "ps", "sd", "ckb", "dv", "ug")


@dataclass(frozen=True)
class PlacedLine:
    """A line of a caption, in pixels of the picture."""

    runs: tuple[Run, ...]
    direction: Direction
    """'rtl' where its first word stands on the right."""
    centre_px: Fraction
    baseline_px: int
    box: Box
    """What it fills, with its outline or on its box."""


@dataclass(frozen=True)
class PlacedCue:
    """What is drawn for some frames of a clip."""

    first_frame: int
    end_frame: int
    lines: tuple[PlacedLine, ...]
    size_px: int
    """The em of its letters."""
    box: Box
    """All that it fills."""
    hides: tuple[Obstacle, ...]
    """Of what is better not covered, that which it lies over all the same."""
    language: str | None


@dataclass(frozen=True)
class PlacedCaptions:
    """The captions of a clip as a picture of some size shows them, and what people should know of them."""

    cues: tuple[PlacedCue, ...]
    notes: tuple[str, ...]


def place_captions(
    cues: Sequence[ClipCue],
    *,
    width_px: int,
    height_px: int,
    zones: Sequence[ButtonZone],
    obstacles: Sequence[Obstacle],
    rate: FrameRate,
    setter: Setter,
    style: CaptionStyle,
) -> PlacedCaptions:
    """Return captions set in lines and put into the picture, one after another in the same place where that is free.

    They stand low in what buttons leave free and centred in it, else high or beside a rail. Raises PlanError for a
    character that no font has, and for a picture without room.
    """
    shown, notes = drawable(cues, rate, setter)
    if not shown:
        return PlacedCaptions((), notes)
    rooms = _rooms(zones, width_px, height_px)
    page = page_of(shown, rooms[0], min(width_px, height_px), rate, setter, style)
    blocks = [block_of(cue, page, setter) for cue in page.cues]
    choices = [tuple(_choices(block, rooms)) for block in blocks]
    boxes = _steadiest(blocks, choices, obstacles, rate)
    placed = tuple(_placed(block, box, page.size_px, obstacles) for block, box in zip(blocks, boxes, strict=True))
    return PlacedCaptions(placed, (*notes, *_hiding_notes(placed, rate)))


def fonts_named(cues: Iterable[PlacedCue]) -> frozenset[tuple[str, str | None]]:
    """Return the fonts that captions are set in, each with the language of a caption that is."""
    return frozenset((run.font, cue.language) for cue in cues for line in cue.lines for run in line.runs)


def _rooms(zones: Sequence[ButtonZone], width_px: int, height_px: int) -> tuple[Box, ...]:
    """Return where captions may stand: the largest free box, then others that are as wide."""
    free = free_boxes(zones, width_px=width_px, height_px=height_px)
    if not free:
        raise PlanError(
            f"buttons leave nothing free of a picture of {width_px}×{height_px}, so captions have no room.",
            remedy='In the style, set zones = "per-platform" under [layout], or show = "file" under [captions].',
        )
    return tuple(box for box in free if box == free[0] or box.width_px >= free[0].width_px)


def _choices(block: Block, rooms: Sequence[Box]) -> Iterator[Box]:
    """Yield where a caption may stand, the best first: low in each room, then high."""
    for is_low in (True, False):
        for room in rooms:
            left = room.left_px + (room.width_px - block.width_px) // 2
            top = room.bottom_px - block.height_px if is_low else room.top_px
            yield Box(left, top, block.width_px, block.height_px)


@dataclass(frozen=True, eq=False)
class _Path:
    """Where a caption stands and, by way of `before`, all those before it; `cost` is what counts against them."""

    cost: float
    rank: int
    before: _Path | None


def _steadiest(
    blocks: Sequence[Block], choices: Sequence[Sequence[Box]], obstacles: Sequence[Obstacle], rate: FrameRate
) -> list[Box]:
    """Return a box for each caption such that least is hidden and few captions stand elsewhere than the one before."""
    paths: list[_Path] = []
    shown_until = 0
    for block, boxes in zip(blocks, choices, strict=True):
        cue = block.cue
        move = _MOVE if cue.first_frame - shown_until <= rate.frames_within(_PAUSE_S) else 0.0
        near = [one for one in obstacles if one.first_frame < cue.end_frame and one.end_frame > cue.first_frame]
        costs = [_PREFERENCE * rank + _hidden(box, cue, near) for rank, box in enumerate(boxes)]
        paths = [_cheapest(paths, rank, cost, move) for rank, cost in enumerate(costs)]
        shown_until = cue.end_frame
    path: _Path | None = min(paths, key=lambda one: (one.cost, one.rank))
    found: list[Box] = []
    for boxes in reversed(choices):
        assert path is not None
        found.append(boxes[path.rank])
        path = path.before
    return found[::-1]


def _cheapest(paths: Sequence[_Path], rank: int, cost: float, move: float) -> _Path:
    """Return the path on which a caption's place costs least to come to."""
    if not paths:
        return _Path(cost, rank, None)
    steps = [(path.cost + (move if path.rank != rank else 0.0), path.rank != rank) for path in paths]
    best = min(range(len(paths)), key=lambda k: steps[k])
    return _Path(steps[best][0] + cost, rank, paths[best])


def _hidden(box: Box, cue: ClipCue, obstacles: Iterable[Obstacle]) -> float:
    """Return how much a box hides while its caption is shown, from 0 to 1."""
    total = Fraction(0)
    for one in obstacles:
        frames = min(one.end_frame, cue.end_frame) - max(one.first_frame, cue.first_frame)
        total += _share(box, one.box) * Fraction(frames, cue.frames)
    return float(min(Fraction(1), total))


def _share(box: Box, other: Box) -> Fraction:
    """Return how much of the smaller of two boxes lies in the other; one much smaller than `box` counts for less."""
    return Fraction(box.overlap(other), max(min(box.area, other.area), box.area // _SMALL, 1))


def _placed(block: Block, box: Box, size_px: int, obstacles: Sequence[Obstacle]) -> PlacedCue:
    cue = block.cue
    centre = box.left_px + Fraction(box.width_px, 2)
    lines = []
    for line, text, baseline, width, top, bottom in zip(
        block.lines, cue.lines, block.baselines, block.widths, block.tops, block.bottoms, strict=True
    ):
        own = Box(floor(centre - Fraction(width, 2)), box.top_px + top, width, bottom - top)
        lines.append(PlacedLine(line.runs, _direction(text, cue.language), centre, box.top_px + baseline, own))
    hides = tuple(
        one for one in obstacles
        if one.first_frame < cue.end_frame and one.end_frame > cue.first_frame and _share(box, one.box) > _HIDDEN
    )  # fmt: skip
    return PlacedCue(cue.first_frame, cue.end_frame, tuple(lines), size_px, box, hides, cue.language)


def _direction(text: str, language: str | None) -> Direction:
    """Return which way a line runs: as most of its letters do, in a language written from the right as any of them."""
    directions = [unicodedata.bidirectional(character) for character in text]
    right, left = sum(one in ("R", "AL") for one in directions), directions.count("L")
    is_usual = any(same_language(tag, language) for tag in _RIGHT_TO_LEFT)
    return "rtl" if right > left or (right and is_usual) else "ltr"


def _hiding_notes(placed: Sequence[PlacedCue], rate: FrameRate) -> Iterator[str]:
    hiding = [cue for cue in placed if cue.hides]
    if hiding:
        at = clock(rate.time_of(hiding[0].first_frame))
        yield f"{counted(len(hiding), 'caption')} over a face or lettering, no place being free; the first at {at}."
