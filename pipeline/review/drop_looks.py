"""What is at the targets of drops: looked at by threads again and again, so that no page waits for a store far away."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pipeline.errors import PipelineError
from pipeline.plan.schedule import Schedule
from pipeline.review.drop_calendars import CalendarRead
from pipeline.review.preparing import unsaid
from pipeline.shell.drop_status import DropStatus, read_status
from pipeline.shell.drops import HLS, Drop, drop_of, package_of
from pipeline.shell.package_walk import read_manifest, title_of

REST_S: Final = 2.0
"""How old what was seen may be before somebody looks again."""
FAR_REST_S: Final = 20.0
"""The same, of a store that each look asks over the network."""
_PATIENCE_S: Final = 0.8
"""For how long a page waits for what was never seen."""
_AT_ONCE: Final = 4
_FAULT: Final = PipelineError(
    "Something is wrong with this page itself.", remedy="The terminal where it runs says more."
)


@dataclass(frozen=True)
class PackageSeen:
    """The package that a region gets, or why there is none."""

    title: str | None = None
    """What its film is called where it plays."""
    digest: str | None = None
    """The sha256 of its first master."""
    is_variant: bool = False
    """Whether it is the region's own, rather than the film as it is."""
    missing: PipelineError | None = None


@dataclass(frozen=True)
class Look:
    """What was seen of one calendar's target, and when."""

    at: datetime
    schedule: Schedule
    status: DropStatus | None = None
    """None where the target could not be asked."""
    packages: Mapping[str, PackageSeen] = field(default_factory=dict)
    """By region."""
    error: PipelineError | None = None
    ended_s: float = 0.0
    took_s: float = 0.0


class Looks:
    """What was seen last of each target; `say` is told of errors that are faults of ours."""

    def __init__(self, say: Callable[[Exception], None] | None = None) -> None:
        self._say = say or unsaid
        self._changed = threading.Condition()
        self._seen: dict[Path, Look] = {}
        self._asked: OrderedDict[Path, CalendarRead] = OrderedDict()
        self._going: set[Path] = set()
        self._threads = 0

    def of(self, calendars: Sequence[CalendarRead]) -> dict[Path, Look]:
        """Return what was seen last of each calendar's target, and have those looked at that were not for a while.

        Waits a moment for those that answer quickly or were never seen; of others there is nothing yet, or what was.
        """
        with self._changed:
            for one in calendars:
                if one.path not in self._asked and one.path not in self._going and self._is_old(one):
                    self._asked[one.path] = one
            for _ in range(min(_AT_ONCE - self._threads, len(self._asked))):
                self._threads += 1
                threading.Thread(target=self._work, name="drops", daemon=True).start()
            quick = {one.path for one in calendars if self._is_quick(one)}
            self._changed.wait_for(lambda: not quick & (self._going | self._asked.keys()), _PATIENCE_S)
            return {one.path: self._seen[one.path] for one in calendars if one.path in self._seen}

    def _is_old(self, one: CalendarRead) -> bool:
        seen = self._seen.get(one.path)
        rest_s = FAR_REST_S if one.calendar.target.startswith("s3:") else REST_S
        return seen is None or seen.schedule != one.schedule or time.monotonic() - seen.ended_s >= rest_s

    def _is_quick(self, one: CalendarRead) -> bool:
        seen = self._seen.get(one.path)
        return seen is None or (seen.took_s < _PATIENCE_S and not one.calendar.target.startswith("s3:"))

    def _work(self) -> None:
        while (one := self._next()) is not None:
            began_s = time.monotonic()
            seen = self._look(one)
            ended_s = time.monotonic()
            with self._changed:
                self._seen[one.path] = replace(seen, ended_s=ended_s, took_s=ended_s - began_s)
                self._going.discard(one.path)
                self._changed.notify_all()

    def _next(self) -> CalendarRead | None:
        with self._changed:
            if not self._asked:
                self._threads -= 1
                return None
            path, one = self._asked.popitem(last=False)
            self._going.add(path)
            return one

    def _look(self, one: CalendarRead) -> Look:
        at = now()
        try:
            drop = drop_of(one.path, one.calendar, one.schedule)
            packages = dict(_packages(drop))
        except PipelineError as error:
            return Look(at, one.schedule, error=error)
        except Exception as error:  # noqa: BLE001 - the edge: what is wrong is said where the page runs, not on it
            self._say(error)
            return Look(at, one.schedule, error=_FAULT)
        try:
            return Look(at, one.schedule, read_status(drop, at), packages)
        except PipelineError as error:
            return Look(at, one.schedule, packages=packages, error=error)
        except Exception as error:  # noqa: BLE001 - as above
            self._say(error)
            return Look(at, one.schedule, packages=packages, error=_FAULT)


def now() -> datetime:
    """Return the instant by which everything stands, in UTC."""
    return datetime.now(UTC)


def _packages(drop: Drop) -> Iterable[tuple[str, PackageSeen]]:
    for region, _ in drop.schedule.editions:
        try:
            folder = package_of(drop, region)
            said = read_manifest(folder)
        except PipelineError as error:
            yield region, PackageSeen(missing=error)
            continue
        masters = said.get("masters")
        first = masters[0] if isinstance(masters, list) and masters else None
        digest = first.get("sha256") if isinstance(first, dict) else None
        own = drop.packages / "regions" / region / HLS
        yield (
            region,
            PackageSeen(title_of(said), digest if isinstance(digest, str) else None, bool(region) and folder == own),
        )
