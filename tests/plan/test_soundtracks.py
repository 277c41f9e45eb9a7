"""A package is heard in every language of its first film that sounds, and each film plays the stream that speaks it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import FilmSound, LevelledSound, Silence, Stretch
from pipeline.ladders import PackageSound
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.reels import Grid, Reel, plan_sections
from pipeline.plan.shots import Timeline
from pipeline.plan.soundtracks import (
    SoundSection,
    Soundtrack,
    groups_for,
    plan_sound_sections,
    plan_soundtracks,
    plan_voices,
)
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24))
GRID = Grid(RATE, 1)
SOUND = PackageSound(low_below_kbps=700, surround_from_kbps=2000, loudness_lufs=Fraction(-16))
PICTURES = tuple(PictureRendition(64, 64, 1, kbps, 2 * kbps, None) for kbps in (130, 700, 2000))
Told = tuple[str | None, int]
"""Language and channels of a stream; the second one of a film is what its container calls its main one."""


def facts(*told: Told) -> MediaFacts:
    colour = Colour(None, None, None, None)
    picture = PictureFacts(
        0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, colour, "progressive", RATE, Fraction(0), 2400
    )
    sounds = (
        SoundFacts(
            number, "aac", channels, "5.1" if channels == 6 else "stereo", 48000, Fraction(0), language, number == 2
        )
        for number, (language, channels) in enumerate(told, start=1)
    )
    return MediaFacts("mov,mp4", 1, Fraction(100), picture, tuple(sounds), ())


def film(name: str, *told: Told) -> Film:
    return Film(name, facts(*told), Timeline(RATE, 2400))


def whole(name: str) -> Edit:
    return Edit(name, (span(name, 0, 2400),))


def span(name: str, first: int, end: int) -> MasterSpan:
    return MasterSpan(name, Span.of_frames(first, end, RATE))


def tracks_of(one: Film, *languages: str) -> tuple[Soundtrack, ...]:
    return plan_soundtracks(plan_voices(one.facts, languages), SOUND, PICTURES)


def sections_of(
    parts: Sequence[Part], track: Soundtrack, *films: Film, shared: Sequence[str] = ()
) -> tuple[SoundSection, ...]:
    edits = {name: whole(name) for name in shared}
    return plan_sound_sections(
        track,
        plan_sections(Edit("edit", tuple(parts)), GRID, edits),
        SOUND,
        {one.digest: one for one in films},
        voices={one.digest: plan_voices(one.facts, ()) for one in films},
        whole={name: Reel.of(edit, GRID) for name, edit in edits.items()},
    )


def heard(node: LevelledSound) -> list[tuple[str, int] | None]:
    """Return the master and stream of every piece; None for silence."""
    pieces: list[FilmSound | None] = []
    for part in node.parts:
        pieces += part.pieces if isinstance(part, Stretch) else [None]
    return [None if piece is None else (piece.source, piece.stream_index) for piece in pieces]


def test_the_main_language_comes_first_and_each_language_once() -> None:
    voices = plan_voices(facts(("spa", 2), ("eng", 2), ("eng", 2)), ())
    assert [(one.language, one.stream_index, one.is_main) for one in voices] == [("en", 2, True), ("es", 1, False)]


def test_what_people_say_of_a_films_languages_decides_as_it_does_for_clips() -> None:
    voices = plan_voices(facts(("por", 2), ("eng", 2), (None, 2)), ("pt-BR", "en"))
    assert [(one.language, one.stream_index, one.is_main) for one in voices] == [("pt-BR", 1, True), ("en", 2, False)]


def test_a_stream_that_says_no_language_is_in_the_films_own_or_in_none_that_is_known() -> None:
    assert [one.language for one in plan_voices(facts((None, 2)), ("gd",))] == ["gd"]
    assert [one.language for one in plan_voices(facts((None, 2)), ())] == ["und"]


@pytest.mark.parametrize("hostile", ["../../etc", "en/../..", 'en"', "en\nx", "a b"])
def test_what_is_no_language_tag_never_names_a_playlist(hostile: str) -> None:
    assert {one.name for one in tracks_of(film("a", (hostile, 2)))} == {"a128-und", "a48-und"}


def test_surround_is_found_beside_the_stereo_of_its_language() -> None:
    (english, french) = plan_voices(facts(("fra", 2), ("eng", 2), ("eng", 6)), ())
    assert (english.stream_index, english.surround_index) == (2, 3)
    assert french.surround_index is None


def test_every_language_is_there_at_each_rate_that_goes_with_a_picture() -> None:
    spoken = film("a", ("spa", 2), ("eng", 6))
    assert [one.name for one in tracks_of(spoken)] == ["a128-en", "a128-es", "a48-en", "a48-es", "a320-en", "a320-es"]
    voices = plan_voices(spoken.facts, ())
    assert [groups_for(kbps, voices, SOUND) for kbps in (699, 700, 2000)] == [
        ("low",),
        ("stereo",),
        ("stereo", "surround"),
    ]
    assert {one.group for one in plan_soundtracks(voices, SOUND, PICTURES[:1])} == {"low"}
    assert groups_for(700, (), SOUND) == () and plan_soundtracks((), SOUND, PICTURES) == ()


def test_each_film_of_an_edit_plays_the_stream_that_speaks_the_language_or_its_main_one() -> None:
    first, second = film("a", ("spa", 2), ("eng", 2), ("fra", 6)), film("b", (None, 2), ("deu", 2), ("es-MX", 2))
    parts = (span("a", 0, 240), Card(("Next",), Fraction(3)), span("b", 0, 240))
    found = {}
    for track in tracks_of(first):
        (section,) = sections_of(parts, track, first, second)
        found[track.name] = heard(section.node)
    assert found["a128-en"] == found["a48-en"] == [("a", 2), None, ("b", 2)]
    assert found["a128-es"] == [("a", 1), None, ("b", 3)]
    assert found["a128-fr"] == found["a320-fr"] == [("a", 3), None, ("b", 2)]


def test_another_film_plays_its_own_surround_wherever_it_lies() -> None:
    first, second = film("a", ("spa", 2), ("eng", 6)), film("b", ("eng", 6), ("eng", 2), ("spa", 2))
    surround = next(track for track in tracks_of(first) if track.name == "a320-en")
    (section,) = sections_of((span("a", 0, 240), span("b", 0, 240)), surround, first, second)
    assert heard(section.node) == [("a", 2), ("b", 1)]
    assert {part.layout for part in section.node.parts} == {"5.1"}


def test_a_section_that_is_only_a_card_is_silent_and_as_long_as_the_card() -> None:
    one = film("a", ("eng", 2))
    card, films = sections_of((Card(("A",), Fraction(3)), span("a", 0, 2400)), tracks_of(one)[0], one, shared=("a",))
    assert card.node.parts == (Silence(3 * 48000),) and card.packets == (0, 47, 141)
    assert heard(films.node) == [("a", 1)]


def test_sound_is_cut_at_the_packets_nearest_to_where_the_pictures_are_cut() -> None:
    one = film("a", ("eng", 2))
    parts = (Gap(Fraction(2)), span("a", 300, 2400))
    own, films = sections_of(parts, tracks_of(one)[0], one, shared=("a",))
    assert own.packets == (0, 281, 352), "at 6 s, and where it ends at 7.5 s"
    assert films.packets[:3] == (844, 1125, 1406), "from 18 s of the film on"
    assert films.packets[-1] == 4688, "100 s are 4687.5 packets, and the last one is whole"


def test_a_film_that_plays_as_such_has_its_own_level_also_in_what_is_encoded_beside_it() -> None:
    one = film("a", ("eng", 2))
    own, films = sections_of((span("a", 72, 2400),), tracks_of(one)[0], one, shared=("a",))
    (programme,) = films.node.programmes
    assert own.node.programmes == (programme,) and own.node.parts != films.node.parts
    assert films.node.only_programme == programme and own.node.only_programme is None


def test_tracks_differ_in_nothing_but_what_they_are_for() -> None:
    one = film("a", ("eng", 6), ("spa", 2))
    nodes: dict[str, Any] = {track.name: sections_of((span("a", 0, 2400),), track, one)[0] for track in tracks_of(one)}
    assert len({section.packets for section in nodes.values()}) == 1
    assert len({section.node for section in nodes.values()}) == len(nodes) == 6
