from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.shots import (
    Curve,
    Decoding,
    Shot,
    ShotList,
    Timeline,
    Transition,
    shots_between,
    shots_document,
    shots_from_json,
    shots_to_json,
)
from pipeline.timebase import FrameRate, Span

NTSC = FrameRate(Fraction(30000, 1001))
TRANSITIONS = (Transition("cut", 10, 10), Transition("dissolve", 20, 24), Transition("fade", 30, 40))


def shots_of(timeline: Timeline) -> ShotList:
    shots = shots_between(TRANSITIONS, timeline.frame_count)
    return ShotList(timeline, TRANSITIONS, shots, Decoding(2, Fraction(100, 24), Fraction(9, 2)))


def test_shots_are_what_transitions_leave_and_fades_belong_to_none() -> None:
    assert shots_between(TRANSITIONS, 50) == (Shot(0, 10), Shot(10, 20), Shot(24, 30), Shot(40, 50))


def test_a_transition_at_the_very_start_or_end_leaves_no_empty_shot() -> None:
    fades = (Transition("fade", 0, 5), Transition("fade", 9, 12))
    assert shots_between(fades, 12) == (Shot(5, 9),)


def test_a_film_without_transitions_is_one_shot() -> None:
    assert shots_between((), 7) == (Shot(0, 7),)


@pytest.mark.parametrize(("kind", "start", "end"), [("cut", 3, 4), ("fade", 3, 3), ("dissolve", 4, 3)])
def test_a_transition_has_the_extent_of_its_kind(kind: str, start: int, end: int) -> None:
    with pytest.raises(ValueError, match=kind):
        Transition(kind, start, end)  # type: ignore[arg-type]


def test_the_shots_document_has_the_promised_keys_and_no_times_at_a_constant_rate() -> None:
    document = shots_document(shots_of(Timeline(NTSC, 50)))
    assert document == {
        "frame_rate": "30000/1001",
        "frame_count": 50,
        "shots": [
            {"start_frame": 0, "end_frame": 10},
            {"start_frame": 10, "end_frame": 20},
            {"start_frame": 24, "end_frame": 30},
            {"start_frame": 40, "end_frame": 50},
        ],
        "transitions": [
            {"kind": "cut", "start_frame": 10, "end_frame": 10},
            {"kind": "dissolve", "start_frame": 20, "end_frame": 24},
            {"kind": "fade", "start_frame": 30, "end_frame": 40},
        ],
    }


def test_the_shots_document_of_a_variable_rate_gives_the_exact_times() -> None:
    times = tuple(Fraction(k, 30) if k < 25 else Fraction(k, 30) + Fraction(1, 7) for k in range(50))
    document = shots_document(shots_of(Timeline.of_times(FrameRate(Fraction(30)), times)))
    assert document["times"][1] == "1/30"
    assert [Fraction(text) for text in document["times"]] == list(times)


@pytest.mark.parametrize("times", [None, tuple(Fraction(k * k, 90000) for k in range(50))])
def test_json_gives_back_equal_shots(times: tuple[Fraction, ...] | None) -> None:
    found = shots_of(Timeline(NTSC, 50) if times is None else Timeline.of_times(NTSC, times))
    assert shots_from_json(shots_to_json(found)) == found


@pytest.mark.parametrize("text", ["{}", "[]", '{"version": 0}', "nothing"])
def test_other_text_is_no_list_of_shots(text: str) -> None:
    with pytest.raises(ValueError):
        shots_from_json(text)


def test_a_damaged_list_of_shots_is_said_to_be_damaged() -> None:
    text = shots_to_json(shots_of(Timeline(NTSC, 50)))
    with pytest.raises(ValueError, match="damaged"):
        shots_from_json(text.replace('"transitions"', '"lost"'))
    with pytest.raises(ValueError, match="iris"):
        shots_from_json(text.replace('"dissolve"', '"iris"'))


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=60), st.integers(1, 90000))
def test_a_variable_timeline_finds_the_frame_on_screen(steps: list[int], scale: int) -> None:
    times = tuple(Fraction(sum(steps[:k]), scale) for k in range(len(steps)))
    timeline = Timeline.of_times(NTSC, times)
    assert timeline.times == times
    for frame, time in enumerate(times):
        assert timeline.time_of(frame) == time
        assert timeline.frame_at(time) == frame
    assert timeline.duration == times[-1] + NTSC.frame_duration


@given(st.integers(0, 400_000))
def test_a_constant_timeline_is_exact(frame: int) -> None:
    timeline = Timeline(NTSC, 400_001)
    assert timeline.frame_at(timeline.time_of(frame)) == frame


def test_a_curve_speaks_for_the_steps_that_a_span_touches() -> None:
    curve = Curve.of(Fraction(1, 2), (1.0, 2.0, 4.0))
    assert curve.mean(Span(Fraction(0), Fraction(1))) == 1.5
    assert curve.mean(Span(Fraction(1, 4), Fraction(5, 4))) == pytest.approx(7 / 3)
    assert curve.mean(Span(Fraction(2), Fraction(3))) is None
    assert curve.within(Span(Fraction(1), Fraction(9))) == (400,)


def test_a_curve_tells_of_a_shot_by_the_steps_that_lie_in_it_by_half() -> None:
    curve = Curve.of(Fraction(1, 2), (1.0, 2.0, 4.0))
    assert curve.inside(Span(Fraction(1, 4), Fraction(3, 4))) == (100,)
    assert curve.inside(Span(Fraction(3, 10), Fraction(3, 2))) == (200, 400)
    assert curve.inside(Span(Fraction(3, 10), Fraction(4, 10))) == (100,), "a shot shorter than a step"
    assert curve.inside(Span(Fraction(2), Fraction(3))) == ()


@given(st.lists(st.integers(1, 9), max_size=12), st.fractions(0, 60), st.booleans())
def test_frames_before_a_time_are_those_that_start_before_it(steps: list[int], time: Fraction, is_even: bool) -> None:
    ticks = tuple(accumulate(steps, initial=0))
    timeline = Timeline(NTSC, len(ticks)) if is_even else Timeline(NTSC, len(ticks), ticks, Fraction(3, 7))
    times = [timeline.time_of(frame) for frame in range(timeline.frame_count)]
    assert timeline.frames_before(time) == sum(one < time for one in times)


@given(st.lists(st.integers(1, 9), max_size=12), st.data(), st.fractions(0, 9), st.booleans())
def test_the_picture_some_seconds_after_another_is_the_one_at_that_time(
    steps: list[int], data: st.DataObject, seconds: Fraction, is_even: bool
) -> None:
    ticks = tuple(accumulate(steps, initial=0))
    timeline = Timeline(NTSC, len(ticks)) if is_even else Timeline(NTSC, len(ticks), ticks, Fraction(3, 7))
    frame = data.draw(st.integers(0, timeline.frame_count - 1))
    assert timeline.picture_after(frame, seconds) == timeline.picture_at(timeline.time_of(frame) + seconds)
