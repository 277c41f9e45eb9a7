"""Verdicts of people on packages: on the master playlist, which names all that plays by its content."""

from __future__ import annotations

from typing import Final

from pipeline.errors import InputError
from pipeline.plan.publication import PackageContents
from pipeline.shell.ledger import Ledger, VerdictEntry
from pipeline.spelling import spelled

PLATFORM: Final = "hls"
"""What packages are for, where clips have a platform."""


def verdict_on(contents: PackageContents, ledger: Ledger) -> VerdictEntry | None:
    """Return the newest verdict on a package for its region, else for all regions."""
    return ledger.verdict_for(digest=contents.master.sha256, platform=PLATFORM, region=contents.region)


def refuse_rejected(contents: PackageContents, ledger: Ledger) -> None:
    """Raise InputError for a package that somebody rejected, by name and with the reason."""
    verdict = verdict_on(contents, ledger)
    if verdict is not None and verdict.verdict == "rejected":
        note = f": {spelled(verdict.note)}" if verdict.note else ""
        raise InputError(
            f"{_called(contents)} was rejected by {spelled(verdict.who)} on {verdict.at[:10]}{note}. "
            "Nothing was published.",
            remedy="Package it anew with what was wrong put right; or let matinee approve overrule it.",
        )


def refuse_unapproved(contents: PackageContents, ledger: Ledger) -> None:
    """Raise InputError for a package that nobody approved."""
    verdict = verdict_on(contents, ledger)
    if verdict is None or verdict.verdict != "approved":
        raise InputError(
            f"{_called(contents)} was approved by nobody. Nothing was published.",
            remedy="Watch it (matinee serve-package), then: matinee approve PACKAGE.",
        )


def _called(contents: PackageContents) -> str:
    region = f" for {spelled(contents.region)}" if contents.region else ""
    return f"{spelled(contents.title or 'The package')}{region} (master playlist {contents.master.sha256[:12]})"
