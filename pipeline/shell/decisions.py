"""Decisions on a film's highlights, read from its film.toml and written there so that nobody's are lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import ProjectError
from pipeline.film import Film, NotedSpan, RejectedSpan, ResolvedSpan, resolve_times
from pipeline.plan.decisions import Decided, LockedStretch, RejectedStretch, merged_decisions
from pipeline.plan.zones import Frames
from pipeline.shell.projects import FILM_FILE, Version, read_film, save_film
from pipeline.timebase import FrameRate, parse_timecode, timecode

_TRIES: Final = 20
"""Of writing a file that others write as well, before who writes is told."""
_MOST_S: Final = 360_000
"""As film.toml takes times."""


@dataclass(frozen=True)
class DecidedRead:
    """What a project's own film.toml decides, and what it was when that was read."""

    decided: Decided
    version: Version


@dataclass(frozen=True)
class DecidedFilm:
    """A project's film.toml as it is to be, and what it was when that was read."""

    film: Film
    decided: Decided
    version: Version
    is_new: bool
    """Whether it says something else than what was read."""


def read_decided(folder: Path, rate: FrameRate) -> DecidedRead:
    """Return what a project's film.toml decides of highlights, in frames of a rate. Raises ProjectError."""
    read = read_film(folder)
    return DecidedRead(_decided_of(read.film, rate, folder / FILM_FILE), read.version)


def decide(folder: Path, mine: Decided, base: DecidedRead, *, rate: FrameRate) -> DecidedFilm:
    """Return a film.toml as `save_decided` would write it. Raises what that raises for what others changed."""
    read = read_film(folder)
    theirs = _decided_of(read.film, rate, folder / FILM_FILE)
    if theirs in (base.decided, mine):
        wanted = mine
    else:
        wanted = merged_decisions(base.decided, mine, theirs, told=lambda frame: timecode(frame, rate))
    if wanted == theirs:
        return DecidedFilm(read.film, theirs, read.version, is_new=False)
    return DecidedFilm(_with(read.film, wanted, theirs, rate), wanted, read.version, is_new=True)


def save_decided(folder: Path, mine: Decided, base: DecidedRead, *, rate: FrameRate) -> DecidedRead:
    """Write decisions into a project's film.toml and return what it says then; `base` is what was read before.

    What others wrote meanwhile stays: their decisions on other highlights, and everything else that the file says.
    Raises ProjectError (`conflict`, nothing written) where they changed the same highlights.
    """
    path = folder / FILM_FILE
    for _ in range(_TRIES):
        found = decide(folder, mine, base, rate=rate)
        if not found.is_new:
            return DecidedRead(found.decided, found.version)
        try:
            version = save_film(folder, found.film, expected=found.version)
        except ProjectError as error:
            if not error.data.get("conflict"):
                raise
        else:
            return DecidedRead(found.decided, version)
    raise ProjectError(
        f"{path}: others write the file again and again.",
        remedy="Nothing was written. Try again in a moment.",
        path=str(path),
        conflict=True,
    )


def _decided_of(film: Film, rate: FrameRate, path: Path) -> Decided:
    times = resolve_times(film, rate, path=path)
    return Decided(
        tuple(LockedStretch(_frames(one, rate), one.note) for one in times.locked),
        tuple(
            RejectedStretch(_frames(one, rate), "montage" if one.kind == "montage" else "moment", one.note)
            for one in times.rejected
        ),
    )


def _frames(one: ResolvedSpan, rate: FrameRate) -> Frames:
    start = rate.nearest_frame(one.span.start)
    return start, max(start + 1, rate.nearest_frame(one.span.end))


def _with(film: Film, wanted: Decided, theirs: Decided, rate: FrameRate) -> Film:
    """Return a film.toml with other decisions; those that stay are written as they were.

    Raises ProjectError for a stretch that no film has, with which nobody could read the file.
    """
    first = parse_timecode(film.timecode_start, rate) if film.timecode_start else 0
    locks = dict(zip(theirs.locked, film.locked, strict=True))
    refusals = dict(zip(theirs.rejected, film.rejected, strict=True))

    def ends(frames: Frames) -> dict[str, str]:
        if not 0 <= frames[0] < frames[1] or rate.time_of(frames[1]) >= _MOST_S:
            raise ProjectError(
                f"Frames {frames[0]} to {frames[1]} are no stretch of a film; nothing was written.",
                remedy="Load the page again.",
            )
        start, end = (timecode(first + frame, rate) for frame in frames)
        return {"from": start, "to": end}

    def locked(one: LockedStretch) -> NotedSpan:
        note = {"note": one.note} if one.note else {}
        return locks.get(one) or NotedSpan.model_validate({**ends(one.frames), **note})

    def rejected(one: RejectedStretch) -> RejectedSpan:
        return refusals.get(one) or RejectedSpan.model_validate(
            {**ends(one.frames), "note": one.note, "kind": one.kind}
        )

    told = {"locked": tuple(map(locked, wanted.locked)), "rejected": tuple(map(rejected, wanted.rejected))}
    return film.model_copy(update=told)
