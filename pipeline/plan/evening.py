"""An evening laid out around a block: when doors, talk, stream and merch table begin and end, and what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Final, Literal

from pipeline.clocks import name_of
from pipeline.errors import PlanError
from pipeline.evening import EveningEntry, EveningKind
from pipeline.spelling import brief
from pipeline.timebase import Span, clock

SHORTEST_S: Final = 60 * 60
LONGEST_S: Final = 90 * 60
"""In seconds: an evening with a block of 10 to 20 minutes, which people come for and stay for."""
_Side = Literal["before", "after"]


@dataclass(frozen=True)
class Happening:
    """One thing that happens."""

    what: EveningKind
    title: str
    """What its people call it; nothing where its kind says it."""
    span: Span
    """When, in seconds since the block's first picture: below 0 before it."""
    who: str = ""
    note: str = ""
    is_alongside: bool = False
    """Whether it goes on while other things happen."""


@dataclass(frozen=True)
class Evening:
    """All that happens, as it begins; what goes on alongside comes last."""

    happenings: tuple[Happening, ...]
    notes: tuple[str, ...] = ()
    """What does not fit, in sentences."""

    @property
    def span(self) -> Span:
        """From the first beginning to the last end."""
        spans = tuple(one.span for one in self.happenings)
        return Span(min(span.start for span in spans), max(span.end for span in spans))


def plan_evening(entries: Sequence[EveningEntry], *, block_s: Fraction, start: datetime | None = None) -> Evening:
    """Return what happens when around a block of `block_s` seconds that begins at an aware `start`.

    What stands before the block ends as the next begins, what stands after it begins as the one before ends, and `at`
    says otherwise; what is alongside lasts all evening unless it says from when or for how long. What overlaps, and an
    evening outside 60 to 90 minutes, is told in notes. Raises PlanError where there is not exactly one block, for `at`
    without a start, for a time that clocks skip, and where nothing says how long something takes.
    """
    blocks = [place for place, entry in enumerate(entries) if entry.what == "block"]
    if len(blocks) != 1:
        raise PlanError(
            f"The evening has {len(blocks) or 'no'} [[evening]] with what = 'block', and needs exactly one.",
            remedy="Write [[evening]] what = 'block' once, where the films play.",
            field="evening",
        )
    block = _happening(entries[blocks[0]], Span(Fraction(0), block_s))
    before = [entry for entry in entries[: blocks[0]] if not entry.is_alongside]
    after = [entry for entry in entries[blocks[0] + 1 :] if not entry.is_alongside]
    in_turn = (*_before(before, start), block, *_after(after, block_s, start))
    # By what somebody wrote with `at`, the order of beginnings may be another than that of the file.
    in_turn = tuple(sorted(in_turn, key=lambda one: (one.span.start, one.span.end)))
    whole = Evening(in_turn).span
    beside = tuple(
        _alongside(entry, whole, start, "before" if place < blocks[0] else "after")
        for place, entry in enumerate(entries)
        if entry.is_alongside
    )
    evening = Evening((*in_turn, *sorted(beside, key=lambda one: one.span.start)))
    return replace(evening, notes=(*_overlaps(in_turn), *_length(evening)))


def _before(entries: Sequence[EveningEntry], start: datetime | None) -> tuple[Happening, ...]:
    """Lay out what stands before the block, from its start backwards."""
    laid: list[Happening] = []
    until = Fraction(0)
    for entry in reversed(entries):
        begins = None if entry.at is None else _seconds_at(entry, entry.at, start, "before")
        if begins is None:
            begins, ends = until - _seconds_of(entry), until
        else:
            ends = max(begins, until) if entry.minutes is None else begins + _seconds_of(entry)
        laid.append(_happening(entry, Span(begins, ends)))
        until = begins
    return tuple(reversed(laid))


