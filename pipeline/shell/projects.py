"""The folder of people's own files, media/projects/<film>/: found by the master's digest, written so that nobody loses.

A write happens under a lock and only where the file still is what was read: a moved revision or other bytes (somebody
saved it in an editor) are a conflict. Nothing here writes beside a master.
"""

from __future__ import annotations

import fcntl
import functools
import glob
import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pipeline.edit import EDIT_SUFFIX
from pipeline.editfile import EditFile, edit_file_text, parse_edit_file
from pipeline.errors import ProjectError
from pipeline.film import Film, overlaid, parse_film, rewritten
from pipeline.spelling import spelled

FILM_FILE: Final = "film.toml"
_LOCK_FILE: Final = ".lock"
_MOST_BYTES: Final = 16 * 1024 * 1024  # an edit of a hundred thousand parts; what is larger is some other file
_MOST_NAME_BYTES: Final = 120
_MASTER_LINE: Final = re.compile(r'^\s*master\s*=\s*"([0-9a-f]{64})"', re.MULTILINE)
Holding = Callable[[Path], AbstractContextManager[None]]
"""What keeps others from writing into a folder meanwhile."""


@dataclass(frozen=True)
class Version:
    """What a file was when it was read; a write gives it back, so that a change in between is noticed."""

    revision: int
    digest: str


@dataclass(frozen=True)
class FilmRead:
    """A film.toml as read."""

    film: Film
    version: Version


@dataclass(frozen=True)
class EditRead:
    """A NAME.edit.json as read."""

    file: EditFile
    version: Version


def find_project(root: Path, master: str) -> Path | None:
    """Return the folder whose film.toml names the master's digest, whatever folder and master are called now."""
    films = sorted(root.glob(f"*/{FILM_FILE}")) if root.is_dir() else []
    return next((film.parent for film in films if _master_of(film) == master), None)


def projects_by_master(root: Path) -> dict[str, Path]:
    """Return every project's folder by its master's digest, read once for many films; as `find_project` finds them."""
    films = sorted(root.glob(f"*/{FILM_FILE}"), reverse=True) if root.is_dir() else []
    return {master: film.parent for film in films if (master := _master_of(film)) is not None}


def open_project(root: Path, master: str, file: Path) -> Path:
    """Return the master's project folder; where there is none yet, make one named after the file."""
    found = find_project(root, master)
    if found is not None:
        return found
    with _file_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):
            found = find_project(root, master)  # another process may have made it meanwhile
            if found is not None:
                return found
            folder = _free_folder(root, safe_name(file.stem))
            folder.mkdir(exist_ok=True)
            film = folder / FILM_FILE
            if film.exists():
                text, _ = _read(film)
                known = parse_film(text, path=film).model_copy(update={"master": master})
                _replace(film, rewritten(text, known, path=film))
            else:
                _replace(film, _first_text(master))
    return folder


def read_film(folder: Path) -> FilmRead:
    """Read a project's film.toml. Raises ProjectError that names file, field, value and what is allowed."""
    path = folder / FILM_FILE
    text, digest = _read(path)
    film = parse_film(text, path=path)
    return FilmRead(film, Version(film.revision, digest))


def film_for(folder: Path, file: Path, master: str) -> Film:
    """Return what is known of a film: the film.toml beside its file, where there is one, under the project's own."""
    return functools.reduce(overlaid, film_files(folder, file, master).values())


def film_files(folder: Path, file: Path, master: str) -> dict[Path, Film]:
    """Return the files that say something of a film, and what: first the one beside it, then the project's own."""
    beside = find_beside(file, master)
    found = {} if beside is None else {beside: parse_film(_read(beside)[0], path=beside)}
    return {**found, folder / FILM_FILE: read_film(folder).film}


def films_told(project: Path | None, file: Path, master: str) -> dict[Path, Film]:
    """Return the files that say something of a film, as `film_files` does, also where it has no project yet."""
    if project is not None:
        return film_files(project, file, master)
    beside = find_beside(file, master)
    return {} if beside is None else {beside: parse_film(_read(beside)[0], path=beside)}


