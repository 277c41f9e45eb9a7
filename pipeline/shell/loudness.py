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
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import source_url

_AIM_LU: Final = 0.2
_SILENT_LUFS: Final = -60.0
"""A mix this quiet is room noise or nothing; lifting it to a target would make hiss of it."""
_MAX_GAIN_DB: Final = 30.0
_MAX_STEPS: Final = 10
_MAX_RETREATS: Final = 10
_CEILING_MARGIN_DB: Final = 0.3
_PEAK_GRAIN_DB: Final = 0.1
"""ebur128 prints peaks to a tenth: what it shows as -1.0 may lie above."""
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
    """Write the mix to `target` at its loudness, or as near as its true peak allows, and return how.

    `scratch` gives fresh paths for trials, which are removed here. Silence keeps its level. Raises VerifyFailed where
    even turning the sound down does not bring its peak under the limit, which no sound that decodes should do.
    """
    run = run_ffmpeg(loudness_argv(node.mix, Levels(Fraction(0), None), locate))
    source, cpu = parse_loudness(run.stderr), run.cpu_seconds
    levels = _first_levels(node, source)
    tried: dict[Levels, Loudness] = {}
    best: tuple[Levels, tuple[str, ...]] | None = None
    for step in range(_MAX_STEPS + _MAX_RETREATS):
        trial = scratch()
        try:
            argv = sound_argv(SoundEncode(node.mix, levels, node.kbps), source_url(trial), locate)
            cpu += run_ffmpeg(argv).cpu_seconds
            run = run_ffmpeg(decoded_loudness_argv(source_url(trial)))
            cpu += run.cpu_seconds
            tried[levels] = parse_loudness(run.stderr)
            if best is None or _distance(node, source, tried[levels]) < _distance(node, source, tried[best[0]]):
                trial.replace(target)
                best = levels, argv
        finally:
            trial.unlink(missing_ok=True)
        is_safe = _over_db(node, tried[best[0]]) <= 0
        levels = _next_levels(node, source, levels, tried[levels])
        if is_safe and (levels in tried or step + 1 >= _MAX_STEPS):
            break
        if not is_safe and (levels in tried or step + 1 >= _MAX_STEPS):
            levels = _quieter(best[0], _over_db(node, tried[best[0]]))
    assert best is not None
    result = tried[best[0]]
    if _over_db(node, result) > 0:
        limit = f"below {float(node.true_peak_dbtp)} dBTP"
        raise VerifyFailed.of("sound", (("true peak", limit, f"{result.true_peak_dbtp} dBTP"),))
    return LevelledEncode(best[1], best[0], source, result, cpu, _note(node, best[0], source, result))


def _first_levels(node: LevelledSound, source: Loudness) -> Levels:
    gain = 0.0 if source.is_silent else min(float(node.loudness_lufs) - source.integrated_lufs, _MAX_GAIN_DB)
    limited = source.true_peak_dbtp + gain > float(node.true_peak_dbtp) - _CEILING_MARGIN_DB
    ceiling = _tenths(float(node.true_peak_dbtp) - _CEILING_MARGIN_DB) if limited else None
    return Levels(_tenths(gain), ceiling)


def _next_levels(node: LevelledSound, source: Loudness, levels: Levels, result: Loudness) -> Levels:
    """Return the levels to try next; the same ones where nothing better is in sight."""
    gain, ceiling = levels.gain_db, levels.ceiling_dbtp
    over = _over_db(node, result)
    if over > 0:
        base = ceiling if ceiling is not None else node.true_peak_dbtp
        ceiling = base - _tenths(over + 0.1)
    missing = _missing_lu(node, source, result)
    if abs(missing) > _AIM_LU:
        # Past the knee of a limiter a decibel of gain gives less than a decibel of loudness.
        step = max(-_MAX_GAIN_DB, missing) * (1.5 if ceiling is not None else 1.0)
        gain = min(gain + _tenths(step), Fraction(_MAX_GAIN_DB))
    return Levels(gain, ceiling)


def _quieter(levels: Levels, decibels: float) -> Levels:
    step = _tenths(decibels + 0.2)
    ceiling = None if levels.ceiling_dbtp is None else levels.ceiling_dbtp - step
    return Levels(levels.gain_db - step, ceiling)


def _distance(node: LevelledSound, source: Loudness, result: Loudness) -> tuple[float, float]:
    """Return how far a result is from what is wanted: by its peak above all, then by its loudness."""
    return max(0.0, _over_db(node, result)), abs(_missing_lu(node, source, result))


def _over_db(node: LevelledSound, result: Loudness) -> float:
    return round(result.true_peak_dbtp - (float(node.true_peak_dbtp) - _PEAK_GRAIN_DB), 1)


def _missing_lu(node: LevelledSound, source: Loudness, result: Loudness) -> float:
    return 0.0 if source.is_silent else float(node.loudness_lufs) - result.integrated_lufs


def _note(node: LevelledSound, levels: Levels, source: Loudness, result: Loudness) -> str | None:
    """Say what happened to the sound that people should know."""
    told = ["silent, so its level was left alone"] if source.is_silent else []
    reduction = 0.0
    if levels.ceiling_dbtp is not None:
        reduction = source.true_peak_dbtp + float(levels.gain_db) - float(levels.ceiling_dbtp)
    if reduction > 0.05:
        told.append(f"peaks limited by up to {reduction:.1f} dB")
    missing = _missing_lu(node, source, result)
    if abs(missing) > LOUDNESS_TOLERANCE_LU:
        asked, way = float(node.loudness_lufs), "quieter" if missing > 0 else "louder"
        told.append(f"{abs(missing):.1f} LU {way} than the {asked:g} LUFS asked for: its peaks allow no more")
    return "; ".join(told) or None


def _tenths(value: float) -> Fraction:
    return Fraction(round(value * 10), 10)
