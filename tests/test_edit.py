"""Edits are cut and joined as values, and their frames add up without rounding ever adding up."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import (
    Card,
    Edit,
    Gap,
    MasterSpan,
    Part,
    Programme,
    SoundFades,
    frame_lengths,
    heard,
    joined,
    merged,
    shortened,
)
from pipeline.timebase import STANDARD_RATES, FrameRate, Span

times = st.fractions(min_value=0, max_value=600, max_denominator=48_000)
rates = st.sampled_from([FrameRate(fps) for fps in STANDARD_RATES])


def _span(start: Fraction, length: Fraction) -> Part:
    return MasterSpan("a" * 64, Span(start, start + length), framing="f", captions="c")


parts = st.one_of(
    st.builds(_span, times, times), st.builds(Gap, times), st.builds(lambda length: Card(("Title",), length), times)
)


def _edit(made: list[Part], has_bed: bool) -> Edit:
    edit = Edit("e", tuple(made))
    bed = MasterSpan("b" * 64, Span(Fraction(3), 3 + edit.duration))
    return Edit("e", edit.parts, (bed,)) if has_bed and made else edit


edits = st.builds(_edit, st.lists(parts, max_size=12), st.booleans())


@given(edits, rates)
def test_frames_add_up_to_what_fits_and_every_join_is_on_the_nearest_frame(edit: Edit, rate: FrameRate) -> None:
    lengths = frame_lengths(edit, rate)
    total = rate.frames_within(edit.duration)
    assert len(lengths) == len(edit.parts) and sum(lengths) == total and all(length >= 0 for length in lengths)
    exact_ends = accumulate(part.duration for part in edit.parts)
    for end, exact in zip(accumulate(lengths), exact_ends, strict=True):
        assert abs(end - exact * rate.fps) <= Fraction(1, 2) or end == total
        assert abs(end - exact * rate.fps) < 1


@given(st.integers(1, 400), st.lists(st.integers(1, 200), min_size=1, max_size=30), rates)
def test_parts_on_the_rates_own_frames_keep_their_lengths(first: int, lengths: list[int], rate: FrameRate) -> None:
    made = Edit("e", tuple(MasterSpan("m", Span.of_frames(first, first + length, rate)) for length in lengths))
    assert frame_lengths(made, rate) == tuple(lengths)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30), st.integers(2, 5))
def test_at_a_divided_rate_no_part_shows_more_than_it_has(lengths: list[int], divisor: int) -> None:
    rate = FrameRate(Fraction(60000, 1001))
    made = Edit("e", tuple(MasterSpan("m", Span.of_frames(7, 7 + length, rate)) for length in lengths))
    shown = frame_lengths(made, FrameRate(rate.fps / divisor))
    # The last picture of a part, every divisor-th from its first on, is still one of its own.
    assert all(count == 0 or (count - 1) * divisor < length for count, length in zip(shown, lengths, strict=True))


@given(edits, times)
def test_a_shortened_edit_is_its_own_beginning(edit: Edit, seconds: Fraction) -> None:
    short = shortened(edit, seconds)
    assert short.duration == min(seconds, edit.duration) and short.name == edit.name
    assert short.parts[:-1] == edit.parts[: len(short.parts)][:-1]
    if short.parts:
        last, original = short.parts[-1], edit.parts[len(short.parts) - 1]
        assert type(last) is type(original) and last.duration <= original.duration
        if isinstance(last, MasterSpan) and isinstance(original, MasterSpan):
            assert last.span.start == original.span.start and last.captions == original.captions
    assert shortened(short, seconds) == short


@given(edits)
def test_an_edit_is_not_changed_by_a_length_it_does_not_reach(edit: Edit) -> None:
    assert shortened(edit, edit.duration + 1) == edit
    assert shortened(edit, edit.duration).duration == edit.duration
    assert shortened(edit, Fraction(-1)).parts == shortened(edit, Fraction(0)).parts == ()


@settings(deadline=None)
@given(edits, edits, edits)
def test_joining_adds_durations_and_keeps_the_order(one: Edit, two: Edit, three: Edit) -> None:
    whole = joined("whole", one, two, three)
    assert whole.duration == one.duration + two.duration + three.duration and whole.name == "whole"
    assert joined("whole", joined("x", one, two), three) == whole == joined("whole", one, joined("y", two, three))


def test_masters_come_in_order_of_first_use() -> None:
    span = Span(Fraction(0), Fraction(1))
    made = Edit("e", (MasterSpan("b", span), Gap(Fraction(1)), MasterSpan("a", span), MasterSpan("b", span)))
    assert made.masters == ("b", "a")


@given(edits)
def test_merging_plays_the_same_with_fewer_parts(edit: Edit) -> None:
    short = merged(edit)
    assert short.duration == edit.duration and short.masters == tuple(
        dict.fromkeys(span.master for span in edit.spans if span.duration)
    )
    assert len(short.parts) <= len(edit.parts) and merged(short) == short


def test_spans_that_go_on_become_one_and_others_stay() -> None:
    one, two, three = (MasterSpan("a", Span(Fraction(start), Fraction(start + 1))) for start in (0, 1, 5))
    elsewhere = MasterSpan("b", Span(Fraction(2), Fraction(3)))
    framed = MasterSpan("a", Span(Fraction(2), Fraction(3)), framing="f")
    assert merged(Edit("e", (one, two, three))).parts == (MasterSpan("a", Span(Fraction(0), Fraction(2))), three)
    for other in (elsewhere, framed, Gap(Fraction(1))):
        assert merged(Edit("e", (one, two, other))).parts[1] == other


@given(st.lists(edits, max_size=4), times)
def test_every_edit_is_heard_as_long_as_it_is_seen(several: list[Edit], seconds: Fraction) -> None:
    whole = joined("all", *several)
    for edit in (whole, shortened(whole, seconds), merged(whole)):
        assert heard(edit).duration == edit.duration
    assert set(whole.masters) == {master for edit in several for master in edit.masters}


def test_an_edit_that_is_joined_sounds_as_it_did_alone() -> None:
    film, bed = MasterSpan("f", Span(Fraction(0), Fraction(4))), MasterSpan("m", Span(Fraction(9), Fraction(13)))
    fades = SoundFades(Fraction(0), Fraction(1))
    whole = joined("all", Edit("a", (film,), (bed,)), Edit("b", (Card(("Title",), Fraction(2)), film), fades=fades))
    first, second = Programme("a"), Programme("b", fades)
    assert heard(whole).parts == (replace(bed, programme=first), Gap(Fraction(2)), replace(film, programme=second))
    assert shortened(whole, Fraction(3)).bed == (MasterSpan("m", Span(Fraction(9), Fraction(12)), programme=first),)


def test_programmes_that_an_edit_tells_apart_stay_so_when_it_is_joined() -> None:
    film = MasterSpan("f", Span(Fraction(0), Fraction(4)))
    ending = replace(film, programme=Programme("ending"))
    fades = SoundFades(Fraction(1), Fraction(1))
    whole = joined("all", Edit("a", (film, ending), fades=fades))
    assert [part.programme for part in whole.spans] == [Programme("a", fades), Programme("ending", fades)]
    assert len(merged(Edit("e", (film, replace(ending, span=Span(Fraction(4), Fraction(5)))))).parts) == 2


def test_a_bed_of_another_length_than_the_pictures_is_refused() -> None:
    film = MasterSpan("f", Span(Fraction(0), Fraction(4)))
    with pytest.raises(ValueError, match="a bed of 2 s cannot lie under parts of 4 s"):
        Edit("a", (film,), (Gap(Fraction(2)),))
