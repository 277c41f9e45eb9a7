"""Every rendition of a chunk has all of its frames: each at its shot's quality, keyframes where shots begin."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, Gap
from pipeline.ladders import Encoding
from pipeline.plan.chunks import RungChunk, plan_chunk, plan_key_chunk, scale_ways
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import Grid, Reel
from pipeline.timebase import FrameRate
from tests.moving_reels import MovingReel

ENCODING = Encoding(preset="veryfast", references=1, b_frames=2)
LOW, HIGH = PictureRendition(320, 180, 2, 200, 300, None), PictureRendition(640, 360, 1, 800, 1600, None)
LADDER = PictureLadder(FrameRate(Fraction(60)), (LOW, HIGH))
GRID = Grid(LADDER.rate, LADDER.slowest)


def reel_of(frames: int) -> Reel:
    return MovingReel.of(Edit("black", (Gap(GRID.rate.time_of(frames)),)), GRID)


def quality(*crfs: int, peak_kbps: int = 1600) -> RungQuality:
    told = tuple(map(Fraction, crfs))
    return RungQuality(90, told, ("target",) * len(told), 100, peak_kbps)


def planned(reel: Reel, shots: tuple[int, ...], crfs: tuple[int, ...] | None) -> list[tuple[RungChunk, ...]]:
    found = None if crfs is None else {one.name: quality(*crfs) for one in LADDER.renditions}
    return [
        plan_chunk(reel, chunk, LADDER, ENCODING, {}, shots=shots, qualities=found) for chunk in reel.chunks(shots[1:])
    ]


@given(st.integers(2, 8000), st.lists(st.tuples(st.integers(1, 7999), st.integers(16, 38)), max_size=12))
def test_takes_and_borders_cover_every_rendition_of_a_chunk(frames: int, told: list[tuple[int, int]]) -> None:
    reel = reel_of(frames)
    cuts = {at: crf for at, crf in told if at < reel.frames}
    shots, crfs = (0, *sorted(cuts)), (20, *(cuts[at] for at in sorted(cuts)))
    chunks = planned(reel, shots, crfs)
    for number, every in ((0, 2), (1, 1)):
        rungs = [chunk[number] for chunk in chunks]
        assert all(sum(take.frames for take in rung.node.takes) == rung.node.frames for rung in rungs)
        assert all(rung.borders[0] == 0 and rung.borders[-1] == rung.node.frames for rung in rungs)
        assert all(one.crf != other.crf for rung in rungs for one, other in pairwise(rung.node.takes))
        assert [rung.first for rung in rungs] == list(accumulate((rung.node.frames for rung in rungs), initial=0))[:-1]
        assert sum(rung.node.frames for rung in rungs) == reel.frames // every
        frames_of = [take.crf for rung in rungs for take in rung.node.takes for _ in range(take.frames)]
        for at in (*shots, *(cut - 1 for cut in shots[1:]), reel.frames - every):
            shot = max(place for place, start in enumerate(shots) if start <= at // every * every)
            assert frames_of[at // every] == crfs[shot]


def test_keyframes_of_a_chunk_are_counted_in_its_own_frames() -> None:
    reel = reel_of(60 * 36)
    (first, second) = planned(reel, (0, 1861), None)
    assert [rung.node.keyframes[:2] for rung in first] == [(0, 60), (0, 120)]
    assert [rung.node.keyframes[:3] for rung in second] == [(0, 31, 60), (0, 62, 120)], "1861 is shown by all from 1862"
    assert [rung.first for rung in second] == [900, 1800]


def test_a_rendition_takes_no_more_than_its_peak_over_a_segment_nor_than_its_shots_leave_it() -> None:
    reel = reel_of(600)
    (chunk,) = reel.chunks(())
    fixed = plan_chunk(reel, chunk, LADDER, ENCODING, {}, shots=(0,), qualities=None)
    assert [one.node.encoder.average_kbps for one in fixed] == [200, 800]
    assert [one.node.encoder.maxrate_kbps for one in fixed] == [257, 1371]
    assert all(one.node.takes == () for one in fixed)
    held = {LOW.name: quality(20), HIGH.name: quality(20, peak_kbps=700)}
    by_shot = plan_chunk(reel, chunk, LADDER, ENCODING, {}, shots=(0,), qualities=held)
    assert [one.node.encoder.maxrate_kbps for one in by_shot] == [257, 600]
    assert [one.node.encoder.average_kbps for one in by_shot] == [None, None]


def test_av1_is_held_by_the_peak_of_its_rendition_alone() -> None:
    ladder = replace(LADDER, codec="av1")
    (chunk,) = reel_of(600).chunks(())
    held = {LOW.name: quality(20, peak_kbps=200), HIGH.name: quality(20, peak_kbps=700)}
    by_shot = plan_chunk(reel_of(600), chunk, ladder, Encoding(preset="8"), {}, shots=(0,), qualities=held)
    assert [one.node.encoder.maxrate_kbps for one in by_shot] == [257, 1371]


def test_a_rendition_has_one_level_however_little_its_shots_take() -> None:
    # HEVC of 2160 lines is the one whose highest rate alone asks for a higher level.
    large = PictureRendition(3840, 2160, 1, 16_800, 33_600, None)
    ladder = PictureLadder(FrameRate(Fraction(24)), (replace(LOW, every=1), large), "hevc")
    reel = MovingReel.of(Edit("black", (Gap(Fraction(6)),)), ladder.grid)
    (chunk,) = reel.chunks(())
    levels = set()
    for peak_kbps in (33_600, 4_000):
        found = {one.name: quality(20, peak_kbps=peak_kbps) for one in ladder.renditions}
        encoder = plan_chunk(reel, chunk, ladder, ENCODING, {}, shots=(0,), qualities=found)[1].node.encoder
        assert encoder.maxrate_kbps == peak_kbps * 6 // 7
        levels.add(encoder.level)
    assert levels == {"5.1"}


def test_each_size_comes_from_the_smallest_that_is_half_as_large_again() -> None:
    sizes = [(416, 234), (640, 360), (960, 540), (1280, 720), (1920, 1080)]
    ladder = [PictureRendition(*size, 1, 100 * n, 200 * n, None) for n, size in enumerate(sizes, start=1)]
    ways = {one.size: [(step.width_px, step.height_px) for step in way] for one, way in scale_ways(ladder).items()}
    assert ways[1920, 1080] == []
    assert ways[960, 540] == [(960, 540)], "1280 is less than half as large again"
    assert ways[640, 360] == [(960, 540), (640, 360)]
    assert ways[416, 234] == [(960, 540), (640, 360), (416, 234)]


@given(
    st.integers(2, 20_000),
    st.sampled_from(["24000/1001", "24", "25/2", "5", "50", "60", "23", "59/2", "1", "47952/1001"]),
    st.sampled_from([1, 2]),
)
def test_every_segment_begins_with_a_dense_key_picture_and_none_is_left_out(frames: int, fps: str, step: int) -> None:
    rate = FrameRate.parse(fps)
    ladder = PictureLadder(rate, (replace(LOW, every=step), HIGH))
    reel = MovingReel.of(Edit("black", (Gap(rate.time_of(frames)),)), ladder.grid)
    every, shown = ladder.key_pictures.every, []
    for chunk in reel.chunks(()):
        rungs = plan_chunk(reel, chunk, ladder, ENCODING, {}, shots=(0,), qualities=None)
        dense = plan_key_chunk(rungs[0].node.picture, chunk, ladder)
        assert dense.first * every == chunk.first
        assert [chunk.first + border * every for border in dense.borders[:-1]] == list(chunk.borders[:-1])
        assert all(after > before for before, after in pairwise(dense.borders))
        assert dense.borders[-1] == dense.node.frames == len(dense.node.keyframes)
        # The last is shown for less than the others, or as long.
        assert 0 < chunk.end - chunk.first - (dense.node.frames - 1) * every <= every
        shown += [chunk.first + number * every for number in dense.node.keyframes]
    assert shown == list(range(0, reel.frames, every))
