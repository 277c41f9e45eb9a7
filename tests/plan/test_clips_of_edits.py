"""Cards, gaps and joined spans as render nodes: what is in a key, what is not, and what is merged."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.argv import card_key, key_as_url, picture_argv
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, SoundFades, merged
from pipeline.errors import PlanError
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import LEAD_IN, BlackPicture, CardSheet, FilmPicture, PictureEncode, Silence, StillPicture, Stretch
from pipeline.plan.cards import plan_card, plan_sheet
from pipeline.plan.clips import Film, plan_picture, plan_sound
from pipeline.plan.layout import Canvas
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span

R24 = FrameRate(Fraction(24))
TALL = PictureStream(144, 256, R24, 48, 2, None, None, "crop", Fraction(1))
SQUARE = replace(TALL, height_px=144)
SOUND = SoundStream(128, Fraction(-14), Fraction(-1), 48000, 2, Fraction(6))
UNTOLD = Colour(None, None, None, None)
PICTURE = PictureFacts(
    0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, UNTOLD, "progressive", R24, Fraction(0), 240
)  # fmt: skip
FILMS = {
    name: Film(name, MediaFacts("mov,mp4", 1, Fraction(10), PICTURE, (), ()), Timeline(R24, 240)) for name in ("a", "b")
}


def span(start: int, end: int, master: str = "a") -> MasterSpan:
    return MasterSpan(master, Span.of_frames(start, end, R24))


def picture(*parts: Part, stream: PictureStream = TALL, tools: str = "tools") -> PictureEncode:
    return plan_picture(Edit("e", parts), stream, FILMS, sheet=sheet(stream, tools))


def sheet(stream: PictureStream = TALL, tools: str = "tools") -> CardSheet:
    return plan_sheet(CardLook(), Canvas(stream.width_px, stream.height_px, ()), logo=None, language=None, tools=tools)


def recipe(node: PictureEncode) -> tuple[str, ...]:
    return picture_argv([node], ["out"], key_as_url)


def test_a_card_is_a_still_of_its_own_size_and_shares_the_decode_with_other_sizes() -> None:
    card = Card(("Title",), R24.time_of(12))
    tall, square = (picture(card, span(0, 24), Gap(R24.time_of(6)), stream=stream) for stream in (TALL, SQUARE))
    assert [type(part) for part in tall.parts] == [StillPicture, FilmPicture, BlackPicture]
    assert [part.frames for part in tall.parts] == [12, 24, 6]
    assert tall.parts[0] == StillPicture(card_key(plan_card(card, sheet())), 12)
    assert tall.parts[0] != square.parts[0] and tall.decoded == square.decoded
    assert tall.views[0] == () and tall.views[2] == ()


def test_how_long_a_card_is_shown_is_in_the_pictures_key_and_not_in_the_cards() -> None:
    short, long = (picture(Card(("A",), R24.time_of(frames))) for frames in (12, 24))
    assert isinstance(short.parts[0], StillPicture) and isinstance(long.parts[0], StillPicture)
    assert short.parts[0].source == long.parts[0].source and recipe(short) != recipe(long)


@pytest.mark.parametrize(
    "other",
    [picture(Card(("B",), R24.time_of(12))), picture(Card(("A", ""), R24.time_of(12))),
     picture(Card(("A",), R24.time_of(12)), tools="newer")],
)  # fmt: skip
def test_text_and_tools_are_in_the_pictures_key(other: PictureEncode) -> None:
    assert recipe(other) != recipe(picture(Card(("A",), R24.time_of(12))))


def test_spans_that_go_on_are_one_and_others_are_not() -> None:
    assert len(picture(span(0, 24), span(24, 48), span(48, 50)).parts) == 1
    assert len(picture(span(0, 24), span(25, 48)).parts) == 2
    assert len(picture(span(0, 24), span(24, 48, "b")).parts) == 2
    assert len(picture(span(0, 24), replace(span(24, 48), framing="own.json")).parts) == 2
    assert len(picture(span(0, 24), Gap(Fraction(1)), span(24, 48)).parts) == 3


def test_a_hundred_pieces_of_one_stretch_open_the_film_once() -> None:
    argv = recipe(picture(*(span(frame, frame + 2) for frame in range(0, 200, 2))))
    assert argv.count("-i") == 1


def test_parts_shorter_than_a_frame_are_left_out_and_an_edit_of_nothing_else_is_refused() -> None:
    sliver = Card(("A",), Fraction(1, 100))
    assert [part.frames for part in picture(sliver, span(0, 24)).parts] == [24]
    with pytest.raises(PlanError, match="shorter than one frame"):
        picture(sliver)
    with pytest.raises(PlanError, match="shorter than one frame"):
        picture()


def test_cards_gaps_and_silent_films_are_one_silence() -> None:
    edit = Edit("e", (Card(("A",), R24.time_of(12)), span(0, 24), Gap(R24.time_of(6))))
    sound = plan_sound(edit, SOUND, FILMS, rate=R24, fades=SoundFades(Fraction(0), Fraction(0)))
    assert (sound.parts, sound.programmes) == ((Silence(84000),), (None,))


def test_a_bed_is_one_stretch_of_sound_wherever_the_pictures_are_cut() -> None:
    sounding = replace(FILMS["a"].facts, sounds=(SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True),))
    films = {**FILMS, "a": Film("a", sounding, Timeline(R24, 240))}
    pieces = (span(0, 24), span(100, 130, "b"), span(50, 56))
    edit = Edit("e", pieces, (span(120, 150), span(150, 180)))
    sound = plan_sound(edit, SOUND, films, rate=R24, fades=SoundFades(Fraction(0), Fraction(0)))
    (stretch,) = sound.parts
    assert isinstance(stretch, Stretch)
    (part,) = stretch.pieces
    assert (part.start, part.samples) == (5 - Fraction(LEAD_IN, 48000), 120000 + LEAD_IN)
    assert plan_picture(edit, TALL, films) == plan_picture(Edit("e", pieces), TALL, films)


LENGTHS = st.integers(0, 30)


@given(st.lists(st.tuples(st.sampled_from("abgc"), st.integers(0, 5), LENGTHS), max_size=12))
def test_merging_changes_neither_length_nor_what_plays(pieces: list[tuple[str, int, int]]) -> None:
    others = {"g": Gap, "c": lambda length: Card(("A",), length)}
    parts: list[Part] = [
        span(6 * at, 6 * at + frames, kind) if kind in "ab" else others[kind](R24.time_of(frames))
        for kind, at, frames in pieces
    ]
    edit = Edit("e", tuple(parts))
    assert _played(merged(edit)) == _played(edit)
    assert merged(merged(edit)) == merged(edit)


def _played(edit: Edit) -> list[object]:
    """Return what each frame shows."""
    played: list[object] = []
    for part in edit.parts:
        count = R24.frames_within(part.duration)
        if isinstance(part, MasterSpan):
            first = R24.frame_at(part.span.start)
            played += [(part.master, first + number) for number in range(count)]
        else:
            played += [type(part)] * count
    return played
