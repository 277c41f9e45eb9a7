"""Wait until people have given a verdict on every clip; the ledger holds the verdicts, this module only reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.shell.ledger import Ledger, VerdictEntry

if TYPE_CHECKING:
    from pipeline.cut import FilmResult

POLL_S = 5.0
LIMIT_S = 14 * 24 * 3600.0
"""Two weeks: longer than a festival's holiday, and a forgotten run ends some day."""


@dataclass(frozen=True)
class Candidate:
    """One clip that awaits a verdict: its name for people, the digest of its bytes, its platform, its region."""

    name: str
    digest: str
    platform: str
    region: str = ""
    """Nothing: all. A verdict for all counts where there is none for the region."""


def list_candidates(result: FilmResult) -> tuple[Candidate, ...]:
    """Return the clips of a finished film as what people give verdicts on."""
    return tuple(Candidate(clip.path.name, clip.sha256, clip.platform, result.region) for clip in result.clips)


def await_verdicts(
    candidates: tuple[Candidate, ...],
    ledger: Ledger,
    *,
    on_change: Callable[[tuple[Candidate, ...]], None],
    limit_s: float = LIMIT_S,
    poll_s: float = POLL_S,
) -> dict[Candidate, VerdictEntry]:
    """Return the newest verdict on each clip once all have one, else those given when the time is up.

    `on_change` is told which clips are still open, at first and whenever that changes.
    """
    deadline = time.monotonic() + limit_s
    told: tuple[Candidate, ...] | None = None
    while True:
        verdicts = read_verdicts(candidates, ledger)
        still_open = tuple(candidate for candidate in candidates if candidate not in verdicts)
        if still_open != told:
            on_change(still_open)
            told = still_open
        if not still_open or time.monotonic() >= deadline:
            return verdicts
        time.sleep(poll_s)


def read_verdicts(candidates: tuple[Candidate, ...], ledger: Ledger) -> dict[Candidate, VerdictEntry]:
    """Return the newest verdict on each clip that has one."""
    found = {c: ledger.verdict_for(digest=c.digest, platform=c.platform, region=c.region) for c in candidates}
    return {candidate: entry for candidate, entry in found.items() if entry is not None}
