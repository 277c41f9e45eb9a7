"""Which highlights a film has by what is known of it, and how a person rejects one so that it stays away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial, reduce
from pathlib import Path
from typing import Final

from pipeline.cut.stretches import keep_stretches, recall_stretches, stretches_key
from pipeline.edit import MasterSpan
from pipeline.errors import PlanError
from pipeline.film import Film, FilmTimes, RejectedSpan, overlaid, resolve_times
from pipeline.plan.closeness import CloseLook
from pipeline.plan.dressing import Dress, Telling, dressed, plan_dress
from pipeline.plan.ground import Ground
from pipeline.plan.highlights import Decisions, Highlight, HighlightChoice, choose_highlights, interest_over_time
from pipeline.plan.scorers import ShotScoring
from pipeline.plan.shots import FilmAnalysis
from pipeline.presets import HighlightKind, HighlightsPreset, StylePreset, is_usual_style
from pipeline.shell.apart import look_closely
from pipeline.shell.closeness import close_look_key
from pipeline.shell.projects import FILM_FILE, film_files, film_for, open_project, read_film, save_film
from pipeline.shell.scorers import score_film
from pipeline.shell.signatures import looks_key, looks_of
from pipeline.shell.store import Store
from pipeline.shell.study import Study
from pipeline.timebase import FrameRate, Span, parse_timecode, timecode

_CANDIDATES: Final = 8
"""Highlights that are looked at closely before some are chosen: what looks weaker in samples may be better."""
_ROUNDS: Final = 6
"""Of looking at what a choice by closer looks brings up; most films need two."""
_END_S: Final = Fraction(1)
_UNDRESSED: Final = Dress()


@dataclass(frozen=True)
class KnownFilm:
    """What people know and decided about a master."""

    project: Path
    film: Film
    times: FilmTimes
    files: Mapping[Path, Film]
    """What each of its film.toml files says by itself."""


@dataclass(frozen=True)
class Chosen:
    """A choice of highlights, and what the shots were worth for it."""

    choice: HighlightChoice
    ground: Ground
    """What it was chosen from: with what was seen closely."""
    keys: tuple[str, ...] = ()
    """Of what is kept in the store for it: what must not be removed while it is used."""

    @property
    def scorer(self) -> str:
        """Name and version of what scored the shots."""
        return self.scoring.identity

    @property
    def scoring(self) -> ShotScoring:
        """What the shots are worth."""
        return self.ground.scoring

    @property
    def analysis(self) -> FilmAnalysis:
        """What is known of the film, with what was seen closely."""
        return self.ground.film


def known_film(projects: Path, study: Study) -> KnownFilm:
    """Return what people know of a master; a new one gets its project folder. Raises ProjectError for a bad file."""
    project = open_project(projects, study.digest, study.path)
    film, rate = film_for(project, study.path, study.digest), study.analysis.timeline.rate
    files = film_files(project, study.path, study.digest)
    for path, said in files.items():
        # Each by itself first, so that a mistake is told of the file that holds it.
        resolve_times(said.model_copy(update={"timecode_start": film.timecode_start}), rate, path=path)
    return KnownFilm(project, film, resolve_times(film, rate, path=project / FILM_FILE), files)


def known_once_said(known: KnownFilm, own: Film, rate: FrameRate) -> KnownFilm:
    """Return what people know of a master once its project's own film.toml says something else. Raises ProjectError."""
    path = known.project / FILM_FILE
    files = {**known.files, path: own}
    film = reduce(overlaid, files.values())
    return replace(known, film=film, times=resolve_times(film, rate, path=path), files=files)


def unknown_film(project: Path) -> KnownFilm:
    """Return what people know of a master of which no film.toml speaks; what it is used in has the project."""
    return KnownFilm(project, Film(), FilmTimes((), (), (), (), None, None), {})


def dress_of(film: Film, study: Study, preset: HighlightsPreset, style: StylePreset) -> Dress:
    """Return the cards of a style that go around a film's highlights.

    Of the style that is shipped to be used unasked, nobody misses a card for which film.toml says nothing.
    """
    telling: Telling = "begun" if is_usual_style(style) else "all"
    rate = study.analysis.timeline.rate
    return plan_dress(film, style, rate=rate, seconds=preset.lengths_s[0], telling=telling)


