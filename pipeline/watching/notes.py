"""NAME.matinee.txt: what is wrong with a film that was refused, in plain words beside it, and nothing else of ours."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

from pipeline.errors import PublishError
from pipeline.plan.arrival_names import note_name
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import is_foreign, replace_document, withdraw
from pipeline.spelling import spelled

HERE: Final = "here"
_STRAY_AFTER_S: Final = 10.0


def put_note(film: Path, why: str, remedy: str, ledger: Ledger) -> str:
    """Write the note beside a film, and return HERE, or why there is none."""
    target = film.with_name(note_name(film.name))
    text = (
        f"{spelled(film.name)} was not taken.\n\n"
        f"Why: {_sentence(why)}\n"
        f"What to do: {_sentence(remedy)}\n\n"
        "Matinee looks at it again as soon as it changes, and takes this note away when it is good.\n"
    )
    try:
        if is_foreign(target, ledger):
            return f"{spelled(target.name)} is a file of somebody's"
        if not (target.exists() and target.read_text("utf-8", "replace") == text):
            replace_document(target, text.encode("utf-8", "replace"), ledger)
    except (PublishError, OSError) as error:
        reason = error.__cause__ if isinstance(error, PublishError) else error
        return f"no note can be written beside it ({getattr(reason, 'strerror', None) or error})"
    return HERE


def remove_note(film: Path, ledger: Ledger) -> None:
    """Remove the note beside a film, unless somebody changed it."""
    target = film.with_name(note_name(film.name))
    if os.path.lexists(target):
        try:
            withdraw(target, ledger)
        except PublishError:  # the folder is read-only by now; the note stays
            return


def clear_stray(path: Path) -> None:
    """Remove a note that a run was killed in the middle of writing."""
    with contextlib.suppress(OSError):
        if time.time() - path.lstat().st_ctime > _STRAY_AFTER_S:
            path.unlink()


def _sentence(text: str) -> str:
    one = " ".join(spelled(text).split())
    return f"{one[:1].upper()}{one[1:]}{'' if one.endswith('.') else '.'}"
