"""One package that plays several in a row, by reference: its playlists point at the segments of each, none made again.

Each of them gives, to every class of bit rate, its rendition that is nearest at or below; languages that it does not
speak are heard in its main one, and subtitles that it does not have are empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import Final

from pipeline.languages import listed, same_language
from pipeline.package.assembly import Assembly, Keys, PictureRow, SoundRow, TextRow
from pipeline.package.plan import PackagePlan
from pipeline.plan.boundaries import Boundary
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.soundtracks import (
    GroupId,
    SoundSection,
    Soundtrack,
    Voice,
    groups_for,
    held_together,
    plan_soundtracks,
    silent_sections,
)
from pipeline.plan.subtitles import Subtitles, subtitle_segments
from pipeline.timebase import Span

# Where a film has no sound of a group, the groups that come nearest.
_NEAREST: Final[dict[GroupId, tuple[GroupId, ...]]] = {
    "surround": ("surround", "stereo", "low"),
    "stereo": ("stereo", "low"),
    "low": ("low", "stereo"),
}


@dataclass(frozen=True)
class Leg:
    """What one package is of a row of them."""

    plan: PackagePlan
    title: str | None
    """Of a programme that players are told of; None: cards between them."""


@dataclass(frozen=True)
class JoinedSound:
    """One rendition of the sound: what every leg plays of it."""

    track: Soundtrack
    legs: tuple[tuple[SoundSection, ...], ...]


def join_packages(legs: Sequence[Leg], sounds: Sequence[JoinedSound], *, title: str, folder: Path) -> Assembly:
    """Return the package that plays others one after another; those that are titled are its programmes.

    There is at least one of these. `sounds` are what `plan_joined_sounds` makes of the same legs.
    """
    leading = leading_leg(legs).plan
    starts = tuple(accumulate((leg.plan.duration for leg in legs), initial=Fraction(0)))
    voices = {sound.track.voice.language: sound.track.voice for sound in sounds}
    return Assembly(
        folder=folder,
        title=title,
        film_title=title,
        region=None,
        studies=tuple({study.digest: study for leg in legs for study in leg.plan.subject.studies}.values()),
        ladder=leading.ladder.id,
        codec=leading.pictures.codec,
        rate=max((leg.plan.pictures.rate for leg in legs), key=lambda rate: rate.fps),
        frames=sum(leg.plan.frames for leg in legs),
        duration=starts[-1],
        pictures=tuple(
            _picture(one, legs, groups_for(one.average_kbps, tuple(voices.values()), leading.ladder.sound))
            for one in leading.pictures.renditions
        ),
        key_pictures=_row(leading.pictures.key_pictures.name, [_key_pictures(leg) for leg in legs]),
        sounds=tuple(_sound(one, legs) for one in sounds),
        texts=tuple(_texts(legs)),
        poster_at=next(
            (start + leg.plan.poster_at for leg, start in zip(legs, starts, strict=False) if leg.plan.poster_at), None
        ),
        notes=tuple(dict.fromkeys(_notes(legs))),
        kept_keys=tuple(dict.fromkeys(key for leg in legs for key in leg.plan.kept_keys)),
        workshop=leading.workshop,
        boundaries=tuple(_boundaries(legs, starts)),
    )


def leading_leg(legs: Sequence[Leg]) -> Leg:
    """Return the programme with the richest top rendition, the first of several: the classes of all are its rungs."""
    programmes = [leg for leg in legs if leg.title is not None]
    return max(programmes, key=lambda leg: (_top(leg).average_kbps, prod(_top(leg).size)))


def plan_joined_sounds(legs: Sequence[Leg]) -> tuple[JoinedSound, ...]:
    """Return every language that a programme has, the main one of the first that sounds first, in every group.

    Groups are those that the pictures of the leading one go with, whatever each programme has by itself: a player that
    changes from one to another has to find the same languages there (draft-pantos-hls-rfc8216bis, 4.4.6.1.1).
    """
    found = [track for leg in legs if leg.title is not None for track, _ in leg.plan.sounds]
    leading = leading_leg(legs).plan
    kbps: dict[GroupId, int] = {}
    for track in found:
        kbps[track.group] = max(track.kbps, kbps.get(track.group, 0))
    tracks = [
        replace(track, kbps=kbps.get(track.group, track.kbps))
        for track in plan_soundtracks(_voices(found), leading.ladder.sound, leading.pictures.renditions)
    ]
    order = tuple(_NEAREST)
    tracks.sort(key=lambda one: (-order.index(one.group), not one.voice.is_main))
    return tuple(JoinedSound(track, _joined(track, legs)) for track in tracks)


def _voices(tracks: Sequence[Soundtrack]) -> tuple[Voice, ...]:
    """Return the languages of tracks, with 5.1 only where that was made: small packages have none of a film's."""
    main = next((track.voice.language for track in tracks if track.voice.is_main), None)
    surround = {track.voice.language: track.voice.surround_index for track in tracks if track.group == "surround"}
    found: dict[str, Voice] = {}
    for track in tracks:
        found.setdefault(track.voice.language, track.voice)
    return tuple(
        replace(voice, is_main=language == main, surround_index=surround.get(language))
        for language, voice in found.items()
    )


