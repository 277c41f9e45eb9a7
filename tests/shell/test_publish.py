"""Outputs appear whole under names for people, and nobody's own file is lost to them."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import (
    alone_in,
    is_foreign,
    is_published,
    publish,
    publish_to_edit,
    replace_document,
    withdraw,
    withdraw_others,
)
from pipeline.shell.store import Artifact, Store

A, B, C = (letter * 64 for letter in "abc")
NOBODY = 65534  # the user that may do nothing, by its usual number


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


@pytest.fixture
def artifact(store: Store) -> Artifact:
    return store.make(A, ".mp4", _writing(b"film"))[0]


def _writing(content: bytes) -> Callable[[Path], Mapping[str, Any]]:
    def produce(path: Path) -> Mapping[str, Any]:
        path.write_bytes(content)
        return {"made_by": "test"}

    return produce


def test_an_output_is_a_hard_link_and_is_put_once(store: Store, artifact: Artifact, ledger: Ledger) -> None:
    target = store.root.parent / "out" / "film" / "clip.mp4"
    assert publish(artifact, target, ledger) is None and target.samefile(artifact.path)
    before = target.stat()
    assert is_published(artifact, target, ledger) and publish(artifact, target, ledger) is None
    assert target.stat() == before and [path.name for path in target.parent.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP])
def test_an_output_on_another_disk_is_a_copy(
    code: int, store: Store, artifact: Artifact, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.link", refuse)
    target = store.root.parent / "clip.mp4"
    publish(artifact, target, ledger)
    assert target.read_bytes() == b"film" and not target.samefile(artifact.path)
    assert is_published(artifact, target, ledger) and publish(artifact, target, ledger) is None


def test_a_newer_artifact_takes_the_place_of_ours(store: Store, artifact: Artifact, ledger: Ledger) -> None:
    target = store.root.parent / "clip.mp4"
    newer, _ = store.make(B, ".mp4", _writing(b"newer"))
    publish(artifact, target, ledger)
    assert publish(newer, target, ledger) is None and target.read_bytes() == b"newer"
    assert artifact.path.read_bytes() == b"film"


STRANGERS: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.write_bytes(b"mine"),
    "a folder": lambda path: (path.mkdir(), (path / "mine").touch()),
    "a link": lambda path: path.symlink_to("/etc/hostname"),
    "a dead link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_we_did_not_put_there_is_moved_aside(
    stranger: str, store: Store, artifact: Artifact, ledger: Ledger
) -> None:
    target = store.root.parent / "clip.v2.mp4"
    (store.root.parent / "clip.v2.kept-1.mp4").write_text("kept before")
    STRANGERS[stranger](target)
    kept = publish(artifact, target, ledger)
    assert kept == store.root.parent / "clip.v2.kept-2.mp4" and os.path.lexists(kept)
    assert target.read_bytes() == b"film" and not target.is_symlink()
    assert (store.root.parent / "clip.v2.kept-1.mp4").read_text() == "kept before"
    assert stranger != "a file" or kept.read_bytes() == b"mine"


def test_an_output_that_somebody_changed_is_moved_aside(store: Store, artifact: Artifact, ledger: Ledger) -> None:
    target = store.root.parent / "clip.mp4"
    publish(artifact, target, ledger)
    target.unlink()
    target.write_bytes(b"mine")
    kept = publish(artifact, target, ledger)
    assert kept is not None and kept.read_bytes() == b"mine" and target.read_bytes() == b"film"


def test_the_same_bytes_are_not_moved_aside_though_the_ledger_is_new(
    artifact: Artifact, ledger: Ledger, tmp_path: Path
) -> None:
    target, copy = tmp_path / "clip.mp4", tmp_path / "copy.mp4"
    publish(artifact, target, ledger)
    copy.write_bytes(b"film")
    for place in (target, copy):
        assert publish(artifact, place, Ledger(tmp_path / "new.sqlite3")) is None
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["clip.mp4", "copy.mp4"]


@pytest.mark.parametrize(
    "name", ["x" * 251 + ".mp4", "é" * 125 + ".mp4", "x" + "." + "y" * 253, b"caf\xe9.mp4", "a\nb", "-x"]
)
def test_outputs_may_have_any_name(name: str | bytes, store: Store, artifact: Artifact, ledger: Ledger) -> None:
    target = store.root.parent / os.fsdecode(name)
    target.write_bytes(b"mine")
    kept = publish(artifact, target, ledger)
    assert kept is not None and kept.read_bytes() == b"mine" and target.read_bytes() == b"film"
    assert is_published(artifact, target, ledger) and ledger.output_at(target) is not None
    replace_document(target, b"{}", ledger)
    assert target.read_bytes() == b"{}"
    withdraw(target, ledger)
    assert not target.exists()


def test_a_place_that_cannot_be_written_is_told_with_its_name(
    artifact: Artifact, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    for target in (tmp_path / "file" / "clip.mp4", tmp_path / ("x" * 300)):
        with pytest.raises(PublishError, match="cannot be written"):
            publish(artifact, target, ledger)
        with pytest.raises(PublishError, match="cannot be written"):
            replace_document(target, b"{}", ledger)
    assert (tmp_path / "file").read_text() == "mine"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pipeline.shell.publish._link_or_copy", full)
    with pytest.raises(PublishError, match="No space left") as caught:
        publish(artifact, tmp_path / "clip.mp4", ledger)
    assert caught.value.data["path"] == str(tmp_path / "clip.mp4") and "--out" in str(caught.value)
    assert not (tmp_path / "clip.mp4").exists()


def test_a_read_only_folder_is_told() -> None:
    # Outside tmp_path, into which nobody but its owner may look; root may write everywhere, so it steps down.
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        root.chmod(0o777)
        (root / "locked").mkdir(mode=0o555)
        os.seteuid(NOBODY if user == 0 else user)
        try:
            artifact, _ = Store(root / "store").make(A, ".mp4", _writing(b"film"))
            with pytest.raises(PublishError, match="Permission denied"):
                publish(artifact, root / "locked" / "clip.mp4", Ledger(root / "ledger.sqlite3"))
        finally:
            os.seteuid(user)
        assert list((root / "locked").iterdir()) == []


def test_only_our_own_unchanged_outputs_are_withdrawn(store: Store, artifact: Artifact, ledger: Ledger) -> None:
    ours, changed, foreign = (store.root.parent / name for name in ("a.mp4", "b.mp4", "c.mp4"))
    publish(artifact, ours, ledger)
    publish(artifact, changed, ledger)
    changed.unlink()
    for path in (changed, foreign):
        path.write_bytes(b"mine")
    for path in (ours, changed, foreign, store.root.parent / "none.mp4"):
        withdraw(path, ledger)
    assert [path.exists() for path in (ours, changed, foreign)] == [False, True, True]
    assert artifact.path.exists()


def test_a_withdrawal_that_the_folder_refuses_is_told(
    artifact: Artifact, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(artifact, tmp_path / "a.mp4", ledger)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    with pytest.raises(PublishError, match="cannot be removed"):
        withdraw(tmp_path / "a.mp4", ledger)


def test_a_document_of_a_run_that_was_killed_before_the_ledger_knew_is_not_taken_for_a_persons(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    target = tmp_path / "h1.framing.json"
    for content in (b"first", b"second"):
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "record_output", killed)
            with pytest.raises(KeyboardInterrupt):
                replace_document(target, content, ledger)
        assert target.read_bytes() == content and not is_foreign(target, ledger)
    target.write_bytes(b"somebody's")
    assert is_foreign(target, ledger)


def test_a_copy_to_edit_of_a_run_that_was_killed_is_replaced_and_not_put_aside(
    store: Store, artifact: Artifact, tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    target = tmp_path / "h1.framing.json"
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "record_output", killed)
        with pytest.raises(KeyboardInterrupt):
            publish_to_edit(artifact, target, ledger)
    other, _ = store.make(B, ".json", _writing(b"another framing"))
    assert publish_to_edit(other, target, ledger) is None
    assert [path.name for path in tmp_path.glob("h1*")] == [target.name] and target.read_bytes() == b"another framing"


def test_runs_that_publish_into_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    order = []

    def second() -> None:
        with alone_in(tmp_path / "out"):
            order.append("second")

    with alone_in(tmp_path / "out"):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


def test_only_what_we_put_under_such_names_and_nobody_changed_is_taken_away(
    tmp_path: Path, artifact: Artifact, ledger: Ledger
) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/out\xff"))
    for name in ("a/1.m4s", "a/2.m4s", "a/3.m4s", "b.jpg"):
        publish(artifact, folder / name, ledger)
    publish(artifact, tmp_path / "outer" / "a" / "1.m4s", ledger)
    (folder / "a" / "2.m4s").unlink()
    (folder / "a" / "2.m4s").write_text("somebody's own")
    (folder / "a" / "4.m4s").write_text("somebody's own")
    withdraw_others(folder, frozenset({"a/3.m4s"}), re.compile(r"a/\d\.m4s"), ledger)
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert left == ["a/2.m4s", "a/3.m4s", "a/4.m4s", "b.jpg"]
    assert (tmp_path / "outer" / "a" / "1.m4s").exists()
