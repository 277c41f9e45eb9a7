"""What of a clip lies under a platform's buttons: what we draw must not; the film's own faces and titles are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pipeline.geometry import Box
from pipeline.plan.layout import ButtonZone, covered_share
from pipeline.plan.onscreen import OnScreen
from pipeline.styles import LayoutStyle
from pipeline.timebase import Span

Severity = Literal["error", "warning"]
# What is covered by less than this is not told: a cheek at the edge of a column of buttons is nothing to act on.
_LEAST_SHARE: Final = Fraction(1, 10)
_LEAST_S: Final = Fraction(1, 2)


@dataclass(frozen=True)
class Drawn:
    """Something that we draw: a caption, or the text, code or logo of a card."""

    what: str
    """For people, such as 'caption "Come back!"'."""
    span: Span
    """Seconds of the clip."""
    box: Box


@dataclass(frozen=True)
class Overlap:
    """Something that buttons cover."""

    severity: Severity
    """With an error, the clip is not made."""
    what: str
    """For people."""
    span: Span
    """Seconds of the clip during which it is covered."""
    box: Box
    """Where it is covered most."""
    at: Fraction
    """Second of the clip at which that is."""
    share: Fraction
    """How much of it is covered then, 0 to 1."""
    weight: Fraction
    """By which overlaps are ranked: seconds, times share, times share of the picture."""


def find_overlaps(
    drawn: Iterable[Drawn],
    seen: Sequence[OnScreen],
    zones: Sequence[ButtonZone],
    *,
    size: tuple[int, int],
    style: LayoutStyle,
) -> tuple[Overlap, ...]:
    """Return what a platform's zones cover of a picture of a size: errors first, then the weightiest.

    Of what we draw every covered pixel counts; of faces and lettering what is covered to a tenth for half a second.
    """
    area = size[0] * size[1]
    found = []
    for one in drawn:
        share = covered_share(one.box, zones)
        if share:
            found.append(_overlap("error", one.what, [(one.span, one.box, share)], area))
    for group in _by_number(seen):
        places = [(one.span, one.box, covered_share(one.box, zones)) for one in group]
        covered = [place for place in places if place[2] >= _LEAST_SHARE]
        kind = group[0].kind
        if sum((span.duration for span, _, _ in covered), Fraction(0)) >= _LEAST_S:
            rule = style.faces if kind == "face" else style.lettering
            what = "a face" if kind == "face" else "the film's lettering"
            found.append(_overlap("error" if rule == "error" else "warning", what, covered, area))
    return tuple(sorted(found, key=lambda one: (one.severity, -one.weight, one.span.start)))


def _by_number(seen: Sequence[OnScreen]) -> list[list[OnScreen]]:
    groups: dict[int, list[OnScreen]] = {}
    for one in seen:
        groups.setdefault(one.number, []).append(one)
    return list(groups.values())


def _overlap(severity: Severity, what: str, places: Sequence[tuple[Span, Box, Fraction]], area: int) -> Overlap:
    span, box, share = max(places, key=lambda place: (place[2], place[1].area))
    weight = sum((s.duration * c * Fraction(b.area, area) for s, b, c in places), Fraction(0))
    whole = Span(min(s.start for s, _, _ in places), max(s.end for s, _, _ in places))
    return Overlap(severity, what, whole, box, (span.start + span.end) / 2, share, weight)
