"""Candidates that nobody has filmed, for tests of what a block chooses."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

from pipeline.plan.candidates import Candidate, End
from pipeline.plan.running_order import FilmNotes


def film(number: int, seconds: float = 180, **others: Any) -> Candidate:
    """Return a film from nowhere by nobody, but for what is given."""
    notes = {"directors": (), "countries": (), "languages": ("en",), "subtitles": (), "rating": ""}
    told = {name: others.pop(name, otherwise) for name, otherwise in notes.items()}
    title = others.pop("title", f"Film {number}")
    known = FilmNotes(title, f"{number:064x}", f"/films/{number}.mov", **told)
    return Candidate(known, Fraction(seconds), name=f"{number}.mov", **others)


def ends(start_lu: float, end_lu: float, start_mood: float = 0.5, end_mood: float = 0.5) -> dict[str, End]:
    """Return how a film begins and ends."""

    def end(loudness: float, mood: float) -> End:
        return End(Fraction(round(loudness * 10), 10), Fraction(round(mood * 100), 100))

    return {"start": end(start_lu, start_mood), "end": end(end_lu, end_mood)}


def library(count: int, seed: int = 1) -> list[Candidate]:
    """Return a festival's submissions: short films of all lengths, from a dozen countries, some directors twice."""
    chance = random.Random(seed)
    return [
        film(
            chance.getrandbits(200),
            Fraction(int(min(600, max(30, chance.lognormvariate(5.0, 0.7))) * 24), 24),
            title=f"Film {number}",
            directors=(f"Director {chance.randrange(count // 2 + 1)}",),
            countries=(f"Country {chance.randrange(12)}",),
            languages=(chance.choice(["en", "es", "fr"]),),
            age=chance.choice([0, 6, 12, 15, 18]),
            **ends(*(chance.randrange(-120, 60) / 10 for _ in range(2)), *(chance.random() for _ in range(2))),
        )
        for number in range(count)
    ]
