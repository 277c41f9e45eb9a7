"""Which sounds a package has, and how each is encoded and cut: by language, bit rate and channels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from pipeline.argv import aac_frames
from pipeline.edit import Edit, Gap, SoundFades
from pipeline.facts import MediaFacts, SoundFacts, main_sound_of, spoken_in
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ, LevelledProgramme, LevelledSound
from pipeline.ladders import PackageSound
from pipeline.languages import UNDETERMINED, same_language, tag_of
from pipeline.plan.clips import SURROUND_CHANNELS, Film, Films, plan_sound
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.reels import Reel, Section
from pipeline.plan.streams import SoundStream

GroupId = Literal["stereo", "low", "surround"]
_NO_FADES: Final = SoundFades(Fraction(0), Fraction(0))


@dataclass(frozen=True)
class Voice:
    """One language of a film's sound, and the stream of the master that speaks it."""

    language: str
    """A BCP 47 tag."""
    stream_index: int
    is_main: bool
    surround_index: int | None = None
    """The stream that speaks it in 5.1 or more, where the master has one."""


@dataclass(frozen=True)
class Soundtrack:
    """One language at one bit rate."""

    group: GroupId
    voice: Voice
    kbps: int
    channels: int

    @property
    def name(self) -> str:
        """What its playlist is called: 'a128-en'."""
        return f"a{self.kbps}-{self.voice.language.lower()}"


@dataclass(frozen=True)
class SoundSection:
    """The sound of a section: what encodes its reel's, and before which packets that is cut."""

    node: LevelledSound
    packets: tuple[int, ...]


def plan_voices(facts: MediaFacts, languages: Sequence[str]) -> tuple[Voice, ...]:
    """Return the languages of a film's sound, the main one first, one stream for each.

    `languages` are the film's own where people said them. They decide which stream is the main one, as they do for
    clips; a stream that names no language is in the first of them.
    """
    sounds = spoken_in(facts, languages).sounds
    main = main_sound_of(sounds)
    if main is None:
        return ()
    own = languages[0] if languages else UNDETERMINED
    voices: dict[str, Voice] = {}
    for sound in sorted(sounds, key=lambda one: one is not main):
        language = _tag(sound, own, languages)
        known = voices.setdefault(language, Voice(language, sound.index, is_main=sound is main))
        if known.surround_index is None and _is_surround(sound):
            voices[language] = replace(known, surround_index=sound.index)
    return tuple(voices.values())


def with_main(voices: Sequence[Voice], language: str | None) -> tuple[Voice, ...]:
    """Return voices with the one in a language as the main one, before all others; as they are where there is none."""
    wanted = next((one for one in voices if language is not None and same_language(language, one.language)), None)
    if wanted is None:
        return tuple(voices)
    others = (replace(one, is_main=False) for one in voices if one != wanted)
    return (replace(wanted, is_main=True), *others)


def groups_for(kbps: int, voices: Sequence[Voice], sound: PackageSound) -> tuple[GroupId, ...]:
    """Return the groups of sounds that go with a picture of so many kilobits a second; none where nothing sounds.

    5.1 is a group of its own, where the film has any.
    """
    if not voices:
        return ()
    if kbps < sound.low_below_kbps:
        return ("low",)
    has_surround = any(voice.surround_index is not None for voice in voices)
    return ("stereo", "surround") if has_surround and kbps >= sound.surround_from_kbps else ("stereo",)


def plan_soundtracks(
    voices: Sequence[Voice], sound: PackageSound, pictures: Sequence[PictureRendition]
) -> tuple[Soundtrack, ...]:
    """Return every language at each bit rate, group by group, so that a player that goes from one to another finds it.

    There are those groups that go with one of the pictures.
    """
    wanted = {group for one in pictures for group in groups_for(one.average_kbps, voices, sound)}
    rates: tuple[tuple[GroupId, int, int], ...] = (
        ("stereo", sound.stereo_kbps, 2),
        ("low", sound.low_kbps, 2),
        ("surround", sound.surround_kbps, SURROUND_CHANNELS),
    )
    return tuple(
        Soundtrack(group, voice, kbps, channels)
        for group, kbps, channels in rates
        if group in wanted
        for voice in voices
    )


def plan_sound_sections(
    track: Soundtrack,
    sections: Sequence[Section],
    sound: PackageSound,
    films: Films,
    *,
    voices: Mapping[str, Sequence[Voice]],
    whole: Mapping[str, Reel],
) -> tuple[SoundSection, ...]:
    """Return the sound of a track for each section of a package.

    `voices` are every film's own, by its digest: one that does not speak the track's language is heard in its main one.
    A master that plays as a film, one of `whole` by its digest, is one programme at the level of the whole film, also
    where a section of its own shows a piece of it: so that no join is heard.
    """
    stream = _stream_of(track, sound)
    spoken = {digest: _speaking(film, voices[digest], track) for digest, film in films.items()}
    of_films = {digest: _only(_sound_of(reel, stream, spoken)) for digest, reel in whole.items()}
    of_sections = [_section(section, stream, spoken, of_films) for section in sections]
    return tuple(held_together(sections, of_sections, frozenset(whole.values())))


