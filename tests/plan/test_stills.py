"""Cards and black are a few pictures that are held: each shows what the reel shows from its time on."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, frame_lengths, merged
from pipeline.graph import BlackPicture, RungX264, StillPicture
from pipeline.ladders import Encoding
from pipeline.plan.cards import plan_sheet
from pipeline.plan.chunks import RungChunk, plan_chunk
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.layout import Canvas
from pipeline.plan.reels import Chunk, Grid, Reel, Sequel, plan_sections
from pipeline.plan.stills import plan_still_chunk, still_qualities
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span

ENCODING = Encoding(preset="veryfast", references=1, b_frames=2)
SHEET = plan_sheet(CardLook(), Canvas(640, 360, ()), logo=None, language=None, tools="tools")
RATES = tuple(map(FrameRate.parse, ("24000/1001", "24", "25", "30", "50", "60000/1001", "60", "12", "59/2")))
SEQUELS: tuple[Sequel, ...] = ("film", "nothing")


def ladder_at(rate: FrameRate, every: int) -> PictureLadder:
    low, high = (
        PictureRendition(320, 180, every, 200, 300, None),
        PictureRendition(640, 360, 1, 800, 1600, None),
    )
    return PictureLadder(rate, (low, high))


def planned(reel: Reel, ladder: PictureLadder) -> list[tuple[RungChunk, ...]]:
    return [plan_still_chunk(reel, chunk, ladder, ENCODING, {}, sheet=SHEET) for chunk in held_chunks(reel)]


def held_chunks(reel: Reel) -> tuple[Chunk, ...]:
    return tuple(chunk for chunk in reel.chunks(()) if chunk.end <= reel.held)


@st.composite
def still_edits(draw: st.DrawFn) -> Edit:
    lengths = draw(st.lists(st.fractions(Fraction(1, 30), 20, max_denominator=1000), min_size=1, max_size=6))
    kinds = draw(st.lists(st.sampled_from("abcd "), min_size=len(lengths), max_size=len(lengths)))
    return Edit(
        "cards",
        tuple(
            Gap(seconds) if kind == " " else Card((kind,), seconds)
            for kind, seconds in zip(kinds, lengths, strict=True)
        ),
    )


@given(still_edits(), st.sampled_from(RATES), st.sampled_from((1, 2)), st.sampled_from(SEQUELS))
def test_every_picture_shows_what_the_reel_shows_then(edit: Edit, rate: FrameRate, every: int, sequel: Sequel) -> None:
    ladder = ladder_at(rate, every)
    reel = Reel.of(edit, ladder.grid, sequel)
    assume(reel.held)
    parts = merged(reel.edit).parts
    ends = list(accumulate(frame_lengths(merged(reel.edit), rate)))
    chunks = planned(reel, ladder)
    assert [rung.rendition for rung in chunks[0]] == [*ladder.renditions, ladder.key_pictures]
    for rungs in chunks:
        # One list of times for all: whoever changes from one rendition to another finds a picture there.
        (held,) = {rung.held for rung in rungs}
        assert held is not None
        assert all(begin < end for begin, end in pairwise(held.begins))
        shown = [part for part in rungs[0].node.picture.parts for _ in range(part.frames)]
        assert len(shown) == len(held.begins) - 1
        for begin, picture in zip(held.begins, shown, strict=False):
            part = parts[next(number for number, end in enumerate(ends) if begin < end)]
            assert isinstance(picture, BlackPicture if isinstance(part, Gap) else StillPicture)
        # Cuts are where they are, in renditions that have every second frame of films as well.
        assert {end for end in ends if held.begins[0] <= end < held.begins[-1]} <= set(held.begins)
    assert [rungs[0].held.begins[0] for rungs in chunks if rungs[0].held] == [one.first for one in held_chunks(reel)]


@given(still_edits(), st.sampled_from(RATES), st.sampled_from(SEQUELS))
def test_segments_begin_where_those_of_a_film_do(edit: Edit, rate: FrameRate, sequel: Sequel) -> None:
    ladder = ladder_at(rate, 1)
    reel = Reel.of(edit, ladder.grid, sequel)
    assume(reel.held)
    for chunk, rungs in zip(held_chunks(reel), planned(reel, ladder), strict=True):
        for rung in rungs:
            assert rung.held is not None
            assert tuple(rung.held.begins[border] for border in rung.borders) == chunk.borders
            assert rung.node.keyframes == tuple(range(rung.node.frames))
            assert all(end - begin <= reel.grid.dense for begin, end in pairwise(rung.held.begins))


def test_a_still_reel_says_the_level_that_its_films_have() -> None:
    ladder = ladder_at(FrameRate(Fraction(60)), 1)
    reel = Reel.of(Edit("cards", (Card(("a",), Fraction(4)),)), ladder.grid)
    (still,), (chunk, _) = planned(reel, ladder), reel.chunks(())
    moving = plan_chunk(reel, chunk, ladder, ENCODING, {}, shots=(0,), qualities=None, sheet=SHEET)
    for rung, other in zip(still, moving, strict=False):
        assert isinstance(rung.node.encoder, RungX264) and isinstance(other.node.encoder, RungX264)
        assert (rung.node.encoder.level, rung.node.rate) == (other.node.encoder.level, other.node.rate)
        # A picture that is shown for a second may take what a second of film may.
        assert rung.node.encoder.bufsize_kbit == other.node.encoder.bufsize_kbit
        assert rung.node.encoder.maxrate_kbps == other.node.encoder.maxrate_kbps * rung.node.rate.fps


@given(still_edits(), st.sampled_from(RATES), st.sampled_from((1, 2)))
def test_the_last_pictures_before_a_film_are_shown_one_by_one(edit: Edit, rate: FrameRate, every: int) -> None:
    reel = Reel.of(edit, ladder_at(rate, every).grid)
    assume(reel.frames)
    moving = reel.frames - reel.held
    assert moving >= min(reel.frames, 32 * every) and reel.held in reel.borders
    # No longer than players need, but for what chunks and short segments ask for.
    assert rate.time_of(moving) <= rate.time_of(32 * every) + 2 or not reel.held
    borders = [border for chunk in reel.chunks(()) for border in chunk.borders[:-1]]
    assert (*borders, reel.frames) == reel.borders
    assert all(chunk.end <= reel.held or chunk.first >= reel.held for chunk in reel.chunks(()))


def test_where_cards_are_shown_one_by_one_they_are_as_good() -> None:
    ladder = ladder_at(FrameRate(Fraction(24)), 1)
    reel = Reel.of(Edit("cards", (Card(("a",), Fraction(4)),)), ladder.grid)
    held, moving = reel.chunks(())
    still = plan_still_chunk(reel, held, ladder, ENCODING, {}, sheet=SHEET)
    qualities = still_qualities((0,), ladder)
    shown = plan_chunk(reel, moving, ladder, ENCODING, {}, shots=(0,), qualities=qualities, sheet=SHEET)
    for one, other in zip(still, shown, strict=False):
        assert {take.crf for take in one.node.takes} == {take.crf for take in other.node.takes}


def test_a_reel_with_any_film_moves() -> None:
    grid = ladder_at(FrameRate(Fraction(24)), 1).grid
    card, film = Card(("a",), Fraction(4)), MasterSpan("m", Span(Fraction(0), Fraction(1)))
    assert Reel.of(Edit("cards", (card, Gap(Fraction(1)))), grid).held == 72
    assert Reel.of(Edit("with a film", (card, film)), grid).held == 0


def test_nothing_is_shown_one_by_one_where_nothing_follows() -> None:
    grid, card = Grid(FrameRate(Fraction(24)), 1), Card(("a",), Fraction(4))
    (section,) = plan_sections(Edit("closing", (card, Gap(Fraction(1, 3)))), grid, {})
    assert section.reel.held == section.reel.frames == 104
    assert section.reel.borders == (0, 104) and section.reel.chunks(()) == (Chunk(0, (0, 104), (0, 48, 96)),)
    (section,) = plan_sections(Edit("gap", (card, Gap(Fraction(1, 3)))), grid, {}, sequel="film")
    assert section.reel.held == 72
