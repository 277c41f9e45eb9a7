"""The films of a block as a list for players (extended M3U in UTF-8, .m3u8): their masters in running order."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.errors import PlanError
from pipeline.languages import listed
from pipeline.plan.run_sheet import shown
from pipeline.plan.running_order import Item, RunningOrder
from pipeline.spelling import brief

# Line ends as Python and players know them; in a list, whatever follows one is another film.
_LINE_ENDS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0")


def film_list(order: RunningOrder, folder: Path) -> str:
    """Return the text of a list that is written into a folder, an absolute path.

    Paths are relative to it where both lie below one folder other than the root, so that all can be moved together.
    Raises PlanError for a master whose name no list can hold.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{shown(order.title)}"]
    for item in order.films:
        if item.film is not None:
            lines += [f"#EXTINF:{_seconds(item)},{_named(item)}", _written(Path(item.film.path), folder)]
    return "\n".join((*lines, ""))


def _seconds(item: Item) -> int:
    """Return an item's length in whole seconds: VLC reads no others."""
    return (item.span.duration + Fraction(1, 2)).__floor__()


def _named(item: Item) -> str:
    directors = [shown(name) for name in item.film.directors] if item.film is not None else []
    told = (listed(directors, "en") if directors else "", shown(item.title))
    return " - ".join(filter(None, told))


def _written(path: Path, folder: Path) -> str:
    """Return a path as a list has it: what begins as a comment or an address would is written as './…'."""
    text = _relative(path.parts, folder.parts) or str(path)
    blank_at_end = text != text.rstrip()
    if blank_at_end or _LINE_ENDS & set(text) or any("\ud800" <= letter <= "\udfff" for letter in text):
        reason = "ends in a blank" if blank_at_end else "has a line end, or bytes that are no UTF-8,"
        raise PlanError(
            f"{brief(str(path), 200)} cannot stand in a list of films: its name {reason}, which players misread.",
            remedy="Rename the file or the folder.",
            path=str(path),
        )
    first = text.partition("/")[0]
    return f"./{text}" if first.startswith(("#", " ", "\t", "~")) or ":" in first else text


def _relative(path: Sequence[str], folder: Sequence[str]) -> str:
    """Return the way from a folder to a path; nothing where only the root is above both."""
    shared = 0
    while shared < min(len(path), len(folder)) and path[shared] == folder[shared]:
        shared += 1
    return "/".join((*[".."] * (len(folder) - shared), *path[shared:])) if shared > 1 else ""
