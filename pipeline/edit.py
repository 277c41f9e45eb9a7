"""Edits: parts in order, each a span of a master, a card or a gap. A highlight, a block and a whole film are edits.

Every function here takes an edit and gives a new one or a number; none opens a file.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.timebase import FrameRate, Span, total
from pipeline.values import hashed_once

EDIT_SUFFIX: Final = ".edit.json"
"""By which a file is taken for an edit."""


@hashed_once
@dataclass(frozen=True)
class SoundFades:
    """How a sound begins and ends."""

    in_s: Fraction
    """Seconds in which it rises."""
    out_s: Fraction
    """Seconds in which it falls."""


@hashed_once
@dataclass(frozen=True)
class Programme:
    """What a person hears as one thing: brought to its loudness by itself, whatever stands beside it."""

    name: str
    fades: SoundFades | None = None
    """None: as the edit's."""


@hashed_once
@dataclass(frozen=True)
class MasterSpan:
    """A stretch of a master, in seconds since its first picture."""

    master: str
    """The master's sha256 digest, so that a rename does not break the edit."""
    span: Span
    framing: str | None = None
    """Name of the framing file for the whole edit, relative to the edit's folder."""
    captions: str | None = None
    """Name of the captions file that applies, relative to the edit's folder."""
    programme: Programme | None = None
    """What it is heard as a part of; spans of one master that agree in this are one programme."""

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.span.duration


@dataclass(frozen=True)
class CardPicture:
    """A picture that is shown on a card instead of text."""

    digest: str
    """The sha256 digest of its file, PNG or JPEG."""
    width_px: int
    """Its size as it is looked at, whatever the file is rotated by."""
    height_px: int


@hashed_once
@dataclass(frozen=True)
class Card:
    """Text on a ground for some seconds: a title, a slate, a rating, an end card; or a picture instead of text."""

    lines: tuple[str, ...]
    duration: Fraction
    design: str = "plain"
    link: str | None = None
    """The address that a QR code on it leads to."""
    picture: CardPicture | None = None
    """What stands on it, of design `picture`."""


@hashed_once
@dataclass(frozen=True)
class Gap:
    """Black and silence."""

    duration: Fraction


Part = MasterSpan | Card | Gap
BedPart = MasterSpan | Gap


@hashed_once
@dataclass(frozen=True)
class Edit:
    """Parts in order, and the name that outputs carry."""

    name: str
    parts: tuple[Part, ...]
    bed: tuple[BedPart, ...] = ()
    """What is heard instead of the parts' own sound, exactly as long as they are; nothing: each part sounds itself."""
    fades: SoundFades | None = None
    """How each of its programmes begins and ends; None: as the preset says that it is cut with."""

    def __post_init__(self) -> None:
        if self.bed and _total(self.bed) != self.duration:
            raise ValueError(f"a bed of {_total(self.bed)} s cannot lie under parts of {self.duration} s")

    @functools.cached_property
    def duration(self) -> Fraction:
        """Length in seconds, exact."""
        return _total(self.parts)

    @functools.cached_property
    def masters(self) -> tuple[str, ...]:
        """Digests of the masters seen or heard, in order of first use."""
        return tuple(dict.fromkeys(span.master for span in self.spans))

    @functools.cached_property
    def has_cards(self) -> bool:
        """Whether it shows any card."""
        return any(isinstance(part, Card) for part in self.parts)

    @functools.cached_property
    def spans(self) -> tuple[MasterSpan, ...]:
        """Every stretch of a master that is seen or heard: of the parts, then of the bed."""
        return tuple(part for part in (*self.parts, *self.bed) if isinstance(part, MasterSpan))


def heard(edit: Edit) -> Edit:
    """Return the edit whose parts are what is heard: the bed where there is one."""
    return replace(edit, parts=edit.bed, bed=()) if edit.bed else edit


def shortened(edit: Edit, seconds: Fraction) -> Edit:
    """Return the edit cut at `seconds` from its start, the last part kept shortened; a shorter edit stays as it is."""
    bed = tuple(part for part in _cut_at(edit.bed, seconds) if not isinstance(part, Card))
    return replace(edit, parts=_cut_at(edit.parts, seconds), bed=bed)


def excerpt(edit: Edit, span: Span) -> Edit:
    """Return what an edit shows between two times of its own, and what is heard then."""
    bed = tuple(part for part in _between(edit.bed, span) if not isinstance(part, Card))
    return replace(edit, parts=_between(edit.parts, span), bed=bed)


def joined(name: str, *edits: Edit) -> Edit:
    """Return one edit that plays the given ones in order; each is heard as it was alone, as programmes of its name."""
    apart = tuple(_as_programmes(edit) for edit in edits)
    parts = tuple(part for edit in apart for part in edit.parts)
    if not any(edit.bed for edit in apart):
        return Edit(name, parts)
    return Edit(name, parts, tuple(sounding(part) for edit in apart for part in heard(edit).parts))


def sounding(part: Part) -> BedPart:
    """Return what is heard where a part stands: a card is silent."""
    return Gap(part.duration) if isinstance(part, Card) else part


