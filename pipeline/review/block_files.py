"""Which blocks a home knows of: the files of blocks that were made, those beside them, and what lies in `blocks/`."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from pipeline.block import Block, parse_block, says_else
from pipeline.errors import PipelineError
from pipeline.review.documents import id_of
from pipeline.review.library import Library
from pipeline.screening.changes import NAME, Made, read_made
from pipeline.screening.job import HLS
from pipeline.shell.package_folders import ENTRY
from pipeline.spelling import spelled
from pipeline.tables import MOST_BYTES, read_text

MOST_FILES: Final = 200
"""Of one folder, the first by their names."""
_IS_BLOCK: Final = re.compile(r"^[ \t]*(\[\[[ \t]*films[ \t]*\]\]|films[ \t]*=)", re.MULTILINE)


@dataclass(frozen=True)
class MadeBlock:
    """A block that was made."""

    path: Path
    """Of its block.json."""
    made: Made
    changed_ns: int

    @property
    def package(self) -> Path | None:
        """The folder of its package; None where none is there."""
        folder = self.path.parent / HLS
        return folder if (folder / ENTRY).is_file() else None

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """What was not found as it should be, in words."""
        return tuple(
            f"{what}: {measured}, and {limit} is asked"
            for what, outcome, limit, measured in self.made.checks
            if outcome != "pass"
        )


@dataclass(frozen=True)
class BlockShown:
    """A block: its file, or what was made of one that is not known, or both."""

    path: Path | None
    """Its file; None where that is not known."""
    block: Block | None
    """What the file says; None where it cannot be read."""
    problem: str
    """Why it cannot; empty where it can."""
    made: MadeBlock | None

    @property
    def id(self) -> str:
        """Its name in addresses."""
        assert self.path is not None or self.made is not None
        return id_of(self.path) if self.path is not None else id_of(self.made.path)  # type: ignore[union-attr]

    @property
    def title(self) -> str:
        """What it is called."""
        if self.block is not None:
            return self.block.title
        return self.made.made.title if self.made is not None else self.path.stem  # type: ignore[union-attr]


@dataclass(frozen=True)
class _Known:
    """Where blocks are, before any of their files is read."""

    places: dict[str, Path]
    """Their files, each once, by where links lead."""
    newest: dict[str, MadeBlock]
    """What was made last of each of them."""
    lost: tuple[MadeBlock, ...]
    """What was made of files that are not known."""


def list_blocks(library: Library) -> tuple[BlockShown, ...]:
    """Return every block, in the order of their titles. Raises StoreError."""
    known = _look(library)
    found = [_shown(path, known.newest.get(real)) for real, path in known.places.items()]
    found += [_without_file(one) for one in known.lost]
    return tuple(sorted(found, key=lambda one: (one.title.casefold(), str(one.path or ""))))


def find_block(library: Library, name: str) -> BlockShown | None:
    """Return the block of a name in an address; looked up, so that no name leads elsewhere."""
    known = _look(library)
    for real, path in known.places.items():
        if id_of(path) == name:
            return _shown(path, known.newest.get(real))
    return next((shown for shown in map(_without_file, known.lost) if shown.id == name), None)


def _look(library: Library) -> _Known:
    newest: dict[str, MadeBlock] = {}
    lost = []
    for one in _made(library):
        if one.made.file is None:
            lost.append(one)
            continue
        real = os.path.realpath(one.made.file)
        if real not in newest or newest[real].changed_ns < one.changed_ns:
            newest[real] = one
    files = [one.made.file for one in newest.values() if one.made.file is not None]
    beside = (path for folder in sorted({file.parent for file in files}) for path in _block_files(folder))
    # One file may be reached by several names.
    places: dict[str, Path] = {}
    for path in (*_toml_files(library.home.blocks), *files, *beside):
        places.setdefault(os.path.realpath(path), path)
    return _Known(places, newest, tuple(lost))


def _without_file(one: MadeBlock) -> BlockShown:
    return BlockShown(None, None, _unknown(one), one)


def _made(library: Library) -> Iterator[MadeBlock]:
    for path in library.ledger.manifests():
        if path.name != NAME:
            continue
        try:
            status = path.stat()
        except OSError:
            continue
        made = read_made(path) if stat.S_ISREG(status.st_mode) else None
        if made is not None:
            yield MadeBlock(path, made, status.st_mtime_ns)


def _shown(path: Path, made: MadeBlock | None) -> BlockShown:
    text = read_text(path)
    if not isinstance(text, str):
        return BlockShown(path, None, _sentence(f"{text.allowed}."), made)
    try:
        return BlockShown(path, parse_block(text, path=path), "", made)
    except PipelineError as error:
        return BlockShown(path, None, _sentence(error.message.replace(f"{path}: ", "")), made)


def _sentence(told: str) -> str:
    return f"{told[:1].upper()}{told[1:]}"


def _block_files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder that have films in them as block files have."""
    for path in _toml_files(folder):
        text = read_text(path)
        if isinstance(text, str) and _IS_BLOCK.search(text):
            yield path


def _toml_files(folder: Path) -> Iterable[Path]:
    try:
        named = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError:
        return ()
    return tuple(islice(filter(_is_candidate, named), MOST_FILES))


def _is_candidate(path: Path) -> bool:
    if path.name.startswith(".") or says_else(path.name):
        return False
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size <= MOST_BYTES


def _unknown(one: MadeBlock) -> str:
    name = spelled(one.made.file_name)
    return f"Where its file {name} lies was not noted when it was made. Make it again: matinee block {name}"
