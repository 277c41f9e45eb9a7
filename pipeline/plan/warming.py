"""In which order a cache is filled before an audience comes: as players ask, all renditions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest


def play_order(entry: str, playlists: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """Return the names that players ask for, each once, in the order in which the first of them does.

    `playlists` are media playlists by name with what each leads to. First come the entry and the playlists, then the
    beginnings of all renditions before what follows of any.
    """
    return tuple(
        dict.fromkeys((entry, *(name for name, _ in playlists), *_side_by_side([led for _, led in playlists])))
    )


def _side_by_side(lists: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in zip_longest(*lists):
        yield from (name for name in row if name is not None)
