"""Framing files that people wrote: one that stands among the outputs in place of ours, or one that an edit names; and
what somebody does to windows in a cutting room before that is written."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.cut.framing import ClipFraming, framed_parts, subject_keys
from pipeline.edit import Edit, MasterSpan, merged
from pipeline.errors import ProjectError
from pipeline.framing import Framing
from pipeline.framingfile import MOST_BYTES, OtherClipError, parse_framing, shape_told
from pipeline.plan.window_moves import CroppedFilm, WindowMove, moved_framing
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import is_foreign
from pipeline.shell.store import Store
from pipeline.shell.study import Study
from pipeline.tables import Problem, project_error

FRAMING_FOLDER: Final = "framing"
FRAMING_SUFFIX: Final = ".framing.json"


@dataclass(frozen=True)
class NamedFraming:
    """The framing file that the parts of an edit name."""

    path: Path
    text: str
    shape: Fraction


def named_framing(edit: Edit, folder: Path) -> NamedFraming | None:
    """Return the framing file that an edit in a folder names, if any.

    Raises ProjectError where its parts name several, or one that is missing or wrong.
    """
    names = list(dict.fromkeys(part.framing for part in edit.parts if isinstance(part, MasterSpan) and part.framing))
    if not names:
        return None
    if len(names) > 1:
        raise ProjectError(
            f"The edit {edit.name!r} names the framing files {' and '.join(names)}; one frames all of an edit.",
            remedy="Put what they say into one file, and name that in every part.",
        )
    path = folder / names[0]
    text = read_framing_text(path)
    return NamedFraming(path, text, shape_told(text, path=path))


@dataclass(frozen=True)
class BenchFramings:
    """What a cutting room says of how clips are framed."""

    folder: Path
    """Of the outputs that they are among."""
    film: CroppedFilm
    ids: tuple[str, str]
    """The highlight's name in the room, and that under which it is cut."""
    moves: Mapping[str, Sequence[WindowMove]]
    """Of windows, by the clips' names."""
    before: Mapping[str, str | None]
    """What their framing files said before the room's own moves, whatever is there now; None for none of a person's."""

    def cut_as(self, name: str) -> str:
        """Return what a clip is called when it is cut."""
        own, cut = self.ids
        return f"{cut}-{name.removeprefix(f'{own}-')}"


@dataclass(frozen=True)
class OwnFramings:
    """What people said of how the clips of one subject are framed."""

    folder: Path
    """Of the outputs."""
    named: NamedFraming | None
    studies: Mapping[str, Study]
    store: Store
    ledger: Ledger
    bench: BenchFramings | None = None

    def find(self, name: str, edit: Edit, shape: Fraction) -> tuple[ClipFraming | None, str]:
        """Return what a person's file says of a clip, None where none does, and what to tell of it.

        A changed file among the outputs has the last word. Raises ProjectError for one that is wrong.
        """
        told = ""
        path = (
            self.folder / FRAMING_FOLDER / f"{name if self.bench is None else self.bench.cut_as(name)}{FRAMING_SUFFIX}"
        )
        text = self._own_text(name, path)
        if text is not None:
            try:
                framing = self._parsed(text, path, edit, shape)
            except OtherClipError as error:
                told = f"{error.message} It is put aside, and a new one is written. "
            else:
                return ClipFraming(framing, None, subject_keys(merged(edit))), f"{name} is framed as {path} says."
        if self.named is None:
            return None, told.rstrip()
        if self.named.shape != shape:
            return None, f"{told}{name} is framed as usual: {self.named.path} is for clips of another shape."
        return self._by_name(self.named, edit), f"{told}{name} is framed as {self.named.path} says."

    def moved(self, name: str, framing: ClipFraming, edit: Edit) -> ClipFraming:
        """Return how a clip is framed once its windows are where somebody moved them."""
        moves = () if self.bench is None else self.bench.moves.get(name, ())
        if self.bench is None or not moves:
            return framing
        parts = framed_parts(merged(edit), self.studies)
        after = moved_framing(framing.framing, parts, moves, self.bench.film)
        return replace(framing, framing=after, artifact=None, unmoved=framing.framing)

    def _own_text(self, name: str, path: Path) -> str | None:
        """Return what a person's file says, None where there is none."""
        if self.bench is not None and name in self.bench.before:
            return self.bench.before[name]
        return read_framing_text(path) if is_foreign(path, self.ledger) else None

    def _by_name(self, named: NamedFraming, edit: Edit) -> ClipFraming:
        def produce(target: Path) -> dict[str, Any]:
            target.write_text(named.text, "utf-8")
            return {"made_by": "framing by hand", "inputs": []}

        framing = self._parsed(named.text, named.path, edit, named.shape)
        key = recipe_key("framing by hand", "content", (hashlib.sha256(named.text.encode()).hexdigest(),))
        return ClipFraming(framing, self.store.make(key, ".json", produce)[0], subject_keys(merged(edit)))

    def _parsed(self, text: str, path: Path, edit: Edit, shape: Fraction) -> Framing:
        return parse_framing(text, path=path, shape=shape, parts=framed_parts(merged(edit), self.studies))


def read_framing_text(path: Path) -> str:
    """Return the text of a framing file. Raises ProjectError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise _unreadable(path, "this is not a file but a directory or a device")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise _unreadable(path, f"the file is larger than {MOST_BYTES // 2**20} MiB")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, f"the framing file cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, "the framing file is not UTF-8 text") from error


def _unreadable(path: Path, reason: str) -> ProjectError:
    return project_error([Problem(str(path), "", "", reason)])
