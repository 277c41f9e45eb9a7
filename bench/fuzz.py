"""Does any film that means harm, or is damaged, crash or hang Matinee, take its memory, or lead it to other files?

Small films of every container that is taken are mutated by thousands and looked into as masters are before anything is
made of them; a share goes through `matinee shots` and `matinee cut`, where the system's calls are counted with strace.
`python -m bench.fuzzing.replay SEED` makes one of them again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.film import Size
from bench.fuzzing.commands import TRACER, command_findings
from bench.fuzzing.films import write_films
from bench.fuzzing.mutations import mutated
from bench.homes import fresh_home, working_in
from bench.report import say, show_figure, show_load, show_table
from pipeline.shell.companion import Companion, CompanionLost

_FILES: Final[dict[Size, int]] = {"quick": 200, "whole": 6_000}
_COMMANDS: Final[dict[Size, int]] = {"quick": 4, "whole": 60}
"""How many of them go through a command as well."""
_TOLD_EVERY: Final = 500
_LOOKING: Final = "bench.fuzzing.looking"
_LIMIT_S: Final = 60.0
"""For all ways of looking into one film of a second."""
_MOST_BYTES: Final = 1 << 30
_ODD: Final = Path(__file__).parents[2] / "shared" / "media"


@dataclass(frozen=True)
class Finding:
    """What went wrong with one file."""

    seed: int
    name: str
    kind: str
    """'crash', 'hang', 'memory', 'file' or 'network'; 'libav' where only the process that looked was ended by it."""
    told: str


@dataclass
class Tally:
    """What became of mutated films."""

    files: int = 0
    commanded: int = 0
    """How many went through commands."""
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By way of looking, and 'done' or 'refused'."""
    findings: list[Finding] = field(default_factory=list)


def run(film: Path, size: Size) -> None:  # noqa: ARG001 - it makes its own
    """Print how many mutated films were looked into in which ways, and what went wrong, with the number of each."""
    first = int(os.environ.get("MATINEE_FUZZ_FIRST", "0"))
    with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as name:
        folder = Path(name)
        films = [(name, path.read_bytes()) for name, path in write_films(folder)]
        # Ctrl-C ends a part early, with what was found by then; a shell has what it starts in the background ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        tally = fuzz(films, range(first, first + _FILES[size]), folder / "mutated")
        with contextlib.suppress(KeyboardInterrupt):
            for seed in range(first, first + _COMMANDS[size]):
                number, content = mutated(seed * 7 + 3, [content for _, content in films])
                path = _written(folder / "commanded", films[number][0], content)
                for kind, told in command_findings(path, home):
                    tally.findings.append(Finding(seed * 7 + 3, films[number][0], kind, told))
                tally.commanded += 1
        with contextlib.suppress(KeyboardInterrupt):
            _look_at_odd_films(tally)
    _show(tally)
    show_load()


def fuzz(films: Sequence[tuple[str, bytes]], seeds: Sequence[int], folder: Path) -> Tally:
    """Look into one mutated film for each number, and return what became of them, or of some where Ctrl-C came."""
    tally = Tally()
    looker = _Looker()
    try:
        for seed in seeds:
            number, content = mutated(seed, [content for _, content in films])
            path = _written(folder, films[number][0], content)
            for finding in looker.look(path, seed, tally):
                tally.findings.append(finding)
            tally.files += 1
            if tally.files % _TOLD_EVERY == 0:
                say(f"{tally.files} of {len(seeds)} mutated films, {len(tally.findings)} findings")
    except KeyboardInterrupt:
        pass
    finally:
        looker.stop()
    return tally


class _Looker:
    """Looks into files in another process, and in a new one after each that ended or hung it."""

    def __init__(self) -> None:
        self._companion: Companion | None = None

    def look(self, path: Path, seed: int, tally: Tally) -> Iterator[Finding]:
        if self._companion is None:
            self._companion = Companion(_LOOKING)
        try:
            self._companion.ask({"path": os.fsencode(path).hex()})
            answer = self._companion.answer(_LIMIT_S)
        except CompanionLost as error:
            self.stop()
            kind = "hang" if "no answer" in str(error) else "libav" if "signal" in str(error) else "crash"
            yield Finding(seed, path.name, kind, str(error))
            return
        for way, how in answer["ended"].items():
            word = how.partition(":")[0]
            tally.ended[way, word] += 1
            if word == "crash":
                yield Finding(seed, path.name, "crash", f"{way}: {how}")
        if answer["peak_bytes"] > _MOST_BYTES:
            self.stop()
            yield Finding(seed, path.name, "memory", f"{answer['peak_bytes'] >> 20} MiB")

    def stop(self) -> None:
        companion, self._companion = self._companion, None
        if companion is not None:
            companion.stop()


def _look_at_odd_films(tally: Tally) -> None:
    """Look into the real films beside the checkout as they are, where there are any that take no minutes."""
    looker = _Looker()
    for path in sorted(_ODD.glob("*.m[kp][v4]")):
        if path.stat().st_size < 30_000_000:
            tally.findings += looker.look(path, -1, tally)
    looker.stop()


def _written(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def _show(tally: Tally) -> None:
    traced = "" if TRACER else " (no strace here)"
    say(f"{tally.files} mutated films, {tally.commanded} of others through commands{traced}")
    ways = dict.fromkeys(way for way, _ in tally.ended)
    rows = [(way, *(str(tally.ended[way, word]) for word in ("done", "refused", "crash"))) for way in ways]
    show_table("How looking into them ended", ("way", "done", "refused", "crash"), rows)
    for finding in tally.findings:
        say(f"seed {finding.seed} {finding.name}: {finding.kind}: {finding.told.strip()}")
    counted = Counter(finding.kind for finding in tally.findings)
    for kind in ("crash", "hang", "memory", "file", "network", "libav"):
        show_figure(kind, counted[kind], "findings", goal=counted[kind] if kind == "libav" else 0, digits=0)
