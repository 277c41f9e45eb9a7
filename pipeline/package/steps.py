"""Making what a package lacks: a step is a chunk in all renditions, a sound, or fingerprints; none waits for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from pipeline.graph import CardDrawing, LevelledSound
from pipeline.package.plan import PackagePlan
from pipeline.plan.chunks import RungChunk
from pipeline.shell.chunks import make_picture_segments, make_sound_segments, picture_segment_keys, sound_segment_keys
from pipeline.shell.film_prints import master_prints, prints_key
from pipeline.shell.jobs import count_jobs
from pipeline.shell.making import OnStage, make_at_once, unmade
from pipeline.shell.render import OnFraction, Workshop
from pipeline.shell.study import ShotStudy
from pipeline.timebase import clock


@dataclass(frozen=True)
class ChunkStep:
    """Encode every rendition of one chunk from one decode."""

    name: str
    workshop: Workshop
    rungs: tuple[RungChunk, ...]
    cards: tuple[CardDrawing, ...]
    """What the cards of its reel show."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what this step makes."""
        return tuple(key for rung in self.rungs for key in picture_segment_keys(self.workshop, rung))

    @property
    def pixels(self) -> int:
        """How many a picture of each rendition has in all."""
        return sum(prod(rung.node.size) for rung in self.rungs)


@dataclass(frozen=True)
class SoundStep:
    """Encode one sound at its loudness, and cut it as the package needs it."""

    name: str
    workshop: Workshop
    node: LevelledSound
    packets: tuple[tuple[int, ...], ...]
    """Before which packets it is cut, in one way or several."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the segments that this step makes; the whole sound is needed for nothing else."""
        sound = self.workshop.sound_key(self.node)
        return tuple(key for packets in self.packets for key in sound_segment_keys(sound, packets))


@dataclass(frozen=True)
class PrintsStep:
    """Take the fingerprints of a master, which show whether what is played of it is all of it."""

    name: str
    workshop: Workshop
    study: ShotStudy

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of what this step makes."""
        return (prints_key(self.study.digest),)


Step = ChunkStep | SoundStep | PrintsStep


def plan_steps(plan: PackagePlan) -> tuple[Step, ...]:
    """Return the steps that make something the store lacks: chunks in order, then sounds."""
    return unmade((*picture_steps(plan), *_sound_steps(plan), *prints_steps(plan)))


def picture_steps(plan: PackagePlan) -> Iterator[ChunkStep]:
    """Yield a step for every chunk of a package's pictures, made or not."""
    for number, planned in enumerate(plan.reels.values(), start=1):
        part = f" of part {number}," if len(plan.reels) > 1 else ""
        for chunk, rungs in planned.chunks:
            begin, end = (clock(planned.reel.grid.rate.time_of(frame)) for frame in (chunk.first, chunk.end))
            yield ChunkStep(f"pictures{part} {begin}–{end}", plan.workshop, rungs, planned.cards)


def prints_steps(plan: PackagePlan) -> Iterator[PrintsStep]:
    """Yield the step that takes the fingerprints of a film that plays whole, made or not."""
    if plan.subject.is_whole:
        yield PrintsStep("fingerprints", plan.workshop, plan.subject.main)


def make_step(step: Step, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store. Raises FfmpegFailed or VerifyFailed."""
    if isinstance(step, ChunkStep):
        make_picture_segments(step.workshop, step.rungs, on_fraction, cards=step.cards)
        return
    if isinstance(step, PrintsStep):
        master_prints(step.study, step.workshop.store, on_fraction)
        return
    step.workshop.make_sound(step.node)
    for packets in step.packets:
        make_sound_segments(step.workshop, step.workshop.sound_key(step.node), packets)
    if on_fraction is not None:
        on_fraction(1.0, None)


def steps_at_once(step: Step) -> int:
    """Return how many steps like one the machine has cores and memory for."""
    return count_jobs(pixels=step.pixels if isinstance(step, ChunkStep) else 0)


def make_all(steps: Sequence[Step], on_stage: OnStage) -> None:
    """Make every step, as many at a time as the machine has room for; the first failure stops the others."""
    make_at_once(steps, make_step, steps_at_once, on_stage, name="package")


def _sound_steps(plan: PackagePlan) -> Iterator[SoundStep]:
    for track, sections in plan.sounds:
        for number, node in enumerate(dict.fromkeys(one.node for one in sections), start=1):
            part = f" of part {number}," if len(plan.reels) > 1 else ""
            packets = tuple(dict.fromkeys(one.packets for one in sections if one.node == node))
            name = f"sound{part} {track.voice.language}, {track.kbps} kb/s"
            yield SoundStep(name, plan.workshop, node, packets)
