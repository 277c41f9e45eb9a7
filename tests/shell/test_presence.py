"""A drive that goes away in the middle is told of: nothing is begun anew in the empty folder that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError, StoreError
from pipeline.shell.ledger import Ledger
from pipeline.shell.presence import check_there, staying
from pipeline.shell.publish import alone_in, publish
from pipeline.shell.store import Store

A, B = "a" * 64, "b" * 64
GONE = "what was there when the run began has gone"


def _write(path: Path) -> Mapping[str, Any]:
    path.write_bytes(b"film")
    return {}


def _unmount(folder: Path, *, leaving: bool) -> Path:
    """Have a folder go away as a drive does: nothing, or an empty folder, is left in its place."""
    away = folder.with_name(f"{folder.name}-away")
    folder.rename(away)
    if leaving:
        folder.mkdir()
    return away


@pytest.mark.parametrize("leaving", [True, False])
def test_a_store_that_goes_away_is_not_begun_anew(tmp_path: Path, *, leaving: bool) -> None:
    store, ledger = Store(tmp_path / "store"), Ledger(tmp_path / "store" / "ledger.sqlite3")
    with store.in_use():
        store.make(A, ".mp4", _write)
        assert ledger.manifests() == ()
        away = _unmount(store.root, leaving=leaving)
        with pytest.raises(StoreError, match=GONE) as caught:
            store.make(B, ".mp4", _write)
        assert "connect it again" in str(caught.value)
        with pytest.raises(StoreError, match=GONE):
            ledger.manifests()
        assert not store.root.exists() or list(store.root.iterdir()) == []
        if leaving:
            store.root.rmdir()
        away.rename(store.root)
        assert store.make(B, ".mp4", _write)[1], "it is back"
    assert store.find(A) is not None


@pytest.mark.parametrize("leaving", [True, False])
def test_outputs_are_not_put_where_their_drive_was(tmp_path: Path, *, leaving: bool) -> None:
    store, out, ledger = Store(tmp_path / "store"), tmp_path / "nas", Ledger(tmp_path / "ledger.sqlite3")
    out.mkdir()
    with store.in_use(out / "clips"):
        artifact, _ = store.make(A, ".mp4", _write)
        _unmount(out, leaving=leaving)
        for put in (lambda: publish(artifact, out / "clips" / "a.mp4", ledger), lambda: alone_in(out).__enter__()):
            with pytest.raises(PublishError, match=GONE) as caught:
                put()
            assert str(out) in str(caught.value) and "--out" in str(caught.value)
    assert not out.exists() or list(out.iterdir()) == []


def test_only_places_of_runs_are_held_and_only_while_they_last(tmp_path: Path) -> None:
    kept, other = tmp_path / "kept", tmp_path / "kept-not"
    kept.mkdir()
    other.mkdir()
    with staying(kept), staying(kept):
        check_there(kept / "a")
        _unmount(other, leaving=False)
        check_there(other / "a")
    _unmount(kept, leaving=False)
    check_there(kept / "a")
