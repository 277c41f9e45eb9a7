"""Which sounds a package has, and how each is encoded and cut: by language, bit rate and channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from pipeline.argv import aac_frames
from pipeline.edit import SoundFades
from pipeline.facts import MediaFacts, SoundFacts, main_sound_of
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ, LevelledProgramme, LevelledSound
from pipeline.ladders import PackageSound
from pipeline.languages import UNDETERMINED, same_language, tag_of
from pipeline.plan.clips import SURROUND_CHANNELS, Film, Films, plan_sound
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

    A stream that names no language is in the film's own, which `languages` begins with where people said it.
    """
    main = main_sound_of(facts.sounds)
    if main is None:
        return ()
    own = languages[0] if languages else UNDETERMINED
    voices: dict[str, Voice] = {}
    for sound in sorted(facts.sounds, key=lambda one: one is not main):
        language = _tag(sound, own, languages)
        known = voices.setdefault(language, Voice(language, sound.index, is_main=sound is main))
        if known.surround_index is None and _is_surround(sound):
            voices[language] = replace(known, surround_index=sound.index)
    return tuple(voices.values())


def plan_soundtracks(voices: Sequence[Voice], sound: PackageSound) -> tuple[Soundtrack, ...]:
    """Return every language at each bit rate, group by group, so that a player that goes from one to another finds it.

    5.1 is a group of its own, where the film has any.
    """
    rates: list[tuple[GroupId, int, int]] = [("stereo", sound.stereo_kbps, 2), ("low", sound.low_kbps, 2)]
    if any(voice.surround_index is not None for voice in voices):
        rates.append(("surround", sound.surround_kbps, SURROUND_CHANNELS))
    return tuple(Soundtrack(group, voice, kbps, channels) for group, kbps, channels in rates for voice in voices)


def plan_sound_sections(
    track: Soundtrack, sections: Sequence[Section], sound: PackageSound, films: Films, whole: Mapping[str, Reel]
) -> tuple[SoundSection, ...]:
    """Return the sound of a track for each section of a package.

    A master that plays as a film, one of `whole` by its digest, is one programme at the level of the whole film, also
    where a section of its own shows a piece of it: so that no join is heard.
    """
    stream = SoundStream(
        kbps=track.kbps,
        loudness_lufs=sound.loudness_lufs,
        true_peak_dbtp=sound.true_peak_dbtp,
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=track.channels,
        limiting_db_max=sound.limiting_db_max,
    )
    wanted = track.voice.stream_index if track.group != "surround" else track.voice.surround_index
    spoken = {digest: _speaking(film, track.voice.language, wanted) for digest, film in films.items()}
    of_films = {digest: _only(_sound_of(reel, stream, spoken)) for digest, reel in whole.items()}
    return tuple(_section(section, stream, spoken, of_films) for section in sections)


def _tag(sound: SoundFacts, own: str, languages: Sequence[str]) -> str:
    told = tag_of(sound.language)
    if told is None:
        return own
    # What people wrote says more than three letters: pt-BR, where the stream says por.
    return next((language for language in languages if same_language(language, told)), told)


def _is_surround(sound: SoundFacts) -> bool:
    return sound.channels >= SURROUND_CHANNELS and not sound.layout.startswith("ambisonic")


def _speaking(film: Film, language: str, wanted: int | None) -> Film:
    """Return a film with its sound in a language: that very stream where it speaks it."""
    sounds = film.facts.sounds
    chosen = next((one for one in sounds if one.index == wanted and _is_in(one, language)), None)
    chosen = chosen or next((one for one in sounds if same_language(language, one.language)), None)
    if chosen is None:
        return film
    marked = tuple(replace(one, is_default=one is chosen) for one in sounds)
    return replace(film, facts=replace(film.facts, sounds=marked))


def _is_in(sound: SoundFacts, language: str) -> bool:
    return tag_of(sound.language) is None or same_language(language, sound.language)


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
