"""Bring sound to its loudness: find the levels at which the *decoded* AAC is at its goal, and encode it so.

Encoders move peaks and a limiter takes loudness away, so a programme's levels are found by encoding it alone and
measuring, in few steps that depend on nothing else; sound is cheap next to picture. Programmes that stand together are
encoded at these levels, whatever they stand beside, and measured as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.argv import Locate, decoded_loudness_argv, loudness_argv, sound_argv
from pipeline.errors import VerifyFailed
from pipeline.graph import SAMPLE_RATE_HZ, LevelledProgramme, LevelledSound, Levels, SoundEncode, SoundGoal
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.loudness import Loudness, parse_loudness
from pipeline.shell.probe import source_url

LEVELLING_VERSION: Final = 4
"""Of how levels are found; another one means other bytes from the same wish."""
MAX_GAIN_DB: Final = Fraction(30)
_AIM_LU: Final = 0.2
_SHORT_S: Final = Fraction(2, 5)
_MAX_STEPS: Final = 10
_MAX_RETREATS: Final = 10
_BESIDE_OTHERS_DB: Final = 0.2
"""Room that a programme leaves for what the encoder does with it in other company."""
_OVERSHOOT_DB: Final = ((28, 1.7), (40, 1.2), (56, 0.9), (math.inf, 0.7))
"""Below so many kbit/s a channel, how far encoded peaks mostly stand above the limiter's ceiling: where it begins."""
_ROOM_DB: Final = 0.8
"""What a limiter may leave unused below the true peak: no trial is made to have so little more."""
_RETREAT_DB: Final = 0.1
"""By how much more each step goes down than the one before: peaks do not follow a ceiling closely."""


@dataclass(frozen=True)
class LevelledEncode:
    """A programme's finished encode: at which levels, how loud it came out, and what it cost."""

    argv: tuple[str, ...]
    levels: Levels
    source: Loudness
    result: Loudness
    limited_db: float
    """What the limiter took off the highest peak."""
    quieter_lu: float
    """How far it stays below the loudness asked for where that cannot be reached, else 0."""
    cpu_seconds: float
    note: str | None
    """What happened to the sound that people should know."""


@dataclass(frozen=True)
class WholeEncode:
    """A clip's finished sound: how loud it came out as a whole, and what it cost."""

    argv: tuple[str, ...]
    result: Loudness
    cpu_seconds: float
    note: str | None
    lowered_db: float = 0.0
    """By how much all of it was turned down for the peaks that its parts have together."""


def hear_programme(node: LevelledProgramme, locate: Locate) -> Loudness:
    """Measure a programme as it is, before anything is done to its loudness, whatever its goal and bit rate are."""
    return parse_loudness(run_ffmpeg(hearing_argv(node, locate)).stderr)


def hearing_argv(node: LevelledProgramme, locate: Locate) -> tuple[str, ...]:
    """Return arguments that measure a programme as it is."""
    return loudness_argv(_at(node, Levels(Fraction(0), None)), locate)


def encode_programme(node: LevelledProgramme, source: Loudness, target: Path, locate: Locate) -> LevelledEncode:
    """Write a programme to `target` at its loudness, or as near as its peaks allow, and return how.

    `source` is how it measures as it is. Silence keeps its level. Raises VerifyFailed where even turning the sound down
    does not bring its peak under the limit, which no sound that decodes should do.
    """
    trials = _Trials(target, locate)
    search = _Search(node.goal, source, overshoot_db=_overshoot_db(node))
    levels: Levels | None = search.first()
    best: tuple[Levels, Loudness, tuple[str, ...]] | None = None
    while levels is not None:
        result, argv = trials.encode(_at(node, levels), keep_if=search.is_better)
        if search.is_better(result):
            best = levels, result, argv
        levels = search.after(levels, result)
    assert best is not None, "one trial at least was made"
    found, result, argv = best
    _refuse_peaks(node.goal, result)
    limited = search.limited_db(found)
    missing = result.missing_lu(node.goal)
    return LevelledEncode(
        argv=argv,
        levels=found,
        source=source,
        result=result,
        limited_db=limited,
        quieter_lu=missing if missing > LOUDNESS_TOLERANCE_LU else 0.0,
        cpu_seconds=trials.cpu_seconds,
        note="; ".join(_told(node, found, source, missing, limited)) or None,
    )


