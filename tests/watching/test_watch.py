"""A watched folder: films that arrive are made once each, whatever is done to them, and what is wrong is told there."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.shell.asking import LIMIT_S
from pipeline.shell.checker import Checker
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger, Output
from pipeline.watching.jobs import Job, Outcome
from pipeline.watching.orders import Order, parse_order
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.retrying import retry
from pipeline.watching.settings import Scope
from pipeline.watching.status import FilmStatus, read_status
from pipeline.watching.watch import watch
from tests.whole_films import another

TEMPO = Tempo(sweep_s=1.0, blind_sweep_s=0.5, still_s=0.3, patience_s=2.0, retries_s=(0.2, 0.2))
PROGRAM = """
import sys, time
from pathlib import Path
from pipeline.watching.jobs import Outcome
from pipeline.watching.orders import Order
from pipeline.watching.settings import Scope
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.watch import watch
class Slow:
    def run(self, job, on_share):
        print("begin", job.path.name, flush=True)
        on_share(0.5)
        time.sleep(float(sys.argv[2]))
        print("end", job.path.name, flush=True)
        return Outcome("done", "made")
    def stop(self): pass
tempo = Tempo(sweep_s=1.0, still_s=0.3, patience_s=2.0)
until = "stopped" if len(sys.argv) < 4 else "nothing is left"
try:
    watch(WatchRequest(Path(sys.argv[1]), Scope("", Order()), until=until, tempo=tempo), Slow(), lambda told: None)
except KeyboardInterrupt:
    sys.exit(130)
