"""Choose a block from its file: read it, measure its films, choose and order them, and lay the block out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.block import Block, BlockFilm, block_error, parse_block
from pipeline.edit import CardPicture, Edit
from pipeline.editfile import EditMaster
from pipeline.errors import InputError, PlanError
from pipeline.languages import listed
from pipeline.plan.block_edit import block_edit, notes_card_s, overheads_of
from pipeline.plan.block_rules import BlockRules
from pipeline.plan.candidates import Candidate
from pipeline.plan.ratings import age_of
from pipeline.plan.running_order import RunningOrder
from pipeline.plan.selection import Selection, check_given, select
from pipeline.presets import BlockPreset, load_block
from pipeline.shell.block_films import NamedFile, named_files
from pipeline.shell.candidates import candidate_of, measure
from pipeline.shell.card_pictures import keep_card_picture
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import misnamed_note, projects_by_master
from pipeline.shell.store import Store
from pipeline.shell.study import Trust
from pipeline.spelling import spelled
from pipeline.tables import Problem, show_value, text_of
from pipeline.timebase import FrameRate

_SHOWN: Final = 3
_SAID: Final[Mapping[str, Callable[[Candidate], object]]] = {
    "the title": lambda film: film.film.title,
    "the age": lambda film: film.age,
    "the mood": lambda film: (film.start.mood, film.end.mood),
    "the weight": lambda film: film.weight,
    "the note": lambda film: film.film.note,
}
"""What two names of one film may have said of it in two ways."""

Tell = Callable[[str, float, None], None]
"""Called with a stage, how far it is from 0 to 1, and no speed."""


@dataclass(frozen=True)
class Unusable:
    """A file that cannot be in a block, and why, as the end of a sentence."""

    path: Path
    why: str


@dataclass(frozen=True)
class ChosenBlock:
    """A block with its films in order."""

    path: Path
    block: Block
    preset: BlockPreset
    selection: Selection
    edit: Edit
    order: RunningOrder
    masters: tuple[EditMaster, ...]
    """The films that are chosen, as the file of an edit names them."""
    tables: tuple[BlockFilm, ...]
    """What the block file says of each of them."""
    unusable: tuple[Unusable, ...] = ()
    notes: tuple[str, ...] = ()
    """What people should know."""
    keys: tuple[str, ...] = ()
    """Of artifacts that it was read from, which must not be removed."""


def choose_block(path: Path, *, trust: Trust = "identity", tell: Tell | None = None) -> ChosenBlock:
    """Return a block as its file asks for it; what is known of its films is kept in the store.

    Raises ProjectError, PresetError, MasterError, and PlanError where no programme keeps its rules.
    """
    block = parse_block(text_of(path), path=path)
    preset = load_block(block.preset)
    rules = rules_of(block, path)
    sponsor = _sponsor(block, path)
    files = named_files(block, path)
    told = tell or (lambda *_: None)
    found = _look_at(files, block, trust, told)
    films, notes = _once_each(found.candidates, block)
    films = [replace(film, cards=notes_card_s(film.film, preset)) for film in films]
    overheads = overheads_of(block, preset)
    if not films:
        why = "; ".join(f"{spelled(one.path.name)}: {one.why}" for one in found.unusable[:_SHOWN])
        raise PlanError(f"None of the films can be used: {why}.", remedy="Name other files in [[films]].")
    choose = check_given if block.order == "given" else select
    told("choosing", 0.0, None)
    selection = choose(films, rules, overheads)
    told("choosing", 1.0, None)
    edit, order = block_edit(selection.candidates, block, preset, sponsor=sponsor)
    notes += _undirected(selection, rules)
    notes += tuple(note for file in files if (note := misnamed_note(file.path)) is not None)
    masters = tuple(
        EditMaster(one.film.digest, Path(one.film.path).name, found.rates[one.film.digest])
        for one in selection.candidates
    )
    tables = tuple(found.tables[one.film.digest] for one in selection.candidates)
    return ChosenBlock(path, block, preset, selection, edit, order, masters, tables, found.unusable, notes, found.keys)


def rules_of(block: Block, path: Path) -> BlockRules:
    """Return what a block asks of its films. Raises ProjectError for a rating that says no age."""
    rules, age = block.rules, block.rules.age_max
    if rules.rating_max is not None:
        found = age_of(rules.rating_max)
        if isinstance(found, str):
            allowed = f"{found}: write the board before it ('FSK 12'), or age_max in its place"
            raise block_error([Problem(str(path), "rules.rating_max", show_value(rules.rating_max), allowed)])
        age = found
    return BlockRules(
        shortest=block.length.min,
        longest=block.length.max,
        target=block.length.wished,
        one_per_director=rules.one_per_director,
        age_max=age,
        rating_max=rules.rating_max,
        subtitles=rules.subtitles,
        loudness_jump_max_lu=rules.loudness_jump_max_lu,
        mood_jump_max=rules.mood_jump_max,
        countries_min=rules.countries_min,
        films_per_country_max=rules.films_per_country_max,
        films_min=rules.films_min,
        films_max=rules.films_max,
    )


@dataclass(frozen=True)
class _Found:
    candidates: tuple[Candidate, ...]
    unusable: tuple[Unusable, ...]
    keys: tuple[str, ...]
    rates: Mapping[str, FrameRate]
    """Of each film by its digest."""
    tables: Mapping[str, BlockFilm]


def _look_at(files: Sequence[NamedFile], block: Block, trust: Trust, tell: Tell) -> _Found:
    """Measure files; one that cannot be used is told, unless it must be in: then that is an error."""
    home = find_home()
    store, ledger, projects = Store(home.store), Ledger(home.ledger), projects_by_master(home.projects)
    candidates: list[Candidate] = []
    unusable: list[Unusable] = []
    keys: list[str] = []
    rates: dict[str, FrameRate] = {}
    tables: dict[str, BlockFilm] = {}
    for number, named in enumerate(files):

        def told(share: float, number: int = number) -> None:
            tell("films", (number + share) / len(files), None)

        try:
            measured = measure(named.path, store=store, ledger=ledger, trust=trust, on_fraction=told)
            candidate, read = candidate_of(named, measured, projects, store)
        except InputError as error:
            if named.told.decides or block.order == "given":
                raise
            why = str(error).removeprefix(f"{named.path}: ").rstrip(".")
            unusable.append(Unusable(named.path, why))
        else:
            candidates.append(candidate)
            keys += read
            rates[measured.digest] = measured.facts.picture.rate
            if named.told.decides or measured.digest not in tables:
                tables[measured.digest] = named.told
        tell("films", (number + 1) / len(files), None)
    return _Found(tuple(candidates), tuple(unusable), tuple(dict.fromkeys(keys)), rates, tables)


def _once_each(found: Sequence[Candidate], block: Block) -> tuple[list[Candidate], tuple[str, ...]]:
    """Return films without those that lie there twice under two names, and what is to be told of these.

    Raises PlanError where both of two names of a film say something that only one can be, or where an order is given.
    """
    films: dict[str, Candidate] = {}
    notes: list[str] = []
    for film in found:
        known = films.get(film.film.digest)
        if known is None:
            films[film.film.digest] = film
            continue
        names = f"{spelled(known.name)} and {spelled(film.name)} are one film under two names"
        if block.order == "given" or (known.is_wanted and film.is_wanted):
            raise PlanError(f"{names}.", remedy="Take one out of [[films]].")
        kept, other = (film, known) if film.is_wanted else (known, film)
        films[film.film.digest] = kept
        differing = [word for word, of in _SAID.items() if of(kept) != of(other)]
        told = f"; {listed(differing, 'en')} of {spelled(kept.name)} counts, and not the other's" if differing else ""
        notes.append(f"{names}, which is taken once{told}.")
    return list(films.values()), tuple(notes)


def _undirected(selection: Selection, rules: BlockRules) -> tuple[str, ...]:
    """Say of which chosen films nobody knows what a rule asks."""
    notes = []
    for asked, field, missing in (
        (rules.one_per_director, "director", [one for one in selection.candidates if not one.directors]),
        (bool(rules.countries_min or rules.films_per_country_max), "country",
         [one for one in selection.candidates if not one.countries]),
    ):  # fmt: skip
        if asked and missing:
            titles = ", ".join(spelled(one.film.title) for one in missing)
            notes.append(f"film.toml names no {field} of {titles}: that rule was not held against it.")
    return tuple(notes)


def _sponsor(block: Block, path: Path) -> CardPicture | None:
    """Return the sponsors' picture, whose bytes the store keeps. Raises ProjectError where it cannot be shown."""
    named = block.sponsor_picture
    if named is None:
        return None
    try:
        return keep_card_picture(path.absolute().parent / named, Store(find_home().store)).picture
    except ValueError as error:
        raise block_error([Problem(str(path), "sponsor_picture", show_value(named), str(error))]) from None
