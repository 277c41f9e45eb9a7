"""Which highlights a film has by what is known of it, and how a person rejects one so that it stays away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PlanError
from pipeline.film import Film, FilmTimes, RejectedSpan, resolve_times
from pipeline.plan.ground import Ground
from pipeline.plan.highlights import Decisions, Highlight, HighlightChoice, choose_highlights, interest_over_time
from pipeline.presets import HighlightsPreset
from pipeline.shell.projects import FILM_FILE, film_for, open_project, read_film, save_film
from pipeline.shell.scorers import score_film
from pipeline.shell.signatures import looks_key, looks_of
from pipeline.shell.store import Store
from pipeline.shell.study import Study
from pipeline.timebase import FrameRate, Span, parse_timecode, timecode


@dataclass(frozen=True)
class KnownFilm:
    """What people know and decided about a master."""

    project: Path
    film: Film
    times: FilmTimes


@dataclass(frozen=True)
class Chosen:
    """A choice of highlights, and the name and version of what scored the shots for it."""

    choice: HighlightChoice
    scorer: str
    keys: tuple[str, ...] = ()
    """Of what is kept in the store for it: what must not be removed while it is used."""


def known_film(projects: Path, study: Study) -> KnownFilm:
    """Return what people know of a master; a new one gets its project folder. Raises ProjectError for a bad file."""
    project = open_project(projects, study.digest, study.path)
    film = film_for(project, study.path, study.digest)
    return KnownFilm(project, film, resolve_times(film, study.analysis.timeline.rate, path=project / FILM_FILE))


def choose_from(study: Study, preset: HighlightsPreset, times: FilmTimes, store: Store) -> Chosen:
    """Return the highlights of a master. Raises PlanError where none can be, PresetError for an unknown scorer."""
    decisions = Decisions(
        always=tuple(named.span for named in times.always),
        never=tuple(named.span for named in times.never),
        locked=tuple(named.span for named in times.locked),
        rejected=tuple(named.span for named in times.rejected if named.kind == preset.kind),
        credits_start=times.credits_start,
    )
    scoring = score_film(study, preset.scorer, store)
    looks = looks_of(study, store)
    choice = choose_highlights(study.analysis, preset, scoring, master=study.digest, decisions=decisions, looks=looks)
    keys = tuple(filter(None, (looks_key(study), scoring.key)))
    return Chosen(choice, scoring.identity, keys)


def cut_by_hand(study: Study, preset: HighlightsPreset, highlight: Highlight, store: Store) -> Chosen:
    """Return the choice of one highlight that a person made, with what the film's shots are worth beside it."""
    scoring = score_film(study, preset.scorer, store)
    interest = interest_over_time(Ground(study.analysis, scoring))
    keys = (scoring.key,) if scoring.key else ()
    return Chosen(HighlightChoice((highlight,), (), interest=interest), scoring.identity, keys)


def reject(projects: Path, master: Path, digest: str, spans: Sequence[Span], *, rate: FrameRate, note: str) -> Path:
    """Write into a master's film.toml that a highlight of some spans is not wanted, and return the file.

    Several spans are the pieces of a montage. Raises ProjectError where somebody saved the file meanwhile, PlanError
    where a person locked the stretch.
    """
    project = open_project(projects, digest, master)
    film = film_for(project, master, digest)
    locked = resolve_times(film, rate, path=project / FILM_FILE).locked
    if any(named.span.overlap(span) * 2 > span.duration for named in locked for span in spans):
        raise PlanError(
            f"{master}: this highlight was cut by a person, as [[locked]] in {project / FILM_FILE} says.",
            remedy="Take that table out instead.",
        )
    read = read_film(project)
    kind = "montage" if len(spans) > 1 else "moment"
    start = film.timecode_start
    tables = tuple(_rejected(span, rate, kind=kind, note=note, timecode_start=start) for span in spans)
    changed = read.film.model_copy(update={"rejected": (*read.film.rejected, *tables)})
    save_film(project, changed, expected=read.version)
    return project / FILM_FILE


def _rejected(span: Span, rate: FrameRate, *, kind: str, note: str, timecode_start: str | None) -> RejectedSpan:
    first = parse_timecode(timecode_start, rate) if timecode_start else 0
    ends = (timecode(first + rate.nearest_frame(time), rate) for time in (span.start, span.end))
    return RejectedSpan.model_validate({**dict(zip(("from", "to"), ends, strict=True)), "note": note, "kind": kind})
