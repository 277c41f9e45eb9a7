"""What the benchmark of finding shots prints, with contestants that find what they are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bench import shots
from bench.contestants import ADAPTIVE, DECODE, EXACT, FAST, ContestantMissingError, Listing, marks_of
from bench.labels import Mark
from bench.transnet_script import transitions
from bench.verdicts import show_errors
from pipeline.shell.ffmpeg import run_ffmpeg

LABELS = "kind,start_frame,end_frame,note\ncut,24,24,\ndissolve,40,52,\ncut,80,80,jump\n"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    run_ffmpeg(("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=24:duration=4", "-c:v", "ffv1", str(path)))
    path.with_suffix(".shots.csv").write_text(LABELS)
    return path


def finding(cpu_seconds: float, *marks: Mark) -> Callable[[Path, Path], Listing]:
    return lambda *_: Listing(marks, cpu_seconds, 1.0)


def missing(*_: Path) -> Listing:
    raise ContestantMissingError("it is not there")


@pytest.fixture
def contestants(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Mark(24, 24, "cut"), Mark(41, 52, "fade"), Mark(90, 90, "cut"))
    known = {
        FAST: finding(2.0, *found),
        EXACT: missing,
        ADAPTIVE: finding(10.0),
        DECODE: lambda *_: Listing(None, 4.0, 2.0),
    }
    monkeypatch.setattr(shots, "CONTESTANTS", known)


@pytest.mark.usefixtures("contestants")
def test_the_command_tells_time_ratios_and_how_right_each_is(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shots.main([str(film), *(f"--only={name}" for name in (FAST, EXACT, ADAPTIVE, DECODE))], standalone_mode=False)
    told = capsys.readouterr().out
    assert "matinee over adaptive: 2.00 / 10.00 CPU s = 0.200 (goal: at most 0.25, reached)" in told
    assert "matinee --exact is left out: it is not there." in told
    assert "cuts ±1" in told and "gradual, IoU ≥ 0.5" in told
    assert "missed" not in told


@pytest.mark.usefixtures("contestants")
def test_errors_are_shown_with_their_frames(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film.with_suffix(".disturbances.csv").write_text("what,start_frame,end_frame,detail\ntake,0,96,\nflash,88,91,\n")
    shots.main([str(film), f"--only={FAST}", "--show-errors"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "missed cut 80 (jump); found cut 90" in told
    assert "false  cut 90; labelled cut 80 (jump); in flash 88–91" in told
    assert "wrong  dissolve 40–52 was found as fade 41–52" in told


@pytest.mark.usefixtures("contestants")
def test_labels_may_lie_elsewhere(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "other.csv"
    labels.write_text("kind,start_frame,end_frame\ncut,90,90\n")
    shots.main([str(film), "--labels", str(labels), f"--only={FAST}", "--show-errors"], standalone_mode=False)
    assert "0 missed" in capsys.readouterr().out


def test_a_contestant_that_does_not_exist_is_refused(film: Path) -> None:
    assert CliRunner().invoke(shots.main, [str(film), "--only=nobody"]).exit_code == 2


def test_errors_of_a_list_at_hand_are_shown_and_its_verdict_returned(capsys: pytest.CaptureFixture[str]) -> None:
    verdict = show_errors("mine", [Mark(5, 5, "cut")], [Mark(5, 5, "cut"), Mark(9, 9, "cut")])
    assert verdict.cuts[1].recall == 0.5
    assert capsys.readouterr().out.splitlines() == [
        "mine: 1 missed, 0 false, 0 of a wrong kind",
        "  missed cut 9; found cut 5",
    ]


def test_frames_are_counted_by_packets(film: Path) -> None:
    assert shots.count_frames(film) == 96


def test_our_own_document_is_read() -> None:
    document = '{"transitions": [{"kind": "cut", "start_frame": 5, "end_frame": 5}]}'
    assert marks_of(document) == (Mark(5, 5, "cut"),)


@pytest.mark.parametrize(
    ("middles", "members", "found"),
    [
        ((9, 10), (9, 10), [(10, 10, "cut")]),
        ((9, 10), (9, 11), [(10, 10, "cut")]),
        ((12, 14), (8, 18), [(8, 18, "dissolve")]),
        ((9, 10), (20, 30), [(10, 10, "cut")]),
        ((0, 0), (8, 18), []),
    ],
)
def test_predictions_by_frame_become_transitions(
    middles: tuple[int, int], members: tuple[int, int], found: list[tuple[int, int, str]]
) -> None:
    masks = np.zeros((2, 40), bool)
    for mask, (start, end) in zip(masks, (middles, members), strict=True):
        mask[start:end] = True
    assert transitions(*masks) == found


@pytest.mark.usefixtures("contestants")
def test_films_are_also_shown_together(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shots.main([str(film), str(film), f"--only={FAST}", f"--only={ADAPTIVE}"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "2 films: finding shots, 192 frames" in told
    assert "matinee over adaptive: 4.00 / 20.00 CPU s = 0.200" in told


def test_labels_are_refused_for_several_films(film: Path) -> None:
    labels = str(film.with_suffix(".shots.csv"))
    assert CliRunner().invoke(shots.main, [str(film), str(film), "--labels", labels]).exit_code == 2
