"""One job that is killed and run again: what was seen meanwhile, what was left, and what was done twice."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from bench.killing.disk import DiskLog
from bench.killing.jobs import Job, Place
from bench.killing.processes import Run, cpu_s_of, kill

_OF_PREFECT: Final = "runner_storage"
"""A folder that Prefect has among temporary files for as long as it is installed."""
Victim = Literal["command", "ffmpeg", "command, twice"]
RUN_LIMIT_S: Final = 600.0
"""What takes longer hangs."""
_URI: Final = re.compile(r'URI="([^"]+)"')
_LEFT: Final = (".making-", ".matinee-", "-encode", ".json.", ".toml.", "-trial")
_OF_RUN: Final = "made"
"""The field of clips.json that says whether a run encoded a clip or found it: the one thing that a kill may change."""


@dataclass(frozen=True)
class Undisturbed:
    """What a job makes and costs when nobody kills it."""

    contents: Mapping[str, str]
    """The digest of everything under names for people, by its path in the home."""
    wall_s: float
    cpu_s: float
    idle_cpu_s: float
    """Of the same command when there is nothing to do: starting, planning and looking."""
    changes: int
    """On the disk."""


@dataclass(frozen=True)
class Moment:
    """When something is killed: after so many seconds, or at a change on the disk, and a little later."""

    after_s: float | None = None
    change: int | None = None
    later_s: float = 0.0

    def __str__(self) -> str:
        return f"after {self.after_s:.2f} s" if self.change is None else f"at change {self.change}"


@dataclass
class Found:
    """What a trial showed; every list is to be empty."""

    job: str
    victim: str
    moments: list[str] = field(default_factory=list)
    kills: int = 0
    unfinished: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Keys that were in the store before a kill and were made again."""
    cpu_s: float = 0.0
    """Of all runs."""
    starts: int = 0
    """Kills that came after something was stored: their starting was not lost, and was done again all the same."""
    lost_cpu_s: float = 0.0
    """Of killed runs since the last thing that they put into the store."""

    @property
    def faults(self) -> tuple[str, ...]:
        """All that went wrong, in words."""
        named = {
            "not finished": self.unfinished, "another content": self.other, "half of a file": self.partial,
            "left over": self.left, "made again": self.again,
        }  # fmt: skip
        return tuple(f"{what}: {one}" for what, ones in named.items() for one in ones)


def measure(place: Place, job: Job) -> Undisturbed:
    """Do a job undisturbed, twice, and once more where there is nothing to do."""
    contents: list[dict[str, str]] = []
    cpu_s, began, wall_s, changes = 0.0, 0.0, 0.0, 0
    for _ in range(2):
        place.begin(job)
        log = DiskLog(place.home, place.shown, lambda _number, _path: None)
        log.start()
        began = time.monotonic()
        run = _finished(place, job)
        wall_s = time.monotonic() - began
        log.stop()
        assert run.code == 0, f"{job.name}: {run.told.read_text()}"
        assert not log.half_written and not log.has_overflowed, f"{job.name}: {log.half_written}"
        cpu_s += run.cpu_s / 2
        changes = log.changes
        contents.append(_contents(place))
    assert contents[0] == contents[1], f"{job.name}: two undisturbed runs differ"
    return Undisturbed(contents[1], wall_s, cpu_s, _finished(place, job).cpu_s, changes)


def victims_of(job: Job) -> Mapping[Victim, int]:
    """Return what of a job is killed, and how often of all."""
    return (
        {"command": 3, "command, twice": 1}
        if job.name == "publish"
        else {"command": 5, "command, twice": 1, "ffmpeg": 4}
    )


def draw_moment(chance: random.Random, known: Undisturbed) -> Moment:
    """Draw a moment of a job: by the clock or, so that what is short is met as well, by what happens on the disk."""
    if chance.random() < 0.5:
        return Moment(after_s=chance.uniform(0, known.wall_s))
    later = chance.choice((0.0, chance.uniform(0, 0.002), chance.uniform(0, 0.05)))
    return Moment(change=chance.randint(1, max(1, known.changes)), later_s=later)


def try_once(place: Place, job: Job, victim: Victim, chance: random.Random, known: Undisturbed) -> Found:
    """Kill a job at a random moment, or twice, run it again, and return what was found. Kills nothing in vain."""
    found = Found(job.name, victim)
    place.begin(job)
    while found.kills < (2 if victim == "command, twice" else 1):
        before = receipts(place)
        moment = draw_moment(chance, known)
        if not _kill_once(place, job, victim, moment, found):
            if found.kills:
                break  # what is left is done sooner than that
            place.begin(job)
            found.cpu_s, found.lost_cpu_s, found.starts = 0.0, 0.0, 0
            continue
        found.moments.append(str(moment))
        found.kills += 1
        look_at_names(place, known, found)
        found.again += made_again(before, receipts(place))
    before = receipts(place)
    log = DiskLog(place.home, place.shown, lambda _number, _path: None)
    log.start()
    run = _finished(place, job)
    log.stop()
    found.partial += sorted(log.half_written)
    found.cpu_s += run.cpu_s
    if run.code != 0:
        found.unfinished.append(f"the next run left with {run.code}: {run.told.read_text()[-400:]}")
    found.again += made_again(before, receipts(place))
    judge(place, known, found)
    return found


