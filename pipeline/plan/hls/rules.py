"""What a rule of HLS is: number, level and limit as published, when it applies, and how to look; and what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.counting import counted
from pipeline.plan.hls.package import Package, Stream
from pipeline.plan.measurements import Measured, Unmeasured

Level = Literal["MUST", "SHOULD"]
Outcome = Literal["fail", "unchecked", "pass", "not applicable"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("fail", "unchecked", "pass", "not applicable")
"""The worst first."""
PLACES_MAX: Final = 10
"""How many places of a fault are told; their number always is."""


@dataclass(frozen=True)
class Miss:
    """One place where a rule is not kept, and what is there."""

    where: str
    what: str


@dataclass(frozen=True)
class Seen:
    """What was measured, in words, and where it is not as it must be."""

    measured: str
    misses: tuple[Miss, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule. `applies` returns None where it does, else why it does not."""

    number: str
    level: Level
    title: str
    limit: str
    applies: Callable[[Package], str | None]
    look: Callable[[Package], Measured[Seen]]


@dataclass(frozen=True)
class Finding:
    """What a rule found; `places` are some of `missed` where it fails."""

    number: str
    level: Level
    title: str
    limit: str
    outcome: Outcome
    measured: str
    """Where the outcome is 'unchecked' or 'not applicable': why."""
    places: tuple[Miss, ...] = ()
    missed: int = 0


def find(rule: Rule, package: Package) -> Finding:
    """Return what a rule finds in a package."""
    moot = rule.applies(package)
    if moot is not None:
        return _finding(rule, "not applicable", moot)
    seen = rule.look(package)
    if isinstance(seen, Unmeasured):
        return _finding(rule, "unchecked", seen.reason)
    if not seen.misses:
        return _finding(rule, "pass", seen.measured)
    return _finding(rule, "fail", seen.measured, seen.misses)


def always(_: Package) -> None:
    """Apply to every package."""


def needs_master(package: Package) -> str | None:
    """Apply where there is a multivariant playlist."""
    return None if package.master is not None else "a media playlist was given alone"


def needs(*roles: Literal["video", "audio", "subtitles", "key pictures"]) -> Callable[[Package], str | None]:
    """Return the test that there are streams of one of some roles."""

    def test(package: Package) -> str | None:
        return None if package.having(*roles) else f"there is no stream of {' or '.join(roles)}"

    return test


def all_of(*tests: Callable[[Package], str | None]) -> Callable[[Package], str | None]:
    """Return the test that several tests apply; the first that does not says why."""
    return lambda package: next((told for test in tests if (told := test(package)) is not None), None)


def needs_server(package: Package) -> str | None:
    """Apply where a server was asked."""
    return package.answers.reason if isinstance(package.answers, Unmeasured) else None


def needs_vod(package: Package) -> str | None:
    """Apply where nothing will be added to the playlists."""
    return None if package.is_vod else "the playlists are live"


def over_streams(
    streams: Iterable[Stream], look: Callable[[tuple[Stream, ...]], Measured[Seen]], *, at_least: int = 1
) -> Measured[Seen]:
    """Look at those streams that were read whole, and say where some were not."""
    every = tuple(streams)
    whole = tuple(stream for stream in every if stream.fault is None)
    if len(whole) < at_least:
        broken = next((stream for stream in every if stream.fault is not None), None)
        if broken is None:
            return Unmeasured(f"it takes {counted(at_least, 'stream')}")
        return Unmeasured(f"{broken.uri}: {broken.fault}")
    seen = look(whole)
    if isinstance(seen, Unmeasured) or len(whole) == len(every):
        return seen
    return Seen(f"{seen.measured} ({counted(len(every) - len(whole), 'stream')} could not be read)", seen.misses)


def _finding(rule: Rule, outcome: Outcome, measured: str, misses: tuple[Miss, ...] = ()) -> Finding:
    return Finding(
        number=rule.number,
        level=rule.level,
        title=rule.title,
        limit=rule.limit,
        outcome=outcome,
        measured=measured,
        places=misses[:PLACES_MAX],
        missed=len(misses),
    )
