"""Compare our rendering with bare ffmpeg commands for the same pictures, and with a script written for MoviePy."""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench import plain
from bench.child import run_child
from bench.film import Size
from bench.homes import studied_home, working_in
from bench.report import say, show_load, show_ratio, show_table
from pipeline.cut import CutRequest, FilmPlan, analyse, finish, plan_film
from pipeline.cut.job import render_all
from pipeline.edit import shortened
from pipeline.graph import FilmPicture, PictureEncode
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.store import Store

GOAL: Final = 1.15
QUICK_SECONDS: Final = Fraction(10)
_MOVIEPY_SCRIPT: Final = Path(__file__).with_name("moviepy_script.py")


@dataclass
class CpuTime:
    """CPU seconds of this process, and of what it started and waited for."""

    own: float = 0.0
    children: float = 0.0


def run(film: Path, size: Size) -> None:
    """Print CPU seconds of ours against bare ffmpeg's, picture by picture, then one clip against MoviePy."""
    with studied_home(film) as home, working_in(home):
        plan = _plan(film, size)
        say(f"{len(plan.highlights)} highlights × {len({clip.platform.id for clip in plan.clips})} platforms")
        with _cpu_time() as ours:
            render_all(plan, lambda *_: None)
            finish(plan)
        made = _cpu_by_kind(home)
        nodes = tuple(dict.fromkeys(clip.picture for clip in plan.clips))
        bare = {node: _bare_cpu(film, plan, node) for node in nodes}
        _show_comparison(ours, made, bare)
        _show_moviepy(film, plan, nodes[0], bare[nodes[0]])
    show_load()


def _plan(film: Path, size: Size) -> FilmPlan:
    """Return the plan of the whole job, or of a few seconds of its first highlight."""
    # Pictures of the film alone, as bare ffmpeg makes them.
    request = CutRequest(style="plain")
    subject = analyse(film, request)
    plan = plan_film(subject, request)
    if size == "whole":
        return plan
    return plan_film(replace(subject, edit=shortened(plan.highlights[0].edit, QUICK_SECONDS)), request)


@contextmanager
def _cpu_time() -> Iterator[CpuTime]:
    measured, before = CpuTime(), _used()
    yield measured
    after = _used()
    measured.own, measured.children = after[0] - before[0], after[1] - before[1]


def _used() -> tuple[float, float]:
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    own, children = (usage.ru_utime + usage.ru_stime for usage in usages)
    return own, children


def _cpu_by_kind(home: Path) -> dict[str, float]:
    """Return CPU seconds that receipts name, by what was made."""
    store = Store(home / "store")
    seconds: dict[str, float] = {}
    for receipt in store.root.glob("??/*/receipt.json"):
        artifact = store.find(receipt.parent.name)
        if artifact is not None and "cpu_seconds" in artifact.receipt:
            kind = str(artifact.receipt["made_by"])
            seconds[kind] = seconds.get(kind, 0.0) + float(artifact.receipt["cpu_seconds"])
    return seconds


def _bare_cpu(film: Path, plan: FilmPlan, node: PictureEncode) -> float:
    """Return CPU seconds of one ffmpeg process that decodes, crops, scales and encodes one picture."""
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        run = run_ffmpeg((*_bare_command(film, plan, node), str(Path(folder) / "bare.mp4")))
    return run.cpu_seconds


def _bare_command(film: Path, plan: FilmPlan, node: PictureEncode) -> tuple[str, ...]:
    (part,) = node.parts
    assert isinstance(part, FilmPicture), "moments are one stretch of the film each"
    filters = plain.picture_filter(node.views[0][0].panels[0])
    start = part.start - plan.subject.main.facts.picture.start
    return (*plain.cut(film, start=start, frames=part.frames, filters=filters), *plain.x264(node.encoder))


def _show_comparison(ours: CpuTime, made: dict[str, float], bare: dict[PictureEncode, float]) -> None:
    rows = [(f"bare ffmpeg, {node.width_px}×{node.height_px}, {node.frames} frames", cpu) for node, cpu in bare.items()]
    plain_total, total = sum(bare.values()), ours.own + ours.children
    rows += [
        ("bare ffmpeg, sum", plain_total),
        ("ours: pictures (receipts)", made.get("picture", 0.0)),
        ("ours: sounds, measured and levelled (receipts)", made.get("programme", 0.0) + made.get("sound", 0.0)),
        ("ours: posters (receipts)", made.get("poster", 0.0)),
        ("ours: this process (checks, joins, sheet, plot, exchange files)", ours.own),
        ("ours, sum", total),
    ]
    show_table("Rendering, CPU seconds", ("what", "CPU s"), rows)
    show_ratio("pictures alone", made.get("picture", 0.0), plain_total, "CPU s", goal=GOAL)
    show_ratio("everything (sound, checks, posters, sheets) over bare pictures", total, plain_total, "CPU s", goal=GOAL)


def _show_moviepy(film: Path, plan: FilmPlan, node: PictureEncode, bare_cpu: float) -> None:
    """Make one clip's picture with MoviePy, with the same cut, crop, size, preset and CRF."""
    (part,) = node.parts
    assert isinstance(part, FilmPicture)
    panel = node.views[0][0].panels[0]
    window, corner = panel.window, panel.window.path.knots[0]
    start = part.start - plan.subject.main.facts.picture.start
    encoder = node.encoder
    numbers: Sequence[object] = (
        float(start), float(start + node.rate.time_of(part.frames)), float(node.rate.fps),
        corner.left_px, corner.top_px, window.width_px, window.height_px, panel.width_px, panel.height_px,
        encoder.preset, float(encoder.crf), encoder.threads,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        target = str(Path(folder) / "moviepy.mp4")
        peer = run_child((sys.executable, str(_MOVIEPY_SCRIPT), str(film), target, *map(str, numbers)))
    what = f"one picture of {node.width_px}×{node.height_px}, {node.frames} frames: MoviePy over bare ffmpeg"
    say(f"{what}: {peer.cpu_seconds:.2f} / {bare_cpu:.2f} CPU s = {peer.cpu_seconds / bare_cpu:.2f}")
