"""How a picture is parted for streaming: reels on time lines of their own, their segments, keyframes and chunks.

A reel is an edit that is encoded by itself, from time 0 on. A whole film is one, whatever package plays a part of it,
so that all of them share its segments. Frames are those of the fastest rendition; every border lies on a frame that
all renditions show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal

from pipeline.edit import Edit, MasterSpan, Part, excerpt, merged, on_frames
from pipeline.errors import PlanError
from pipeline.timebase import FrameRate, Span

KEYFRAME_S: Final = Fraction(2)
"""From one keyframe to the next, to the frame that is nearest (HLS Authoring Specification, rule 1.13)."""
KEYFRAMES_PER_SEGMENT: Final = 3
"""Segments of 6 s (rules 7.5 and 7.6)."""
SEGMENTS_PER_CHUNK: Final = 5
"""So that a chunk's decoder and encoder are started for half a minute of film."""
# What is left of a film after its last whole segment is a segment of its own from here on, else the end of that one: it
# may be half a second longer than the target duration (rule 7.7).
_LEAST_SEGMENT_S: Final = Fraction(1, 2)
# From one of the key pictures that are dense to the next, to the frame that is nearest (rule 6.2).
_DENSE_S: Final = Fraction(1)
# With more than four in a second, key pictures would take more than half of what the rendition of their size takes.
_LEAST_DENSE_S: Final = Fraction(1, 4)
# A shot's keyframe that is nearer than this to another costs more than it gives.
_LEAST_GOP_S: Final = Fraction(1, 4)
_RUN_UP: Final = 32
"""Pictures that are shown one by one where a film may follow what is held.

Chromium takes the mean of so many for the time that a picture is shown, and drops the first of a film after longer ones
(media/filters/video_renderer_algorithm.cc).
"""
# A stretch of a film that holds so many of its segments plays them instead of its own: it is worth two more joins.
_LEAST_SHARED: Final = 2 * SEGMENTS_PER_CHUNK
Sharing = Literal["much", "all"]
"""Which stretches of a film play its own segments: those that are much of it, or all that hold a whole segment.

All of a film is looked at before any of it is encoded, so that a little of a long one is no bargain, unless the film is
packaged as well.
"""
Sequel = Literal["film", "nothing"]
"""What may come after an edit in the package that plays it."""


