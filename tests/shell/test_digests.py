"""A film is read once, and again whenever it may have changed."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import MasterError
from pipeline.shell import digests
from pipeline.shell.digests import DigestReader, digest_of, sha256_of, why_unreadable
from pipeline.shell.ledger import FileIdentity, Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(b"film" * 1000)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the list that grows by each file that is read."""
    read: list[Path] = []
    original = sha256_of

    def count(path: Path, *, stopped: threading.Event | None = None) -> str:
        read.append(path)
        return original(path, stopped=stopped)

    monkeypatch.setattr(digests, "sha256_of", count)
    return read


def _age(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.time_ns() + round(seconds * 1e9)
    monkeypatch.setattr("time.time_ns", lambda: now)


def test_the_digest_is_that_of_the_bytes(film: Path, ledger: Ledger, tmp_path: Path) -> None:
    assert digest_of(film, ledger) == hashlib.sha256(b"film" * 1000).hexdigest()
    (tmp_path / "empty").touch()
    assert digest_of(tmp_path / "empty", ledger) == hashlib.sha256().hexdigest()


def test_a_film_is_read_once_when_it_has_settled(
    film: Path, ledger: Ledger, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(monkeypatch, 3)
    assert digest_of(film, ledger) == digest_of(film, ledger) and reads == [film]
    (film.parent / "link.mov").symlink_to(film)
    assert digest_of(film.parent / "link.mov", ledger) == digest_of(film, ledger) and reads == [film]


def test_a_film_changed_less_than_two_seconds_ago_is_not_trusted(
    film: Path, ledger: Ledger, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    digest_of(film, ledger)
    assert ledger.known_digest(FileIdentity.of(film)) is None
    digest_of(film, ledger)
    assert len(reads) == 2
    _age(monkeypatch, 3)
    digest_of(film, ledger)
    digest_of(film, ledger)
    assert len(reads) == 3


def test_a_film_dated_in_the_future_is_trusted_by_its_inode(
    film: Path, ledger: Ledger, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = time.time_ns() + 10**18
    os.utime(film, ns=(later, later))
    digest_of(film, ledger)
    assert ledger.known_digest(FileIdentity.of(film)) is None
    _age(monkeypatch, 3)
    digest_of(film, ledger)
    digest_of(film, ledger)
    assert len(reads) == 2


def test_bytes_are_read_again_where_memory_is_not_to_be_trusted(
    film: Path, ledger: Ledger, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(monkeypatch, 3)
    ledger.remember_digest(FileIdentity.of(film), "0" * 64, name="film.mov")
    assert digest_of(film, ledger) == "0" * 64 and reads == []
    assert DigestReader(film, ledger, trust="bytes").result() == sha256_of(film) and reads == [film]
    assert digest_of(film, ledger) == sha256_of(film)


def test_any_change_is_noticed_though_size_and_time_are_put_back(
    film: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(monkeypatch, 3)
    before, status = digest_of(film, ledger), film.stat()
    film.write_bytes(b"FILM" * 1000)
    os.utime(film, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest_of(film, ledger) != before


@pytest.mark.parametrize("is_known", [False, True])
def test_a_film_that_changes_while_it_is_worked_on_is_refused(
    is_known: bool, film: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(monkeypatch, 3)
    if is_known:
        digest_of(film, ledger)
    reader = DigestReader(film, ledger).start()
    assert (reader.known is not None) == is_known
    with film.open("ab") as file:
        file.write(b"more")
    with pytest.raises(MasterError, match=r"film\.mov: changed while it was being read"):
        reader.result()
    assert ledger.known_digest(FileIdentity.of(film)) is None


def test_a_film_that_goes_away_or_cannot_be_read_is_named(film: Path, ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(MasterError, match="cannot be reached"):
        DigestReader(tmp_path / "none.mov", ledger)
    reader = DigestReader(film, ledger)
    film.unlink()
    with pytest.raises(MasterError, match="cannot be read to its end") as caught:
        reader.result()
    assert caught.value.data["path"] == str(film)


def test_reading_can_be_given_up(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "big.mov"
    with path.open("wb") as file:
        file.truncate(1 << 34)
    reader = DigestReader(path, ledger).start()
    reader.stop()
    with pytest.raises(MasterError):
        reader.result()


def test_a_file_is_readable_to_its_end_or_the_system_says_why_not(
    film: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert why_unreadable(film) is None
    gone = why_unreadable(film.with_name("gone.mov"))
    assert gone is not None and gone.errno == errno.ENOENT

    def refuse(*_: object, **__: object) -> str:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(digests, "sha256_of", refuse)
    with pytest.raises(MasterError, match=r"Stale file handle.*connect it again"):
        digest_of(film, ledger)


def test_what_the_system_refuses_is_known_from_the_reading_beside(
    film: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert DigestReader(film, ledger).start().why_refused() is None

    def refuse(*_: object, **__: object) -> str:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(digests, "sha256_of", refuse)
        refused = DigestReader(film, ledger).start().why_refused()
    assert refused is not None and refused.errno == errno.EIO
    reader = DigestReader(film, ledger)
    assert reader.why_refused() is None, "nothing reads it, so that it is read for this"
    reader = DigestReader(film, ledger)
    film.unlink()
    assert isinstance(reader.why_refused(), FileNotFoundError)


def test_what_a_film_is_refused_for_waits_for_no_more_of_it_than_was_worked_on(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "big.mov"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    began, reader = time.monotonic(), DigestReader(path, ledger).start()
    assert reader.why_refused() is None and time.monotonic() - began < 5
    assert reader.why_refused() is None, "who gives up reading is no drive"


@pytest.mark.parametrize("is_known", [False, True])
def test_a_drive_that_hangs_refuses_its_film_in_time(
    is_known: bool, film: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    _age(monkeypatch, 3)
    if is_known:
        digest_of(film, ledger)
    answers = threading.Event()
    monkeypatch.setattr(digests, "WRITING_LIMIT_S", 0.2)
    monkeypatch.setattr(digests, "sha256_of", lambda *_, **__: answers.wait(30))
    began, reader = time.monotonic(), DigestReader(film, ledger).start()
    refused = reader.why_refused()
    answers.set()
    assert refused is not None and refused.errno == errno.ETIMEDOUT and time.monotonic() - began < 5
