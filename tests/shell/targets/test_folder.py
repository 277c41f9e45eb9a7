"""A folder as a target: what a web server hands out meanwhile, what a killed run leaves, and folders that refuse."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, PublishError
from pipeline.plan.origin import FOR_EVER, FOR_SECONDS
from pipeline.plan.publication import references_of
from pipeline.playlists import read_playlist
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publications import publish
from pipeline.shell.takedowns import close_edition, sweep
from pipeline.shell.targets import open_target
from tests.players.web import Web, serve_web
from tests.shell.targets.looking import Opener, everything, planned, quiet
from tests.small_packages import SmallPackage, make_small_package

KILLED = """
import os, signal, sys
from importlib import import_module
place, number, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
module, name, when = place.split(":")
owner = import_module(module)
for part in name.split(".")[:-1]:
    owner = getattr(owner, part)
whole, calls = getattr(owner, name.split(".")[-1]), []
def fatal(*args, **named):
    calls.append(args)
    if len(calls) < number:
        return whole(*args, **named)
    if when == "after":
        whole(*args, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name.split(".")[-1], fatal)
sys.argv = ["matinee", *words]
from pipeline.cli import main
main()
"""
FOLDER = "pipeline.shell.targets.folder"


@pytest.fixture
def web(www: Path, tmp_path: Path) -> Iterator[Web]:
    www.mkdir()
    (tmp_path / "nginx").mkdir()
    with serve_web(www, tmp_path / "nginx") as web:
        yield web


class Reader(threading.Thread):
    """Somebody who opens an edition again and again, and asks for all that its entry leads to."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._ended = threading.Event()
        self.round = threading.Semaphore(0)
        self.seen: set[bytes] = set()
        self.missing: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._url, trust_env=False, timeout=20) as client:
            while not self._ended.is_set():
                entry = client.get("/the-red-kite.m3u8")
                if entry.status_code == 200:
                    self._read(client, entry.content)
                self.round.release()

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def wait(self) -> None:
        """Wait until a whole round has begun and ended."""
        while self.round.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self.round.acquire(timeout=60)

    def _read(self, client: httpx.Client, text: bytes) -> None:
        self.seen.add(text)
        playlist = read_playlist(text).playlist
        if playlist is None:
            self.missing.append("a playlist")
            return
        for name in references_of(playlist):
            answer = client.get(f"/{name}")
            if answer.status_code != 200:
                self.missing.append(name)
            elif name.endswith(".m3u8"):
                self._read(client, answer.content)


def test_a_reader_never_meets_a_name_that_is_not_there(in_folder: Opener, web: Web, tmp_path: Path) -> None:
    reader = Reader(web.packages)
    reader.start()
    masters = set()
    try:
        for number, scenes in enumerate(("ab", "ax", "xb", "ay", "yb")):
            package = make_small_package(tmp_path / f"cut-{number}", scenes=scenes)
            publish(planned(package), package.folder, in_folder(), quiet)
            masters.add(package.master)
            reader.wait()
    finally:
        reader.stop()
    assert reader.missing == [] and masters <= reader.seen


def test_what_is_named_by_content_is_served_for_ever_and_entries_for_seconds(
    in_folder: Opener, web: Web, kite: SmallPackage
) -> None:
    publication = planned(kite)
    publish(publication, kite.folder, in_folder(), quiet)
    for item in publication.items:
        answer = httpx.get(f"{web.packages}/{item.name}", trust_env=False)
        assert (answer.status_code, answer.headers["content-type"]) == (200, item.content_type)
        assert answer.headers["cache-control"] == item.cache_control
        assert answer.content == (kite.folder / item.source).read_bytes()
    entry = httpx.get(f"{web.packages}/{publication.entry.name}", trust_env=False)
    assert entry.headers["cache-control"] == FOR_SECONDS
    assert {item.cache_control for item in publication.items[:-1]} == {FOR_EVER}
    close_edition("the-red-kite", in_folder(), 0)
    assert {httpx.get(f"{web.packages}/{item.name}", trust_env=False).status_code for item in publication.items} == {
        404
    }


def _kill(place: str, number: int, *words: object) -> None:
    command = [sys.executable, "-c", KILLED, place, str(number), *map(str, words)]
    run = subprocess.run(command, cwd=Path(__file__).parents[3], env=dict(os.environ), capture_output=True, text=True)
    assert run.returncode == -signal.SIGKILL, run.stderr


@pytest.mark.parametrize(
    ("place", "number"),
    [
        (f"{FOLDER}:_copy:after", 1),
        (f"{FOLDER}:_name_new:after", 4),
        (f"{FOLDER}:_name_new:before", 9),
        ("pipeline.shell.editions:Editions.begin:after", 1),
        ("pipeline.shell.editions:Editions.intend:after", 1),
        (f"{FOLDER}:FolderTarget.replace:after", 1),
    ],
)
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(
    in_folder: Opener, www: Path, kite: SmallPackage, kite_de: SmallPackage, place: str, number: int
) -> None:
    for package in (kite, kite_de):
        _kill(place, number, "publish", package.folder, "--to", www, "--as", "the-red-kite")
        target = in_folder()
        if target.read("the-red-kite.m3u8") is not None:
            everything(target, "the-red-kite")
        done = publish(planned(package, "the-red-kite"), package.folder, target, quiet)
        entry = target.read("the-red-kite.m3u8")
        assert done.state == "open" and entry is not None and entry.data == package.master
        everything(target, "the-red-kite")
        assert not list(www.rglob(".*"))
    close_edition("the-red-kite", in_folder(), 0)
    sweep_all(in_folder)
    assert [path for path in www.rglob("*") if path.is_file()] == []


