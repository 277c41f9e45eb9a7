"""What a package is to be made of, as values: its sections, chunks of pictures, and sounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.cut.plan import OnStage
from pipeline.errors import PlanError
from pipeline.package.request import PackageRequest, PackageSubject, whole_film
from pipeline.package.subtitles import find_subtitles
from pipeline.plan.chunks import Qualities, RungChunk, plan_chunk
from pipeline.plan.clips import Film, Films
from pipeline.plan.edit_shots import find_edit_shots
from pipeline.plan.ladder import PictureLadder, choose_ladder, plan_ladder
from pipeline.plan.reels import Chunk, Grid, Reel, Section, plan_sections
from pipeline.plan.soundtracks import SoundSection, Soundtrack, plan_sound_sections, plan_soundtracks, plan_voices
from pipeline.plan.subtitles import Subtitles
from pipeline.presets import LadderPreset, load_ladder, load_ladders
from pipeline.shell.chunks import picture_segment_keys, sound_segment_keys
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import film_for, open_project, safe_name
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.toolchain import describe_toolchain
from pipeline.spelling import spelled


@dataclass(frozen=True)
class PlannedReel:
    """A reel, where its shots begin, and what encodes those of its chunks that the package plays."""

    reel: Reel
    shots: tuple[int, ...]
    """Frames at which its shots begin, 0 among them."""
    chunks: tuple[tuple[Chunk, tuple[RungChunk, ...]], ...]

    @cached_property
    def firsts(self) -> dict[int, int]:
        """The number of the segment that each chunk begins with, by the chunk's number."""
        borders = self.reel.borders
        return {chunk.number: borders.index(chunk.first) for chunk, _ in self.chunks}


@dataclass(frozen=True)
class PackagePlan:
    """Everything that a package is made of."""

    subject: PackageSubject
    title: str
    folder: Path
    ladder: LadderPreset
    pictures: PictureLadder
    sections: tuple[Section, ...]
    reels: Mapping[Reel, PlannedReel]
    sounds: tuple[tuple[Soundtrack, tuple[SoundSection, ...]], ...]
    subtitles: tuple[Subtitles, ...]
    kept_keys: tuple[str, ...]
    """Keys of what it was planned from, which must not be removed."""
    workshop: Workshop
    notes: tuple[str, ...]

    def picture_keys(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Return the keys of the segments of a rendition, section by section."""
        return tuple(self._section_keys(section, name) for section in self.sections)

    def sound_keys(self, sections: tuple[SoundSection, ...]) -> tuple[tuple[str, ...], ...]:
        """Return the keys of the segments of a soundtrack, section by section."""
        return tuple(sound_segment_keys(self.workshop.sound_key(one.node), one.packets) for one in sections)

    def _section_keys(self, section: Section, name: str) -> tuple[str, ...]:
        planned, found = self.reels[section.reel], []
        for chunk, rungs in planned.chunks:
            rung = next(one for one in rungs if one.rendition.name == name)
            keys = picture_segment_keys(self.workshop, rung)
            for number, key in enumerate(keys, start=planned.firsts[chunk.number]):
                if section.first <= number < section.end:
                    found.append(key)
        return tuple(found)


def plan_package(subject: PackageSubject, request: PackageRequest, on_stage: OnStage) -> PackagePlan:
    """Lay out a package; makes no output.

    It writes a new film's project folder, and keeps in the store what it finds out about shots' quality. Raises
    PlanError for an edit that cannot be shown, PresetError, ProjectError for a bad film.toml.
    """
    try:
        return _plan(subject, request, on_stage)
    except PlanError as error:
        raise PlanError(f"{subject.path}: {error.message}", remedy=error.remedy, **error.data) from error


def _plan(subject: PackageSubject, request: PackageRequest, on_stage: OnStage) -> PackagePlan:
    home, main = find_home(), subject.main
    project = open_project(home.projects, main.digest, main.path)
    toml = film_for(project, main.path, main.digest)
    size = main.facts.picture.display_size
    ladder = load_ladder(request.ladder) if request.ladder else choose_ladder(load_ladders(), size)
    pictures = plan_ladder(ladder, size, main.shots.timeline.rate)
    grid = Grid(pictures.rate, pictures.slowest)
    films = {study.digest: Film(study.digest, study.facts, study.shots.timeline) for study in subject.studies}
    whole = {
        study.digest: whole_film(study)
        for study in subject.studies
        if study.facts.picture.display_size == size and study.shots.timeline.rate == main.shots.timeline.rate
    }
    sections = plan_sections(subject.edit, grid, whole)
    shared = {
        digest: Reel.of(edit, grid) for digest, edit in whole.items() if any(one.reel.edit == edit for one in sections)
    }
    voices = plan_voices(main.facts, toml.language or ())
    tracks = plan_soundtracks(voices, ladder.sound)
    workshop = _workshop(subject, home)
    texts = find_subtitles(subject, home.projects, workshop.store)
    return PackagePlan(
        subject=subject,
        title=spelled(toml.title or main.path.stem),
        folder=_folder(subject, request, home, project),
        ladder=ladder,
        pictures=pictures,
        sections=sections,
        reels=_reels(sections, pictures, ladder, films, subject),
        sounds=tuple((track, plan_sound_sections(track, sections, ladder.sound, films, shared)) for track in tracks),
        subtitles=texts.subtitles,
        kept_keys=texts.keys,
        workshop=workshop,
        notes=texts.notes,
    )


def _folder(subject: PackageSubject, request: PackageRequest, home: Home, project: Path) -> Path:
    if request.out is not None:
        return request.out.absolute()
    folder = home.out.absolute() / project.name
    return folder / "hls" if subject.is_film else folder / "edits" / safe_name(subject.edit.name) / "hls"


def _workshop(subject: PackageSubject, home: Home) -> Workshop:
    return Workshop(
        Store(home.store),
        describe_toolchain(Ledger(home.ledger)),
        {study.digest: study.path.absolute() for study in subject.studies},
        {study.digest: study.identity for study in subject.studies},
    )


def _reels(
    sections: tuple[Section, ...],
    pictures: PictureLadder,
    ladder: LadderPreset,
    films: Films,
    subject: PackageSubject,
) -> dict[Reel, PlannedReel]:
    found = {study.digest: study.shots for study in subject.studies}
    planned = {}
    for reel in dict.fromkeys(section.reel for section in sections):
        shots = find_edit_shots(reel.edit, reel.grid.rate, found)
        cuts = [one.start_frame for one in shots.transitions if one.kind == "cut"]
        # A dissolve belongs to the shot that most of it shows.
        begins = {(one.start_frame + one.end_frame) // 2 for one in shots.transitions}
        starts = (0, *sorted(begin for begin in begins if 0 < begin < reel.frames))
        played = {number for one in sections if one.reel == reel for number in range(one.first, one.end)}
        qualities: Qualities | None = None
        if ladder.rate_control == "shots":
            from fractions import Fraction

            qualities = {one.name: [Fraction(23)] * len(starts) for one in pictures.renditions}
        chunks = []
        for chunk in reel.chunks(cuts):
            first = reel.borders.index(chunk.first)
            if not played.isdisjoint(range(first, first + len(chunk.borders) - 1)):
                rungs = plan_chunk(reel, chunk, pictures, ladder.encoding, films, shots=starts, qualities=qualities)
                chunks.append((chunk, rungs))
        planned[reel] = PlannedReel(reel, starts, tuple(chunks))
    return planned
