"""The ledger remembers across processes, gives way to none, and says what is wrong where it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import InputError, StoreError
from pipeline.shell.editions import Editions, list_editions
from pipeline.shell.ledger import FileIdentity, Ledger, Output

WRITER = """
import sys
from pathlib import Path
from pipeline.shell.ledger import FileIdentity, Ledger
number = int(sys.argv[2])
for turn in range(20):
    ledger = Ledger(Path(sys.argv[1]))
    identity = FileIdentity(1, number * 100 + turn, 3, 4, 5)
    ledger.remember_digest(identity, f"{number}-{turn}", name="film.mov")
    assert ledger.known_digest(identity) == f"{number}-{turn}"
    ledger.record_manifest(Path(f"/out/{turn}"))
    ledger.record_verdict(digest="d", platform="p", region="", verdict="approved", who=str(number), note=str(turn))
"""
IDENTITY = FileIdentity(1, 2, 3, 4, 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.sqlite3"


def test_a_digest_is_known_for_exactly_its_identity(path: Path) -> None:
    ledger = Ledger(path)
    ledger.remember_digest(IDENTITY, "one", name="caf\udce9.mov")
    assert Ledger(path).known_digest(IDENTITY) == "one"
    for name in ("device", "inode", "size", "mtime_ns", "ctime_ns"):
        assert ledger.known_digest(replace(IDENTITY, **{name: 99})) is None
    ledger.remember_digest(replace(IDENTITY, size=9), "two", name="two.mov")
    assert ledger.known_digest(IDENTITY) is None and ledger.known_digest(replace(IDENTITY, size=9)) == "two"


def test_a_toolchain_is_known_while_its_binary_is_unchanged(path: Path) -> None:
    ledger = Ledger(path)
    for binary in (Path("/bin/ffmpeg"), Path("/caf\udce9/ffmpeg")):
        ledger.remember_toolchain(binary, IDENTITY, "ffmpeg 9")
        assert ledger.known_toolchain(binary, IDENTITY) == "ffmpeg 9"
        assert ledger.known_toolchain(binary, replace(IDENTITY, mtime_ns=9)) is None
    assert ledger.known_toolchain(Path("/other"), IDENTITY) is None


@pytest.mark.parametrize("name", ["clip.mp4", "🎬 é\n.mp4", "caf\udce9.mp4"])
def test_outputs_and_manifests_are_remembered_by_their_paths(name: str, path: Path) -> None:
    ledger, output = Ledger(path), Output(Path("/out") / name, "key", "sha", 3, 4)
    assert ledger.output_at(output.path) is None
    ledger.record_output(replace(output, key="old"))
    ledger.record_output(output)
    assert Ledger(path).output_at(output.path) == output
    for _ in range(2):
        ledger.record_manifest(output.path)
    assert ledger.manifests() == (output.path,)


def test_the_newest_verdict_counts_and_earlier_ones_stay(path: Path) -> None:
    ledger = Ledger(path)
    assert ledger.verdict_on(digest="d", platform="p") is None
    for verdict, who in (("approved", "Ann"), ("rejected", "Bea")):
        entry = ledger.record_verdict(digest="d", platform="p", region="", verdict=verdict, who=who, note="n")  # type: ignore[arg-type]
    assert ledger.verdict_on(digest="d", platform="p") == entry and entry.verdict == "rejected"
    assert entry.at.endswith("+00:00")
    assert ledger.verdict_on(digest="d", platform="q") is ledger.verdict_on(digest="e", platform="p") is None
    assert ledger.verdict_on(digest="d", platform="p", region="DE") is None
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM verdicts").fetchone() == (2,)
    db.close()


def test_many_processes_write_at_once_from_the_first_moment_on(path: Path) -> None:
    runs = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(number)]) for number in range(8)]
    assert [run.wait(timeout=120) for run in runs] == [0] * 8
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM digests").fetchone() == (160,)
    assert db.execute("SELECT count(*) FROM verdicts").fetchone() == (160,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert len(Ledger(path).manifests()) == 20


def test_a_ledger_of_a_newer_matinee_is_left_alone(path: Path) -> None:
    Ledger(path).record_manifest(Path("/a"))
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer Matinee") as caught:
        Ledger(path).manifests()
    assert "Update Matinee" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"no database, but long enough to be read as one" * 100, b"SQLite format 3\0" + bytes(4080)]
)
def test_a_damaged_ledger_is_named_and_not_overwritten(content: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Ledger(path).record_manifest(Path("/a"))
    assert "move it away" in str(caught.value) and caught.value.data["path"] == str(path)
    assert path.read_bytes() == content


def test_a_folder_in_the_ledgers_place_is_told(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be used") as caught:
        Ledger(path).manifests()
    assert "permissions" in str(caught.value)


def test_a_ledger_of_an_earlier_matinee_keeps_what_it_knows(path: Path) -> None:
    ledger = Ledger(path)
    ledger.remember_digest(IDENTITY, "one", name="film.mov")
    ledger.record_verdict(digest="d", platform="p", region="", verdict="approved", who="Ann", note="")
    db = sqlite3.connect(path)
    tables = ("editions", "edition_names", "orphans", "target_objects", "entry_texts", "unfinished_uploads")
    for table in (*tables, "drop_editions"):
        db.execute(f"DROP TABLE {table}")  # as version 1 had none of them
    db.execute("PRAGMA user_version = 1")
    db.close()
    assert list_editions(Ledger(path)) == ()
    assert Ledger(path).known_digest(IDENTITY) == "one"
    assert Ledger(path).verdict_on(digest="d", platform="p") is not None


def test_editions_of_an_earlier_matinee_can_be_put_on_a_calendar(path: Path) -> None:
    Ledger(path).record_manifest(Path("/a"))
    db = sqlite3.connect(path)
    db.execute("DROP TABLE drop_editions")  # as version 2 had none
    db.execute("PRAGMA user_version = 2")
    db.close()
    editions = Editions(Ledger(path), "/srv/www")
    editions.put_on_calendar("kite-de", "kite")
    assert editions.on_calendar("kite") == {"kite-de"} and editions.on_calendar("other") == frozenset()


def test_of_two_who_decide_at_once_the_second_is_told_of_the_first(path: Path) -> None:
    ledger = Ledger(path)
    mine = {"digest": "d", "platform": "p", "region": "", "who": "Ann", "note": ""}
    first = ledger.record_verdict(**mine, verdict="approved", seen=0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Ann has approved it meanwhile") as told:
        ledger.record_verdict(**mine, verdict="rejected", seen=0)  # type: ignore[arg-type]
    assert told.value.data["standing"] == first and ledger.verdicts() == (first,)
    second = ledger.record_verdict(**mine, verdict="rejected", seen=first.number)  # type: ignore[arg-type]
    assert ledger.verdicts() == (first, second) and second.number > first.number


def test_a_verdict_for_a_region_counts_before_one_for_all(path: Path) -> None:
    ledger = Ledger(path)
    assert ledger.verdict_for(digest="d", platform="p", region="de") is None
    whole = ledger.record_verdict(digest="d", platform="p", region="", verdict="approved", who="Ann", note="")
    assert ledger.verdict_for(digest="d", platform="p", region="de") == whole
    own = ledger.record_verdict(digest="d", platform="p", region="de", verdict="rejected", who="Ann", note="")
    assert ledger.verdict_for(digest="d", platform="p", region="de") == own
    assert ledger.verdict_for(digest="d", platform="p", region="") == whole


def test_a_ledger_that_is_kept_open_is_told_and_asked_as_ever_and_whole_when_it_is_let_go(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    with Ledger(path).kept_open():
        Ledger(path).record_manifest(Path("/out/one"))
        assert log.stat().st_size, "what was told is in the log as yet"
        assert Ledger(path).manifests() == (Path("/out/one"),)
        subprocess.run(
            [sys.executable, "-c", WRITER, str(path), "1"], check=True, stdin=subprocess.DEVNULL, timeout=120
        )
    assert not log.exists()
    assert Path("/out/19") in Ledger(path).manifests() and Path("/out/one") in Ledger(path).manifests()


def test_what_goes_wrong_while_a_ledger_is_kept_open_is_not_taken_for_its_own(path: Path) -> None:
    with pytest.raises(FileNotFoundError), Ledger(path).kept_open():
        (path.parent / "nothing").read_bytes()
    path.unlink()
    path.write_text("no ledger, and longer than the head of one " * 9)
    with pytest.raises(StoreError, match="cannot be used"), Ledger(path).kept_open():
        pass


def test_thousands_of_outputs_are_asked_and_told_at_once_and_their_changes_kept(path: Path, tmp_path: Path) -> None:
    ledger = Ledger(path)
    names = (tmp_path / "odd \udce9.mp4", *(tmp_path / f"{number}.mp4" for number in range(2500)))
    first = [Output(name, "key", "sha", 1, 2) for name in names]
    ledger.record_outputs(first)
    found = ledger.outputs_at((*names, tmp_path / "other.mp4"))
    assert list(found) == list(names) and list(found.values()) == first
    changed = replace(first[0], key="another")
    ledger.record_outputs((changed, first[1], replace(first[2], key="b"), first[2]))
    keys = [[key for key, _ in ledger.output_history(name)] for name in names[:3]]
    assert keys == [["another", "key"], ["key"], ["key", "b", "key"]]
    assert ledger.output_at(names[0]) == changed
