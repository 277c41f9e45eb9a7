"""Whether a file that was joined holds what it was joined from, byte by byte; and when its sound begins."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from pipeline.boxes import Track, read_movie
from pipeline.boxes.samples import expand
from pipeline.errors import VerifyFailed
from pipeline.shell.remembering import remembered
from pipeline.shell.section_times import edited_start
from pipeline.shell.store import Artifact, Store

_VERSION: Final = 1
"""Of how files are compared; raised when the same files would be told otherwise."""


@dataclass(frozen=True)
class Likeness:
    """How a track of a joined file is like the tracks that it was joined from."""

    samples: int
    """How many they have."""
    first_other: int | None
    """The number of the first sample that is another in the file, or is not there; None where all are the same."""
    start: Fraction
    """When the file's first sample is shown or heard, in seconds, its edit list taken into account."""


def compare_track(joined: Artifact, kind: str, sources: Sequence[Artifact], store: Store) -> tuple[Likeness, Artifact]:
    """Return how the track of a kind ('vide', 'soun') is like those of its sources in a row, and what remembers it.

    Raises VerifyFailed where a file has no such track, or several.
    """

    def find() -> list[Any]:
        found = _compared(joined.path, kind, [one.path for one in sources])
        return [found.samples, found.first_other, str(found.start)]

    # By their content: whoever asks may hold another file than the one that was made under a key.
    contents = (joined.sha256, *(one.sha256 for one in sources))
    (samples, first_other, start), artifact = remembered(store, "likeness", f"{_VERSION} {kind}", contents, find)
    return Likeness(samples, first_other, Fraction(start)), artifact


def _compared(joined: Path, kind: str, sources: Sequence[Path]) -> Likeness:
    sizes = [size for path in sources for size in expand(_track(path, kind).samples.sizes)]
    at = _first_difference(_bytes((joined,), kind), _bytes(sources, kind))
    ends = tuple(accumulate(sizes))
    track = _track(joined, kind)
    first = Fraction(min(track.samples.shown_times(), default=0), track.timescale)
    start = first + edited_start(track, read_movie(joined).timescale)
    return Likeness(len(sizes), None if at is None else bisect_right(ends, at), start)


def _track(path: Path, kind: str) -> Track:
    tracks = [one for one in read_movie(path).tracks if one.kind == kind]
    if len(tracks) != 1:
        raise VerifyFailed.of(str(path), ((f"tracks of {kind!r}", "1", str(len(tracks))),))
    return tracks[0]


def _bytes(paths: Sequence[Path], kind: str) -> Iterator[bytes]:
    """Yield the bytes of the samples of files' tracks, in order."""
    for path in paths:
        with path.open("rb") as file:
            for offset, size in _track(path, kind).samples.locations():
                file.seek(offset)
                yield file.read(size)


def _first_difference(one: Iterator[bytes], other: Iterator[bytes]) -> int | None:
    """Return how many bytes two rows of blocks share before they differ; None where they are the same."""
    rows = [_Blocks(one), _Blocks(other)]
    at = 0
    while True:
        blocks = [row.peek() for row in rows]
        length = min(map(len, blocks))
        if not length:
            return at if any(blocks) else None
        if blocks[0][:length] != blocks[1][:length]:
            return at + next(number for number in range(length) if blocks[0][number] != blocks[1][number])
        for row in rows:
            row.take(length)
        at += length


class _Blocks:
    """Blocks of bytes, of which some are looked at before they are taken."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b""

    def peek(self) -> bytes:
        """Return the bytes that come next; none where there are no more."""
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._held = block
        return self._held

    def take(self, length: int) -> None:
        """Go on behind some of what was looked at."""
        self._held = self._held[length:]
