"""What a block that was made is held against: its length, films, loudness and joins, each with limit and measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.plan.checks import Outcome, decimal
from pipeline.plan.film_proofs import FilmProof
from pipeline.plan.levelled import Levelled
from pipeline.plan.section_times import SectionTimes
from pipeline.timebase import clock

STEP_DBFS: Final = -40
"""No sample differs by more from the one before it where one section of a block follows another."""
_STEP: Final = 10 ** (STEP_DBFS / 20)
_SILENT: Final = 10 ** (-60 / 20)
"""What an encoder leaves of silence beside a film is below this."""
_BLACK: Final = 24
"""Luma of 8 bits in limited range, whose black is 16: compression leaves a little above."""
_PACKET_S: Final = Fraction(1024, 48000)
_SHOWN: Final = 3
_MANY: Final = 10
_FOREIGN: Final = 0.5
"""Half of all pairs of other pictures are twice as unlike."""


@dataclass(frozen=True)
class Verdict:
    """One thing that a block is held against; 'fail' means that it must not play."""

    what: str
    outcome: Outcome
    limit: str
    measured: str
    is_noted: bool = False
    """Whether people are told of it by a note on the film."""

    def document(self) -> dict[str, str]:
        """Return it as JSON has it."""
        return {"what": self.what, "outcome": self.outcome, "limit": self.limit, "measured": self.measured}


@dataclass(frozen=True)
class SoundEdges:
    """How the decoded sound of a segment begins and ends; values from -1 to 1, one for each channel."""

    first: tuple[float, ...]
    last: tuple[float, ...]
    first_peak: float
    """The largest in the first frame of AAC."""
    last_peak: float


@dataclass(frozen=True)
class SoundJoin:
    """Two sections of one sound that follow one another, and which of them are cards'."""

    name: str
    place: str
    before: SoundEdges
    after: SoundEdges
    is_card_before: bool
    is_card_after: bool


@dataclass(frozen=True)
class Offset:
    """How far a film's sound lies behind its pictures, in seconds, and how long a picture is."""

    place: str
    seconds: Fraction
    frame: Fraction


def length_verdict(
    what: str, found: Fraction, planned: Fraction, *, bounds: tuple[Fraction, Fraction], slack: Fraction
) -> Verdict:
    """Return whether what was made is as long as was planned, to the tick, and within bounds but for rounding."""
    least, most = bounds
    is_kept = found == planned and least - slack <= found <= most + slack
    limit = f"{decimal(planned, 3)} s, and {clock(least)} to {clock(most)}"
    return Verdict(what, "pass" if is_kept else "fail", limit, f"{decimal(found, 3)} s")


def proof_verdict(what: str, proof: FilmProof, *, frames: int, planned: int) -> Verdict:
    """Return whether a film shows its master's pictures in order, as many as were planned.

    One picture among many that is rather like its own may be what compression made of it, and is a warning.
    """
    limit = f"{planned} frames, those of the master"
    told = f"{frames} frames, {proof.telling} of {counted(proof.pictures, 'picture')} compared"
    if proof.misses:
        places = ", ".join(f"{decimal(one.time, 2)} s" for one in proof.misses[:_SHOWN])
        more = f" and {len(proof.misses) - _SHOWN} more" if len(proof.misses) > _SHOWN else ""
        told += f"; not the master's at {places}{more}"
    is_lone = len(proof.misses) == 1 and proof.pictures >= _MANY and proof.misses[0].unlike < _FOREIGN
    outcome: Outcome = "fail" if frames != planned or (proof.misses and not is_lone) else "warn" if is_lone else "pass"
    return Verdict(what, outcome, limit, told)


def whole_verdict(what: str, times: SectionTimes, *, pictures: int, start: Fraction, length: Fraction) -> Verdict:
    """Return whether the boxes of a film show as many pictures as were planned, each once, in order and when it is due.

    `start` is when the first is to be shown in its track, and `length` how long all are shown together. This sees what
    fingerprints do not, which look at some of the pictures: one that is left out or stands twice between these.
    """
    step = decimal(times.step * 1000, 3)
    limit = f"{counted(pictures, 'picture')} in {decimal(length, 3)} s, each once and in order"
    told = f"{counted(times.samples, 'picture')} in {decimal(times.duration, 3)} s, one each {step} ms"
    if times.start != start:
        told += f", from {decimal(times.start, 3)} s instead of {decimal(start, 3)} s"
    if times.breaks:
        places = ", ".join(f"{decimal(one, 2)} s" for one in times.breaks[:_SHOWN])
        more = f" and {len(times.breaks) - _SHOWN} more" if len(times.breaks) > _SHOWN else ""
        told += f"; out of step at {places}{more}"
    is_whole = (times.samples, times.start, times.duration) == (pictures, start, length) and not times.breaks
    return Verdict(f"{what} whole", "pass" if is_whole else "fail", limit, told)


def loudness_verdict(what: str, lufs: float | None, anchor: float, levelled: Levelled | None) -> Verdict:
    """Return whether a film is as loud as all are to be; one that could be brought no nearer is told of.

    `levelled` says by how much it is quieter for that; None where nothing is known, which is told of as well.
    """
    limit = f"{anchor:g} LUFS, within {LOUDNESS_TOLERANCE_LU}"
    if lufs is None:
        return Verdict(what, "pass", limit, "silent")
    missing = round(anchor - lufs, 1)
    if abs(missing) <= LOUDNESS_TOLERANCE_LU:
        return Verdict(what, "pass", limit, f"{lufs:.1f} LUFS")
    told = f"{lufs:.1f} LUFS, {abs(missing):.1f} LU too {'quiet' if missing > 0 else 'loud'}"
    if missing < 0 or (levelled is not None and missing > levelled.missing_lu + LOUDNESS_TOLERANCE_LU):
        return Verdict(what, "fail", limit, told)
    why = "" if levelled is None else levelled.why_quieter
    return Verdict(what, "warn", limit, f"{told}: {why}" if why else told, is_noted=bool(why))


