"""Choose and order the films of a block: which, why each is in and at its place, why each other is not, what else.

The same candidates, in whatever order they are named, give the same programme: they are sorted by their digests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.errors import PlanError
from pipeline.plan.block_costs import Cost, cost_of
from pipeline.plan.block_rules import BlockRules, Overheads, broken_rules, why_not
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection_model import Problem
from pipeline.plan.selection_reasons import told_difference, why_here, why_in, why_out
from pipeline.plan.selection_search import search
from pipeline.plan.shortfall import told_shortfall
from pipeline.plan.wishes import contradictions

RUNNERS_UP: Final = 2


@dataclass(frozen=True)
class Chosen:
    """A film of the programme."""

    candidate: Candidate
    why: str
    """Why it is in, as the end of a sentence."""
    why_here: str
    """Why it stands at its place; nothing where it was given so."""


@dataclass(frozen=True)
class LeftOut:
    """A film that is not in the programme, and why, as the end of a sentence."""

    candidate: Candidate
    why: str


@dataclass(frozen=True)
class RunnerUp:
    """Another programme, of other films."""

    films: tuple[Candidate, ...]
    length: Fraction
    worse_by: Fraction
    """How many points it is worse; one is a second off the target."""
    why: str
    """What it loses, or gains."""


@dataclass(frozen=True)
class Selection:
    """The programme of a block."""

    films: tuple[Chosen, ...]
    length: Fraction
    """Seconds, with all that is shown besides films."""
    cost: Cost
    left_out: tuple[LeftOut, ...] = ()
    runners_up: tuple[RunnerUp, ...] = ()
    proof: str = ""
    """How sure it is that nothing better exists, a sentence."""

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The films in order."""
        return tuple(one.candidate for one in self.films)


def select(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Selection:
    """Return the best programme of candidates under rules.

    Raises PlanError where what is wanted contradicts itself, and where no programme keeps the rules: then it says by
    how much, and which rule by itself would have to give way.
    """
    if not candidates:
        raise PlanError("There are no films to choose from.", remedy="Name films, folders or patterns in [[films]].")
    reasons = {film.film.digest: why_not(film, rules, overheads) for film in candidates}
    wrong = contradictions(candidates, rules, overheads)
    if wrong:
        raise PlanError("\n".join(wrong), remedy="Change the block file where it contradicts itself.")
    eligible = Problem.of((film for film in candidates if reasons[film.film.digest] is None), rules, overheads)
    found = search(eligible, count=1 + RUNNERS_UP)
    if not found.programmes:
        raise told_shortfall(candidates, rules, overheads, found.status)
    best, *others = found.programmes
    points = cost_of(best, rules, overheads)
    return Selection(
        films=tuple(_chosen(best, rules, overheads)),
        length=_length(best, overheads),
        cost=points,
        left_out=tuple(_left_out(candidates, best, reasons, rules, overheads)),
        runners_up=tuple(
            RunnerUp(
                films=tuple(films),
                length=_length(films, overheads),
                worse_by=(other := cost_of(films, rules, overheads)).total - points.total,
                why=told_difference(points, other),
            )
            for films in others
        ),
        proof=_proof(found.status, points.total - found.bound),
    )


def check_given(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Selection:
    """Return the programme that a person gave, in its order. Raises PlanError that tells every rule it breaks."""
    if not films:
        raise PlanError("The block has no films.", remedy="Name them in [[films]], in their order.")
    broken = broken_rules(films, rules, overheads)
    if broken:
        told = f"The order that is given breaks {counted(len(broken), 'rule')}:"
        raise PlanError(
            "\n".join((told, *broken)),
            remedy='Change the films or the rules, or let them be chosen: order = "choose".',
            broken=list(broken),
        )
    given = tuple(Chosen(film, "it is given", "") for film in films)
    return Selection(given, _length(films, overheads), cost_of(films, rules, overheads))


def _chosen(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Iterator[Chosen]:
    for place, film in enumerate(films):
        yield Chosen(film, why_in(place, films, rules, overheads), why_here(place, films, overheads))


def _left_out(
    candidates: Sequence[Candidate], films: Sequence[Candidate], reasons: Mapping[str, str | None], rules: BlockRules,
    overheads: Overheads,
) -> Iterator[LeftOut]:  # fmt: skip
    chosen = {film.film.digest for film in films}
    for film in candidates:
        if film.film.digest not in chosen:
            yield LeftOut(film, reasons[film.film.digest] or why_out(film, films, rules, overheads))


def _length(films: Sequence[Candidate], overheads: Overheads) -> Fraction:
    return overheads.length([film.lasting for film in films])


def _proof(status: str, gap: Fraction) -> str:
    if status == "best" or gap <= 0:
        return "No other programme that keeps the rules is better."
    return (
        f"Nothing better was found; what exists is better by {float(gap):.1f} points at most, a point being a second."
    )
