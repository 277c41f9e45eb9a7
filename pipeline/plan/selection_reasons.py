"""Why a film is in a programme and at its place, why another is not, and what one programme loses beside another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from pipeline.languages import country_name
from pipeline.plan.block_costs import Cost, cost_of
from pipeline.plan.block_rules import BlockRules, Overheads, broken_rules, clock_up
from pipeline.plan.candidates import Candidate, loudness_jump, mood_jump
from pipeline.timebase import clock


def why_in(place: int, films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> str:
    """Return why the film at a place, from 0, is in the programme, as the end of a sentence."""
    film, others = films[place], [*films[:place], *films[place + 1 :]]
    if film.is_wanted:
        return "it must be in"
    told = []
    if film.weight > 1:
        told.append(f"its weight is {float(film.weight):g}")
    elsewhere = {name for other in others for name in other.countries}
    alone = [name for name in film.film.countries if " ".join(name.split()).casefold() not in elsewhere]
    if alone:
        told.append(f"the only one from {' and '.join(map(country_name, alone))}")
    length, without = (overheads.length([one.lasting for one in group]) for group in (films, others))
    if abs(length - rules.target) < abs(without - rules.target):
        told.append(f"with its {clock(film.duration)} the block is nearer to {clock(rules.target)}")
    return "; ".join(told) or "it goes with the others"


def why_here(place: int, films: Sequence[Candidate], overheads: Overheads) -> str:
    """Return why the film at a place, from 0, stands there, as the end of a sentence."""
    film = films[place]
    if film.place is not None:
        return {"opener": "it opens", "closer": "it closes"}.get(str(film.place), "it has that place")
    if place == 0:
        return "it leads best into the next" if len(films) > 1 else "it is the only one"
    if place in overheads.pauses:
        return "after the intermission anything may follow"
    return _told_jump(films[place - 1], film)


def why_out(film: Candidate, films: Sequence[Candidate], rules: BlockRules, overheads: Overheads) -> str:
    """Return the shortest true reason why a film that could be in is not, as the end of a sentence."""
    of_its_directors = [one.film.title for one in films if set(one.directors) & set(film.directors)]
    if rules.one_per_director and of_its_directors:
        return f"{of_its_directors[0]} is by the same director"
    most = rules.films_per_country_max
    for name in film.countries:
        if most is not None and sum(name in one.countries for one in films) >= most:
            own = country_name(next(one for one in film.film.countries if " ".join(one.split()).casefold() == name))
            return f"there are {most} from {own} already" if most > 1 else f"there is one from {own} already"
    instead = next(_instead(film, films, rules, overheads), None)
    if instead is None:
        with_it = overheads.length([*(one.lasting for one in films), film.lasting])
        told = f"with it the block would last {clock_up(with_it)}" if with_it > rules.longest else "it is not needed"
        return f"{told}, and in place of any other a rule would be broken"
    worse, replaced = instead
    if worse <= 0:
        return f"in place of {replaced.film.title} it would do as well"
    return f"in place of {replaced.film.title} the programme would be worse by {float(worse):.1f} points"


def told_difference(best: Cost, other: Cost) -> str:
    """Return what another programme loses beside the best, and what it gains, as a sentence without its end."""
    words = {
        "length": "nearness to the target", "loudness": "evenness of loudness", "mood": "evenness of mood",
        "countries": "variety of countries", "films": "number of films", "weights": "weight of its films",
    }  # fmt: skip
    changes = {name: getattr(other, name) - getattr(best, name) for name in words}
    lost = [f"{words[name]} ({float(change):.1f})" for name, change in changes.items() if change > 0]
    gained = [f"{words[name]} ({float(-change):.1f})" for name, change in changes.items() if change < 0]
    told = [f"it loses {', '.join(lost)}"] if lost else []
    told += [f"gains {', '.join(gained)}" if lost else f"it gains {', '.join(gained)}"] if gained else []
    return " and ".join(told) or "it is as good"


def _instead(
    film: Candidate, films: Sequence[Candidate], rules: BlockRules, overheads: Overheads
) -> Iterator[tuple[Fraction, Candidate]]:
    """Yield how much worse a programme is with a film in place of each other one, where that keeps the rules.

    What is about as long as the film is tried first.
    """
    best = cost_of(films, rules, overheads).total
    for place, replaced in sorted(enumerate(films), key=lambda one: abs(one[1].lasting - film.lasting)):
        changed = [*films[:place], film, *films[place + 1 :]]
        if not replaced.is_wanted and not broken_rules(changed, rules, overheads):
            yield cost_of(changed, rules, overheads).total - best, replaced


def _told_jump(before: Candidate, after: Candidate) -> str:
    loudness, mood = loudness_jump(before, after), mood_jump(before, after)
    changes = [] if loudness is None else [("loudness", f"{float(loudness):.1f} LU")]
    changes += [] if mood is None else [("mood", f"{float(mood):.2f}")]
    if not changes:
        return f"after {before.film.title}"
    (first, amount), *others = changes
    told = [f"{first} changes by {amount}", *(f"{name} by {by}" for name, by in others)]
    return f"{' and '.join(told)} from the end of {before.film.title}"
