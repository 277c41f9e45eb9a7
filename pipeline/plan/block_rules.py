"""What a block asks of its films together, and whether films in order keep to it, told in sentences.

Nothing here searches: what `selection` finds and what a person gave are held against the same words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.block import MOST_FILMS
from pipeline.counting import counted, ordinal
from pipeline.languages import country_name, same_language
from pipeline.plan.candidates import Candidate, loudness_jump, mood_jump
from pipeline.timebase import clock, total

SHORTEST_FILM_S: Final = Fraction(1)
"""What is shorter is no film but a picture, or a damaged file."""


@dataclass(frozen=True)
class Overheads:
    """What a block shows besides films, in seconds."""

    fixed: Fraction = Fraction(0)
    """Once: black, leader, sponsor's, opening and closing cards."""
    per_film: Fraction = Fraction(0)
    """With each film: its slate, and black before and after it."""
    intermissions: tuple[tuple[int, Fraction], ...] = ()
    """After how many films there is one, if another film follows, and how long."""

    def length(self, durations: Sequence[Fraction]) -> Fraction:
        """Return how long films last with all that is shown besides."""
        pauses = total(seconds for after, seconds in self.intermissions if after < len(durations))
        return self.fixed + self.per_film * len(durations) + pauses + total(durations)

    @property
    def pauses(self) -> frozenset[int]:
        """After how many films there is an intermission."""
        return frozenset(after for after, _ in self.intermissions)


@dataclass(frozen=True)
class BlockRules:
    """What a block asks of its films."""

    shortest: Fraction = Fraction(600)
    """Seconds, with all that is shown besides films."""
    longest: Fraction = Fraction(1200)
    target: Fraction = Fraction(900)
    one_per_director: bool = False
    age_max: int | None = None
    """No film may be for older people only."""
    rating_max: str | None = None
    """The rating that this was read from, where the block file names one."""
    subtitles: tuple[str, ...] = ()
    """BCP 47 tags: each film is spoken in one of these languages, or has subtitles in one."""
    loudness_jump_max_lu: Fraction | None = None
    """From the end of a film to the beginning of the next; an intermission between them forgives any."""
    mood_jump_max: Fraction | None = None
    countries_min: int = 0
    films_per_country_max: int | None = None
    films_min: int = 1
    films_max: int = MOST_FILMS


def why_not(film: Candidate, rules: BlockRules, overheads: Overheads) -> str | None:
    """Return why a film cannot be in the block whatever the others are, as the end of a sentence; None where it can."""
    if film.duration < SHORTEST_FILM_S:
        return f"it lasts {_seconds(film.duration)} s, which is no film"
    alone = overheads.length([film.lasting])
    if alone > rules.longest:
        return (
            f"it lasts {clock(film.duration)}, and with its cards {clock_up(alone)} of at most {clock(rules.longest)}"
        )
    if rules.age_max is not None:
        if film.age is None:
            return f"from which age on it may be seen is not known ({film.age_unknown}): set age in its [[films]]"
        if film.age > rules.age_max:
            return f"it is for people from {film.age} on, and the block for those from {rules.age_max} on"
    if rules.subtitles and not any(_understood(film, tag) for tag in rules.subtitles):
        spoken = ", ".join(film.film.languages) or "no language that film.toml names"
        subtitled = ", ".join(film.film.subtitles) or "none"
        return f"it is in {spoken}, with subtitles in {subtitled}, not in {' or '.join(rules.subtitles)}"
    return None


def broken_rules(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> tuple[str, ...]:
    """Return every rule that films in order break, each a sentence; nothing where they keep to all of them."""
    return tuple(_broken(films, rules, overheads))


def _broken(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Iterator[str]:
    for film in films:
        reason = why_not(film, rules, overheads)
        if reason is not None:
            yield f"{film.film.title} cannot be in it: {reason}."
    yield from _twice(films)
    length = overheads.length([film.lasting for film in films])
    if length < rules.shortest:
        yield f"It lasts {clock(length)}, and at least {clock(rules.shortest)} is asked (length.min)."
    if length > rules.longest:
        yield f"It lasts {clock_up(length)}, and at most {clock(rules.longest)} is asked (length.max)."
    if len(films) < rules.films_min:
        yield f"It has {counted(len(films), 'film')}, and at least {rules.films_min} are asked (rules.films_min)."
    if len(films) > rules.films_max:
        yield f"It has {counted(len(films), 'film')}, and at most {rules.films_max} are asked (rules.films_max)."
    yield from _people_and_countries(films, rules)
    yield from _jumps(films, rules, overheads)
    yield from _misplaced(films)


def _twice(films: Sequence[Candidate]) -> Iterator[str]:
    for digest, count in Counter(film.film.digest for film in films).items():
        if count > 1:
            title = next(film.film.title for film in films if film.film.digest == digest)
            yield f"{title} is in it {count} times."


def _people_and_countries(films: Sequence[Candidate], rules: BlockRules) -> Iterator[str]:
    if rules.one_per_director:
        for director, count in Counter(name for film in films for name in film.directors).items():
            if count > 1:
                titles = [film.film.title for film in films if director in film.directors]
                yield f"{' and '.join(titles)} are by one director (rules.one_per_director)."
    countries = Counter(country for film in films for country in film.countries)
    if len(countries) < rules.countries_min:
        told = f"Its films are from {len(countries)} countries".replace("1 countries", "1 country")
        yield f"{told}, and at least {rules.countries_min} are asked (rules.countries_min)."
    for country, count in countries.items():
        if rules.films_per_country_max is not None and count > rules.films_per_country_max:
            name = next(
                own for film in films for own in film.film.countries if " ".join(own.split()).casefold() == country
            )
            yield (
                f"{count} films are from {country_name(name)}, and at most {rules.films_per_country_max} are asked "
                "(rules.films_per_country_max)."
            )


def _jumps(films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Iterator[str]:
    for number, (before, after) in enumerate(pairwise(films), start=1):
        if number in overheads.pauses:
            continue
        between = f"From {before.film.title} to {after.film.title}"
        loudness, mood = loudness_jump(before, after), mood_jump(before, after)
        if loudness is not None and rules.loudness_jump_max_lu is not None and loudness > rules.loudness_jump_max_lu:
            most = float(rules.loudness_jump_max_lu)
            yield (
                f"{between} loudness jumps by {float(loudness):.1f} LU, and at most {most:g} are asked "
                "(rules.loudness_jump_max_lu)."
            )
        if mood is not None and rules.mood_jump_max is not None and mood > rules.mood_jump_max:
            yield (
                f"{between} the mood jumps by {float(mood):.2f}, and at most {float(rules.mood_jump_max):g} is asked "
                "(rules.mood_jump_max)."
            )


def _misplaced(films: Sequence[Candidate]) -> Iterator[str]:
    for number, film in enumerate(films, start=1):
        if film.place is None:
            continue
        wanted = film.place if isinstance(film.place, int) else 1 if film.place == "opener" else len(films)
        if wanted != number:
            where = f"the {film.place if isinstance(film.place, str) else ordinal(film.place)}"
            yield f"{film.film.title} is the {ordinal(number)} film, and is to be {where}."


def _understood(film: Candidate, tag: str) -> bool:
    return any(same_language(tag, one) for one in (*film.film.languages, *film.film.subtitles))


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def clock_up(seconds: Fraction) -> str:
    """Return a time for people as M:SS, rounded up, so that what is too long never reads as long enough."""
    return clock(Fraction(seconds.__ceil__()))
