"""Windows that people marked are read from CSV, and what is wrong with a file is told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from bench.annotations import AnnotationsError, MarkedWindow, find_annotations, read_annotations, shape_of


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_windows_are_read_with_remarks_and_with_annotators(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", "# made by eye\nframe,left,top,width,height,annotator\n\n7,1.5,0,405,720,A\n")
    assert read_annotations(path) == (MarkedWindow(7, 1.5, 0, 405, 720, "A"),)


def test_columns_may_stand_in_another_order_and_the_annotator_may_be_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", "left,top,width,height,frame\n1,2,3,4,5\n")
    assert read_annotations(path) == (MarkedWindow(5, 1, 2, 3, 4),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("frame,left,top,width\n1,2,3,4\n", "names no height"),
        ("", "names no frame"),
        ("frame,left,top,width,height\n", "holds no windows"),
        ("# x\nframe,left,top,width,height\n1,2,3,4,5\none,2,3,4,5\n", "line 4: a window is numbers"),
        ("frame,left,top,width,height\n1,2,3,4\n", "line 2: a window is numbers"),
        ("frame,left,top,width,height\n1,2,3,nan,5\n", "line 2"),
        ("frame,left,top,width,height\n-1,2,3,4,5\n", "frames count from 0"),
        ("frame,left,top,width,height\n1,2,3,0,5\n", "more than 0"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(AnnotationsError, match=told):
        read_annotations(write(tmp_path / "w.csv", text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnnotationsError, match="cannot be read"):
        read_annotations(tmp_path / "none.csv")


@pytest.mark.parametrize(("width", "shape"), [(405, Fraction(9, 16)), (404, Fraction(23, 41)), (576, Fraction(4, 5))])
def test_the_shape_of_windows_is_a_simple_fraction(width: int, shape: Fraction) -> None:
    assert shape_of((MarkedWindow(0, 0, 0, width, 720),)) == shape


def test_edges_are_shares_of_the_picture() -> None:
    assert MarkedWindow(0, 320, 180, 640, 360).edges(1280, 720) == (0.25, 0.25, 0.75, 0.75)


def test_windows_that_come_with_the_benchmarks_are_tall_and_inside_the_picture() -> None:
    files = find_annotations(Path("bbb-full-720p.mp4"))
    assert [len(read_annotations(path)) for path in files] == [27, 34]
    for window in (one for path in files for one in read_annotations(path)):
        assert window.width_px / window.height_px == 9 / 16
        assert 0 <= window.left_px <= 1280 - window.width_px
