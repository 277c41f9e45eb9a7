"""Everything that is put together to a package: its renditions as keys of segments that are in the store.

A package of a film or edit is one, and so is that of a block, whose renditions play those of several packages in a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.package.plan import PackagePlan
from pipeline.plan.boundaries import Boundary
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.soundtracks import SoundSection, Soundtrack, groups_for
from pipeline.plan.subtitles import SubtitleKind, Subtitles, TextSegment, subtitle_segments
from pipeline.shell.render import Workshop
from pipeline.shell.study import ShotStudy
from pipeline.timebase import FrameRate

Keys = tuple[tuple[str, ...], ...]
"""Keys of segments, section by section, between which there are discontinuities."""


@dataclass(frozen=True)
class PictureRow:
    """One rendition of the picture, or the key pictures that are dense."""

    name: str
    size: tuple[int, int]
    """The largest that it shows, width and height."""
    rate: FrameRate
    """The fastest that it shows."""
    keys: Keys
    groups: tuple[str, ...] = ()
    """The sounds that go with it, by their groups."""


@dataclass(frozen=True)
class SoundRow:
    """One rendition of the sound."""

    name: str
    group: str
    language: str
    kbps: int
    channels: int
    """The most that it has."""
    is_main: bool
    keys: Keys
    heard: frozenset[str]
    """Those of the keys whose segments are not silent."""


@dataclass(frozen=True)
class TextRow:
    """One rendition of subtitles."""

    name: str
    language: str
    kind: SubtitleKind
    title: str
    is_default: bool
    segments: tuple[tuple[TextSegment, ...], ...]


@dataclass(frozen=True)
class Assembly:
    """A package whose segments are made or to be made."""

    folder: Path
    title: str
    film_title: str
    """The film's own, whatever it is called in a region; the title of a block."""
    region: str | None
    studies: tuple[ShotStudy, ...]
    ladder: str
    """Id of the ladder preset."""
    codec: str
    rate: FrameRate
    """The fastest of its pictures."""
    frames: int
    """How many pictures the fastest rendition shows."""
    duration: Fraction
    """How long it plays, in seconds."""
    pictures: tuple[PictureRow, ...]
    """From the lowest on."""
    key_pictures: PictureRow
    sounds: tuple[SoundRow, ...]
    texts: tuple[TextRow, ...]
    poster_at: Fraction | None
    """When the picture that stands for it is shown, in seconds, where somebody named it."""
    notes: tuple[str, ...]
    kept_keys: tuple[str, ...]
    """Keys of what it was planned from, which must not be removed."""
    workshop: Workshop
    boundaries: tuple[Boundary, ...] = ()
    """The programmes that it plays, where it plays several."""

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height of its largest pictures."""
        return self.pictures[-1].size


def assembly_of(plan: PackagePlan) -> Assembly:
    """Return what a package of one film or edit is put together from."""
    return Assembly(
        folder=plan.folder,
        title=plan.title,
        film_title=plan.film_title,
        region=None if plan.subject.region is None else plan.subject.region.id,
        studies=plan.subject.studies,
        ladder=plan.ladder.id,
        codec=plan.pictures.codec,
        rate=plan.pictures.rate,
        frames=plan.frames,
        duration=plan.duration,
        pictures=tuple(_picture(plan, one) for one in plan.pictures.renditions),
        key_pictures=_picture(plan, plan.pictures.key_pictures),
        sounds=tuple(_sound(plan, track, sections) for track, sections in plan.sounds),
        texts=tuple(_text(plan, one) for one in plan.subtitles),
        poster_at=plan.poster_at,
        notes=plan.notes,
        kept_keys=plan.kept_keys,
        workshop=plan.workshop,
    )


def _picture(plan: PackagePlan, one: PictureRendition) -> PictureRow:
    is_played = one in plan.pictures.renditions
    voices = [track.voice for track, _ in plan.sounds]
    return PictureRow(
        name=one.name,
        size=one.size,
        rate=plan.pictures.rate.every(one.every),
        keys=plan.picture_keys(one.name),
        groups=groups_for(one.average_kbps, voices, plan.ladder.sound) if is_played else (),
    )


def _sound(plan: PackagePlan, track: Soundtrack, sections: tuple[SoundSection, ...]) -> SoundRow:
    return SoundRow(
        name=track.name,
        group=track.group,
        language=track.voice.language,
        kbps=track.kbps,
        channels=track.channels,
        is_main=track.voice.is_main,
        keys=plan.sound_keys(sections),
        heard=frozenset(_heard(plan, sections)),
    )


def _heard(plan: PackagePlan, sections: tuple[SoundSection, ...]) -> Iterator[str]:
    for section, keys in zip(sections, plan.sound_keys(sections), strict=True):
        if any(section.node.programmes):
            yield from keys


def _text(plan: PackagePlan, one: Subtitles) -> TextRow:
    return TextRow(
        name=one.name,
        language=one.language,
        kind=one.kind,
        title=one.title,
        is_default=one == plan.shown_subtitles,
        segments=tuple(subtitle_segments(one, section) for section in plan.sections),
    )
