"""What does a package at fixed bit rates cost over the bare x264 encodes of its rungs, and against Shaka Streamer?"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tomlkit

from bench.child import MATINEE, ChildRun, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home
from bench.report import say, show_load, show_ratio, show_table
from bench.shaka import SHAKAS_PRESET, find_shaka, package_with_shaka
from pipeline.counting import counted
from pipeline.plan.ladder import PictureLadder, plan_ladder
from pipeline.presets import LadderPreset, load_ladder, preset_file
from pipeline.shell.ffmpeg import ffmpeg_exe
from pipeline.shell.probe import probe

LADDER: Final = "landscape-fixed"
SHAKAS: Final = "shakas"
"""Our ladder as Shaka Streamer has it: one bit rate for each size, at the x264 preset that it always takes."""
_GOAL: Final = 1.10
_ROUNDS: Final = 3
_SHAKA: Final = "Shaka Streamer, the same"
_SECONDS: Final[dict[Size, int]] = {"quick": 20, "whole": 0}


@dataclass(frozen=True)
class _Effort:
    """What one way of packaging took, in each round."""

    what: str
    runs: tuple[ChildRun, ...]

    @property
    def run(self) -> ChildRun:
        """The round that took neither most nor least."""
        return sorted(self.runs, key=lambda one: one.cpu_seconds)[len(self.runs) // 2]


def run(film: Path, size: Size) -> None:
    """Print what a package takes, the bare encodes of its rungs, in one process and one by one, and Shaka Streamer."""
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        work = Path(folder)
        measured = write_stretch(film, work / f"film{film.suffix}", seconds=_SECONDS[size]) if _SECONDS[size] else film
        facts = probe(measured)
        ladder = load_ladder(LADDER)
        pictures = plan_ladder(ladder, facts.picture.display_size, facts.picture.rate)
        python = find_shaka()
        ways: dict[str, Callable[[Path], ChildRun | None]] = {
            f"ours, {LADDER}": lambda folder: _package(measured, LADDER, folder),
            "bare x264 encodes, one process": lambda folder: run_bare(bare_argv(measured, ladder, pictures, folder)),
        }
        if python is not None:
            ways |= {
                "ours, a rung for each size": lambda folder: _package(measured, SHAKAS, folder),
                _SHAKA: lambda folder: package_with_shaka(python, measured, pictures, folder),
            }
        rows = [*_take_turns(ways, work, rounds=1 if size == "whole" else _ROUNDS)]
        rows.append(_one_by_one(measured, ladder, pictures, work))
        show_table(
            f"Packages of {len(pictures.renditions)} rungs at fixed bit rates, x264 {ladder.encoding.preset}, "
            f"{counted(len(rows[0].runs), 'round')}, the middle one of each",
            ("what", "CPU s", "wall s", "largest process, MB", "all processes, MB"),
            [
                (each.what, each.run.cpu_seconds, each.run.wall_seconds, f"{each.run.largest_bytes / 1e6:.0f}",
                 f"{each.run.peak_bytes / 1e6:.0f}")
                for each in rows
            ],
        )  # fmt: skip
        _compare("our package over the bare encodes", rows[0], rows[1], goal=_GOAL)
        ratio = rows[1].run.cpu_seconds / rows[-1].run.cpu_seconds
        say(f"bare encodes in one process over one command for each: {ratio:.3f}")
        shaka = next((one for one in rows if one.what == _SHAKA), None)
        if shaka is not None:
            _compare("ours like it over Shaka Streamer", rows[2], shaka, goal=1.0)
    show_load()


def _take_turns(ways: Mapping[str, Callable[[Path], ChildRun | None]], work: Path, *, rounds: int) -> Iterator[_Effort]:
    """Yield what each way took, one after the other in every round: a machine's speed changes by minutes.

    One that failed is left out.
    """
    taken: dict[str, list[ChildRun | None]] = {what: [] for what in ways}
    for _ in range(rounds):
        for what, way in ways.items():
            with tempfile.TemporaryDirectory(dir=work) as folder:
                taken[what].append(way(Path(folder)))
    for what, runs in taken.items():
        done = tuple(one for one in runs if one is not None)
        if len(done) == rounds:
            yield _Effort(what, done)


def _compare(what: str, ours: _Effort, theirs: _Effort, *, goal: float) -> None:
    """Print how much one way took of another: the ratio of each round, and of the middle ones."""
    pairs = zip(ours.runs, theirs.runs, strict=True)
    each = ", ".join(f"{one.cpu_seconds / other.cpu_seconds:.3f}" for one, other in pairs)
    say(f"{what}, round by round: {each}")
    show_ratio(what, ours.run.cpu_seconds, theirs.run.cpu_seconds, "CPU s", goal=goal)


def _package(film: Path, ladder: str, work: Path) -> ChildRun:
    """Package a film whose shots are known: finding them is measured by `shots`."""
    presets = work / "presets"
    (presets / "ladders").mkdir(parents=True, exist_ok=True)
    (presets / "ladders" / f"{SHAKAS}.toml").write_text(_shakas_ladder())
    with fresh_home() as home:
        run_child((MATINEE, "shots", str(film), "--json"), MATINEE_HOME=str(home))
        command = (MATINEE, "package", str(film), "--ladder", ladder, "--out", str(work / ladder), "--json")
        ran = run_child(command, MATINEE_HOME=str(home), MATINEE_PRESETS=str(presets))
    document = json.loads(ran.stdout)
    assert document["conforms"], document
    return ran


def _shakas_ladder() -> str:
    """Return our fixed ladder with the first rung of each size alone, at another x264 preset, as TOML."""
    document: Any = tomlkit.parse(preset_file("ladders", LADDER).path.read_text())
    document["encoding"]["preset"] = SHAKAS_PRESET
    sizes = [(rung["width_px"], rung["height_px"]) for rung in document["rungs"]]
    for number in reversed(range(len(sizes))):
        if sizes.index(sizes[number]) != number:
            del document["rungs"][number]
    return tomlkit.dumps(document)


def bare_argv(film: Path, ladder: LadderPreset, pictures: PictureLadder, folder: Path) -> tuple[str, ...]:
    """Return the command that anybody would write for all rungs at once."""
    names = [f"v{number}" for number in range(len(pictures.renditions))]
    split = f"[0:v]split={len(names)}" + "".join(f"[s{name}]" for name in names)
    scaled = [
        f"[s{name}]{_rate_filter(pictures, one.every)}scale={one.width_px}:{one.height_px}[{name}]"
        for name, one in zip(names, pictures.renditions, strict=True)
    ]
    argv = ["-i", f"file:{film}", "-filter_complex", ";".join((split, *scaled))]
    for name, one in zip(names, pictures.renditions, strict=True):
        argv += ["-map", f"[{name}]", *_x264(ladder, pictures, one.average_kbps, one.peak_kbps, one.every)]
        argv += [str(folder / f"{name}.mp4")]
    return tuple(argv)


def _rate_filter(pictures: PictureLadder, every: int) -> str:
    return "" if every == 1 else f"fps={pictures.rate.fps / every},"


def _x264(
    ladder: LadderPreset, pictures: PictureLadder, average_kbps: int, peak_kbps: int, every: int
) -> Sequence[str]:
    encoding = ladder.encoding
    keyframe = round(2 * pictures.rate.fps / every)
    return (
        *("-c:v", "libx264", "-preset", encoding.preset, "-refs", str(encoding.references)),
        *("-bf", str(encoding.b_frames), "-profile:v", "high", "-pix_fmt", "yuv420p", "-threads", "1"),
        *("-b:v", f"{average_kbps}k", "-maxrate", f"{peak_kbps}k", "-bufsize", f"{peak_kbps}k"),
        *("-g", str(keyframe), "-keyint_min", str(keyframe), "-sc_threshold", "0"),
    )


def _one_by_one(film: Path, ladder: LadderPreset, pictures: PictureLadder, work: Path) -> _Effort:
    runs = []
    for number, one in enumerate(pictures.renditions):
        alone = PictureLadder(pictures.rate, (one,))
        folder = work / f"alone{number}"
        folder.mkdir()
        runs.append(run_bare(bare_argv(film, ladder, alone, folder)))
    cpu, wall = (sum(getattr(one, name) for one in runs) for name in ("cpu_seconds", "wall_seconds"))
    largest = max(one.largest_bytes for one in runs)
    together = ChildRun("", "", wall, cpu, 0, max(one.peak_bytes for one in runs), largest)
    return _Effort("bare x264 encodes, one command each", (together,))


def run_bare(argv: tuple[str, ...]) -> ChildRun:
    return run_child((str(ffmpeg_exe()), "-y", "-v", "error", "-nostdin", *argv))
