"""Pieces of clips are planned once for everybody who shows them, and apart where anything that they show differs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.edit import Card, Edit, Gap, MasterSpan, SoundFades
from pipeline.errors import PlanError
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import X264, Captions, CardSheet, FilmPicture
from pipeline.plan.cards import plan_sheet
from pipeline.plan.clips import Film, plan_picture, plan_sound
from pipeline.plan.layout import Canvas
from pipeline.plan.piece_pictures import plan_piece
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span

R24 = FrameRate(Fraction(24))
TALL = PictureStream(144, 256, R24, 48, 2, None, None, "crop", Fraction(1), 24)
SOUND = SoundStream(128, Fraction(-14), Fraction(-1), 48000, 2, Fraction(6))
FADES = SoundFades(Fraction(1, 4), Fraction(1, 2))
UNTOLD = Colour(None, None, None, None)
PICTURE = PictureFacts(
    0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, UNTOLD, "progressive", R24, Fraction(0), 240
)  # fmt: skip
HEARD = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True)


def film(digest: str = "a", **changed: object) -> Film:
    picture = replace(PICTURE, **changed)  # type: ignore[arg-type]
    return Film(digest, MediaFacts("mov,mp4", 1, Fraction(10), picture, (HEARD,), ()), Timeline(R24, 240))


def sheet(language: str) -> CardSheet:
    return plan_sheet(CardLook(), Canvas(144, 256, ()), logo=None, language=language, tools="tools")


BODY = Edit("piece", (MasterSpan("a", Span.of_frames(10, 110, R24)),))
TITLED = Edit("piece", (Card(("A film",), R24.time_of(48)),))


def test_film_is_one_picture_whatever_cards_are_drawn_on() -> None:
    english, german = (
        plan_piece(BODY, TALL, {"a": film()}, pieces="several", sheet=sheet(one)) for one in ("en", "de")
    )
    assert english is german


def test_what_a_piece_shows_is_planned_as_it_is_alone() -> None:
    films = {"a": film()}
    (found,) = plan_piece(BODY, TALL, films, pieces="one", sheet=sheet("en"))
    assert found == plan_picture(BODY, TALL, films)


def test_cards_in_other_languages_and_films_of_other_facts_are_other_pictures() -> None:
    cards = [plan_piece(TITLED, TALL, {}, pieces="several", sheet=sheet(one))[0] for one in ("en", "de")]
    assert cards[0] != cards[1]
    pictures = [
        plan_piece(BODY, TALL, {"a": film(start=start)}, pieces="one")[0] for start in (Fraction(0), Fraction(1))
    ]
    starts = [part.start for picture in pictures for part in picture.parts if isinstance(part, FilmPicture)]
    assert starts == [R24.time_of(10), R24.time_of(10) + 1]


def test_a_piece_that_another_follows_has_no_short_last_group() -> None:
    (one,), (several,) = (plan_piece(BODY, TALL, {"a": film()}, pieces=how) for how in ("one", "several"))
    assert isinstance(one.encoder, X264) and isinstance(several.encoder, X264)
    assert (one.encoder.keyframe_interval_frames, several.encoder.keyframe_interval_frames) == (48, 50)


def test_captions_are_drawn_where_they_are_and_parted_with_what_only_one_clip_shows() -> None:
    drawn, films = Captions("script", "fonts"), {"a": film()}
    edit = Edit("piece", (*BODY.parts, *TITLED.parts))
    (whole,) = plan_piece(edit, TALL, films, pieces="one", captions=drawn, captioned=[(0, 20)], sheet=sheet("en"))
    own = frozenset(part.source for part in whole.parts[1:])  # type: ignore[union-attr]
    parts = plan_piece(edit, TALL, films, pieces="one", captions=drawn, captioned=[(0, 20)], sheet=sheet("en"), own=own)
    assert [part.captions for part in parts] == [drawn, None] and sum(part.frames for part in parts) == whole.frames


def test_a_film_that_is_not_there_is_told() -> None:
    with pytest.raises(PlanError, match="was not found"):
        plan_piece(BODY, TALL, {}, pieces="one")


def test_clips_whose_cards_are_as_long_have_one_sound() -> None:
    films = {"a": film()}

    def sound(*lines: str) -> object:
        edit = Edit("e", (Card(lines, R24.time_of(48)), *BODY.parts, Gap(R24.time_of(4))))
        return plan_sound(edit, SOUND, films, rate=R24, fades=FADES)

    assert sound("A film") is sound("Ein Film")
    longer = Edit("e", (Card(("A film",), R24.time_of(60)), *BODY.parts, Gap(R24.time_of(4))))
    assert plan_sound(longer, SOUND, films, rate=R24, fades=FADES) != sound("A film")
