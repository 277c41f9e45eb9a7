"""The benchmark of kills finds what is wrong with a job that does not bear them, and nothing with one that does."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.chaos import draw
from bench.killing.disk import DiskLog
from bench.killing.jobs import Job, Place
from bench.killing.trial import Found, Undisturbed, draw_moment, measure, try_once

# Makes one thing in the store, and puts it under a name for people.
GOOD = """
import os, pathlib, time
home = pathlib.Path(os.environ["MATINEE_HOME"])
made = home / "store" / "aa" / "key" / "receipt.json"
if not made.exists():
    made.parent.mkdir(parents=True, exist_ok=True)
    draft = made.with_name("receipt.draft")
    draft.write_text("{}")
    time.sleep(0.1)
    draft.replace(made)
name = home / "out" / "clip"
draft = name.with_name(".clip")
draft.write_text("a" * 9)
time.sleep(0.1)
draft.replace(name)
"""
# Begins anew whatever is there, and writes where people look.
BAD = GOOD.replace("if not made.exists():", "if True:").replace('draft = name.with_name(".clip")', "draft = name")


@dataclass(frozen=True)
class Script(Job):
    """A job that is a few lines of Python."""

    code: str = ""

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line."""
        return (sys.executable, "-I", "-S", "-c", self.code)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    # What is written in the moment in which its folder is made may be missed by who looks on.
    (tmp_path / "seeds" / "publish" / "out").mkdir(parents=True)
    return Place(tmp_path)


def test_a_job_that_bears_kills_has_no_faults(place: Place) -> None:
    job = Script("publish", (), code=GOOD)
    known = measure(place, job)
    assert set(known.contents) == {"out/clip"}
    found = [try_once(place, job, "command", random.Random(seed), known) for seed in range(4)]
    assert [one.faults for one in found] == [()] * 4 and all(one.kills == 1 for one in found)


def test_what_is_made_again_and_what_is_seen_half_written_are_found(place: Place) -> None:
    good = Script("publish", (), code=GOOD)
    known = measure(place, good)
    found = [
        try_once(place, Script("publish", (), code=BAD), "command, twice", random.Random(seed), known)
        for seed in range(4)
    ]
    assert any(one.again for one in found) and all(one.partial for one in found)


def test_names_that_are_written_to_are_told_from_those_that_are_put_at_once(tmp_path: Path) -> None:
    shown = tmp_path / "out"
    shown.mkdir()
    log = DiskLog(tmp_path, (shown,), lambda _number, _path: None)
    log.start()
    (shown / ".draft").write_text("x")
    (shown / ".draft").rename(shown / "whole")
    (shown / "half").write_text("x")
    (tmp_path / "elsewhere").write_text("x")
    log.stop()
    assert log.half_written == {str(shown / "half")} and log.changes > 3


def test_a_kill_of_a_seed_is_the_same_whenever_it_is_drawn() -> None:
    jobs = [Job(name, (), flow) for name, flow in (("cut", "f"), ("package", "f"), ("block", "f"), ("publish", ""))]
    known = Undisturbed({}, 5.0, 5.0, 1.0, 100)

    def told(number: int) -> tuple[str, str, str]:
        kill = draw(jobs, 7, number, "whole")
        return kill.job.name, kill.victim, str(draw_moment(kill.chance, known))

    assert [told(number) for number in range(1, 40)] == [told(number) for number in range(1, 40)]
    assert {told(number)[0] for number in range(1, 60)} == {"cut", "package", "block", "publish"}


def test_all_kills_can_be_of_what_is_served() -> None:
    jobs = [Job("drop", (), flow="publish-drop")]
    drawn = {draw(jobs, 7, number, "quick", "served").victim for number in range(1, 40)}
    assert drawn == {"flow run", "worker", "server"}
    assert drawn.isdisjoint(draw(jobs, 7, number, "quick").victim for number in range(1, 40))


def test_every_fault_is_told() -> None:
    found = Found("cut", "command", unfinished=["a"], other=["b"], partial=["c"], left=["d"], again=["e"])
    assert found.faults == (
        "not finished: a", "another content: b", "half of a file: c", "left over: d", "made again: e",
    )  # fmt: skip
