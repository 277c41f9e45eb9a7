"""How a region's variant differs from what others show, along its time: for a sentence and for a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.counting import counted
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.plan.reels import Section
from pipeline.timebase import Span, clock, total

Kind = Literal["shared", "again", "card", "added", "gap"]
"""What a stretch is: encoded for others too; of the film, encoded for this variant; a card; of another film; black."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of a variant that is one thing."""

    span: Span
    """In seconds of the variant."""
    kind: Kind
    what: str
    """Of a card its first line, of a film the time that it begins at there."""


@dataclass(frozen=True)
class Variant:
    """A region's variant, in order of time, and how it is made."""

    region: str
    stretches: tuple[Stretch, ...]
    pieces: int
    """What it is joined from: segments, or pieces of a clip."""
    own_pieces: int
    """Those of them that are this variant's alone."""
    noun: str
    """What a piece is called."""

    @property
    def duration(self) -> Fraction:
        """How long it plays, in seconds."""
        return self.stretches[-1].span.end if self.stretches else Fraction(0)

    @property
    def own_s(self) -> Fraction:
        """How many seconds of it are encoded for it alone."""
        return total(one.span.duration for one in self.stretches if one.kind != "shared")

    def __str__(self) -> str:
        share = 1 - self.own_s / self.duration if self.duration else Fraction(1)
        # Rounded down, so that all is only said of all.
        return (
            f"{self.region}: {self.own_pieces} of {counted(self.pieces, self.noun)} its own, {int(100 * share)} % of "
            f"the pictures shared, {float(self.own_s):.1f} s encoded for it"
        )


def variant_of_sections(region: str, sections: Sequence[Section], film: Edit) -> Variant:
    """Return how a package differs from that of the whole film, whose own segments it plays where it can."""
    stretches: list[Stretch] = []
    own = count = 0
    at = Fraction(0)
    for section in sections:
        is_shared, rate = section.reel.edit == film, section.reel.grid.rate
        count += section.end - section.first
        own += 0 if is_shared else section.end - section.first
        begin = rate.time_of(section.borders[0])
        length = rate.time_of(section.frames)
        shown = (film.parts[0],) if is_shared else section.reel.edit.parts
        stretches += _stretches(shown, film, at, begin, length, "shared" if is_shared else "again")
        at += length
    return Variant(region, tuple(stretches), count, own, "segment")


def variant_of_pieces(region: str, pieces: Sequence[Edit], shared: frozenset[Edit], film: Edit) -> Variant:
    """Return how a clip differs from those of other regions, with which it shares some of its pieces."""
    stretches: list[Stretch] = []
    at = Fraction(0)
    for piece in pieces:
        kind: Kind = "shared" if piece in shared else "again"
        stretches += _stretches(piece.parts, film, at, Fraction(0), piece.duration, kind)
        at += piece.duration
    return Variant(region, tuple(stretches), len(pieces), sum(piece not in shared for piece in pieces), "piece")


def _stretches(
    parts: Sequence[Part], film: Edit, at: Fraction, begin: Fraction, length: Fraction, kind: Kind
) -> Iterator[Stretch]:
    """Yield what of parts plays for some seconds from one time of theirs on, at a time of the variant."""
    start = Fraction(0)
    for part in parts:
        first, last = max(begin, start), min(begin + length, start + part.duration)
        if first < last:
            shown = Span(first, last).moved(at - begin)
            yield Stretch(shown, kind if kind == "shared" else _kind(part, film), _what(part, first - start))
        start += part.duration


def _kind(part: Part, film: Edit) -> Kind:
    if isinstance(part, Card):
        return "card"
    if isinstance(part, Gap):
        return "gap"
    return "again" if part.master in film.masters else "added"


def _what(part: Part, since: Fraction) -> str:
    if isinstance(part, MasterSpan):
        return clock(part.span.start + since)
    return (part.lines[0] if part.lines else "picture") if isinstance(part, Card) else ""
