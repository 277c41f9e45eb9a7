"""Holding a package against the rulebook: every finding, what it means, and the document that is kept beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pipeline.plan.hls.package import Package
from pipeline.plan.hls.rulebook import REVISION, RULES, SOURCE
from pipeline.plan.hls.rules import OUTCOMES, Finding, find

DOCUMENT_VERSION: Final = 2
"""Raise it whenever the document has another shape."""


@dataclass(frozen=True)
class Conformance:
    """What every rule found in a package."""

    where: str
    findings: tuple[Finding, ...]

    @property
    def failed_musts(self) -> tuple[Finding, ...]:
        """The findings for which a package must not be published."""
        return tuple(one for one in self.findings if one.outcome == "fail" and one.level == "MUST")

    @property
    def failed_shoulds(self) -> tuple[Finding, ...]:
        """The findings that a package should not have."""
        return tuple(one for one in self.findings if one.outcome == "fail" and one.level == "SHOULD")


def judge(package: Package) -> Conformance:
    """Ask every rule of the rulebook."""
    return Conformance(package.where, tuple(find(rule, package) for rule in RULES))


def document_of(conformance: Conformance) -> dict[str, Any]:
    """Return a conformance as JSON has it; equal packages have equal documents."""
    return {
        "version": DOCUMENT_VERSION,
        "rules": {"revision": REVISION, "source": SOURCE},
        "conforms": not conformance.failed_musts,
        "counts": {outcome: sum(one.outcome == outcome for one in conformance.findings) for outcome in OUTCOMES},
        "findings": [
            {
                "rule": one.number,
                "level": one.level,
                "title": one.title,
                "limit": one.limit,
                "outcome": one.outcome,
                "measured": one.measured,
                "places": [{"where": miss.where, "what": miss.what} for miss in one.places],
                "missed": one.missed,
            }
            for one in conformance.findings
        ],
    }
