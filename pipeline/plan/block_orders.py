"""An order that a person tries: how long it is, which rules it breaks, and what each other film would do to it.

It is held against the words that `selection.check_given` holds a given order against, as what the block file would be
with this order in it: a place that the file gives a film is told apart, since an order that is given takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.plan.block_costs import cost_of
from pipeline.plan.block_rules import BlockRules, Overheads, broken_rules, clock_up, why_not
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection_reasons import why_here, why_in
from pipeline.timebase import clock

NO_FILMS: Final = "It has no films."
_WITHOUT_END: Final = Fraction(100_000)


@dataclass(frozen=True)
class TriedOrder:
    """An order of films, held against what a block asks for."""

    films: tuple[Candidate, ...]
    """Without the places that the block file gives them."""
    length: Fraction
    """Seconds, with all that is shown besides films."""
    too_short: Fraction
    """Seconds that it lacks of the shortest that is allowed; 0 where it lacks none."""
    too_long: Fraction
    broken: tuple[str, ...]
    """Every rule that it breaks, each a sentence."""
    moved: tuple[str, ...]
    """Films that stand elsewhere than the block file wants them, each a sentence."""
    points: Fraction
    """The fewer, the better; one is a second off the target."""
    why: tuple[str, ...]
    """Why each film is in, as the end of a sentence."""
    why_here: tuple[str, ...]
    """What each film's place means, as the end of a sentence."""


@dataclass(frozen=True)
class Beside:
    """What there is to say of a film that is not in an order."""

    is_possible: bool
    """Whether it would break no rule at one place at least, with the order as it is."""
    told: str
    """As the end of a sentence."""


def try_order(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> TriedOrder:
    """Return what is to be told of films in an order."""
    free = tuple(replace(film, place=None) for film in films)
    length = overheads.length([film.lasting for film in free])
    broken = broken_rules(free, rules, overheads) if free else (NO_FILMS,)
    pinned = broken_rules(films, rules, overheads) if free else ()
    return TriedOrder(
        films=free,
        length=length,
        too_short=max(Fraction(0), rules.shortest - length),
        too_long=max(Fraction(0), length - rules.longest),
        broken=broken,
        moved=tuple(told for told in pinned if told not in broken),
        points=cost_of(free, rules, overheads).total,
        why=tuple(why_in(place, films, rules, overheads) for place in range(len(films))),
        why_here=tuple(why_here(place, free, overheads) if place else "it is first" for place in range(len(free))),
    )


def look_beside(
    others: Sequence[Candidate], order: TriedOrder, rules: BlockRules, overheads: Overheads
) -> tuple[Beside, ...]:
    """Return of each film that is not in an order whether it could be, and what it would do to its length."""
    # Where it would stand is not known yet, and what is missing now is no fault of this film's.
    lenient = replace(
        rules, shortest=Fraction(0), longest=_WITHOUT_END, loudness_jump_max_lu=None, mood_jump_max=None, films_min=0,
        countries_min=0,
    )  # fmt: skip
    before = frozenset(broken_rules(order.films, lenient, overheads))

    def look(film: Candidate) -> Beside:
        reason = why_not(film, rules, overheads)
        if reason is not None:
            return Beside(False, reason)
        more = [*order.films, replace(film, place=None)]
        new = next((told for told in broken_rules(more, lenient, overheads) if told not in before), None)
        if new is not None:
            return Beside(False, new.rstrip("."))
        length = overheads.length([one.lasting for one in more])
        if length > rules.longest:
            over = clock_up(length - rules.longest)
            return Beside(False, f"with it the block would last {clock_up(length)}, {over} too long")
        return Beside(True, f"with it the block would last {clock(length)}")

    return tuple(map(look, others))
