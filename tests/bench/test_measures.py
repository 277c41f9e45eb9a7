"""How found transitions are matched with labels, and how sizes are compared at one quality."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bench.shots import Mark, compare
from bench.warm import write_sparse
from bench.x264 import interpolate_size

CUT = Mark(100, 100, "cut")
DISSOLVE = Mark(200, 224, "dissolve")


@pytest.mark.parametrize("frame", [99, 100, 101])
def test_a_cut_matches_a_label_up_to_one_frame_away(frame: int) -> None:
    score = compare([Mark(frame, frame, "cut")], [CUT])
    assert (score.precision, score.recall, score.f1) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("frame", [98, 102])
def test_a_cut_two_frames_away_is_wrong_and_its_label_is_missed(frame: int) -> None:
    score = compare([Mark(frame, frame, "cut")], [CUT])
    assert (score.found, score.labelled, score.matched) == (1, 1, 0)


def test_a_label_matches_only_one_of_two_marks_on_it() -> None:
    score = compare([Mark(205, 205, "cut"), Mark(215, 215, "cut")], [DISSOLVE])
    assert (score.precision, score.recall) == (0.5, 1.0)


def test_one_mark_matches_only_one_of_two_labels_that_it_spans() -> None:
    score = compare([Mark(90, 230, "fade")], [CUT, DISSOLVE])
    assert (score.precision, score.recall) == (1.0, 0.5)


def test_marks_on_an_ignored_label_count_neither_for_nor_against() -> None:
    score = compare([Mark(100, 100, "cut"), Mark(300, 300, "cut")], [CUT, Mark(290, 310, "ignore")])
    assert (score.found, score.labelled, score.matched) == (1, 1, 1)


def test_nothing_found_is_a_score_of_nothing() -> None:
    score = compare([], [CUT])
    assert (score.precision, score.recall, score.f1) == (0.0, 0.0, 0.0)


def test_size_at_a_quality_lies_between_measured_points_in_the_logarithm() -> None:
    assert interpolate_size([(90.0, 1000.0), (94.0, 4000.0)], 92.0) == pytest.approx(2000.0)


@pytest.mark.parametrize("vmaf", [89.9, 94.1])
def test_size_at_a_quality_outside_the_measured_points_is_unknown(vmaf: float) -> None:
    assert interpolate_size([(90.0, 1000.0), (94.0, 4000.0)], vmaf) is None


def test_a_film_is_made_large_by_one_free_box_that_takes_no_room(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(struct.pack(">I4s", 16, b"ftyp") + b"isom0000")
    large = write_sparse(film, tmp_path / "large.mp4", 1 << 33)
    with large.open("rb") as file:
        assert file.read(16) == film.read_bytes()
        assert struct.unpack(">I4sQ", file.read(16)) == (1, b"free", (1 << 33) - 16)
    assert large.stat().st_size == 1 << 33
    assert large.stat().st_blocks * 512 < 1 << 20
