"""A film's beginning and end are measured beside the whole film: louder and livelier ends have larger numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.plan.ends import ends_of, integrated_lufs
from pipeline.plan.shots import Timeline, Transition
from pipeline.timebase import FrameRate
from tests.films import analysis_of, sound_features

RATE = FrameRate(Fraction(24))
MINUTE = Timeline(RATE, 24 * 60)


def test_ends_are_as_loud_as_they_are_beside_the_whole_film() -> None:
    sound = sound_features(60, loudness=lambda time: -30.0 if time < 10 else -20.0)
    start, end = ends_of(analysis_of(MINUTE, sound=sound))
    whole = integrated_lufs(sound)
    assert whole == pytest.approx(-20.7, abs=0.1)
    assert start.loudness_lu == Fraction(-93, 10) and end.loudness_lu == Fraction(7, 10)


def test_what_is_far_below_the_rest_does_not_count_for_the_whole() -> None:
    assert integrated_lufs(sound_features(60, loudness=lambda time: -50.0 if time < 30 else -20.0)) == pytest.approx(
        -20
    )


def test_silent_ends_have_no_loudness() -> None:
    assert ends_of(analysis_of(MINUTE))[0].loudness_lu is None
    sound = sound_features(60, loudness=lambda time: -70.0 if time >= 50 else -20.0)
    start, end = ends_of(analysis_of(MINUTE, sound=sound))
    assert start.loudness_lu == 0 and end.loudness_lu is None


def test_movement_and_changing_shots_make_an_end_lively() -> None:
    cuts = tuple(Transition("cut", frame, frame) for frame in range(24 * 51, 24 * 60, 24))
    film = analysis_of(MINUTE, cuts, camera_motion=lambda time: 25.0 if time > 50 else 0.0, subject_motion=0)
    start, end = ends_of(film)
    assert start.mood is not None and end.mood is not None
    assert start.mood < Fraction(1, 10) and end.mood > Fraction(6, 10)


def test_a_film_of_one_picture_has_ends_too() -> None:
    start, end = ends_of(analysis_of(Timeline(RATE, 1)))
    assert start == end and start.mood is not None and 0 <= start.mood <= 1
