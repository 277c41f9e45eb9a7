"""Choose a block from its file: choose and order its films, or take the order that is given, and lay the block out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.block import Block, BlockFilm
from pipeline.edit import Edit
from pipeline.editfile import EditMaster
from pipeline.errors import PlanError
from pipeline.plan.block_edit import block_edit
from pipeline.plan.block_rules import BlockRules
from pipeline.plan.running_order import RunningOrder
from pipeline.plan.selection import Selection, check_given, select
from pipeline.presets import BlockPreset
from pipeline.shell.block_surveys import BlockSurvey, Tell, Unusable, survey_block
from pipeline.shell.study import Trust
from pipeline.spelling import spelled

_SHOWN: Final = 3


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
    told = tell or (lambda *_: None)
    survey = survey_block(path, trust=trust, tell=told)
    told("choosing", 0.0, None)
    selection = choose_films(survey)
    told("choosing", 1.0, None)
    block, preset = survey.block, survey.preset
    edit, order = block_edit(selection.candidates, block, preset, sponsor=survey.sponsor)
    notes = (*survey.notes, *_undirected(selection, survey.rules))
    masters = tuple(
        EditMaster(one.film.digest, Path(one.film.path).name, survey.rates[one.film.digest])
        for one in selection.candidates
    )
    tables = tuple(survey.tables[one.film.digest] for one in selection.candidates)
    return ChosenBlock(
        path, block, preset, selection, edit, order, masters, tables, survey.unusable, notes, survey.keys
    )


def choose_films(survey: BlockSurvey) -> Selection:
    """Return the programme of a block: the best that keeps its rules, or the one that its file gives.

    Raises PlanError where no film can be used, where no programme keeps the rules, and for a given order that does not.
    """
    if not survey.films:
        why = "; ".join(f"{spelled(one.path.name)}: {one.why}" for one in survey.unusable[:_SHOWN])
        raise PlanError(f"None of the films can be used: {why}.", remedy="Name other files in [[films]].")
    choose = check_given if survey.block.order == "given" else select
    return choose(survey.films, survey.rules, survey.overheads)


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
