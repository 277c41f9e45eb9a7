"""The shots of an edit, in the edit's own frames: those of its masters where it shows them, and its joins as cuts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.edit import Edit, MasterSpan, frame_lengths, merged
from pipeline.plan.shots import Found, Shot, Timeline, Transition, shots_between
from pipeline.timebase import FrameRate


@dataclass(frozen=True)
class EditShots:
    """What has been found out about an edit."""

    timeline: Timeline
    transitions: tuple[Transition, ...]
    shots: tuple[Shot, ...]


def find_edit_shots(edit: Edit, rate: FrameRate, films: Mapping[str, Found]) -> EditShots:
    """Return the shots of an edit played at a rate; a card or gap is a shot of its own.

    `films` are its masters' own shots, by digest. A transition of which the edit shows a piece is there in that piece.
    """
    edit = merged(edit)
    transitions: list[Transition] = []
    start = 0
    for part, length in zip(edit.parts, frame_lengths(edit, rate), strict=True):
        if length == 0:
            continue
        if start:
            transitions.append(Transition("cut", start, start))
        if isinstance(part, MasterSpan):
            transitions += _within(part, start, length, rate, films[part.master])
        start += length
    return EditShots(Timeline(rate, start), tuple(transitions), shots_between(tuple(transitions), start))


def _within(part: MasterSpan, start: int, length: int, rate: FrameRate, film: Found) -> Iterator[Transition]:
    """Yield the transitions that a span of a master shows, in frames of the edit."""
    timeline = film.timeline
    for found in film.transitions:
        times = (timeline.time_of(found.start_frame), timeline.time_of(found.end_frame))
        first, last = (_frame_shown(time - part.span.start, timeline.rate, rate) for time in times)
        first, last = max(0, first), min(length, last)
        if found.kind == "cut" and 0 < first < length:
            yield Transition("cut", start + first, start + first)
        elif found.kind != "cut" and first < last:
            yield Transition(found.kind, start + first, start + last)


def _frame_shown(time: Fraction, master: FrameRate, rate: FrameRate) -> int:
    """Return the first output frame that shows what the master shows from a time on.

    Where the output has every n-th frame of the master, that is the next of those; elsewhere the nearest one.
    """
    share = master.fps / rate.fps
    if share.denominator == 1 and share > 1:
        return -(-master.nearest_frame(time) // share.numerator)
    return rate.nearest_frame(time)
