"""Reels are cut on a grid that all renditions share, and an edit plays a film's own segments wherever it can."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades, excerpt, frame_lengths, merged
from pipeline.errors import PlanError
from pipeline.plan.reels import SEGMENTS_PER_CHUNK, Grid, Reel, Section, plan_sections
from pipeline.timebase import FrameRate, Span

RATES = [FrameRate(Fraction(fps)) for fps in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60",
                                              "15", "12", "23", "47952/1001")]  # fmt: skip
GRIDS = [Grid(rate, step, chunk) for rate in RATES for step in (1, 2) for chunk in (1, 5)]
grids = st.sampled_from(GRIDS)
FILM = "a" * 64


def film_edit(frames: int, rate: FrameRate) -> Edit:
    return Edit("film", (MasterSpan(FILM, Span(Fraction(0), rate.time_of(frames))),))


@given(grids, st.integers(1, 20_000), st.data())
def test_segments_and_chunks_cover_a_reel_without_gap_and_begin_with_key_pictures(
    grid: Grid, frames: int, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, frames), max_size=30))
    reel = Reel.of(film_edit(frames, grid.rate), grid)
    assert reel.frames % grid.step == 0 and 0 <= frames - reel.frames < grid.step
    if not reel.frames:
        return
    assert reel.borders[0] == 0 and reel.borders[-1] == reel.frames
    assert all(border % grid.step == 0 for border in reel.borders)
    chunks = reel.chunks(cuts)
    assert [chunk.first for chunk in chunks[1:]] == [chunk.end for chunk in chunks[:-1]]
    assert tuple(border for chunk in chunks for border in chunk.borders[:-1]) == reel.borders[:-1]
    assert [number for chunk in chunks for number in chunk.segments] == [*range(len(reel.borders) - 1)]
    assert all(len(chunk.segments) == grid.chunk for chunk in chunks[:-1]) and len(chunks[-1].segments) <= grid.chunk
    keyframes = [frame for chunk in chunks for frame in chunk.keyframes]
    assert keyframes == sorted(set(keyframes)) and keyframes[0] == 0
    assert set(reel.borders[:-1]) <= set(keyframes) and all(frame % grid.step == 0 for frame in keyframes)
    assert all(after - before <= grid.keyframe for before, after in pairwise((*keyframes, reel.frames)))


@given(grids, st.integers(1, 20_000))
def test_segments_last_six_seconds_but_for_the_last_which_is_never_tiny_or_much_longer(grid: Grid, frames: int) -> None:
    reel = Reel.of(film_edit(frames + 1, grid.rate), grid)
    *most, last = [grid.rate.time_of(after - before) for before, after in pairwise(reel.borders)]
    assert all(seconds == grid.rate.time_of(grid.segment) for seconds in most)
    assert abs(grid.rate.time_of(grid.segment) - 6) <= Fraction(3, 2) * grid.step / grid.rate.fps
    assert last < grid.rate.time_of(grid.segment) + Fraction(1, 2)
    assert last >= Fraction(1, 2) or not most


@pytest.mark.parametrize(("fps", "frames"), [("24", 144), ("24000/1001", 144), ("25", 150), ("30000/1001", 180),
                                             ("60", 360), ("50", 300)])  # fmt: skip
def test_a_segment_is_as_many_frames_as_people_expect(fps: str, frames: int) -> None:
    grid = Grid(FrameRate.parse(fps), 1)
    assert (grid.segment, grid.keyframe) == (frames, frames // 3)


@pytest.mark.parametrize(
    ("fps", "step", "frames"),
    [("24", 1, 24), ("24000/1001", 1, 24), ("25", 1, 25), ("30000/1001", 1, 30), ("50", 2, 50), ("60", 2, 60),
     ("12", 1, 12), ("5", 1, 5), ("1", 1, 1), ("3/2", 1, 1), ("25/2", 1, 5), ("75/2", 2, 37), ("59/2", 1, 59)],
)  # fmt: skip
def test_dense_key_pictures_are_a_second_apart_where_the_grid_has_such_a_share(
    fps: str, step: int, frames: int
) -> None:
    assert Grid(FrameRate.parse(fps), step).dense == frames


@given(st.fractions(1, 60, max_denominator=1001), st.integers(1, 4))
def test_dense_key_pictures_lie_on_every_keyframe_of_the_grid(fps: Fraction, step: int) -> None:
    grid = Grid(FrameRate(fps), step)
    assert grid.keyframe % grid.dense == 0
    apart = grid.rate.time_of(grid.dense)
    assert grid.dense == grid.keyframe or Fraction(1, 4) <= apart <= 1 + grid.rate.frame_duration / 2


def test_a_shot_begins_with_a_key_picture_unless_one_is_right_beside_it() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    reel = Reel.of(film_edit(240, grid.rate), grid)
    assert reel.keyframes([20, 45, 53, 60, 62, 100]) == (0, 20, 48, 60, 96, 144, 192)


def test_a_shot_on_a_frame_that_not_all_renditions_show_begins_with_the_next() -> None:
    grid = Grid(FrameRate(Fraction(60)), 2)
    reel = Reel.of(film_edit(600, grid.rate), grid)
    assert 62 in reel.keyframes([61])


def test_a_whole_film_is_one_section() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(500, grid.rate)
    (section,) = plan_sections(film, grid, {FILM: film})
    assert section == Section(Reel.of(film, grid), 0, 4)


def test_a_variant_of_a_film_plays_its_segments_between_sections_of_its_own() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(100 * 24, grid.rate)
    span = MasterSpan(FILM, Span(Fraction(3), Fraction(99)))
    edit = Edit("variant", (Card(("A title",), Fraction(3)), span, Gap(Fraction(2))))
    first, shared, last = plan_sections(edit, grid, {FILM: film})
    assert (shared.reel.edit, shared.first, shared.end) == (film, 1, 16)
    assert first.reel.edit.parts == (Card(("A title",), Fraction(3)), MasterSpan(FILM, Span(Fraction(3), Fraction(6))))
    assert last.reel.edit.parts == (MasterSpan(FILM, Span(Fraction(96), Fraction(99))), Gap(Fraction(2)))
    assert [one.frames for one in (first, shared, last)] == [144, 90 * 24, 120]


def test_no_section_shows_some_pictures_of_a_film_beside_its_segments() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(3000, grid.rate)
    edit = Edit("variant", (MasterSpan(FILM, Span.of_frames(143, 2882, grid.rate)),))
    sections = plan_sections(edit, grid, {FILM: film})
    assert [one.frames for one in sections] == [145, 2448, 146]
    assert on_screen(sections, grid.rate) == shown(film, grid.rate)[143:2882]


def test_a_short_piece_of_a_film_is_encoded_with_the_edit() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(1000 * 24, grid.rate)
    edit = Edit("highlight", (MasterSpan(FILM, Span(Fraction(100), Fraction(145))),))
    (section,) = plan_sections(edit, grid, {FILM: film})
    assert section.reel.edit == edit


def test_an_edit_with_a_bed_is_encoded_whole() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(1000 * 24, grid.rate)
    span = MasterSpan(FILM, Span(Fraction(0), Fraction(900)))
    edit = Edit("montage", (span,), bed=(Gap(Fraction(900)),))
    (section,) = plan_sections(edit, grid, {FILM: film})
    assert section.reel.edit == edit


@pytest.mark.parametrize("fades", [SoundFades(Fraction(1, 4), Fraction(0)), SoundFades(Fraction(0), Fraction(1, 4))])
def test_what_is_faded_is_encoded_with_the_edit_and_what_stands_beside_it_is_not(fades: SoundFades) -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(1000 * 24, grid.rate)
    span = MasterSpan(FILM, Span(Fraction(0), Fraction(900)))
    (section,) = plan_sections(Edit("faded", (span,), fades=fades), grid, {FILM: film})
    assert section.reel.edit.parts == (span,) and section.reel.edit.fades == fades
    told = replace(span, programme=Programme("one", fades)), replace(span, programme=Programme("other"))
    own, shared = plan_sections(Edit("block", told), grid, {FILM: film})
    assert own.reel.edit.parts == told[:1] and shared.reel.edit == film
    still = replace(span, programme=Programme("one", SoundFades(Fraction(0), Fraction(0))))
    (shared,) = plan_sections(Edit("block", (still,), fades=fades), grid, {FILM: film})
    assert shared.reel.edit == film


def test_a_section_of_a_film_has_the_captions_that_the_edit_names() -> None:
    grid = Grid(FrameRate(Fraction(24)), 1)
    film = film_edit(1000 * 24, grid.rate)
    span = MasterSpan(FILM, Span(Fraction(0), Fraction(900)), captions="es.srt")
    (section,) = plan_sections(Edit("edit", (span,)), grid, {FILM: film})
    assert section.reel.edit == film and section.captions == "es.srt"


lengths = st.fractions(Fraction(1, 100), Fraction(40), max_denominator=100)
off_the_grid = st.one_of(
    st.builds(lambda at, length: MasterSpan("b" * 64, Span(at, at + length)), lengths, lengths), lengths.map(Gap)
)


def shown(edit: Edit, rate: FrameRate) -> list[Fraction | None]:
    """Return what of its film each frame of an edit shows; None is black."""
    found: list[Fraction | None] = []
    for part, frames in zip(edit.parts, frame_lengths(edit, rate), strict=True):
        start = part.span.start if isinstance(part, MasterSpan) else None
        found += (None if start is None else start + rate.time_of(frame) for frame in range(frames))
    return found


@given(grids, st.lists(off_the_grid, min_size=1, max_size=6).map(tuple))
def test_chunks_show_what_the_edit_shows_also_where_parts_end_between_frames(
    grid: Grid, parts: tuple[Part, ...]
) -> None:
    edit = Edit("edit", parts)
    if grid.rate.frames_within(edit.duration) < grid.step:
        return
    (section,) = plan_sections(edit, grid, {})
    reel = section.reel
    spans = (Span.of_frames(chunk.first, chunk.end, grid.rate) for chunk in reel.chunks(()))
    of_chunks = [frame for span in spans for frame in shown(excerpt(reel.edit, span), grid.rate)]
    assert of_chunks == shown(edit, grid.rate)[: reel.frames]


def on_screen(sections: tuple[Section, ...], rate: FrameRate) -> list[Fraction | None]:
    return [
        frame
        for section in sections
        for frame in shown(section.reel.edit, rate)[section.borders[0] : section.borders[-1]]
    ]


left_out = st.tuples(st.integers(0, 400), st.integers(0, 400))
"""Frames of a film before and after what is played of it."""


@given(
    st.sampled_from([grid for grid in GRIDS if grid.step == 1]),
    st.lists(st.one_of(left_out, off_the_grid), min_size=1, max_size=5),
)
def test_nothing_is_lost_where_a_films_segments_begin_and_end(
    grid: Grid, told: list[tuple[int, int] | MasterSpan | Gap]
) -> None:
    frames = 14 * grid.segment + 77
    film = film_edit(frames, grid.rate)
    parts: list[Part] = []
    for one in told:
        if isinstance(one, tuple):
            one = MasterSpan(FILM, Span.of_frames(one[0], frames - one[1], grid.rate))
        parts.append(one)
    edit = merged(Edit("edit", tuple(parts)))
    if grid.rate.frames_within(edit.duration):
        assert on_screen(plan_sections(edit, grid, {FILM: film}), grid.rate) == shown(edit, grid.rate)


def test_what_no_reel_of_half_the_rate_can_show_is_missing_at_its_beginning_where_a_film_goes_on() -> None:
    grid = Grid(FrameRate(Fraction(60)), 2)
    film = film_edit(9000, grid.rate)
    own, films = plan_sections(
        Edit("edit", (MasterSpan(FILM, Span.of_frames(5, 9000, grid.rate)),)), grid, {FILM: film}
    )
    assert own.reel.edit.spans[0].span.frames(grid.rate) == (6, 360)
    assert on_screen((own, films), grid.rate) == shown(film, grid.rate)[6:]


@given(grids, st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 9000)), min_size=1, max_size=6), st.data())
def test_sections_play_what_the_edit_plays(grid: Grid, spans: list[tuple[int, int]], data: st.DataObject) -> None:
    film = film_edit(9000, grid.rate)
    parts = []
    for first, length in spans:
        end = min(9000, first + length)
        if end > first:
            parts.append(MasterSpan(FILM, Span.of_frames(first, end, grid.rate)))
        if data.draw(st.booleans()):
            parts.append(Gap(grid.rate.time_of(data.draw(st.integers(1, 200)))))
    if not parts:
        return
    edit = Edit("edit", tuple(parts))
    try:
        sections = plan_sections(edit, grid, {FILM: film})
    except PlanError:
        assert grid.rate.frames_within(edit.duration) < grid.step
        return
    whole = grid.rate.frames_within(edit.duration)
    frames = sum(section.frames for section in sections)
    # Where renditions show every second frame only, each join may cost one that not all of them show.
    assert 0 <= whole - frames < grid.step * (2 * len(sections) + 1)
    for section in sections:
        assert 0 <= section.first < section.end < len(section.reel.borders)
        if section.reel.edit == film and len(sections) > 1:
            assert section.end - section.first >= 2 * SEGMENTS_PER_CHUNK or section.reel.borders == section.borders
