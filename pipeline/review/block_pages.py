"""Which address answers what about blocks: their list, the table on which one is put in order, saving, and playing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Annotated, Any, Final, Protocol

from fastapi import FastAPI, Path
from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.errors import InputError, PipelineError, ProjectError
from pipeline.review.answers import known, tell_now
from pipeline.review.benches import Benches
from pipeline.review.block_benches import BlockWork
from pipeline.review.block_documents import (
    beside_document,
    command_of,
    made_document,
    order_document,
    work_document,
)
from pipeline.review.block_files import MOST_FILES, BlockShown, find_block, list_blocks
from pipeline.review.documents import id_of
from pipeline.review.film_pictures import picture_answer
from pipeline.review.judging import Asked, AskedNothing, Id
from pipeline.review.library import Library
from pipeline.review.policies import HEADER, PLAYING
from pipeline.review.preparing import Preparation, progress_of
from pipeline.review.preset_files import diff_of
from pipeline.shell.block_copies import save_order, with_order
from pipeline.shell.block_films import films_in
from pipeline.shell.block_surveys import read_block_text
from pipeline.spelling import spelled
from pipeline.timebase import clock

Show = Callable[..., Response]
"""Returns a page: of a request, a template and its values."""
_MOST_FILMS: Final = 400
"""In an order that somebody tries."""
_MOST_OTHERS: Final = 500
BlockId = Annotated[Id, Path()]
CopyName = Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{N}_][\p{L}\p{M}\p{N} ._-]{0,79}$", max_length=80)]


class AskedOrder(Asked):
    """Films in an order that somebody tries."""

    films: Annotated[list[Id], Field(max_length=_MOST_FILMS)]


class AskedFilm(Asked):
    """A film that a block's file does not name."""

    film: Id


