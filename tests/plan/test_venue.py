"""A block becomes pieces that lie end to end on frames, and a film is the same piece wherever it stands."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, Gap, MasterSpan, Part, Programme, merged
from pipeline.errors import PlanError
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import SAMPLE_RATE_HZ, FilmPicture, ProRes
from pipeline.plan.clips import Film
from pipeline.plan.shots import Timeline
from pipeline.plan.venue import VenueFormat, VenueParts, plan_venue, venue_lengths
from pipeline.timebase import STANDARD_RATES, FrameRate, Span

RATES = [FrameRate(fps) for fps in STANDARD_RATES if 23 < fps <= 60]
GAP = Gap(Fraction(2))


def film(name: str, rate: FrameRate, frames: int) -> Film:
    colour = Colour(None, None, None, None)
    picture = PictureFacts(
        0, "h264", 1920, 1080, Fraction(1), 0, "yuv420p", 8, colour, "progressive", rate, Fraction(0), None
    )
    sound = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True)
    facts = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, rate.time_of(frames), picture, (sound,), ())
    return Film(name, facts, Timeline(rate, frames))


def whole(one: Film) -> MasterSpan:
    return MasterSpan(one.digest, Span(Fraction(0), one.timeline.duration), programme=Programme(one.digest))


def planned(form: VenueFormat, films: list[Film], parts: tuple[Part, ...]) -> VenueParts:
    return plan_venue(Edit("block", parts), form, {one.digest: one for one in films}, {}, sheet=None)


films = st.lists(st.tuples(st.sampled_from(RATES), st.integers(1, 200_000)), min_size=1, max_size=5).map(
    lambda told: [film(f"film {number}", *one) for number, one in enumerate(told)]
)
gaps = st.fractions(Fraction(1, 10), Fraction(8), max_denominator=1001).map(Gap)
formats = st.builds(VenueFormat, rate=st.sampled_from(RATES), codec=st.sampled_from(["h264", "prores"]))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[list[Film], tuple[Part, ...]]:
    shown = draw(films)
    parts = [part for one in shown for part in (*draw(st.lists(gaps, max_size=2)), whole(one))]
    return shown, (*parts, *draw(st.lists(gaps, max_size=2)))


@given(blocks(), formats)
def test_pieces_lie_end_to_end_and_have_as_many_frames_as_fit(
    block: tuple[list[Film], tuple[Part, ...]], form: VenueFormat
) -> None:
    shown, parts = block
    edit = Edit("block", parts)
    if not form.rate.frames_within(edit.duration):
        return
    plan = planned(form, shown, parts)
    assert plan.frames == form.rate.frames_within(edit.duration)
    at = Fraction(0)
    for piece in plan.pieces:
        assert piece.span.start == at
        at += form.rate.time_of(sum(node.frames for node in piece.pictures))
        assert piece.span.end == at
    assert 0 <= Fraction(plan.sound.samples, SAMPLE_RATE_HZ) - at < Fraction(1, SAMPLE_RATE_HZ)
    assert [one.start for one in plan.chapters] == sorted({Fraction(0), *(one.span.start for one in plan.films)})
    if form.codec == "prores":
        assert {node.encoder for node in plan.pictures} == {ProRes()}


@given(blocks(), formats, gaps)
def test_a_film_is_encoded_alike_wherever_it_stands(
    block: tuple[list[Film], tuple[Part, ...]], form: VenueFormat, before: Gap
) -> None:
    shown, parts = block
    edit = Edit("block", (before, *parts, GAP))
    alone = {
        one.digest: planned(form, [one], (whole(one), GAP)).films[0].pictures
        for one in shown
        if form.rate.nearest_frame(one.timeline.duration)
    }
    there = {piece.title: piece.pictures for piece in planned(form, shown, edit.parts).films}
    assert there == alone


@given(blocks(), st.sampled_from(RATES))
def test_no_part_is_more_than_a_frame_longer_or_shorter_than_it_is_but_the_last_gaps(
    block: tuple[list[Film], tuple[Part, ...]], rate: FrameRate
) -> None:
    edit = merged(Edit("block", block[1]))
    lengths = venue_lengths(edit, rate)
    assert sum(lengths) == rate.frames_within(edit.duration) and min(lengths) >= 0
    # Joins are on the frames nearest to their times; the end, where a film has it, on the last that is whole.
    for number, (part, length) in enumerate(zip(edit.parts, lengths, strict=True), 1):
        if isinstance(part, MasterSpan):
            assert abs(length - part.duration * rate.fps) <= (1 if number < len(lengths) else Fraction(3, 2))


def test_a_long_film_is_encoded_in_pieces_of_whole_seconds() -> None:
    long = film("long", FrameRate(Fraction(24)), 24 * 610 + 7)
    pieces = planned(VenueFormat(), [long], (whole(long), GAP)).films[0].pictures
    assert len(pieces) == 11
    at = Fraction(0)
    for node in pieces:
        (part,) = node.parts
        assert isinstance(part, FilmPicture)
        assert part.start == at and at.denominator == 1 and part.frames == node.frames
        assert at == 0 or part.seek == at - 1
        at += Fraction(node.frames, 25)
    assert sum(node.frames for node in pieces) == round(Fraction(24 * 610 + 7, 24) * 25)
    assert len({node.encoder for node in pieces}) == 1


def test_where_no_second_is_whole_frames_a_film_of_another_rate_is_encoded_in_one() -> None:
    ntsc = FrameRate(Fraction(30000, 1001))
    other, same = film("other", FrameRate(Fraction(24)), 24 * 300), film("same", ntsc, 30 * 300)
    plan = planned(VenueFormat(rate=ntsc), [other, same], (whole(other), GAP, whole(same), GAP))
    assert [len(piece.pictures) for piece in plan.films] == [1, 6]


def test_a_film_that_plays_twice_is_one_piece_twice() -> None:
    one = film("one", FrameRate(Fraction(24)), 500)
    first, again = planned(VenueFormat(), [one], (whole(one), GAP, whole(one), GAP)).films
    assert first.pictures == again.pictures and first.span.end < again.span.start


def test_more_films_than_a_file_lists_are_refused() -> None:
    one = film("one", FrameRate(Fraction(25)), 25)
    with pytest.raises(PlanError, match="300 chapters, and a file lists at most 255"):
        planned(VenueFormat(), [one], tuple(part for _ in range(300) for part in (whole(one), GAP)))


def test_a_bed_is_heard_instead_and_as_long_as_the_pictures() -> None:
    seen, heard = film("seen", FrameRate(Fraction(24)), 97), film("heard", FrameRate(Fraction(24)), 500)
    edit = Edit("block", (GAP, whole(seen), GAP), (MasterSpan("heard", Span(Fraction(0), Fraction(97, 24) + 4)),))
    plan = plan_venue(edit, VenueFormat(), {one.digest: one for one in (seen, heard)}, {"seen": "Seen"}, sheet=None)
    assert [programme is not None for programme in plan.sound.programmes] == [True]
    assert plan.sound.samples == plan.frames * 48000 // 25
    assert [one.title for one in plan.chapters] == ["block", "seen"]
