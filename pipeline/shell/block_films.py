"""Which files the [[films]] of a block mean: files by name, folders, patterns; each once, with what is said of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.block import Block, BlockFilm, block_error
from pipeline.counting import ordinal
from pipeline.errors import MasterError, ProjectError
from pipeline.shell.whereabouts import is_file
from pipeline.spelling import spelled
from pipeline.tables import Problem, show_value

MOST_FILES: Final = 2000
"""More than a festival receives; a pattern that names more names something else, too."""
# What lies in folders of films beside them; whatever else is there is tried.
_NO_FILMS: Final = (
    ".json", ".toml", ".csv", ".srt", ".vtt", ".ass", ".txt", ".md", ".edl", ".otio", ".fcpxml", ".pdf", ".png", ".jpg",
    ".jpeg", ".webp", ".zip", ".doc", ".docx", ".ds_store", ".wav", ".mp3", ".html", ".m3u8",
)  # fmt: skip


@dataclass(frozen=True)
class NamedFile:
    """A file that a block may show."""

    path: Path
    told: BlockFilm
    """What the table says that names it best."""
    is_named: bool
    """Whether a table names it by itself, rather than a folder or pattern."""
    number: int
    """Which table that is, from 0."""


def named_files(block: Block, path: Path) -> tuple[NamedFile, ...]:
    """Return the files that a block's films are, in the order of its tables, each once.

    Raises ProjectError for a folder or pattern without films, and for one that is to stand at one place; MasterError
    for a file that does not exist.
    """
    found: dict[str, NamedFile] = {}
    for number, told in enumerate(block.films):
        is_named, files = _files(told, number, path)
        for file in files:
            key = os.path.realpath(file)
            known = found.get(key)
            if known is not None and known.is_named and is_named:
                raise _twice(known, number, path)
            if known is None or (is_named and not known.is_named):
                found[key] = NamedFile(file, told, is_named, number)
            if len(found) > MOST_FILES:
                raise ProjectError(
                    f"{path}: [[films]] names more than {MOST_FILES} files.", remedy="Name fewer.", path=str(path)
                )
    return tuple(found.values())


def _files(told: BlockFilm, number: int, path: Path) -> tuple[bool, tuple[Path, ...]]:
    place = path.absolute().parent / told.file
    try:
        if is_file(place):
            return True, (place,)
        if place.is_dir():
            files = films_in(place)
        elif any(letter in told.file for letter in "*?["):
            files = _films_of(_matching(path.absolute().parent, told.file))
        else:
            raise MasterError.of(
                place,
                f"{_what_is_there(place)}, which the {ordinal(number + 1)} [[films]] names.",
                remedy=f"Paths count from {path.absolute().parent}.",
            )
    except (OSError, ValueError) as error:
        reason = f"it should be a file, a folder or a pattern such as 'films/*.mov' that can be read ({error})"
        raise _wrong(path, number, told.file, reason) from None
    if not files:
        raise _wrong(path, number, told.file, "no film lies there")
    if told.decides and len(files) > 1:
        reason = f"it is {len(files)} files, and what must be in or has a place is one: name the file"
        raise _wrong(path, number, told.file, reason)
    return False, files


def _what_is_there(place: Path) -> str:
    """Return what stands where a film should be."""
    try:
        place.stat()
    except OSError:
        return "this link leads to no file" if place.is_symlink() else "there is no such file"
    return "this is no file but a pipe, a socket or a device"


def _matching(folder: Path, pattern: str) -> Iterable[Path]:
    """Return what a pattern means, from a folder or, of an absolute one, from the root; links are not gone through."""
    anchor = Path(pattern).anchor
    return Path(anchor).glob(pattern[len(anchor) :]) if anchor else folder.glob(pattern)


def films_in(folder: Path) -> tuple[Path, ...]:
    """Return what may be films in a folder. Raises OSError."""
    return _films_of(folder.iterdir())


def _films_of(entries: Iterable[Path]) -> tuple[Path, ...]:
    files = (one for one in entries if not one.name.startswith(".") and one.suffix.lower() not in _NO_FILMS)
    found = []
    for file in files:
        if is_file(file):
            found.append(file)
            if len(found) > MOST_FILES:
                break
    return tuple(sorted(found))


def _twice(known: NamedFile, number: int, path: Path) -> ProjectError:
    told = f"{path}: the {ordinal(known.number + 1)} and the {ordinal(number + 1)} [[films]] name one file"
    return ProjectError(f"{told}, {spelled(known.path.name)}.", remedy="Take one out.", path=str(path))


def _wrong(path: Path, number: int, file: str, allowed: str) -> ProjectError:
    return block_error([Problem(str(path), f"films.{number}.file", show_value(file), allowed)])