def choose_from(
    study: Study,
    preset: HighlightsPreset,
    times: FilmTimes,
    store: Store,
    *,
    dress: Dress = _UNDRESSED,
    on_fraction: Callable[[float], None] | None = None,
) -> Chosen:
    """Return the highlights of a master, after a close look at how the best candidates open, peak and end.

    All but those that a person cut are dressed in cards, and as long as the preset says with them. Raises PlanError
    where none can be, PresetError for an unknown scorer.
    """
    chosen = choose_bodies(study, preset, times, store, around_s=dress.duration, on_fraction=on_fraction)
    found = chosen.choice.highlights
    worn = tuple(one if one.is_locked else replace(one, edit=dressed(one.edit, dress)) for one in found)
    return replace(chosen, choice=replace(chosen.choice, highlights=worn, notes=(*chosen.choice.notes, *dress.notes)))


def choose_bodies(
    study: Study,
    preset: HighlightsPreset,
    times: FilmTimes,
    store: Store,
    *,
    around_s: Fraction,
    on_fraction: Callable[[float], None] | None = None,
) -> Chosen:
    """Return highlights that are as long as a preset says with so many seconds around them, which they do not have yet.

    Raises what `choose_from` raises.
    """
    preset = _shorter(preset, around_s)
    decisions = _decisions(times, preset)
    scoring = score_film(study, preset.scorer, store)
    ground = Ground(study.analysis, scoring, looks_of(study, store))
    # What is looked at, and so how anything is judged, must not depend on what was rejected: all else stays the same.
    kept = replace(decisions, rejected=())
    key = stretches_key(study, scoring, preset, kept)
    seen = recall_stretches(key, store)
    if seen is None:
        look = partial(look_closely, study, store=store, on_fraction=on_fraction)
        ground, seen = _found_in_rounds(study, ground, preset, kept, look)
        keep_stretches(key, seen, study, store)
    else:
        ground = ground.seen_closely(look_closely(study, seen, store, on_fraction=on_fraction))
    choice = choose_highlights(ground, preset, master=study.digest, decisions=decisions)
    keys = (looks_key(study), scoring.key, *(close_look_key(study, span) for span in seen))
    return Chosen(choice, ground, tuple(filter(None, keys)))


def _found_in_rounds(
    study: Study,
    ground: Ground,
    preset: HighlightsPreset,
    decisions: Decisions,
    look: Callable[[Sequence[Span]], Sequence[CloseLook]],
) -> tuple[Ground, tuple[Span, ...]]:
    """Return a film with what `look` sees of what choices bring up, one after another, and the stretches seen."""
    choose = partial(choose_highlights, master=study.digest, decisions=decisions)
    # No more than half of the film: what fits beside them would have to be looked for where rules give way.
    fitting = min(_CANDIDATES, int(study.analysis.timeline.duration / (2 * preset.lengths_s[1])))
    wide = preset.model_copy(update={"count": max(fitting, preset.count)}) if preset.kind == "moment" else preset
    wanted, seen = edges(choose(ground, wide).highlights), list[Span]()
    for _ in range(_ROUNDS):
        unseen = [span for span in wanted if span not in seen]
        ground = ground.seen_closely(look(unseen))
        seen += unseen
        found = choose(ground, preset).highlights
        wanted = (*edges(found), *peaks(found))
        if set(seen) >= set(wanted):
            break
    return ground, tuple(seen)


def choose_as_seen(
    study: Study, preset: HighlightsPreset, times: FilmTimes, chosen: Chosen, *, around_s: Fraction
) -> HighlightChoice:
    """Return highlights by what was seen for an earlier choice: in a moment, since nothing more is looked at.

    Raises what `choose_bodies` raises.
    """
    preset = _shorter(preset, around_s)
    return choose_highlights(chosen.ground, preset, master=study.digest, decisions=_decisions(times, preset))


