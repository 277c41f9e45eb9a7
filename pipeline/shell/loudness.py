"""Bring a mix to a loudness: find the gain and ceiling at which the *decoded* AAC is at its target, and encode it so.

Encoders move peaks and a limiter takes loudness away, so the answer is found by encoding and measuring, in few steps
that depend on nothing but the mix; sound is cheap next to picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.argv import Locate, decoded_loudness_argv, loudness_argv, sound_argv
from pipeline.errors import VerifyFailed
from pipeline.graph import LevelledSound, Levels, SoundEncode
from pipeline.shell.ffmpeg import run_ffmpeg

TOLERANCE_LU: Final = 0.5
"""How far a clip's loudness may be from its target."""
_AIM_LU: Final = 0.2
_SILENT_LUFS: Final = -60.0
"""A mix this quiet is room noise or nothing; lifting it to a target would make hiss of it."""
_MAX_GAIN_DB: Final = 30.0
_MAX_STEPS: Final = 8
_CEILING_MARGIN_DB: Final = 0.3
_SUMMARY = re.compile(
    r"I:\s+(-?[\d.]+|-inf|nan) LUFS.*?LRA:\s+(-?[\d.]+|nan) LU.*?Peak:\s+(-?[\d.]+|-inf|nan) dBFS", re.DOTALL
)


@dataclass(frozen=True)
class Loudness:
    """What EBU R 128 says of some sound; `integrated_lufs` is -inf for silence."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float

    @property
    def is_silent(self) -> bool:
        """True where nothing is loud enough to be brought to a target."""
        return not self.integrated_lufs > _SILENT_LUFS


@dataclass(frozen=True)
class LevelledEncode:
    """A finished encode: at which levels, how loud it came out, and what it cost."""

    argv: tuple[str, ...]
    levels: Levels
    source: Loudness
    result: Loudness
    cpu_seconds: float
    note: str | None


def parse_loudness(stderr: str) -> Loudness:
    """Read the summary that ffmpeg's ebur128 filter prints at the end. Raises VerifyFailed where there is none."""
    summary = stderr[stderr.rfind("Integrated loudness:") :]
    match = _SUMMARY.search(summary)
    if match is None:
        raise VerifyFailed.of("loudness measurement", (("summary of ebur128", "present", "missing"),))
    integrated, loudness_range, peak = (float(value) for value in match.groups())
    # ebur128 prints its floor, -70 LUFS, for digital silence.
    return Loudness(integrated if integrated > -70.0 else float("-inf"), loudness_range, peak)


def encode_levelled(node: LevelledSound, target: Path, scratch: Callable[[], Path], locate: Locate) -> LevelledEncode:
    """Write the mix to `target` at its loudness and return how.

    `scratch` gives fresh paths for trials, which are removed here. Raises VerifyFailed where no level satisfies both
    loudness and peak.
    """
    unity = Levels(Fraction(0), None)
    run = run_ffmpeg(loudness_argv(node.mix, unity, locate))
    source, cpu = parse_loudness(run.stderr), run.cpu_seconds
    if source.is_silent:
        argv = sound_argv(SoundEncode(node.mix, unity, node.kbps), str(target), locate)
        cpu += run_ffmpeg(argv).cpu_seconds
        return LevelledEncode(argv, unity, source, source, cpu, "silent, so its level was left alone")
    levels = _first_levels(node, source)
    for _ in range(_MAX_STEPS):
        trial = scratch()
        try:
            argv = sound_argv(SoundEncode(node.mix, levels, node.kbps), str(trial), locate)
            cpu += run_ffmpeg(argv).cpu_seconds
            run = run_ffmpeg(decoded_loudness_argv(f"file:{trial}"))
            result, cpu = parse_loudness(run.stderr), cpu + run.cpu_seconds
            better = _next_levels(node, levels, result)
            if better == levels:
                trial.replace(target)
                return LevelledEncode(argv, levels, source, result, cpu, _note(levels, source))
            levels = better
        finally:
            trial.unlink(missing_ok=True)
    raise VerifyFailed.of(
        "sound",
        (
            ("loudness", f"{float(node.loudness_lufs)} LUFS ± {TOLERANCE_LU}", f"{result.integrated_lufs} LUFS"),
            ("true peak", f"at most {float(node.true_peak_dbtp)} dBTP", f"{result.true_peak_dbtp} dBTP"),
        ),
    )


def _first_levels(node: LevelledSound, source: Loudness) -> Levels:
    gain = min(float(node.loudness_lufs) - source.integrated_lufs, _MAX_GAIN_DB)
    limited = source.true_peak_dbtp + gain > float(node.true_peak_dbtp) - _CEILING_MARGIN_DB
    ceiling = _tenths(float(node.true_peak_dbtp) - _CEILING_MARGIN_DB) if limited else None
    return Levels(_tenths(gain), ceiling)


def _next_levels(node: LevelledSound, levels: Levels, result: Loudness) -> Levels:
    """Return the levels to try next; the same ones where the result is good."""
    gain, ceiling = levels.gain_db, levels.ceiling_dbtp
    over = result.true_peak_dbtp - float(node.true_peak_dbtp)
    if over > 0:
        base = ceiling if ceiling is not None else node.true_peak_dbtp
        ceiling = base - _tenths(over + 0.1)
    missing = float(node.loudness_lufs) - result.integrated_lufs
    if abs(missing) > _AIM_LU:
        # Past the knee of a limiter a decibel of gain gives less than a decibel of loudness.
        step = missing * (1.5 if ceiling is not None else 1.0)
        gain = min(gain + _tenths(step), Fraction(_MAX_GAIN_DB))
    return Levels(gain, ceiling)


def _note(levels: Levels, source: Loudness) -> str | None:
    if levels.ceiling_dbtp is None:
        return None
    reduction = source.true_peak_dbtp + float(levels.gain_db) - float(levels.ceiling_dbtp)
    return f"peaks limited by up to {max(0.0, reduction):.1f} dB" if reduction > 0.05 else None


def _tenths(value: float) -> Fraction:
    return Fraction(round(value * 10), 10)
