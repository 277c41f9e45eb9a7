"""What is otherwise in an edit that came back from an editing program: part by part, in frames of its timeline."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Literal

from pipeline.edit import Card, MasterSpan
from pipeline.placement import Placement, plain_text
from pipeline.timebase import FrameRate, Span

ChangeKind = Literal["same", "trimmed", "new", "gone"]


@dataclass(frozen=True)
class PartChange:
    """What became of one part."""

    kind: ChangeKind
    is_moved: bool
    """Whether it stands in another place among the others."""
    before: Placement | None
    """None where it is new."""
    after: Placement | None
    """None where it is gone."""
    in_by: int = 0
    """Frames by which it begins later in its film, sooner where negative."""
    out_by: int = 0
    """Frames by which it ends later in its film, or a card or gap lasts longer."""

    @property
    def is_change(self) -> bool:
        """Whether anything is otherwise."""
        return self.kind != "same" or self.is_moved

    @property
    def new_frames(self) -> int:
        """How many frames it shows that it did not show before."""
        if self.kind == "new" and self.after is not None:
            return self.after.length
        if self.kind == "trimmed" and self.after is not None:
            return min(self.after.length, max(0, -self.in_by) + max(0, self.out_by))
        return 0


def shown_as(one: Placement) -> Hashable:
    """Return what tells whether two parts show the same: which frames of what."""
    return (*_what(one), one.source_start, one.length)


def changes_between(before: Sequence[Placement], after: Sequence[Placement], rate: FrameRate) -> tuple[PartChange, ...]:
    """Return what became of each part, in the new order; what is gone stands where it was.

    Parts that show the same frames are the same; of others, those that show most of the same are.
    """
    pairs = _pairs(before, after, rate)
    stays = _longest_rise([pairs[number] for number in sorted(pairs)])
    changes: list[PartChange] = []
    paired = frozenset(pairs.values())
    gone = [number for number in range(len(before)) if number not in paired]
    told = 0
    for number, one in enumerate(after):
        old = pairs.get(number)
        if old is None:
            changes.append(PartChange("new", is_moved=False, before=None, after=one))
            continue
        if old in stays:
            while told < len(gone) and gone[told] < old:
                changes.append(PartChange("gone", is_moved=False, before=before[gone[told]], after=None))
                told += 1
        changes.append(_change(before[old], one, rate, is_moved=old not in stays))
    changes += (PartChange("gone", is_moved=False, before=before[number], after=None) for number in gone[told:])
    return tuple(changes)


def _pairs(before: Sequence[Placement], after: Sequence[Placement], rate: FrameRate) -> dict[int, int]:
    """Return which old part each new one is, by their numbers."""
    old, new = [shown_as(one) for one in before], [shown_as(one) for one in after]
    found: dict[int, int] = {}
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        found |= {block.b + number: block.a + number for number in range(block.size)}
    paired = frozenset(found.values())
    free = [number for number in range(len(before)) if number not in paired]
    for number, key in enumerate(new):
        if number not in found and (same := next((one for one in free if old[one] == key), None)) is not None:
            found[number] = same
            free.remove(same)
    unmatched = [number for number in range(len(after)) if number not in found]
    taken = set(found.values())
    for _, _, number, other in sorted(_overlaps(before, after, free, unmatched, rate)):
        if number not in found and other not in taken:
            found[number] = other
            taken.add(other)
    return found


def _overlaps(
    before: Sequence[Placement], after: Sequence[Placement], old: Sequence[int], new: Sequence[int], rate: FrameRate
) -> Iterator[tuple[Fraction, int, int, int]]:
    """Yield (seconds that they share, negative; how far apart; new part; old part) of all that share any.

    A card or gap shares as much as it lasts.
    """
    by_what: dict[Hashable, list[tuple[Span, int]]] = {}
    for number in old:
        by_what.setdefault(_what(before[number]), []).append((_span(before[number], rate), number))
    longest: dict[Hashable, Fraction] = {}
    for what, spans in by_what.items():
        spans.sort()
        longest[what] = max(span.duration for span, _ in spans)
    for number in new:
        what, span = _what(after[number]), _span(after[number], rate)
        spans = by_what.get(what, [])
        # None that begins sooner is long enough to reach it.
        first = bisect_left(spans, (Span(max(Fraction(0), span.start - longest.get(what, span.start)), span.start), -1))
        for other, place in spans[first:]:
            if other.start >= span.end:
                break
            if (share := span.overlap(other)) > 0:
                yield -share, abs(place - number), number, place


def _change(old: Placement, new: Placement, rate: FrameRate, *, is_moved: bool) -> PartChange:
    if shown_as(old) == shown_as(new):
        return PartChange("same", is_moved, old, new)
    if not isinstance(old.part, MasterSpan):
        return PartChange("trimmed", is_moved, old, new, out_by=new.length - old.length)
    was, now = _span(old, rate), _span(new, rate)
    in_by = rate.nearest_frame(now.start) - rate.nearest_frame(was.start)
    return PartChange("trimmed", is_moved, old, new, in_by, in_by + new.length - old.length)


def _span(one: Placement, rate: FrameRate) -> Span:
    start = Fraction(0) if one.source is None else one.source.rate.time_of(one.source_start)
    return Span(start, start + rate.time_of(one.length))


def _what(one: Placement) -> tuple[Hashable, ...]:
    if isinstance(one.part, MasterSpan):
        return ("span", one.part.master)
    if isinstance(one.part, Card):
        return ("card", tuple(line for line in map(plain_text, one.part.lines) if line))
    return ("gap",)


def _longest_rise(numbers: Sequence[int]) -> frozenset[int]:
    """Return as many of some different numbers as possible that stand in rising order."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for number in numbers:
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
        places.append(place)
        before.append(number)
    found: list[int] = []
    wanted = len(ends) - 1
    for number, place in zip(reversed(before), reversed(places), strict=True):
        if place == wanted and (not found or number < found[-1]):
            found.append(number)
            wanted -= 1
    return frozenset(found)
