"""What stretches of films show is found, kept and found again; films of every make are looked at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.plan.subjects import STEP, Bars, Subjects, subjects_from_json, subjects_to_json
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.study import study_master
from pipeline.shell.subjects import find_subjects, look_at, subjects_key
from pipeline.timebase import Span

from .conftest import ffmpeg
from .test_looks import HEIGHT, WIDTH, Picture, draw_face, film


def _letterboxed(frame: int) -> Picture:
    """A face that goes from left to right in a scope picture."""
    picture = draw_face(30, at=(90 + 2 * frame, 90))
    picture[:24], picture[-20:] = 0, 0
    return picture


def _look(path: Path, *spans: tuple[int, int]) -> tuple[Subjects, ...]:
    wanted = [Span(Fraction(start), Fraction(end)) for start, end in spans or ((0, 3),)]
    return look_at(path, probe(path), wanted)


@pytest.fixture(scope="module")
def scope(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("subjects") / "scope.mp4", _letterboxed, "-g", "12")


def test_faces_and_edges_are_found_where_they_are(scope: Path) -> None:
    (found,) = _look(scope)
    assert [sight.time for sight in found.sights] == [STEP * number for number in range(18)]
    for sight in found.sights:
        (face,) = sight.faces
        assert face.x + face.width / 2 == pytest.approx((90 + 2 * float(sight.time) * 24) / WIDTH, abs=0.04)
    assert {bars for _, bars in found.bars} <= {Bars(0, top, 0, bottom) for top in (24, 23) for bottom in (20, 19)}


def test_stretches_are_looked_at_by_themselves_and_in_their_own_order(scope: Path) -> None:
    whole, part = _look(scope, (1, 3), (0, 1))
    assert whole.span.start == 1 and [sight.time for sight in part.sights] == [STEP * number for number in range(6)]
    (alone,) = _look(scope, (1, 3))
    assert alone == whole


def test_what_was_found_is_kept_and_read_back(scope: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    study = study_master(scope, store=store, ledger=Ledger(tmp_path / "ledger.sqlite3"))
    span = Span(Fraction(0), Fraction(3, 2))
    told: list[float] = []
    (found,) = find_subjects(study, [span], store, on_fraction=told.append)
    assert told == [1.0] and store.find(subjects_key(study.digest, span)) is not None
    scope_gone = study.__class__(**{**study.__dict__, "path": tmp_path / "gone.mp4"})
    assert find_subjects(scope_gone, [span, span], store) == (found, found), "nothing is looked at twice"
    assert subjects_from_json(subjects_to_json(found)) == found


@pytest.mark.parametrize("text", ["[]", "{}", '{"version": 1}', '{"version": 2, "span": []}', "nonsense", "null"])
def test_what_is_damaged_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        subjects_from_json(text)


@pytest.mark.parametrize(
    "made",
    [
        ("-pix_fmt", "yuv420p10le", "-c:v", "libx264"),
        ("-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "3"),
        ("-vf", "scale=161:91", "-pix_fmt", "yuv444p", "-c:v", "libx264", "-qp", "10"),
        ("-vf", "scale=16:16", "-pix_fmt", "yuv420p", "-c:v", "libx264"),
        ("-vf", "setsar=4/3", "-c:v", "libx264"),
    ],
    ids=["10 bit", "full range", "odd size", "tiny", "anamorphic"],
)
def test_films_of_every_make_are_looked_at(scope: Path, tmp_path: Path, made: tuple[str, ...]) -> None:
    path = tmp_path / "made.mkv"
    ffmpeg("-i", scope, "-t", "1", *made, path)
    (found,) = _look(path, (0, 1))
    assert len(found.sights) >= 5 and all(len(sight.across.parts) == 64 for sight in found.sights)
    if "scale=16:16" not in made:
        assert all(len(sight.faces) == 1 for sight in found.sights)
        top = found.bars[0][1]
        assert top is not None and 0 < top.top_px <= 25 and top.left_px == 0


def test_a_turned_film_is_looked_at_upright(tmp_path: Path) -> None:
    upright = film(tmp_path / "face.mp4", lambda _: _letterboxed(10), seconds=1)
    stored, marked = tmp_path / "stored.mp4", tmp_path / "marked.mp4"
    ffmpeg("-i", upright, "-vf", "transpose=1", "-c:v", "libx264", "-crf", "16", stored)
    ffmpeg("-display_rotation", "90", "-i", stored, "-c", "copy", marked)
    (found,), (plain,) = _look(marked, (0, 1)), _look(upright, (0, 1))
    for sight, other in zip(found.sights, plain.sights, strict=True):
        (face,), (wanted,) = sight.faces, other.faces
        assert face.x == pytest.approx(wanted.x, abs=0.02) and face.y == pytest.approx(wanted.y, abs=0.03)
        shift = np.abs(np.cumsum(sight.across.parts) - np.cumsum(other.across.parts)).max()
        assert shift < 400, "of ten thousand"
    bars = found.bars[0][1]
    assert bars is not None and abs(bars.top_px - 24) <= 1 and abs(bars.bottom_px - 20) <= 1


def test_something_bright_that_moves_on_a_flat_ground_is_found(tmp_path: Path) -> None:
    def moving(frame: int) -> Picture:
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        cv2.circle(picture, (60 + 4 * frame, 100), 16, (235, 235, 235), -1)
        return picture

    (found,) = _look(film(tmp_path / "ball.mp4", moving, seconds=2), (0, 2))
    for sight in found.sights[1:]:
        at = (60 + 4 * float(sight.time) * 24) / WIDTH
        if 0.2 < at < 0.8:  # towards the edges, what is seen there counts less
            assert sight.across.within(at - 0.12, at + 0.12) > 0.6, f"at {sight.time}"
