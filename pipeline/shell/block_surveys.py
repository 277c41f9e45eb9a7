"""What a block file asks for, and what is known of each film that it names: read and measured, nothing chosen yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.block import Block, BlockFilm, block_error, parse_block
from pipeline.edit import CardPicture
from pipeline.errors import InputError, PlanError
from pipeline.languages import listed
from pipeline.plan.block_edit import notes_card_s, overheads_of
from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.candidates import Candidate
from pipeline.plan.ratings import age_of
from pipeline.presets import BlockPreset, load_block
from pipeline.shell.block_films import NamedFile, named_files
from pipeline.shell.candidates import candidate_of, measure
from pipeline.shell.card_pictures import keep_card_picture
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import Version, misnamed_note, projects_by_master, read_text
from pipeline.shell.store import Store
from pipeline.shell.study import Trust
from pipeline.spelling import spelled
from pipeline.tables import MOST_BYTES, Problem, show_value, text_of
from pipeline.timebase import FrameRate

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
class BlockSurvey:
    """A block file as read, with its films as candidates."""

    path: Path
    block: Block
    preset: BlockPreset
    rules: BlockRules
    overheads: Overheads
    sponsor: CardPicture | None
    films: tuple[Candidate, ...]
    """Each once, in the order of the file's tables."""
    tables: Mapping[str, BlockFilm]
    """What the file says of each film, by its digest."""
    rates: Mapping[str, FrameRate]
    """Of each film by its digest."""
    unusable: tuple[Unusable, ...] = ()
    notes: tuple[str, ...] = ()
    """What people should know."""
    keys: tuple[str, ...] = ()
    """Of artifacts that it was read from, which must not be removed."""


def survey_block(
    path: Path, *, text: str | None = None, trust: Trust = "identity", tell: Tell | None = None
) -> BlockSurvey:
    """Return what a block file asks for and its films, measured; what is known of these is kept in the store.

    `text` is what the file says, where that was read already. Raises ProjectError, PresetError, MasterError, and
    PlanError where two names of one film contradict each other.
    """
    block = parse_block(text_of(path) if text is None else text, path=path)
    preset = load_block(block.preset)
    rules = rules_of(block, path)
    sponsor = _sponsor(block, path)
    files = named_files(block, path)
    found = _look_at(files, block, trust, tell or (lambda *_: None))
    films, notes = _once_each(found.candidates, block)
    misnamed = (misnamed_note(file.path) for file in files)
    return BlockSurvey(
        path=path,
        block=block,
        preset=preset,
        rules=rules,
        overheads=overheads_of(block, preset),
        sponsor=sponsor,
        films=tuple(replace(film, cards=notes_card_s(film.film, preset)) for film in films),
        tables=found.tables,
        rates=found.rates,
        unusable=found.unusable,
        notes=(*notes, *(note for note in misnamed if note is not None)),
        keys=found.keys,
    )


def with_film(survey: BlockSurvey, file: Path, *, tell: Tell | None = None) -> tuple[BlockSurvey, str]:
    """Return a survey with one film more, which its file does not name, and that film's digest.

    A film that is there already stays as it is. Raises MasterError, ProjectError.
    """
    home = find_home()
    store, ledger = Store(home.store), Ledger(home.ledger)
    told = tell or (lambda *_: None)
    measured = measure(file, store=store, ledger=ledger, on_fraction=lambda share: told("films", share, None))
    if any(film.film.digest == measured.digest for film in survey.films):
        return survey, measured.digest
    # Not checked: its path is one of this machine's, whatever bytes it has, and no person's words.
    table = BlockFilm.model_construct(file=os.path.relpath(file, survey.path.absolute().parent))
    named = NamedFile(file, table, is_named=True, number=len(survey.block.films))
    candidate, read = candidate_of(named, measured, projects_by_master(home.projects), store)
    candidate = replace(candidate, cards=notes_card_s(candidate.film, survey.preset))
    more = replace(
        survey,
        films=(*survey.films, candidate),
        tables={**survey.tables, measured.digest: table},
        rates={**survey.rates, measured.digest: measured.facts.picture.rate},
        keys=tuple(dict.fromkeys((*survey.keys, *read))),
    )
    return more, measured.digest


def read_block_text(path: Path) -> tuple[str, Version]:
    """Return the text of a block file, and what it was. Raises ProjectError where it is missing, no text, too long."""
    text, version = read_text(path)
    if len(text) > MOST_BYTES:
        raise block_error([Problem(str(path), "", "", f"the file is larger than {MOST_BYTES // 1024} KiB")])
    return text, version


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


def _sponsor(block: Block, path: Path) -> CardPicture | None:
    """Return the sponsors' picture, whose bytes the store keeps. Raises ProjectError where it cannot be shown."""
    named = block.sponsor_picture
    if named is None:
        return None
    try:
        return keep_card_picture(path.absolute().parent / named, Store(find_home().store)).picture
    except ValueError as error:
        raise block_error([Problem(str(path), "sponsor_picture", show_value(named), str(error))]) from None
