"""Blocks that editors look at: their films, measured by threads, and the order that each had when it was opened.

Orders that somebody tries are kept in their browser; what is saved is in the block's file.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.errors import InputError, PlanError
from pipeline.plan.block_orders import TriedOrder, try_order
from pipeline.plan.candidates import Candidate
from pipeline.plan.selection import Selection
from pipeline.review.film_pictures import film_picture
from pipeline.review.preparing import Preparation, Tell, end_all, in_turn
from pipeline.shell.block_surveys import BlockSurvey, read_block_text, survey_block, with_film
from pipeline.shell.blocks import choose_films
from pipeline.shell.home import find_home
from pipeline.shell.projects import Version
from pipeline.shell.store import Store
from pipeline.shell.whereabouts import is_file

MOST_OPEN: Final = 12
_AT_ONCE: Final = 2
"""Blocks whose films are measured at the same time."""
ID_DIGITS: Final = 32


def film_id(film: Candidate) -> str:
    """Return a film's name in addresses and requests: it says nothing of where the film lies."""
    return film.film.digest[:ID_DIGITS]


@dataclass(frozen=True)
class BlockWork:
    """A block with its films, and the order that it has so far."""

    survey: BlockSurvey
    version: Version
    """Of the file that was read."""
    order: tuple[str, ...]
    """The films of the order that the file gives, or that was chosen, by their names in addresses."""
    selection: Selection | None
    """What was chosen; None where the file gives the order, and where nothing could be."""
    told: str
    """Why nothing could be chosen; empty where something was."""

    def films(self, names: tuple[str, ...]) -> tuple[Candidate, ...]:
        """Return films by their names. Raises InputError for one that is not known here."""
        known = {film_id(film): film for film in self.survey.films}
        if any(name not in known for name in names):
            raise InputError(
                "A film of this order was not looked at here.", remedy="Load the page again.", conflict=True
            )
        return tuple(known[name] for name in names)

    def tried(self, names: tuple[str, ...]) -> TriedOrder:
        """Return what is to be told of films in an order."""
        return try_order(self.films(names), self.survey.rules, self.survey.overheads)


class BlockBenches:
    """All blocks that were opened, and what is being measured for them."""

    def __init__(self, say: Callable[[Exception], None]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._works: OrderedDict[str, BlockWork] = OrderedDict()
        self._going: dict[str, Preparation] = {}
        self._free = threading.Semaphore(_AT_ONCE)

    def find(self, block: str) -> BlockWork:
        """Return a block that was opened. Raises InputError where it was not."""
        with self._lock:
            work = self._works.get(block)
            if work is None:
                raise InputError("This block was not opened yet.", remedy="Load the page again.", conflict=True)
            self._works.move_to_end(block)
            return work

    def open(self, block: str, path: Path) -> None:
        """Have a block's file read and its films measured, unless that goes on already.

        Films that somebody added to it stay beside it.
        """

        def work(tell: Tell) -> None:
            opened = _opened(path, tell)
            with self._lock:
                before = self._works.get(block)
                self._keep(block, opened if before is None else _with_added(opened, before.survey))

        self._begin(block, work)

    def add(self, block: str, film: Path) -> None:
        """Have a film measured that the block's file does not name, to stand beside the block."""

        def work(tell: Tell) -> None:
            found = self.find(block)
            with Store(find_home().store).in_use():
                more, _ = with_film(found.survey, film, tell=_telling(tell))
            with self._lock:
                now = self._works.get(block, found)
                self._keep(block, _with_added(now, more))

        going = self.going(block)
        if going is not None and going.is_working:
            raise InputError("Films are being looked at for this block.", remedy="Wait until that is done, or stop it.")
        self._begin(block, work)

    def going(self, block: str) -> Preparation | None:
        """Return what measures films for a block, or did last."""
        with self._lock:
            return self._going.get(block)

    def saved(self, block: str, version: Version, order: tuple[str, ...]) -> None:
        """Note what a block's file says since it was saved from here."""
        with self._lock:
            work = self._works.get(block)
            if work is not None:
                survey = _given(work.survey)
                self._works[block] = replace(work, survey=survey, version=version, order=order, selection=None, told="")

    def picture_of(self, block: str, name: str) -> bytes | None:
        """Return a small picture of a film of a block, as a JPEG; None where the store has none."""
        film = next((film for film in self.find(block).survey.films if film_id(film) == name), None)
        if film is None:
            return None
        return film_picture(Path(film.film.path), film.film.digest, Store(find_home().store))

    def close(self) -> None:
        """Stop all that goes on, and wait for it."""
        with self._lock:
            going = tuple(self._going.values())
        end_all(going)

    def _begin(self, block: str, work: Callable[[Tell], None]) -> None:
        def when_free(tell: Tell) -> None:
            with in_turn(self._free, tell, "waiting for another block"):
                work(tell)

        with self._lock:
            going = self._going.get(block)
            if going is not None and going.is_working:
                return
            for name in [name for name, one in self._going.items() if not one.is_working and name not in self._works]:
                del self._going[name]
            if sum(one.is_working for one in self._going.values()) >= MOST_OPEN:
                raise InputError("The films of too many blocks are looked at.", remedy="Wait for one, or stop it.")
            self._going[block] = Preparation(f"block-{block[:8]}", when_free, self._say)
            self._going[block].start()

    def _keep(self, block: str, work: BlockWork) -> None:
        self._works[block] = work
        self._works.move_to_end(block)
        while len(self._works) > MOST_OPEN:
            self._works.popitem(last=False)


def _opened(path: Path, tell: Tell) -> BlockWork:
    """Return a block as its file has it now, with an order to begin from."""
    text, version = read_block_text(path)
    with Store(find_home().store).in_use():
        survey = survey_block(path, text=text, tell=_telling(tell))
    if survey.block.order == "given":
        return BlockWork(survey, version, tuple(map(film_id, survey.films)), None, "")
    tell("choosing films", 0.0)
    try:
        selection = choose_films(survey)
    except PlanError as error:
        wanted = tuple(film_id(film) for film in survey.films if film.is_wanted)
        return BlockWork(survey, version, wanted, None, str(error))
    return BlockWork(survey, version, tuple(map(film_id, selection.candidates)), selection, "")


def _given(survey: BlockSurvey) -> BlockSurvey:
    """Return a survey as its file has it whose order is given by now: that says no more which films must be in."""
    return replace(
        survey,
        block=survey.block.model_copy(update={"order": "given"}),
        films=tuple(replace(film, must=False, place=None) for film in survey.films),
    )


def _with_added(work: BlockWork, other: BlockSurvey) -> BlockWork:
    """Return a work with the films that another survey of the block has beside its own, as far as they are there."""
    survey = work.survey
    known = {film.film.digest for film in survey.films}
    others = (film for film in other.films if film.film.digest not in known)
    added = [film for film in others if is_file(Path(film.film.path))]
    if not added:
        return work
    digests = [film.film.digest for film in added]
    more = replace(
        survey,
        films=(*survey.films, *added),
        tables={**survey.tables, **{digest: other.tables[digest] for digest in digests}},
        rates={**survey.rates, **{digest: other.rates[digest] for digest in digests}},
    )
    return replace(work, survey=more)


def _telling(tell: Tell) -> Callable[[str, float, None], None]:
    def told(stage: str, share: float, _speed: None) -> None:
        tell({"films": "looking at films"}.get(stage, stage), share)

    return told
