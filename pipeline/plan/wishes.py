"""What a person wants of a block that contradicts itself, told by name before anything is searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.counting import counted, ordinal
from pipeline.plan.block_rules import BlockRules, Overheads, clock_up, why_not
from pipeline.plan.candidates import Candidate
from pipeline.timebase import clock


def contradictions(candidates: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> tuple[str, ...]:
    """Return everything that no programme could fulfil because two wishes exclude each other, each a sentence."""
    wanted = [film for film in candidates if film.is_wanted]
    return (*_of_rules(rules), *_of_places(wanted, rules), *_of_wanted(wanted, rules, overheads))


def _of_rules(rules: BlockRules) -> Iterator[str]:
    if rules.shortest > rules.longest:
        yield f"length.min is {clock(rules.shortest)}, and length.max is {clock(rules.longest)}, which is less."
    elif not rules.shortest <= rules.target <= rules.longest:
        yield (
            f"length.target is {clock(rules.target)}, which is not between length.min ({clock(rules.shortest)}) and "
            f"length.max ({clock(rules.longest)})."
        )
    if rules.films_min > rules.films_max:
        yield f"rules.films_min is {rules.films_min}, and rules.films_max is {rules.films_max}, which is less."


def _of_places(wanted: Sequence[Candidate], rules: BlockRules) -> Iterator[str]:
    at: dict[int | str, list[str]] = {}
    for film in wanted:
        if film.place is not None:
            at.setdefault(1 if film.place == "opener" else film.place, []).append(film.film.title)
    for place, titles in at.items():
        where = "the last" if place == "closer" else f"the {ordinal(int(place))}"
        if len(titles) > 1:
            yield f"{' and '.join(titles)} are both to be {where} film."
        if isinstance(place, int) and place > rules.films_max:
            yield f"{titles[0]} is to be {where} film, and there are at most {rules.films_max} (rules.films_max)."
    last = max((place for place in at if isinstance(place, int)), default=0)
    if "closer" in at and last >= rules.films_max and at.get(last) != at["closer"]:
        first = f"{at['closer'][0]} is to be last"
        yield f"{first}, and {at[last][0]} the {ordinal(last)} of at most {rules.films_max} films."


def _of_wanted(wanted: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> Iterator[str]:
    if len(wanted) > rules.films_max:
        yield f"{counted(len(wanted), 'film')} must be in, and there are at most {rules.films_max} (rules.films_max)."
    excluded = [(film, why) for film in wanted if (why := why_not(film, rules, overheads)) is not None]
    for film, why in excluded:
        yield f"{film.film.title} must be in, and cannot be: {why}."
    if len(wanted) > 1 and not excluded:
        together = overheads.length([film.lasting for film in wanted])
        if together > rules.longest:
            titles = ", ".join(film.film.title for film in wanted)
            yield (
                f"The films that must be in ({titles}) last {clock_up(together)} with their cards, and the block at "
                f"most {clock(rules.longest)} (length.max)."
            )
    if rules.one_per_director:
        for name, count in Counter(name for film in wanted for name in film.directors).items():
            if count > 1:
                titles = " and ".join(film.film.title for film in wanted if name in film.directors)
                yield f"{titles} must be in and are by one director (rules.one_per_director)."
    most = rules.films_per_country_max
    for name, count in Counter(name for film in wanted for name in film.countries).items():
        if most is not None and count > most:
            titles = " and ".join(film.film.title for film in wanted if name in film.countries)
            told = f"{titles} must be in and are from one country"
            yield f"{told}, and at most {most} may be (rules.films_per_country_max)."