"""


@dataclass
class Recorder:
    """Does jobs by writing down what they were, or as it is told to."""

    jobs: list[Job] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    answer: Callable[[Job], Outcome] = lambda _: Outcome("done", "made")

    def run(self, job: Job, _on_share: Any) -> Outcome:
        self.jobs.append(job)
        self.contents.append(job.path.read_bytes())
        return self.answer(job)

    def give_up(self, job: Job) -> None:
        pass

    def stop(self) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [job.path.name for job in self.jobs]


def finish(
    inbox: Path, runner: Recorder, *, scope: Scope | None = None, meanwhile: Callable[[], object] = list
) -> list[str]:
    """Watch until nothing is left, and return what was told; do something meanwhile."""
    told: list[str] = []
    request = WatchRequest(inbox, scope or Scope("", Order()), until="nothing is left", tempo=TEMPO)
    doing = threading.Thread(target=meanwhile)
    doing.start()
    watch(request, runner, told.append)
    doing.join()
    return told


def standing(name: str) -> FilmStatus:
    (folder,) = read_status(find_home(), None)
    return next(film for film in folder.films if film.file == name or name in film.copies)


def test_films_are_made_once_and_stay_where_they_are(inbox: Path, content: bytes) -> None:
    (inbox / "monday").mkdir()
    (inbox / "a.mp4").write_bytes(another(content, 1))
    (inbox / "monday" / "b.mp4").write_bytes(another(content, 2))
    (inbox / "notes.txt").write_text("no film")
    runner = Recorder()
    finish(inbox, runner)
    finish(inbox, runner)
    assert sorted(runner.names) == ["a.mp4", "b.mp4"]
    assert sorted(path.name for path in inbox.rglob("*")) == ["a.mp4", "b.mp4", "monday", "notes.txt"]
    assert standing("monday/b.mp4").standing == "done"


def test_a_copy_another_name_a_touch_and_a_move_make_nothing_again(inbox: Path, content: bytes) -> None:
    runner, film = Recorder(), inbox / "a.mp4"
    film.write_bytes(content)
    finish(inbox, runner)
    shutil.copy(film, inbox / "copy.mp4")
    film.rename(inbox / "renamed.mp4")
    finish(inbox, runner)
    os.utime(inbox / "renamed.mp4")
    (inbox / "later").mkdir()
    (inbox / "copy.mp4").rename(inbox / "later" / "copy.mp4")
    finish(inbox, runner)
    assert runner.names == ["a.mp4"]
    assert standing("renamed.mp4").copies == ("later/copy.mp4",) or standing("renamed.mp4").file == "later/copy.mp4"


def test_a_changed_film_is_made_anew(inbox: Path, content: bytes) -> None:
    runner, film = Recorder(), inbox / "a.mp4"
    film.write_bytes(another(content, 1))
    finish(inbox, runner)
    before = film.stat()
    film.write_bytes(another(content, 2))
    os.utime(film, ns=(before.st_atime_ns, before.st_mtime_ns))
    finish(inbox, runner)
    assert runner.contents == [another(content, 1), another(content, 2)]


def test_a_film_that_grows_is_taken_when_it_is_whole(inbox: Path, content: bytes) -> None:
    runner, film = Recorder(), inbox / "slow.mp4"

    def copy() -> None:
        with film.open("wb", buffering=0) as file:
            for begin in range(0, len(content), len(content) // 6):
                file.write(content[begin : begin + len(content) // 6])
                time.sleep(0.4)

    film.touch()
    finish(inbox, runner, meanwhile=copy)
    assert runner.contents == [content]


def test_a_film_whose_size_is_set_first_is_taken_when_its_end_is_there(inbox: Path, content: bytes) -> None:
    runner, film = Recorder(), inbox / "sized.mp4"
    half = len(content) // 2
    film.write_bytes(content[:half] + bytes(len(content) - half))

    def fill() -> None:
        time.sleep(1.2)
        with film.open("r+b") as file:
            file.seek(half)
            file.write(content[half:])

    finish(inbox, runner, meanwhile=fill)
    assert runner.contents == [content]


def test_a_broken_film_gets_a_note_that_goes_when_it_is_good(inbox: Path, content: bytes) -> None:
    runner, film, note = Recorder(), inbox / "bad.mp4", inbox / "bad.mp4.matinee.txt"
    film.write_bytes(content[:-300])
    (inbox / "good.mp4").write_bytes(another(content, 1))
    finish(inbox, runner)
    assert runner.names == ["good.mp4"], "one bad film never stops the others"
    assert "bad.mp4 was not taken." in note.read_text() and "Copy it again." in note.read_text()
    assert standing("bad.mp4").standing == "refused"
    film.write_bytes(content)
    finish(inbox, runner)
    assert runner.names == ["good.mp4", "bad.mp4"] and not note.exists()


def test_the_note_goes_with_its_film(inbox: Path, content: bytes) -> None:
    film = inbox / "bad.mp4"
    film.write_bytes(content[:-300])
    finish(inbox, Recorder())
    film.rename(inbox / "worse.mp4")
    finish(inbox, Recorder())
    assert sorted(path.name for path in inbox.iterdir()) == ["worse.mp4", "worse.mp4.matinee.txt"]


def test_a_note_of_somebodys_is_left_alone(inbox: Path, content: bytes) -> None:
    (inbox / "bad.mp4").write_bytes(content[:-300])
    (inbox / "bad.mp4.matinee.txt").write_text("mine")
    finish(inbox, Recorder())
    assert (inbox / "bad.mp4.matinee.txt").read_text() == "mine"
    assert "somebody's" in standing("bad.mp4").why


def test_a_read_only_folder_has_no_note_and_the_status_says_so(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    (inbox / "bad.mp4").write_bytes(content[:-300])
    # Root, as whom tests may run, may write everywhere.
    monkeypatch.setattr("pipeline.watching.notes.replace_document", refuse)
    finish(inbox, Recorder())
    assert "no note can be written beside it (Permission denied)" in standing("bad.mp4").why
    assert [path.name for path in inbox.iterdir()] == ["bad.mp4"]


def test_a_film_that_cannot_be_used_after_all_is_refused_with_its_copies(inbox: Path, content: bytes) -> None:
    runner = Recorder(answer=lambda _: Outcome("refused", "it is Dolby Vision", "Export it as HDR10."))
    (inbox / "a.mp4").write_bytes(content)
    (inbox / "b.mp4").write_bytes(content)
    finish(inbox, runner)
    assert len(runner.jobs) == 1
    for name in ("a", "b"):
        assert "It is Dolby Vision." in (inbox / f"{name}.mp4.matinee.txt").read_text()


def test_a_job_that_fails_is_tried_again_and_then_told(inbox: Path, content: bytes) -> None:
    answers = iter([Outcome("again", "the disk is full"), Outcome("done", "made")])
    runner = Recorder(answer=lambda _: next(answers))
    (inbox / "a.mp4").write_bytes(content)
    finish(inbox, runner)
    assert [job.attempt for job in runner.jobs] == [1, 2] and standing("a.mp4").standing == "done"
    (inbox / "b.mp4").write_bytes(another(content, 2))
    runner.answer = lambda _: Outcome("again", "the disk is full", "Free some space.")
    finish(inbox, runner)
    finish(inbox, runner)
    film = standing("b.mp4")
    assert (film.standing, film.why, film.remedy) == ("failed", "tried 3 times: the disk is full", "Free some space.")


def test_a_film_of_which_nothing_could_be_made_gets_a_note_that_goes_when_it_could(inbox: Path, content: bytes) -> None:
    outcomes = [
        Outcome("done", "made"),
        Outcome("failed", "the film lasts 2 s; h1 takes 45 s", "Ask for less."),
    ]
    (inbox / "a.mp4").write_bytes(content)
    (inbox / "copy.mp4").write_bytes(content)
    runner = Recorder(answer=lambda _: outcomes.pop())
    finish(inbox, runner)
    notes = [inbox / "a.mp4.matinee.txt", inbox / "copy.mp4.matinee.txt"]
    for note in notes:
        told = note.read_text()
        assert told.startswith(f"{note.name.removesuffix('.matinee.txt')} was taken, but what was asked for could not")
        assert "Why: The film lasts 2 s; h1 takes 45 s.\nWhat to do: Ask for less.\n" in told
        assert "matinee watch retry" in told and str(inbox) not in told
    film = standing("a.mp4")
    assert (film.standing, film.why) == ("failed", "the film lasts 2 s; h1 takes 45 s")
    (inbox / "copy.mp4").unlink()
    finish(inbox, runner)
    assert [note.exists() for note in notes] == [True, False] and len(runner.jobs) == 1
    retry(find_home(), inbox, ())
    finish(inbox, runner)
    assert not any(note.exists() for note in notes) and standing("a.mp4").standing == "done"


def test_another_version_of_a_film_of_which_nothing_could_be_made_takes_its_note_away(
    inbox: Path, content: bytes
) -> None:
    outcomes = [Outcome("done", "made"), Outcome("failed", "it is too short")]
    (inbox / "a.mp4").write_bytes(content)
    runner = Recorder(answer=lambda _: outcomes.pop())
    finish(inbox, runner)
    assert "What to do: Put that right." in (inbox / "a.mp4.matinee.txt").read_text()
    (inbox / "a.mp4").write_bytes(another(content, 2))
    finish(inbox, runner)
    assert len(runner.jobs) == 2 and [path.name for path in inbox.iterdir()] == ["a.mp4"]


def test_where_no_note_can_be_that_is_said_of_failed_films_too(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(content)
    (inbox / "a.mp4.matinee.txt").write_text("mine")
    finish(inbox, Recorder(answer=lambda _: Outcome("failed", "it is too short")))
    assert standing("a.mp4").why == "it is too short; a.mp4.matinee.txt is a file of somebody's"
    assert (inbox / "a.mp4.matinee.txt").read_text() == "mine"


def test_a_fault_of_ours_in_a_job_ends_no_other(inbox: Path, content: bytes) -> None:
    def answer(job: Job) -> Outcome:
        if job.path.name == "a.mp4":
            raise RuntimeError("boom")
        return Outcome("done", "made")

    (inbox / "a.mp4").write_bytes(another(content, 1))
    (inbox / "b.mp4").write_bytes(another(content, 2))
    finish(inbox, Recorder(answer=answer))
    assert standing("a.mp4").standing == "failed" and "boom" in standing("a.mp4").why
    assert standing("b.mp4").standing == "done"


def test_a_film_that_is_changed_while_it_is_made_is_not_blamed(inbox: Path, content: bytes) -> None:
    film = inbox / "a.mp4"

    def answer(job: Job) -> Outcome:
        if job.path.read_bytes() == another(content, 1):
            film.write_bytes(another(content, 2))
            return Outcome("refused", "it changed while it was being read", "Wait.")
        return Outcome("done", "made")

    film.write_bytes(another(content, 1))
    runner = Recorder(answer=answer)
    finish(inbox, runner)
    assert runner.contents == [another(content, 1), another(content, 2)]
    assert standing("a.mp4").standing == "done" and not (inbox / "a.mp4.matinee.txt").exists()


def test_a_sub_folder_says_what_becomes_of_its_films(inbox: Path, content: bytes) -> None:
    for name in ("fr", "fr/late", "archive"):
        (inbox / name).mkdir()
    (inbox / "fr" / "watch.toml").write_text('flow = "package-hls"\nregions = "fr"\n')
    (inbox / "archive" / "watch.toml").write_text("flow = []\n")
    for number, name in enumerate(("a.mp4", "fr/late/b.mp4", "archive/c.mp4")):
        (inbox / name).write_bytes(another(content, number))
    shutil.copy(inbox / "a.mp4", inbox / "fr" / "a.mp4")
    runner = Recorder()
    finish(inbox, runner)
    orders = {str(job.path.relative_to(inbox)): parse_order(job.orders) for job in runner.jobs}
    assert orders["a.mp4"] == Order()
    assert orders["fr/late/b.mp4"] == orders["fr/a.mp4"] == Order(flows=("package-hls",), regions=("fr",))
    assert len(orders) == 3, "what is left alone is made by nobody"


def test_a_wrong_watch_toml_stops_its_own_folder_and_is_heard_when_it_is_right(inbox: Path, content: bytes) -> None:
    (inbox / "de").mkdir()
    toml = inbox / "de" / "watch.toml"
    toml.write_text('platforms = "tiktak"\n')
    (inbox / "de" / "a.mp4").write_bytes(another(content, 1))
    (inbox / "b.mp4").write_bytes(another(content, 2))
    runner = Recorder()
    finish(inbox, runner)
    assert runner.names == ["b.mp4"]
    film = standing("de/a.mp4")
    assert film.standing == "waiting" and "tiktak" in film.why and "tiktok" in film.why and str(toml) in film.why
    (folder,) = read_status(find_home(), inbox)
    assert any("tiktak" in trouble for trouble in folder.watch.troubles)
    toml.write_text('platforms = "tiktok"\n')
    finish(inbox, runner)
    assert runner.names == ["b.mp4", "a.mp4"]


def test_sidecars_are_waited_for_where_that_is_asked_for(inbox: Path, content: bytes) -> None:
    scope = Scope("", Order(), wait_for="sidecar")
    (inbox / "a.mp4").write_bytes(another(content, 1))
    (inbox / "b.mp4").write_bytes(another(content, 2))
    (inbox / "b.mp4.ready").touch()
    runner = Recorder()
    finish(inbox, runner, scope=scope)
    assert runner.names == ["b.mp4"] and "waits for its .ready" in standing("a.mp4").why
    (inbox / "a.ready").touch()
    finish(inbox, runner, scope=scope)
    assert runner.names == ["b.mp4", "a.mp4"]


def test_films_are_moved_where_that_is_asked_for_with_what_belongs_to_them(inbox: Path, content: bytes) -> None:
    scope = Scope("", Order(), after="move")
    (inbox / "monday").mkdir()
    (inbox / "done").mkdir()
    (inbox / "done" / "a.mp4").write_bytes(b"another one")
    for name in ("a.mp4", "a.mp4.md5.txt", "a.srt", "a.film.toml", "ab.srt"):
        (inbox / name).write_bytes(b"")
    (inbox / "a.mp4").write_bytes(another(content, 1))
    (inbox / "monday" / "b.mp4").write_bytes(another(content, 2))
    (inbox / "bad.mp4").write_bytes(content[:-300])
    runner = Recorder()
    finish(inbox, runner, scope=scope)
    finish(inbox, runner, scope=scope)
    assert sorted(runner.names) == ["a.mp4", "b.mp4"]
    found = sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_file())
    assert found == [
        "a.mp4.md5.txt", "ab.srt", "done/a-2.mp4", "done/a.film.toml", "done/a.mp4", "done/a.srt", "done/monday/b.mp4",
        "quarantine/bad.mp4", "quarantine/bad.mp4.matinee.txt",
    ]  # fmt: skip
    assert (inbox / "done" / "a.mp4").read_bytes() == b"another one"
    assert standing("quarantine/bad.mp4").standing == "refused" and standing("done/a-2.mp4").standing == "done"


def test_a_film_in_quarantine_that_is_tried_again_in_vain_stays_there(inbox: Path, content: bytes) -> None:
    (inbox / "bad.mp4").write_bytes(content)
    reasons = ["it is still bad", "it is bad"]
    runner = Recorder(answer=lambda _: Outcome("refused", reasons.pop(), "Export it again."))
    scope = Scope("", Order(), after="move")
    finish(inbox, runner, scope=scope)
    assert retry(find_home(), inbox, ()) == (inbox / "quarantine" / "bad.mp4",)
    finish(inbox, runner, scope=scope)
    assert (inbox / "quarantine" / "bad.mp4").read_bytes() == content
    assert "It is still bad" in (inbox / "quarantine" / "bad.mp4.matinee.txt").read_text()
    assert standing("quarantine/bad.mp4").standing == "refused"


def test_what_happens_in_folders_of_systems_is_not_heard(inbox: Path, content: bytes) -> None:
    def copy() -> None:
        for name in (".Trash-1000", "@eaDir", "film.mov.download"):
            (inbox / name).mkdir()
            time.sleep(0.2)
            (inbox / name / "a.mp4").write_bytes(content)
        (inbox / "later").mkdir()
        (inbox / "later" / "b.mp4").write_bytes(another(content, 2))

    (inbox / "slow.mp4").touch()
    runner = Recorder()
    finish(inbox, runner, meanwhile=copy)
    assert runner.names == ["b.mp4"]


def test_our_own_outputs_in_a_watched_folder_are_left_alone(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(inbox / "media"))
    (inbox / "media" / "out" / "kite" / "clips").mkdir(parents=True)
    (inbox / "media" / "out" / "kite" / "clips" / "h1-tiktok.mp4").write_bytes(content)
    (inbox / "a.mp4").write_bytes(another(content, 1))
    runner = Recorder()
    finish(inbox, runner)
    assert runner.names == ["a.mp4"]
    with pytest.raises(InputError, match="Matinee's own files"):
        finish(inbox / "media" / "out" / "kite", runner)


def test_what_we_made_is_left_alone_wherever_it_lies(inbox: Path, content: bytes) -> None:
    clip, broken = inbox / "for us" / "h1-tiktok.mp4", inbox / "for us" / "init.mp4"
    clip.parent.mkdir()
    for path, data in ((clip, content), (broken, content[:200])):
        path.write_bytes(data)
        status = path.stat()
        Ledger(find_home().ledger).record_output(Output(path, "key", "sha256", status.st_size, status.st_mtime_ns))
    runner = Recorder()
    finish(inbox, runner)
    finish(inbox, runner)
    assert runner.names == [] and sorted(path.name for path in clip.parent.iterdir()) == ["h1-tiktok.mp4", "init.mp4"]


def test_a_refused_film_is_looked_at_again_when_its_checksum_is_put_right(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(content)
    (inbox / "a.mp4.sha256").write_text("0" * 64)
    runner = Recorder()
    finish(inbox, runner)
    assert "its bytes are not those that a.mp4.sha256 was made of" in standing("a.mp4").why and not runner.jobs
    time.sleep(1.1)
    (inbox / "a.mp4.sha256").write_text(hashlib.sha256(content).hexdigest())
    finish(inbox, runner)
    assert runner.names == ["a.mp4"] and not (inbox / "a.mp4.matinee.txt").exists()


def test_a_folder_that_is_renamed_or_removed_takes_its_films_along(inbox: Path, content: bytes) -> None:
    (inbox / "monday" / "late").mkdir(parents=True)
    (inbox / "monday" / "late" / "a.mp4").write_bytes(content)
    (inbox / "monday" / "bad.mp4").write_bytes(content[:-300])
    runner = Recorder()
    finish(inbox, runner)
    (inbox / "slow.mp4").touch()

    def rename() -> None:
        time.sleep(0.7)
        (inbox / "monday").rename(inbox / "tuesday")

    finish(inbox, runner, meanwhile=rename)
    assert runner.names == ["a.mp4"]
    (folder,) = read_status(find_home(), inbox)
    assert sorted(film.file for film in folder.films) == ["slow.mp4", "tuesday/bad.mp4", "tuesday/late/a.mp4"]
    (inbox / "tuesday" / "bad.mp4").write_bytes(another(content, 2))
    finish(inbox, runner)
    assert [path.name for path in inbox.rglob("*.matinee.txt")] == ["slow.mp4.matinee.txt"]


def test_odd_names_are_made_and_shown(inbox: Path, content: bytes) -> None:
    names = ["caf\udce9.mp4", "[red] \x1b[31m.mp4", "a\nb.mp4", "-rf.mp4", f"{'x' * 250}.mp4"]
    for number, name in enumerate(names):
        (inbox / name).write_bytes(another(content, number))
    (inbox / f"{'y' * 250}.mp4").write_bytes(content[:-300])
    runner = Recorder()
    told = finish(inbox, runner)
    assert sorted(runner.names) == sorted(names)
    assert not any("\x1b" in line or "\n" in line for line in told)
    (note,) = inbox.glob("*.matinee.txt")
    assert len(note.name) == 255


def test_a_killed_watch_does_its_half_done_job_again_and_no_other(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(another(content, 1))
    first = subprocess.Popen([sys.executable, "-c", PROGRAM, str(inbox), "0"], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert [first.stdout.readline(), first.stdout.readline()] == ["begin a.mp4\n", "end a.mp4\n"]
    wait_until(lambda: standing("a.mp4").standing == "done")
    first.kill()
    first.communicate()
    (inbox / "b.mp4").write_bytes(another(content, 2))
    second = subprocess.Popen([sys.executable, "-c", PROGRAM, str(inbox), "60"], stdout=subprocess.PIPE, text=True)
    assert second.stdout is not None and second.stdout.readline() == "begin b.mp4\n"
    wait_until(lambda: standing("b.mp4").share == 0.5)
    second.kill()
    second.communicate()
    assert standing("b.mp4").standing == "running"
    third = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(inbox), "0", "once"], capture_output=True, text=True, timeout=60
    )
    assert third.stdout.splitlines() == ["begin b.mp4", "end b.mp4"]
    assert standing("b.mp4").standing == "done"


def test_ctrl_c_ends_it_cleanly_and_gives_its_job_back(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(content)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(inbox), "1"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "begin a.mp4\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert list((find_home().watches).glob("*.owner")) == []
    assert standing("a.mp4").standing in ("queued", "done")


def test_a_job_that_is_done_while_the_watch_ends_is_settled(inbox: Path, content: bytes) -> None:
    is_ending, began = threading.Event(), list[float]()

    class Last(Recorder):
        def stop(self) -> None:
            began.append(time.monotonic())
            is_ending.set()

    def make(_job: Job) -> Outcome:
        os.kill(os.getpid(), signal.SIGINT)
        return Outcome("done", "made") if is_ending.wait(30) else Outcome("failed", "nobody ended the watch")

    (inbox / "a.mp4").write_bytes(content)
    with pytest.raises(KeyboardInterrupt):
        finish(inbox, Last(answer=make), scope=Scope("", Order(), after="move"))
    assert time.monotonic() - began[0] < LIMIT_S
    assert (inbox / "done" / "a.mp4").is_file() and not (inbox / "a.mp4").exists()
    assert standing("done/a.mp4").standing == "done"


def test_two_watches_do_not_share_a_folder(inbox: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(inbox), "0"], stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: read_watched(inbox))
        with pytest.raises(InputError, match=f"is being watched already, by process {process.pid}"):
            finish(inbox, Recorder())
    finally:
        process.kill()
        process.communicate()


def test_a_watch_of_a_folder_and_one_of_a_folder_in_it_do_each_film_once(inbox: Path, content: bytes) -> None:
    (inbox / "in").mkdir()
    for number in range(8):
        (inbox / "in" / f"{number}.mp4").write_bytes(another(content, number))
    command = [sys.executable, "-c", PROGRAM]
    both = [
        subprocess.Popen([*command, str(place), "0.05", "once"], stdout=subprocess.PIPE, text=True)
        for place in (inbox, inbox / "in")
    ]
    lines = [line for one in both for line in one.communicate(timeout=120)[0].splitlines()]
    assert sorted(line for line in lines if line.startswith("end")) == [f"end {number}.mp4" for number in range(8)]


def test_a_folder_that_goes_away_is_waited_for(inbox: Path, content: bytes) -> None:
    (inbox / "a.mp4").write_bytes(content)
    runner = Recorder()
    finish(inbox, runner)
    aside = inbox.with_name("aside")

    def take_away_and_back() -> None:
        time.sleep(0.5)
        inbox.rename(aside)
        time.sleep(2.5)
        (aside / "b.mp4").write_bytes(another(content, 2))
        aside.rename(inbox)

    (inbox / "slow.mp4").touch()
    finish(inbox, runner, meanwhile=take_away_and_back)
    assert runner.names == ["a.mp4", "b.mp4"]


def test_where_the_system_tells_nothing_sweeps_do(inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def watch_nothing(*_: object, **__: object) -> None:
        raise OSError("OS file watch limit reached.")

    monkeypatch.setattr("watchfiles.watch", watch_nothing)
    (inbox / "slow.mp4").touch()
    runner = Recorder()
    told = finish(inbox, runner, meanwhile=lambda: (time.sleep(0.5), (inbox / "a.mp4").write_bytes(content)))
    assert runner.names == ["a.mp4"]
    assert any("max_user_watches is too low" in line for line in told)
    assert "max_user_watches" in read_status(find_home(), inbox)[0].watch.events


def test_a_film_is_taken_however_long_another_one_is_read(
    inbox: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Checker.look_into

    def look_into(checker: Checker, path: Path, wait_for: Any, size: int) -> Any:
        if path.name == "huge.mp4":
            while not runner.jobs:
                time.sleep(0.05)
        return real(checker, path, wait_for, size)

    monkeypatch.setattr(Checker, "look_into", look_into)
    (inbox / "huge.mp4").write_bytes(another(content, 1))
    (inbox / "small.mp4").write_bytes(another(content, 2))
    runner = Recorder()
    finish(inbox, runner)
    assert runner.names == ["small.mp4", "huge.mp4"]


def test_what_is_no_folder_is_told(inbox: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        finish(inbox / "none", Recorder())
    (inbox / "file").touch()
    with pytest.raises(InputError, match="is no folder"):
        finish(inbox / "file", Recorder())


def read_watched(inbox: Path) -> bool:
    try:
        return read_status(find_home(), inbox)[0].is_watched
    except InputError:
        return False


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
