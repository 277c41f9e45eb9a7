"""Choose the highlights of a film by a preset: the same analysis, preset and decisions always give the same list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pipeline.edit import Edit, MasterSpan
from pipeline.errors import PlanError
from pipeline.plan.ground import Ground, Passage
from pipeline.plan.interest import Measure, interest
from pipeline.plan.moments import plan_moments, score_passage
from pipeline.plan.montage import PieceLengths, plan_montages
from pipeline.plan.shots import FilmAnalysis
from pipeline.plan.zones import Frames, Zones, zones
from pipeline.timebase import Span, clock, timecode

if TYPE_CHECKING:
    from pipeline.presets import HighlightsPreset

_SUPERLATIVES: Final[dict[Measure, str]] = {
    "motion": "liveliest",
    "brightness": "brightest",
    "sharpness": "most detailed",
    "loudness": "loudest",
}
_WORTH_TELLING: Final = 0.34
_LOOKS: Final = 400


@dataclass(frozen=True)
class Decisions:
    """What people decided about one film that concerns its highlights, in seconds since the first picture."""

    always: tuple[Span, ...] = ()
    never: tuple[Span, ...] = ()
    locked: tuple[Span, ...] = ()
    credits_start: Fraction | None = None


@dataclass(frozen=True)
class Highlight:
    """One chosen passage or montage, and why."""

    id: str
    edit: Edit
    score: float
    """0 to about 1; what a person cut comes first whatever its score."""
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class HighlightChoice:
    """The highlights, best first, and what the user should know about the choice."""

    highlights: tuple[Highlight, ...]
    notes: tuple[str, ...]
    left_out: tuple[Span, ...] = ()
    """Stretches that the preset or a person kept highlights away from."""


def choose_highlights(
    analysis: FilmAnalysis, preset: HighlightsPreset, *, master: str, decisions: Decisions | None = None
) -> HighlightChoice:
    """Return up to `preset.count` highlights of floor(seconds × rate) frames each, none sharing a frame with another.

    `master` is the digest that the edits name. Locked stretches come first and keep their length; where less fits than
    was asked, there are fewer and a note says so. Raises PlanError where the film is too short or nothing may be shown.
    """
    decisions = decisions or Decisions()
    ground = Ground(analysis, interest(analysis, preset.weights))
    length = ground.rate.frames_within(preset.seconds)
    if not decisions.locked and ground.frame_count < length:
        raise PlanError(
            f"The film is {_seconds(analysis.timeline.duration)} long, but a highlight of preset {preset.id!r} needs "
            f"{_seconds(preset.seconds)}.",
            remedy="Choose a preset with shorter highlights.",
        )
    locked = tuple(_locked(ground, span) for span in decisions.locked)
    passages, notes, barred = _chosen(ground, preset, decisions, locked)
    if not locked and not passages:
        raise PlanError(
            f"No {preset.kind} of {_seconds(preset.seconds)} fits into what film.toml and preset {preset.id!r} leave "
            f"of the film ({_seconds(analysis.timeline.duration)}).",
            remedy="Choose shorter highlights, or name fewer stretches that are never used.",
        )
    count = len(locked) + len(passages)
    if count < preset.count:
        notes = (*notes, f"{count} of {preset.count} highlights: no more of {_seconds(preset.seconds)} fit.")
    notes = (*notes, *_unmet(ground, decisions, (*locked, *passages)))
    ordered = (*locked, *sorted(passages, key=lambda passage: (-passage.score, passage.start)))
    return HighlightChoice(
        tuple(
            Highlight(
                f"h{number}",
                _edit(f"h{number}", passage, ground, master),
                passage.score,
                ("cut by a person, kept as it is",) if number <= len(locked) else tuple(_reasons(ground, passage)),
            )
            for number, passage in enumerate(ordered, start=1)
        ),
        notes,
        tuple(Span.of_frames(start, min(end, ground.frame_count), ground.rate) for start, end in barred),
    )


def _chosen(
    ground: Ground, preset: HighlightsPreset, decisions: Decisions, locked: tuple[Passage, ...]
) -> tuple[tuple[Passage, ...], tuple[str, ...], tuple[Frames, ...]]:
    """Return the passages beside the locked ones, notes, and what was barred.

    Rules are lifted one after another, and only where nothing fits.
    """
    guard = preset.avoid.spoiler_guard_fraction
    no_rules = preset.avoid.model_copy(update={"black": False, "end_credits": False})
    lifted = (f"Nothing fits before the last {float(guard):.0%} of the film, so that part was used as well.",)
    everything = "Nothing fits beside black pictures and end credits, so they were not left out."
    taken = tuple(piece for passage in locked for piece in passage.pieces)
    attempts = [(preset.avoid, guard, ()), (preset.avoid, Fraction(0), lifted), (no_rules, Fraction(0), (everything,))]
    allowed = Zones(0, (), ())
    for avoid, kept_back, notes in attempts:
        allowed = zones(
            ground.analysis, avoid, guard=kept_back, never=decisions.never, credits_start=decisions.credits_start
        )
        passages = _planned(ground, preset, decisions, allowed.without(taken), taken)
        if passages or len(locked) >= preset.count:
            return passages, (*allowed.notes, *notes), allowed.barred
    return (), allowed.notes, allowed.barred


def _planned(
    ground: Ground, preset: HighlightsPreset, decisions: Decisions, allowed: Zones, taken: tuple[Frames, ...]
) -> tuple[Passage, ...]:
    rate = ground.rate
    wanted = max(0, preset.count - len(decisions.locked))
    length = rate.frames_within(preset.seconds)
    always = tuple(ground.frames_of(span) for span in decisions.always)
    always = tuple(stretch for stretch in always if not any(a <= stretch[0] and stretch[1] <= b for a, b in taken))
    never = Zones(ground.frame_count, (), ()).without((*taken, *(ground.frames_around(s) for s in decisions.never)))
    if preset.kind == "moment":
        return plan_moments(ground, allowed, always=always, never=never, wanted=wanted, length=length)
    assert preset.montage is not None, "the schema asks for it"
    most = min(length, max(1, rate.frames_within(preset.montage.max_shot_s)))
    pieces = PieceLengths(min(most, max(1, rate.frames_within(preset.montage.min_shot_s))), most)
    return plan_montages(ground, allowed, pieces, always=always, never=never, wanted=wanted, length=length)


def _unmet(ground: Ground, decisions: Decisions, passages: tuple[Passage, ...]) -> Iterator[str]:
    """Yield a note for each stretch that must be used and of which nothing is shown."""
    shown = tuple(piece for passage in passages for piece in passage.pieces)
    for span in decisions.always:
        start, end = ground.frames_of(span)
        if not any(first < end and start < last for first, last in shown):
            stretch = f"{clock(span.start)} to {clock(span.end)}"
            yield f"The stretch from {stretch} should always be used, but found no place."


def _locked(ground: Ground, span: Span) -> Passage:
    start, end = ground.frames_of(span)
    return Passage(((start, end),), score_passage(ground, start, end))


def _edit(name: str, passage: Passage, ground: Ground, master: str) -> Edit:
    return Edit(name, tuple(MasterSpan(master, Span.of_frames(*piece, ground.rate)) for piece in passage.pieces))


def _reasons(ground: Ground, passage: Passage) -> Iterator[str]:
    rate = ground.rate
    if len(passage.pieces) > 1:
        first, last = (clock(rate.time_of(frame)) for frame in (passage.start, passage.end))
        yield f"the best {len(passage.pieces)} shots left, in film order from {first} to {last}"
    yield from _ranks(ground, passage)
    if len(passage.pieces) == 1:
        start, end = passage.pieces[0]
        where = "starts on the cut at" if ground.starts_shot(start) else "starts within the shot at"
        yield f"{where} {timecode(start, rate)}"
        where = "ends on the cut at" if ground.ends_shot(end) else "ends within the shot at"
        yield f"{where} {timecode(end, rate)}"
        shots = ground.shots_in(start, end)
        yield f"{shots} shots" if shots != 1 else "one shot"


def _ranks(ground: Ground, passage: Passage) -> Iterator[str]:
    """Yield which measures of the passage stand out among all stretches of its length."""
    steps = [ground.steps(*piece) for piece in passage.pieces]
    count = len(ground.interest.total.ranks)
    length = min(count, sum(end - first for first, end in steps))
    offsets = range(0, count - length + 1, max(1, (count - length) // _LOOKS))
    for ranked in ground.interest.measures:
        mine = sum(ranked.mean(first, end) * (end - first) for first, end in steps) / sum(e - f for f, e in steps)
        above = sum(ranked.mean(offset, offset + length) > mine for offset in offsets) / len(offsets)
        if above <= _WORTH_TELLING:
            yield f"{_SUPERLATIVES[ranked.measure]} {max(1, round(above * 100))} % of the film"


def _seconds(seconds: Fraction) -> str:
    return f"{float(seconds):.1f}".removesuffix(".0") + " s"
