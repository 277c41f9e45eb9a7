"""Say in words why a highlight was chosen, and which of an editor's rules gave way for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from pipeline.plan.beds import Beats
from pipeline.plan.borders import Rest
from pipeline.plan.judgement import Criteria, Faults, Hook, Judge
from pipeline.plan.passages import Passage
from pipeline.plan.zones import Frames
from pipeline.timebase import clock, timecode

End = Literal["start", "end"]

_ENDS: Final[dict[Rest, str]] = {
    "silence": "ends on silence",
    "shot": "ends with the shot",
    "phrase": "ends where a phrase ends",
    "fall": "ends where the sound falls",
    "beat": "ends on a beat",
}
_CLEAR: Final = 0.4
_STRONG: Final = 0.55
_OFTEN: Final = 0.3
_WORTH_A_WORD: Final = 0.02


@dataclass(frozen=True)
class Told:
    """What there is to say of a highlight."""

    reasons: tuple[str, ...]
    criteria: Criteria
    faults: Faults
    hook: Frames
    peak: Frames
    gave_way: frozenset[End] = frozenset()
    """The ends that break a rule, and whose sound is therefore faded."""


def tell_moment(judge: Judge, passage: Passage) -> Told:
    """Return what there is to say of a continuous passage."""
    start, end = passage.start, passage.end
    criteria, faults = judge.criteria(start, end), judge.faults(start, end)
    peak = judge.peak(start, end)
    broken = dict(_broken(judge, start, end))
    shots = len(judge.ground.borders.shots_in(start, end))
    reasons = (
        _opening(judge.hook(start, end)),
        *_middle(judge, passage, criteria, peak),
        *_closing(judge, end),
        *broken.values(),
        *_against(faults),
        "one shot" if shots == 1 else f"{shots} shots",
    )
    faults = replace(faults, likeness=passage.likeness, rules=passage.rules)
    return Told(tuple(filter(None, reasons)), criteria, faults, judge.hook_of(start, end), peak, frozenset(broken))


def tell_montage(judge: Judge, passage: Passage) -> Told:
    """Return what there is to say of pieces over a bed."""
    pieces, rate = passage.pieces, judge.ground.rate
    weights = [end - start for start, end in pieces]
    each = [judge.criteria(*piece) for piece in pieces]

    def mean(name: str) -> float:
        total: float = sum(getattr(one, name) * w for one, w in zip(each, weights, strict=True))
        return total / sum(weights)

    best = max(pieces, key=lambda piece: (judge.ground.energy.mean(*piece), -piece[0]))
    energies = [judge.ground.energy.mean(*piece) for piece in pieces]
    criteria = Criteria(
        hook=judge.hook(*pieces[0]).total,
        shape=max(energies) - min(energies),
        interest=mean("interest"),
        faces=mean("faces"),
        movement=mean("movement"),
        rest=judge.ground.borders.rest_worth(passage.bed[1]) if passage.bed else each[-1].rest,
    )
    first, last = (clock(rate.time_of(frame)) for frame in (passage.start, passage.end))
    reasons = (
        f"the best {len(pieces)} pieces left, in film order from {first} to {last}",
        _opening(judge.hook(*pieces[0])),
        *_bed(judge, passage),
    )
    # That a piece is short or stands still is what pieces are for.
    faults = [judge.faults(*piece) for piece in pieces]
    mean_faults = Faults(
        text=sum(one.text for one in faults) / len(faults), black=sum(one.black for one in faults) / len(faults)
    )
    return Told(tuple(filter(None, reasons)), criteria, mean_faults, judge.hook_of(*pieces[0]), best)


def _opening(hook: Hook) -> str:
    found = []
    if hook.face >= _CLEAR:
        found.append("a close face" if hook.face >= 0.8 else "a face")
    if hook.movement >= _STRONG:
        found.append("strong motion")
    elif hook.movement >= _CLEAR and not found:
        found.append("movement")
    if hook.sound >= 0.7:
        found.append("sound")
    if hook.hidden > 0.5:
        return "opens on lettering or black"
    return f"opens on {' and '.join(found)}" if found else "opens quietly"


def _middle(judge: Judge, passage: Passage, criteria: Criteria, peak: Frames) -> Iterator[str]:
    ground = judge.ground
    at = clock(ground.rate.time_of(peak[0] - passage.start))
    moving = ground.movement.mean(*peak)
    loud = 0.0 if ground.loudness is None else ground.loudness.mean(*peak)
    if max(moving, loud) >= _STRONG:
        yield f"{'strong motion' if moving >= loud else 'loud'} at {at}"
    if criteria.shape >= _STRONG and 2 * peak[0] >= passage.start + passage.end:
        yield "rises to a late peak"
    if criteria.faces >= _OFTEN:
        yield "shows faces"
    if criteria.interest >= 0.6:
        yield "its shots rank high in the film"


def _closing(judge: Judge, end: int) -> Iterator[str]:
    rests = judge.ground.borders.rests(end)
    if rests:
        yield _ENDS[rests[0]]


def _against(faults: Faults) -> Iterator[str]:
    said = {
        "lettering in the picture": faults.text,
        "some black": faults.black,
        "stands still for long": faults.static,
        "begins or ends just beside a cut": faults.stubs,
    }
    yield from (words for words, cost in said.items() if cost >= _WORTH_A_WORD)


def _broken(judge: Judge, start: int, end: int) -> Iterator[tuple[End, str]]:
    """Yield the ends that break a rule, with the words about it; of several rules at one end the first."""
    borders, rate = judge.ground.borders, judge.ground.rate
    at, stop = timecode(start, rate), timecode(end, rate)
    if borders.opens_in_transition(start):
        yield "start", f"starts inside a transition at {at}: no place outside was free"
    elif borders.in_word(start):
        yield "start", f"starts inside a phrase at {at}: no pause was free"
    elif not borders.starts_shot(start):
        yield "start", f"starts inside the shot at {at}: no cut was free"
    if borders.closes_in_transition(end):
        yield "end", f"ends inside a transition at {stop}: no place outside was free"
    elif borders.in_word(end):
        yield "end", f"ends inside a phrase at {stop}: no pause was free"
    elif not borders.rests(end):
        yield "end", f"ends inside the shot at {stop}: no shot, phrase or beat ends there"


def _bed(judge: Judge, passage: Passage) -> Iterator[str]:
    if passage.bed is None:
        return
    rate, beats = judge.ground.rate, Beats(judge.ground, passage.bed)
    first, last = (clock(rate.time_of(frame)) for frame in passage.bed)
    yield f"one sound under it, from {first} to {last} of the film"
    at, on_beats = 0, 0
    for start, end in passage.pieces[:-1]:
        at += end - start
        on_beats += beats.holds(at)
    cuts = len(passage.pieces) - 1
    if on_beats:
        yield f"{on_beats} of {cuts} cuts on its beats"
