"""Judge found transitions by labels: what is right, what is missed, what is a false alarm; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from bench.labels import IGNORE, Mark
from bench.matching import match

CUT_TOLERANCES: Final = (0, 1)
"""Frames that a cut may lie beside its label."""
OVERLAPS: Final = (Fraction(1, 2), Fraction(3, 10))
"""Shares of the frames of either that a gradual transition and its label have in common."""
NOTES: Final = ("cutaway", "jump")
"""Notes of cuts that are hard to find, told apart."""

Pair = tuple[Mark, Mark]
"""A label and what was found of it."""
Closeness = Callable[[Mark, Mark], Fraction]
"""How close a label and a found transition are; 0 where one cannot be the other."""


@dataclass(frozen=True)
class Score:
    """How a list of transitions compares with labels."""

    found: int
    labelled: int
    matched: int

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of the labels that were found."""
        return self.matched / self.labelled if self.labelled else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.found + self.labelled
        return 2 * self.matched / both if both else 0.0

    def __add__(self, other: Score) -> Score:
        """Return the score of two films as of one."""
        return Score(self.found + other.found, self.labelled + other.labelled, self.matched + other.matched)


@dataclass(frozen=True)
class Verdict:
    """What a list of found transitions is worth."""

    cuts: Mapping[int, Score]
    """By tolerance in frames."""
    graduals: Mapping[Fraction, Score]
    """By least overlap; kinds are not asked for."""
    kinds: Score
    """Of the graduals matched at the least overlap, how many have the right kind."""
    noted: Mapping[str, Score]
    """Cuts with a note, at the widest tolerance; found counts those matched alone."""
    anything: Score
    """Labels of any kind with something of any kind on them, a frame of room on either side."""
    misses: tuple[Mark, ...]
    """Labels that nothing matches at the widest tolerance and least overlap."""
    false_alarms: tuple[Mark, ...]
    """What was found and matches no label, nor lies on an ignored one."""
    wrong_kinds: tuple[Pair, ...]

    def __add__(self, other: Verdict) -> Verdict:
        """Return the verdict on two films as on one; errors keep the frame numbers of their own films."""
        return Verdict(
            cuts={room: score + other.cuts[room] for room, score in self.cuts.items()},
            graduals={least: score + other.graduals[least] for least, score in self.graduals.items()},
            kinds=self.kinds + other.kinds,
            noted={note: score + other.noted[note] for note, score in self.noted.items()},
            anything=self.anything + other.anything,
            misses=self.misses + other.misses,
            false_alarms=self.false_alarms + other.false_alarms,
            wrong_kinds=self.wrong_kinds + other.wrong_kinds,
        )


def judge(found: Iterable[Mark], labels: Iterable[Mark]) -> Verdict:
    """Match found transitions with labels, cuts with cuts and gradual ones with gradual ones, each at most once.

    A gradual transition that was found as a cut is a miss and a false alarm. What lies on a label of kind `ignore` and
    matches nothing counts neither for nor against.
    """
    marks, wanted = sorted(found), sorted(labels)
    ignored = [label for label in wanted if label.kind == IGNORE]
    wanted = [label for label in wanted if label.kind != IGNORE]
    cut_marks, cut_labels = _cuts(marks), _cuts(wanted)
    rest_marks, rest_labels = _graduals(marks), _graduals(wanted)
    cuts = {room: _compare(cut_marks, cut_labels, ignored, cuts_within(room)) for room in CUT_TOLERANCES}
    graduals = {least: _compare(rest_marks, rest_labels, ignored, graduals_over(least)) for least in OVERLAPS}
    cut, gradual = cuts[max(CUT_TOLERANCES)], graduals[min(OVERLAPS)]
    wrong = tuple((label, mark) for label, mark in gradual.pairs if label.kind != mark.kind)
    return Verdict(
        cuts={room: compared.score for room, compared in cuts.items()},
        graduals={least: compared.score for least, compared in graduals.items()},
        kinds=Score(len(gradual.pairs), len(gradual.pairs), len(gradual.pairs) - len(wrong)),
        noted={note: _noted(cut, note) for note in NOTES},
        anything=_compare(marks, wanted, ignored, _touching).score,
        misses=tuple(sorted((*cut.misses, *gradual.misses))),
        false_alarms=tuple(sorted((*cut.false_alarms, *gradual.false_alarms))),
        wrong_kinds=wrong,
    )


def cuts_within(frames: int) -> Closeness:
    """Return how close cuts are that lie some frames apart at most."""
    return lambda label, mark: Fraction(max(0, frames + 1 - abs(label.start_frame - mark.start_frame)))


def graduals_over(least: Fraction) -> Closeness:
    """Return intersection over union of ranges that share so much at least."""

    def closeness(label: Mark, mark: Mark) -> Fraction:
        share = overlap(label, mark)
        return share if share >= least else Fraction(0)

    return closeness


def overlap(one: Mark, other: Mark) -> Fraction:
    """Return intersection over union of two ranges of frames; a cut counts as its one frame."""
    common = min(_end(one), _end(other)) - max(one.start_frame, other.start_frame)
    whole = max(_end(one), _end(other)) - min(one.start_frame, other.start_frame)
    return Fraction(max(0, common), whole)


@dataclass(frozen=True)
class _Comparison:
    pairs: tuple[Pair, ...]
    misses: tuple[Mark, ...]
    false_alarms: tuple[Mark, ...]

    @property
    def score(self) -> Score:
        matched = len(self.pairs)
        return Score(matched + len(self.false_alarms), matched + len(self.misses), matched)


def _compare(
    marks: Sequence[Mark], labels: Sequence[Mark], ignored: Sequence[Mark], closeness: Closeness
) -> _Comparison:
    pairs = match(labels, marks, closeness)
    left, missed = Counter(marks), Counter(labels)
    left.subtract(mark for _, mark in pairs)
    missed.subtract(label for label, _ in pairs)
    false_alarms = (mark for mark in left.elements() if not any(_touching(label, mark) for label in ignored))
    return _Comparison(pairs, tuple(missed.elements()), tuple(false_alarms))


def _noted(compared: _Comparison, note: str) -> Score:
    matched = sum(label.note == note for label, _ in compared.pairs)
    missed = sum(label.note == note for label in compared.misses)
    return Score(matched, matched + missed, matched)


def _cuts(marks: Iterable[Mark]) -> list[Mark]:
    return [mark for mark in marks if mark.is_cut]


def _graduals(marks: Iterable[Mark]) -> list[Mark]:
    return [mark for mark in marks if not mark.is_cut]


def _touching(label: Mark, mark: Mark) -> Fraction:
    """Return 1 where two share a frame, one frame of room on either side given; else 0."""
    return Fraction(mark.start_frame - 1 < _end(label) and label.start_frame < _end(mark) + 1)


def _end(mark: Mark) -> int:
    return max(mark.end_frame, mark.start_frame + 1)
