"""How long does choosing a block among hundreds of films take, or saying that there is none? (CPU, wall)"""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench.film import Size
from bench.report import say, show_figure, show_load, show_table
from pipeline.errors import PlanError
from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.selection import select
from tests.plan.libraries import library

_FILMS: Final[dict[Size, int]] = {"quick": 100, "whole": 500}
_CARDS: Final = Overheads(Fraction(30), Fraction(9))
_GOAL_S: Final = 10.0
_SHAPES: Final[dict[str, BlockRules]] = {
    "easy": BlockRules(),
    "usual": BlockRules(
        one_per_director=True, age_max=12, subtitles=("en", "es"), countries_min=4, films_per_country_max=2,
        loudness_jump_max_lu=Fraction(4), mood_jump_max=Fraction(1, 4),
    ),
    "tight": BlockRules(
        shortest=Fraction(895), longest=Fraction(905), one_per_director=True, countries_min=6, films_per_country_max=1,
        loudness_jump_max_lu=Fraction(1), mood_jump_max=Fraction(1, 20), films_min=6, films_max=9,
    ),
    "too many films": BlockRules(films_min=30),
    "too many countries": BlockRules(countries_min=11, films_max=10),
    "no neighbours": BlockRules(
        countries_min=6, loudness_jump_max_lu=Fraction(1, 10), mood_jump_max=Fraction(1, 100), films_min=8, films_max=9,
    ),
}  # fmt: skip


def run(_film: Path, size: Size) -> None:
    """Choose among libraries that nobody has filmed; each shape once, the longest counts."""
    films, rows, longest = library(_FILMS[size]), [], 0.0
    for name, rules in _SHAPES.items():
        began, worked = time.perf_counter(), time.process_time()
        try:
            found = select(films, rules, _CARDS)
            told = f"{len(found.films)} films, {float(found.length):.2f} s, {float(found.cost.total):.1f} points"
        except PlanError as error:
            told = f"none; {len(error.data.get('loosen', ()))} ways out"
        wall, cpu = time.perf_counter() - began, time.process_time() - worked
        longest = max(longest, cpu)
        rows.append((name, cpu, wall, told))
    show_table(f"Choosing among {len(films)} films", ("rules", "CPU s", "wall s", "programme"), rows)
    show_load()
    show_figure("the longest", longest, "s of CPU", goal=_GOAL_S)
    say("On one core and an idle machine, CPU and wall are the same.")
