"""How programmes are looked for: CP-SAT says whether there are any, a quick search finds good ones, CP-SAT the best.

A library of hundreds is too large for a proof that nothing better exists. There, films gathered without an order say
how good a programme could be at best, and what was found is told beside that. A small library is solved to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Final, Literal

from pipeline.plan.block_costs import cost_of
from pipeline.plan.block_rules import broken_rules
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection_beam import programmes
from pipeline.plan.selection_model import Answer, Problem, solve

_GATHERING: Final = 0.3
_PROOF: Final = 1.5
"""Work for finding the best of a small library, in CP-SAT's deterministic seconds, as all of these."""
_LAST: Final = 0.8
"""Work for finding any programme of a large library, where the quick search found none."""
_NEXT: Final = 0.4
"""Work for each of the next best."""
_SMALL: Final = 200
"""Films times places of a library that is solved to the end."""
_LOOKED_AT: Final = 400


@dataclass(frozen=True)
class Found:
    """The outcome of a search."""

    status: Literal["best", "found", "impossible", "unknown"]
    """Nothing better exists; nothing better was found; nothing exists; nothing was found, and nobody knows."""
    programmes: tuple[tuple[Candidate, ...], ...] = ()
    """The best, and then those of other films, each in order."""
    bound: Fraction = Fraction(0)
    """Nothing with fewer points exists."""


def search(problem: Problem, *, count: int = 3) -> Found:
    """Return the best programmes of different films that are found, at most so many."""
    gathered = solve(problem, work=_GATHERING, order="ignored")
    if gathered.status == "impossible":
        return Found("impossible")
    quick = tuple(islice(_different(problem), count))
    if len(problem.films) * problem.places <= _SMALL:
        return _to_the_end(problem, quick, gathered, count)
    if quick:
        status: Literal["best", "found"] = "best" if _points(problem, quick[0]) <= gathered.bound else "found"
        return Found(status, quick, gathered.bound)
    answer = solve(problem, work=_LAST)
    return Found(answer.status, (_films(problem, answer),) if answer.order else (), gathered.bound)


def exists(problem: Problem) -> bool | None:
    """Return whether any programme keeps the rules; None where that is not known."""
    if solve(problem, work=_GATHERING, order="ignored", aim="any").status == "impossible":
        return False
    if next(_different(problem, "any"), None) is not None or next(_different(problem), None) is not None:
        return True
    if len(problem.films) * problem.places > 10 * _SMALL:
        return None
    status = solve(problem, work=_GATHERING, aim="any").status
    return None if status == "unknown" else status != "impossible"


def _different(problem: Problem, wanted: Literal["all", "any"] = "all") -> Iterator[tuple[Candidate, ...]]:
    """Yield programmes of the quick search that keep every rule, each of other films, the best first."""
    orders = islice(programmes(problem, wanted), _LOOKED_AT)
    found = [tuple(problem.films[number] for number in order) for order in orders]
    kept = [films for films in found if not broken_rules(films, problem.rules, problem.overheads)]
    seen = set(problem.banned)
    for films in sorted(kept, key=lambda films: _points(problem, films)):
        if (digests := frozenset(film.film.digest for film in films)) not in seen:
            seen.add(digests)
            yield films


def _to_the_end(problem: Problem, quick: tuple[tuple[Candidate, ...], ...], gathered: Answer, count: int) -> Found:
    """Return the best programmes that there are, one after the other; where work runs out, the best that were found."""
    numbers = {film.film.digest: number for number, film in enumerate(problem.films)}
    found: list[tuple[Candidate, ...]] = []
    status, left = "best", list(quick)
    for _ in range(count):
        banned = tuple(frozenset(film.film.digest for film in films) for films in found)
        hint = [numbers[film.film.digest] for film in left[0]] if left else []
        answer = solve(replace(problem, banned=banned), work=_NEXT if found else _PROOF, hint=hint)
        choice = min(
            (films for films in (_films(problem, answer), *left[:1]) if films),
            key=lambda films: _points(problem, films),
            default=None,
        )
        if not found:
            status = "impossible" if choice is None and answer.status == "impossible" else answer.status
        if choice is None:
            break
        found.append(choice)
        digests = frozenset(film.film.digest for film in choice)
        left = [films for films in left if frozenset(film.film.digest for film in films) != digests]
    if found and status not in ("best", "found"):
        status = "found"
    return Found(status, tuple(found), gathered.bound)  # type: ignore[arg-type]


def _films(problem: Problem, answer: Answer) -> tuple[Candidate, ...]:
    return tuple(problem.films[number] for number in answer.order)


def _points(problem: Problem, films: tuple[Candidate, ...]) -> Fraction:
    return cost_of(films, problem.rules, problem.overheads).total