def sweep_all(opener: Opener) -> None:
    sweep(opener(), datetime(9999, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("place", "number"),
    [
        (f"{FOLDER}:FolderTarget.remove:after", 1),
        (f"{FOLDER}:FolderTarget.remove:after", 5),
        ("pipeline.shell.editions:Editions.close:after", 1),
        ("pipeline.shell.editions:Editions.forget:before", 1),
    ],
)
def test_a_takedown_that_is_killed_anywhere_is_finished_by_the_next(
    in_folder: Opener, www: Path, kite: SmallPackage, kite_de: SmallPackage, place: str, number: int
) -> None:
    for package in (kite, kite_de):
        publish(planned(package), package.folder, in_folder(), quiet)
    _kill(place, number, "unpublish", "the-red-kite", "--from", www, "--grace", "0")
    assert in_folder().read("the-red-kite.m3u8") is None
    everything(in_folder(), "the-red-kite-de")
    close_edition("the-red-kite", in_folder(), 0)
    everything(in_folder(), "the-red-kite-de")
    names = {path.relative_to(www).as_posix() for path in www.rglob("*") if path.is_file()}
    assert names == {item.name for item in planned(kite_de).items}


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["publish", "close", "sweep"]), st.sampled_from("pqr"), st.sampled_from(["ab", "bc", "cd"])
        ),
        max_size=9,
    )
)
def test_whatever_is_published_and_taken_away_what_is_open_is_whole(
    steps: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATINEE_HOME", str(root / "home"))
        patch.setattr("pipeline.shell.targets.folder.os.fsync", lambda _: None)
        target = open_target(str(root / "www"), Ledger(find_home().ledger))
        packages = {scenes: make_small_package(root / scenes, scenes=scenes) for scenes in ("ab", "bc", "cd")}
        opened: dict[str, bytes] = {}
        for step, edition, scenes in steps:
            if step == "publish":
                publish(planned(packages[scenes], edition), packages[scenes].folder, target, quiet)
                opened[edition] = packages[scenes].master
            elif step == "close" and edition in opened:
                close_edition(edition, target, 0)
                del opened[edition]
            elif step == "sweep" and opened:
                sweep_all(lambda: target)
            for name, master in opened.items():
                entry = target.read(f"{name}.m3u8")
                assert entry is not None and entry.data == master
                everything(target, name)
        for edition in opened:
            close_edition(edition, target, 0)
        if target.editions.all():
            sweep_all(lambda: target)
        assert [path for path in (root / "www").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("number", [1, 8, 12])
def test_a_folder_that_refuses_half_way_leaves_nothing_half_public(
    in_folder: Opener, www: Path, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch, error: int, number: int
) -> None:
    whole, calls = os.fsync, []

    def fsync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) >= number:
            raise OSError(error, os.strerror(error))
        whole(descriptor)

    monkeypatch.setattr(f"{FOLDER}.os.fsync", fsync)
    with pytest.raises(PublishError, match="cannot be written") as caught:
        publish(planned(kite), kite.folder, in_folder(), quiet)
    assert os.strerror(error) in str(caught.value) and not (www / "the-red-kite.m3u8").exists()
    assert not list(www.rglob(".*"))
    monkeypatch.undo()
    monkeypatch.setenv("MATINEE_HOME", str(find_home().root))


def test_a_file_that_changed_at_the_target_is_read_again_and_told(
    in_folder: Opener, www: Path, kite: SmallPackage
) -> None:
    publication = planned(kite)
    publish(publication, kite.folder, in_folder(), quiet)
    path = www / publication.segments[0].name
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(PublishError, match="with other bytes"):
        publish(publication, kite.folder, in_folder(), quiet)


@pytest.mark.parametrize("name", ["the-red-kite.m3u8", "segment"])
def test_a_link_in_a_names_place_is_neither_followed_nor_replaced(
    in_folder: Opener, www: Path, kite: SmallPackage, tmp_path: Path, name: str
) -> None:
    publication = planned(kite)
    (tmp_path / "theirs").write_bytes((kite.folder / publication.segments[0].source).read_bytes())
    place = www / (publication.segments[0].name if name == "segment" else name)
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "theirs")
    with pytest.raises((InputError, PublishError)):
        publish(publication, kite.folder, in_folder(), quiet)
    assert place.is_symlink() and (tmp_path / "theirs").is_file()


