"""What does rate control by shot save over fixed bit rates, how near are shots to their target, and what does it cost?

Shots are probed and planned as packages do it; chunks are encoded with the packages' own nodes. The other side is what
anybody would do: the same rungs, preset and keyframes, one pass at the ladder's bit rates over all of the film.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.film import Size
from bench.hls_reel import (
    Encoded,
    Job,
    References,
    Side,
    cost_of,
    encode,
    encode_with_shaka,
    make_job,
    probe_job,
)
from bench.homes import fresh_home, working_in
from bench.report import say, show_figure, show_floor, show_load, show_ratio, show_table
from bench.shaka import shakas_rungs
from pipeline.plan.hls.rates import measure_rates
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import Chunk
from pipeline.presets import LadderPreset, load_ladder
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import study_shots

LADDER: Final = "landscape"
FIRST: Final = 4
"""The first shot that is taken quickly: of every ninth from it on, plan/quality learned nothing."""
_SEGMENT_S: Final = 6
_TOLERANCE: Final = 1.5


def run(film: Path, size: Size, *, ladder: str = LADDER, first: int = FIRST) -> None:
    """Print quality by shot, bits against fixed bit rates at equal VMAF, and what probing costs.

    `first` is the number of the first shot that is taken where few are.
    """
    # Trials that an earlier run has kept would have cost what they did then.
    with fresh_home() as home, working_in(home):
        _run(film, size, load_ladder(ladder), first)
    show_load()


def _run(film: Path, size: Size, ladder: LadderPreset, first: int) -> None:
    store = Store(find_home().store)
    study = study_shots(film, store=store, ledger=Ledger(find_home().ledger))
    job = make_job(study, store, size, ladder, first)
    qualities, probing, again = probe_job(job)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        references = References(job, Path(folder))
        chunks = job.reel.chunks(job.shots[1:])
        ours = encode(job, chunks, qualities, references, "by shot")
        _show_shots(job, qualities, ours)
        show_ratio("probing over encoding", probing, ours.cpu_seconds, "CPU s", goal=0.35)
        show_ratio("the same once it is known", again, ours.cpu_seconds, "CPU s", goal=0.03)
        whole = Chunk(0, job.reel.borders, job.reel.keyframes(job.shots[1:]))
        fixed = encode(job, [whole], None, references, "fixed")
        shaka = encode_with_shaka(job, whole, references)
        alike = 0.0 if shaka is None else cost_of(job, chunks, qualities, references, shaka.renditions)
    _show_rungs(job, qualities, ours, fixed)
    for peer, side, goal in (("fixed bit rates", fixed, -25), ("Shaka Streamer", shaka, -20)):
        for name, pooled in (("harmonic mean", _harmonic), ("1st percentile", _percentile)):
            if side is not None:
                same = {rung: ours.renditions[rung] for rung in side.renditions}
                saved = 100 * _bd_rate(_curve(job, same, pooled), _curve(job, side.renditions, pooled))
                show_figure(f"bits over {peer} at equal VMAF ({name}), BD-rate", saved, "%", goal=goal)
    if shaka is not None:
        _show_shaka(job, shaka)
        what = "encoding as many renditions, and probing, over Shaka Streamer"
        show_ratio(what, alike + probing, shaka.cpu_seconds, "CPU s", goal=1.4)


def _show_rungs(job: Job, qualities: dict[str, RungQuality], ours: Side, fixed: Side) -> None:
    rows = []
    for one in job.pictures.renditions:
        mine, theirs = (side.renditions[one.name] for side in (ours, fixed))
        quality = qualities[one.name]
        average, peak = _rates(job, one, mine)
        rows.append(
            (
                one.name,
                f"{quality.vmaf:.1f}",
                f"{quality.bounds.count('target')} of {len(quality.bounds)}",
                f"{quality.average_kbps:.0f}",
                average,
                peak,
                f"{peak / average:.2f}",
                _harmonic(mine),
                _percentile(mine),
                _rates(job, one, theirs)[0],
                _rates(job, one, theirs)[1],
                _harmonic(theirs),
                _percentile(theirs),
            )
        )
    headings = (
        "rung", "target", "bound by it", "planned", "kb/s", "peak", "peak ×", "VMAF", "1 %", "fixed kb/s", "peak",
        "VMAF", "1 %",
    )  # fmt: skip
    show_table(f"By shot and at fixed bit rates, {job.reel.frames} frames, {len(job.shots)} shots", headings, rows)


def _show_shaka(job: Job, shaka: Side) -> None:
    rows = []
    for one in shakas_rungs(job.pictures):
        encoded = shaka.renditions[one.name]
        rows.append((one.name, *_rates(job, one, encoded), _harmonic(encoded), _percentile(encoded)))
    show_table("Shaka Streamer, x264 slow, a rung for each size", ("rung", "kb/s", "peak", "VMAF", "1 %"), rows)


def _show_shots(job: Job, qualities: dict[str, RungQuality], ours: Side) -> None:
    """Print how near each shot that its target decides comes to it."""
    missed: list[tuple[float, int, str]] = []
    rows = []
    for one in job.pictures.renditions:
        vmafs = _by_shot(job, ours.renditions[one.name])
        quality = qualities[one.name]
        bounds = quality.bounds
        errors = [
            (vmaf - quality.vmaf, number)
            for number, (vmaf, bound) in enumerate(zip(vmafs, bounds, strict=True))
            if bound == "target" and vmaf is not None
        ]
        missed += [(error, number, one.name) for error, number in errors]
        if errors:
            near = sum(abs(error) <= _TOLERANCE for error, _ in errors)
            mean = sum(error for error, _ in errors) / len(errors)
            spread = (sum(error * error for error, _ in errors) / len(errors)) ** 0.5
            others = {name: bounds.count(name) for name in ("rate", "finest", "coarsest")}
            rows.append((one.name, len(errors), f"{100 * near / len(errors):.1f} %", mean, spread, *others.values()))
    headings = ("rung", "shots", f"within {_TOLERANCE}", "mean error", "rms", "by rate", "finest", "coarsest")
    show_table("VMAF of shots that their target decides, and how many something else does", headings, rows)
    missed.sort(key=lambda each: -abs(each[0]))
    told = (f"shot {number} {name} {error:+.1f}" for error, number, name in missed[:8])
    say(f"farthest from their target: {', '.join(told)}")
    within = sum(abs(error) <= _TOLERANCE for error, _, _ in missed)
    show_floor(f"shots within {_TOLERANCE} of their target", 100 * within / max(1, len(missed)), "%", goal=95)


def _by_shot(job: Job, encoded: Encoded) -> list[float | None]:
    found: list[float | None] = []
    for first, end in job.spans:
        # A shot's first frame stands beside another shot's, as when it is played.
        scores = [vmaf for frame, vmaf in encoded.vmafs.items() if first <= frame < end]
        found.append(sum(scores) / len(scores) if scores else None)
    return found


def _rates(job: Job, one: PictureRendition, encoded: Encoded) -> tuple[int, int]:
    """Return average and peak in kb/s, the peak over neighbouring segments."""
    segments = []
    for first, end in pairwise(job.reel.borders):
        frames = encoded.sizes[first // one.every : -(-end // one.every)]
        segments.append((8 * sum(frames), job.reel.grid.rate.time_of(end - first)))
    rates = measure_rates(segments, target=_SEGMENT_S)
    assert rates is not None, "segments last some time"
    return int(rates.average / 1000), int(rates.peak / 1000)


def _harmonic(encoded: Encoded) -> float:
    return len(encoded.vmafs) / sum(1 / max(1.0, vmaf) for vmaf in encoded.vmafs.values())


def _percentile(encoded: Encoded) -> float:
    return sorted(encoded.vmafs.values())[len(encoded.vmafs) // 100]


def _curve(job: Job, renditions: Mapping[str, Encoded], pooled: object) -> list[tuple[float, float]]:
    """Return VMAF and kb/s of each rung, from the lowest VMAF on."""
    assert callable(pooled)
    rungs = {one.name: one for one in job.pictures.renditions}
    return sorted((pooled(one), float(_rates(job, rungs[name], one)[0])) for name, one in renditions.items())


def _bd_rate(ours: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]]) -> float:
    """Return by how much fewer bits one curve takes over the range of VMAF that both reach (Bjøntegaard, VCEG-M33).

    Straight between points in the rate's logarithm: rungs of several sizes have no smooth curve.
    """
    import numpy as np

    low, high = max(ours[0][0], theirs[0][0]), min(ours[-1][0], theirs[-1][0])
    places = np.linspace(low, high, 1000)
    one, other = (np.interp(places, *zip(*((v, np.log(k)) for v, k in curve), strict=True)) for curve in (ours, theirs))
    return float(np.exp(np.mean(one - other)) - 1)
