"""One question put to a part of what was measured of a file: by a rule of `delivery`, or by a limit of a preset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Generic, Literal, TypeVar

from pipeline.limits import Limit, exact_of, show_limit
from pipeline.plan.delivery import Rule, Said, practice_of
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.presets import PlatformPreset, Source

Outcome = Literal["fail", "warn", "unchecked", "pass"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("fail", "warn", "unchecked", "pass")
"""The worst first."""


@dataclass(frozen=True)
class Finding:
    """What was asked of a file, the limit as the preset or document says it, what was measured, and who says so."""

    what: str
    outcome: Outcome
    limit: str
    measured: str
    """Where the outcome is 'unchecked': why."""
    source: Source
    advice: str | None
    """What to do about it, where that is not obvious."""


@dataclass(frozen=True)
class Answer:
    """What was measured, in words, and what that means."""

    measured: str
    outcome: Outcome


_Part = TypeVar("_Part")
Look = Callable[[_Part], Answer | Unmeasured]


@dataclass(frozen=True)
class Check(Generic[_Part]):
    """A question, with all of the finding that is known before the answer is."""

    what: str
    limit: str
    source: Source
    look: Look[_Part]
    advice: str | None = None

    def answer(self, part: Measured[_Part]) -> Finding:
        """Return the finding for a part; one that was not measured is 'unchecked'."""
        found = part if isinstance(part, Unmeasured) else self.look(part)
        if isinstance(found, Unmeasured):
            return Finding(self.what, "unchecked", self.limit, found.reason, self.source, None)
        advice = None if found.outcome == "pass" else self.advice
        return Finding(self.what, found.outcome, self.limit, found.measured, self.source, advice)


def answer_all(checks: Iterable[Check[_Part]], part: Measured[_Part]) -> Iterator[Finding]:
    """Yield the findings of a part."""
    return (check.answer(part) for check in checks)


def by_rule(
    preset: PlatformPreset,
    rule: Rule,
    name: Callable[[_Part], str | Unmeasured],
    *,
    practice: Said | None = None,
    show: Callable[[_Part], str] | None = None,
) -> Check[_Part]:
    """Return the check of a rule: `name` gives the word that documents use, `show` more words for people."""
    said, source = _ruling(preset, rule, practice or rule.practice)

    def look(part: _Part) -> Answer | Unmeasured:
        word = name(part)
        if isinstance(word, Unmeasured):
            return word
        return Answer(word if show is None else show(part), _outcome(said, word))

    return Check(rule.what, str(said), source, look, rule.advice)


def by_limit(
    preset: PlatformPreset, what: str, limit: Limit, look: Look[_Part], *, unit: str = "", advice: str | None = None
) -> Check[_Part]:
    """Return the check of a preset's limit that `look` judges."""
    return Check(what, f"{show_limit(limit)} {unit}".rstrip(), preset.sources[limit.source], look, advice)


def by_range(
    preset: PlatformPreset,
    what: str,
    limit: Limit,
    value: Callable[[_Part], Fraction | int],
    show: Callable[[_Part], str],
    *,
    unit: str = "",
    advice: str | None = None,
) -> Check[_Part]:
    """Return the check of a preset's limit that has a minimum or maximum, or neither."""
    least, most = (exact_of(getattr(limit, end, None)) for end in ("min", "max"))

    def look(part: _Part) -> Answer:
        found = value(part)
        is_kept = (least is None or found >= least) and (most is None or found <= most)
        return Answer(show(part), "pass" if is_kept else "fail")

    return by_limit(preset, what, limit, look, unit=unit, advice=advice)


def decimal(value: Fraction | float, places: int = 3) -> str:
    """Return a number for people, without zeros that say nothing."""
    text = f"{float(value):.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ruling(preset: PlatformPreset, rule: Rule, practice: Said) -> tuple[Said, Source]:
    """Return what the first of a preset's documents that speaks of a rule says, else our practice."""
    for source in preset.sources.values():
        if source.url is not None and source.url in rule.said:
            return rule.said[source.url], source
    return practice, practice_of(rule)


def _outcome(said: Said, word: str) -> Outcome:
    if said.takes and word not in said.takes:
        return "fail"
    return "warn" if said.prefers and word not in said.prefers else "pass"