def film_told(project: Path | None, file: Path, master: str) -> Film:
    """Return what is known of a film, as `film_for` does, also where it has no project yet: perhaps nothing."""
    return functools.reduce(overlaid, films_told(project, file, master).values(), Film())


def file_that_says(field: str, folder: Path, file: Path, master: str) -> Path:
    """Return which file it is whose word counts for a field of a film; the project's own where none says anything."""
    files = film_files(folder, file, master)
    return next((path for path in reversed(files) if field in files[path].model_fields_set), folder / FILM_FILE)


def find_beside(file: Path, master: str) -> Path | None:
    """Return <stem>.film.toml or film.toml beside a master; one that names another master does not count."""
    for path in (file.with_name(f"{file.stem}.{FILM_FILE}"), file.with_name(FILM_FILE)):
        with suppress(OSError):  # a master's name may be as long as names get
            if path.is_file() and _master_of(path) in (None, master):
                return path
    return None


def misnamed_note(file: Path) -> str | None:
    """Return what to say of a film.toml beside a master that bears its whole name and so is not read; None of none."""
    with suppress(OSError):
        wrong = file.with_name(f"{file.name}.{FILM_FILE}")
        if wrong.is_file():
            right = spelled(f"{file.stem}.{FILM_FILE}")
            return f"{spelled(wrong.name)} is not read: beside {spelled(file.name)} it is to be called {right}."
    return None


def save_film(folder: Path, film: Film, *, expected: Version) -> Version:
    """Write a film.toml in place with its comments kept, and return its new version.

    The revision grows by one. Raises ProjectError (a conflict, nothing written) where the file is no longer what
    `expected` says.
    """
    path = folder / FILM_FILE
    newer = film.model_copy(update={"revision": expected.revision + 1})
    return _save(path, lambda text: rewritten(text, newer, path=path), newer.revision, expected=expected)


def read_edit(path: Path) -> EditRead:
    """Read an edit file. Raises ProjectError that names file, field, value and what is allowed."""
    text, digest = _read(path)
    file = parse_edit_file(text, path=path)
    return EditRead(file, Version(file.revision, digest))


def save_edit(path: Path, file: EditFile, *, expected: Version | None) -> Version:
    """Write an edit file and return its new version; `expected` None means that the file must not exist yet.

    One that says the very same already is as it is to be. Raises ProjectError (a conflict, nothing written) where the
    file is no longer what `expected` says.
    """
    text, version = _edit_text(file, expected)
    if _found(path)[1] == version.digest:
        return version
    return _save(path, lambda _: text, version.revision, expected=expected)


def check_edit(path: Path, file: EditFile, *, expected: Version | None) -> None:
    """Raise ProjectError where `save_edit` would; nothing is written."""
    found = _found(path)[1]
    if found != _edit_text(file, expected)[1].digest:
        _check_version(path, found, expected)


def read_text(path: Path) -> tuple[str, Version]:
    """Return the text of a person's file, and what it was. Raises ProjectError for one that is missing or no text."""
    text, digest = _read(path)
    return text, Version(0, digest)


def save_text(path: Path, text: str, *, expected: Version | None) -> Version:
    """Write a person's file, in a folder that is made where there is none, as `save_edit` does.

    Nothing else is left there: the folder may be one of films.
    """
    with _file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return _save(path, lambda _: text, 0, expected=expected, holding=_held)


@contextmanager
def saving_in(project: Path) -> Iterator[None]:
    """Keep others from saving a film's room meanwhile: that writes several files. Raises ProjectError."""
    with ExitStack() as stack:
        with _file_errors(project):
            stack.enter_context(_held(project))
        yield


def edit_path(folder: Path, name: str) -> Path:
    """Return where an edit of that name is kept."""
    return folder / f"{safe_name(name)}{EDIT_SUFFIX}"


def list_edits(folder: Path) -> tuple[Path, ...]:
    """Return a project's edit files in the order of their names."""
    return tuple(sorted(path for path in folder.glob(f"*{EDIT_SUFFIX}") if not path.name.startswith(".")))