def encode_whole(node: LevelledSound, levels: Sequence[Levels | None], target: Path, locate: Locate) -> WholeEncode:
    """Write a clip's sound to `target`, each part at its levels, and return how loud it came out.

    The same samples may be encoded with higher peaks in other company. Where these pass the limit, the samples are
    encoded again so as to stay near the wave, and only where that is not enough are all levels turned down, and that
    is told. Raises VerifyFailed where that is in vain.
    """
    trials = _Trials(target, locate)
    encode = SoundEncode(node.parts, tuple(levels), node.kbps, coding=node.coding)
    lowered = Fraction(0)
    result, argv = trials.encode(encode)
    for attempt in range(1 + _MAX_RETREATS):
        over = result.over_db(node.goal)
        if over <= 0:
            break
        if attempt:
            lowered += _tenths(over + 0.1)
        turned_down = tuple(one and _quieter(one, lowered) for one in levels)
        result, argv = trials.encode(replace(encode, levels=turned_down, coder="fast"))
    _refuse_peaks(node.goal, result)
    note = f"turned down by {float(lowered):g} dB, since its parts have higher peaks together" if lowered else None
    return WholeEncode(argv, result, trials.cpu_seconds, note, float(lowered))


@dataclass
class _Trials:
    """Encodes in files of its own beside the target, leaves there what is to be kept, and counts the cost."""

    target: Path
    locate: Locate
    cpu_seconds: float = 0.0

    def encode(
        self, node: SoundEncode, keep_if: Callable[[Loudness], bool] = lambda _: True
    ) -> tuple[Loudness, tuple[str, ...]]:
        """Encode, measure what a decoder gives, and keep the file or not."""
        trial = self.target.with_name(f"{self.target.stem}-trial{self.target.suffix}")
        try:
            argv = sound_argv(node, source_url(trial), self.locate)
            encoded = run_ffmpeg(argv)
            measured = run_ffmpeg(decoded_loudness_argv(source_url(trial)))
            self.cpu_seconds += encoded.cpu_seconds + measured.cpu_seconds
            result = parse_loudness(measured.stderr)
            if keep_if(result):
                trial.replace(self.target)
        finally:
            trial.unlink(missing_ok=True)
        return result, argv


@dataclass
class _Search:
    """Goes from levels to better ones, by what they led to."""

    goal: SoundGoal
    source: Loudness
    overshoot_db: float
    """What the encoder is expected to add to limited peaks."""
    highest: Fraction = Fraction(0)
    ceiling: Fraction = Fraction(0)
    """Where a limiter begins, at most as high as the highest."""
    tried: list[Levels] = field(default_factory=list)
    retreats: int = 0
    best: Loudness | None = None

    def first(self) -> Levels:
        """Return the levels to begin with."""
        self.ceiling = self.highest = _below(self.goal.true_peak_dbtp) - _tenths(self.overshoot_db)
        return self._bounded(_tenths(self.source.missing_lu(self.goal)))

    def is_better(self, result: Loudness) -> bool:
        """Return whether a result is nearer to the goal than all before: by its peak above all, then its loudness."""
        return self.best is None or self._distance(result) < self._distance(self.best)

    def after(self, levels: Levels, result: Loudness) -> Levels | None:
        """Return the levels to try after these gave a result; None where the best so far is good or all was tried."""
        self.tried.append(levels)
        if self.is_better(result):
            self.best = result
        assert self.best is not None
        closer = self._closer(levels, result)
        if closer not in self.tried and len(self.tried) < _MAX_STEPS:
            return closer
        if self._over_db(self.best) <= 0 or len(self.tried) >= _MAX_STEPS + _MAX_RETREATS:
            return None
        return _quieter(levels, _tenths(max(0.0, self._over_db(result)) + 0.2))

    def limited_db(self, levels: Levels) -> float:
        """Return what the limiter takes off the highest peak."""
        if levels.ceiling_dbtp is None:
            return 0.0
        return max(0.0, round(self.source.true_peak_dbtp + float(levels.gain_db - levels.ceiling_dbtp), 1))

    def _closer(self, levels: Levels, result: Loudness) -> Levels:
        """Return levels that should do better; the same ones where nothing better is in sight."""
        gain, over, missing = levels.gain_db, self._over_db(result), self._missing_lu(result)
        if over > 0:
            reached = levels.ceiling_dbtp
            if reached is None:
                reached = min(self.ceiling, _tenths(self.source.true_peak_dbtp) + gain)
            self.ceiling = reached - _tenths(over + 0.1 + _RETREAT_DB * self.retreats)
            self.retreats += 1
        elif levels.ceiling_dbtp is not None and missing > _AIM_LU and over < -_ROOM_DB:
            # A limiter that need not begin so early leaves room for gain.
            self.ceiling = min(self.highest, levels.ceiling_dbtp - _tenths(over / 2))
        if abs(missing) > _AIM_LU:
            # Past the knee of a limiter a decibel of gain gives less than a decibel of loudness.
            step = max(-float(MAX_GAIN_DB), missing) * (1.0 if levels.ceiling_dbtp is None else 1.5)
            gain += _tenths(step)
        return self._bounded(gain)

    def _bounded(self, gain: Fraction) -> Levels:
        """Return a gain as far as it is allowed, with a limiter where it is needed."""
        gain = min(gain, MAX_GAIN_DB)
        peak = self.source.true_peak_dbtp
        if math.isfinite(peak):
            gain = min(gain, self.ceiling + _below(self.goal.limiting_db_max) - _tenths(peak))
        is_limited = peak + float(gain) > float(self.ceiling)
        return Levels(gain, self.ceiling if is_limited else None)

    def _distance(self, result: Loudness) -> tuple[float, float]:
        return max(0.0, self._over_db(result)), abs(self._missing_lu(result))

    def _over_db(self, result: Loudness) -> float:
        return round(result.over_db(self.goal) + _BESIDE_OTHERS_DB, 1)

    def _missing_lu(self, result: Loudness) -> float:
        return 0.0 if self.source.is_silent else result.missing_lu(self.goal)


