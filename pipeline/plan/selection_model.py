"""The choice of a block as a model for CP-SAT: which film stands at which place, under every rule.

All numbers are whole: lengths in ticks that all durations have in common, loudness in tenths of an LU, mood in
hundredths, costs in tenths of a point. One worker, a fixed seed and a limit of work rather than of time make the same
films come out in the same order wherever this version of CP-SAT runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any, Final, Literal

from pipeline.plan.block_costs import (
    COMFORTABLE_LU,
    COMFORTABLE_MOOD,
    PER_LU,
    PER_MISSING_FILM,
    PER_MOOD,
    PER_REPEAT,
    PER_WEIGHT,
    customary_films,
)
from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.candidates import Candidate

# Finer common ticks than these make numbers too large to add up; lengths are then rounded against us.
_FINEST_TICK: Final = 1_000_000
_SEED: Final = 1
_MOST_MISSING: Final = 1000

Order = Literal["found", "ignored"]
"""Whether films are put into places, or only gathered: then nothing between neighbours counts, and it is quick."""
Aim = Literal["best", "any", "longest", "shortest"]
"""What is looked for among the programmes that keep the rules."""
Status = Literal["best", "found", "impossible", "unknown"]


@dataclass(frozen=True)
class Problem:
    """What is to be solved: candidates that may be in, in an order that does not depend on where they lie."""

    films: tuple[Candidate, ...]
    rules: BlockRules
    overheads: Overheads
    banned: tuple[frozenset[str], ...] = ()
    """Sets of films, by their digests, that are not looked for."""

    @classmethod
    def of(cls, films: Iterable[Candidate], rules: BlockRules, overheads: Overheads) -> Problem:
        """Return the problem of some films."""
        return cls(tuple(sorted(films, key=lambda film: film.film.digest)), rules, overheads)

    @property
    def places(self) -> int:
        """The most films that could be in: as many of the shortest as there is time for."""
        count, durations = 0, sorted(film.lasting for film in self.films)
        while count < min(self.rules.films_max, len(durations)):
            if self.overheads.length(durations[: count + 1]) > self.rules.longest:
                break
            count += 1
        return count


@dataclass(frozen=True)
class Answer:
    """What the solver came to."""

    status: Status
    order: tuple[int, ...] = ()
    """Films by their number in the problem, in order."""
    bound: Fraction = Fraction(0)
    """No programme has fewer points, or is longer, or shorter; exact to a tenth, only where something is aimed at."""


def solve(
    problem: Problem, *, work: float, order: Order = "found", aim: Aim = "best", hint: Sequence[int] = ()
) -> Answer:
    """Return the best programme that is found with so much work, in CP-SAT's deterministic seconds."""
    from ortools.sat.python import cp_model

    if problem.places < max(1, problem.rules.films_min):
        return Answer("impossible")
    model = _Model(problem)
    model.build(order, aim)
    for place, number in enumerate(hint):
        for film, variable in model.at[place].items() if place < len(model.at) else ():
            model.cp.add_hint(variable, int(film == number))
    solver = cp_model.CpSolver()
    settings: Any = solver.parameters
    settings.num_workers, settings.random_seed = 1, _SEED
    settings.max_deterministic_time = work
    # Probing thousands of booleans takes longer than all the rest.
    settings.cp_model_probing_level, settings.symmetry_level, settings.max_presolve_iterations = 0, 0, 1
    # Gathered films are few enough that linear relaxations pay: they see at once that numbers do not add up.
    settings.linearization_level = 2 if order == "ignored" else 1
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer("impossible" if status == cp_model.INFEASIBLE else "unknown")
    places = (next(film for film, yes in row.items() if solver.boolean_value(yes)) for row in model.at_used(solver))
    chosen = (film for film, yes in model.chosen.items() if solver.boolean_value(yes))
    found = tuple(places) if order == "found" else tuple(chosen)
    bound = Fraction(round(solver.best_objective_bound), model.grain if aim != "any" else 1)
    return Answer("best" if status == cp_model.OPTIMAL else "found", found, bound)