def test_a_folder_of_segments_that_lies_elsewhere_is_refused(
    in_folder: Opener, www: Path, kite: SmallPackage, tmp_path: Path
) -> None:
    www.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (www / "segments").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="leads out"):
        publish(planned(kite), kite.folder, in_folder(), quiet)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_web_server_may_read_what_is_published(in_folder: Opener, www: Path, kite: SmallPackage) -> None:
    before = os.umask(0o022)
    try:
        publish(planned(kite), kite.folder, in_folder(), quiet)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in www.rglob("*") if path.is_file()}
    assert modes == {0o644}


@pytest.mark.parametrize(
    "text", ["", "s3:/films", "http://films.example/hls", "S3://films/hls", "gs://films", "s3://", "s3:///hls", "s3://f",
             "s3://films/../x", "s3://films//x", "s3://films/a b", "s3://films/é", "s3://films/./x", "a\0b",
             "s3://films/" + "x" * 900, "s3://fi lms/x", "s3://films/x?y", "s3://films/\n"],
)  # fmt: skip
def test_what_is_no_target_is_refused(home: Path, text: str) -> None:
    assert not home.exists()
    with pytest.raises(InputError):
        open_target(text, Ledger(find_home().ledger))


def test_a_target_in_the_store_or_in_a_files_place_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for place in (home / "store" / "www", tmp_path / "file", tmp_path / "loop"):
        with pytest.raises(InputError):
            open_target(str(place), Ledger(find_home().ledger))
    with pytest.raises(InputError, match="endpoint"):
        open_target(str(tmp_path), Ledger(find_home().ledger), endpoint="http://127.0.0.1:1")


def test_what_a_link_leads_to_stays(in_folder: Opener, www: Path, kite: SmallPackage) -> None:
    publish(planned(kite), kite.folder, in_folder(), quiet)
    (www / "latest.m3u8").symlink_to("the-red-kite.m3u8")
    (www / "copy.m3u8").write_bytes(kite.master)
    (www / "broken.m3u8").symlink_to("nosuch")
    for number, uri in enumerate(("..", "../../etc/passwd", "/etc/passwd", "http://[", "a\0b", "x" * 5000, "%00", ".")):
        (www / f"odd-{number}.m3u8").write_text(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{uri}\n")
    done = close_edition("the-red-kite", in_folder(), 0)
    assert set(done.swept.kept) >= kite.playlists and "copy.m3u8" in done.swept.notes[0]
    for path in (*www.glob("odd-*"), www / "copy.m3u8"):
        path.unlink()
    assert set(sweep(in_folder()).removed) == kite.segments | {item.name for item in planned(kite).shown}


def test_a_page_that_somebody_put_beside_an_edition_is_theirs(in_folder: Opener, www: Path, kite: SmallPackage) -> None:
    publish(planned(kite), kite.folder, in_folder(), quiet)
    (www / "the-red-kite.html").write_text("mine")
    close_edition("the-red-kite", in_folder(), 0)
    assert [path.name for path in www.rglob("*") if path.is_file()] == ["the-red-kite.html"]


def test_an_edition_in_a_folder_that_is_gone_can_be_taken_away(
    in_folder: Opener, www: Path, kite: SmallPackage
) -> None:
    publish(planned(kite), kite.folder, in_folder(), quiet)
    shutil.rmtree(www)
    close_edition("the-red-kite", in_folder(), 0)
    assert [one.state for one in in_folder().editions.all()] == ["closed"] and not www.exists()
    publish(planned(kite), kite.folder, in_folder(), quiet)
    everything(in_folder(), "the-red-kite")


def test_what_cannot_be_swept_after_publishing_is_told_and_undoes_nothing(
    in_folder: Opener, kite: SmallPackage, kite_de: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = in_folder()
    publish(planned(kite), kite.folder, target, quiet)
    with target.sharing():
        close_edition("the-red-kite", in_folder(), 0)

    def refuse(*_: object) -> None:
        raise PublishError("It cannot be removed.")

    monkeypatch.setattr(target, "remove", refuse)
    done = publish(planned(kite_de), kite_de.folder, target, quiet)
    assert done.state == "open" and "cannot be removed" in done.swept.notes[0]


def test_of_two_processes_under_one_name_one_wins_and_what_is_there_is_whole(
    in_folder: Opener, www: Path, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    runs = []
    for package in (kite, kite_de) * 2:
        words = ["publish", str(package.folder), "--to", str(www), "--as", "kite"]
        code = f"import sys; sys.argv[1:] = {words!r}; from pipeline.cli import main; main()"
        root = Path(__file__).parents[3]
        runs.append(subprocess.Popen([sys.executable, "-c", code], cwd=root, stderr=subprocess.PIPE, text=True))
    told = [run.communicate(timeout=120)[1] for run in runs]
    assert {run.returncode for run in runs} <= {0, 2} and 0 in {run.returncode for run in runs}, told
    assert all("changed by another run" in words for run, words in zip(runs, told, strict=True) if run.returncode)
    everything(in_folder(), "kite")
    found = in_folder().read("kite.m3u8")
    assert found is not None and found.data in (kite.master, kite_de.master)
    known = in_folder().editions.find("kite")
    assert known is not None and (known.state, known.master) == ("open", hashlib.sha256(found.data).hexdigest())
