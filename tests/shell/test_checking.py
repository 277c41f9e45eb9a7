"""Looking into a file says who writes to it, what vouches for it, and whether it is whole; a crash ends nothing."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xxhash

from pipeline.shell.checker import Checker
from pipeline.shell.checking import look_into
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.writers import who_writes
from tests.whole_films import write_films


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_films(tmp_path_factory.mktemp("whole"))["end.mp4"].read_bytes()


@pytest.fixture
def film(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "film.mov"
    path.write_bytes(content)
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "home" / "ledger.sqlite3")


def test_a_whole_film_is_known_by_its_content(film: Path, ledger: Ledger, content: bytes) -> None:
    finding = look_into(film, ledger)
    assert (finding.kind, finding.digest) == ("whole", hashlib.sha256(content).hexdigest())


def test_its_digest_is_remembered_for_whoever_makes_something_of_it(film: Path, ledger: Ledger) -> None:
    time.sleep(2.1)
    finding = look_into(film, ledger)
    assert ledger.known_digest(FileIdentity.of(film)) == finding.digest


@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_film_that_somebody_has_open_to_write_waits(film: Path, ledger: Ledger, mode: str) -> None:
    code = f"import sys, time; file = open(sys.argv[1], {mode!r}); print('open', flush=True); time.sleep(60)"
    writer = subprocess.Popen([sys.executable, "-c", code, str(film)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None and writer.stdout.readline() == b"open\n"
        finding = look_into(film, ledger)
        assert finding.kind == "open" and "open to write" in finding.why
        assert str(writer.pid) in (who_writes(film) or "")
    finally:
        writer.kill()
        writer.communicate()
    assert look_into(film, ledger).kind == "whole"


def test_who_only_reads_it_is_no_reason_to_wait(film: Path, ledger: Ledger) -> None:
    with film.open("rb"):
        assert look_into(film, ledger).kind == "whole"


def summed(algorithm: str, data: bytes) -> str:
    return hashlib.new(algorithm, data).hexdigest()


SUMS = {
    "film.mov.md5": lambda data: f"{summed('md5', data)}  film.mov\n",
    "film.md5": lambda data: f"MD5 (film.mov) = {summed('md5', data)}\n",
    "film.mov.sha256": lambda data: f"{hashlib.sha256(data).hexdigest()} *./reels/film.mov\n",
    "film.sha1": lambda data: summed("sha1", data).upper(),
    "film.mov.sha512": lambda data: f"{'0' * 128}  other.mov\n{summed('sha512', data)}  film.mov\n",
    "film.mov.xxh": lambda data: f"{xxhash.xxh64(data).hexdigest()}  C:\\reels\\film.mov\r\n",
    "film.mov.xxh128": lambda data: f"{xxhash.xxh3_128(data).hexdigest()}  film.mov\n",
    "film.mov.xxh3": lambda data: f"XXH3_{xxhash.xxh3_64(data).hexdigest()}  film.mov\n",
}


@pytest.mark.parametrize("name", SUMS)
def test_a_checksum_beside_a_film_vouches_for_it_where_it_is_right(
    film: Path, ledger: Ledger, content: bytes, name: str
) -> None:
    film.with_name(name).write_text(SUMS[name](content))
    assert look_into(film, ledger).certainty == "vouched"
    film.with_name(name).write_text(SUMS[name](content + b"more"))
    finding = look_into(film, ledger)
    assert finding.kind == "mismatched" and name in finding.why and "again" in finding.remedy


def test_a_checksum_of_another_film_says_nothing_of_this_one(film: Path, ledger: Ledger, content: bytes) -> None:
    film.with_name("film.md5").write_text(f"{summed('md5', content)}  other.mov\n")
    assert look_into(film, ledger).kind == "mismatched"


def test_a_broken_film_with_a_right_checksum_was_broken_before_it_was_copied(film: Path, ledger: Ledger) -> None:
    film.write_bytes(film.read_bytes()[:-500])
    film.with_name("film.mov.md5").write_text(summed("md5", film.read_bytes()))
    finding = look_into(film, ledger)
    assert (finding.kind, finding.certainty) == ("broken", "vouched")


def test_ready_vouches_without_a_checksum(film: Path, ledger: Ledger) -> None:
    assert look_into(film, ledger, "sidecar").kind == "open"
    film.with_name("film.mov.ready").touch()
    assert look_into(film, ledger, "sidecar").kind == "whole"


def test_a_film_that_is_gone_or_a_folder_is_told(tmp_path: Path, ledger: Ledger) -> None:
    assert look_into(tmp_path / "film.mov", ledger).kind == "gone"
    (tmp_path / "folder.mov").mkdir()
    assert look_into(tmp_path / "folder.mov", ledger).kind == "broken"


def test_the_other_process_answers_for_any_name_and_comes_back_after_a_crash(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = Checker(tmp_path / "home" / "ledger.sqlite3")
    odd = tmp_path / "caf\udce9 \n[b].mov"
    odd.write_bytes(content)
    try:
        assert checker.look_into(odd, "stillness", len(content)).kind == "whole"
        assert checker._companion is not None
        checker._companion._process.kill()
        lost = checker.look_into(odd, "stillness", len(content))
        assert lost.kind == "broken" and "signal 9" in lost.why
        assert checker.look_into(odd, "stillness", len(content)).kind == "whole"
        monkeypatch.setattr("pipeline.shell.checker._REST_AFTER_S", 0)
        checker.rest()
        assert checker._companion is None
    finally:
        checker.stop()
