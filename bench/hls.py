"""What does rate control by shot save over fixed bit rates, how near are shots to their target, and what does it cost?

Shots are probed and planned as packages do it; chunks are encoded with the packages' own nodes. The other side is what
anybody would do: the same rungs, preset and keyframes, one pass at the ladder's bit rates over all of the film.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

import av

from bench.film import Size
from bench.homes import fresh_home, working_in
from bench.report import say, show_figure, show_floor, show_load, show_ratio, show_table
from bench.shaka import find_shaka, join_rendition, package_with_shaka, shakas_rungs
from bench.vmaf import TAGGED
from pipeline.argv import ladder_argv
from pipeline.argv.picture import drawn_picture, muxer_options
from pipeline.argv.terms import arguments
from pipeline.boxes import read_movie
from pipeline.boxes.samples import expand
from pipeline.edit import Edit, MasterSpan
from pipeline.graph import PictureEncode
from pipeline.plan.chunks import Qualities, RungChunk, plan_chunk, plan_key_chunk
from pipeline.plan.clips import Film, Films
from pipeline.plan.edit_shots import find_edit_shots
from pipeline.plan.hls.rates import measure_rates
from pipeline.plan.ladder import PictureLadder, PictureRendition, plan_ladder, share_of
from pipeline.plan.probes import ShotTrials, plan_trials
from pipeline.plan.quality import RungQuality, plan_qualities
from pipeline.plan.reels import Chunk, Grid, Reel
from pipeline.presets import LadderPreset, load_ladder
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import source_url
from pipeline.shell.probing import probe_key, probe_shots
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, study_shots
from pipeline.shell.toolchain import describe_encoder, describe_toolchain
from pipeline.timebase import Span

LADDER: Final = "landscape"
FIRST: Final = 4
"""The first shot that is taken quickly: of every ninth from it on, plan/quality learned nothing."""
_SEGMENT_S: Final = 6
_TOLERANCE: Final = 1.5
# Quick: every so manieth shot.
_EVERY: Final = 9
# All frames, or every so manieth, by nothing that divides the distance of keyframes: they are better than what follows.
_SCORED_EVERY: Final[dict[Size, int]] = {"quick": 1, "whole": 5}


@dataclass(frozen=True)
class _Job:
    """A reel of a film's shots, and what is needed to encode it."""

    reel: Reel
    shots: tuple[int, ...]
    ladder: LadderPreset
    pictures: PictureLadder
    films: Films
    workshop: Workshop
    scored_every: int

    @property
    def spans(self) -> list[tuple[int, int]]:
        return list(pairwise((*self.shots, self.reel.frames)))

    def trials(self) -> list[ShotTrials]:
        keyframes, encoding = self.reel.keyframes(self.shots[1:]), self.ladder.encoding
        return [
            plan_trials(self.reel, one, self.pictures, encoding, self.films, keyframes=keyframes) for one in self.spans
        ]

    def plan(self, chunk: Chunk, qualities: Qualities | None) -> tuple[RungChunk, ...]:
        encoding = self.ladder.encoding
        rungs = plan_chunk(self.reel, chunk, self.pictures, encoding, self.films, shots=self.shots, qualities=qualities)
        return (*rungs, plan_key_chunk(rungs[0].node.picture, chunk, self.pictures))


@dataclass(frozen=True)
class _Encoded:
    """One rendition of the reel as it came out."""

    sizes: tuple[int, ...]
    """Bytes of each frame."""
    vmafs: dict[int, float]
    """Of some frames of the reel."""


@dataclass(frozen=True)
class _Side:
    """All renditions of the reel, encoded one way, by name."""

    renditions: dict[str, _Encoded]
    cpu_seconds: float


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
    job = _job(study, store, size, ladder, first)
    qualities, probing, again = _probe(job)
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        references = _References(job, Path(folder))
        chunks = job.reel.chunks(job.shots[1:])
        ours = _encode(job, chunks, qualities, references, "by shot")
        _show_shots(job, qualities, ours)
        show_ratio("probing over encoding", probing, ours.cpu_seconds, "CPU s", goal=0.35)
        show_ratio("the same once it is known", again, ours.cpu_seconds, "CPU s", goal=0.03)
        whole = Chunk(0, job.reel.borders, job.reel.keyframes(job.shots[1:]))
        fixed = _encode(job, [whole], None, references, "fixed")
        shaka = _encode_with_shaka(job, whole, references)
        alike = 0.0 if shaka is None else _cost_of(job, chunks, qualities, references, shaka.renditions)
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


