"""What nobody keeps goes with its work, and with the next work where that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.shell import scratch
from pipeline.shell.scratch import scratch_folder

KILLED = (
    "import os, signal; from pipeline.shell.scratch import scratch_folder\n"
    "with scratch_folder() as folder:\n"
    "    (folder / 'half').write_text('x')\n"
    "    os.kill(os.getpid(), signal.SIGKILL)\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(scratch.tempfile, "tempdir", None)
    return tmp_path


def test_a_folder_goes_with_its_work_also_where_that_fails(place: Path) -> None:
    def fail() -> None:
        with scratch_folder() as folder:
            (folder / "a").write_text("x")
            assert folder.parent == place
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(place: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED], check=False).returncode == -signal.SIGKILL
    assert [path.name for folder in place.iterdir() for path in folder.iterdir()] == ["half"]
    with scratch_folder() as folder:
        assert list(place.iterdir()) == [folder]
    assert list(place.iterdir()) == []


def test_what_another_run_needs_and_what_is_somebody_elses_stays(place: Path) -> None:
    (place / "matinee-films").mkdir()
    (place / "matinee-scratch-link").symlink_to(place / "matinee-films")
    with scratch_folder() as held:
        (held / "a").write_text("x")
        with scratch_folder() as folder:
            assert folder != held and (held / "a").is_file()
        assert (held / "a").is_file()
    assert {path.name for path in place.iterdir()} == {"matinee-films", "matinee-scratch-link"}


def test_many_at_once_take_nothing_from_each_other(place: Path) -> None:
    lost: list[Path] = []

    def work() -> None:
        for _ in range(30):
            with scratch_folder() as folder:
                (folder / "a").write_text("x")
                if not (folder / "a").is_file():
                    lost.append(folder)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == [] and list(place.iterdir()) == []