class AskedSave(AskedOrder):
    """An order that is to be saved."""

    seen: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The digest of the file that the page began from."""
    name: CopyName | None = None
    """The name of a file beside it, without its ending; left out, the file itself is changed."""


class Room(Protocol):
    """What all addresses share."""

    @property
    def library(self) -> Library:
        """What this home has."""

    @property
    def benches(self) -> Benches:
        """What editors work on."""


def add_blocks(app: FastAPI, desk: Room, page: Show) -> None:
    """Add the addresses of blocks."""
    _add_pages(app, desk, page)
    _add_looking(app, desk)
    _add_orders(app, desk)


def _add_pages(app: FastAPI, desk: Room, page: Show) -> None:
    @app.get("/blocks", response_class=HTMLResponse)
    def show_blocks(request: Request) -> Response:
        rows = [_row(block) for block in list_blocks(desk.library)]
        folder = str(desk.library.home.blocks)
        return page(request, "blocks.html", title="Blocks", rows=rows, folder=folder, most=MOST_FILES)

    @app.get("/blocks/{block}", response_class=HTMLResponse)
    def show_block(request: Request, block: BlockId) -> Response:
        found = _found(desk, block)
        made = found.made
        values = {
            "block": found,
            "row": _row(found),
            "command": "" if found.path is None else command_of(found),
            "made": None if made is None else made_document(made),
            "plays": made is not None and made.package is not None,
        }
        answer = page(request, "block.html", title=found.title, **values)
        if values["plays"]:
            answer.headers[HEADER] = PLAYING
        return answer


def _add_looking(app: FastAPI, desk: Room) -> None:
    """Add what has films measured, which takes a while."""
    tables = desk.benches.blocks

    @app.post("/blocks/{block}/open")
    def open_block(block: BlockId, asked: AskedNothing) -> Response:
        del asked
        tables.open(block, _file_of(_found(desk, block)))
        return _progress(tables.going(block))

    @app.get("/blocks/{block}/progress")
    def tell_progress(block: BlockId) -> Response:
        return _progress(tables.going(block))

    @app.post("/blocks/{block}/stop")
    def stop(block: BlockId, asked: AskedNothing) -> Response:
        del asked
        going = tables.going(block)
        if going is not None:
            going.stop()
        return _progress(going)

    @app.get("/blocks/{block}/films/{film}/picture")
    def give_picture(block: BlockId, film: BlockId) -> Response:
        return picture_answer(tables.picture_of(block, film))

    @app.get("/blocks/{block}/others")
    def tell_others(block: BlockId) -> Response:
        files = _others(desk.library, tables.find(block))
        told = [{"id": id_of(path), "name": spelled(path.name)} for path in files[:_MOST_OTHERS]]
        return tell_now({"films": told, "left_out": max(0, len(files) - _MOST_OTHERS)})

    @app.post("/blocks/{block}/add")
    def add(block: BlockId, asked: AskedFilm) -> Response:
        files = _others(desk.library, tables.find(block))
        tables.add(block, known(next((path for path in files if id_of(path) == asked.film), None)))
        return _progress(tables.going(block))


def _add_orders(app: FastAPI, desk: Room) -> None:
    tables = desk.benches.blocks

    @app.get("/blocks/{block}/work")
    def tell_work(block: BlockId) -> Response:
        return tell_now(work_document(tables.find(block)))

    @app.post("/blocks/{block}/judge")
    def judge(block: BlockId, asked: AskedOrder) -> Response:
        return tell_now(order_document(tables.find(block), tuple(asked.films)))

    @app.post("/blocks/{block}/beside")
    def tell_beside(block: BlockId, asked: AskedOrder) -> Response:
        return tell_now(beside_document(tables.find(block), tuple(asked.films)))

    @app.post("/blocks/{block}/save")
    def save(block: BlockId, asked: AskedSave) -> Response:
        found, work = find_block(desk.library, block), tables.find(block)
        if found is None:
            name = spelled(work.survey.path.name)
            raise InputError(
                f"There is no block file {name} any more; nothing was written.",
                remedy="Put it back, then save again: your order stays on this page.",
            )
        path = _file_of(found)
        films = work.films(tuple(asked.films))
        if not films or len(set(asked.films)) < len(films):
            raise InputError("A block shows one film at least, and each once.", remedy="Change the order, then save.")
        copy = None if asked.name is None else f"{asked.name.removesuffix('.toml')}.toml"
        try:
            target, version = save_order(path, films, work.survey.tables, seen=asked.seen, copy=copy)
        except ProjectError as error:
            if not error.data.get("conflict"):
                raise
            return tell_now(_conflict(path, work, asked, error), 409)
        if copy is None:
            tables.saved(block, version, tuple(asked.films))
        told = {"id": block if copy is None else id_of(target), "seen": version.digest}
        return tell_now({**told, "told": f"Saved: {spelled(str(target))}"})


def _row(block: BlockShown) -> dict[str, Any]:
    """Return what the list says of a block."""
    made, said = block.made, block.block
    row: dict[str, Any] = {
        "id": block.id, "title": block.title, "file": "" if block.path is None else block.path.name,
        "path": "" if block.path is None else str(block.path), "problem": block.problem, "bounds": "",
        "lasts": "", "meter": None, "films": (), "at": "", "checked": "", "failed": (), "venue": "", "asks": "",
    }  # fmt: skip
    if said is not None:
        least, best, most = said.length.min, said.length.wished, said.length.max
        row |= {
            "bounds": f"{clock(least)} to {clock(most)}, best {clock(best)}",
            "venue": said.venue or "",
            "asks": "order is given" if said.order == "given" else "films are chosen",
        }
    if made is not None:
        checks, failed = made.made.checks, made.failed_checks
        row |= {
            "lasts": clock(made.made.duration),
            "films": tuple(item.title for item in made.made.films),
            "at": made_document(made)["at"],
            "checked": f"{len(checks) - len(failed)} of {len(checks)} checks passed" if checks else "",
            "failed": failed,
        }
    if said is not None and made is not None:
        top = max(most, made.made.duration) * Fraction(11, 10)
        row["meter"] = tuple(map(float, (top, least, most, best, made.made.duration)))
    return row


def _found(desk: Room, name: str) -> BlockShown:
    return known(find_block(desk.library, name))


def _file_of(block: BlockShown) -> FilePath:
    """Return a block's file. Raises InputError where it is not known, or is gone."""
    if block.path is None:
        raise InputError(block.problem, remedy="It is listed with its file from then on.")
    return block.path


def _others(library: Library, work: BlockWork) -> list[FilePath]:
    """Return films that a block's file does not name: those of the home, and those beside the ones that it names."""
    survey = work.survey
    known = {FilePath(film.film.path).resolve() for film in survey.films}
    known |= {one.path.resolve() for one in survey.unusable}
    folders = dict.fromkeys(FilePath(film.film.path).parent for film in survey.films)
    files = dict.fromkeys((*_beside(folders), *(film.path for film in library.films())))
    return sorted((path for path in files if path.resolve() not in known), key=lambda path: path.name.casefold())


def _beside(folders: dict[FilePath, None]) -> Iterator[FilePath]:
    for folder in folders:
        try:
            yield from films_in(folder)
        except OSError:
            continue


def _conflict(path: FilePath, work: BlockWork, asked: AskedSave, error: ProjectError) -> dict[str, Any]:
    """Return what is told of a conflict: what stands there now, and how what was asked for differs from it."""
    told: dict[str, Any] = {
        "told": spelled(error.message), "remedy": spelled(error.remedy or ""), "seen": None, "diff": [],
        "is_copy": asked.name is not None,
    }  # fmt: skip
    if asked.name is not None:
        return told
    try:
        theirs, version = read_block_text(path)
        mine = with_order(theirs, path, work.films(tuple(asked.films)), work.survey.tables)
    except (PipelineError, ValueError):  # theirs is no block file
        return told
    return {**told, "seen": version.digest, "diff": list(diff_of(theirs, mine, path.name))}


def _progress(going: Preparation | None) -> Response:
    return tell_now(progress_of(going).document())
