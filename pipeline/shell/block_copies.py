"""Write an order into block files: a copy of what was chosen, or what a person made of it; nobody loses theirs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.block import BlockFilm, parse_block, says_else
from pipeline.errors import ProjectError
from pipeline.plan.candidates import Candidate
from pipeline.shell.block_surveys import read_block_text
from pipeline.shell.blocks import ChosenBlock
from pipeline.shell.documents import keep_document
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import Version, save_text
from pipeline.shell.publish import publish_to_edit
from pipeline.shell.store import Store
from pipeline.spelling import spelled
from pipeline.tables import text_of

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table

_KEPT: Final = ("age", "mood", "weight", "note")
"""What a table says of a film that still counts where the order is given."""
_BLANK_END: Final = re.compile(r"\n[ \t]*\r?\n\Z")
_LINE_END: Final = re.compile(r"\r?\n")
_GONE: Final = ("must", "place")
"""What it says that does not: the order itself says where each film stands."""


def keep_order(chosen: ChosenBlock, name: str) -> Path | None:
    """Write a copy of a block's file beside it, with the films as chosen and `order = "given"`.

    Comments and all else stay. Return where a file of somebody's is now that stood in the way. Raises ProjectError for
    a name that is no other file in the block's folder.
    """
    path = chosen.path.absolute().parent / name
    if Path(name).name != name or path.suffix != ".toml" or path == chosen.path.absolute():
        raise ProjectError(
            f"{spelled(name)}: this should be the name of another .toml file, which is put beside the block's own.",
            remedy="Its paths are those of the block file, and count from there.",
        )
    _check_name(name)
    films = chosen.selection.candidates
    tables = {film.film.digest: told for film, told in zip(films, chosen.tables, strict=True)}
    text = with_order(text_of(chosen.path), chosen.path, films, tables)
    parse_block(text, path=path)
    home = find_home()
    artifact = keep_document(Store(home.store), "block copy", ".toml", text.encode())
    return publish_to_edit(artifact, path, Ledger(home.ledger))


def save_order(
    path: Path, films: Sequence[Candidate], tables: Mapping[str, BlockFilm], *, seen: str, copy: str | None = None
) -> tuple[Path, Version]:
    """Write films in order into a block file with `order = "given"`, and return which file that is and its version.

    `tables` are what was said of films, by their digests; `seen` is the digest of the file that whoever saves knows,
    and `copy` the name of a file beside it that is written instead. Raises ProjectError, with nothing written: a
    conflict where the file is another by now, or there is a file of the copy's name.
    """
    if copy is not None:
        _check_name(copy)
    text, version = read_block_text(path)
    target = path if copy is None else path.absolute().parent / copy
    if copy is None and version.digest != seen:
        raise _conflict("Somebody else has changed this block file since you opened it; nothing was written.")
    if copy is not None and os.path.lexists(target):
        raise _conflict(f"There is a file {spelled(target.name)} already; nothing was written.")
    new = with_order(text, path, films, tables)
    parse_block(new, path=target)
    try:
        return target, save_text(target, new, expected=version if copy is None else None)
    except ProjectError as error:
        if error.data.get("conflict"):
            raise _conflict("Somebody else has saved this block file meanwhile; nothing was written.") from error
        raise


def with_order(text: str, path: Path, films: Sequence[Candidate], tables: Mapping[str, BlockFilm]) -> str:
    """Return the text of a block file at a path with other films in order, its comments kept.

    A film that the file names by itself keeps the table that does; others get one from `tables`, which say of each by
    its digest what was said of it. Raises ProjectError for a text that is no block file's, and for a film whose name no
    text file can hold.
    """
    import tomlkit
    from tomlkit.items import AoT, Table

    parse_block(text, path=path)
    # A last line without its end would run into what follows it elsewhere.
    document, head = tomlkit.parse(text if text.endswith("\n") else f"{text}\n"), tomlkit.document()
    (document if "order" in document else head)["order"] = "given"
    folder = path.absolute().parent
    named = _named(document, folder)
    owned = [named.get(os.path.realpath(film.film.path)) for film in films]
    following = _part_comments(document, [table for table in owned if table is not None])
    entries = AoT([], parsed=True)  # as parsed, so that no line is put between tables that have one
    for film, own in zip(films, owned, strict=True):
        table = _table(film, tables[film.film.digest], folder) if own is None else _freed(own)
        if entries and "\n" not in table.trivia.indent and not _BLANK_END.search(entries[-1].as_string()):
            table.trivia.indent = f"\n{table.trivia.indent}"
        entries.append(table)
    if following and isinstance(last := entries[-1], Table):
        last.value.body.extend(following)
    if isinstance(document["films"], AoT):
        document["films"] = entries
    else:  # [{ file = … }], after which other fields may stand
        del document["films"]
        document.append("films", entries)
    written = tomlkit.dumps(head) + tomlkit.dumps(document)
    # A file whose lines end as Windows ends them goes on doing so; tomlkit ends new ones with a line feed alone.
    return _LINE_END.sub("\r\n", written) if text.count("\n") == text.count("\r\n") > 0 else written


def _part_comments(document: TOMLDocument, kept: Sequence[Table]) -> list[Any]:
    """Give each table that is kept the comments right above it, which a parser leaves with what stands before.

    Return those after the last one, which are of what follows.
    """
    from tomlkit.items import AoT, Table

    films = document["films"]
    if not isinstance(films, AoT):
        return []
    at = next(number for number, (key, _) in enumerate(document.body) if key is not None and key.key == "films")
    before = document.body[at - 1][1] if at else None
    body: list[Any] = before.value.body if isinstance(before, Table) else []
    for table in films.body:
        if any(table is one for one in kept):
            table.trivia.indent = "".join(item.as_string() for _, item in _taken(body)) + table.trivia.indent
        body = table.value.body
    return _taken(body)


def _taken(body: list[Any]) -> list[Any]:
    """Take the comments off the end of a table."""
    from tomlkit.items import Comment

    count = 0
    while count < len(body) and isinstance(body[-1 - count][1], Comment):
        count += 1
    taken = body[len(body) - count :]
    del body[len(body) - count :]
    return taken


def _named(document: TOMLDocument, folder: Path) -> dict[str, Table]:
    """Return the tables that name one file each, by where it lies."""
    from tomlkit.items import Table

    found: dict[str, Table] = {}
    for table in document["films"]:
        if not isinstance(table, Table):
            continue
        place = folder / str(table["file"])
        if place.is_file():
            found[os.path.realpath(place)] = table
    return found


def _freed(table: Table) -> Table:
    for field in _GONE:
        if field in table:
            del table[field]
    return table


def _table(film: Candidate, told: BlockFilm, folder: Path) -> Table:
    import tomlkit

    table = tomlkit.table()
    table["file"] = _told_from(folder, film.film.path)
    for field in _KEPT:
        if field in told.model_fields_set:
            table[field] = _value(told, field)
    return table


def _told_from(folder: Path, path: str) -> str:
    """Return a film's path as a block file in a folder names it."""
    told = os.path.relpath(path, folder)
    # Above a folder that is a link there is another folder than its path says.
    is_there = os.path.realpath(folder / told) == os.path.realpath(path)
    told = told if is_there else str(Path(path).absolute())
    try:
        told.encode()
    except UnicodeEncodeError:
        raise ProjectError(
            f"The name of the film {spelled(told)} is no text, which a block file is.",
            remedy="Rename its file, or name its folder in [[films]].",
        ) from None
    return told


def _value(told: BlockFilm, field: str) -> Any:
    import tomlkit

    value = getattr(told, field)
    return value if isinstance(value, str | int) else tomlkit.value(f'"{value}"')


def _check_name(name: str) -> None:
    """Raise ProjectError for the name of a file that would say something else beside films."""
    if says_else(name):
        raise ProjectError(
            f"A file called {spelled(name)} is not read as a block: it says what is known of films, when they are "
            "shown, or what a watched folder does.",
            remedy="Choose another name; nothing was written.",
        )


def _conflict(told: str) -> ProjectError:
    return ProjectError(told, remedy="Compare, and save again, or save a copy under another name.", conflict=True)