def step_verdict(name: str, joins: Sequence[SoundJoin]) -> Verdict:
    """Return whether a sound steps nowhere where one section follows another."""
    steps = {join.place: _step(join) for join in joins}
    return _of_places(f"{name}: steps at joins", f"at most {STEP_DBFS} dBFS", steps, _STEP, lambda one: f"{one:.4f}")


def silence_verdict(name: str, joins: Sequence[SoundJoin]) -> Verdict:
    """Return whether cards are silent for a frame of AAC where they meet something else."""
    peaks: dict[str, float] = {}
    for join in joins:
        found = [join.before.last_peak] * join.is_card_before + [join.after.first_peak] * join.is_card_after
        if found:
            peaks[join.place] = max(found)
    return _of_places(
        f"{name}: silence at joins", "cards silent for 1024 samples", peaks, _SILENT, lambda one: f"{one:.4f}"
    )


def offset_verdict(name: str, offsets: Sequence[Offset]) -> Verdict:
    """Return whether each film's sound lies within half a picture of its pictures, by the times in the media.

    That is what players show and play that go by the media's time stamps, as they are to where there are
    discontinuities (draft-pantos-hls-rfc8216bis, 6.2.4 and 6.3.3): pictures and sound of a film count from one moment,
    whatever was played before, so that no packet of AAC is rounded and rates of any kind hold it exactly.
    """
    limit = "within half a picture by the media's times"
    return _of_offsets(f"{name}: sound of films", limit, offsets, lambda one: one.frame / 2, lambda one: one.frame / 2)


def drift_verdict(name: str, offsets: Sequence[Offset]) -> Verdict:
    """Return whether each film's sound begins with its pictures where segments are laid end to end by their lengths.

    Sound has whole packets of AAC. Cards and gaps, which are silent, are as many packets long as bring the next film's
    sound nearest to its pictures, which is within half a packet (10.7 ms): less than half a picture up to 46 a second,
    and a little more at 48 to 60. Where film follows film, and nothing silent makes up for it, it may be a packet:
    that is a warning.
    """
    limit = "within half a picture, or half a packet of AAC, laid end to end"
    return _of_offsets(
        f"{name}: sound at joins",
        limit,
        offsets,
        lambda one: max(one.frame, _PACKET_S) / 2,
        lambda one: max(one.frame / 2, _PACKET_S),
    )


def black_verdict(name: str, lights: Mapping[str, int], *, planned: frozenset[str]) -> Verdict:
    """Return whether cards are black where they meet films; `planned` are the places where a gap supplies that."""
    bright = {place: light for place, light in lights.items() if light > _BLACK}
    limit = f"luma of cards at most {_BLACK} of 235"
    what = f"{name}: black at joins"
    if not bright:
        return Verdict(what, "pass", limit, f"at most {max(lights.values(), default=16)}")
    told = ", ".join(f"{light} {place}" for place, light in list(bright.items())[:_SHOWN])
    return Verdict(what, "fail" if planned & bright.keys() else "warn", limit, told)


def failures(verdicts: Sequence[Verdict]) -> tuple[tuple[str, str, str], ...]:
    """Return what must not be, as (what, limit, measured)."""
    return tuple(_failed(verdicts))


def warnings(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Return what should not be and no note tells, each once with the renditions that it is true of."""
    told: dict[tuple[str, str], list[Verdict]] = {}
    for one in verdicts:
        if one.outcome == "warn" and not one.is_noted:
            _, _, what = one.what.partition(": ")
            told.setdefault((what or one.what, one.limit), []).append(one)
    return tuple(
        f"{what[0].upper()}{what[1:]}: {same[0].measured}; it should be {limit} ({_renditions(same)})."
        for (what, limit), same in told.items()
    )


def _renditions(verdicts: Sequence[Verdict]) -> str:
    names = list(dict.fromkeys(one.what.partition(": ")[0] for one in verdicts))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _failed(verdicts: Sequence[Verdict]) -> Iterator[tuple[str, str, str]]:
    for one in verdicts:
        if one.outcome == "fail":
            yield (one.what, one.limit, one.measured)


def _of_offsets(
    what: str,
    limit: str,
    offsets: Sequence[Offset],
    near: Callable[[Offset], Fraction],
    most: Callable[[Offset], Fraction],
) -> Verdict:
    """Return what the worst of some offsets means: more than `near` is a warning, and more than `most` a failure."""
    worst = max(offsets, key=lambda one: abs(one.seconds) - near(one), default=None)
    if worst is None:
        return Verdict(what, "pass", limit, "no film has sound")
    told = f"{decimal(1000 * worst.seconds, 1)} ms {worst.place}, {counted(len(offsets), 'film')}"
    found = abs(worst.seconds)
    return Verdict(what, "pass" if found <= near(worst) else "warn" if found <= most(worst) else "fail", limit, told)


def _step(join: SoundJoin) -> float:
    return max((abs(two - one) for one, two in zip(join.before.last, join.after.first, strict=False)), default=0.0)


def _of_places(what: str, limit: str, found: Mapping[str, float], most: float, show: Callable[[float], str]) -> Verdict:
    over = {place: one for place, one in found.items() if one > most}
    if not over:
        return Verdict(what, "pass", limit, f"at most {show(max(found.values(), default=0.0))} of 1")
    told = ", ".join(f"{show(one)} {place}" for place, one in list(over.items())[:_SHOWN])
    return Verdict(what, "fail", limit, told)
