"""Why no programme keeps a block's rules: by how much they are missed, and which one alone would have to give way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, TypeAlias

from pipeline.block import MOST_FILMS
from pipeline.errors import PlanError
from pipeline.plan.block_rules import BlockRules, Overheads, clock_up, why_not
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection_model import Aim, Problem, solve
from pipeline.plan.selection_search import exists
from pipeline.timebase import clock

_WORK: Final = 0.2
_MOST_WISHES: Final = 6
"""Of a person, each of which is tried to be given up."""
_WITHOUT_END: Final = Fraction(100_000)
_JUMPS_LU: Final = tuple(map(Fraction, (2, 4, 8, 15, 40)))
_JUMPS_MOOD: Final = (Fraction(1, 10), Fraction(1, 5), Fraction(2, 5), Fraction(4, 5), Fraction(1))
_Works: TypeAlias = Callable[[BlockRules], bool]
"""Whether there is a programme under some rules."""


def told_shortfall(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads, status: str) -> PlanError:
    """Return the error that says why there is no programme, and what to change so that there is one."""
    eligible = [film for film in candidates if why_not(film, rules, overheads) is None]
    if status == "unknown":
        found = "No programme was found that keeps all rules; with more work there might be one."
    else:
        found = "No programme keeps all rules."
    loosened = list(_loosened(candidates, rules, overheads))
    remedy = (
        f"{'Any one of these' if len(loosened) > 1 else 'This'} would do: {'; '.join(loosened)}."
        if loosened
        else "Several rules would have to give way: add films, or take rules out one by one."
    )
    return PlanError(
        f"{found} {_told_length(eligible, rules, overheads)}{_told_excluded(candidates, rules, overheads)}".strip(),
        remedy=remedy,
        loosen=loosened,
    )


def _told_length(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> str:
    """Return how long programmes are that keep all other rules, a sentence; nothing where that is not the matter."""
    if not films:
        return "No film can be in it. "
    longest = _extreme(films, replace(rules, shortest=Fraction(0)), overheads, "longest")
    if longest is not None and longest < rules.shortest:
        return (
            f"The longest programme under these rules is {clock(longest)}; at least {clock(rules.shortest)} is asked. "
        )
    shortest = _extreme(films, replace(rules, longest=_WITHOUT_END), overheads, "shortest")
    if shortest is not None and shortest > rules.longest:
        told = f"The shortest programme under these rules is {clock_up(shortest)}"
        return f"{told}; at most {clock(rules.longest)} is asked. "
    together = overheads.length([film.lasting for film in films])
    if longest is None and together < rules.shortest:
        told = f"All {len(films)} films that can be in it" if len(films) > 1 else "The one film that can be in it"
        return f"{told} with their cards last {clock(together)}; at least {clock(rules.shortest)} is asked. "
    return ""


def _extreme(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads, aim: Aim) -> Fraction | None:
    """Return the greatest or the least length that keeps rules; jumps, which only an order has, are not looked at."""
    problem = Problem.of(films, rules, overheads)
    answer = solve(problem, work=_WORK, order="ignored", aim=aim)
    if answer.status != "best":
        return None
    return overheads.length([problem.films[number].lasting for number in answer.order])


def _told_excluded(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> str:
    excluded = [film for film in candidates if why_not(film, rules, overheads) is not None]
    if not excluded:
        return ""
    return f"{len(excluded)} of {len(candidates)} films cannot be in it whatever the others are. "


def _loosened(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Iterator[str]:
    """Yield each single change of the rules that makes a programme possible, as it is written in the block file."""

    def works(changed: BlockRules, wishes: Sequence[Candidate] = candidates) -> bool:
        films = [film for film in wishes if why_not(film, changed, overheads) is None]
        wanted = sum(film.is_wanted for film in wishes)
        return sum(film.is_wanted for film in films) == wanted and bool(exists(Problem.of(films, changed, overheads)))

    yield from _lengths(candidates, rules, overheads, works)
    if rules.one_per_director and works(replace(rules, one_per_director=False)):
        yield "one_per_director = false"
    if rules.subtitles and works(replace(rules, subtitles=())):
        yield "no subtitles asked for"
    ages = {film.age for film in candidates if film.age is not None}
    yield from _numbers(rules, works, ages)
    for film in [film for film in candidates if film.is_wanted][:_MOST_WISHES]:
        others = [one for one in candidates if one is not film]
        if film.place is not None and works(rules, [*others, replace(film, must=True, place=None)]):
            yield f"another place for {film.film.title}"
        elif works(rules, [*others, replace(film, must=False, place=None)]):
            yield f"{film.film.title} need not be in"


def _lengths(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads, works: _Works) -> Iterator[str]:
    eligible = [film for film in candidates if why_not(film, rules, overheads) is None]
    longest = _extreme(eligible, replace(rules, shortest=Fraction(0)), overheads, "longest") if eligible else None
    if longest is not None and longest < rules.shortest:
        lower = Fraction(longest.__floor__())
        if works(replace(rules, shortest=lower, target=min(rules.target, longest))):
            yield f'length.min = "{clock(lower)}"'
        return  # what is too short already needs no more time
    more = [replace(rules, longest=rules.longest + seconds) for seconds in (60, 120, 300, 600)]
    yield from (f'length.max = "{clock(changed.longest)}"' for changed in _least(more, works))


def _numbers(rules: BlockRules, works: _Works, ages: set[int]) -> Iterator[str]:
    """Yield, of each rule that is a number, the nearest value with which there is a programme."""
    most = rules.films_per_country_max
    tries: dict[str, list[Any]] = {
        "age_max": [] if rules.age_max is None else sorted(age for age in ages if age > rules.age_max),
        "countries_min": list(range(rules.countries_min - 1, -1, -1)),
        "films_min": list(range(rules.films_min - 1, 0, -1)),
        "films_max": [rules.films_max + more for more in (1, 2, 4, 8) if rules.films_max + more <= MOST_FILMS],
        "films_per_country_max": [] if most is None else [most + more for more in (1, 2, 3, 4, 8)],
        "loudness_jump_max_lu": _wider(rules.loudness_jump_max_lu, _JUMPS_LU),
        "mood_jump_max": _wider(rules.mood_jump_max, _JUMPS_MOOD),
    }
    for name, values in tries.items():
        for changed in _least([replace(rules, **{name: value}) for value in values], works):
            told = f"{name} = {float(getattr(changed, name)):g}"
            # A file says one of the two.
            is_rated = name == "age_max" and rules.rating_max is not None
            yield f"{told} in place of rating_max" if is_rated else told


def _wider(most: Fraction | None, steps: Sequence[Fraction]) -> list[Fraction]:
    return [] if most is None else [step for step in steps if step > most]


def _least(changes: Sequence[BlockRules], works: _Works) -> Iterator[BlockRules]:
    """Yield the first of changes, each greater than the one before, that works; where the last does not, none does."""
    if not changes or not works(changes[-1]):
        return
    yield next((changed for changed in changes[:-1] if works(changed)), changes[-1])
