"""block.json: what a block was made of, for programs, and for telling what the next run changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.languages import listed
from pipeline.plan.block_verdicts import Verdict
from pipeline.plan.running_order import RunningOrder
from pipeline.plan.sheet_cues import told_cue
from pipeline.plan.sheet_words import sheet_words
from pipeline.shell.documents import document_bytes
from pipeline.timebase import clock

NAME: Final = "block.json"
VERSION: Final = 1
_MOST_BYTES: Final = 4 << 20
_UNREADABLE: Final = (
    OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ZeroDivisionError,
)  # fmt: skip
_OURS: Final = "en"
"""The language of what commands say."""


@dataclass(frozen=True)
class Played:
    """A film that a block played: its digest, and what it was called."""

    digest: str
    title: str


@dataclass(frozen=True)
class MadeItem:
    """One thing that a block plays, as it was made."""

    kind: str
    title: str
    start: Fraction
    """In seconds from the block's first picture."""
    end: Fraction
    digest: str | None
    """Of the film that it is or announces."""


@dataclass(frozen=True)
class Made:
    """What a block is that was made."""

    title: str
    duration: Fraction
    items: tuple[MadeItem, ...]
    file: Path | None
    """The block file; None in documents of before it was noted."""
    file_name: str
    checks: tuple[tuple[str, str, str, str], ...]
    """What was checked, how that came out, what was allowed and what was found."""

    @property
    def films(self) -> tuple[MadeItem, ...]:
        """Its films, in order."""
        return tuple(item for item in self.items if item.kind == "film")


@dataclass(frozen=True)
class Earlier:
    """What a block was when it was made before."""

    title: str
    films: tuple[Played, ...]
    others: tuple[tuple[str, str, Fraction], ...]
    """What plays besides: of which kind, what it says and how long it lasts, in seconds."""
    duration: Fraction


def described(order: RunningOrder, *, block: Path, keys: tuple[str, ...], checks: Sequence[Verdict] = ()) -> bytes:
    """Return the document of a block.

    `block` is its file, `keys` those of what it was chosen and checked by, `checks` what that found.
    """
    document = {
        "version": VERSION,
        "block": block.name,
        "file": str(block.absolute()),
        "title": order.title,
        "seconds": str(order.duration),
        "running_order": [
            {
                "kind": item.kind,
                "title": item.title,
                "start": str(item.span.start),
                "end": str(item.span.end),
                "sha256": None if item.film is None else item.film.digest,
                "cue": told_cue(item.cue, sheet_words(_OURS)),
            }
            for item in order.items
        ],
        "checks": [one.document() for one in checks],
        "keys": list(keys),
    }
    return document_bytes(document)


def keys_in(path: Path) -> frozenset[str]:
    """Return the keys of what must not be removed from the store for a block; nothing where a file is of none."""
    try:
        document = _read(path)
        return frozenset(str(key) for key in document["keys"]) if "running_order" in document else frozenset()
    except _UNREADABLE:
        return frozenset()


def read_earlier(path: Path) -> Earlier | None:
    """Return what an earlier run wrote; None where there is nothing, or nothing as we write it."""
    try:
        document = _read(path)
        items = [item for item in document["running_order"] if item["kind"] == "film"]
        films = tuple(Played(str(item["sha256"]), str(item["title"])) for item in items)
        others = tuple(
            (str(item["kind"]), str(item["title"]), Fraction(item["end"]) - Fraction(item["start"]))
            for item in document["running_order"]
            if item["kind"] != "film"
        )
        told = Earlier(str(document["title"]), films, others, Fraction(document["seconds"]))
        return told if document["version"] == VERSION else None
    except _UNREADABLE:
        return None


def read_made(path: Path) -> Made | None:
    """Return what a block is that was made; None where there is nothing, or nothing as we write it."""
    try:
        document = _read(path)
        if document["version"] != VERSION:
            return None
        return Made(
            title=str(document["title"]),
            duration=Fraction(document["seconds"]),
            items=tuple(_item(item) for item in document["running_order"]),
            file=_place(document.get("file")),
            file_name=str(document["block"]),
            checks=tuple(
                (str(one["what"]), str(one["outcome"]), str(one["limit"]), str(one["measured"]))
                for one in document["checks"]
            ),
        )
    except _UNREADABLE:
        return None


def changes_since(earlier: Earlier, order: RunningOrder) -> str:
    """Return how a running order differs from an earlier one, in words: 'out: Tide; in: Ash; 15:02 long, was 14:40'."""
    now = [Played(item.film.digest, item.title) for item in order.films if item.film is not None]
    before = {film.digest: place for place, film in enumerate(earlier.films, start=1)}
    after = {film.digest: place for place, film in enumerate(now, start=1)}
    told = [] if earlier.title == order.title else [f"its title was {earlier.title}"]
    told += _told(earlier.films, now, before, after)
    others = tuple((item.kind, item.title, item.span.duration) for item in order.items if item.kind != "film")
    if not told and earlier.others != others:
        told.append("other cards or gaps")
    if earlier.duration != order.duration:
        told.append(f"{clock(order.duration)} long, was {clock(earlier.duration)}")
    return "; ".join(told) if told else "nothing changed"


def _place(value: object) -> Path | None:
    return Path(value) if isinstance(value, str) and "\0" not in value else None


def _item(said: Mapping[str, Any]) -> MadeItem:
    digest = said["sha256"]
    return MadeItem(
        kind=str(said["kind"]),
        title=str(said["title"]),
        start=Fraction(said["start"]),
        end=Fraction(said["end"]),
        digest=None if digest is None else str(digest),
    )


def _read(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as file:
        document: Mapping[str, Any] = json.loads(file.read(_MOST_BYTES))
        return document


def _told(
    earlier: tuple[Played, ...], now: list[Played], before: Mapping[str, int], after: Mapping[str, int]
) -> Iterator[str]:
    gone = [film.title for film in earlier if film.digest not in after]
    come = [film.title for film in now if film.digest not in before]
    if gone:
        yield f"out: {listed(gone, _OURS)}"
    if come:
        yield f"in: {listed(come, _OURS)}"
    # Those that both have, in the order of each: who goes before whom is what people mean by moving.
    stayed = [film for film in now if film.digest in before]
    as_before = sorted(stayed, key=lambda film: before[film.digest])
    moved = [film.title for film, other in zip(stayed, as_before, strict=True) if film != other]
    if moved:
        yield f"in another order: {listed(moved, _OURS)}"
    earlier_titles = {film.digest: film.title for film in earlier}
    renamed = [film for film in stayed if film.title != earlier_titles[film.digest]]
    if renamed:
        yield f"renamed: {listed([f'{film.title} (was {earlier_titles[film.digest]})' for film in renamed], _OURS)}"
