"""What regions make of a film: their presets and film.toml read together, the files that they name found and looked at.

Additions and replacements are masters like any other; they are studied by whoever asks, who needs more or less of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.counting import counted
from pipeline.edit import Card, CardPicture, MasterSpan, Part
from pipeline.errors import PlanError, PresetError, ProjectError
from pipeline.film import AddedPart, Film, FilmRegion, Moment, RegionTimes, ReplacedSpan, resolve_region, time_of
from pipeline.film.faults import film_error
from pipeline.plan.regions import Region, Replacement, added_part, in_frames_of, told_film
from pipeline.plan.shots import Timeline
from pipeline.presets import RegionPreset, load_region
from pipeline.regions import wishes_of
from pipeline.shell.card_pictures import card_picture_key, keep_card_picture
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.whereabouts import is_file
from pipeline.spelling import spelled
from pipeline.styles import CardKind
from pipeline.tables import Problem, show_value
from pipeline.timebase import Span, clock, total

Studied = TypeVar("Studied", bound=ShotStudy)


@dataclass(frozen=True)
class FilmTold:
    """A film, and what its film.toml files say of it together."""

    study: ShotStudy
    film: Film
    toml: Path
    """The film.toml that says what regions make of it."""


@dataclass(frozen=True)
class FoundRegions(Generic[Studied]):
    """What regions make of a film, the masters that this takes besides, and the keys of what must be kept for it."""

    regions: tuple[Region, ...]
    studies: tuple[Studied, ...]
    keys: tuple[str, ...] = ()


def find_regions(
    ids: Sequence[str], told: FilmTold, study: Callable[[Path], Studied], store: Store
) -> FoundRegions[Studied]:
    """Return what regions make of a film, by the names of their presets, in that order.

    `study` looks at a file of film. Raises PresetError for an unknown region, ProjectError for a table of film.toml
    that is wrong or names what is not there, MasterError for a film file that cannot be used.
    """
    finder = _Finder(told, study, store, {}, {})
    regions = tuple(finder.region(finder.preset(name)) for name in dict.fromkeys(ids))
    return FoundRegions(regions, tuple(finder.studies.values()), tuple(finder.keys))


def wanted_regions(ids: Sequence[str], film: Film) -> tuple[str, ...]:
    """Return the regions that a film is shown in, those of its film.toml, and those that are asked for, each once."""
    return tuple(dict.fromkeys((*(one.id for one in film.regions), *ids)))


@dataclass(frozen=True)
class _Finder(Generic[Studied]):
    """Finds what the regions of one film name."""

    told: FilmTold
    study: Callable[[Path], Studied]
    store: Store
    studies: dict[Path, Studied]
    keys: dict[str, None]

    def preset(self, name: str) -> RegionPreset:
        """Return a region's preset. Raises ProjectError where film.toml names one that there is not."""
        try:
            return load_region(name)
        except PresetError as error:
            places = [index for index, one in enumerate(self.told.film.regions) if one.id == name]
            # A preset that is there and wrong is told by its own file.
            if not places or error.data.get("path"):
                raise
            raise self._wrong(f"regions.{places[0]}.id", show_value(name), error.message.rstrip(".")) from None

    def region(self, preset: RegionPreset) -> Region:
        film, timeline = self.told.film, self.timeline
        places = [index for index, one in enumerate(film.regions) if one.id == preset.id]
        if not places:
            wishes = wishes_of(preset, None)
            return Region(preset.id, preset.name, wishes, told_film(film, preset, None), preset.cards)
        own, field = film.regions[places[0]], f"regions.{places[0]}"
        times = resolve_region(places[0], film, timeline.rate, path=self.told.toml)
        self._check_ends(own, times, field)
        added = tuple(self._added(own, times, field))
        return Region(
            preset.id,
            preset.name,
            wishes_of(preset, own),
            told_film(film, preset, own),
            preset.cards,
            self._pictures(own, field),
            before=tuple(part for place, part in added if place == "start"),
            after=tuple(part for place, part in added if place == "end"),
            removed=tuple(one.span for one in times.removed),
            replaced=tuple(self._replaced(own, times, field)),
        )

    @property
    def timeline(self) -> Timeline:
        """That of the film."""
        return self.told.study.shots.timeline

    def _check_ends(self, own: FilmRegion, times: RegionTimes, field: str) -> None:
        """Raise ProjectError for a stretch that begins after the film's end, and where none of the film is left."""
        end = self.timeline.duration
        named = [*((f"removed.{n}", one.span) for n, one in enumerate(times.removed))]
        named += [(f"replaced.{n}", one.span) for n, one in enumerate(times.replaced)]
        named += [(f"added.{n}", span) for n, span in enumerate(times.added) if span is not None]
        for name, span in named:
            if span.start >= end:
                raise self._wrong(f"{field}.{name}.from", clock(span.start), f"the film ends at {clock(end)}")
        spans = sorted((span, name) for name, span in named if not name.startswith("added"))
        for (one, _), (other, name) in pairwise(spans):
            if one.overlap(other) > 0:
                told = f"it should not overlap what else is removed or replaced, up to {clock(one.end)}"
                raise self._wrong(f"{field}.{name}.from", clock(other.start), told)
        left = end - total(one.span.overlap(Span(Fraction(0), end)) for one in times.removed)
        if left < self.timeline.rate.frame_duration:
            raise self._wrong(f"{field}.removed", "all of the film", f"{own.id} should be left some of it")

    def _added(self, own: FilmRegion, times: RegionTimes, field: str) -> Iterator[tuple[str, Part]]:
        for number, (one, span) in enumerate(zip(own.added, times.added, strict=True)):
            where = f"{field}.added.{number}"
            if span is not None:
                end = min(span.end, self.timeline.duration)
                part = self._part(self.told.study, Span(span.start, end), f"added {number + 1}")
            else:
                assert one.file is not None, "the schema asks for a file or a stretch of the film"
                study = self._studied(one.file, f"{where}.file")
                part = self._part(study, self._within(one, study, where), f"added {number + 1}")
            yield one.place, part

    def _part(self, study: ShotStudy, span: Span, name: str) -> MasterSpan:
        return added_part(study.digest, span, name, self.timeline.rate)

    def _replaced(self, own: FilmRegion, times: RegionTimes, field: str) -> Iterator[Replacement]:
        for number, (one, resolved) in enumerate(zip(own.replaced, times.replaced, strict=True)):
            span = Span(resolved.span.start, min(resolved.span.end, self.timeline.duration))
            if one.file is None:
                yield Replacement(span, (Card(one.card, span.duration),))
                continue
            where = f"{field}.replaced.{number}"
            study = self._studied(one.file, f"{where}.file")
            shown = in_frames_of(self.timeline.rate, self._instead(one, study, span, where))
            yield Replacement(span, (MasterSpan(study.digest, shown),))

    def _within(self, one: AddedPart, study: ShotStudy, field: str) -> Span:
        """Return which stretch of a file is added, in seconds of that file."""
        timeline = study.shots.timeline
        start = self._moment(one.start, timeline, f"{field}.from", Fraction(0))
        end = self._moment(one.end, timeline, f"{field}.to", timeline.duration)
        return self._stretch(start, end, timeline, field, ("from", "to"))

    def _instead(self, one: ReplacedSpan, study: ShotStudy, span: Span, field: str) -> Span:
        timeline = study.shots.timeline
        start = self._moment(one.file_start, timeline, f"{field}.file_from", Fraction(0))
        until = min(timeline.duration, start + span.duration)
        end = self._moment(one.file_end, timeline, f"{field}.file_to", until)
        return self._stretch(start, end, timeline, field, ("file_from", "file_to"))

    def _moment(self, moment: Moment | None, timeline: Timeline, field: str, otherwise: Fraction) -> Fraction:
        """Return when a moment is in a file, whose own timecode counts from 0."""
        if moment is None:
            return otherwise
        try:
            return time_of(moment, timecode_start=None, rate=timeline.rate)
        except ValueError as error:
            raise self._wrong(field, f'"{moment}"', str(error)) from None

    def _stretch(self, start: Fraction, end: Fraction, timeline: Timeline, field: str, names: tuple[str, str]) -> Span:
        if start >= timeline.duration:
            raise self._wrong(f"{field}.{names[0]}", clock(start), f"the file ends at {clock(timeline.duration)}")
        if end <= start:
            raise self._wrong(f"{field}.{names[1]}", clock(end), f"it should be after {names[0]} ({clock(start)})")
        return Span(start, min(end, timeline.duration))

    def _pictures(self, own: FilmRegion, field: str) -> Mapping[CardKind, CardPicture]:
        found: dict[CardKind, CardPicture] = {}
        kinds: tuple[tuple[CardKind, str, str | None], ...]
        kinds = (("title", "title_card", own.title_card), ("rating", "rating_card", own.rating_card))
        for kind, name, file in kinds:
            if file is None:
                continue
            try:
                kept = keep_card_picture(self._file(file, f"{field}.{name}"), self.store)
            except ValueError as error:
                raise self._wrong(f"{field}.{name}", show_value(file), str(error)) from None
            found[kind] = kept.picture
            self.keys[card_picture_key(kept.picture.digest)] = None
        return found

    def _studied(self, file: str, field: str) -> Studied:
        path = self._file(file, field)
        if path not in self.studies:
            self.studies[path] = self.study(path)
        return self.studies[path]

    def _file(self, named: str, field: str) -> Path:
        """Return where a file lies that film.toml names. Raises ProjectError where it does not."""
        folders = (self.told.toml.parent, self.told.study.path.parent)
        found = next((folder / named for folder in folders if is_file(folder / named)), None)
        if found is None:
            listed = " or ".join(dict.fromkeys(spelled(str(folder)) for folder in folders))
            raise self._wrong(field, show_value(named), f"there is no such file in {listed}")
        return found

    def _wrong(self, field: str, value: str, allowed: str) -> ProjectError:
        return film_error([Problem(str(self.told.toml), field, value, allowed)])


