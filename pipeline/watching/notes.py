"""NAME.matinee.txt: why a film was refused, or what could not be made of it, in plain words; nothing else of ours."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pipeline.errors import PublishError
from pipeline.plan.arrival_names import note_name
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import is_foreign, replace_document, withdraw
from pipeline.spelling import spelled

HERE: Final = "here"
About = Literal["refused", "failed"]
_FIRST: Final[Mapping[About, str]] = {
    "refused": "{} was not taken.",
    "failed": "{} was taken, but what was asked for could not be made of it.",
}
_LAST: Final[Mapping[About, str]] = {
    "refused": "Matinee looks at it again as soon as it changes, and takes this note away when it is good.",
    "failed": "Then: matinee watch retry, or another version of the film. Matinee takes this away when all is made.",
}
_PUT_RIGHT: Final = "Put that right."
_LINES: Final = 6
_STRAY_AFTER_S: Final = 10.0
_MOST_BYTES: Final = 1 << 16


def put_note(film: Path, about: About, why: str, remedy: str, ledger: Ledger) -> str:
    """Write the note beside a film, and return HERE, or why there is none."""
    target = film.with_name(note_name(film.name))
    what = f"Why: {_sentence(why)}\nWhat to do: {_sentence(remedy or _PUT_RIGHT)}"
    text = f"{_first(film, about)}\n\n{what}\n\n{_LAST[about]}\n"
    try:
        if is_foreign(target, ledger) and not _is_note(target, film):
            return f"{spelled(target.name)} is a file of somebody's"
        replace_document(target, text.encode("utf-8", "replace"), ledger)
    except (PublishError, OSError) as error:
        return unwritten(error)
    return HERE


def unwritten(error: PublishError | OSError) -> str:
    """Return why there is no note beside a film, in words."""
    reason = error.__cause__ if isinstance(error, PublishError) else error
    return f"no note can be written beside it ({getattr(reason, 'strerror', None) or error})"


def remove_note(film: Path, ledger: Ledger) -> None:
    """Remove the note beside a film, unless somebody changed it."""
    target = film.with_name(note_name(film.name))
    # The folder may be read-only by now; then the note stays.
    with contextlib.suppress(PublishError, OSError):
        if is_foreign(target, ledger) and _is_note(target, film):
            target.unlink()
        withdraw(target, ledger)


def _is_note(target: Path, film: Path) -> bool:
    """Tell whether a file is a note of ours, also where the ledger does not know it since its folder was renamed."""
    if target.is_symlink() or not target.is_file() or target.stat().st_size > _MOST_BYTES:
        return False
    lines = target.read_text("utf-8", "replace").splitlines()
    told = [(_first(film, about), last) for about, last in _LAST.items()]
    return len(lines) == _LINES and (lines[0], lines[-1]) in told


def _first(film: Path, about: About) -> str:
    return _FIRST[about].format(spelled(film.name)).encode("utf-8", "replace").decode()


def clear_stray(path: Path) -> None:
    """Remove a note that a run was killed in the middle of writing."""
    with contextlib.suppress(OSError):
        if time.time() - path.lstat().st_ctime > _STRAY_AFTER_S:
            path.unlink()


def _sentence(text: str) -> str:
    one = " ".join(spelled(text).split())
    return f"{one[:1].upper()}{one[1:]}{'' if one.endswith('.') else '.'}"