def _after(entries: Sequence[EveningEntry], block_s: Fraction, start: datetime | None) -> tuple[Happening, ...]:
    """Lay out what stands after the block, from its end on."""
    begins: list[Fraction] = []
    now = block_s
    for entry in entries:
        begins.append(now if entry.at is None else _seconds_at(entry, entry.at, start, "after"))
        now = begins[-1] + (Fraction(0) if entry.minutes is None else _seconds_of(entry))
    laid = []
    for entry, begin, following in zip(entries, begins, (*begins, None)[1:], strict=True):
        if entry.minutes is not None:
            end = begin + _seconds_of(entry)
        elif following is not None and following > begin:
            end = following
        else:
            raise PlanError(
                f"Nothing says when {_named(entry)} of the evening ends.",
                remedy="Say how long it takes: minutes = 30.",
                field="evening",
            )
        laid.append(_happening(entry, Span(begin, end)))
    return tuple(laid)


def _alongside(entry: EveningEntry, whole: Span, start: datetime | None, side: _Side) -> Happening:
    begins = whole.start if entry.at is None else _seconds_at(entry, entry.at, start, side)
    ends = max(begins, whole.end) if entry.minutes is None else begins + _seconds_of(entry)
    return _happening(entry, Span(begins, ends))


def _happening(entry: EveningEntry, span: Span) -> Happening:
    return Happening(entry.what, entry.title or "", span, entry.who or "", entry.note or "", entry.is_alongside)


def _seconds_of(entry: EveningEntry) -> Fraction:
    assert entry.minutes is not None  # an entry has minutes or `at`
    return entry.minutes * 60


def _seconds_at(entry: EveningEntry, at: str, start: datetime | None, side: _Side) -> Fraction:
    """Return when a time of day is, in seconds since the block's start: the last before it, or the first after it."""
    if start is None:
        raise PlanError(
            f"{_named(entry)} of the evening begins at {at}, but nothing says when the block begins.",
            remedy="Set `starts` and `zone` in the block's file, or give minutes instead of at.",
            field="evening",
        )
    zone, hour = start.tzinfo, time.fromisoformat(at)
    assert zone is not None
    found = set()
    for days in (-1, 0, 1):
        for fold in (0, 1):
            local = datetime.combine(start.date() + timedelta(days), hour).replace(tzinfo=zone, fold=fold)
            instant = local.astimezone(UTC)
            shown = instant.astimezone(zone).replace(tzinfo=None)
            # Where clocks skip the time, going there and back gives another (PEP 495); the next day's is not meant.
            if shown.time() == hour and abs(shown - start.replace(tzinfo=None)) < timedelta(days=1):
                found.add(instant)
    begins = start.astimezone(UTC)
    fitting = [one for one in found if (one <= begins if side == "before" else one >= begins)]
    if not fitting:
        raise PlanError(
            f"{_named(entry)} of the evening begins at {at}, which clocks in {name_of(zone)} do not show that day.",
            remedy="Write a time before or after the hour that they skip.",
            field="evening",
        )
    nearest = max(fitting) if side == "before" else min(fitting)
    return Fraction((nearest - begins) // timedelta(microseconds=1), 1_000_000)


def _overlaps(happenings: Sequence[Happening]) -> tuple[str, ...]:
    """Tell what begins before something earlier has ended."""
    notes, latest = [], happenings[0]
    for one in happenings[1:]:
        if (over := latest.span.end - one.span.start) > 0:
            notes.append(f"{_called(one)} begins {clock(over)} before {_called(latest)} ends.")
        latest = max(latest, one, key=lambda each: each.span.end)
    return tuple(notes)


def _length(evening: Evening) -> tuple[str, ...]:
    length = evening.span.duration
    if SHORTEST_S <= length <= LONGEST_S:
        return ()
    return (f"The evening takes {round(length / 60)} minutes; 60 to 90 keep people from leaving before its end.",)


def _named(entry: EveningEntry) -> str:
    return f"“{brief(entry.title)}”" if entry.title else f"The entry '{entry.what}'"


def _called(one: Happening) -> str:
    return f"“{brief(one.title)}”" if one.title else f"'{one.what}'"
