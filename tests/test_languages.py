"""A language that a person writes is found in what files carry."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts, spoken_in
from pipeline.languages import country_name, country_name_in, same_language, tag_of
from pipeline.timebase import FrameRate


@pytest.mark.parametrize(
    ("tag", "carried"),
    [("es", "spa"), ("pt-BR", "por"), ("de", "ger"), ("de-AT", "deu"), ("fr", "fr-CA"), ("nb", "nor"), ("tlh", "tlh"),
     ("EN", "eng"), ("spa", "es")],
)  # fmt: skip
def test_one_language_in_two_ways_of_writing_is_the_same(tag: str, carried: str) -> None:
    assert same_language(tag, carried)


@pytest.mark.parametrize(("tag", "carried"), [("es", "por"), ("es", None), ("es", "und"), ("es", ""), ("e", "eng")])
def test_other_languages_are_not(tag: str, carried: str | None) -> None:
    assert not same_language(tag, carried)


@pytest.mark.parametrize(
    ("carried", "tag"),
    [("spa", "es"), ("nno", "nn"), ("pt_br", "pt-BR"), ("ZH-HANT", "zh-Hant"), ("qaa", "qaa"),
     ("EN-x-Notes", "en-x-notes")],
)  # fmt: skip
def test_a_tag_has_one_way_of_writing(carried: str, tag: str) -> None:
    assert tag_of(carried) == tag


@pytest.mark.parametrize(
    "carried", [None, "", "und", "zxx", "../../x", "a/b", 'e"n', "x\n#EXTM3U", "en\n", "e n", "日本", "en" + "-abc" * 9]
)
def test_what_is_no_tag_names_no_language(carried: str | None) -> None:
    assert tag_of(carried) is None


def facts(*languages: str | None) -> MediaFacts:
    picture = PictureFacts(
        0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, Colour(None, None, None, None), "progressive",
        FrameRate(Fraction(24)), Fraction(0), 240,
    )  # fmt: skip
    track = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, False)
    sounds = (
        replace(track, index=number, language=language, is_default=number == 1)
        for number, language in enumerate(languages, start=1)
    )
    return MediaFacts("mov,mp4", 1, Fraction(10), picture, tuple(sounds), ())


def test_the_track_in_the_films_language_is_the_main_sound() -> None:
    film = facts("eng", "spa", None, "spa")
    chosen = spoken_in(film, ("fr", "es", "en")).main_sound
    assert chosen is not None and chosen.index == 2
    assert spoken_in(film, ("fr",)) == film and spoken_in(film, ()) == film


def test_a_country_s_code_is_told_with_its_name_and_a_name_stays_as_it_is() -> None:
    assert country_name("PT") == "Portugal (PT)" and country_name("Portugal") == "Portugal"
    assert country_name("QQ") == "QQ" and country_name("U.K.") == "U.K."
    assert country_name_in("DE", "es") == "Alemania" and country_name_in("DE", "xx-none") == "Germany"
