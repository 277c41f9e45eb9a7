"""Films that change or go away, full disks and hostile titles: a clear word, nothing half-written, and then it goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import icalendar
import pypdfium2
import pytest

from pipeline.boxes import read_movie
from tests.conftest import Workplace
from tests.disks import needs_disks, run_on_full, run_on_read_only

from .conftest import HEAD, make, run

LIMIT = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); "
MAIN = "from pipeline.cli import main; sys.argv[0] = 'matinee'; main()"


def halves(home: Path) -> list[Path]:
    """Return what is half-written, or stands beside something that was made."""
    marks = (".making-", ".matinee-", "-trial", "-encode")
    return [path for path in home.rglob("*") if any(mark in path.name for mark in marks)]


@pytest.mark.parametrize(
    ("stage", "change", "told"),
    [
        ("plan_block_package", lambda path: path.unlink(), "wren.mp4: went away while it was being read"),
        ("plan_venue_file", lambda path: os.truncate(path, 5000), "wren.mp4: changed while it was being read."),
        ("judge_venue_file", lambda path: path.unlink(), "wren.mp4: went away while it was being read"),
    ],
)
def test_a_master_that_changes_during_the_run_is_told_before_anything_has_a_name(
    venue: Workplace, monkeypatch: pytest.MonkeyPatch, stage: str, change: Any, told: str
) -> None:
    from pipeline.screening import job

    done = getattr(job, stage)

    def changing(*words: Any, **named: Any) -> Any:
        made = done(*words, **named)
        change(venue.films / "wren.mp4")
        return made

    monkeypatch.setattr(job, stage, changing)
    ran = run(venue, "wren")
    assert ran.code == 2 and told in ran.err, ran.err
    folder = venue.home / "block"
    assert not [path for path in folder.rglob("*") if path.is_file()] and not halves(venue.home)


@pytest.mark.parametrize("most", [40_000, 150_000])
def test_a_limit_of_files_is_told_and_leaves_nothing_half_written(venue: Workplace, most: int) -> None:
    block = venue.films / "small-hours.block.toml"
    block.write_text(f'{HEAD}[[films]]\nfile = "wren.mp4"\n')
    words = ("block", block, "--ladder", "small", "--out", venue.home / "block")
    run = [sys.executable, "-c", f"{LIMIT.format(most=most)}{MAIN}", *map(str, words)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr and "a fault of ours" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("matinee: ") and ("cannot be written" in last or "cannot be used" in last), last
    assert not halves(venue.home) and not list((venue.home / "block").rglob("*.m3u8"))
    make(venue, "wren")


@needs_disks
@pytest.mark.parametrize("trouble", ["full store", "read-only folder"])
def test_a_disk_that_refuses_is_told_and_the_next_run_goes(venue: Workplace, trouble: str) -> None:
    block = venue.films / "small-hours.block.toml"
    block.write_text(f'{HEAD}[[films]]\nfile = "wren.mp4"\n')
    out = venue.home / "block"
    out.mkdir()
    words = ("block", block, "--ladder", "small", "--only", "hls", "--out", out)
    first, second = run_on_full(venue.home, 120, words) if trouble == "full store" else run_on_read_only(out, words)
    told = "MATINEE_HOME" if trouble == "full store" else str(out)
    assert first.code == 2 and told in first.last and "Traceback" not in first.told, first.told
    assert second.code == 0, second.told


@pytest.mark.parametrize("gone", ["block", "store"])
def test_a_drive_that_goes_away_before_anything_is_named_is_told(
    venue: Workplace, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    from pipeline.screening import job

    folder, away = venue.home / gone, venue.home / "away"
    folder.mkdir(exist_ok=True)
    put = job.put_together

    def unplug(*words: Any) -> Any:
        folder.rename(away)
        folder.mkdir()  # as a mount point is, when its drive has gone
        return put(*words)

    monkeypatch.setattr(job, "put_together", unplug)
    ran = run(venue, "wren")
    assert ran.code == 2 and "has gone" in ran.err and "connect it again" in ran.err, ran.err
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    monkeypatch.setattr(job, "put_together", put)
    make(venue, "wren")
    assert not halves(venue.home)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_leaves_no_encoder_and_the_next_one_goes(
    venue: Workplace, how: signal.Signals, code: int
) -> None:
    block = venue.films / "small-hours.block.toml"
    block.write_text(f'{HEAD}[[films]]\nfile = "wren.mp4"\n')
    words = ("block", block, "--ladder", "small", "--out", venue.home / "block")
    process = subprocess.Popen(
        [sys.executable, "-c", f"import sys; {MAIN}", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    store = venue.home / "store"
    deadline = time.monotonic() + 60
    while not list(store.rglob(".making-*.mp4")) and process.poll() is None:  # an encode has begun
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    assert process.wait(timeout=60) == code
    encoders = subprocess.run(["pgrep", "-f", f"ffmpeg.*{venue.home}"], capture_output=True, text=True, check=False)
    for _ in range(100):  # what has lost its parent is ended by the kernel at its own pace
        if not encoders.stdout:
            break
        time.sleep(0.1)
        encoders = subprocess.run(["pgrep", "-f", f"ffmpeg.*{venue.home}"], capture_output=True, text=True, check=False)
    assert not encoders.stdout
    assert how == signal.SIGKILL or not halves(venue.home)
    make(venue, "wren")
    assert not halves(venue.home)


def test_hostile_titles_stay_words_wherever_they_go(venue: Workplace) -> None:
    nasty = "A=B;C#D\\\\E </script><b>'& \u202egpj.exe\u202c " + "long " * 50
    (venue.films / "wren.film.toml").write_text(f'title = "{nasty}"\ndirector = "{nasty}"\n')
    block = venue.films / "b.toml"
    head = HEAD.replace('"Small Hours"', '"Hours =;#\\\\ </script> \u202e"').replace(
        '"Café Central"', '"V;,\\\\ </script>"'
    )
    block.write_text(f'{head}[[films]]\nfile = "wren.mp4"\n')
    folder = venue.home / "block"
    ran = venue.matinee("block", block, "--out", folder, "--only", "venue", "--only", "sheets")
    assert ran.code == 0, ran.err
    assert "\u202e" not in ran.out + ran.err
    (file,) = folder.glob("*.mp4")
    (track,) = (one for one in read_movie(file).tracks if one.kind == "vide")
    assert track.samples.count
    page = (folder / "run-sheet.html").read_text()
    assert "</script>" not in page and "&lt;/script&gt;" in page and "\u202e" not in page
    lines = (folder / "block.m3u8").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["../../films/wren.mp4"] and "\u202e" not in "".join(
        lines
    )
    (event,) = icalendar.Calendar.from_ical((folder / "block.ics").read_bytes()).walk("VEVENT")
    assert event["location"] == "V;,\\ </script>" and event["summary"] == "Hours =;#\\ </script>"
    text = pypdfium2.PdfDocument(folder / "run-sheet.pdf")[0].get_textpage().get_text_bounded()
    assert "A=B;C#D\\E" in text and "\u202e" not in text
    assert json.loads((folder / "block.otio").read_text())["name"].startswith("Hours =;#\\ </script>")
