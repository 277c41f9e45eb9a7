"""Features survive their JSON, and what is no such text is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipeline.plan.features import FaceBox, FaceSample, FilmFeatures, Onset, features_from_json, features_to_json
from tests.films import picture_features, sound_features

FACES = (FaceSample(Fraction(1, 3), (FaceBox(0.1, 0.2, 0.25, 0.5, 0.875),)), FaceSample(Fraction(2, 3), ()))
SILENT = FilmFeatures(picture_features(3, faces=FACES, sharpness=lambda time: 1000 * time), None)
HEARD = FilmFeatures(SILENT.picture, sound_features(2.5, onsets=(Onset(Fraction(123, 100), 0.5),)))


@pytest.mark.parametrize("features", [SILENT, HEARD], ids=["silent", "with sound"])
def test_json_gives_back_equal_features(features: FilmFeatures) -> None:
    assert features_from_json(features_to_json(features)) == features


@pytest.mark.parametrize("text", ["{}", "[]", '{"version": 0}', "nothing"])
def test_other_text_holds_no_features(text: str) -> None:
    with pytest.raises(ValueError):
        features_from_json(text)


def test_damaged_features_are_said_to_be_damaged() -> None:
    with pytest.raises(ValueError, match="damaged"):
        features_from_json(features_to_json(HEARD).replace('"contrast"', '"lost"'))
