"""What the system tells of a folder is heard, and a drive in it that hangs freezes nobody but who asks it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.shell import folder_events
from pipeline.shell.folder_events import FolderEvents, folders_below
from tests.disks import ALONE
from tests.hanging_drive import needs_hanging_drive

SCENE = """
import sys, threading, time
from pathlib import Path
from pipeline.shell.folder_events import FolderEvents
from tests.hanging_drive import hanging_drive
place = Path(sys.argv[1])
heard = threading.Event()
with hanging_drive(place / "inbox" / "nas", place / "drive") as tell:
    tell("hold")
    events = FolderEvents(place / "inbox", lambda paths: heard.set(), lambda *lost: print("lost", *lost))
    events.start()
    time.sleep(1.0)
    tell("answer")
    end = time.monotonic() + 20
    while not heard.wait(0.2) and time.monotonic() < end:
        (place / "inbox" / "film.mp4").touch()
    print("heard" if heard.is_set() else "nothing", flush=True)
    events.stop()
"""


@needs_hanging_drive
def test_a_drive_that_hangs_as_a_folder_is_begun_to_be_watched_freezes_nobody(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "nas").mkdir(parents=True)
    (tmp_path / "drive" / "below").mkdir(parents=True)
    process = subprocess.Popen(
        (*ALONE, sys.executable, "-c", SCENE, str(tmp_path)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2], start_new_session=True,
    )  # fmt: skip
    try:
        assert process.communicate(timeout=30)[0] == b"heard\n"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)


def test_folders_are_gone_through_once_each_by_links_as_well(tmp_path: Path) -> None:
    for name in ("in/deep", "elsewhere/far"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "in" / "film.mp4").touch()
    (tmp_path / "in" / "deep" / "back").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "nowhere").symlink_to(tmp_path / "none")
    found = sorted(one.resolve().relative_to(tmp_path).as_posix() for one in folders_below(tmp_path / "in"))
    assert found == ["elsewhere", "elsewhere/far", "in", "in/deep"]
    assert list(folders_below(tmp_path / "none")) == []


def test_a_link_that_leads_nowhere_hides_no_folder_beside_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    assert list(folders_below(tmp_path)) == [tmp_path, tmp_path / "below"]


def test_what_is_stopped_before_it_began_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = list[object]()
    monkeypatch.setattr("watchfiles.watch", lambda *root, **_: began.extend(root) or iter(()))
    monkeypatch.setattr(folder_events, "folders_below", lambda root: iter((root,)))
    events = FolderEvents(tmp_path, lambda _: None, lambda *_: None)
    events.run()
    assert began == [tmp_path]
    events.stop()
    events.run()
    assert began == [tmp_path]
