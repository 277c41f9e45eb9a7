"""Read logs line by line, compressed or not, however long they are, and count what could not be read."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import os
import secrets
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from pipeline.errors import PlanError
from pipeline.plan.log_lines import LogReader, UnreadableLine
from pipeline.plan.turnout import Programme, Turnout
from pipeline.spelling import spelled

STDIN: Final = Path("-")
_LONGEST: Final = 64 * 1024
"""A line of a log is no longer; CDNs cut addresses at a few kilobytes."""
_GZIP: Final = b"\x1f\x8b"
_LINES_BETWEEN: Final = 20_000
_BROKEN: Final = "the log ends or breaks here, and what stood before is counted"


@dataclass(frozen=True)
class Trouble:
    """Lines of one log that say nothing, or its end where it could not be read on."""

    log: str
    reason: str
    lines: int
    first: int
    """The number of the first of them, from 1."""


@dataclass(frozen=True)
class Counted:
    """What came of logs, and of their reading."""

    turnout: Turnout
    lines: int
    troubles: tuple[Trouble, ...]


def count_logs(logs: Sequence[Path], programme: Programme, tell: Callable[[float], None] = lambda _: None) -> Counted:
    """Return what came of a drop by its logs; `-` is standard input. Raises PlanError for one that cannot be opened.

    `tell` is told the share that is done. Addresses are hashed with a salt that is made here, kept nowhere, and gone
    when nobody holds what this returns.
    """
    turnout = Turnout(programme, salt=secrets.token_bytes(32))
    total = 0
    troubles: list[Trouble] = []
    for place, log in enumerate(logs):
        lines, found = _count_log(log, turnout, functools.partial(_tell_of, tell, place, len(logs)))
        total += lines
        troubles += found
    return Counted(turnout, total, tuple(troubles))


def _count_log(log: Path, turnout: Turnout, tell: Callable[[float], None]) -> tuple[int, list[Trouble]]:
    """Return how many lines a log has, and what of them could not be read."""
    reader, number = LogReader(), 0
    firsts: dict[str, int] = {}
    counts: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        raw, size = _opened(log, stack)
        try:
            for number, line in enumerate(_lines(raw), 1):
                if number % _LINES_BETWEEN == 0 and size:
                    tell(raw.tell() / size)
                try:
                    hit = reader.read(_whole(line))
                except UnreadableLine as error:
                    counts[str(error)] += 1
                    firsts.setdefault(str(error), number)
                    continue
                if hit is not None:
                    turnout.take(hit)
        except (EOFError, OSError, zlib.error):  # of gzip as well
            counts[_BROKEN] += 1
            firsts[_BROKEN] = number + 1
    return number, [Trouble(str(log), reason, counts[reason], first) for reason, first in firsts.items()]


def _tell_of(tell: Callable[[float], None], place: int, count: int, share: float) -> None:
    tell((place + min(1.0, share)) / count)


def _whole(line: str | None) -> str:
    if line is None:
        raise UnreadableLine(f"a line of more than {_LONGEST // 1024} KiB")
    return line


def _opened(log: Path, stack: contextlib.ExitStack) -> tuple[io.BufferedReader, int]:
    """Return a log's file, and its size where it has one. Raises PlanError."""
    try:
        if log == STDIN:
            return cast("io.BufferedReader", sys.stdin.buffer), 0
        raw = stack.enter_context(log.open("rb"))
        return raw, os.fstat(raw.fileno()).st_size
    except OSError as error:
        raise PlanError(f"{spelled(str(log))} cannot be read ({error.strerror}).", path=str(log)) from None


def _lines(raw: io.BufferedReader) -> Iterator[str | None]:
    """Yield the lines of a log, None for one that is too long; bytes that are no UTF-8 are kept as marks."""
    file = io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=raw))) if raw.peek(2)[:2] == _GZIP else raw
    while chunk := file.readline(_LONGEST + 1):
        if len(chunk) > _LONGEST and not chunk.endswith(b"\n"):
            while (more := file.readline(_LONGEST)) and not more.endswith(b"\n"):
                pass
            yield None
        else:
            yield chunk.decode("utf-8", "replace")
