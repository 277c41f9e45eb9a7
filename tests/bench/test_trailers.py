"""Edits made at random and published as trailers are found in their film again, to the frame."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.edits import Shown, publish_edit
from bench.highlights import agreement, covered, random_picks
from bench.trailers import Match, find_matches, used_spans

FRAMES = 24 * 40
SHOT = 48


def write_film(path: Path, *, seed: int) -> Path:
    """Write 40 s of shots of 2 s, each a landscape of its own that moves past."""
    import av
    import cv2

    chance = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "18", "g": "24"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(FRAMES):
            if number % SHOT == 0:
                small = chance.integers(20, 235, (12, 40, 3)).astype(np.uint8)
                land = cv2.resize(small, (640, 180), interpolation=cv2.INTER_CUBIC)
            at = 3 * (number % SHOT)
            pixels = np.ascontiguousarray(land[:, at : at + 320])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "film.mp4", seed=3)


def offset_of(shown: Shown, matches: tuple[Match, ...]) -> set[int]:
    """Return how far from the truth each match lies that covers an edit's piece."""
    truth = shown.film[0] - shown.edit[0]
    inside = [m for m in matches if m.trailer[0] < shown.edit[1] - 8 and m.trailer[1] > shown.edit[0] + 8]
    return {match.film[0] - match.trailer[0] - truth for match in inside}


@pytest.mark.parametrize(("seed", "width", "bar"), [(1, 640, 0.12), (2, 256, 0.0), (3, 480, 0.06)])
def test_an_edit_at_random_is_found_to_the_frame(film: Path, tmp_path: Path, seed: int, width: int, bar: float) -> None:
    trailer = tmp_path / "trailer.mp4"
    shown = publish_edit(film, trailer, frames=FRAMES, seed=seed, pieces=12, width=width, bar=bar)
    _, matches = find_matches(film, trailer)
    recall, precision = agreement([one.film for one in shown], [match.film for match in matches])
    assert recall >= 0.93 and precision >= 0.97
    found = [offset_of(one, matches) for one in shown]
    assert sum(offsets == {0} for offsets in found) >= 10


def test_shots_of_another_film_are_found_nowhere(film: Path, tmp_path: Path) -> None:
    other = write_film(tmp_path / "other.mp4", seed=4)
    _, matches = find_matches(film, other)
    assert sum(match.film[1] - match.film[0] for match in matches) < 0.03 * FRAMES


def test_what_is_used_twice_counts_once() -> None:
    matches = (Match((0, 9), (50, 59), 1.0), Match((9, 20), (10, 21), 1.0), Match((20, 30), (55, 65), 1.0))
    assert used_spans(matches) == ((10, 21), (50, 65))
    assert covered([(0, 15)], used_spans(matches)) == 5 / 26


def test_random_picks_do_not_overlap_and_lie_in_the_film() -> None:
    chance = random.Random(1)
    for _ in range(200):
        picks = random_picks(5, 45, 300, chance)
        assert all(one[1] <= other[0] for one, other in pairwise(picks))
        assert picks[0][0] >= 0 and picks[-1][1] <= 300
