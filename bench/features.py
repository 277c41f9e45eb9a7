"""Measure what a film's features cost: its pictures, its sound, and both against decoding all of it."""

from __future__ import annotations

import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench.child import ChildRun, run_child
from bench.film import Size, write_stretch
from bench.report import say, show_figure, show_load, show_table
from pipeline.plan.sampling import BUDGET_SHARE, LEAST_BUDGET_S, estimate_s, plan_sampling
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.shell.sampler import describe_pictures

GOAL_S: Final = 10.0
"""CPU seconds for pictures and sound of a film of ten minutes whose shots are found in the same run."""
GOAL_MB: Final = 400
QUICK_SECONDS: Final = 30
LONG_SECONDS: Final = 7200

# One process for each part, so that each part's CPU time and memory are its own; ffmpeg's are counted with it.
_PART: Final = """
import json, sys
from fractions import Fraction
from pathlib import Path
from pipeline.shell.probe import probe
path, part, duration = Path(sys.argv[1]), sys.argv[2], Fraction(sys.argv[3])
facts = probe(path)
told = {}
if part == "pictures":
    from pipeline.shell.features import PictureMeter
    found = PictureMeter(path, facts).measure().features(duration)
    told = {"looks": found.look_count, "faces": sum(bool(sample.faces) for sample in found.faces),
            "searched": len(found.faces)}
if part == "sound":
    from pipeline.shell.sound import measure_sound
    heard = measure_sound(path, facts)
    if heard is not None:
        speech = heard.speech.hundredths
        told = {"onsets": len(heard.onsets), "speech": sum(value >= 50 for value in speech) / max(1, len(speech))}
if part in ("shots", "shots and pictures"):
    from pipeline.shell.features import PictureMeter
    from pipeline.shell.shots import find_shots
    meter = PictureMeter(path, facts)
    found = find_shots(path, facts, watching=meter.watching() if part != "shots" else None)
    told = {"decoded": found.decoded_count, "looks": meter.measure().look_count if part != "shots" else 0}
if part == "nothing":
    import av, cv2, earshot, numpy
print(json.dumps(told))
"""


def run(film: Path, size: Size) -> None:
    """Print CPU seconds and memory of both parts, what they saw and heard, and ratios to a bare decode."""
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        short = Path(folder) / f"stretch{film.suffix}"
        measured = film if size == "whole" else write_stretch(film, short, seconds=QUICK_SECONDS)
        total = _measure(measured)
        if size == "whole":
            show_figure("pictures beside finding shots, and sound", total, "CPU s", goal=GOAL_S)
            _measure_memory(film, Path(folder))
    show_load()


def _measure(film: Path) -> float:
    facts = probe(film)
    stream = describe_pictures(film, facts)
    sampling = plan_sampling(stream)
    budget = max(LEAST_BUDGET_S, stream.seconds * BUDGET_SHARE)
    density = "all of it" if sampling.burst is None else f"{float(sampling.burst):g} s after keyframes"
    say(f"looked at: {density}; estimate {estimate_s(stream, sampling):.1f} of {budget:.1f} CPU s")
    started = _part(film, "nothing", facts.duration)
    rows: list[tuple[object, ...]] = []
    cpu: dict[str, float] = {}
    for part in ("pictures", "sound", "shots", "shots and pictures"):
        done = _part(film, part, facts.duration)
        cpu[part] = done.cpu_seconds - started.cpu_seconds
        told = ", ".join(f"{name} {value:g}" for name, value in json.loads(done.stdout).items())
        rows.append((part, cpu[part], done.python_peak_bytes / 1e6, told))
    decode = run_ffmpeg(("-i", f"file:{film}", "-map", "0:v:0", "-f", "null", "-")).cpu_seconds
    hear = run_ffmpeg(("-i", f"file:{film}", "-map", "0:a:0?", "-map", "0:v:0", "-c:v", "copy", "-f", "null", "-"))
    rows += [("bare decode of the pictures, by ffmpeg", decode, "", ""), ("of the sound", hear.cpu_seconds, "", "")]
    show_table("Features (the start of Python and its imports taken off)", ("what", "CPU s", "MB", "found"), rows)
    for part, bare in (("pictures", decode), ("sound", hear.cpu_seconds)):
        say(f"{part} over bare decode: {cpu[part]:.2f} / {bare:.2f} CPU s = {cpu[part] / bare:.2f}")
    say(f"pictures and sound by themselves: {cpu['pictures'] + cpu['sound']:.2f} CPU s")
    return cpu["shots and pictures"] - cpu["shots"] + cpu["sound"]


def _measure_memory(film: Path, folder: Path) -> None:
    """Print the memory that both parts take for a film of two hours."""
    copies = -(-LONG_SECONDS // int(probe(film).duration))
    long = write_stretch(film, folder / f"long{film.suffix}", seconds=0, copies=copies)
    duration = probe(long).duration
    for part in ("pictures", "sound"):
        done = _part(long, part, duration)
        say(f"{part} of {float(duration):.0f} s: {done.cpu_seconds:.1f} CPU s")
        show_figure(f"{part}: peak of our own processes", done.python_peak_bytes / 1e6, "MB", goal=GOAL_MB)


def _part(film: Path, part: str, duration: Fraction) -> ChildRun:
    return run_child((sys.executable, "-c", _PART, str(film), part, str(duration)))
