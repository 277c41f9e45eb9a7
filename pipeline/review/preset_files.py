"""Presets as the page shows and saves them: whose they are, what is wrong with one, and what a change would write."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from pipeline.errors import InputError, PresetError, ProjectError
from pipeline.presets import (
    ID_PATTERN,
    SCHEMAS,
    Kind,
    PresetFile,
    check_preset,
    is_shipped,
    is_shipped_folder,
    list_presets,
    own_folder,
)
from pipeline.presets.text import changed_text, parse_words
from pipeline.review.judging import Asked
from pipeline.shell.projects import Version, read_text, save_text
from pipeline.spelling import spelled
from pipeline.tables import MOST_BYTES, Problem

_MOST_WORDS: Final = 5000
_MOST_LETTERS: Final = 20_000
_MOST_DEEP: Final = 8
_MOST_DIFF_LINES: Final = 400
PresetId = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]


def _check_words(value: dict[str, Any]) -> dict[str, Any]:
    """Raise ValueError for what is no tree of words, or is more than a preset could say."""
    left = _MOST_WORDS
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, deep = waiting.pop()
        left -= 1
        if left < 0 or deep > _MOST_DEEP:
            raise ValueError("it says more than a preset can")
        if isinstance(one, dict):
            waiting += [(part, deep + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            waiting += [(part, deep + 1) for part in one]
        elif isinstance(one, str):
            if len(one) > _MOST_LETTERS or any("\ud800" <= char <= "\udfff" for char in one):
                raise ValueError("a text is too long, or no text")
        elif not isinstance(one, bool):
            raise ValueError("it has something else than texts, true, false, lists and tables")
    return value


class AskedPreset(Asked):
    """A preset as a form has it."""

    seen: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The digest of the file that the form was made from."""
    words: Annotated[dict[str, Any], AfterValidator(_check_words)]


class AskedSave(AskedPreset):
    """A preset that is to be saved."""

    name: Annotated[PresetId | None, Field()] = None
    """The id of a copy; left out, the preset itself is changed."""


def kinds_of_presets() -> dict[Kind, tuple[PresetFile, ...]]:
    """Return every preset by its kind."""
    found = list_presets()
    return {kind: tuple(file for file in found if file.kind == kind) for kind in SCHEMAS}


def has_address(file: PresetFile) -> bool:
    """Return whether a file's name is an id, so that there is a page of it."""
    return len(file.id) <= 80 and re.fullmatch(ID_PATTERN, file.id) is not None and "\n" not in file.id


@dataclass(frozen=True)
class PresetRead:
    """A preset's file as read."""

    file: PresetFile
    text: str
    version: Version

    @property
    def is_ours(self) -> bool:
        """Whether it comes with Matinee, and so is never written."""
        return is_shipped(self.file)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it as it is."""
        return check_preset(self.text, self.file)


def find_preset(kind: Kind, preset_id: str) -> PresetFile | None:
    """Return the file of a preset, the user's before ours; looked up, so that no name leads elsewhere."""
    return next((file for file in list_presets() if (file.kind, file.id) == (kind, preset_id)), None)


def read_preset(file: PresetFile) -> PresetRead:
    """Read a preset's file. Raises PresetError where it is no text."""
    try:
        text, version = read_text(file.path)
    except ProjectError as error:
        raise PresetError(error.message, remedy=error.remedy, **error.data) from error
    if len(text) > MOST_BYTES:
        raise PresetError(f"{file.path}: the file is larger than {MOST_BYTES // 1024} KiB.", path=str(file.path))
    return PresetRead(file, text, version)


def draft_document(read: PresetRead, asked: AskedPreset) -> dict[str, Any]:
    """Return what would be wrong with a preset as a form has it, and how its file would differ. Raises PresetError."""
    text = changed_text(read.text, asked.words, read.file.kind, read.file.path)
    return {
        "faults": faults_of(check_preset(text, read.file)),
        "diff": list(diff_of(read.text, text, read.file.path.name)),
        "changed_meanwhile": asked.seen != read.version.digest,
    }


def preset_document(read: PresetRead) -> dict[str, Any]:
    """Return what a form is filled with. Raises PresetError where the file is not TOML."""
    return {
        "seen": read.version.digest,
        "words": parse_words(read.text, read.file.path),
        "faults": faults_of(read.problems),
    }


def faults_of(problems: tuple[Problem, ...]) -> list[dict[str, str]]:
    """Return problems by the field that each is of."""
    return [{"field": one.field, "told": spelled(_told(one))} for one in problems]


def save_preset(read: PresetRead, asked: AskedSave) -> PresetFile:
    """Save a preset as a form has it, among the user's own; ours stay as they are, and the user's hides ours.

    Raises InputError, with `conflict` in its data and nothing written, where the file is not what the form was made
    from, or a copy's name is taken; PresetError for what is wrong with it.
    """
    target = _target(read, asked.name)
    if asked.seen != read.version.digest:
        raise _conflict("Somebody else has changed this preset since you opened it; nothing was written.")
    text = changed_text(read.text, asked.words, read.file.kind, read.file.path)
    problems = check_preset(text, target)
    if problems:
        raise PresetError(
            f"Nothing was written: {_sentence(problems[0])}",
            remedy="Correct it and save again.",
            field=problems[0].field,
        )
    is_same = target.path == read.file.path
    if is_same and text == read.text:
        return target
    try:
        save_text(target.path, text, expected=read.version if is_same else None)
    except ProjectError as error:
        if error.data.get("conflict"):
            raise _conflict("Somebody else has saved this preset meanwhile; nothing was written.") from error
        raise
    return target


def diff_of(before: str, after: str, name: str) -> Iterator[str]:
    """Yield the lines of a unified diff of two texts, each without what would steer what is around it."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{name}, as it is", f"{name}, as it would be", n=2, lineterm=""
    )
    for number, line in enumerate(lines):
        if number == _MOST_DIFF_LINES:
            yield "… and more"
            return
        yield line[:1] + spelled(line[1:])


def _target(read: PresetRead, name: str | None) -> PresetFile:
    """Return the file that a preset is saved to. Raises InputError."""
    file, own = read.file, own_folder()
    if is_shipped_folder(own):
        raise InputError(
            "The folder of your own presets is that of ours, which the page never writes to.",
            remedy="Name another folder in MATINEE_PRESETS.",
        )
    preset_id = name or file.id
    taken = None if name is None else find_preset(file.kind, name)
    if taken is not None:
        raise _conflict(f"There is a preset {name} among {file.kind} already; nothing was written.")
    path = own / file.kind / f"{preset_id}.toml"
    if not path.resolve().is_relative_to(own.resolve()):
        raise InputError(
            f"A link leads {spelled(path.name)} out of the folder of your presets; nothing was written.",
            remedy="Edit the file that it leads to, or put a file in place of the link.",
        )
    return PresetFile(file.kind, preset_id, path)


def _conflict(told: str) -> InputError:
    return InputError(told, remedy="Compare, and save again.", conflict=True)


def _sentence(problem: Problem) -> str:
    return f"{problem.field} {_told(problem)}" if problem.field else _told(problem)


def _told(problem: Problem) -> str:
    if not problem.field:
        return f"{problem.allowed}."
    return f"is {problem.value or 'missing'}; {problem.allowed}."