def silent_sections(track: Soundtrack, sections: Sequence[Section], sound: PackageSound) -> tuple[SoundSection, ...]:
    """Return silence for each section of a package, where nothing of what it plays sounds like a track."""
    stream = _stream_of(track, sound)
    quiet = (replace(one.reel, edit=Edit("silence", (Gap(one.reel.edit.duration),))) for one in sections)
    nodes = (_sound_of(reel, stream, {}) for reel in quiet)
    return tuple(
        SoundSection(node, tuple(_packets(one, aac_frames(node.samples))))
        for one, node in zip(sections, nodes, strict=True)
    )


def held_together(
    sections: Sequence[Section], sounds: Sequence[SoundSection], films: frozenset[Reel]
) -> Iterator[SoundSection]:
    """Yield the sounds of sections so that what packets are longer or shorter than pictures does not add up.

    A section ends a packet or two earlier or later where that brings sound and pictures nearer; one that plays a film's
    own segments only where they would be more than a packet apart. One that is shorter than a packet has none to give
    up, so that after it they may be a little more than that apart.
    """
    ahead = Fraction(0)
    for section, sound in zip(sections, sounds, strict=True):
        *begins, end = sound.packets
        shown = section.reel.grid.rate.time_of(section.frames) * SAMPLE_RATE_HZ / AAC_FRAME
        exact = begins[0] + shown - ahead
        if section.reel not in films or abs(end - exact) > 1:
            # The later of two that are as near: nothing that sounds is cut off.
            end = min(max(math.floor(exact + Fraction(1, 2)), begins[-1] + 1), aac_frames(sound.node.samples))
        ahead = end - exact
        yield replace(sound, packets=(*begins, end))


def _stream_of(track: Soundtrack, sound: PackageSound) -> SoundStream:
    return SoundStream(
        kbps=track.kbps,
        loudness_lufs=sound.loudness_lufs,
        true_peak_dbtp=sound.true_peak_dbtp,
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=track.channels,
        limiting_db_max=sound.limiting_db_max,
    )


def _tag(sound: SoundFacts, own: str, languages: Sequence[str]) -> str:
    told = tag_of(sound.language)
    if told is None:
        return own
    # What people wrote says more than three letters: pt-BR, where the stream says por.
    return next((language for language in languages if same_language(language, told)), told)


def _is_surround(sound: SoundFacts) -> bool:
    return sound.channels >= SURROUND_CHANNELS and not sound.layout.startswith("ambisonic")


def _speaking(film: Film, voices: Sequence[Voice], track: Soundtrack) -> Film:
    """Return a film whose main sound is the stream that a track plays of it."""
    if not voices:
        return film
    wanted = track.voice.language
    alike = (voice for voice in voices if same_language(wanted, voice.language))
    own = next((voice for voice in voices if voice.language == wanted), None) or next(alike, voices[0])
    is_surround = track.group == "surround" and own.surround_index is not None
    index = own.surround_index if is_surround else own.stream_index
    marked = tuple(replace(one, is_default=one.index == index) for one in film.facts.sounds)
    return replace(film, facts=replace(film.facts, sounds=marked))


def _sound_of(reel: Reel, stream: SoundStream, films: Films) -> LevelledSound:
    return plan_sound(reel.edit, stream, films, rate=reel.grid.rate, fades=reel.edit.fades or _NO_FADES)


def _only(sound: LevelledSound) -> LevelledProgramme | None:
    return next((one for one in sound.programmes if one is not None), None)


def _section(
    section: Section, stream: SoundStream, films: Films, of_films: Mapping[str, LevelledProgramme | None]
) -> SoundSection:
    node = _sound_of(section.reel, stream, films)
    node = replace(node, programmes=tuple(_at_film_level(one, of_films) for one in node.programmes))
    return SoundSection(node, tuple(_packets(section, aac_frames(node.samples))))


def _at_film_level(
    programme: LevelledProgramme | None, of_films: Mapping[str, LevelledProgramme | None]
) -> LevelledProgramme | None:
    if programme is None:
        return None
    return of_films.get(programme.stretches[0].pieces[0].source) or programme


def _packets(section: Section, count: int) -> Iterator[int]:
    """Yield the packets that begin nearest to where a section's pictures are cut."""
    for border in section.borders:
        nearest = round(section.reel.grid.rate.time_of(border) * SAMPLE_RATE_HZ / AAC_FRAME)
        yield min(nearest, count)
