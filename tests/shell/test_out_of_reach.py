"""A drive that stops answering in the middle of a film is told as that: the film is neither cut off nor refused."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import errors
from pipeline.errors import MasterError, MasterOutOfReach, Transient
from pipeline.shell import digests, headers
from pipeline.shell.checking import look_into
from pipeline.shell.entirety import find_fault
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import check_readable, open_media, packets_of, probe
from pipeline.shell.store import Store
from pipeline.shell.study import feature_tools, recall_master, study_shots
from pipeline.watching.work import outcome_of

from .conftest import ffmpeg, noise, write_film

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes reads fail")
NAMES = ("film.mp4", "film.mkv", "film.ts")
ASKING = """
import sys
from pathlib import Path
from pipeline.errors import PipelineError
from pipeline.shell.checking import look_into
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import study_master, study_shots
film, store, what = Path(sys.argv[1]), Store(Path(sys.argv[2])), sys.argv[3]
ledger = Ledger(store.root / "ledger.sqlite3")
try:
    if what == "arrival":
        found = look_into(film, ledger)
        print(found.kind, found.why)
    else:
        print("made", {"shots": study_shots, "features": study_master}[what](film, store=store, ledger=ledger).digest)
except PipelineError as error:
    print(type(error).__name__, error)
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Films of some megabytes, so that they are read in many pieces."""
    folder = tmp_path_factory.mktemp("films")
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "6", "-g", "12", "-vf", "noise=alls=60:allf=t")
    first = write_film(folder / "film.mp4", frames=96, options=options, sound=noise(4))
    for name in NAMES[1:]:
        ffmpeg("-i", first, "-c:v", "copy", "-c:a", "aac", folder / name)
    long_ago = time.time() - 60
    for name in NAMES:
        os.utime(folder / name, (long_ago, long_ago))
    return {name: folder / name for name in NAMES}


def ask_while_reads_fail(film: Path, store: Path, what: str, *, after: int) -> str:
    """Return what is said of a film from which nothing can be read any more after so many reads."""
    script = [sys.executable, "-c", ASKING, str(film), str(store), what]
    fault = f"inject=read,pread64:error=EIO:when={after}+"
    ran = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(film), "-e", "trace=read,pread64", "-e", fault, *script],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return ran.stdout


@needs_strace
@pytest.mark.parametrize("name", NAMES)
def test_the_study_tells_a_drive_that_failed_and_keeps_nothing(
    name: str, films: dict[str, Path], tmp_path: Path
) -> None:
    film, store = films[name], Store(tmp_path / "store")
    ledger = Ledger(store.root / "ledger.sqlite3")
    said = ask_while_reads_fail(film, store.root, "shots", after=40)
    assert said.startswith(f"MasterOutOfReach {film}: cannot be read to its end (Input/output error).")
    assert "connect it again" in said and "cut off" not in said

    # A film whose bytes are known is not read for its digest, which had told so before.
    study = study_shots(film, store=store, ledger=ledger)
    said = ask_while_reads_fail(film, store.root, "features", after=25)
    assert said.startswith(f"MasterOutOfReach {film}: cannot be read to its end"), said
    assert recall_master(film, digest=study.digest, identity=study.identity, store=store) is None, feature_tools()


@needs_strace
@pytest.mark.parametrize("name", NAMES)
def test_an_arrival_is_looked_into_again_and_not_called_broken(
    name: str, films: dict[str, Path], tmp_path: Path
) -> None:
    Store(tmp_path / "store")
    for after in (2, 12):
        said = ask_while_reads_fail(films[name], tmp_path / "store", "arrival", after=after)
        assert said.startswith("unreachable ") and "Input/output error" in said, (after, said)


class _Failing:
    """A container of which some packets are read, and then no more."""

    def __init__(self, container: Any, code: int) -> None:
        self._container, self._code = container, code
        self.name = container.name

    def demux(self, streams: Any) -> Iterator[Any]:
        import av

        for number, packet in enumerate(self._container.demux(streams)):
            if number == 5:
                av.error.err_check(-self._code)
            yield packet


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT])
def test_packets_that_the_system_does_not_give_are_no_end_of_a_film(code: int, films: dict[str, Path]) -> None:
    with open_media(films["film.mp4"]) as container:
        packets = packets_of(_Failing(container, code), container.streams.video[0])  # type: ignore[arg-type]
        with pytest.raises(MasterOutOfReach, match="cannot be read to its end") as caught:
            list(packets)
    error = caught.value
    assert isinstance(error, Transient) and error.exit_code == 2 and error.data["path"] == str(films["film.mp4"])
    told = errors.rebuild(getattr(errors, type(error).__name__), error.message, error.remedy, error.data)
    assert str(told) == str(error) and isinstance(told, MasterOutOfReach)
    assert outcome_of(told, films["film.mp4"]).kind == "again"


def test_other_trouble_of_libav_stays_what_it_is(films: dict[str, Path]) -> None:
    import av

    with open_media(films["film.mp4"]) as container, pytest.raises(av.InvalidDataError):
        list(packets_of(_Failing(container, 1094995529), container.streams.video[0]))  # type: ignore[arg-type]


def test_a_film_that_is_cut_off_is_still_told_as_that(
    films: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.mkv"
    content = films["film.mkv"].read_bytes()
    film.write_bytes(content[: len(content) // 3])
    read, opened = list[Path](), Path.open

    def reading(path: Path, *args: Any, **how: Any) -> Any:
        if how == {"buffering": 0}:
            read.append(path)
        return opened(path, *args, **how)

    monkeypatch.setattr(Path, "open", reading)
    with pytest.raises(MasterError, match="is cut off") as caught:
        study_shots(film, store=Store(tmp_path / "store"), ledger=Ledger(tmp_path / "ledger.sqlite3"))
    assert not isinstance(caught.value, MasterOutOfReach)
    assert read == [film], "its bytes are read for its digest, which tells what the system refuses"
    assert find_fault(film) is not None and look_into(film, Ledger(tmp_path / "ledger.sqlite3")).kind == "broken"


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.ENOTCONN])
def test_a_film_whose_status_cannot_be_asked_is_out_of_reach(
    code: int, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = films["film.mp4"]

    def refuse(*_: object, **__: object) -> Any:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        with pytest.raises(MasterOutOfReach, match="connect it again"):
            check_readable(film)
    monkeypatch.setattr(digests.FileIdentity, "of", refuse)
    with pytest.raises(MasterOutOfReach):
        digests.DigestReader(film, Ledger(film.parent / "ledger.sqlite3"))
    monkeypatch.setattr(headers, "_read", refuse)
    with pytest.raises(MasterOutOfReach):
        probe(film)
