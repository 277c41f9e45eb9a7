"""Close looks survive their JSON, and say what they saw in place of what samples said."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.plan import scores
from pipeline.plan.closeness import CloseLook, close_look_from_json, close_look_to_json, corrected, seen_closely
from pipeline.plan.features import FaceBox, FaceSample, FilmFeatures
from pipeline.plan.shots import FilmAnalysis, Timeline, Transition
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of, picture_features

FACE = FaceBox(0.1, 0.2, 0.25, 0.5, 0.875)
SPAN = Span(Fraction(1), Fraction(2))
LOOK = CloseLook.of(SPAN, {"text": {4: 0.5, 99: 1.0}, "brightness": {5: 70.0}}, (FaceSample(Fraction(5, 4), (FACE,)),))


def test_json_gives_back_an_equal_look() -> None:
    assert close_look_from_json(close_look_to_json(LOOK)) == LOOK


@pytest.mark.parametrize("text", ["{}", "[]", '{"version": 0}', "nothing"])
def test_other_text_holds_no_look(text: str) -> None:
    with pytest.raises(ValueError):
        close_look_from_json(text)


def test_what_was_seen_closely_takes_the_place_of_samples_there_and_nowhere_else() -> None:
    sampled = tuple(FaceSample(Fraction(second), ()) for second in range(4))
    before = FilmFeatures(picture_features(4, faces=sampled), None)
    after = corrected(before, [LOOK]).picture
    assert after.text.hundredths == tuple(50 if step == 4 else 0 for step in range(16)), "step 99 is past the end"
    assert after.brightness.hundredths == tuple(7000 if step == 5 else 10000 for step in range(16))
    assert after.contrast == before.picture.contrast
    assert after.faces == (sampled[0], LOOK.faces[0], *sampled[2:])


def test_a_look_that_saw_nothing_changes_nothing() -> None:
    before = FilmFeatures(picture_features(4, faces=(FaceSample(Fraction(1), (FACE,)),)), None)
    assert corrected(before, [CloseLook.of(SPAN, {}, ())]) == before


@pytest.mark.parametrize("start", [Fraction(0), Fraction(7, 3), Fraction(4), Fraction(99, 8), Fraction(29)])
def test_only_the_shots_that_were_seen_are_scored_anew_and_as_all_would_be(
    start: Fraction, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts = tuple(Transition("cut", frame, frame) for frame in range(24, 30 * 24, 24))
    before = analysis_of(Timeline(FrameRate(Fraction(24)), 30 * 24), cuts, sharpness=lambda time: 100 * time)
    steps = {int(4 * start) + k: 0.9 for k in range(5)}
    seen = CloseLook.of(Span(start, start + 1), {"text": steps, "black": steps}, (FaceSample(start, (FACE,)),))
    wanted = FilmAnalysis(before.found, corrected(before.features, [seen])).scores
    assert before.scores != wanted
    scored: list[Span] = []
    score = scores._score
    monkeypatch.setattr(scores, "_score", lambda *asked: (scored.append(asked[2]), score(*asked))[1])
    assert seen_closely(before, [seen]).scores == wanted
    assert 1 <= len(scored) <= 3
