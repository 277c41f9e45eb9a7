"""A sample stands for its shot: evenly spread, on frames that all renditions show, scored often enough."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, MasterSpan
from pipeline.facts import Colour, MediaFacts, PictureFacts
from pipeline.graph import ChunkEncode
from pipeline.ladders import Encoding
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.probes import ShotTrials, Tried, choose_spans, choose_trials, plan_trials, probes_of
from pipeline.plan.reels import Grid, Reel
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(60))
FILM = "a" * 64
PICTURE = PictureFacts(
    0, "h264", 1280, 720, Fraction(1), 0, "yuv420p", 8, Colour(None, None, None, None), "progressive", RATE,
    Fraction(0), None,
)  # fmt: skip
FACTS = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, Fraction(60), PICTURE, (), ())
FILMS = {FILM: Film(FILM, FACTS, Timeline(RATE, 3600))}
ENCODING = Encoding(preset="medium", references=3, b_frames=3)
BOXES = ((416, 234, 2), (640, 360, 2), (960, 540, 1), (1280, 720, 1))
LADDER = PictureLadder(
    RATE,
    tuple(PictureRendition(width, height, every, height, 2 * height, Fraction(80)) for width, height, every in BOXES),
)
GRID = Grid(RATE, 2)
REEL = Reel.of(Edit("film", (MasterSpan(FILM, Span.of_frames(0, 3600, RATE)),)), GRID)


def trials_of(first: int, end: int) -> ShotTrials:
    return plan_trials(REEL, (first, end), LADDER, ENCODING, FILMS, keyframes=REEL.keyframes(()))


def test_a_short_shot_is_tried_whole() -> None:
    assert choose_spans(100, 940, GRID) == ((100, 940),)


@given(st.integers(0, 10_000), st.integers(841, 30_000), st.sampled_from((1, 2)))
def test_half_of_a_long_shot_is_tried_and_of_a_very_long_one_less_evenly_spread(
    first: int, length: int, step: int
) -> None:
    grid = Grid(RATE, step)
    first -= first % step
    spans = choose_spans(first, first + length, grid)
    assert first <= spans[0][0] and spans[-1][1] <= first + length
    assert all(start % grid.keyframe == 0 and end - start == grid.keyframe for start, end in spans)
    whole = (first + length) // grid.keyframe - -(-first // grid.keyframe)
    assert len(spans) == min(12, whole // 2)
    apart = {after[0] - before[0] for before, after in pairwise(spans)}
    assert max(apart) - min(apart) <= 2 * grid.keyframe and min(apart) >= 2 * grid.keyframe
    assert len(apart) == 1 or whole // 2 > 12


def test_the_smallest_size_is_tried_coarsely_and_a_large_one_finely() -> None:
    tried = [(one.height_px, crf) for one, crf in choose_trials(LADDER.renditions)]
    assert [height for height, _ in tried] == [234, 540]
    assert tried[0][1] > tried[1][1]


@pytest.mark.parametrize("count", [1, 2])
def test_a_ladder_of_one_or_two_sizes_is_tried_as_well(count: int) -> None:
    tried = choose_trials(LADDER.renditions[-count:] * 2)
    assert {one for one, _ in tried} == set(LADDER.renditions[-count:])
    assert len({crf for _, crf in tried}) == 2


def test_all_trials_of_a_shot_have_the_same_frames_and_nothing_holds_their_rate_down() -> None:
    found = trials_of(600, 1500)
    nodes = [trial.node for trial in found.trials]
    assert len({node.picture for node in nodes}) == 1 and found.frames == 900
    assert nodes[0].frames == nodes[0].picture.frames // 2 and nodes[0].keyframes[:2] == (0, 60)
    assert all(node.encoder.maxrate_kbps >= 960 for node in nodes)


def test_a_trial_has_its_keyframes_where_the_reel_has_them() -> None:
    cuts = (100, 250)
    found = plan_trials(REEL, (100, 250), LADDER, ENCODING, FILMS, keyframes=REEL.keyframes(cuts))
    assert found.trials[1].node.keyframes == (0, 20, 140)
    assert found.trials[0].node.keyframes == (0, 10, 70)


def test_a_sample_begins_with_a_keyframe_that_comes_soon() -> None:
    found = trials_of(118, 150)
    assert found.frames == 32
    assert [(one.node.keyframes, one.node.frames) for one in found.trials] == [((0,), 15), ((0,), 30)]
    # One picture of a short shot would say nothing of the others.
    assert [one.node.frames for one in trials_of(114, 121).trials] == [4, 7]


def test_frames_are_scored_every_so_many_within_each_span() -> None:
    for length in (4, 40, 200, 700, 3000):
        for trial in trials_of(0, length).trials:
            scored = -(-trial.node.frames // trial.step)
            interval = trial.node.encoder.keyframe_interval_frames
            assert scored >= min(trial.node.frames, 6) and scored <= max(80, 10 * trial.node.frames / interval)
            assert length <= 600 or interval % trial.step == 0


def test_a_shot_of_one_frame_is_tried() -> None:
    assert [trial.node.frames for trial in trials_of(10, 11).trials] == [1, 1]


def scored(shot: ShotTrials, *scores: dict[int, float]) -> list[float]:
    return [probe.vmaf for probe in probes_of(shot, [Tried(one, 800, 100) for one in scores]).probes]


def test_frames_lie_on_a_line_between_those_that_are_scored() -> None:
    assert scored(trials_of(0, 12), {0: 10, 3: 4, 5: 8}, {0: 10, 4: 2, 8: 10}) == [
        pytest.approx((10 + 8 + 6 + 4 + 6 + 8) / 6),
        pytest.approx((10 + 8 + 6 + 4 + 2 + 4 + 6 + 8 + 10 * 4) / 12),
    ]


def test_the_first_frame_of_a_sample_is_as_good_as_the_next_at_least() -> None:
    assert scored(trials_of(0, 12), {0: 0, 3: 60, 5: 60}, {0: 50, 6: 40, 9: 40}) == [60, pytest.approx(42.9, abs=0.1)]
    assert scored(trials_of(0, 12), {0: 50}, {0: 60}) == [50, 60]


@given(st.integers(1, 300), st.integers(1, 12), st.floats(0, 100), st.floats(-0.3, 0))
def test_a_mean_is_that_of_all_frames_whatever_few_are_scored(
    frames: int, step: int, first: float, slope: float
) -> None:
    shot = trials_of(0, frames)
    lines = [{frame: first + slope * frame for frame in range(0, one.node.frames, step)} for one in shot.trials]
    for found, one in zip(scored(shot, *lines), shot.trials, strict=True):
        last = (one.node.frames - 1) // step * step
        told = [first + slope * min(frame, last) for frame in range(one.node.frames)]
        assert found == pytest.approx(sum(told) / len(told), abs=1e-6)


def test_scales_are_shares_of_the_largest_side() -> None:
    shot = trials_of(0, 100)
    found = probes_of(shot, [Tried({3: 1.0}, 1, 1)] * 2)
    assert [probe.scale for probe in found.probes] == pytest.approx([0.325, 0.75])
    assert isinstance(shot.trials[0].node, ChunkEncode)
