"""Is anything lost, half-written, hung, left over or done twice, whatever is killed and whenever? (counts, CPU)

`--kills` says how many, `--seed` which, and `--kill N` repeats the Nth of a seed alone; `--job` has one job killed, and
`--served` kills runs of flows, workers and servers alone.
"""

from __future__ import annotations

import contextlib
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bench.film import Size
from bench.killing.jobs import Job, Place, prepare
from bench.killing.processes import adopt_orphans, end_all
from bench.killing.served import VICTIMS, ServedVictim, measure_served, try_served
from bench.killing.trial import Found, Undisturbed, Victim, measure, try_once, victims_of
from bench.report import say, show_figure, show_load, show_table

_KILLS: Final[dict[Size, int]] = {"quick": 12, "whole": 200}
_WEIGHTS: Final = {"cut": 5, "package": 6, "block": 2, "drop": 3, "publish": 4}
"""How often each job is killed, the long ones less often."""
_SERVED_SHARE: Final = 0.06
"""Of kills that go through Prefect, each of which takes a minute."""
Victims = Literal["all", "served"]
"""Whether commands are killed as well, or only what `make serve` starts."""
_GOAL: Final = 0.10


@dataclass(frozen=True)
class Kill:
    """One kill of a seed."""

    number: int
    job: Job
    victim: Victim | ServedVictim
    chance: random.Random


def run(
    film: Path,
    size: Size,
    kills: int | None = None,
    seed: int = 20261127,
    only: int | None = None,
    job: str | None = None,
    victims: Victims = "all",
) -> None:
    """Kill jobs at random moments, run each again, and print what was found; `only` repeats one kill of a seed."""
    adopt_orphans()
    count = kills or _KILLS[size]
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        place, all_jobs = prepare(film, Path(folder))
        jobs = [one for one in all_jobs if job in (None, one.name) and (victims == "all" or one.flow)]
        if not jobs:
            raise SystemExit(f"bench: {job} has no flow, of which a part could be killed")
        numbers = range(1, count + 1) if only is None else (only,)
        drawn = [draw(jobs, seed, number, size, victims) for number in numbers]
        wanted = {kill.job.name for kill in drawn}
        known = {one.name: measure(place, one) for one in jobs if one.name in wanted}
        _show_undisturbed(known)
        as_flows = {kill.job.name: kill.job for kill in drawn if kill.victim in VICTIMS}
        served = {name: measure_served(place, one, known[name]) for name, one in as_flows.items()}
        _show_served(served)
        say(f"seed {seed}, {len(drawn)} kills")
        began, found = time.monotonic(), []
        # Ctrl-C ends it early, with what was found by then; a shell has what it starts in the background ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            for kill in drawn:
                one = _try(place, kill, known, served)
                found.append(one)
                when = ", ".join(one.moments)
                say(f"{kill.number:4} {kill.job.name}, {kill.victim}, {when}: {'; '.join(one.faults) or 'well'}")
        end_all()
        say(f"{time.monotonic() - began:.0f} s")
    _show(found, known)
    show_load()


def draw(jobs: Sequence[Job], seed: int, number: int, size: Size, victims: Victims = "all") -> Kill:
    """Draw which job a kill of a seed meets, and what of it."""
    chance = random.Random(f"{seed}/{number}")
    job = chance.choices(jobs, [_WEIGHTS[job.name] for job in jobs])[0]
    if victims == "served" or (job.flow and size == "whole" and chance.random() < _SERVED_SHARE):
        return Kill(number, job, chance.choice(VICTIMS), chance)
    weights = victims_of(job)
    return Kill(number, job, chance.choices(tuple(weights), tuple(weights.values()))[0], chance)


def _try(place: Place, kill: Kill, known: dict[str, Undisturbed], served: dict[str, Undisturbed]) -> Found:
    match kill.victim:
        case "flow run" | "worker" | "server":
            return try_served(place, kill.job, kill.victim, kill.chance, served[kill.job.name])
        case _:
            return try_once(place, kill.job, kill.victim, kill.chance, known[kill.job.name])


def _show_undisturbed(known: dict[str, Undisturbed]) -> None:
    rows = [
        (name, len(one.contents), one.changes, one.wall_s, one.cpu_s, one.idle_cpu_s) for name, one in known.items()
    ]
    show_table("Undisturbed", ("job", "files", "changes on disk", "wall s", "CPU s", "nothing to do, CPU s"), rows)
    say("Two undisturbed runs of each made the very same bytes under the same names.")


def _show_served(served: dict[str, Undisturbed]) -> None:
    rows = [(name, one.changes, one.wall_s) for name, one in served.items()]
    if rows:
        show_table("Undisturbed, as a flow", ("job", "changes for people", "wall s of its run"), rows)


def _show(found: Sequence[Found], known: dict[str, Undisturbed]) -> None:
    groups = dict.fromkeys((one.job, one.victim) for one in found)
    rows = [_row(*group, [one for one in found if (one.job, one.victim) == group], known) for group in groups]
    headings = ("job", "killed", "kills", "finished", "same", "half", "left", "again", "extra CPU", "with starting")
    show_table("Killed, and run again", headings, sorted(rows))
    for what in ("unfinished", "other", "partial", "left", "again"):
        told = {
            "partial": "half-written",
            "other": "of another content",
            "again": "made again",
            "left": "left over",
        }.get(what, what)
        show_figure(
            told,
            sum(len(getattr(one, what)) for one in found),
            f"of {sum(one.kills for one in found)} kills",
            goal=0,
            digits=0,
        )
    counted = [one for one in found if one.cpu_s]
    if counted:
        extra = sum(_extra_s(one, known[one.job], one.starts) for one in counted)
        whole = sum(known[one.job].cpu_s for one in counted)
        show_figure(
            "CPU beyond what was lost and starting again, over undisturbed runs",
            extra / whole,
            "",
            goal=_GOAL,
            digits=3,
        )


def _row(job: str, victim: str, found: Sequence[Found], known: dict[str, Undisturbed]) -> tuple[object, ...]:
    undisturbed = known[job]
    whole = undisturbed.cpu_s * len(found)
    counted = [one for one in found if one.cpu_s]
    shares = [sum(_extra_s(one, undisturbed, starts * one.starts) for one in counted) / whole for starts in (1, 0)]
    return (
        job, victim, sum(one.kills for one in found), sum(not one.unfinished for one in found),
        sum(not one.other for one in found), sum(len(one.partial) for one in found),
        sum(len(one.left) for one in found), sum(len(one.again) for one in found),
        *(f"{100 * share:+.1f} %" if counted else "" for share in shares),
    )  # fmt: skip


def _extra_s(found: Found, known: Undisturbed, starts: int) -> float:
    """Return the CPU that a job took more than undisturbed, but for what was lost and starting again so often."""
    return found.cpu_s - found.lost_cpu_s - known.cpu_s - starts * known.idle_cpu_s
