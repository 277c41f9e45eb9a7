"""Try shots at a few sizes and qualities, score what comes out by VMAF, and keep what that tells in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

from pipeline.argv import NEIGHBOURS, Locate, ProbeTargets, key_as_url, probe_argv, recipe_key
from pipeline.errors import FfmpegFailed, InputError, VerifyFailed
from pipeline.graph import CardDrawing
from pipeline.plan.probes import ShotTrials, Tried, probes_of
from pipeline.plan.quality import ShotProbes
from pipeline.shell.ffmpeg import FfmpegRun, ffmpeg_exe, run_ffmpeg
from pipeline.shell.jobs import count_jobs, do_at_once
from pipeline.shell.probe import source_url
from pipeline.shell.render import OnFraction, Workshop, inputs_of
from pipeline.shell.scratch import scratch_folder

_FORM: Final = 1
"""Of what is kept of a probe; raised with every change of it."""
# How ffmpeg tells that it has no such filter, or no decoders of what it encodes itself.
_LACKING: Final = ("No such filter: 'libvmaf'", "Unrecognized option 'dec'")


def probe_shots(
    workshop: Workshop,
    shots: Sequence[ShotTrials],
    on_fraction: OnFraction | None = None,
    *,
    cards: Sequence[CardDrawing] = (),
) -> tuple[ShotProbes, ...]:
    """Return what each shot's trials came to, making those that the store lacks, as many at a time as there are cores
    and memory.

    `cards` are those that the shots show, drawn where something is missing. Raises FfmpegFailed, VerifyFailed,
    MasterError, or InputError for an ffmpeg that cannot score; what was found out by then is kept.
    """
    told, lock = 0, Lock()

    def probe(shot: ShotTrials) -> ShotProbes:
        nonlocal told
        found = probe_shot(workshop, shot, cards=cards)
        with lock:
            told += shot.frames
            if on_fraction is not None:
                on_fraction(told / sum(one.frames for one in shots), None)
        return found

    most = count_jobs(pixels=max((one.pixels for one in shots), default=0))
    return do_at_once([partial(probe, shot) for shot in shots], most=most, name="probe")


def probe_shot(workshop: Workshop, shot: ShotTrials, *, cards: Sequence[CardDrawing] = ()) -> ShotProbes:
    """Return what a shot's trials came to; they are made where the store lacks them."""

    def produce(path: Path) -> dict[str, Any]:
        for card in cards:
            workshop.make_card(card)
        run, tried = _try(workshop, shot)
        inputs = inputs_of(shot.trials[0].node.picture.parts)
        workshop.check_masters(inputs)
        document = [[list(one.scores.items()), one.key_bits, one.other_bits] for one in tried]
        path.write_text(json.dumps(document, separators=(",", ":")), encoding="ascii")
        return {
            "made_by": "probe",
            "recipe": list(_argv(shot, key_as_url, _NAMELESS * len(shot.trials))),
            "inputs": inputs,
            "toolchain": workshop.rung_toolchain,
            "cpu_seconds": round(run.cpu_seconds, 3),
        }

    artifact, _ = workshop.store.make(probe_key(workshop, shot), ".json", produce)
    document = json.loads(artifact.path.read_bytes())
    return probes_of(shot, [Tried(dict(map(tuple, scores)), *bits) for scores, *bits in document])


def probe_key(workshop: Workshop, shot: ShotTrials) -> str:
    """Return the key of what a shot's trials come to."""
    argv = _argv(shot, key_as_url, _NAMELESS * len(shot.trials))
    return recipe_key(f"probe {_FORM}", workshop.rung_toolchain, argv)


_NAMELESS: Final = (ProbeTargets("packets", "scores"),)


def _argv(shot: ShotTrials, locate: Locate, targets: Sequence[ProbeTargets]) -> tuple[str, ...]:
    return probe_argv([(one.node, one.step) for one in shot.trials], targets, locate)


def _try(workshop: Workshop, shot: ShotTrials) -> tuple[FfmpegRun, list[Tried]]:
    with scratch_folder() as folder:
        files = [(folder / f"{number}.txt", folder / f"{number}.json") for number in range(len(shot.trials))]
        targets = [ProbeTargets(source_url(packets), str(scores)) for packets, scores in files]
        run = _run(_argv(shot, workshop.locate, targets))
        return run, [
            _read(trial.node.frames, trial.step, *found) for trial, found in zip(shot.trials, files, strict=True)
        ]


def _run(argv: tuple[str, ...]) -> FfmpegRun:
    try:
        return run_ffmpeg(argv)
    except FfmpegFailed as error:
        if any(word in str(error.data["stderr_tail"]) for word in _LACKING):
            raise InputError(
                f"{ffmpeg_exe()} cannot score pictures: that takes libvmaf, and FFmpeg 7.1 or later.",
                remedy="Name an ffmpeg that can in MATINEE_FFMPEG, unset that to use the one that Matinee ships, or "
                "name a ladder with fixed bit rates.",
            ) from error
        raise


def _read(frames: int, step: int, packets: Path, scores: Path) -> Tried:
    """Read what a trial came to. Raises VerifyFailed where not every frame was encoded and scored."""
    bits = _packet_bits(packets.read_text(encoding="ascii"))
    found = {_frame(one["frameNum"], step): float(one["metrics"]["vmaf"]) for one in _scored(scores)}
    if len(bits) != frames or max(found, default=-1) != (frames - 1) // step * step:
        problem = (
            "frames encoded, last one scored",
            f"{frames}, {(frames - 1) // step * step}",
            f"{len(bits)}, {max(found, default=-1)}",
        )
        raise VerifyFailed.of("trial of a shot", (problem,))
    keys = [size for size, is_key in bits if is_key]
    others = [size for size, is_key in bits if not is_key] or keys
    return Tried(found, sum(keys) / len(keys), sum(others) / len(others))


def _scored(scores: Path) -> list[Mapping[str, Any]]:
    return list(json.loads(scores.read_text(encoding="utf-8"))["frames"])


def _frame(number: int, step: int) -> int:
    """Return which frame of the sample has a number among those compared: few go with their neighbours."""
    return number // NEIGHBOURS * step if step > NEIGHBOURS else number


def _packet_bits(text: str) -> list[tuple[int, bool]]:
    """Return size in bits, and whether it stands alone, of each packet that framecrc lists.

    Those that do have no flags but that, which is left out; 1 stands for it among the flags of others.
    """
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            flags = next((int(field.removeprefix("F="), 0) for field in fields if field.startswith("F=")), 1)
            found.append((int(fields[4]) * 8, bool(flags & 1)))
    return found
