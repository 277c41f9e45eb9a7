"""A reel of a film's shots for benchmarks of rate control: tried, encoded in several ways, and scored by VMAF."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

import av

from bench.film import Size
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
from pipeline.plan.ladder import PictureLadder, plan_ladder, share_of
from pipeline.plan.probes import ShotTrials, plan_trials
from pipeline.plan.quality import RungQuality, plan_qualities
from pipeline.plan.reels import Chunk, Reel
from pipeline.presets import LadderPreset
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import source_url
from pipeline.shell.probing import probe_key, probe_shots
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.shell.toolchain import describe_encoder, describe_toolchain
from pipeline.timebase import Span

# Quick: every so manieth shot.
_EVERY: Final = 9
# All frames, or every so manieth, by nothing that divides the distance of keyframes: they are better than what follows.
_SCORED_EVERY: Final[dict[Size, int]] = {"quick": 1, "whole": 5}


@dataclass(frozen=True)
class Job:
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
        """First frame and end of each shot in the reel."""
        return list(pairwise((*self.shots, self.reel.frames)))

    def trials(self) -> list[ShotTrials]:
        """Return what a package would try of each shot."""
        keyframes, encoding = self.reel.keyframes(self.shots[1:]), self.ladder.encoding
        return [
            plan_trials(self.reel, one, self.pictures, encoding, self.films, keyframes=keyframes) for one in self.spans
        ]

    def plan(self, chunk: Chunk, qualities: Qualities | None) -> tuple[RungChunk, ...]:
        """Return the encodes of a chunk, its key pictures' last; at the ladder's bit rates without qualities."""
        encoding = self.ladder.encoding
        rungs = plan_chunk(self.reel, chunk, self.pictures, encoding, self.films, shots=self.shots, qualities=qualities)
        return (*rungs, plan_key_chunk(rungs[0].node.picture, chunk, self.pictures))


@dataclass(frozen=True)
class Encoded:
    """One rendition of the reel as it came out."""

    sizes: tuple[int, ...]
    """Bytes of each frame."""
    vmafs: dict[int, float]
    """Of some frames of the reel."""


@dataclass(frozen=True)
class Side:
    """All renditions of the reel, encoded one way, by name."""

    renditions: dict[str, Encoded]
    cpu_seconds: float


def make_job(study: ShotStudy, store: Store, size: Size, ladder: LadderPreset, first: int) -> Job:
    """Return a reel of all shots of a film, or quickly of some from the `first` on."""
    pictures = plan_ladder(ladder, study.facts.picture.display_size, study.shots.timeline.rate)
    grid, timeline = pictures.grid, study.shots.timeline
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
        return Job(whole, starts, ladder, pictures, films, workshop, every)
    spans = list(pairwise((*starts, whole.frames)))[first::_EVERY] or [(0, whole.frames)]
    parts = tuple(MasterSpan(study.digest, Span.of_frames(*span, grid.rate)) for span in spans)
    shots = tuple(accumulate((end - first for first, end in spans), initial=0))[:-1]
    return Job(Reel.of(Edit("shots", parts), grid), shots, ladder, pictures, films, workshop, every)


def probe_job(job: Job) -> tuple[dict[str, RungQuality], float, float]:
    """Try all shots; return each rendition's qualities, and the CPU seconds of finding them anew and from the store."""
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


class References:
    """The frames that a chunk shows, without loss, for as long as they are needed."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.folder = folder
        self._job = job

    def make(self, picture: PictureEncode, target: Path) -> Path:
        import ffmpeg

        stream = drawn_picture(picture, self._job.workshop.locate)
        options = {"c:v": "libx264", "preset": "ultrafast", "qp": 0, "bf": 0, **muxer_options(picture.rate)}
        run_ffmpeg(arguments([ffmpeg.output(stream, source_url(target), **options)]))
        return target


def encode(job: Job, chunks: Sequence[Chunk], qualities: Qualities | None, references: References, label: str) -> Side:
    """Return the reel as these chunks of it come out, each frame scored against the drawn picture.

    Chunks are told on stderr under the label. Qualities as `Job.plan` takes them.
    """
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
    return Side({name: Encoded(tuple(sizes[name]), vmafs[name]) for name in sizes}, cpu)


def cost_of(
    job: Job, chunks: Sequence[Chunk], qualities: Qualities, references: References, names: Collection[str]
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


def _encode_rungs(job: Job, rungs: Sequence[RungChunk], folder: Path) -> tuple[list[Path], float]:
    """Return where some renditions of one chunk were encoded, and the CPU seconds that it took."""
    targets = [folder / f"{rung.rendition.name}.mp4" for rung in rungs]
    argv = ladder_argv([rung.node for rung in rungs], [source_url(one) for one in targets], job.workshop.locate)
    return targets, run_ffmpeg(argv).cpu_seconds


def encode_with_shaka(job: Job, whole: Chunk, references: References) -> Side | None:
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
        renditions[one.name] = Encoded(sizes, {frame * one.every: vmaf for frame, vmaf in vmafs.items()})
        joined.unlink()
        print(f"Shaka Streamer: {one.name}", file=sys.stderr, flush=True)
    return Side(renditions, ran.cpu_seconds)


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
