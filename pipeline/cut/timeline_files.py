"""Timelines that editing programs wrote, as edits of films of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipeline.edit import Edit
from pipeline.editfile import EditFile, EditMaster, edit_file_text
from pipeline.errors import ProjectError
from pipeline.interchange import MEDIA, READERS
from pipeline.placement import Source
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import read_text, safe_name
from pipeline.shell.study import Study
from pipeline.shell.whereabouts import find_named_master

_MOST_MASTERS: Final = 200


def is_timeline_file(path: Path) -> bool:
    """Return whether a file is taken for a timeline of an editing program, by its name alone."""
    return _kind(path) in READERS


def find_timeline_masters(path: Path) -> tuple[str, tuple[Path, ...]]:
    """Return the text of a timeline's file, and where the films lie that it shows.

    Raises ProjectError for a file that is none, MasterError for a film that is not found.
    """
    text, home = read_text(path)[0], find_home()
    try:
        named = MEDIA[_kind(path)](text)
    except ProjectError as error:
        raise ProjectError(f"{path}: {error.message}", remedy=error.remedy, path=str(path)) from None
    if len(named) > _MOST_MASTERS:
        raise ProjectError(f"{path}: the timeline shows {len(named)} files; at most {_MOST_MASTERS} are taken.")
    ledger = Ledger(home.ledger)
    found = (find_named_master(path, address, digest, home, ledger) for address, digest in named)
    return text, tuple(dict.fromkeys(found))


def timeline_edit(path: Path, text: str, studies: Sequence[Study]) -> Edit:
    """Return the edit that a timeline's file holds, called as the file where it has no name.

    Raises ProjectError for what an edit cannot hold.
    """
    sources = sources_of(studies)
    try:
        edit = READERS[_kind(path)](text, sources)
        edit = edit if edit.name else replace(edit, name=safe_name(path.stem))
        masters = tuple(EditMaster(one.digest, one.path.name, one.analysis.timeline.rate) for one in studies)
        # What it refers to was written by anybody: it has to be what an edit file may say.
        edit_file_text(EditFile(edit, studies[0].analysis.timeline.rate, masters))
    except ProjectError as error:
        raise ProjectError(f"{path}: {error.message}", remedy=error.remedy, path=str(path)) from None
    return edit


def sources_of(studies: Sequence[Study]) -> dict[str, Source]:
    """Return masters as editing programs are told of them, by their digests."""
    return {
        study.digest: Source.of(
            study.path,
            study.facts,
            frame_count=study.analysis.timeline.frame_count,
            start_timecode=study.facts.start_timecode,
        )
        for study in studies
    }


def _kind(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")
