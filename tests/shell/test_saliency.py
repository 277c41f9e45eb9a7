"""What is bright, what is sharp and what moves otherwise than the camera draws the eye, at its place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.plan.subjects import COLUMNS, ROWS
from pipeline.shell.saliency import EyeCatcher

Picture = NDArray[np.uint8]
SIZE = (180, 320)


def _ground(seed: int = 3, width: int = 640) -> Picture:
    chance = np.random.default_rng(seed).uniform(90, 150, (SIZE[0] // 6, width // 6, 1)).astype(np.float32)
    soft = cv2.GaussianBlur(cv2.resize(chance, (width, SIZE[0]), interpolation=cv2.INTER_CUBIC), (0, 0), 2)
    return np.repeat(soft[..., None], 3, axis=2).astype(np.uint8)


def _middle(weights: list[float]) -> float:
    """Return where the middle of what draws the eye is, 0 to 1."""
    total = sum(weights)
    return sum(weight * (place + 0.5) for place, weight in enumerate(weights)) / total / len(weights)


@pytest.mark.parametrize("at", [(0.25, 0.3), (0.5, 0.5), (0.8, 0.6)])
def test_something_coloured_on_a_flat_ground_is_found_where_it_is(at: tuple[float, float]) -> None:
    picture = np.full((*SIZE, 3), 110, np.uint8)
    cv2.circle(picture, (round(at[0] * SIZE[1]), round(at[1] * SIZE[0])), 20, (40, 60, 220), -1)
    across, down = EyeCatcher().look(picture, columns=COLUMNS, rows=ROWS)
    assert (len(across), len(down)) == (COLUMNS, ROWS)
    assert abs(_middle(across) - at[0]) < 0.06 and abs(_middle(down) - at[1]) < 0.08


def test_what_moves_on_a_still_ground_draws_the_eye() -> None:
    eye, ground = EyeCatcher(), _ground()[:, : SIZE[1]]
    for step in range(3):
        picture = ground.copy()
        thing = cv2.resize(_ground(9)[:40, :40], (40, 40)) // 2 + 40
        picture[60:100, 200 + 6 * step : 240 + 6 * step] = thing
        across, _ = eye.look(picture, columns=COLUMNS, rows=ROWS)
    assert sum(across[38:54]) > 0.7 * sum(across)


def test_what_stands_still_before_a_ground_that_the_camera_passes_draws_the_eye() -> None:
    eye, ground = EyeCatcher(), _ground(width=900)
    for step in range(3):
        picture = ground[:, 100 + 8 * step : 100 + 8 * step + SIZE[1]].copy()
        picture[60:120, 60:110] = _ground(9)[:60, :50]
        across, _ = eye.look(picture, columns=COLUMNS, rows=ROWS)
    assert sum(across[8:26]) > 0.5 * sum(across)


def test_what_is_in_focus_draws_the_eye() -> None:
    sharp = np.random.default_rng(2).integers(60, 200, (60, 60, 1)).astype(np.uint8).repeat(3, axis=2)
    picture = cv2.GaussianBlur(_ground()[:, : SIZE[1]], (0, 0), 4)
    picture[50:110, 60:120] = sharp
    across, _ = EyeCatcher().look(picture, columns=COLUMNS, rows=ROWS)
    assert 0.2 < _middle(across) < 0.4


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (20, 320), (37, 65), (320, 180), (4, 320)])
def test_pictures_of_any_size_are_looked_at(size: tuple[int, int]) -> None:
    eye = EyeCatcher()
    for seed in (1, 2):
        picture = np.random.default_rng(seed).integers(0, 255, (*size, 3)).astype(np.uint8)
        across, down = eye.look(picture, columns=COLUMNS, rows=ROWS)
        assert all(np.isfinite([*across, *down])) and min(*across, *down) >= 0


def test_in_black_nothing_draws_the_eye() -> None:
    across, down = EyeCatcher().look(np.zeros((*SIZE, 3), np.uint8), columns=COLUMNS, rows=ROWS)
    assert sum(across) == sum(down) == 0
