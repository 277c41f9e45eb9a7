"""A block as pages read it: its films, an order with all that plays, and what was made of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from pipeline.languages import country_name_in
from pipeline.plan.block_edit import block_edit
from pipeline.plan.block_orders import TriedOrder, look_beside
from pipeline.plan.block_rules import clock_up
from pipeline.plan.candidates import Candidate, End
from pipeline.plan.running_order import FilmNotes, Item
from pipeline.review.block_benches import ID_DIGITS, BlockWork, film_id
from pipeline.review.block_files import BlockShown, MadeBlock
from pipeline.spelling import spelled
from pipeline.timebase import clock

MOST_BESIDE: Final = 300
"""Films that a page shows beside an order; a person looks for another by its name in the file."""
_LONG_S: Final = 10
_HEARD_LU: Final = 3
"""From which change on people notice that something is quieter or louder."""
_MOODS: Final = (
    (Fraction(1, 5), "still"), (Fraction(2, 5), "calm"), (Fraction(7, 10), "brisk"), (Fraction(1), "wild"),
)  # fmt: skip


def work_document(work: BlockWork) -> dict[str, Any]:
    """Return what a page needs of a block that was opened: its films, and the order to begin from."""
    survey = work.survey
    chosen = set(work.order)
    films = [film for film in survey.films if film_id(film) in chosen]
    others = [film for film in survey.films if film_id(film) not in chosen]
    return {
        "seen": work.version.digest,
        "order": list(work.order),
        "films": [_film(film) for film in (*films, *others[:MOST_BESIDE])],
        "left_out": max(0, len(others) - MOST_BESIDE),
        "unusable": [{"name": spelled(one.path.name), "why": spelled(one.why)} for one in survey.unusable],
        "notes": [spelled(note) for note in survey.notes],
        "told": spelled(work.told.replace("\n", " ")),
        "is_given": survey.block.order == "given",
        "rules": list(_rules(work)),
    }


def order_document(work: BlockWork, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what there is to say of films in an order: all that plays, how long it is, and what it breaks.

    Raises InputError for a film that was not looked at.
    """
    survey, tried = work.survey, work.tried(names)
    rules = survey.rules
    _, order = block_edit(tried.films, survey.block, survey.preset, sponsor=survey.sponsor)
    return {
        "films": [
            {"id": film_id(film), "why": spelled(why), "why_here": spelled(here)}
            for film, why, here in zip(tried.films, tried.why, tried.why_here, strict=True)
        ],
        "items": list(_items(order.items)),
        "length": {
            "seconds": str(order.duration),
            "shown": clock_up(order.duration) if tried.too_long else clock(order.duration),
            "told": _told_length(tried, rules.target),
            "is_allowed": not tried.too_short and not tried.too_long,
            **_seconds(now=order.duration, min=rules.shortest, max=rules.longest, target=rules.target),
        },
        "bounds": f"{clock(rules.shortest)} to {clock(rules.longest)}, best {clock(rules.target)}",
        "broken": [spelled(told) for told in tried.broken],
        "moved": [spelled(told) for told in tried.moved],
        "points": round(float(tried.points), 1),
        "is_chosen": work.selection is not None and names == work.order,
    }


