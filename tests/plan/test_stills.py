"""Cards and black are a few pictures that are held: each shows what the reel shows from its time on."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, frame_lengths, merged
from pipeline.graph import BlackPicture, RungX264, StillPicture
from pipeline.ladders import Encoding
from pipeline.plan.cards import plan_sheet
from pipeline.plan.chunks import RungChunk, plan_chunk
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.layout import Canvas
from pipeline.plan.reels import Reel
from pipeline.plan.stills import is_still, plan_still_chunk
from pipeline.styles import CardLook
from pipeline.timebase import FrameRate, Span

ENCODING = Encoding(preset="veryfast", references=1, b_frames=2)
SHEET = plan_sheet(CardLook(), Canvas(640, 360, ()), logo=None, language=None, tools="tools")
RATES = tuple(map(FrameRate.parse, ("24000/1001", "24", "25", "30", "50", "60000/1001", "60", "12", "59/2")))


def ladder_at(rate: FrameRate, every: int) -> PictureLadder:
    low, high = (
        PictureRendition(320, 180, every, 200, 300, None),
        PictureRendition(640, 360, 1, 800, 1600, None),
    )
    return PictureLadder(rate, (low, high))


def planned(reel: Reel, ladder: PictureLadder) -> list[tuple[RungChunk, ...]]:
    return [plan_still_chunk(reel, chunk, ladder, ENCODING, {}, sheet=SHEET) for chunk in reel.chunks(())]


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


@given(still_edits(), st.sampled_from(RATES), st.sampled_from((1, 2)))
def test_every_picture_shows_what_the_reel_shows_then(edit: Edit, rate: FrameRate, every: int) -> None:
    ladder = ladder_at(rate, every)
    reel = Reel.of(edit, ladder.grid)
    if not reel.frames:
        return
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
    assert [rungs[0].held.begins[0] for rungs in chunks if rungs[0].held] == [one.first for one in reel.chunks(())]


@given(still_edits(), st.sampled_from(RATES))
def test_segments_begin_where_those_of_a_film_do(edit: Edit, rate: FrameRate) -> None:
    ladder = ladder_at(rate, 1)
    reel = Reel.of(edit, ladder.grid)
    if not reel.frames:
        return
    for chunk, rungs in zip(reel.chunks(()), planned(reel, ladder), strict=True):
        for rung in rungs:
            assert rung.held is not None
            assert tuple(rung.held.begins[border] for border in rung.borders) == chunk.borders
            assert rung.node.keyframes == tuple(range(rung.node.frames))
            assert all(end - begin <= reel.grid.dense for begin, end in pairwise(rung.held.begins))


def test_a_still_reel_says_the_level_that_its_films_have() -> None:
    ladder = ladder_at(FrameRate(Fraction(60)), 1)
    reel = Reel.of(Edit("cards", (Card(("a",), Fraction(4)),)), ladder.grid)
    (still,), (chunk,) = planned(reel, ladder), reel.chunks(())
    moving = plan_chunk(reel, chunk, ladder, ENCODING, {}, shots=(0,), qualities=None, sheet=SHEET)
    for rung, other in zip(still, moving, strict=False):
        assert isinstance(rung.node.encoder, RungX264) and isinstance(other.node.encoder, RungX264)
        assert (rung.node.encoder.level, rung.node.rate) == (other.node.encoder.level, other.node.rate)
        # A picture that is shown for a second may take what a second of film may.
        assert rung.node.encoder.bufsize_kbit == other.node.encoder.bufsize_kbit
        assert rung.node.encoder.maxrate_kbps == other.node.encoder.maxrate_kbps * rung.node.rate.fps


def test_a_reel_with_any_film_moves() -> None:
    ladder = ladder_at(FrameRate(Fraction(24)), 1)
    card, film = Card(("a",), Fraction(2)), MasterSpan("m", Span(Fraction(0), Fraction(1)))
    assert is_still(Reel.of(Edit("cards", (card, Gap(Fraction(1)))), ladder.grid))
    assert not is_still(Reel.of(Edit("with a film", (card, film)), ladder.grid))
