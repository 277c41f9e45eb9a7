"""What several platforms allow of one quantity at once, and which two of them are in the way where nothing is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Bound:
    """Hold what one platform allows of one field, in the unit in which the field is decided."""

    platform: str
    field: str
    allowed: str  # as its preset says it, for people
    low: Fraction = Fraction(0)
    high: Fraction | None = None


@dataclass(frozen=True)
class Range:
    """Hold the values that are left when all bounds are kept, with the bounds that decide its ends."""

    floor: Bound
    ceiling: Bound

    @property
    def low(self) -> Fraction:
        """The smallest value left."""
        return self.floor.low

    @property
    def high(self) -> Fraction | None:
        """The largest value left, None where there is no end."""
        return self.ceiling.high

    def nearest(self, preferences: Sequence[Fraction]) -> Fraction:
        """Return the lower median of the preferences, moved into the range: no other value is nearer to them in sum."""
        middle = max(self.low, sorted(preferences)[(len(preferences) - 1) // 2])
        return middle if self.high is None else min(self.high, middle)


@dataclass(frozen=True)
class Conflict:
    """Hold the two bounds that cannot both be kept; they are the same one where a platform cannot be served at all."""

    one: Bound
    other: Bound
    note: str = ""  # what else stands in the way, where the two alone would leave something

    def __str__(self) -> str:
        sides = tuple(dict.fromkeys((self.one, self.other)))
        told = ", ".join(f"{side.platform} takes {side.field} {side.allowed}" for side in sides)
        return f"{told}, {self.note}" if self.note else told


def meet(bounds: Iterable[Bound]) -> Range | Conflict:
    """Return the values that keep every bound, or the two bounds that leave none. Ties go to the first."""
    given = tuple(bounds)
    floor = max(given, key=lambda bound: bound.low)
    ceiling = min(given, key=lambda bound: (bound.high is None, bound.high or Fraction(0)))
    if ceiling.high is not None and floor.low > ceiling.high:
        return Conflict(floor, ceiling)
    return Range(floor, ceiling)


def meet_all(*quantities: Iterable[Bound]) -> tuple[Range, ...] | Conflict:
    """Return the range of every quantity, or the conflict of the first that has none left."""
    met = tuple(meet(bounds) for bounds in quantities)
    conflicts = tuple(one for one in met if isinstance(one, Conflict))
    return conflicts[0] if conflicts else tuple(one for one in met if isinstance(one, Range))


def agree(*fields: Sequence[Bound]) -> Conflict | None:
    """Return the first two bounds of one field whose words differ, for fields that have no range."""
    differing = ((bounds[0], bound) for bounds in fields for bound in bounds if bound.allowed != bounds[0].allowed)
    return next((Conflict(one, other) for one, other in differing), None)
