"""A small share of the fuzzing that `bench/fuzz` does by thousands; and that it would notice what it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import fuzz
from bench.fuzz import Tally
from bench.fuzzing import commands, looking
from bench.fuzzing.films import write_films
from bench.fuzzing.looking import look_at
from bench.fuzzing.mutations import mutated
from tests.claiming_files import CLAIMING

KINDS = ("fragments.mp4", "captions.mp4", "matroska.mkv", "mpeg4.avi", "mpeg2.ts", "disc.mpg", "camera.mxf", "old.flv")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    return [(name, path.read_bytes()) for name, path in write_films(tmp_path_factory.mktemp("films"), KINDS)]


def test_mutated_films_are_looked_into_or_refused(films: list[tuple[str, bytes]], tmp_path: Path) -> None:
    tally = fuzz.fuzz(films, range(80), tmp_path / "mutated")
    assert [finding for finding in tally.findings if finding.kind != "libav"] == []
    assert tally.files == 80
    assert tally.ended["probe", "done"] > 20 and tally.ended["probe", "refused"] > 10


@pytest.mark.parametrize("name", CLAIMING)
def test_files_that_claim_much_are_looked_into_or_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(CLAIMING[name][0]())
    ended = look_at(path)
    assert not [how for how in ended.values() if how.startswith("crash")] and ended["probe"].startswith("refused")


def test_a_number_makes_the_same_film_again(films: list[tuple[str, bytes]]) -> None:
    contents = [content for _, content in films]
    for seed in range(40):
        number, content = mutated(seed, contents)
        assert (number, content) == mutated(seed, contents) and number == seed % len(films)
    assert sum(mutated(seed, contents)[1] != contents[seed % len(films)] for seed in range(40)) > 35


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "libav"),
        ("import time; time.sleep(60)", "hang"),
        ("raise SystemExit(3)", "crash"),
        ('print(\'{"ended": {"probe": "crash: IndexError"}, "peak_bytes": 1}\', flush=True)', "crash"),
        ('print(\'{"ended": {}, "peak_bytes": 9000000000}\', flush=True)', "memory"),
    ],
)
def test_what_goes_wrong_is_noticed(code: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stand_in.py").write_text(f"import sys\nfor line in sys.stdin:\n    {code}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(fuzz, "_LIMIT_S", 2.0)
    monkeypatch.setattr(fuzz, "_LOOKING", "stand_in")
    tally: Tally = fuzz.fuzz([("a.mp4", b"abc")], range(1), tmp_path / "mutated")
    assert [finding.kind for finding in tally.findings] == [kind]


def test_an_exception_that_is_no_refusal_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> object:
        raise IndexError("list index out of range")

    monkeypatch.setitem(looking.LOOKS, "probe", (fail, looking.InputError))
    (tmp_path / "a.mp4").write_bytes(b"abc")
    assert "IndexError: list index" in look_at(tmp_path / "a.mp4")["probe"]


def test_calls_that_may_not_be_are_told_from_those_that_may(tmp_path: Path) -> None:
    home, film = tmp_path / "home", tmp_path / "films" / "film.mp4"
    log = tmp_path / "calls"
    log.write_text(
        f'1 openat(AT_FDCWD, "{film}", O_RDONLY) = 3\n'
        f'1 openat(AT_FDCWD, "{home}/out", O_WRONLY|O_CREAT, 0666) = 3\n'
        '1 openat(AT_FDCWD, "/root-only/secret", O_RDONLY) = 4\n'
        '1 openat(AT_FDCWD, "/root-only/none", O_RDONLY) = -1 ENOENT (No such file or directory)\n'
        '1 openat(AT_FDCWD, "/srv/made", O_WRONLY|O_CREAT, 0666) = 5\n'
        '1 unlink("/srv/gone")                   = 0\n'
        '1 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0\n'
        '1 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = 0\n'
    )
    found = [(kind, line.split('"')[1] if '"' in line else line) for kind, line in
             commands._calls_that_may_not_be(log, film, home)]  # fmt: skip
    assert [kind for kind, _ in found] == ["file", "file", "file", "network"]
    assert [what for _, what in found[:3]] == ["/root-only/secret", "/srv/made", "/srv/gone"]