def safe_name(title: str) -> str:
    """Return a folder name for any name: letters, marks, digits, '-', '_' and '.', not hidden, at most 120 bytes."""
    # A file name that is not UTF-8 reaches us with surrogates, which no encoder writes.
    normal = unicodedata.normalize("NFC", title.encode("utf-8", "replace").decode())
    kept = (char if unicodedata.category(char)[0] in "LMN" or char in "-_." else "-" for char in normal)
    name = re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", "".join(kept))).strip(".-")
    return name.encode()[:_MOST_NAME_BYTES].decode(errors="ignore").rstrip(".-") or "film"


def _save(
    path: Path,
    text_of: Callable[[str], str],
    revision: int,
    *,
    expected: Version | None,
    holding: Holding | None = None,
) -> Version:
    with _file_errors(path), (holding or _locked)(path.parent):
        text, digest = _found(path)
        _check_version(path, digest, expected)
        new = text_of(text)
        _replace(path, new)
    return Version(revision, _digest(new.encode()))


def _check_version(path: Path, digest: str | None, expected: Version | None) -> None:
    """Raise ProjectError where a file is not what is expected."""
    if digest != (None if expected is None else expected.digest):
        raise ProjectError(
            f"{path}: the file was {'made' if expected is None else 'changed'} by somebody else meanwhile"
            f" (expected revision {0 if expected is None else expected.revision}).",
            remedy="Nothing was written. Read it again and repeat the change.",
            path=str(path),
            conflict=True,
        )


def _edit_text(file: EditFile, expected: Version | None) -> tuple[str, Version]:
    """Return the text of an edit file as the one after the version that is expected, and what it is then."""
    revision = 1 if expected is None else expected.revision + 1
    text = edit_file_text(replace(file, revision=revision))
    return text, Version(revision, _digest(text.encode()))


def _found(path: Path) -> tuple[str, str | None]:
    """Return a file's text and the digest of its bytes; None where there is none yet."""
    return _read(path) if path.exists() else ("", None)


def _read(path: Path) -> tuple[str, str]:
    """Return a file's text and the digest of its bytes."""
    with _file_errors(path):
        if not path.is_file():
            raise ProjectError(f"{path}: there is no such file.", path=str(path))
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ProjectError(f"{path}: the file is larger than {_MOST_BYTES >> 20} MiB.", path=str(path))
    try:
        return raw.decode("utf-8-sig"), _digest(raw)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProjectError(f"{path}: the file is not UTF-8 text (at line {line}).", path=str(path)) from None


def _replace(path: Path, text: str) -> None:
    """Put text under a name at once: whoever reads sees the old file or the new one, also after a power cut.

    Whoever calls holds the folder's lock, so that a draft that is there is one of a run that was killed.
    """
    target = path.resolve()  # a link that somebody made stays a link
    for left in target.parent.glob(f".{glob.escape(target.name)}.*"):
        if left.suffix[1:].isdigit():
            left.unlink(missing_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            if target.exists():
                os.fchmod(file.fileno(), target.stat().st_mode & 0o777)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it ends with the process, so that a kill leaves none behind."""
    with (folder / _LOCK_FILE).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder itself, without a file in it for that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Not every network disk knows locks of folders; then what a file is when it is written has to do.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ProjectError(f"{path}: {error.strerror or error}.", path=str(path)) from error


def _master_of(path: Path) -> str | None:
    """Return the digest that a film.toml names, also where the rest of the file has an error."""
    try:
        text = _read(path)[0]
    except ProjectError:
        return None
    try:
        master = tomllib.loads(text).get("master")
    except (ValueError, RecursionError):
        match = _MASTER_LINE.search(text)
        master = match[1] if match else None
    return master if isinstance(master, str) else None


def _free_folder(root: Path, name: str) -> Path:
    """Return a folder that is no other film's; one that a person prepared, naming no master yet, is taken."""
    number = 1
    while True:
        folder = root / (name if number == 1 else f"{name}-{number}")
        if not folder.exists() or (folder.is_dir() and _master_of(folder / FILM_FILE) is None):
            return folder
        number += 1


def _first_text(master: str) -> str:
    return (
        "# What people know and decide about this film; docs/film-toml.md describes every field.\n"
        "revision = 1\n"
        f'master = "{master}"  # finds this folder after a rename; leave it alone\n'
        "\n"
        '# title = ""\n# director = [""]\n# year = 2026\n# credits_start = "00:00:00:00"\n'
    )


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