def beside_document(work: BlockWork, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return why each film that is not in an order is not. Raises InputError as `order_document` does."""
    survey, inside = work.survey, set(names)
    tried = work.tried(names)
    why = {}
    if work.selection is not None and names == work.order:
        why = {film_id(one.candidate): one.why for one in work.selection.left_out}
    others = [film for film in survey.films if film_id(film) not in inside][:MOST_BESIDE]
    looked = look_beside(others, tried, survey.rules, survey.overheads)
    return [
        {"id": (name := film_id(film)), "can": one.is_possible, "told": spelled(why.get(name, one.told))}
        for film, one in zip(others, looked, strict=True)
    ]


def command_of(block: BlockShown) -> str:
    """Return what makes a block, as typed in a terminal."""
    return f"matinee block {shlex.quote(spelled(str(block.path)))}"


def made_document(made: MadeBlock) -> dict[str, Any]:
    """Return what a page says of a block that was made, and what its player needs."""
    films = made.made.films
    starts = [item.start for item in films[:1]]
    joins = [*(("into", item) for item in films[:1]), *(("after", item) for item in films)]
    return {
        "chapters": [
            {
                "id": (item.digest or "")[:ID_DIGITS],
                "title": spelled(item.title),
                "start": float(item.start),
                "end": float(item.end),
                "at": clock(item.start),
            }
            for item in films
        ],
        # Where one thing ends and the next begins, as who watches a block sees it.
        "joins": [
            {"at": float(at), "told": told}
            for at, told in zip(
                (*starts, *(item.end for item in films)), (_told_join(side, item) for side, item in joins), strict=True
            )
        ],
        "seconds": float(made.made.duration),
        "at": datetime.fromtimestamp(made.changed_ns / 1e9, tz=UTC).isoformat(timespec="seconds"),
    }


def _told_join(side: str, item: Any) -> str:
    title = spelled(item.title)
    return f"into {title}" if side == "into" else f"after {title}"


def _film(film: Candidate) -> dict[str, Any]:
    notes = film.film
    return {
        "id": film_id(film),
        "title": spelled(notes.title),
        "file": spelled(film.name),
        "seconds": float(film.duration),
        "lasts": clock(film.duration),
        "facts": [spelled(fact) for fact in _facts(film)],
        "note": spelled(notes.note),
    }


def _facts(film: Candidate) -> Iterator[str]:
    """Yield what one film is told from another by."""
    notes = film.film
    if notes.directors:
        yield ", ".join(notes.directors)
    if notes.countries:
        yield ", ".join(country_name_in(country, "en") for country in notes.countries)
    if notes.year is not None:
        yield str(notes.year)
    if film.age is not None:
        yield f"from {film.age}"
    yield f"begins {_end(film.start)}, ends {_end(film.end)}"


def _end(end: End) -> str:
    """Return what a beginning or an end is like beside the whole film, in words for who has no meter."""
    loudness, mood = end.loudness_lu, end.mood
    told = (
        "silent" if loudness is None else "quiet" if loudness < -_HEARD_LU else "loud" if loudness > _HEARD_LU else ""
    )
    words = [told] if told else []
    if mood is not None:
        words.append(next(word for most, word in _MOODS if mood <= most))
    return " and ".join(words) or "as the rest"


def _rules(work: BlockWork) -> Iterator[str]:
    """Yield what a block asks for besides its length, as words."""
    rules = work.survey.rules
    if rules.one_per_director:
        yield "one film by each director"
    if rules.age_max is not None:
        yield (
            f"for people from {rules.age_max} on"
            if rules.rating_max is None
            else f"rated {spelled(rules.rating_max)} at most"
        )
    if rules.subtitles:
        yield f"spoken or subtitled in {' or '.join(rules.subtitles)}"
    if rules.loudness_jump_max_lu is not None:
        yield f"loudness jumps by {float(rules.loudness_jump_max_lu):g} LU at most"
    if rules.mood_jump_max is not None:
        yield f"mood changes by {float(rules.mood_jump_max):g} at most"
    if rules.countries_min:
        yield f"from {rules.countries_min} countries at least"
    if rules.films_per_country_max is not None:
        yield f"{rules.films_per_country_max} of one country at most"


def _items(items: Iterable[Item]) -> Iterator[dict[str, Any]]:
    """Yield all that plays, each with the place of the film that it belongs to, from 0; None for what belongs to none.

    A film has what announces it, and black before and after it.
    """
    told = tuple(items)
    films = [number for number, item in enumerate(told) if item.kind == "film"]
    owners: dict[int, int] = {}
    for place, number in enumerate(films):
        owners[number] = place
        film, at = told[number].film, number - 1
        while at >= 0 and at not in owners and _announces(told[at], film, told[at + 1]):
            owners[at] = place
            at -= 1
        if number + 1 < len(told) and told[number + 1].kind == "black":
            owners[number + 1] = place
    for number, item in enumerate(told):
        yield {
            "kind": item.kind,
            "title": spelled(item.title),
            "start": float(item.span.start),
            "end": float(item.span.end),
            "at": clock(item.span.start),
            "lasts": _lasting(item.span.duration),
            "of": owners.get(number),
        }


def _announces(item: Item, film: FilmNotes | None, following: Item) -> bool:
    """Tell whether what plays right before a film, or before what announces it, is the film's own."""
    if item.film is not None:
        return item.kind != "film" and item.film == film
    return item.kind == "black" and following.kind == "film"


def _lasting(seconds: Fraction) -> str:
    if seconds >= _LONG_S:
        return clock(seconds)
    return f"{float(seconds):.1f}".removesuffix(".0") + " s"


def _told_length(tried: TriedOrder, target: Fraction) -> str:
    if tried.too_short:
        return f"{clock_up(tried.too_short)} too short"
    if tried.too_long:
        return f"{clock_up(tried.too_long)} too long"
    off = tried.length - target
    if abs(off) < 1:
        return "right at its best length"
    return f"{clock(abs(off))} {'over' if off > 0 else 'under'} its best length"


def _seconds(**values: Fraction) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}
