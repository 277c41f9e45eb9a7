"""Choose the highlights of a film by a preset: the same analysis, preset and decisions always give the same list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.edit import Edit, MasterSpan, SoundFades
from pipeline.errors import PlanError
from pipeline.plan.ground import Ground
from pipeline.plan.judgement import Criteria, Faults, Judge
from pipeline.plan.moments import Lengths, Moments
from pipeline.plan.montage import Montages, PieceLengths
from pipeline.plan.passages import Passage, frames_of, share_within
from pipeline.plan.reasons import Told, tell_moment, tell_montage
from pipeline.plan.shots import Curve
from pipeline.plan.zones import Frames, Zones, merged, zones
from pipeline.timebase import Span, clock

if TYPE_CHECKING:
    from pipeline.presets import HighlightsPreset

_COVER_S: Final = Fraction(1, 4)
"""Fade of the sound over an end that breaks a rule."""
_INTEREST_STEP: Final = Fraction(1, 2)
_INTEREST_STEPS: Final = 1500
_UNKNOWN: Final = Curve(_INTEREST_STEP, ())
_HALF: Final = 0.5
_Chooser: TypeAlias = Moments | Montages


@dataclass(frozen=True)
class Decisions:
    """What people decided about one film that concerns its highlights, in seconds since the first picture."""

    always: tuple[Span, ...] = ()
    never: tuple[Span, ...] = ()
    locked: tuple[Span, ...] = ()
    rejected: tuple[Span, ...] = ()
    """Highlights that somebody did not want, in the order in which that was said."""
    credits_start: Fraction | None = None

    def before(self, end: Fraction) -> Decisions:
        """Return the decisions on what starts before a time, where the film ends."""

        def kept(told: tuple[Span, ...]) -> tuple[Span, ...]:
            return tuple(span for span in told if span.start < end)

        return Decisions(
            kept(self.always), kept(self.never), kept(self.locked), kept(self.rejected), self.credits_start
        )


@dataclass(frozen=True)
class Highlight:
    """One chosen passage or montage, and why."""

    id: str
    edit: Edit
    score: float
    """0 to about 1; what a person cut comes first whatever its score."""
    reasons: tuple[str, ...]
    criteria: Criteria | None = None
    """What speaks for it; None for what was cut by hand."""
    faults: Faults | None = None
    """What speaks against it."""
    hook: Span | None = None
    """Where it pulls the viewer in, in seconds of the film."""
    peak: Span | None = None
    """Where most happens, in seconds of the film."""
    is_locked: bool = False
    """Whether a person cut it, so that it stays as it is."""


@dataclass(frozen=True)
class HighlightChoice:
    """The highlights, best first, and what the user should know about the choice."""

    highlights: tuple[Highlight, ...]
    notes: tuple[str, ...]
    left_out: tuple[Span, ...] = ()
    """Stretches that the preset or a person kept highlights away from."""
    interest: Curve = _UNKNOWN
    """How interesting the film is over its time, 0 to 1."""


def choose_highlights(
    ground: Ground, preset: HighlightsPreset, *, master: str, decisions: Decisions | None = None
) -> HighlightChoice:
    """Return up to `preset.count` highlights of whole frames, none sharing a frame with another.

    `master` is the digest that the edits name. Locked stretches come first, keep their length and may overlap; where
    less fits than was asked, or one more would cost the better ones, there are fewer and a note says so. What was
    rejected is replaced in its place by the next best, so that all other highlights keep their names. Raises PlanError
    where the film is too short, nothing may be shown, or what is locked must never be.
    """
    return _Choice(ground, preset, decisions or Decisions(), master).made()


class _Choice:
    """One choice in the making."""

    def __init__(self, ground: Ground, preset: HighlightsPreset, decisions: Decisions, master: str) -> None:
        self.ground, self.preset, self.master = ground, preset, master
        self.told, self.decisions = decisions, decisions.before(ground.film.timeline.duration)
        self.judge = Judge(ground, preset.weights)
        shortest, longest = (ground.rate.frames_within(seconds) for seconds in preset.lengths_s)
        self.lengths = shortest, max(shortest, min(longest, ground.frame_count))

    def made(self) -> HighlightChoice:
        ground, preset = self.ground, self.preset
        duration = ground.film.timeline.duration
        if not self.decisions.locked and ground.frame_count < self.lengths[0]:
            raise PlanError(
                f"The film is {_seconds(duration)} long, but a highlight of preset {preset.id!r} needs "
                f"{preset.length_text}: {self.lengths[0]} frames, not {ground.frame_count}.",
                remedy=f"Write a preset with shorter ones, such as seconds = {max(1, min(15, int(duration)))}, into "
                "the folder highlights of a folder that MATINEE_PRESETS names; matinee presets shows those there are.",
            )
        locked = tuple(self._locked(span) for span in self.decisions.locked)
        slots, notes, allowed = self._chosen(locked)
        if not locked and not any(slots):
            raise PlanError(
                f"No {preset.kind} of {preset.length_text} fits into what film.toml and preset {preset.id!r} leave of "
                f"the film ({_seconds(duration)}).",
                remedy="Choose shorter highlights, or name fewer stretches that are never used or were rejected.",
            )
        numbered = [(number, one) for number, one in enumerate((*locked, *slots), start=1) if one is not None]
        if len(numbered) < preset.count:
            notes = (
                *notes,
                f"{len(numbered)} of {preset.count} highlights: no more of {preset.length_text} fit beside them.",
            )
        notes = (*notes, *self._unmet([one for _, one in numbered]), *self._outside())
        barred = (Span.of_frames(*frames, ground.rate) for frames in allowed.barred)
        return HighlightChoice(
            tuple(self._highlight(f"h{n}", one, is_locked=n <= len(locked)) for n, one in numbered),
            notes,
            tuple(barred),
            interest_over_time(ground),
        )

    def _chosen(self, locked: Sequence[Passage]) -> tuple[tuple[Passage | None, ...], tuple[str, ...], Zones]:
        """Return the passages beside the locked ones, notes, and what was barred.

        Rules are lifted one after another, and only where nothing fits: not where all that fits was rejected, or who
        rejects often would be shown the ending.
        """
        preset = self.preset
        act = preset.spoilers
        lifted = f"Nothing fits before the last {float(act.last_act_fraction):.0%} of the film, so it was used as well."
        everything = "Nothing fits beside black pictures and end credits, so they were not left out."
        attempts = (
            (preset.avoid, act, ()),
            (preset.avoid, None, (lifted,)),
            (None, act, (everything,)),
            (None, None, (everything, lifted)),
        )
        taken = frames_of(locked)
        allowed, never = Zones(0, (), ()), self.decisions.never
        for avoid, spoilers, notes in attempts:
            allowed = zones(
                self.ground.film,
                avoid=avoid,
                spoilers=spoilers,
                never=never,
                credits_start=self.decisions.credits_start,
            )
            slots = self._slots(allowed.without(taken), taken)
            if slots or len(locked) >= preset.count:
                return slots, (*allowed.notes, *notes), allowed
        return (), allowed.notes, allowed

    def _slots(self, allowed: Zones, taken: tuple[Frames, ...]) -> tuple[Passage | None, ...]:
        ground = self.ground
        wanted = max(0, self.preset.count - len(self.decisions.locked))
        always = tuple(ground.frames_of(span) for span in self.decisions.always)
        always = tuple(each for each in always if not any(a <= each[0] and each[1] <= b for a, b in taken))
        forbidden = (ground.frames_around(span) for span in self.decisions.never)
        never = Zones(ground.frame_count, (), ()).without((*taken, *forbidden))
        chooser = self._chooser(allowed, never)
        slots = chooser.choose(wanted, always)
        return replaced(chooser, slots, tuple(ground.frames_of(span) for span in self.decisions.rejected))

    def _chooser(self, allowed: Zones, never: Zones) -> _Chooser:
        if self.preset.kind == "moment":
            return Moments(self.judge, allowed, never, Lengths(*self.lengths))
        montage, rate = self.preset.montage, self.ground.rate
        assert montage is not None, "the schema asks for it"
        most = min(self.lengths[1], max(1, rate.frames_within(montage.max_shot_s)))
        pieces = PieceLengths(min(most, max(1, rate.frames_within(montage.min_shot_s))), most)
        return Montages(self.judge, allowed, never, pieces, self.lengths)

    def _locked(self, span: Span) -> Passage:
        for forbidden in self.decisions.never:
            if forbidden.overlap(span) > 0:
                raise PlanError(
                    f"The film.toml locks {_stretch(span)}, and says that {_stretch(forbidden)} is never shown.",
                    remedy="Shorten one of the two, or take it out of film.toml.",
                )
        start, end = self.ground.frames_of(span)
        return Passage(((start, end),), self.judge.score(start, end))

    def _highlight(self, name: str, passage: Passage, *, is_locked: bool) -> Highlight:
        rate = self.ground.rate
        parts = tuple(MasterSpan(self.master, Span.of_frames(*piece, rate)) for piece in passage.pieces)
        bed = () if passage.bed is None else (MasterSpan(self.master, Span.of_frames(*passage.bed, rate)),)
        told = (tell_moment if len(passage.pieces) == 1 and not bed else tell_montage)(self.judge, passage)
        fades = self.preset.sound
        return Highlight(
            id=name,
            edit=Edit(
                name,
                parts,
                bed,
                SoundFades(_cover(fades.fade_in_s, told, "start"), _cover(fades.fade_out_s, told, "end")),
            ),
            score=passage.score,
            reasons=("cut by a person, kept as it is",) if is_locked else (*self._asked_for(passage), *told.reasons),
            criteria=told.criteria,
            faults=told.faults,
            hook=Span.of_frames(*told.hook, rate),
            peak=Span.of_frames(*told.peak, rate),
            is_locked=is_locked,
        )

    def _asked_for(self, passage: Passage) -> Iterator[str]:
        """Yield a reason for each stretch that must be used and that a passage shows some of."""
        for span in self.decisions.always:
            start, end = self.ground.frames_of(span)
            if any(first < end and start < last for first, last in passage.pieces):
                yield f"shows {_stretch(span)}, as film.toml asks"

    def _unmet(self, passages: Sequence[Passage]) -> Iterator[str]:
        """Yield a note for each stretch that must be used and of which nothing is shown."""
        shown = frames_of(passages)
        for span in self.decisions.always:
            start, end = self.ground.frames_of(span)
            if not any(first < end and start < last for first, last in shown):
                yield (
                    f"The stretch from {_stretch(span)} should always be used, but found no place: ask for more "
                    "highlights (count), or see what else film.toml says of it."
                )

    def _outside(self) -> Iterator[str]:
        """Yield a note for each stretch that lies behind the film's end: its times may count from somewhere else."""
        end = self.ground.film.timeline.duration
        for name in ("always", "never", "locked"):
            for span in getattr(self.told, name):
                if span not in getattr(self.decisions, name):
                    yield f"The [[{name}]] from {_stretch(span)} lies behind the film's end at {clock(end)}."


