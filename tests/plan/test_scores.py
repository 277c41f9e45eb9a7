"""A shot is scored by the steps of the film's curves that lie in it, and by nothing of its neighbours."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.plan.features import FaceBox, FaceSample
from pipeline.plan.scores import mean_loudness
from pipeline.plan.shots import Timeline, Transition
from pipeline.timebase import FrameRate
from tests.films import analysis_of, picture_features, sound_features

RATE = FrameRate(Fraction(24))
TIMELINE, CUT = Timeline(RATE, 96), Transition("cut", 48, 48)


def test_each_shot_is_scored_by_its_own_time() -> None:
    analysis = analysis_of(
        TIMELINE,
        (CUT,),
        brightness=lambda time: 100.0 if time < 2 else 200.0,
        black=lambda time: 0.25 if time < 2 else 0.5,
        camera_motion=lambda time: 0.0 if time < 2 else 20.0,
        subject_motion=lambda time: 0.0 if time < 1 else 30.0,
    )
    assert [scores.brightness for scores in analysis.scores] == [100.0, 200.0]
    assert [scores.black_fraction for scores in analysis.scores] == [0.25, 0.5]
    assert [scores.camera_motion for scores in analysis.scores] == [0.0, 20.0]
    assert [scores.subject_motion for scores in analysis.scores] == [15.0, 30.0]
    assert [scores.stillness for scores in analysis.scores] == [0.5, 0.0]
    assert [scores.loudness_lufs for scores in analysis.scores] == [None, None]


def test_a_cut_within_a_step_leaves_the_step_to_the_shot_that_has_its_middle() -> None:
    analysis = analysis_of(TIMELINE, (Transition("cut", 46, 46),), brightness=lambda time: 100.0 if time < 2 else 200.0)
    assert [scores.brightness for scores in analysis.scores] == [100.0, 200.0]


def test_faces_are_told_as_the_share_of_pictures_that_show_one_and_the_largest() -> None:
    small, large = FaceBox(0.1, 0.1, 0.1, 0.2, 0.9), FaceBox(0.5, 0.1, 0.2, 0.4, 0.8)
    seen = ((), (small,), (large, small), (), (), ())
    faces = tuple(FaceSample(Fraction(k, 2), boxes) for k, boxes in enumerate(seen))
    analysis = analysis_of(TIMELINE, (CUT,), picture=picture_features(4, faces=faces))
    assert [scores.face_share for scores in analysis.scores] == [0.5, 0.0]
    assert [scores.largest_face for scores in analysis.scores] == [0.08, 0.0]


def test_each_shot_has_the_loudness_and_the_kinds_of_its_own_sound() -> None:
    sound = sound_features(
        4,
        loudness=lambda time: -20.0 if time < 2 else -60.0,
        speech=lambda time: 0.9 if time < 1 else 0.1,
        music=lambda time: 0.0 if time < 2 else 1.0,
    )
    scores = analysis_of(TIMELINE, (CUT,), sound=sound).scores
    assert [each.loudness_lufs for each in scores] == [-20.0, -60.0]
    assert [each.speech_share for each in scores] == [0.5, 0.0]
    assert [each.music_share for each in scores] == [0.0, 1.0]
    assert [each.silence_share for each in scores] == [0.0, 1.0]


def test_a_shot_after_the_end_of_the_sound_has_no_loudness() -> None:
    analysis = analysis_of(TIMELINE, (CUT,), sound=sound_features(1.5, loudness=-20.0))
    assert [scores.loudness_lufs for scores in analysis.scores] == [-20.0, None]
    assert [scores.silence_share for scores in analysis.scores] == [0.0, None]


def test_loudness_is_the_mean_of_power_and_not_of_decibels() -> None:
    assert mean_loudness((-2000, -7000)) == pytest.approx(-23.01, abs=0.01)
    assert mean_loudness((-12000,)) == -70
