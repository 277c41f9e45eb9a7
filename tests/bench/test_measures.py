"""How sizes are compared at one quality, and how a small film is made a large one."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bench.warm import write_sparse
from bench.x264 import interpolate_size


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
