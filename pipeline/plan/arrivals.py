"""When a file has arrived: what is to happen with one, from how it was seen and found at given times.

A file waits until it has been still for long enough, or a sidecar vouches for it; then it is looked into. What is
found decides: it has arrived, or it is looked into again later, or, once that has been tried for long enough, it is
refused. Any change begins from the beginning. Times are seconds of one clock that never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from pipeline.plan.stillness import MOST_STILL_S, Pace

PATIENCE_S: Final = 60.0
"""For how long a still file that is not whole is looked into again: a copier may have set its size in advance."""
_PATIENCE_STILLS: Final = 5
_AGAIN_FIRST_S: Final = 2.0
_AGAIN_MOST_S: Final = 60.0
_LOOKS: Final = 4
"""How often a waiting file is looked at within the time for which it has to be still."""
_MOST_BETWEEN_LOOKS_S: Final = 15.0
_VERBS: Final = ("is", "has", "holds", "cannot", "may", "does", "ends", "changed", "went")


@dataclass(frozen=True)
class Shape:
    """What the file system says of a file without reading it; a change of any of it means that it was written to."""

    size: int
    mtime_ns: int
    ctime_ns: int
    """When its bytes, name or permissions changed last, which no copier sets back."""

    @property
    def written(self) -> tuple[int, int]:
        """What copying on changes; a new name or permission does not."""
        return self.size, self.mtime_ns


@dataclass(frozen=True)
class Waiting:
    """A file that has not arrived yet."""

    shape: Shape
    since_s: float
    """When it was first seen."""
    changed_s: float
    """When it was seen to change, or first seen."""
    grown_s: float | None = None
    """When it was seen to grow."""
    next_s: float = 0.0
    """When it is looked at again."""
    tries: int = 0
    """How often it was looked into in this shape."""
    faulty_s: float | None = None
    """Since when it is known to be not whole, in this shape."""
    why: str = ""
    """Why it waits, as people read it."""


Certainty = Literal["vouched", "mismatched", "silent"]
"""What sidecars say: that the file is whole, that it is not, nothing."""

FindingKind = Literal["whole", "open", "doubtful", "broken", "mismatched", "changed", "gone", "unreachable"]


@dataclass(frozen=True)
class Finding:
    """What looking into a file found.

    whole: it can be used. open: somebody has it open to write. doubtful: it can be used, but parts of it were never
    written. broken: it cannot be used as it is. mismatched: its checksum is another one. changed, gone: so while it
    was looked at. unreachable: its drive does not answer.
    """

    kind: FindingKind
    why: str = ""
    remedy: str = ""
    digest: str | None = None
    """sha256 of its bytes, where it is whole or doubtful."""
    certainty: Certainty = "silent"


@dataclass(frozen=True)
class Refused:
    """A file that is not waited for any more until it changes."""

    why: str
    remedy: str


@dataclass(frozen=True)
class Arrived:
    """A file that is there."""

    digest: str


def first_seen(shape: Shape, at_s: float, pace: Pace, still_s: float = 0.0) -> Waiting:
    """Return how a file waits that was not there, or was another one, before; or was seen like this so long ago.

    A watch that was ended has written down how it saw a file, so that the next one does not wait all over again.
    """
    known_s = min(max(still_s, 0.0), MOST_STILL_S)
    return _looked_at(Waiting(shape, since_s=at_s - known_s, changed_s=at_s - known_s), at_s, pace)


def seen(waiting: Waiting, shape: Shape, at_s: float, pace: Pace) -> tuple[Waiting, float | None]:
    """Return how a file waits on that was looked at again, and the gap between two growths of it, if any."""
    if shape == waiting.shape:
        return _looked_at(waiting, at_s, pace), None
    grew = shape.size > waiting.shape.size
    gap = at_s - waiting.grown_s if grew and waiting.grown_s is not None else None
    grown_s = at_s if grew else waiting.grown_s
    again = Waiting(shape, since_s=waiting.since_s, changed_s=at_s, grown_s=grown_s, why=_told_growing(waiting, shape))
    return _looked_at(again, at_s, pace), gap


def is_still(waiting: Waiting, at_s: float, pace: Pace) -> bool:
    """Tell whether a file is to be looked into: it was still for long enough, and its next try is due."""
    return at_s >= waiting.changed_s + pace.still_s and at_s >= waiting.next_s


def found(
    waiting: Waiting, finding: Finding, at_s: float, pace: Pace, patience_s: float
) -> Waiting | Arrived | Refused:
    """Return what becomes of a file once it was looked into.

    A fault that waiting may cure is waited for `patience_s`, or some times what stillness takes on that drive.
    """
    if finding.kind == "whole" and finding.digest is not None:
        return Arrived(finding.digest)
    if finding.kind in ("changed", "open", "gone", "unreachable"):
        return _again(replace(waiting, why=finding.why), at_s, pace)
    faulty_s = waiting.faulty_s if waiting.faulty_s is not None else at_s
    is_over = at_s - faulty_s >= max(patience_s, _PATIENCE_STILLS * pace.still_s)
    if finding.kind == "doubtful" and finding.digest is not None and is_over:
        return Arrived(finding.digest)
    # Who vouches for a file says that nothing more will come.
    if is_over or (finding.kind == "broken" and finding.certainty == "vouched"):
        return Refused(finding.why, finding.remedy)
    return _again(replace(waiting, why=finding.why, faulty_s=faulty_s), at_s, pace)


def clause(why: str) -> str:
    """Return what is wrong with a file as a clause of its own: 'is cut off' is 'it is cut off'."""
    first = why.split(" ", 1)[0]
    if first == "not":
        return f"it is {why}"
    return f"it {why}" if first in _VERBS else why


def _again(waiting: Waiting, at_s: float, pace: Pace) -> Waiting:
    """Return a file that is looked into again, each time after twice as long."""
    wait_s = min(_AGAIN_MOST_S, max(_AGAIN_FIRST_S, pace.still_s) * 2 ** min(waiting.tries, 10))
    return replace(waiting, tries=waiting.tries + 1, next_s=at_s + wait_s)


def _looked_at(waiting: Waiting, at_s: float, pace: Pace) -> Waiting:
    still_at_s = waiting.changed_s + pace.still_s
    if waiting.tries:
        return waiting
    between_s = min(_MOST_BETWEEN_LOOKS_S, pace.still_s / _LOOKS)
    next_s = min(still_at_s, at_s + between_s) if at_s < still_at_s else at_s
    why = waiting.why or "it was just found"
    return replace(waiting, next_s=next_s, why=why)


def _told_growing(waiting: Waiting, shape: Shape) -> str:
    if shape.size != waiting.shape.size:
        return "it is being copied: its size changes"
    return "it is being written to" if shape.written != waiting.shape.written else waiting.why