@dataclass(frozen=True)
class Grid:
    """Where keyframes and segments begin, in frames of the fastest rendition."""

    rate: FrameRate
    step: int
    """Only every such frame is shown by all renditions."""
    chunk: int = SEGMENTS_PER_CHUNK
    """Segments that are encoded in one go."""

    @cached_property
    def keyframe(self) -> int:
        """Frames from one keyframe of the grid to the next."""
        return max(1, self.rate.nearest_frame(KEYFRAME_S) // self.step) * self.step

    @property
    def segment(self) -> int:
        """Frames of a segment."""
        return KEYFRAMES_PER_SEGMENT * self.keyframe

    @cached_property
    def dense(self) -> int:
        """Frames from one of the key pictures that are dense to the next: they begin every segment.

        A rate of few divisors has more than one in a second (12.5: one in five frames). One of none (29.5: 59 frames)
        has one where the grid has a keyframe, as its renditions have.
        """
        most = max(1, self.rate.nearest_frame(_DENSE_S))
        largest = max(step for step in range(1, most + 1) if self.keyframe % step == 0)
        return largest if self.rate.time_of(largest) >= _LEAST_DENSE_S else self.keyframe

    @property
    def apart(self) -> int:
        """Frames that lie between a shot's keyframe and any other, at least."""
        return max(self.step, self.rate.nearest_frame(_LEAST_GOP_S))

    def shown_by_all(self, frame: int) -> int:
        """Return the first frame from one on that all renditions show."""
        return -(-frame // self.step) * self.step


@dataclass(frozen=True)
class Chunk:
    """Segments of a reel that are encoded in one go."""

    segment: int
    """The number of its first segment in its reel."""
    borders: tuple[int, ...]
    """Where its segments begin and the last one ends, in frames of the reel."""
    keyframes: tuple[int, ...]
    """Frames of the reel that stand alone, the first of each segment among them."""

    @property
    def first(self) -> int:
        """Its first frame."""
        return self.borders[0]

    @property
    def end(self) -> int:
        """The frame after its last."""
        return self.borders[-1]

    @property
    def segments(self) -> range:
        """The numbers of its segments in its reel."""
        return range(self.segment, self.segment + len(self.borders) - 1)


@dataclass(frozen=True)
class Reel:
    """An edit on a time line of its own."""

    edit: Edit
    frames: int
    grid: Grid
    sequel: Sequel = "film"

    @classmethod
    def of(cls, edit: Edit, grid: Grid, sequel: Sequel = "film") -> Reel:
        """Return the reel of an edit, as many frames long as all renditions can show."""
        reel = cls(edit, grid.rate.frames_within(edit.duration) // grid.step * grid.step, grid)
        # What shows a film is the same reel whatever comes.
        return replace(reel, sequel=sequel) if reel.is_still else reel

    @property
    def is_still(self) -> bool:
        """Whether it shows nothing but cards and black."""
        return not any(isinstance(part, MasterSpan) for part in self.edit.parts)

    @cached_property
    def held(self) -> int:
        """How many frames from its beginning on show cards and black that are held: nothing moves in them.

        The last ones are shown one by one where a film may follow; in a reel that shows any film, all.
        """
        if not self.is_still:
            return 0
        held = self.frames
        if self.sequel == "film":
            # A chunk begins with one of the key pictures that are dense.
            step = math.lcm(self.grid.dense, self.grid.step)
            held = max(0, self.frames - _RUN_UP * self.grid.step) // step * step
        return held if self.grid.rate.time_of(held) >= _LEAST_SEGMENT_S else 0

    @cached_property
    def borders(self) -> tuple[int, ...]:
        """Where its segments begin and the last one ends; what is held ends with one."""
        return (*self._begins(0, self.held), *self._begins(self.held, self.frames), self.frames)

    def _begins(self, first: int, end: int) -> list[int]:
        begins = list(range(first, end, self.grid.segment))
        if len(begins) > 1 and self.grid.rate.time_of(end - begins[-1]) < _LEAST_SEGMENT_S:
            begins.pop()
        return begins

    def keyframes(self, cuts: Sequence[int]) -> tuple[int, ...]:
        """Return the frames that stand alone: those of the grid, and where shots begin well between them."""
        fixed = sorted({*range(0, self.frames, self.grid.keyframe), *self.borders[:-1]})
        apart = self.grid.apart
        starts = sorted({self.grid.shown_by_all(cut) for cut in cuts})
        found = []
        for before, after in pairwise((*fixed, self.frames)):
            found.append(before)
            for start in starts:
                if found[-1] + apart <= start <= after - apart:
                    found.append(start)
        return tuple(found)

    def chunks(self, cuts: Sequence[int]) -> tuple[Chunk, ...]:
        """Return it in chunks; `cuts` are the frames at which shots begin."""
        borders, keyframes = self.borders, self.keyframes(cuts)
        # What is held is encoded by itself.
        last, held = len(borders) - 1, borders.index(self.held)
        found = []
        for segment in (*range(0, held, self.grid.chunk), *range(held, last, self.grid.chunk)):
            within = borders[segment : min(segment + self.grid.chunk, held if segment < held else last) + 1]
            inside = tuple(frame for frame in keyframes if within[0] <= frame < within[-1])
            found.append(Chunk(segment, within, inside))
        return tuple(found)


@dataclass(frozen=True)
class Section:
    """Segments of a reel that a package plays without a break, the first and the one after the last by number."""

    reel: Reel
    first: int
    end: int
    captions: str | None = None
    """Name of the captions file that the edit has for what it plays of a film; None where the reel says it."""

    @property
    def borders(self) -> tuple[int, ...]:
        """Where its segments begin and the last one ends, in frames of its reel."""
        return self.reel.borders[self.first : self.end + 1]

    @property
    def frames(self) -> int:
        """How long it is."""
        return self.borders[-1] - self.borders[0]


def plan_sections(
    edit: Edit,
    grid: Grid,
    films: Mapping[str, Edit],
    *,
    sharing: Sharing = "much",
    sequel: Sequel = "nothing",
) -> tuple[Section, ...]:
    """Return an edit as the sections that a package plays, in order.

    `films` are whole films, by the digest of the master: a long stretch of one plays its segments, whoever encoded
    them. What is left before, between and after such stretches is reels of this edit alone, as are stretches whose
    sound is faded, and all of an edit with a bed.

    Raises PlanError for an edit that is shorter than one frame.
    """
    # All joins are on frames of the whole edit: rounding adds up nowhere, and every chunk goes on where another ends.
    edit = on_frames(merged(edit), grid.rate)
    sections: list[Section] = []
    own: list[Part] = []
    # What is heard of a bed is joined to no picture: it plays in one piece.
    for part in () if edit.bed else edit.parts:
        shared = None if _is_faded(part, edit) else _shared(part, grid, films, sharing)
        if shared is None or not isinstance(part, MasterSpan):
            own.append(part)
            continue
        before, after = (grid.rate.time_of(shared.borders[at]) for at in (0, -1))
        lead = grid.rate.nearest_frame(before - part.span.start)
        tail = grid.rate.nearest_frame(part.duration) - shared.frames - lead
        own += _stretch(part, Span(before - grid.rate.time_of(lead), before))
        sections += [*_own(_ending_whole(replace(edit, parts=tuple(own)), grid), grid), shared]
        own = _stretch(part, Span(after, after + grid.rate.time_of(tail)))
    sections += _own(edit if edit.bed else replace(edit, parts=tuple(own)), grid, sequel)
    if not sections:
        raise PlanError(
            f"{edit.name!r} has no frame that every rendition shows.", remedy="Give it something longer to show."
        )
    return tuple(sections)


def _own(edit: Edit, grid: Grid, sequel: Sequel = "film") -> tuple[Section, ...]:
    reel = Reel.of(edit, grid, sequel)
    return () if reel.frames == 0 else (Section(reel, 0, len(reel.borders) - 1),)


def _ending_whole(edit: Edit, grid: Grid) -> Edit:
    """Return an edit without as many of its first frames as its reel cannot show of its last, where a film goes on."""
    spare = grid.rate.frames_within(edit.duration) % grid.step
    return excerpt(edit, Span(grid.rate.time_of(spare), edit.duration))


def _is_faded(part: Part, edit: Edit) -> bool:
    """Return whether a part's sound rises or falls where its programme begins or ends, as the film's own does not."""
    programme = part.programme if isinstance(part, MasterSpan) else None
    fades = programme.fades if programme is not None and programme.fades is not None else edit.fades
    return fades is not None and fades.in_s + fades.out_s > 0


def _shared(part: Part, grid: Grid, films: Mapping[str, Edit], sharing: Sharing) -> Section | None:
    """Return the segments of a film that a part plays whole, where they are many of it, or all."""
    if not isinstance(part, MasterSpan) or part.master not in films:
        return None
    reel = Reel.of(films[part.master], grid)
    times = [grid.rate.time_of(border) for border in reel.borders]
    start, end = part.span.start, part.span.end
    inside = [number for number, time in enumerate(times) if start <= time <= end]
    # What would be left beside them for less than the shortest segment has the segment beside it as well.
    if inside and 0 < times[inside[0]] - start < _LEAST_SEGMENT_S:
        del inside[0]
    if inside and 0 < end - times[inside[-1]] < _LEAST_SEGMENT_S:
        del inside[-1]
    if len(inside) < 2:
        return None
    section = Section(reel, inside[0], inside[-1], part.captions)
    count, of_film = section.end - section.first, len(times) - 1
    is_much = count >= _LEAST_SHARED and 2 * count >= of_film
    return section if sharing == "all" or count == of_film or is_much else None


def _stretch(part: MasterSpan, span: Span) -> list[Part]:
    """Return a span of a part's film, where it lasts any time."""
    return [replace(part, span=span)] if span.duration else []
