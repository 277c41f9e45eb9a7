"""Edits that come back from editing programs: what is otherwise in them, and what of an edit they cannot say."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Final, Literal

from pipeline.counting import counted
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, heard
from pipeline.errors import ProjectError
from pipeline.interchange import READERS
from pipeline.placement import Placement, Source, place_parts
from pipeline.plan.edit_changes import PartChange, changes_between, shown_as
from pipeline.timebase import FrameRate, total

Kind = Literal["otio", "fcpxml"]
MOST_BYTES: Final = 5 << 20
"""Of a file that comes back; an .otio file of five hundred clips takes half of that."""
MOST_PARTS: Final = 500


@dataclass(frozen=True)
class Returned:
    """An edit that came back."""

    edit: Edit
    """As it is to be cut: what nobody changed is exactly as it was."""
    changes: tuple[PartChange, ...]
    frames: tuple[int, int]
    """How long it was and is, on its timeline."""
    notes: tuple[str, ...] = ()
    """What people should know."""
    is_same: bool = False
    """Whether nothing was changed."""


def take_back(known: Edit, text: str, kind: Kind, sources: Mapping[str, Source], rate: FrameRate) -> Returned:
    """Return what a file says that an edit was sent out as, changed or not; `rate` is the timeline's.

    What the format cannot say stays as it was. Raises ProjectError for a file that is none, that shows what is no known
    master, or that an edit cannot hold.
    """
    found = READERS[kind](text, sources)
    if len(found.parts) > MOST_PARTS:
        raise ProjectError(f"The timeline has {len(found.parts)} parts; at most {MOST_PARTS} are taken.")
    found = _with_cards(found, known, rate)
    _check_ends(found, known, sources, rate)
    was, now = _placed(known, sources, rate), _placed(found, sources, rate)
    if not now:
        raise ProjectError("The timeline is empty.", remedy="Export the timeline that has the highlight.")
    changes = changes_between(was, now, rate)
    frames = (sum(one.length for one in was), sum(one.length for one in now))
    bed, notes = _bed(known, found, sources, rate)
    is_same = not any(one.is_change for one in changes) and bed is None
    if is_same:
        return Returned(known, changes, frames, is_same=True)
    notes = (*notes, *_notes(changes))
    return Returned(_rebuilt(known, found, changes, sources, rate), changes, frames, notes)


def _with_cards(found: Edit, known: Edit, rate: FrameRate) -> Edit:
    """Return an edit with the cards that it was sent out with, where a program has made gaps of all of them."""
    if found.has_cards or not known.has_cards:
        return found

    def seen(part: Part) -> Hashable:
        what = (part.master, rate.nearest_frame(part.span.start)) if isinstance(part, MasterSpan) else None
        return what, rate.nearest_frame(part.duration)

    parts = list(found.parts)
    matcher = SequenceMatcher(None, [*map(seen, known.parts)], [*map(seen, parts)], autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal" or last - first == end - start:
            for old, number in zip(known.parts[first:last], range(start, end), strict=True):
                if isinstance(old, Card) and isinstance(parts[number], Gap):
                    parts[number] = replace(old, duration=parts[number].duration)
    return replace(found, parts=tuple(parts))


def _placed(edit: Edit, sources: Mapping[str, Source], rate: FrameRate) -> tuple[Placement, ...]:
    for part in edit.parts:
        if isinstance(part, MasterSpan) and part.master not in sources:
            raise ProjectError("The timeline shows media that is not this film.", remedy="Take it out.")
    return tuple(one for one in place_parts(edit, sources, rate) if one.length)


def _check_ends(found: Edit, known: Edit, sources: Mapping[str, Source], rate: FrameRate) -> None:
    """Raise ProjectError for a clip that goes on after its film: one that was drawn out, or slowed down by hand."""
    ends = {digest: source.rate.time_of(source.frame_count) for digest, source in sources.items()}
    for part in known.spans:
        ends[part.master] = max(ends.get(part.master, part.span.end), part.span.end)
    for part in found.spans:
        over = part.span.end - ends.get(part.master, part.span.end)
        if over >= rate.frame_duration:  # less is rounding
            raise ProjectError(
                f"A clip goes on {counted(rate.nearest_frame(over), 'frame')} after the end of its film.",
                remedy="Trim it in the editing program, then export again.",
            )


def _sounding(edit: Edit, sources: Mapping[str, Source], rate: FrameRate) -> list[tuple[object, int]]:
    if not edit.bed:
        return []
    placed = _placed(heard(edit), sources, rate)
    return [(shown_as(one), one.start) for one in placed if one.source is not None and one.source.channels]


def _bed(
    known: Edit, found: Edit, sources: Mapping[str, Source], rate: FrameRate
) -> tuple[Edit | None, tuple[str, ...]]:
    """Return the edit whose bed is otherwise, None where it is the same, and what is to be told of it."""
    if _sounding(known, sources, rate) == _sounding(found, sources, rate):
        return None, ()
    if not found.bed:
        return found, ("The sound that lay under it is not in the file: each part is heard by itself.",)
    return found, ("The sound under it is otherwise.",)


def _notes(changes: Sequence[PartChange]) -> tuple[str, ...]:
    cards = [one.after for one in changes if one.kind == "new" and one.after is not None]
    if any(isinstance(one.part, Card) for one in cards):
        return ("A title of the editing program becomes a plain card with its lines.",)
    return ()


def _rebuilt(
    known: Edit, found: Edit, changes: Sequence[PartChange], sources: Mapping[str, Source], rate: FrameRate
) -> Edit:
    """Return what was found with all that the file could not say.

    Parts that show the same frames are exactly as they were, unless that would shift what stands after them.
    """
    kept = [one for one in changes if one.after is not None]
    fades = found.fades or known.fades
    framed = {(part.framing, part.captions) for part in known.parts if isinstance(part, MasterSpan)}
    usual = next(iter(framed)) if len(framed) == 1 else (None, None)
    in_frames = tuple(_told(one, usual, rate) for one in kept)
    exact = tuple(
        one.before.part if one.kind == "same" and one.before is not None else part
        for one, part in zip(kept, in_frames, strict=True)
    )
    bed = tuple(found.bed)
    for parts in (exact, in_frames):
        if bed and total(part.duration for part in parts) != total(part.duration for part in bed):
            continue
        edit = Edit(known.name, parts, bed, fades)
        shown = [(shown_as(one), one.start) for one in _placed(edit, sources, rate)]
        if shown == [(shown_as(one.after), one.after.start) for one in kept if one.after is not None]:
            return edit
    raise ProjectError(
        "The sound under the pictures does not last as long as they do.", remedy="Trim it to the pictures' length."
    )


def _told(one: PartChange, usual: tuple[str | None, str | None], rate: FrameRate) -> Part:
    """Return a part in whole frames, with what was said of it."""
    assert one.after is not None
    part, old = one.after.part, None if one.before is None else one.before.part
    seconds = rate.time_of(one.after.length)
    if isinstance(part, MasterSpan):
        source = one.after.source
        start = Fraction(0) if source is None else source.rate.time_of(one.after.source_start)
        span = replace(part.span, start=start, end=start + seconds)
        framing, captions = (old.framing, old.captions) if isinstance(old, MasterSpan) else usual
        programme = part.programme or (old.programme if isinstance(old, MasterSpan) else None)
        return replace(part, span=span, framing=part.framing or framing, captions=part.captions or captions,
                       programme=programme)  # fmt: skip
    if isinstance(part, Card):
        return replace(old if isinstance(old, Card) else part, duration=seconds)
    return Gap(seconds)
