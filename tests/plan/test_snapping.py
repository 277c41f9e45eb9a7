"""Points snap to shots, words and beats that are near, the nearest first."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.features import Onset
from pipeline.plan.shots import Timeline, Transition
from pipeline.plan.snapping import KINDS, Snap, SnapPoints, find_snap_points, snaps_near
from pipeline.plan.timelines import Word
from pipeline.timebase import FrameRate
from tests.films import analysis_of, sound_features

RATE = FrameRate(Fraction(24))
CUTS = (Transition("cut", 48, 48), Transition("dissolve", 96, 108))
ONSETS = (Onset(Fraction(1), 0.9), Onset(Fraction(3), 0.1), Onset(Fraction(201, 100), 0.5))
WORDS = (Word(Fraction(19, 10), Fraction(5, 2), "kites"),)
POINTS = find_snap_points(analysis_of(Timeline(RATE, 240), CUTS, sound=sound_features(10, onsets=ONSETS)), WORDS)


def test_in_points_snap_to_where_things_begin_and_out_points_to_where_they_end() -> None:
    assert POINTS.ins == {"shot": (0, 48, 108), "word": (45,), "beat": (24, 48)}
    assert POINTS.outs == {"shot": (48, 96, 240), "word": (61,), "beat": (24, 48)}


def test_the_nearest_comes_first_and_of_equal_ones_the_shot() -> None:
    assert snaps_near(POINTS, 47, "in", within=3) == (Snap(48, "shot", 1), Snap(48, "beat", 1), Snap(45, "word", -2))
    assert snaps_near(POINTS, 47, "in", within=3, kinds=("word",)) == (Snap(45, "word", -2),)
    assert snaps_near(POINTS, 70, "in", within=3) == ()


def test_pictures_of_a_variable_rate_are_told_in_frames_of_the_natural_one() -> None:
    times = tuple(Fraction(k, 12) for k in range(60))
    timeline = Timeline.of_times(RATE, times)
    found = find_snap_points(analysis_of(timeline, (Transition("cut", 30, 30),)))
    assert 60 in found.ins["shot"] and 30 not in found.ins["shot"]


@given(
    st.sets(st.integers(0, 500), max_size=30),
    st.sets(st.integers(0, 500), max_size=30),
    st.integers(0, 500),
    st.integers(0, 40),
)
def test_all_that_is_near_is_found_and_nothing_else(shots: set[int], beats: set[int], frame: int, within: int) -> None:
    kinds = {"shot": tuple(sorted(shots)), "word": (), "beat": tuple(sorted(beats))}
    found = snaps_near(SnapPoints(kinds, kinds), frame, "out", within=within)  # type: ignore[arg-type]
    assert {one.frame for one in found if one.kind == "shot"} == {one for one in shots if abs(one - frame) <= within}
    assert {one.frame for one in found if one.kind == "beat"} == {one for one in beats if abs(one - frame) <= within}
    assert [abs(one.distance) for one in found] == sorted(abs(one.distance) for one in found)
    assert all(one.frame == frame + one.distance and one.kind in KINDS for one in found)
