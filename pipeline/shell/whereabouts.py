"""Find the masters that an edit file uses, by their bytes: names and folders may have changed since it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.editfile import EditFile
from pipeline.errors import MasterError
from pipeline.shell.digests import digest_of
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import read_edit

_NO_FILMS: Final = (".json", ".toml", ".csv", ".srt", ".vtt", ".txt", ".md", ".edl", ".otio", ".fcpxml")


def find_edit_masters(path: Path) -> tuple[EditFile, tuple[Path, ...]]:
    """Return an edit file and where its masters lie. Raises ProjectError, or MasterError for one not found."""
    home = find_home()
    file = read_edit(path).file
    masters = [find_master(path, file, digest, home, Ledger(home.ledger)) for digest in file.edit.masters]
    return file, tuple(masters)


def find_master(path: Path, file: EditFile, digest: str, home: Home, ledger: Ledger) -> Path:
    """Return the file whose bytes have a digest.

    Looked for under its last known name beside the edit file and in the masters folder, where it was when clips were
    last cut from it, and then under any name in those two folders. Raises MasterError where it is in none.
    """
    name = next((master.file for master in file.masters if master.digest == digest), None)
    for candidate in dict.fromkeys(_candidates(path, name, digest, home, ledger)):
        with suppress(MasterError):
            if digest_of(candidate, ledger) == digest:
                return candidate
    called = f"{name!r}, " if name else ""
    raise MasterError.of(
        path,
        f"its master ({called}sha256 {digest[:12]}…) was not found.",
        remedy=f"Put the film beside the edit file or into {home.masters}.",
    )


def is_file(path: Path) -> bool:
    """Tell whether a file lies at a path that a person wrote, which may be none that any file system takes."""
    try:
        return path.is_file()
    except OSError:  # of a name that is too long, or a folder that may not be read
        return False


def _candidates(path: Path, name: str | None, digest: str, home: Home, ledger: Ledger) -> Iterator[Path]:
    folders = (path.absolute().parent, home.masters)
    if name is not None:
        yield from (folder / Path(name).name for folder in folders if is_file(folder / Path(name).name))
    yield from (master for master in _cut_before(digest, ledger) if is_file(master))
    for folder in folders:
        if folder.is_dir():
            yield from sorted(entry for entry in folder.iterdir() if _may_be_master(entry))


def _cut_before(digest: str, ledger: Ledger) -> Iterator[Path]:
    """Yield where a master lay when clips were cut from it, as their lists say."""
    for manifest in ledger.manifests():
        with suppress(OSError, ValueError, KeyError, TypeError):
            masters = json.loads(manifest.read_bytes())["masters"]
            yield from (Path(master["file"]) for master in masters if master["sha256"] == digest)


def _may_be_master(path: Path) -> bool:
    return is_file(path) and not path.name.startswith(".") and path.suffix.lower() not in _NO_FILMS


def find_named_master(path: Path, address: str, digest: str | None, home: Home, ledger: Ledger) -> Path:
    """Return the film that a timeline's file names by an address, and by a digest where it was sent out from here.

    Looked for where the address leads, beside the timeline's file and in the masters folder. Raises MasterError.
    """
    try:
        named = Path(unquote(urlsplit(address).path))
    except ValueError:
        named = Path()
    if digest is not None:
        name = named.name or None
        places = _candidates(path, name, digest, home, ledger)
    else:
        places = iter((named, path.absolute().parent / named.name, home.masters / named.name))
    for candidate in dict.fromkeys(places):
        with suppress(MasterError):
            if _may_be_master(candidate) and (digest is None or digest_of(candidate, ledger) == digest):
                return candidate
    raise MasterError.of(
        path,
        f"its media {named.name!r} was not found.",
        remedy=f"Put the film beside the file or into {home.masters}, or relink it in the editing program.",
    )