def judge(place: Place, known: Undisturbed, found: Found) -> None:
    """Hold what is there at last against what an undisturbed run made."""
    contents = _contents(place)
    found.other += [
        name
        for name in sorted(known.contents.keys() | contents.keys())
        if contents.get(name) != known.contents.get(name)
    ]
    found.left += [str(path) for path in sorted(place.home.rglob("*")) if any(mark in path.name for mark in _LEFT)]
    found.left += [str(path) for path in sorted(place.temporary.iterdir()) if path.name != _OF_PREFECT]
    folders = place.home.glob("store/??/*")
    found.left += [str(one) for one in folders if not (one / "receipt.json").is_file()]


def _finished(place: Place, job: Job) -> Run:
    run = Run(job.argv, place.environment, place.root / "told")
    if not run.wait(RUN_LIMIT_S):
        kill(run.pid)
        run.wait(10)
    left = run.end()
    assert not left, f"{job.name} left {left}"
    return run


def _kill_once(place: Place, job: Job, victim: Victim, moment: Moment, found: Found) -> bool:
    """Start a job and kill it or an ffmpeg of its own; return False where it had ended by then."""
    stored_cpu, is_due = [0.0], [False]
    started: list[Run] = []

    def on_change(number: int, path: str) -> None:
        if path.endswith("/receipt.json") and started:
            stored_cpu[0] = cpu_s_of(started[0].pid)
        if moment.change is not None and number >= moment.change and not is_due[0]:
            time.sleep(moment.later_s)
            is_due[0] = True
            if victim != "ffmpeg" and started:
                kill(started[0].pid)

    log = DiskLog(place.home, place.shown, on_change)
    log.start()
    began = time.monotonic()
    run = Run(job.argv, place.environment, place.root / "told")
    started.append(run)
    struck = False
    while not run.has_ended():
        is_due[0] = is_due[0] or (moment.after_s is not None and time.monotonic() - began >= moment.after_s)
        if is_due[0] and victim == "ffmpeg" and not struck:
            for pid in run.children("ffmpeg")[:1]:
                kill(pid)
                struck = True
        elif is_due[0] and victim != "ffmpeg":
            kill(run.pid)
        if time.monotonic() - began > RUN_LIMIT_S:
            kill(run.pid)
            found.unfinished.append("it hung before anything was killed")
        time.sleep(0.002)
    left = run.end()
    log.stop()
    found.cpu_s += run.cpu_s
    found.partial += sorted(log.half_written)
    found.left += left
    if victim != "ffmpeg":
        struck = run.code is not None and run.code < 0
    if struck:
        found.lost_cpu_s += max(0.0, run.cpu_s - stored_cpu[0])
        found.starts += stored_cpu[0] > 0
    if struck and victim == "ffmpeg" and run.code == 0:
        return False  # killed when it had done all of its work
    return struck


def look_at_names(place: Place, known: Undisturbed, found: Found) -> None:
    """Hold what people see after a kill against what they see at last: each name whole, and what it leads to there."""
    for name, digest in _contents(place).items():
        if name in known.contents and known.contents[name] != digest:
            found.partial.append(name)
        if name not in known.contents:
            found.partial.append(f"{name}, which no run makes")
        if name.endswith(".m3u8"):
            found.partial += _missing_of(place.home / name)


def _missing_of(playlist: Path) -> list[str]:
    text = playlist.read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    named = {*lines, *_URI.findall(text)}
    # Those of a block for a player lead to films outside of it.
    return [f"{playlist.name} without {uri}" for uri in sorted(named) if not (playlist.parent / uri).exists()]


def _contents(place: Place) -> dict[str, str]:
    found = {}
    for folder in place.shown:
        for path in folder.rglob("*"):
            name = path.relative_to(place.home)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                found[str(name)] = hashlib.sha256(_told(path)).hexdigest()
    return found


def _told(path: Path) -> bytes:
    """Return what a file holds, but for what of it tells of the run."""
    data = path.read_bytes()
    if path.name != "clips.json":
        return data
    document: Any = json.loads(data)
    for clip in document["clips"]:
        clip.pop(_OF_RUN, None)
    return json.dumps(document, sort_keys=True).encode()


def receipts(place: Place) -> dict[str, tuple[int, int]]:
    """Return the identity of each receipt in the store, by its key."""
    found = {}
    for path in place.home.glob("store/??/*/receipt.json"):
        status = path.stat()
        found[path.parent.name] = (status.st_ino, status.st_mtime_ns)
    return found


def made_again(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> list[str]:
    return [key for key, identity in before.items() if after.get(key) != identity]
