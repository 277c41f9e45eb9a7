"""Artifacts are made once, whole or not at all, whatever happens to run, disk or files; outputs stay people's."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import StoreError, VerifyFailed
from pipeline.shell.store import Artifact, Garbage, Store

A, B, C = (letter * 64 for letter in "abc")
# A run of another process: makes the keys named, slowly, and tells by a file for each that it made them itself.
MAKER = """
import sys, time, uuid
from pathlib import Path
from pipeline.shell.store import Store
root, log, pause, *keys = sys.argv[1:]
def produce(paths):
    for key, path in paths.items():
        with path.open("wb") as file:
            for _ in range(20):
                file.write(key.encode() * 100)
                file.flush()
                time.sleep(float(pause) / 20)
        Path(log, f"{key[0]}-{uuid.uuid4().hex}").touch()
    return {key: {"made_by": "test"} for key in paths}
for artifact, _ in Store(Path(root)).make_several({key: ".bin" for key in keys}, produce).values():
    assert artifact.path.read_bytes() == artifact.key.encode() * 2000
"""


def _maker(store: Store, log: Path, *keys: str, pause: float = 0.05) -> subprocess.Popen[bytes]:
    log.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", MAKER, str(store.root), str(log), str(pause), *keys])


def _writing(content: bytes) -> Callable[[Path], Mapping[str, Any]]:
    def produce(path: Path) -> Mapping[str, Any]:
        path.write_bytes(content)
        return {"made_by": "test"}

    return produce


def _refuse(_: Path) -> Mapping[str, Any]:
    raise AssertionError("made again")


def _leftovers(store: Store) -> list[Path]:
    return list(store.root.rglob(".making-*"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def artifact(store: Store) -> Artifact:
    return store.make(A, ".mp4", _writing(b"film"))[0]


def test_an_artifact_is_made_once_and_found_again(store: Store) -> None:
    assert store.find(A) is None
    made, is_new = store.make(A, ".mp4", _writing(b"film"))
    assert is_new and made.path.read_bytes() == b"film" and made.size == 4
    assert made.path == store.root / "aa" / A / "content.mp4" and made.path.stat().st_mode & 0o777 == 0o444
    assert store.make(A, ".mp4", _refuse) == (made, False) and Store(store.root).find(A) == made
    assert json.loads((made.path.parent / "receipt.json").read_text())["made_by"] == "test"


def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    def produce(path: Path) -> Mapping[str, Any]:
        path.write_bytes(b"half")
        raise VerifyFailed("It is not what was planned.")

    with pytest.raises(VerifyFailed):
        store.make(A, ".mp4", produce)
    assert store.find(A) is None and _leftovers(store) == []
    assert store.make(A, ".mp4", _writing(b"film"))[1]


def _flip(artifact: Artifact) -> None:
    artifact.path.chmod(0o644)
    artifact.path.write_bytes(b"fXlm")


def _replace_by(make: Callable[[Path], object]) -> Callable[[Artifact], None]:
    def damage(artifact: Artifact) -> None:
        artifact.path.unlink()
        make(artifact.path)

    return damage


def _receipt(change: Callable[[dict[str, Any]], Any]) -> Callable[[Artifact], None]:
    def damage(artifact: Artifact) -> None:
        path = artifact.path.parent / "receipt.json"
        path.write_text(json.dumps(change(json.loads(path.read_text()))))

    return damage


def _link_to_same_bytes(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"film")
    path.symlink_to(other)


DAMAGE: dict[str, Callable[[Artifact], object]] = {
    "a byte flipped": _flip,
    "content gone": lambda made: made.path.unlink(),
    "content longer": _replace_by(lambda path: path.write_bytes(b"film and more")),
    "content a folder": _replace_by(Path.mkdir),
    "content a full folder": _replace_by(lambda path: (path.mkdir(), (path / "x").touch())),
    "content a link": _replace_by(_link_to_same_bytes),
    "content a dead link": _replace_by(lambda path: path.symlink_to("nowhere")),
    "receipt gone": lambda made: (made.path.parent / "receipt.json").unlink(),
    "receipt empty": lambda made: (made.path.parent / "receipt.json").write_bytes(b""),
    "receipt not text": lambda made: (made.path.parent / "receipt.json").write_bytes(b"\xff\x00{"),
    "receipt a list": _receipt(lambda _: [1, 2]),
    "receipt without size": _receipt(lambda says: {key: says[key] for key in says if key != "size"}),
    "receipt without digest": _receipt(lambda says: {key: says[key] for key in says if key != "sha256"}),
    "receipt without time": _receipt(lambda says: {key: says[key] for key in says if key != "mtime_ns"}),
    "receipt with a wrong kind": _receipt(lambda says: says | {"content": 7}),
    "receipt of another key": _receipt(lambda says: says | {"key": B}),
    "receipt a folder": lambda made: (
        (made.path.parent / "receipt.json").unlink(), (made.path.parent / "receipt.json").mkdir()
    ),
    "all gone": lambda made: shutil.rmtree(made.path.parent),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_artifact_counts_as_missing_and_is_made_again(damage: str, store: Store, artifact: Artifact) -> None:
    DAMAGE[damage](artifact)
    assert store.find(A) is None
    again, is_new = store.make(A, ".mp4", _writing(b"film"))
    assert is_new and again.sha256 == artifact.sha256 and store.find(A) == again
    assert again.path.is_file() and not again.path.is_symlink() and again.path.read_bytes() == b"film"


def test_a_store_that_was_copied_without_its_times_is_still_whole(store: Store, artifact: Artifact) -> None:
    os.utime(artifact.path, ns=(1, 1))
    assert store.find(A) == artifact


def test_only_missing_keys_are_made_together(store: Store) -> None:
    store.make(B, ".bin", _writing(b"b"))
    asked: list[list[str]] = []

    def produce(paths: Mapping[str, Path]) -> Mapping[str, Mapping[str, Any]]:
        asked.append(sorted(paths))
        for key, path in paths.items():
            path.write_text(key)
        return {key: {} for key in paths}

    made = store.make_several({C: ".bin", A: ".bin", B: ".bin"}, produce)
    assert asked == [[A, C]] and {key: is_new for key, (_, is_new) in made.items()} == {A: True, B: False, C: True}


def test_processes_that_want_overlapping_keys_make_each_once_and_never_wait_in_a_circle(
    store: Store, tmp_path: Path
) -> None:
    wanted = [(A, B), (B, C), (C, A), (C, B, A), (A,), (C,)]
    runs = [_maker(store, tmp_path / "log", *keys) for keys in wanted]
    assert [run.wait(timeout=60) for run in runs] == [0] * len(runs)
    assert sorted(path.name[0] for path in (tmp_path / "log").iterdir()) == ["a", "b", "c"]
    assert _leftovers(store) == []


def test_threads_of_one_process_share_as_processes_do(store: Store) -> None:
    made: list[str] = []

    def produce(paths: Mapping[str, Path]) -> Mapping[str, Mapping[str, Any]]:
        for key, path in paths.items():
            made.append(key)
            path.write_text(key)
            time.sleep(0.01)
        return {key: {} for key in paths}

    keys = [(A, B), (B, C), (C, A)] * 6
    with ThreadPoolExecutor(18) as pool:
        list(pool.map(lambda pair: store.make_several(dict.fromkeys(pair, ".x"), produce), keys, timeout=60))
    assert sorted(made) == [A, B, C]


def test_a_run_killed_at_any_moment_leaves_no_half_and_the_next_succeeds(store: Store, tmp_path: Path) -> None:
    chance = random.Random(7)
    for attempt in range(5):
        run = _maker(store, tmp_path / "log", A, B, pause=0.4)
        time.sleep(0.15 + chance.random() * 0.5)
        run.send_signal(signal.SIGKILL)
        run.wait()
        for key in (A, B):
            found = store.find(key)
            assert found is None or found.path.read_bytes() == key.encode() * 2000, attempt
    assert _maker(store, tmp_path / "log", A, B, pause=0).wait(timeout=60) == 0
    assert _leftovers(store) == []


@pytest.mark.parametrize("step", ["pipeline.shell.store.sync", "os.replace", "json.dumps"])
def test_a_run_that_dies_while_it_commits_leaves_nothing_that_looks_finished(step: str, store: Store) -> None:
    code = (
        "import os, signal, sys, json, pathlib, pipeline.shell.store as s\n"
        "def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{'pathlib.Path.replace' if step == 'os.replace' else step.replace('pipeline.shell.store.', 's.')} = die\n"
        "s.Store(pathlib.Path(sys.argv[1])).make('a' * 64, '.mp4', lambda p: p.write_bytes(b'film') and {})\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(store.root)], check=False).returncode == -signal.SIGKILL
    assert store.find(A) is None
    assert store.make(A, ".mp4", _writing(b"film"))[1] and _leftovers(store) == []


@pytest.mark.parametrize(("code", "remedy"), [(errno.ENOSPC, "matinee gc"), (errno.EACCES, "permissions")])
def test_a_disk_that_refuses_is_the_stores_trouble(
    code: int, remedy: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", refuse)
        with pytest.raises(StoreError, match=os.strerror(code)) as caught:
            store.make(A, ".mp4", _writing(b"film"))
    assert remedy in str(caught.value) and store.find(A) is None and _leftovers(store) == []


def test_a_limit_on_file_size_is_the_stores_trouble(store: Store) -> None:
    code = (
        "import resource, signal, sys, pathlib; from pipeline.shell.store import Store, StoreError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: Store(pathlib.Path(sys.argv[1])).make('a' * 64, '.x', lambda p: p.write_bytes(bytes(5000)) and {})\n"
        "except StoreError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(store.root)], capture_output=True, text=True, check=True)
    assert "cannot be written (File too large)" in run.stdout and store.find(A) is None


def test_a_reader_that_left_is_not_the_disks_fault(store: Store) -> None:
    def produce(_: Path) -> Mapping[str, Any]:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    with pytest.raises(BrokenPipeError):
        store.make(A, ".mp4", produce)


def test_a_file_where_the_store_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    with pytest.raises(StoreError, match="cannot be written"):
        Store(tmp_path / "store").make(A, ".mp4", _writing(b"film"))
    assert (tmp_path / "store").read_text() == "mine"


def test_removal_waits_for_a_make_and_a_make_after_it_starts_anew(store: Store) -> None:
    started, go = threading.Event(), threading.Event()

    def slowly(path: Path) -> Mapping[str, Any]:
        started.set()
        go.wait(10)
        path.write_bytes(b"film")
        return {}

    with ThreadPoolExecutor(2) as pool:
        making = pool.submit(store.make, A, ".mp4", slowly)
        assert started.wait(10)
        removing = pool.submit(store.remove, Garbage((A, B), 0))
        time.sleep(0.05)
        assert not removing.done()
        go.set()
        assert making.result(10)[1] and removing.result(10) == 2
    assert store.find(A) is None and store.make(A, ".mp4", _writing(b"film"))[1]


def test_makes_and_removals_in_any_order_leave_whole_artifacts(store: Store) -> None:
    def work(number: int) -> None:
        for turn in range(15):
            if (number + turn) % 3:
                artifact, _ = store.make(A, ".mp4", _writing(b"film"))
                assert artifact.sha256
            else:
                store.remove(Garbage((A,), 0))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6), timeout=60))
    found = store.find(A)
    assert found is None or found.path.read_bytes() == b"film"
    assert _leftovers(store) == []


def test_a_folder_that_goes_while_it_is_made_is_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder, refusals = os.mkdir, [FileExistsError(17, "File exists")] * 3

    def refuse_first(path: str, mode: int = 0o777) -> None:
        if refusals and Path(path) == store.root / "aa" / A:
            raise refusals.pop()
        make_folder(path, mode)

    monkeypatch.setattr("os.mkdir", refuse_first)
    assert store.make(A, ".mp4", _writing(b"film"))[1] and not refusals


def test_a_folder_that_goes_while_its_lock_is_looked_at_is_made_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, removals = os.path.samestat, [store.root / "aa" / A]

    def remove_first(one: os.stat_result, other: os.stat_result) -> bool:
        if removals:
            shutil.rmtree(removals.pop())
            raise FileNotFoundError(2, "No such file or directory")
        return look(one, other)

    monkeypatch.setattr("os.path.samestat", remove_first)
    assert store.make(A, ".mp4", _writing(b"film"))[1] and not removals
    assert store.remove(Garbage((A,), 0)) == 1  # nothing holds a lock any more


def test_what_stands_where_a_folder_belongs_is_told(store: Store) -> None:
    (store.root / "aa").mkdir(parents=True)
    (store.root / "aa" / A).symlink_to("nowhere")
    with pytest.raises(StoreError, match="File exists"):
        store.make(A, ".mp4", _writing(b"film"))


def test_garbage_is_what_nothing_uses_and_strangers_stay(store: Store) -> None:
    store.make(A, ".mp4", _writing(b"film"))
    store.make(B, ".mp4", _writing(b"used"))
    (store.root / "aa" / "notes").mkdir()
    (store.root / "ledger.sqlite3").touch()
    (store.root / "zz").mkdir()
    garbage = store.find_garbage(frozenset({B}))
    assert garbage.keys == (A,) and garbage.size_bytes >= 4
    assert store.remove(garbage) == 1 and store.find(A) is None and store.find(B) is not None
    assert (store.root / "aa" / "notes").is_dir()


def test_the_store_is_removed_from_only_while_no_run_uses_it(store: Store) -> None:
    with store.in_use(), store.in_use(), pytest.raises(StoreError, match="A run is using the store"), store.alone():
        pass
    with store.alone(), pytest.raises(StoreError), store.alone():
        pass
    with store.in_use():
        pass


def test_receipts_hold_paths_of_any_bytes(store: Store) -> None:
    made, _ = store.make(A, ".x", lambda path: path.write_bytes(b"x") and {"argv": ["caf\udce9", "é", "🎬"]})
    found = store.find(A)
    assert found == made and found.receipt["argv"] == ["caf\udce9", "é", "🎬"]