def _shorter(preset: HighlightsPreset, seconds: Fraction) -> HighlightsPreset:
    """Return a preset for highlights that leave some seconds to cards."""
    if not seconds:
        return preset
    names = ("seconds",) if preset.seconds_min is None else ("seconds_min", "seconds_max")
    return preset.model_copy(
        update={name: length - seconds for name, length in zip(names, preset.lengths_s, strict=False)}
    )


def _decisions(times: FilmTimes, preset: HighlightsPreset) -> Decisions:
    return Decisions(
        always=tuple(named.span for named in times.always),
        never=tuple(named.span for named in times.never),
        locked=tuple(named.span for named in times.locked),
        rejected=tuple(named.span for named in times.rejected if named.kind == preset.kind),
        credits_start=times.credits_start,
    )


def edges(highlights: Sequence[Highlight]) -> tuple[Span, ...]:
    """Return by what viewers judge highlights first and last: their hooks, and their last seconds."""
    found: dict[Span, None] = {}
    for highlight in highlights:
        last = highlight.edit.parts[-1]
        if highlight.hook is not None and isinstance(last, MasterSpan):
            found[highlight.hook] = None
            found[Span(max(last.span.start, last.span.end - _END_S), last.span.end)] = None
    return tuple(found)


def peaks(highlights: Sequence[Highlight]) -> tuple[Span, ...]:
    """Return the seconds in which most happens in continuous highlights, as their reasons will say."""
    return tuple(one.peak for one in highlights if one.peak is not None and len(one.edit.parts) == 1)


def cut_by_hand(study: Study, preset: HighlightsPreset, highlight: Highlight, store: Store) -> Chosen:
    """Return the choice of one highlight that a person made, with what the film's shots are worth beside it."""
    scoring = score_film(study, preset.scorer, store)
    ground = Ground(study.analysis, scoring)
    keys = (scoring.key,) if scoring.key else ()
    return Chosen(HighlightChoice((highlight,), (), interest=interest_over_time(ground)), ground, keys)


@dataclass(frozen=True)
class Rejection:
    """A highlight that somebody does not want."""

    name: str
    """Such as h2."""
    kind: HighlightKind
    spans: tuple[Span, ...]
    """One for each piece of a montage."""
    note: str = ""
    """Why; empty where nobody said."""

    @property
    def way_back(self) -> str:
        """What to do in film.toml to have it back."""
        count = len(self.spans)
        tables = "its [[rejected]] table" if count == 1 else f"these {count} [[rejected]] tables"
        return f"delete {tables} there"


def reject(projects: Path, master: Path, digest: str, rejection: Rejection, *, rate: FrameRate) -> Path:
    """Write into a master's film.toml that a highlight is not wanted, a table for each piece, and return the file.

    Raises ProjectError where somebody saved the file meanwhile, PlanError where a person locked the stretch.
    """
    project = open_project(projects, digest, master)
    film = film_for(project, master, digest)
    locked = resolve_times(film, rate, path=project / FILM_FILE).locked
    if any(named.span.overlap(span) * 2 > span.duration for named in locked for span in rejection.spans):
        raise PlanError(
            f"{master}: this highlight was cut by a person, as [[locked]] in {project / FILM_FILE} says.",
            remedy="Take that table out instead.",
        )
    read = read_film(project)
    tables = _rejected(rejection, rate, timecode_start=film.timecode_start)
    changed = read.film.model_copy(update={"rejected": (*read.film.rejected, *tables)})
    save_film(project, changed, expected=read.version)
    return project / FILM_FILE


def _rejected(rejection: Rejection, rate: FrameRate, *, timecode_start: str | None) -> Iterator[RejectedSpan]:
    first = parse_timecode(timecode_start, rate) if timecode_start else 0
    count = len(rejection.spans)
    for number, span in enumerate(rejection.spans, start=1):
        start, end = (timecode(first + rate.nearest_frame(time), rate) for time in (span.start, span.end))
        piece = f", piece {number} of {count}" if count > 1 else ""
        note = rejection.note or f"{rejection.kind} {rejection.name}{piece}"
        yield RejectedSpan.model_validate({"from": start, "to": end, "note": note, "kind": rejection.kind})