def _joined(track: Soundtrack, legs: Sequence[Leg]) -> tuple[tuple[SoundSection, ...], ...]:
    """Return what every leg plays of a sound: its own segments, and silence that makes up for what they are longer."""
    planned = [_sound_sections(track, leg) for leg in legs]
    films = frozenset(section.reel for leg in legs if leg.title is not None for section in leg.plan.sections)
    sections = [section for leg in legs for section in leg.plan.sections]
    held = iter(held_together(sections, [one for of_leg in planned for one in of_leg], films))
    return tuple(tuple(next(held) for _ in of_leg) for of_leg in planned)


def _sound_sections(track: Soundtrack, leg: Leg) -> tuple[SoundSection, ...]:
    own = None if leg.title is None else _nearest_sound(track, leg)
    return silent_sections(track, leg.plan.sections, leg.plan.ladder.sound) if own is None else own


def _nearest_sound(track: Soundtrack, leg: Leg) -> tuple[SoundSection, ...] | None:
    """Return the sound of a programme that stands for a track; None where it has none at all."""
    for group in _NEAREST[track.group]:
        of_group = [(one.voice, sections) for one, sections in leg.plan.sounds if one.group == group]
        if of_group:
            return max(of_group, key=lambda one: _likeness(one[0], track.voice.language))[1]
    return None


def _likeness(voice: Voice, language: str) -> tuple[bool, bool, bool]:
    return voice.language == language, same_language(language, voice.language), voice.is_main


def _sound(sound: JoinedSound, legs: Sequence[Leg]) -> SoundRow:
    keys = tuple(keys for leg, own in zip(legs, sound.legs, strict=True) for keys in leg.plan.sound_keys(own))
    nodes = [section.node for own in sound.legs for section in own]
    heard = (key for node, of_section in zip(nodes, keys, strict=True) if any(node.programmes) for key in of_section)
    track = sound.track
    return SoundRow(
        name=track.name,
        group=track.group,
        language=track.voice.language,
        kbps=track.kbps,
        channels=track.channels,
        is_main=track.voice.is_main,
        keys=keys,
        heard=frozenset(heard),
    )


def _picture(one: PictureRendition, legs: Sequence[Leg], groups: tuple[GroupId, ...]) -> PictureRow:
    """Return the class of bit rate that a rendition stands for, in every leg."""
    given = [(leg, nearest_rendition(one.average_kbps, leg.plan.pictures.renditions)) for leg in legs]
    rows = [_Given(leg, own, leg.plan.picture_keys(own.name)) for leg, own in given]
    return replace(_row(one.name, rows), groups=groups)


def nearest_rendition(kbps: int, renditions: Sequence[PictureRendition]) -> PictureRendition:
    """Return the best rendition that takes no more than so many kilobits a second; the lowest where all take more."""
    fitting = [one for one in renditions if one.average_kbps <= kbps]
    return max(fitting, key=lambda one: one.average_kbps) if fitting else renditions[0]


@dataclass(frozen=True)
class _Given:
    """What a leg gives to a rendition."""

    leg: Leg
    rendition: PictureRendition
    keys: Keys


def _key_pictures(leg: Leg) -> _Given:
    dense = leg.plan.pictures.key_pictures
    return _Given(leg, dense, leg.plan.picture_keys(dense.name))


def _row(name: str, given: Sequence[_Given]) -> PictureRow:
    rates = (one.leg.plan.pictures.rate.every(one.rendition.every) for one in given)
    return PictureRow(
        name=name,
        size=max((one.rendition.size for one in given), key=prod),
        rate=max(rates, key=lambda rate: rate.fps),
        keys=tuple(keys for one in given for keys in one.keys),
    )


def _texts(legs: Sequence[Leg]) -> Iterator[TextRow]:
    known: dict[tuple[str, str], Subtitles] = {}
    for leg in legs:
        for one in leg.plan.subtitles:
            known.setdefault((one.language, one.kind), one)
    for one in known.values():
        yield TextRow(
            name=one.name,
            language=one.language,
            kind=one.kind,
            title=one.title,
            is_default=any(one.name == _shown_unasked(leg) for leg in legs),
            segments=tuple(
                subtitle_segments(_own_subtitles(one, leg), section) for leg in legs for section in leg.plan.sections
            ),
        )


def _shown_unasked(leg: Leg) -> str | None:
    return None if leg.plan.shown_subtitles is None else leg.plan.shown_subtitles.name


def _own_subtitles(one: Subtitles, leg: Leg) -> Subtitles:
    own = (each for each in leg.plan.subtitles if (each.language, each.kind) == (one.language, one.kind))
    return next(own, Subtitles(one.language, one.kind, {}))


def _notes(legs: Sequence[Leg]) -> Iterator[str]:
    titles: dict[str, dict[str, None]] = {}
    for leg in legs:
        for note in leg.plan.notes if leg.title is not None else ():
            titles.setdefault(note, {})[leg.title or ""] = None
    yield from (f"{listed(list(found), 'en')}: {note}" for note, found in titles.items())


def _boundaries(legs: Sequence[Leg], starts: Sequence[Fraction]) -> Iterator[Boundary]:
    number = 0
    for leg, start in zip(legs, starts, strict=False):
        if leg.title is not None:
            number += 1
            yield Boundary(f"film-{number}", leg.title, Span(start, start + leg.plan.duration))


def _top(leg: Leg) -> PictureRendition:
    return leg.plan.pictures.renditions[-1]
