"""Films that a block may show, as values: what is known of each, and what its beginning and end are like."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.plan.running_order import FilmNotes

Place = int | Literal["opener", "closer"] | None


@dataclass(frozen=True)
class End:
    """What the first or the last ten seconds of a film are like."""

    loudness_lu: Fraction | None = None
    """How loud they are beside the whole film, which a block brings to its loudness; in tenths, None for silence."""
    mood: Fraction | None = None
    """How lively they are, 0 to 1, in hundredths; None where nobody knows."""


@dataclass(frozen=True)
class Candidate:
    """A film that a block may show."""

    film: FilmNotes
    duration: Fraction
    """Seconds from its first picture to the end of its last."""
    start: End = End()
    end: End = End()
    age: int | None = None
    """From which age on it may be seen; None where nobody knows."""
    age_unknown: str = "film.toml has no rating"
    """Why nobody knows, as the end of a sentence."""
    must: bool = False
    """Whether somebody wants it whatever the others are; a film with a place must be in, too."""
    place: Place = None
    weight: Fraction = Fraction(1)
    """How much it is wanted, 0 to 10; 1 as any other."""
    cards: Fraction = Fraction(0)
    """Seconds of cards that only such films have: of content notes."""
    name: str = ""
    """What its file is called, from the block file's folder."""

    @property
    def lasting(self) -> Fraction:
        """How long it takes with the cards that only such films have, in seconds."""
        return self.duration + self.cards

    @property
    def is_wanted(self) -> bool:
        """Whether a person says that it is in."""
        return self.must or self.place is not None

    @property
    def directors(self) -> tuple[str, ...]:
        """Its directors as they are compared: 'Ana  RUIZ' is 'ana ruiz'."""
        return tuple(dict.fromkeys(" ".join(name.split()).casefold() for name in self.film.directors if name.split()))

    @property
    def countries(self) -> tuple[str, ...]:
        """Its countries as they are compared."""
        return tuple(dict.fromkeys(" ".join(name.split()).casefold() for name in self.film.countries if name.split()))


def loudness_jump(before: Candidate, after: Candidate) -> Fraction | None:
    """Return by how many LU loudness changes from the end of one film to the beginning of the next.

    None where one of them is silent there: nothing is heard to jump.
    """
    return _difference(before.end.loudness_lu, after.start.loudness_lu)


def mood_jump(before: Candidate, after: Candidate) -> Fraction | None:
    """Return by how much liveliness changes from the end of one film to the beginning of the next, 0 to 1."""
    return _difference(before.end.mood, after.start.mood)


def _difference(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else abs(one - other)