def conformed_notes(main: ShotStudy, added: Sequence[ShotStudy], region: str) -> Iterator[str]:
    """Yield how films that a region adds differ from the main one, to which they are conformed."""
    for study in added:
        told = tuple(_differences(main, study))
        if told:
            yield f"{region}: {spelled(study.path.name)} is conformed to the film: {', '.join(told)}."


def _differences(main: ShotStudy, study: ShotStudy) -> Iterator[str]:
    sizes = [one.facts.picture.display_size for one in (study, main)]
    if sizes[0] != sizes[1]:
        yield " instead of ".join("×".join(map(str, size)) for size in sizes)
    rates = [one.shots.timeline.rate for one in (study, main)]
    if rates[0] != rates[1]:
        yield f"{rates[0]} instead of {rates[1]} frames per second"
    sounds = [one.facts.main_sound for one in (study, main)]
    if study.facts.picture.colour.is_hdr and not main.facts.picture.colour.is_hdr:
        yield "HDR, which is tone-mapped to SDR (BT.709)"
    channels = ["no sound" if sound is None else counted(sound.channels, "channel") for sound in sounds]
    if channels[0] != channels[1]:
        yield " instead of ".join(channels)


def refuse_forbidden(region: Region, never: Sequence[Span], digest: str, file: Path) -> None:
    """Raise PlanError where a region adds what the film's film.toml says must never be shown, or shows it instead."""
    for part in (*region.before, *region.after, *(part for one in region.replaced for part in one.parts)):
        if isinstance(part, MasterSpan) and part.master == digest:
            forbidden = next((span for span in never if span.overlap(part.span) > 0), None)
            if forbidden is not None:
                raise PlanError(
                    f"{region.id} shows some of {clock(forbidden.start)}–{clock(forbidden.end)} of "
                    f"{spelled(file.name)}, which its film.toml says must never be shown.",
                    remedy="Show another stretch, or take it out of [[never]].",
                )