def surrounded(edit: Edit, before: tuple[Part, ...], after: tuple[Part, ...]) -> Edit:
    """Return the edit with parts before and after it, which sound themselves; a card is silent."""
    parts = (*before, *edit.parts, *after)
    if not edit.bed:
        return replace(edit, parts=parts)
    return replace(edit, parts=parts, bed=(*map(sounding, before), *edit.bed, *map(sounding, after)))


def with_links(edit: Edit, links: Mapping[str, str]) -> Edit:
    """Return the edit with other links on its cards, by those that they have."""
    if not links:
        return edit
    parts = tuple(
        replace(part, link=links.get(part.link, part.link)) if isinstance(part, Card) and part.link else part
        for part in edit.parts
    )
    return replace(edit, parts=parts)


def merged(edit: Edit) -> Edit:
    """Return the edit with spans that go on where the one before ends made one, and parts without length left out.

    It plays the same; a span costs an opened file, so fewer is cheaper.
    """
    if len(edit.parts) == 1 and not edit.bed and edit.duration:
        return edit
    parts, bed = _merged(edit.parts), tuple(part for part in _merged(edit.bed) if not isinstance(part, Card))
    return edit if (parts, bed) == (edit.parts, edit.bed) else replace(edit, parts=parts, bed=bed)


def frame_lengths(edit: Edit, rate: FrameRate) -> tuple[int, ...]:
    """Return how many frames each part gets at a rate.

    The total is floor(duration × rate) and every join falls on the frame nearest to its exact time, so that rounding
    never adds up along the edit.
    """
    total = rate.frames_within(edit.duration)
    if len(edit.parts) == 1:
        return (total,)
    ends = [min(total, rate.nearest_frame(end)) for end in _ends(edit)]
    if ends:
        ends[-1] = total
    return tuple(end - start for start, end in zip([0, *ends], ends, strict=False))


def on_frames(edit: Edit, rate: FrameRate) -> Edit:
    """Return the edit with each part as long as its frames at a rate; it shows the same, and nothing of part frames.

    So every piece between two frames shows what the whole shows there.
    """
    parts = [
        _with_duration(part, rate.time_of(frames))
        for part, frames in zip(edit.parts, frame_lengths(edit, rate), strict=True)
        if frames
    ]
    bed = tuple(part for part in _cut_at(edit.bed, _total(tuple(parts))) if not isinstance(part, Card))
    return replace(edit, parts=tuple(parts), bed=bed)


def _as_programmes(edit: Edit) -> Edit:
    """Return the edit with a programme for every span, so that it can be told from what it is joined with."""

    def named(part: Part) -> Part:
        if not isinstance(part, MasterSpan):
            return part
        programme = part.programme or Programme(edit.name)
        return replace(part, programme=replace(programme, fades=programme.fades or edit.fades))

    bed = tuple(part for part in map(named, edit.bed) if not isinstance(part, Card))
    return replace(edit, parts=tuple(map(named, edit.parts)), bed=bed)


def _total(parts: tuple[Part, ...]) -> Fraction:
    return total(part.duration for part in parts)


def _cut_at(parts: tuple[Part, ...], seconds: Fraction) -> tuple[Part, ...]:
    kept: list[Part] = []
    left = seconds
    for part in parts:
        if left <= 0:
            break
        kept.append(part if part.duration <= left else _with_duration(part, left))
        left -= part.duration
    return tuple(kept)


def _between(parts: tuple[Part, ...], span: Span) -> tuple[Part, ...]:
    kept: list[Part] = []
    at = Fraction(0)
    for part in parts:
        first, last = max(span.start - at, Fraction(0)), min(span.end - at, part.duration)
        at += part.duration
        if first >= last:
            continue
        if isinstance(part, MasterSpan):
            kept.append(replace(part, span=Span(part.span.start + first, part.span.start + last)))
        else:
            kept.append(replace(part, duration=last - first))
    return tuple(kept)


def _merged(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    kept: list[Part] = []
    for part in parts:
        before = kept[-1] if kept else None
        if isinstance(part, MasterSpan) and isinstance(before, MasterSpan) and _goes_on(before, part):
            kept[-1] = replace(before, span=Span(before.span.start, part.span.end))
        elif part.duration > 0:
            kept.append(part)
    return tuple(kept)


def _goes_on(before: MasterSpan, part: MasterSpan) -> bool:
    return part == replace(before, span=part.span) and before.span.end == part.span.start


def _ends(edit: Edit) -> Iterator[Fraction]:
    at = Fraction(0)
    for part in edit.parts:
        at += part.duration
        yield at


def _with_duration(part: Part, seconds: Fraction) -> Part:
    if isinstance(part, MasterSpan):
        return replace(part, span=Span(part.span.start, part.span.start + seconds))
    return replace(part, duration=seconds)


def is_edit_file(path: Path) -> bool:
    """Return whether a file is taken for an edit, by its name alone."""
    return path.name.endswith(EDIT_SUFFIX)
