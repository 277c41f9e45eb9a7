"""A quick search for good programmes: place by place, keeping the best beginnings of each length.

With hundreds of films there are too many orders for a proof, while a good one is soon found: a beginning is judged by
what it costs so far, among those that last about as long and have about as many of the films and countries that must be
in. Whole numbers and stable sorting make it find the same whatever the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

from pipeline.plan.block_costs import (
    COMFORTABLE_LU,
    COMFORTABLE_MOOD,
    PER_LU,
    PER_MISSING_FILM,
    PER_MOOD,
    PER_REPEAT,
    PER_SECOND,
    PER_WEIGHT,
    customary_films,
)
from pipeline.plan.selection_model import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BUCKET_MS: Final = 10_000
"""Beginnings that differ by less are rivals."""
_WIDTH: Final = 8
"""Beginnings that are kept of each kind."""
_MOST: Final = 1200
"""Beginnings that are kept in all."""
_TOP: Final = 60
"""Programmes of each number of films that are looked at again, exactly."""
_NEVER: Final = 1 << 40


def programmes(problem: Problem, wanted: Literal["all", "any"] = "all") -> list[tuple[int, ...]]:
    """Return good programmes, the best first: films by their numbers in the problem, in order.

    With "any" those of the fewest films are enough, where there are some.

    Lengths are counted in milliseconds, so that one may break a rule by less than those of its films together.
    """
    if not problem.places:
        return []
    beam = _Beam(problem, _tables(problem))
    begun: _Beginnings | None = beam.nothing()
    found: list[tuple[int, tuple[int, ...]]] = []
    for place in range(1, problem.places + 1):
        if begun is None:
            break
        grown = beam.grown(begun, place)
        found += beam.finished(begun, grown, place)
        if found and wanted == "any":
            break
        begun = beam.kept(begun, grown, place)
    return [order for _, order in sorted(found)]


@dataclass(frozen=True)
class _Tables:
    """What the search reads of the films, by their numbers."""

    spans: NDArray[Any]
    """Milliseconds of each with its cards."""
    jumps: NDArray[Any]
    """What it costs, in tenths of a point, that one follows another; _NEVER where it must not."""
    worths: NDArray[Any]
    """What each costs by itself."""
    rivals: NDArray[Any]
    """Whether two cannot both be in."""
    countries: NDArray[Any]
    """Whether each is from each country."""


@dataclass(frozen=True)
class _Beginnings:
    """Beginnings of programmes, one in each row."""

    orders: NDArray[Any]
    lengths: NDArray[Any]
    costs: NDArray[Any]
    blocked: NDArray[Any]
    """Whether each film can no longer follow."""
    countries: NDArray[Any]
    """How many films are from each country."""
    wanted: NDArray[Any]
    """How many films are in that must be."""


@dataclass(frozen=True)
class _Grown:
    """Every beginning, in rows, with every film after it, in columns."""

    lengths: NDArray[Any]
    costs: NDArray[Any]
    allowed: NDArray[Any]
    countries: NDArray[Any]
    """How many countries films are from."""
    wanted: NDArray[Any]


class _Beam:
    """The search through one problem."""

    def __init__(self, problem: Problem, tables: _Tables) -> None:
        import numpy as np

        self.problem, self.tables, films = problem, tables, problem.films
        self.is_wanted = np.array([film.is_wanted for film in films], int)
        self.is_closer = np.array([film.place == "closer" for film in films])
        self.pins = {1 if film.place == "opener" else film.place: n for n, film in enumerate(films)
                     if film.place not in (None, "closer")}  # fmt: skip

    def nothing(self) -> _Beginnings:
        """Return the beginning before the first film."""
        import numpy as np

        count, kinds = self.tables.countries.shape
        return _Beginnings(
            np.zeros((1, 0), int), np.array([_ms(self.problem.overheads.fixed)]), np.zeros(1, int),
            np.zeros((1, count), bool), np.zeros((1, kinds), int), np.zeros(1, int),
        )  # fmt: skip

    def grown(self, begun: _Beginnings, place: int) -> _Grown:
        """Return beginnings with each film at a place, from 1."""
        import numpy as np

        rules, overheads, of_country = self.problem.rules, self.problem.overheads, self.tables.countries
        pause = sum(_ms(seconds) for after, seconds in overheads.intermissions if after == place - 1)
        lengths = begun.lengths[:, None] + self.tables.spans[None, :] + pause
        costs = begun.costs[:, None] + self.tables.worths[None, :]
        costs = costs + np.minimum(begun.countries, 1) @ of_country.T * int(PER_REPEAT * 10)
        if place > 1 and place - 1 not in overheads.pauses:
            costs = costs + self.tables.jumps[begun.orders[:, -1]]
        allowed = ~begun.blocked & (lengths <= _ms(rules.longest)) & (costs < _NEVER // 2)
        if rules.films_per_country_max is not None:
            allowed &= (begun.countries >= rules.films_per_country_max).astype(int) @ of_country.T == 0
        for pinned, number in self.pins.items():
            if pinned != place:
                allowed[:, number] = False
        if place in self.pins:
            allowed &= np.arange(len(self.problem.films))[None, :] == self.pins[place]
        fresh = (begun.countries == 0).astype(int) @ of_country.T
        countries = (begun.countries > 0).sum(1)[:, None] + fresh
        return _Grown(lengths, costs, allowed, countries, begun.wanted[:, None] + self.is_wanted[None, :])

    def finished(self, begun: _Beginnings, grown: _Grown, place: int) -> list[tuple[int, tuple[int, ...]]]:
        """Return the best programmes that end with a place, each with what it costs in tenths of a point."""
        import numpy as np

        rules = self.problem.rules
        ready = grown.allowed & (grown.lengths >= _ms(rules.shortest)) & (grown.countries >= rules.countries_min)
        ready &= grown.wanted == self.is_wanted.sum()
        if self.is_closer.any():
            ready &= self.is_closer[None, :]
        if place < rules.films_min:
            return []
        rows, films = np.nonzero(ready)
        off = np.abs(grown.lengths[rows, films] - _ms(rules.target)) * int(PER_SECOND * 10) // 1000
        missing = max(0, customary_films(rules) - place) * int(PER_MISSING_FILM * 10)
        costs = grown.costs[rows, films] + off + missing
        best = np.argsort(costs, kind="stable")[:_TOP]
        return [(int(costs[one]), (*map(int, begun.orders[rows[one]]), int(films[one]))) for one in best]

    def kept(self, begun: _Beginnings, grown: _Grown, place: int) -> _Beginnings | None:
        """Return the beginnings that are worth going on from; None where there are none."""
        import numpy as np

        rules = self.problem.rules
        rows, films = np.nonzero(grown.allowed & ~self.is_closer[None, :])
        if place >= self.problem.places or not len(rows):
            return None
        kinds = grown.lengths[rows, films] // _BUCKET_MS
        kinds = kinds * (self.is_wanted.sum() + 1) + grown.wanted[rows, films]
        kinds = kinds * (rules.countries_min + 1) + np.minimum(grown.countries[rows, films], rules.countries_min)
        order = np.lexsort((grown.costs[rows, films], kinds))
        first = np.concatenate(([True], kinds[order][1:] != kinds[order][:-1]))
        rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
        order, rank = order[rank < _WIDTH], rank[rank < _WIDTH]
        order = order[np.argsort(rank, kind="stable")][:_MOST]
        rows, films = rows[order], films[order]
        return _Beginnings(
            np.concatenate((begun.orders[rows], films[:, None]), axis=1),
            grown.lengths[rows, films],
            grown.costs[rows, films],
            begun.blocked[rows] | self.tables.rivals[films],
            begun.countries[rows] + self.tables.countries[films],
            grown.wanted[rows, films],
        )


def _ms(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _tables(problem: Problem) -> _Tables:
    import numpy as np

    films, rules = problem.films, problem.rules
    spans = np.array([_ms(film.lasting + problem.overheads.per_film) for film in films])
    jumps = np.zeros((len(films), len(films)), int)
    for measure, grain, most, comfortable, price in (
        ("loudness_lu", 10, rules.loudness_jump_max_lu, COMFORTABLE_LU, PER_LU),
        ("mood", 100, rules.mood_jump_max, COMFORTABLE_MOOD, PER_MOOD),
    ):
        ends, heard_out = _levels([getattr(film.end, measure) for film in films], grain)
        starts, heard_in = _levels([getattr(film.start, measure) for film in films], grain)
        change = np.abs(ends[:, None] - starts[None, :]) * (heard_out[:, None] & heard_in[None, :])
        jumps += np.maximum(0, change - round(comfortable * grain)) * round(price * 10 / grain)
        if most is not None:
            jumps[change > (most * grain).__floor__()] = _NEVER
    worths = np.array([round((1 - film.weight) * PER_WEIGHT * 10) for film in films])
    rivals = np.eye(len(films), dtype=bool)
    if rules.one_per_director:
        of_each: dict[str, list[int]] = {}
        for number, film in enumerate(films):
            for name in film.directors:
                of_each.setdefault(name, []).append(number)
        for numbers in of_each.values():
            rivals[np.ix_(numbers, numbers)] = True
    names = sorted({name for film in films for name in film.countries})
    countries = np.zeros((len(films), len(names)), int)
    for number, film in enumerate(films):
        countries[number, [names.index(name) for name in film.countries]] = 1
    return _Tables(spans, jumps, worths, rivals, countries)


def _levels(values: Sequence[Any], grain: int) -> tuple[NDArray[Any], NDArray[Any]]:
    import numpy as np

    return np.array([round((value or 0) * grain) for value in values]), np.array(
        [value is not None for value in values]
    )