def _job(study: ShotStudy, store: Store, size: Size, ladder: LadderPreset, first: int) -> _Job:
    pictures = plan_ladder(ladder, study.facts.picture.display_size, study.shots.timeline.rate)
    grid, timeline = Grid(pictures.rate, pictures.slowest), study.shots.timeline
    whole = Reel.of(Edit("film", (MasterSpan(study.digest, Span(Fraction(0), timeline.duration)),)), grid)
    found = find_edit_shots(whole.edit, grid.rate, {study.digest: study.shots})
    begins = {(one.start_frame + one.end_frame) // 2 for one in found.transitions}
    starts = (0, *sorted(begin for begin in begins if 0 < begin < whole.frames))
    films = {study.digest: Film(study.digest, study.facts, timeline)}
    workshop = Workshop(
        store,
        describe_toolchain(Ledger(find_home().ledger)),
        {study.digest: study.path},
        rung_encoder=describe_encoder(ladder.codec),
    )
    every = _SCORED_EVERY[size]
    if size == "whole":
        return _Job(whole, starts, ladder, pictures, films, workshop, every)
    spans = list(pairwise((*starts, whole.frames)))[first::_EVERY] or [(0, whole.frames)]
    parts = tuple(MasterSpan(study.digest, Span.of_frames(*span, grid.rate)) for span in spans)
    shots = tuple(accumulate((end - first for first, end in spans), initial=0))[:-1]
    return _Job(Reel.of(Edit("shots", parts), grid), shots, ladder, pictures, films, workshop, every)


def _probe(job: _Job) -> tuple[dict[str, RungQuality], float, float]:
    """Return the qualities, and the CPU seconds of finding them anew and from the store."""
    probe_shots(job.workshop, job.trials())
    began = time.process_time()
    trials = job.trials()
    probes = probe_shots(job.workshop, trials)
    renditions, grid = job.pictures.renditions, job.reel.grid
    share = share_of(job.ladder, job.pictures.largest)
    found = plan_qualities(
        probes, renditions, share=share, fps=grid.rate.fps, keyframe=grid.keyframe, codec=job.pictures.codec
    )
    again = time.process_time() - began
    artifacts = [job.workshop.store.find(probe_key(job.workshop, one)) for one in trials]
    cpu = sum(one.receipt["cpu_seconds"] for one in artifacts if one is not None)
    return {one.name: quality for one, quality in zip(renditions, found, strict=True)}, cpu + again, again


class _References:
    """The frames that a chunk shows, without loss, for as long as they are needed."""

    def __init__(self, job: _Job, folder: Path) -> None:
        self.folder = folder
        self._job = job

    def make(self, picture: PictureEncode, target: Path) -> Path:
        import ffmpeg

        stream = drawn_picture(picture, self._job.workshop.locate)
        options = {"c:v": "libx264", "preset": "ultrafast", "qp": 0, "bf": 0, **muxer_options(picture.rate)}
        run_ffmpeg(arguments([ffmpeg.output(stream, source_url(target), **options)]))
        return target


def _encode(
    job: _Job, chunks: Sequence[Chunk], qualities: Qualities | None, references: _References, label: str
) -> _Side:
    sizes: dict[str, list[int]] = {one.name: [] for one in job.pictures.renditions}
    vmafs: dict[str, dict[int, float]] = {name: {} for name in sizes}
    cpu = 0.0
    for chunk in chunks:
        rungs = job.plan(chunk, qualities)
        targets, cost = _encode_rungs(job, rungs, references.folder)
        cpu += cost
        lossless = references.make(rungs[0].node.picture, references.folder / "reference.mp4")
        for rung, target in zip(rungs, targets, strict=True):
            name = rung.rendition.name
            # Key pictures take their share of the time, and are compared with nothing.
            if name not in sizes:
                target.unlink()
                continue
            (track,) = read_movie(target).tracks
            sizes[name] += expand(track.samples.sizes)
            found = _score(rung, target, lossless, job.scored_every)
            vmafs[name] |= {chunk.first + frame * rung.node.every: vmaf for frame, vmaf in found.items()}
            target.unlink()
        lossless.unlink()
        print(f"{label}: {chunk.end} of {job.reel.frames} frames", file=sys.stderr, flush=True)
    return _Side({name: _Encoded(tuple(sizes[name]), vmafs[name]) for name in sizes}, cpu)


def _cost_of(
    job: _Job, chunks: Sequence[Chunk], qualities: Qualities, references: _References, names: Collection[str]
) -> float:
    """Return the CPU seconds of encoding some renditions by shot, with the key pictures that a package always has."""
    cpu = 0.0
    for chunk in chunks:
        rungs = [one for one in job.plan(chunk, qualities) if one.rendition.name in names or one.rendition.vmaf is None]
        targets, cost = _encode_rungs(job, rungs, references.folder)
        cpu += cost
        for target in targets:
            target.unlink()
    return cpu


def _encode_rungs(job: _Job, rungs: Sequence[RungChunk], folder: Path) -> tuple[list[Path], float]:
    """Return where some renditions of one chunk were encoded, and the CPU seconds that it took."""
    targets = [folder / f"{rung.rendition.name}.mp4" for rung in rungs]
    argv = ladder_argv([rung.node for rung in rungs], [source_url(one) for one in targets], job.workshop.locate)
    return targets, run_ffmpeg(argv).cpu_seconds


def _encode_with_shaka(job: _Job, whole: Chunk, references: _References) -> _Side | None:
    """Return the reel as Shaka Streamer encodes it, at the first of the ladder's bit rates for each size."""
    python = find_shaka()
    if python is None:
        return None
    rungs = {rung.rendition: rung for rung in job.plan(whole, None)}
    picture = next(iter(rungs.values())).node.picture
    lossless = references.make(picture, references.folder / "reel.mp4")
    ran = package_with_shaka(python, lossless, job.pictures, references.folder)
    if ran is None:
        return None
    renditions = {}
    for one in shakas_rungs(job.pictures):
        joined = join_rendition(references.folder, one, references.folder / f"{one.name}.mp4")
        with av.open(str(joined)) as container:
            sizes = tuple(packet.size for packet in container.demux(video=0) if packet.size)
        vmafs = _score(rungs[one], joined, lossless, job.scored_every)
        assert len(sizes) == rungs[one].node.frames, f"{one.name}: {len(sizes)} of {rungs[one].node.frames} frames"
        renditions[one.name] = _Encoded(sizes, {frame * one.every: vmaf for frame, vmaf in vmafs.items()})
        joined.unlink()
        print(f"Shaka Streamer: {one.name}", file=sys.stderr, flush=True)
    return _Side(renditions, ran.cpu_seconds)


def _score(rung: RungChunk, encoded: Path, lossless: Path, every: int) -> dict[int, float]:
    """Return the VMAF of every so manieth of a rendition's frames, scaled up to the drawn picture's size."""
    picture, log = rung.node.picture, encoded.with_suffix(".json")
    fewer = f"framestep={rung.node.every}," if rung.node.every > 1 else ""
    scaled = f"scale={picture.width_px}:{picture.height_px}:flags=bicubic+accurate_rnd+bitexact"
    told = f"n_threads={os.cpu_count() or 1}:n_subsample={every}:log_fmt=json:log_path={log}"
    graph = (
        f"[0:v]{TAGGED},{scaled},settb=AVTB,setpts=N[encoded];[1:v]{TAGGED},{fewer}settb=AVTB,setpts=N[drawn];"
        f"[encoded][drawn]libvmaf={told}:shortest=1"
    )
    inputs = ("-i", source_url(encoded), "-i", source_url(lossless))
    run_ffmpeg((*inputs, "-filter_complex", graph, "-f", "null", "-"))
    scores = {one["frameNum"]: float(one["metrics"]["vmaf"]) for one in json.loads(log.read_bytes())["frames"]}
    log.unlink()
    # Nothing moves before a file's first frame, which VMAF holds for a still.
    return {frame: vmaf for frame, vmaf in scores.items() if frame}


def _show_rungs(job: _Job, qualities: dict[str, RungQuality], ours: _Side, fixed: _Side) -> None:
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


def _show_shaka(job: _Job, shaka: _Side) -> None:
    rows = []
    for one in shakas_rungs(job.pictures):
        encoded = shaka.renditions[one.name]
        rows.append((one.name, *_rates(job, one, encoded), _harmonic(encoded), _percentile(encoded)))
    show_table("Shaka Streamer, x264 slow, a rung for each size", ("rung", "kb/s", "peak", "VMAF", "1 %"), rows)


def _show_shots(job: _Job, qualities: dict[str, RungQuality], ours: _Side) -> None:
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


def _by_shot(job: _Job, encoded: _Encoded) -> list[float | None]:
    found: list[float | None] = []
    for first, end in job.spans:
        # A shot's first frame stands beside another shot's, as when it is played.
        scores = [vmaf for frame, vmaf in encoded.vmafs.items() if first <= frame < end]
        found.append(sum(scores) / len(scores) if scores else None)
    return found


def _rates(job: _Job, one: PictureRendition, encoded: _Encoded) -> tuple[int, int]:
    """Return average and peak in kb/s, the peak over neighbouring segments."""
    segments = []
    for first, end in pairwise(job.reel.borders):
        frames = encoded.sizes[first // one.every : -(-end // one.every)]
        segments.append((8 * sum(frames), job.reel.grid.rate.time_of(end - first)))
    rates = measure_rates(segments, target=_SEGMENT_S)
    assert rates is not None, "segments last some time"
    return int(rates.average / 1000), int(rates.peak / 1000)


def _harmonic(encoded: _Encoded) -> float:
    return len(encoded.vmafs) / sum(1 / max(1.0, vmaf) for vmaf in encoded.vmafs.values())


def _percentile(encoded: _Encoded) -> float:
    return sorted(encoded.vmafs.values())[len(encoded.vmafs) // 100]


def _curve(job: _Job, renditions: Mapping[str, _Encoded], pooled: object) -> list[tuple[float, float]]:
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
