"""Edits that show the same in part share the pieces that they are joined from, and no second is in two of them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, frame_lengths, merged
from pipeline.plan.pieces import in_whole_frames, keeps_time, share_pieces
from pipeline.timebase import FrameRate, Span

MAIN, OTHER = "a" * 64, "b" * 64
S = Fraction


def film(start: int | Fraction, end: int | Fraction, master: str = MAIN) -> MasterSpan:
    return MasterSpan(master, Span(Fraction(start), Fraction(end)))


def card(name: str, seconds: int | Fraction = 3) -> Card:
    return Card((name,), Fraction(seconds))


def lasting(edit: Edit) -> Fraction:
    return edit.duration


def test_regions_share_the_body_and_each_has_its_card_and_ending() -> None:
    edits = [Edit(one, (card(one), film(10, 44), film(0, 8, f"{n:064x}"))) for n, one in enumerate("abcdefghij")]
    pieces = share_pieces(edits)
    assert all(len(of) == 3 for of in pieces.of)
    assert len({of[1] for of in pieces.of}) == 1
    assert sum(map(lasting, pieces.distinct), Fraction(0)) == 34 + 10 * (3 + 8)


def test_a_shorter_addition_is_followed_by_more_of_the_same_body() -> None:
    long = Edit("long", (card("x", 3), film(10, 44), card("end", 8)))
    short = Edit("short", (card("y", 3), film(10, 50), card("fin", 2)))
    of_long, of_short = share_pieces([long, short]).of
    assert of_long[1] == of_short[1] and of_long[1].parts == (film(10, 44),)
    assert of_short[2].parts == (film(44, 50), card("fin", 2))


def test_edits_that_share_nothing_are_one_piece_each_and_equal_edits_are_one() -> None:
    one, other = Edit("one", (film(0, 5), card("a"))), Edit("other", (film(5, 9), card("b")))
    assert [len(of) for of in share_pieces([one, other]).of] == [1, 1]
    assert share_pieces([one, one]).of[0] == share_pieces([one, one]).of[1]
    assert len(share_pieces([one, one]).distinct) == 1


def test_a_piece_that_is_too_short_belongs_to_a_neighbour() -> None:
    edits = [Edit(one, (card(one, Fraction(1, 2)), film(0, 30))) for one in ("a", "b")]
    assert [len(of) for of in share_pieces(edits).of] == [2, 2]
    assert [len(of) for of in share_pieces(edits, least=S(2)).of] == [1, 1]


spans = st.tuples(st.integers(0, 30), st.integers(1, 20), st.sampled_from([MAIN, OTHER]))
some_parts = st.one_of(
    spans.map(lambda one: film(one[0], one[0] + one[1], one[2])),
    st.sampled_from([card("a"), card("b"), card("c", 2)]),
    st.integers(1, 3).map(lambda seconds: Gap(Fraction(seconds))),
)
some_edits = st.lists(some_parts, min_size=1, max_size=5).map(lambda parts: Edit("edit", tuple(parts)))


@given(st.lists(some_edits, min_size=1, max_size=4), st.sampled_from([S(0), S(1), S(4)]))
@settings(max_examples=200)
def test_pieces_one_after_another_are_the_edit(edits: list[Edit], least: Fraction) -> None:
    found = share_pieces(edits, least=least)
    for edit, pieces in zip(edits, found.of, strict=True):
        joined = merged(Edit("joined", tuple(part for piece in pieces for part in piece.parts)))
        assert joined.parts == merged(edit).parts
        assert all(piece.duration >= least for piece in pieces) or len(pieces) == 1


@given(st.lists(some_edits, min_size=2, max_size=4))
def test_whatever_two_edits_both_begin_with_after_a_card_is_shared(edits: list[Edit]) -> None:
    body = film(100, 130)
    varied = [Edit(f"{n}", (card(f"only {n}"), body, *edit.parts)) for n, edit in enumerate(edits)]
    found = share_pieces(varied)
    assert all(any(piece.parts == (body,) for piece in pieces) for pieces in found.of) or _goes_on(varied)


def _goes_on(edits: list[Edit]) -> bool:
    """Return whether all go on with the same after the body, so that both are one piece."""
    after = [part for edit in edits for part in merged(edit).parts[2:3]]
    return len({(part.master, part.span.start) if isinstance(part, MasterSpan) else part for part in after}) == 1


rates = st.sampled_from(
    [FrameRate.parse(text) for text in ("24", "24000/1001", "25", "30000/1001", "30", "60", "50/3")]
)
fractions = st.fractions(min_value=Fraction(1, 5), max_value=40, max_denominator=1001)


@given(rates, st.lists(fractions, min_size=1, max_size=4), fractions, fractions)
def test_what_is_shared_has_as_many_frames_wherever_it_stands(
    rate: FrameRate, cards: list[Fraction], start: Fraction, length: Fraction
) -> None:
    body = film(start, start + length)
    edits = [Edit(f"{n}", (card(f"{n}", seconds), body)) for n, seconds in enumerate(cards)]
    whole = [in_whole_frames(edit, rate) for edit in edits]
    assert len({one.parts[-1] for one in whole}) == 1
    for edit, one in zip(edits, whole, strict=True):
        frames = frame_lengths(one, rate)
        assert [rate.time_of(count) for count in frames] == [part.duration for part in one.parts]
        expected = rate.frames_within(edit.duration)
        assert sum(frames) == expected or sum(frames) == 1 + rate.nearest_frame(length) > expected
    assert len({pieces[-1] for pieces in share_pieces(whole).of}) == 1


@given(rates, st.lists(some_parts, min_size=1, max_size=4))
def test_a_bed_stays_as_long_as_what_is_over_it(rate: FrameRate, parts: list[Part]) -> None:
    length = sum((part.duration for part in parts), Fraction(0))
    tail = min(length / 2, Fraction(1, 100))  # less than what whole frames may take
    edit = Edit("montage", tuple(parts), (film(0, length - tail), film(50, 50 + tail, OTHER)))
    whole = in_whole_frames(edit, rate)  # a bed of another length raises
    assert sum((part.duration for part in whole.bed), Fraction(0)) == whole.duration


def test_pictures_of_many_passages_that_would_run_ahead_of_their_bed_are_not_parted() -> None:
    rate, at_film = FrameRate.parse("30"), FrameRate.parse("24")
    spans = tuple(MasterSpan(MAIN, Span.of_frames(start, start + 21, at_film)) for start in range(1, 961, 24))
    montage = Edit("montage", spans, (film(0, sum((span.duration for span in spans), Fraction(0)), OTHER),))
    assert not keeps_time(montage, rate) and keeps_time(montage, at_film)
    assert montage.duration - in_whole_frames(montage, rate).duration > Fraction(1, 2)
    moment = Edit("moment", (MasterSpan(MAIN, Span.of_frames(1, 22, at_film)),))
    assert keeps_time(moment, rate)


off_grid = st.tuples(st.fractions(min_value=0, max_value=30, max_denominator=1001), fractions)
whole_or_not = st.one_of(
    off_grid.map(lambda one: film(one[0], one[0] + one[1])), fractions.map(lambda seconds: card("any", seconds))
)


@given(rates, st.lists(st.lists(whole_or_not, min_size=1, max_size=4), min_size=2, max_size=3), st.sampled_from([0, 1]))
@settings(max_examples=200)
def test_every_piece_is_in_whole_frames_of_what_its_edit_shows(
    rate: FrameRate, edits: list[list[Part]], least: int
) -> None:
    given_edits = [Edit("edit", tuple(parts)) for parts in edits]
    whole = [in_whole_frames(edit, rate) for edit in given_edits]
    for pieces in share_pieces(whole, least=S(least)).of:
        assert all(rate.time_of(rate.nearest_frame(piece.duration)) == piece.duration for piece in pieces)
    for edit, one in zip(given_edits, whole, strict=True):
        held = [part.span for part in merged(edit).parts if isinstance(part, MasterSpan)]
        for part in one.parts:
            if isinstance(part, MasterSpan):
                assert any(span.start <= part.span.start and part.span.end <= span.end for span in held)
