"""The times of a film.toml at the film's frame rate: exact seconds since the first picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from pipeline.film.faults import film_error
from pipeline.film.fields import AddedPart, Film, NotedSpan, RejectedSpan
from pipeline.film.moments import Moment, time_of
from pipeline.tables import Problem
from pipeline.timebase import FrameRate, Span


@dataclass(frozen=True)
class ResolvedSpan:
    """Hold an exact span and why somebody named it."""

    span: Span
    note: str
    kind: str = ""
    """Of a rejected highlight: moment or montage."""


@dataclass(frozen=True)
class FilmTimes:
    """Hold every time of a film.toml in exact seconds since the first picture."""

    always: tuple[ResolvedSpan, ...]
    never: tuple[ResolvedSpan, ...]
    locked: tuple[ResolvedSpan, ...]
    rejected: tuple[ResolvedSpan, ...]
    """In the order in which they were rejected."""
    credits_start: Fraction | None
    poster_frame: Fraction | None


@dataclass(frozen=True)
class RegionTimes:
    """Hold the times of one table [[regions]], in exact seconds since the film's first picture.

    All of them are in whole frames of the film: what goes on after a stretch is the film's own frames again.
    """

    removed: tuple[ResolvedSpan, ...]
    replaced: tuple[ResolvedSpan, ...]
    added: tuple[Span | None, ...]
    """Of each that is added what of the film it is; None for one that is of a file, which has times of its own."""


def resolve_times(film: Film, rate: FrameRate, *, path: Path) -> FilmTimes:
    """Return a film's times at its frame rate. Raises ProjectError for timecode that the rate does not have.

    Those of its regions are looked at as well, so that a mistake is told whatever is made.
    """

    def resolve_spans(field: str, spans: Sequence[NotedSpan]) -> tuple[ResolvedSpan, ...]:
        return tuple(_resolve_span(span, film, rate, path, f"{field}.{index}") for index, span in enumerate(spans))

    for index in range(len(film.regions)):
        resolve_region(index, film, rate, path=path)
    return FilmTimes(
        always=resolve_spans("always", film.always),
        never=resolve_spans("never", film.never),
        locked=resolve_spans("locked", film.locked),
        rejected=resolve_spans("rejected", film.rejected),
        credits_start=_resolve_optional(film.credits_start, film, rate, path, "credits_start"),
        poster_frame=_resolve_optional(film.poster_frame, film, rate, path, "poster_frame"),
    )


def resolve_region(index: int, film: Film, rate: FrameRate, *, path: Path) -> RegionTimes:
    """Return the times of one of a film's tables [[regions]] that are of the film, each at the frame that is nearest.

    What lasts less than a frame lasts one. Raises ProjectError.
    """
    region, field = film.regions[index], f"regions.{index}"

    def resolve_spans(name: str, spans: Sequence[NotedSpan]) -> Iterator[ResolvedSpan]:
        for number, one in enumerate(spans):
            found = _resolve_span(one, film, rate, path, f"{field}.{name}.{number}")
            yield replace(found, span=_in_frames(found.span, rate))

    return RegionTimes(
        removed=tuple(resolve_spans("removed", region.removed)),
        replaced=tuple(resolve_spans("replaced", region.replaced)),
        added=tuple(
            None
            if one.file is not None
            else _in_frames(_resolve_ends(one, film, rate, path, f"{field}.added.{number}"), rate)
            for number, one in enumerate(region.added)
        ),
    )


def _in_frames(span: Span, rate: FrameRate) -> Span:
    first = rate.nearest_frame(span.start)
    return Span(rate.time_of(first), rate.time_of(max(first + 1, rate.nearest_frame(span.end))))


def _resolve_ends(one: AddedPart, film: Film, rate: FrameRate, path: Path, field: str) -> Span:
    assert one.start is not None and one.end is not None, "the schema asks for both where there is no file"
    start = _resolve(one.start, film, rate, path, f"{field}.from")
    end = _resolve(one.end, film, rate, path, f"{field}.to")
    if end <= start:
        raise film_error([Problem(str(path), f"{field}.to", str(one.end), f"it should be after from ({one.start})")])
    return Span(start, end)


def _resolve_span(span: NotedSpan, film: Film, rate: FrameRate, path: Path, field: str) -> ResolvedSpan:
    start = _resolve(span.start, film, rate, path, f"{field}.from")
    end = _resolve(span.end, film, rate, path, f"{field}.to")
    if end <= start:
        raise film_error([Problem(str(path), f"{field}.to", str(span.end), f"it should be after from ({span.start})")])
    return ResolvedSpan(Span(start, end), span.note, span.kind if isinstance(span, RejectedSpan) else "")


def _resolve_optional(moment: Moment | None, film: Film, rate: FrameRate, path: Path, field: str) -> Fraction | None:
    return None if moment is None else _resolve(moment, film, rate, path, field)


def _resolve(moment: Moment, film: Film, rate: FrameRate, path: Path, field: str) -> Fraction:
    try:
        return time_of(moment, timecode_start=film.timecode_start, rate=rate)
    except ValueError as error:
        raise film_error([Problem(str(path), field, f'"{moment}"', str(error))]) from None