def _at(node: LevelledProgramme, levels: Levels) -> SoundEncode:
    return SoundEncode(node.stretches, (levels,) * len(node.stretches), node.kbps)


def _overshoot_db(node: LevelledProgramme) -> float:
    channels = 2 if node.stretches[0].layout == "stereo" else 6
    return next(decibels for limit, decibels in _OVERSHOOT_DB if node.kbps / channels < limit)


def _quieter(levels: Levels, decibels: Fraction) -> Levels:
    ceiling = levels.ceiling_dbtp
    return Levels(levels.gain_db - decibels, None if ceiling is None else ceiling - decibels)


def _refuse_peaks(goal: SoundGoal, result: Loudness) -> None:
    if result.over_db(goal) > 0:
        limit = f"below {float(goal.true_peak_dbtp)} dBTP"
        raise VerifyFailed.of("sound", (("true peak", limit, f"{result.true_peak_dbtp} dBTP"),))


def _told(node: LevelledProgramme, levels: Levels, source: Loudness, missing: float, limited: float) -> Sequence[str]:
    """Return what happened to a programme's sound that people should know."""
    told, goal = [], node.goal
    if source.is_silent:
        how = "silent" if math.isinf(source.integrated_lufs) else f"nearly silent ({source.integrated_lufs:g} LUFS)"
        return [f"{how}, so its level was left alone"]
    if Fraction(sum(stretch.samples for stretch in node.stretches), SAMPLE_RATE_HZ) < _SHORT_S:
        told.append("too short for an integrated loudness, so its loudest moment counts")
    if limited > 0:
        told.append(f"peaks limited by up to {limited:.1f} dB")
    if abs(missing) > LOUDNESS_TOLERANCE_LU:
        way = "quieter" if missing > 0 else "louder"
        told.append(f"{abs(missing):.1f} LU {way} than the {float(goal.loudness_lufs):g} LUFS asked for")
        if missing > 0:
            told[-1] += f": {_why_quieter(goal, levels)}"
    return told


def _why_quieter(goal: SoundGoal, levels: Levels) -> str:
    if levels.gain_db >= MAX_GAIN_DB:
        return f"quiet sound is lifted by no more than {float(MAX_GAIN_DB):g} dB"
    return f"its peaks allow no more, with a limiter that takes at most {float(goal.limiting_db_max):g} dB"


def _below(value: Fraction) -> Fraction:
    """Return the nearest tenth that is not above a value."""
    return Fraction(math.floor(value * 10), 10)


def _tenths(value: float) -> Fraction:
    return Fraction(round(value * 10), 10)