@dataclass
class _Model:
    """A model being built."""

    problem: Problem
    cp: Any = None
    at: list[dict[int, Any]] = field(default_factory=list)
    """For each place, whether each film stands there; nothing where films are only gathered."""
    used: list[Any] = field(default_factory=list)
    chosen: dict[int, Any] = field(default_factory=dict)
    """Whether each film is in."""
    costs: list[Any] = field(default_factory=list)
    grain: int = 10
    """How many of what is aimed at are a point, or a second."""

    def build(self, order: Order, aim: Aim) -> None:
        """Write all variables, rules and costs."""
        from ortools.sat.python import cp_model

        self.cp = cp_model.CpModel()
        self._gather()
        if order == "found":
            self._stand()
        self._pin()
        least, most = self._last(aim)
        self._share_out()
        for banned in self.problem.banned:
            signs = (
                (1 if self.problem.films[one].film.digest in banned else -1, yes) for one, yes in self.chosen.items()
            )
            self.cp.add(sum(sign * yes for sign, yes in signs) <= len(banned) - 1)
        if order == "found":
            self._jump("loudness_lu", 10, self.problem.rules.loudness_jump_max_lu, COMFORTABLE_LU, PER_LU)
            self._jump("mood", 100, self.problem.rules.mood_jump_max, COMFORTABLE_MOOD, PER_MOOD)
        if aim == "longest":
            self.cp.maximize(most)
        elif aim == "shortest":
            self.cp.minimize(least)
        elif aim == "best":
            self.cp.minimize(sum(self.costs))

    def at_used(self, solver: Any) -> list[dict[int, Any]]:
        """Return the rows of the places that have a film in a solution."""
        return [row for row, used in zip(self.at, self.used, strict=False) if solver.boolean_value(used)]

    def _gather(self) -> None:
        """Say which films are in, and count them: their places are used from the first on."""
        self.chosen = {film: self.cp.new_bool_var("") for film in range(len(self.problem.films))}
        for place in range(self.problem.places):
            self.used.append(self.cp.new_bool_var(""))
            if place < self.problem.rules.films_min:
                self.cp.add(self.used[-1] == 1)
            elif place:
                self.cp.add_implication(self.used[-1], self.used[-2])
        self.cp.add(sum(self.used) == sum(self.chosen.values()))

    def _stand(self) -> None:
        """Put one film at each place that is used, and each film that is in at one place."""
        self.at = [{film: self.cp.new_bool_var("") for film in self.chosen} for _ in self.used]
        for row, used in zip(self.at, self.used, strict=True):
            self.cp.add(sum(row.values()) == used)
        for film, yes in self.chosen.items():
            self.cp.add(sum(row[film] for row in self.at) == yes)

    def _pin(self) -> None:
        """Keep films that are wanted in, and where they are to be."""
        for number, film in enumerate(self.problem.films):
            if not film.is_wanted:
                continue
            self.cp.add(self.chosen[number] == 1)
            if isinstance(film.place, int):
                self.cp.add((self.used[film.place - 1] if film.place <= len(self.used) else 0) == 1)
            for place, row in enumerate(self.at if film.place is not None else ()):
                if film.place == "closer":
                    if place + 1 < len(self.used):
                        self.cp.add_implication(row[number], ~self.used[place + 1])
                elif place + 1 != (1 if film.place == "opener" else film.place):
                    self.cp.add(row[number] == 0)

    def _last(self, aim: Aim) -> tuple[Any, Any]:
        """Keep the length; return the least and the most that it may be, in ticks, which differ by roundings alone."""
        rules, overheads, films = self.problem.rules, self.problem.overheads, self.problem.films
        spans = [film.lasting + overheads.per_film for film in films]
        pauses = [(after, seconds) for after, seconds in overheads.intermissions if after < len(self.used)]
        known = [*spans, overheads.fixed, rules.shortest, rules.longest, rules.target, *(span for _, span in pauses)]
        tick = min(lcm(*(one.denominator for one in known)), _FINEST_TICK)

        def sum_of(ticks: Any) -> Any:
            lasting = sum(ticks(spans[film]) * yes for film, yes in self.chosen.items())
            return lasting + ticks(overheads.fixed) + sum(ticks(span) * self.used[after] for after, span in pauses)

        least, most = sum_of(lambda span: (span * tick).__floor__()), sum_of(lambda span: (span * tick).__ceil__())
        self.cp.add(least >= (rules.shortest * tick).__ceil__())
        self.cp.add(most <= (rules.longest * tick).__floor__())
        off = self.cp.new_int_var(0, (rules.longest * 10).__ceil__() + 10, "")
        target = (rules.target * tick).__round__()
        self.cp.add(tick * off >= 10 * (most - target))
        self.cp.add(tick * off >= 10 * (target - least))
        self.costs.append(off)
        if aim != "best":
            self.grain = tick
        return least, most

    def _share_out(self) -> None:
        """Keep what is asked of directors, countries and numbers of films, and count what they cost."""
        rules, films = self.problem.rules, self.problem.films
        by_director: dict[str, list[Any]] = {}
        by_country: dict[str, list[Any]] = {}
        for number, yes in self.chosen.items():
            for name in films[number].directors:
                by_director.setdefault(name, []).append(yes)
            for name in films[number].countries:
                by_country.setdefault(name, []).append(yes)
            worth = round((1 - films[number].weight) * PER_WEIGHT * 10)
            if worth:
                self.costs.append(worth * yes)
        if rules.one_per_director:
            for films_of_one in by_director.values():
                self.cp.add_at_most_one(films_of_one)
        present = []
        for of_one in by_country.values():
            if rules.films_per_country_max is not None:
                self.cp.add(sum(of_one) <= rules.films_per_country_max)
            if len(of_one) > 1:
                repeats = self.cp.new_int_var(0, len(of_one) - 1, "")
                self.cp.add(repeats >= sum(of_one) - 1)
                self.costs.append(int(PER_REPEAT * 10) * repeats)
            if rules.countries_min:
                present.append(self.cp.new_bool_var(""))
                self.cp.add(present[-1] <= sum(of_one))
        if rules.countries_min:
            self.cp.add(sum(present) >= rules.countries_min)
        missing = self.cp.new_int_var(0, _MOST_MISSING, "")
        self.cp.add(missing >= customary_films(rules) - sum(self.used))
        self.costs.append(int(PER_MISSING_FILM * 10) * missing)

    def _jump(
        self, measure: Literal["loudness_lu", "mood"], grain: int, most: Fraction | None, comfortable: Fraction,
        price: Fraction,
    ) -> None:  # fmt: skip
        """Bound how much a measure changes between neighbours, and count what it costs above what is comfortable."""
        films = self.problem.films

        def level(one: Fraction | None) -> int:
            return 0 if one is None else round(one * grain)

        starts = [getattr(film.start, measure) for film in films]
        ends = [getattr(film.end, measure) for film in films]
        known = [level(one) for one in (*starts, *ends)] or [0]
        widest = max(known) - min(known)
        limit = widest if most is None else min(widest, (most * grain).__floor__())
        for place in range(len(self.at) - 1):
            before, after, used = self.at[place], self.at[place + 1], self.used[place + 1]
            if place + 1 in self.problem.overheads.pauses or not widest:
                continue
            change = sum(level(ends[film]) * yes for film, yes in before.items()) - sum(
                level(starts[film]) * yes for film, yes in after.items()
            )
            # Nothing jumps to or from silence, nor where no film follows; there all may differ by more than is known.
            silent = [yes for film, yes in before.items() if ends[film] is None]
            silent += [yes for film, yes in after.items() if starts[film] is None]
            free = (max(map(abs, known)) + widest) * (1 - used + sum(silent))
            over = self.cp.new_int_var(0, widest, "")
            for one_way in (change, -1 * change):
                self.cp.add(one_way - free <= over + round(comfortable * grain))
                if limit < widest:
                    self.cp.add(one_way - free <= limit)
            self.costs.append(round(price * 10 / grain) * over)
