"""A film is studied in another process: what comes back is the same, and its crash or hang is the film's."""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import MasterError
from pipeline.shell import apart, closeness, measurement, study, subjects
from pipeline.shell.apart import (
    FaultApart,
    find_subjects,
    look_closely,
    measure,
    probe_master,
    study_master,
    study_shots,
)
from pipeline.shell.companion import Companion
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.tether import tethered
from pipeline.timebase import Span

from .conftest import noise, write_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    path = write_film(folder / "film.mp4", rate="25", frames=60, sound=noise(2), sound_options=("-c:a", "aac"))
    os.utime(path, ns=(0, 0))
    return path


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Any]:
    return {"store": Store(tmp_path / "store"), "ledger": Ledger(tmp_path / "ledger.sqlite3")}


def have_it_do(code: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the other process do something instead of looking into a film."""
    (folder / "stand_in.py").write_text(f"import sys\nsys.stdin.readline()\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(apart, "_MODULE", "stand_in")


def test_what_is_found_apart_is_what_is_found_here(film: Path, places: dict[str, Any], tmp_path: Path) -> None:
    told: list[float] = []
    found = study_master(film, **places, on_fraction=told.append)
    here = study.study_master(film, store=Store(tmp_path / "other"), ledger=Ledger(tmp_path / "other.sqlite3"))
    assert found.is_new and (found.facts, found.analysis, found.digest) == (here.facts, here.analysis, here.digest)
    assert study_shots(film, **places).shots == found.shots
    assert probe_master(film) == probe(film)
    assert told == sorted(told)


def test_what_is_known_starts_no_process(film: Path, places: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    # A file whose inode changed just now may change again; it would be read, not believed.
    monkeypatch.setattr("pipeline.shell.digests.TRUST_AFTER_NS", -(10**12))
    first = study_master(film, **places)
    monkeypatch.setattr(apart, "Companion", None)
    assert study_master(film, **places) == replace(first, is_new=False)


def test_what_stretches_show_is_seen_apart_and_read_here(
    film: Path, places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, span, other = study_master(film, **places), Span(Fraction(0), Fraction(1)), Store(tmp_path / "other")
    seen = find_subjects(known, [span], places["store"]), look_closely(known, [span], places["store"])
    assert seen == (subjects.find_subjects(known, [span], other), closeness.look_closely(known, [span], other))
    monkeypatch.setattr(apart, "Companion", None)
    assert seen == (find_subjects(known, [span], places["store"]), look_closely(known, [span], places["store"]))


def test_a_file_is_measured_apart_as_it_is_here(film: Path) -> None:
    assert apart.measure(film) == measurement.measure(film)


def test_a_refusal_is_told_as_it_is_told_here(tmp_path: Path, places: dict[str, Any]) -> None:
    path = tmp_path / "notes\n\udcff.mp4"
    path.write_text("not a film\n" * 100)
    for ask in (lambda: probe_master(path), lambda: study_shots(path, **places)):
        with pytest.raises(MasterError) as caught:
            ask()
        with pytest.raises(MasterError) as here:
            probe(path)
        assert (str(caught.value), caught.value.data) == (str(here.value), here.value.data)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
        ("raise ValueError('of ours')", "ended with code 1: ValueError: of ours"),
        ("import time\ntime.sleep(60)", "gave no answer"),
        (
            "import time\nwhile True:\n    print('{\"share\": 0.001}', flush=True)\n    time.sleep(0.1)",
            "gave no answer",
        ),
    ],
)
def test_a_crash_or_hang_is_an_error_that_names_the_film(
    film: Path, places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    monkeypatch.setattr(apart, "_LEAST_LIMIT_S", 1.0)
    have_it_do(code, tmp_path, monkeypatch)
    with pytest.raises(MasterError, match=told) as caught:
        study_shots(film, **places)
    assert str(caught.value).startswith(f"{film}: cannot be decoded") and caught.value.exit_code == 2


def test_a_fault_of_ours_over_there_is_one_here(
    film: Path, places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from pipeline.shell import studying\n"
        "def fail(*_, **__):\n    raise ZeroDivisionError('cosmic ray')\n"
        "studying.study_shots = fail\nstudying.main()"
    )
    (tmp_path / "stand_in.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(apart, "_MODULE", "stand_in")
    with pytest.raises(FaultApart, match="ZeroDivisionError: cosmic ray") as caught:
        study_shots(film, **places)
    assert "Traceback" in caught.value.__notes__[0]


def test_the_other_process_may_not_have_all_memory(
    film: Path, places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_GB", "0.5")
    have_it_do("bytearray(1 << 30)", tmp_path, monkeypatch)
    with pytest.raises(MasterError, match="MemoryError"):
        study_shots(film, **places)


def test_what_crashes_leaves_no_core() -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE)[0])"
    ran = subprocess.run(tethered((sys.executable, "-c", code)), capture_output=True, text=True, check=True)
    assert ran.stdout == "0\n"


def test_a_limit_that_was_set_from_outside_stays() -> None:
    code = "import resource\nresource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20))\n"
    code += "from pipeline.shell.tether import tethered\nimport subprocess, sys\n"
    code += (
        "print(subprocess.run(tethered((sys.executable, '-c', 'bytearray(400 << 20)')), capture_output=True).stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "MemoryError" in ran.stdout


def test_giving_up_ends_the_other_process(
    film: Path, places: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []

    class Noted(Companion):
        def __init__(self, *words: str) -> None:
            super().__init__(*words)
            started.append(self)

    monkeypatch.setattr(apart, "Companion", Noted)
    have_it_do("import time\nprint('{\"share\": 0.5}', flush=True)\ntime.sleep(60)", tmp_path, monkeypatch)

    def give_up(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study_shots(film, **places, on_fraction=give_up)
    assert started[0]._process.poll() == -signal.SIGTERM


def test_one_process_answers_what_is_asked_of_one_film_in_a_row(film: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    shutil.copy(film, other)
    probe_master(film)
    first = apart._PRESENT.onlooker
    assert first is not None and measure(film) == measurement.measure(film)
    assert apart._PRESENT.onlooker is first and first.companion.is_running
    probe_master(other)
    assert apart._PRESENT.onlooker is not first and not first.companion.is_running
    with pytest.raises(MasterError):
        probe_master(tmp_path / "nothing.mp4")


def test_who_left_for_want_of_questions_is_followed_by_another(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = probe_master(film)
    onlooker = apart._PRESENT.onlooker
    assert onlooker is not None
    onlooker.companion.end()
    wait = time.monotonic() + 10
    while onlooker.companion.is_running and time.monotonic() < wait:
        time.sleep(0.01)
    # As if it had left after it was looked for and before it was asked.
    running = iter((True,))
    monkeypatch.setattr(Companion, "is_running", property(lambda one: next(running, one._process.poll() is None)))
    assert probe_master(film) == first


def test_a_process_without_questions_ends_by_itself(film: Path) -> None:
    asked = {"wanted": "facts", "path": os.fsencode(film).hex()}
    code = "import pipeline.shell.studying as s; s._PATIENCE_S = 0.2; s.main()"
    done = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert done.stdin is not None and done.stdout is not None
    done.stdin.write(json.dumps(asked).encode() + b"\n")
    done.stdin.flush()
    assert "facts" in json.loads(done.stdout.readline())
    assert done.wait(20) == 0
    done.stdin.close()
    done.stdout.close()


def test_measurements_from_there_can_be_nothing_else(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    told = base64.b64encode(pickle.dumps(Hostile())).decode()
    monkeypatch.setattr(apart, "_asked", lambda *_: {"measurements": told})
    with pytest.raises(MasterError, match=r"posix\.system is no measurement"):
        measure(film)
