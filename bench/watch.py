"""Is any arrival in a watched folder lost, done twice or taken half-read, while its watch is killed again and again?

And what does the watch cost when nothing happens, on a folder with as many files as archives have? (counts, RSS, CPU)
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.child import MATINEE
from bench.film import Size
from bench.homes import fresh_home, working_in
from bench.report import say, show_figure, show_load, show_table
from bench.watching.copier import Copier
from pipeline.plan.arrival_names import note_name
from pipeline.shell.arrival_ledger import ArrivalLedger, now_text
from pipeline.shell.checking import shape_of
from pipeline.shell.home import find_home
from pipeline.watching.status import read_status

_ARRIVALS: Final[dict[Size, int]] = {"quick": 300, "whole": 10_000}
_PER_S: Final[dict[Size, float]] = {"quick": 12.0, "whole": 25.0}
_LIVES_S: Final = (0.5, 12.0)
"""How long a watch lives before it is killed."""
_SETTLING_S: Final = 90.0
_FILES: Final[dict[Size, int]] = {"quick": 20_000, "whole": 100_000}
_PER_FOLDER: Final = 100
_IDLE_S: Final[dict[Size, float]] = {"quick": 30.0, "whole": 660.0}
_MOST_MB: Final = 60
_MOST_PERCENT: Final = 2
_RECORDED_S: Final = 1.0
"""So long after its end, a job is surely written down as done."""


def run(film: Path, size: Size) -> None:  # noqa: ARG001 - it makes its own
    """Print what became of many arrivals, then what an idle watch costs."""
    for show in (_show_arrivals, _show_idle):
        with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
            show(Path(folder), size)
    show_load()


@dataclass
class Lives:
    """The watches that were started, and how they ended."""

    kills: list[tuple[int, float]]
    """Process and time."""
    stops: int = 0


@dataclass(frozen=True)
class Tally:
    """What became of arrivals: contents by their digests, files by their paths."""

    copier: Copier
    lives: Lives
    seconds: float
    done: frozenset[str]
    again: frozenset[str]
    """Done again since a kill came before they were written down as done."""
    lost: frozenset[str]
    doubled: frozenset[str]
    half_read: frozenset[str]
    unnoted: tuple[Path, ...]
    """Broken films without a note beside them."""
    left: tuple[Path, ...]
    """What of ours is left in the folder besides notes."""
    standings: Counter[str]


def measure_arrivals(folder: Path, count: int, per_s: float) -> Tally:
    """Have so many films arrive in a folder whose watch is ended again and again, and count what became of them."""
    # A shell has what it starts in the background ignore Ctrl-C, and so would every watch that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    root, journal = folder / "inbox", folder / "journal"
    root.mkdir()
    chance = random.Random(20261127)
    copier = Copier(root, count, random.Random(chance.random()), per_s)
    began = time.monotonic()
    copying = threading.Thread(target=copier.run, name="copier")
    copying.start()
    lives = _watch_and_kill(copier, root, journal, chance)
    copying.join()
    _settle(copier, root, journal)
    return _count(copier, root, journal, lives, time.monotonic() - began)


def _show_arrivals(folder: Path, size: Size) -> None:
    tally = measure_arrivals(folder, _ARRIVALS[size], _PER_S[size])
    copier, lives, whole = tally.copier, tally.lives, len(tally.copier.whole)
    show_table("Arrivals", ("way", "number"), sorted(copier.ways.items(), key=lambda way: -way[1]))
    say(f"{whole} contents in {tally.seconds:.0f} s, {len(lives.kills)} SIGKILLs, {lives.stops} Ctrl-Cs")
    say(f"jobs done: {len(tally.done)}; again since a kill came before they were written down: {len(tally.again)}")
    say(f"at the end: {', '.join(f'{count} {standing}' for standing, count in sorted(tally.standings.items()))}")
    say(f"broken films without a note beside them: {len(tally.unnoted)} of {len(copier.broken)}")
    for name in ("lost", "doubled", "half_read", "left"):
        told = {"half_read": "half-read", "left": "files of ours left in the folder"}.get(name, name)
        show_figure(told, len(getattr(tally, name)), f"of {whole}", goal=0, digits=0)


def _watch_and_kill(copier: Copier, root: Path, journal: Path, chance: random.Random) -> Lives:
    """Start the watch and end it at random moments until all has been copied; one in five by Ctrl-C."""
    lives = Lives([])
    while not copier.has_ended:
        process = _start(root, journal)
        deadline = time.monotonic() + chance.uniform(*_LIVES_S)
        while time.monotonic() < deadline and not copier.has_ended:
            time.sleep(0.02)
        assert process.poll() is None, (journal.parent / "told").read_text()[-2000:]
        if chance.random() < 0.2:
            process.send_signal(signal.SIGINT)
            # The system's own answer where Python was not up yet.
            assert process.wait(30) in (130, -signal.SIGINT), "Ctrl-C does not end it cleanly"
            lives.stops += 1
        else:
            process.kill()
            process.wait()
            lives.kills.append((process.pid, time.time()))
    return lives


def _settle(copier: Copier, root: Path, journal: Path) -> None:
    """Have a last watch finish what is left."""
    process, deadline = _start(root, journal), time.monotonic() + _SETTLING_S + len(copier.whole) / 20
    try:
        while time.monotonic() < deadline:
            time.sleep(1)
            films = read_status(find_home(), root)[0].films
            left = [film for film in films if film.standing not in ("done", "refused", "failed")]
            if not left and (copier.whole - copier.optional) <= {one[3] for one in _lines(journal) if one[2] == "end"}:
                return
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _start(root: Path, journal: Path) -> subprocess.Popen[bytes]:
    with (journal.parent / "told").open("ab") as told:
        argv = (sys.executable, "-m", "bench.watching.watcher", str(root), str(journal))
        return subprocess.Popen(argv, stdout=told, stderr=told)


def _count(copier: Copier, root: Path, journal: Path, lives: Lives, seconds: float) -> Tally:
    ends: dict[str, list[tuple[float, int]]] = {}
    for at, pid, what, digest in _lines(journal):
        if what == "end":
            ends.setdefault(digest, []).append((at, pid))
    killed_at = dict(lives.kills)
    doubled = frozenset(digest for digest, runs in ends.items() if _is_doubled(runs, killed_at))
    for digest in doubled:
        say(f"done twice: at {ends[digest]}; killed at {[(pid, killed_at.get(pid)) for _, pid in ends[digest]]}")
    (status,) = read_status(find_home(), None)
    return Tally(
        copier=copier,
        lives=lives,
        seconds=seconds,
        done=frozenset(ends),
        again=frozenset(digest for digest, runs in ends.items() if len(runs) > 1) - doubled,
        lost=frozenset(copier.whole - copier.optional - ends.keys()),
        doubled=doubled,
        half_read=frozenset(ends.keys() - copier.whole),
        unnoted=tuple(path for path in copier.broken if not path.with_name(note_name(path.name)).exists()),
        left=tuple(path for path in root.rglob(".*") if path.name.startswith(".matinee")),
        standings=Counter(film.standing for film in status.films),
    )


def _is_doubled(runs: list[tuple[float, int]], killed_at: dict[int, float]) -> bool:
    """Tell whether a job was done again although it had been written down as done."""
    for (at, pid), (_, next_pid) in itertools.pairwise(runs):
        killed = killed_at.get(pid)
        if next_pid == pid or killed is None or killed - at > _RECORDED_S:
            return True
    return False


def _lines(journal: Path) -> Iterator[tuple[float, int, str, str]]:
    for line in journal.read_text().splitlines() if journal.exists() else ():
        at, pid, what, digest = line.split()
        yield float(at), int(pid), what, digest


def _show_idle(folder: Path, size: Size) -> None:
    root = folder / "archive"
    _fill(root, _FILES[size])
    process = subprocess.Popen((MATINEE, "watch", str(root)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (read_status(find_home(), root)[0].watch.swept if _is_known(root) else ""):
            time.sleep(0.5)
            assert process.poll() is None
        before, began = _cpu_s(process.pid), time.monotonic()
        time.sleep(_IDLE_S[size])
        used = (_cpu_s(process.pid) - before) / (time.monotonic() - began)
        peak = _held_mb(process.pid, "VmHWM")
        (status,) = read_status(find_home(), root)
        say(f"{status.watch.looked_at} films in {_FILES[size] // _PER_FOLDER} folders, first sweep: {before:.1f} CPU s")
        show_figure("an idle watch: memory at most", peak, "MB", goal=_MOST_MB)
        show_figure(f"an idle watch over {_IDLE_S[size]:.0f} s", 100 * used, "% of a core", goal=_MOST_PERCENT)
    finally:
        process.terminate()
        process.wait(30)


def _is_known(root: Path) -> bool:
    try:
        return bool(read_status(find_home(), root))
    except Exception:  # noqa: BLE001 - it has not begun
        return False


def _fill(root: Path, count: int) -> None:
    """Make files and have the ledger know them as arrived, as after a year."""
    with ArrivalLedger(find_home().arrivals) as ledger:
        rows = []
        number = ledger.root_id(root)
        for one in range(count):
            path = root / f"{one // _PER_FOLDER:04}" / f"a film of some length {one:06}.mov"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
            shape = shape_of(path.stat())
            rows.append((number, path.parent.name, path.name, shape.size, shape.mtime_ns, shape.ctime_ns, now_text()))
        with ledger.transaction() as db:
            db.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, 'arrived', '', '', ?, NULL, '')", rows)


def _cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and of those that it started and waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _held_mb(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) * 1024 / 1e6
