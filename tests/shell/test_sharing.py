"""Machines that share a store have each artifact once, with the bytes of whoever was first, in a folder or a bucket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, Protocol

import pytest

from pipeline.errors import InputError, PipelineError, StoreError, Transient
from pipeline.shell.making import unmade
from pipeline.shell.sharing import VARIABLE, Exchange, find_exchange
from pipeline.shell.sharing.bucket import BucketShelf
from pipeline.shell.sharing.folder import FolderShelf
from pipeline.shell.store import Store
from tests.shell import stores
from tests.shell.stores import BUCKET, run_s3, run_store

A, B = "a" * 64, "b" * 64


class Place(Protocol):
    """A shared store as a test sees it."""

    def exchange(self) -> Exchange: ...
    def names(self) -> set[str]: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def exchange(self) -> Exchange:
        return Exchange(FolderShelf(self.root))

    def names(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        (self.root / name).unlink(missing_ok=True)
        (self.root / name).write_bytes(content)


class Bucket:
    def __init__(self, store: stores.Store) -> None:
        self.store = store

    def exchange(self) -> Exchange:
        return Exchange(BucketShelf.open(BUCKET, "shared"))

    def names(self) -> set[str]:
        return {key.removeprefix("shared/") for key in self.store.all_keys()}

    def read(self, name: str) -> bytes:
        content: bytes = self.store.read(f"shared/{name}")["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        self.store.client.put_object(Bucket=BUCKET, Key=f"shared/{name}", Body=content)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with run_s3() as url:
        yield url


@pytest.fixture
def front(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[stores.Store]:
    stores.have_clients_ask_as_test(monkeypatch, tmp_path)
    with run_store(s3) as front:
        monkeypatch.setenv("AWS_ENDPOINT_URL", front.url)
        yield front


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "shared")
    return Bucket(request.getfixturevalue("front"))


@pytest.fixture
def machines(place: Place, tmp_path: Path) -> tuple[Store, Store]:
    """Two machines, each with its own scratch."""
    return Store(tmp_path / "one", place.exchange()), Store(tmp_path / "two", place.exchange())


def _writing(content: bytes, **says: Any) -> Callable[[Path], Mapping[str, Any]]:
    def produce(path: Path) -> Mapping[str, Any]:
        path.write_bytes(content)
        return {"made_by": "test", **says}

    return produce


def _refuse(_: Path) -> Mapping[str, Any]:
    raise AssertionError("made again")


def _receipt(key: str = A) -> str:
    return f"{key[:2]}/{key}/receipt.json"


def _content(place: Place) -> str:
    (name,) = place.names() - {_receipt()}
    return name


def test_what_one_machine_made_another_has_without_making_it(machines: tuple[Store, Store]) -> None:
    one, two = machines
    made, _ = one.make(A, ".mp4", _writing(b"film", frames=7))
    found = two.find(A)
    assert found is not None and found.path.read_bytes() == b"film" and found.path.is_relative_to(two.root)
    assert found.receipt["frames"] == 7 and found.sha256 == made.sha256
    assert two.make(A, ".mp4", _refuse) == (found, False)
    # Then it has it by itself.
    assert Store(two.root).find(A) == found


def test_a_key_that_was_missing_a_moment_ago_is_not_made_twice(machines: tuple[Store, Store]) -> None:
    one, two = machines
    assert two.find(A) is None
    one.make(A, ".mp4", _writing(b"film"))
    assert two.make(A, ".mp4", _refuse)[0].path.read_bytes() == b"film"


def test_the_first_receipt_wins_where_two_machines_make_other_bytes(machines: tuple[Store, Store]) -> None:
    one, two = machines

    def late(path: Path) -> Mapping[str, Any]:
        one.make(A, ".mp4", _writing(b"the first", by="one"))
        return _writing(b"the second, and longer", by="two")(path)

    made, is_new = two.make(A, ".mp4", late)
    assert is_new and made.path.read_bytes() == b"the first" and made.receipt["by"] == "one"
    assert two.find(A) == made and made.sha256 == one.make(A, ".mp4", _refuse)[0].sha256


def test_machines_that_finish_together_agree_on_one(place: Place, tmp_path: Path) -> None:
    for number in range(2):
        key = f"{number}" * 64
        barrier = Barrier(3)

        def make(who: int, key: str = key, barrier: Barrier = barrier) -> tuple[bytes, Any]:
            def produce(path: Path) -> Mapping[str, Any]:
                barrier.wait(30)
                return _writing(b"bytes of %d" % who, by=who)(path)

            made, _ = Store(tmp_path / f"machine-{who}", place.exchange()).make(key, ".mp4", produce)
            return made.path.read_bytes(), made.receipt["by"]

        with ThreadPoolExecutor(3) as pool:
            told = set(pool.map(make, range(3)))
        assert len(told) == 1, told
        ((content, by),) = told
        assert content == b"bytes of %d" % by
        # What lost is not left behind.
        assert len([name for name in place.names() if key in name]) == 2


@pytest.mark.parametrize("damage", ["content", "content gone", "receipt", "receipt of another key"])
def test_what_is_damaged_there_is_made_again_and_mended(damage: str, place: Place, tmp_path: Path) -> None:
    Store(tmp_path / "one", place.exchange()).make(A, ".mp4", _writing(b"film"))
    if damage == "content":
        place.write(_content(place), b"fXlm")
    elif damage == "receipt":
        place.write(_receipt(), b'{"key": "')
    elif damage == "receipt of another key":
        place.write(_receipt(), json.dumps(json.loads(place.read(_receipt())) | {"key": B}).encode())
    else:
        receipt = json.loads(place.read(_receipt()))
        place.write(_receipt(), json.dumps(receipt | {"sha256": "0" * 64}).encode())
    two, three = (Store(tmp_path / name, place.exchange()) for name in ("two", "three"))
    assert two.find(A) is None
    assert two.make(A, ".mp4", _writing(b"film"))[1]
    found = three.find(A)
    assert found is not None and found.path.read_bytes() == b"film"


def test_a_receipt_cannot_lead_to_another_file(place: Place, tmp_path: Path) -> None:
    Store(tmp_path / "one", place.exchange()).make(A, ".mp4", _writing(b"film"))
    said = json.loads(place.read(_receipt()))
    for change in ({"suffix": "/../../../secret"}, {"sha256": "../x"}):
        place.write(_receipt(), json.dumps(said | change).encode())
        assert Store(tmp_path / "two", place.exchange()).find(A) is None


def test_a_machine_killed_before_its_receipt_leaves_nothing_that_counts(tmp_path: Path) -> None:
    place = Folder(tmp_path / "shared")
    code = (
        "import os, signal, sys, pathlib, pipeline.shell.sharing.folder as f, pipeline.shell.store as s\n"
        "f._link_new = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store = s.Store(pathlib.Path(sys.argv[1]))\n"
        "store.make('a' * 64, '.mp4', lambda p: p.write_bytes(b'of the dead') and {})\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "dead")], check=False, env={VARIABLE: str(place.root)}
    )
    assert killed.returncode < 0
    store = Store(tmp_path / "two", place.exchange())
    assert store.find(A) is None
    assert store.make(A, ".mp4", _writing(b"of the living"))[0].path.read_bytes() == b"of the living"


def test_large_files_and_many_keys_come_through(machines: tuple[Store, Store]) -> None:
    one, two = machines
    large = bytes(range(256)) * (10 << 12)
    keys = [f"{number:064x}" for number in range(12)]
    one.make(A, ".mp4", _writing(large))
    one.make_several(
        dict.fromkeys(keys, ".m4s"),
        lambda paths: {key: _writing(key.encode())(path) for key, path in paths.items()},
    )
    two.copy_ahead([A, *keys, B])
    found = Store(two.root).find(A)
    assert found is not None and found.path.read_bytes() == large
    assert all(Store(two.root).find(key) is not None for key in keys)


def test_planning_asks_once_for_each_key_that_nobody_made(front: stores.Store, tmp_path: Path) -> None:
    class Step:
        name = "step"
        keys = (A, B)

        def __init__(self) -> None:
            self.workshop: Any = type("Workshop", (), {"store": Store(tmp_path / "one", Bucket(front).exchange())})

    step = Step()
    assert unmade((step,)) == (step,) and unmade((step,)) == (step,)
    assert step.workshop.store.find(A) is None
    assert len([one for one in front.asked if one.method == "GET"]) == 4


def test_a_store_without_conditions_is_refused_before_anything_is_written(front: stores.Store, tmp_path: Path) -> None:
    front.heeds_conditions = False
    with pytest.raises(StoreError, match="ignores conditions") as caught:
        Store(tmp_path / "one", Bucket(front).exchange()).make(A, ".mp4", _writing(b"film"))
    assert "MATINEE_SHARED_STORE" in str(caught.value) and Bucket(front).names() == set()


def test_a_store_that_does_not_answer_may_be_tried_again(front: stores.Store, tmp_path: Path) -> None:
    front.before = lambda _: 503
    with pytest.raises(PipelineError) as caught:
        Store(tmp_path / "one", Bucket(front).exchange()).find(A)
    assert isinstance(caught.value, Transient)


def test_a_lost_answer_to_the_first_receipt_is_no_loss(front: stores.Store, tmp_path: Path) -> None:
    lost: list[str] = []

    def after(asked: stores.Asked) -> str | None:
        if asked.method == "PUT" and asked.name.endswith("receipt.json") and not lost:
            lost.append(asked.name)
            return stores.RESET
        return None

    front.after = after
    made, _ = Store(tmp_path / "one", Bucket(front).exchange()).make(A, ".mp4", _writing(b"film"))
    assert lost and made.path.read_bytes() == b"film"
    assert len(Bucket(front).names()) == 2


def test_a_folder_that_is_not_mounted_is_no_empty_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "one", Exchange(FolderShelf(tmp_path / "nosuch")))
    with pytest.raises(StoreError, match="mounted"):
        store.find(A)
    with pytest.raises(StoreError, match="mounted"):
        store.make(A, ".mp4", _writing(b"film"))
    assert not (tmp_path / "nosuch").exists()


def test_a_file_system_without_links_keeps_the_first_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("os.link", refuse)
    shelf = FolderShelf(Folder(tmp_path / "shared").root)
    assert shelf.put_new("a/b/receipt.json", b"one") and not shelf.put_new("a/b/receipt.json", b"two")
    assert shelf.read("a/b/receipt.json") == b"one"
    assert not shelf.replace("a/b/receipt.json", b"three", before=b"two")
    assert shelf.replace("a/b/receipt.json", b"three", before=b"one")
    assert shelf.read("a/b/receipt.json") == b"three"
    assert [path.name for path in (tmp_path / "shared" / "a" / "b").iterdir()] == ["receipt.json"]


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert find_exchange() is None
    place = Folder(tmp_path / "shared")
    monkeypatch.setenv(VARIABLE, str(place.root))
    Store(tmp_path / "one").make(A, ".mp4", _writing(b"film"))
    assert Store(tmp_path / "two").find(A) is not None
    monkeypatch.setenv(VARIABLE, "media/shared")
    with pytest.raises(InputError, match="absolute path"):
        find_exchange()
    monkeypatch.setenv(VARIABLE, "gs://films/x")
    with pytest.raises(InputError, match="s3://bucket/prefix"):
        find_exchange()
