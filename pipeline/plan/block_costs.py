"""What makes one programme better than another, in points: the fewer, the better. One point is a second off the target.

Each weight here is a taste, not a rule: rules are kept whatever they cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.candidates import Candidate, loudness_jump, mood_jump

PER_SECOND: Final = Fraction(1)
"""For each second, in tenths, that a programme is longer or shorter than its target."""
COMFORTABLE_LU: Final = Fraction(3)
"""A jump of loudness that nobody minds between two films with a slate between them; above it, each LU costs."""
PER_LU: Final = Fraction(6)
COMFORTABLE_MOOD: Final = Fraction(1, 5)
"""A change of mood that is variety rather than a break; above it, each tenth costs three points."""
PER_MOOD: Final = Fraction(30)
PER_REPEAT: Final = Fraction(10)
"""For each film of a country that has one already."""
PER_MISSING_FILM: Final = Fraction(20)
"""For each film fewer than is customary, or one long film would be the best programme of all."""
CUSTOMARY_FILM_S: Final = Fraction(150)
"""Two and a half minutes: a block of a quarter of an hour has about six films."""
PER_WEIGHT: Final = Fraction(30)
"""What a film's `weight` is worth for each point above one; below one, it costs."""


@dataclass(frozen=True)
class Cost:
    """The points of a programme, by what they are for."""

    length: Fraction
    loudness: Fraction
    mood: Fraction
    countries: Fraction
    films: Fraction
    weights: Fraction
    """Below 0 where films are in it that are wanted more than others."""

    @property
    def total(self) -> Fraction:
        """All points."""
        return self.length + self.loudness + self.mood + self.countries + self.films + self.weights


def cost_of(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Cost:
    """Return the points of films in order."""
    length = overheads.length([film.lasting for film in films])
    pairs = [pair for number, pair in enumerate(pairwise(films), 1) if number not in overheads.pauses]
    louder = (max(Fraction(0), (loudness_jump(*pair) or Fraction(0)) - COMFORTABLE_LU) for pair in pairs)
    livelier = (max(Fraction(0), (mood_jump(*pair) or Fraction(0)) - COMFORTABLE_MOOD) for pair in pairs)
    repeats = sum(count - 1 for count in Counter(name for film in films for name in film.countries).values())
    return Cost(
        length=Fraction((abs(length - rules.target) * 10).__ceil__(), 10) * PER_SECOND,
        loudness=sum(louder, Fraction(0)) * PER_LU,
        mood=sum(livelier, Fraction(0)) * PER_MOOD,
        countries=repeats * PER_REPEAT,
        films=max(0, customary_films(rules) - len(films)) * PER_MISSING_FILM,
        weights=sum(((1 - film.weight) * PER_WEIGHT for film in films), Fraction(0)),
    )


def customary_films(rules: BlockRules) -> int:
    """Return how many films a block of its length is expected to have, as far as it may."""
    return min(rules.films_max, round(rules.target / CUSTOMARY_FILM_S))