def interest_over_time(ground: Ground) -> Curve:
    """Return how interesting a film is, 0 to 1: half of it the scorer's opinion, half what happens at each moment."""
    duration = ground.film.timeline.duration
    step = max(_INTEREST_STEP, Fraction((duration / _INTEREST_STEPS).__ceil__()))
    edges = [ground.rate.nearest_frame(k * step) for k in range(int(duration / step) + 1)]
    parts = [(start, max(start + 1, end)) for start, end in pairwise(edges)]
    return Curve.of(step, tuple((ground.interest.mean(*part) + ground.energy.mean(*part)) / 2 for part in parts))


def replaced(chooser: _Chooser, slots: Sequence[Passage], rejected: Sequence[Frames]) -> tuple[Passage | None, ...]:
    """Return the passages with each that was rejected replaced in its place by the next best; None where none is left.

    A passage was rejected where more than half of it was. Rejections count one after another, in the order in which
    they were made, so that a new one never moves what earlier ones left where it was.
    """
    now: list[Passage | None] = list(slots)
    for count in range(1, len(rejected) + 1):
        told = merged(rejected[:count])
        for place, passage in enumerate(now):
            if passage is not None and share_within(passage.pieces, told) > _HALF:
                kept = [one for other, one in enumerate(now) if one is not None and other != place]
                now[place] = chooser.instead(kept, told)
    return tuple(now)


def _stretch(span: Span) -> str:
    return f"{clock(span.start)} to {clock(span.end)}"


def _cover(wished: Fraction, told: Told, end: str) -> Fraction:
    return max(wished, _COVER_S) if end in told.gave_way else wished


def _seconds(seconds: Fraction) -> str:
    return f"{float(seconds):.1f}".removesuffix(".0") + " s"
