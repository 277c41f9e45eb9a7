"""How a film stands, in plain words: the one thing that somebody should know of it, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pipeline.counting import counted
from pipeline.review.progress import told_share

if TYPE_CHECKING:
    from pipeline.shell.ledger import Verdict
    from pipeline.shell.runs import RunStatus
    from pipeline.watching.status import FilmStatus

Kind = Literal[
    "quarantined", "failed", "running", "to review", "partly reviewed", "missing", "arriving", "queued", "arrived",
    "analysed", "approved", "approved in part", "rejected",
]  # fmt: skip
ORDER: Final[tuple[Kind, ...]] = (
    "running", "to review", "partly reviewed", "quarantined", "failed", "missing", "arriving", "queued", "arrived",
    "analysed", "approved in part", "rejected", "approved",
)  # fmt: skip
"""What goes on, what waits for somebody, what is over."""
_NAMES: Final[dict[Kind, str]] = {"to review": "waiting for review", "partly reviewed": "waiting for review"}


@dataclass(frozen=True)
class Standing:
    """How a film stands."""

    kind: Kind
    told: str
    """What is to be known beside it; perhaps nothing."""
    remedy: str = ""
    share: float | None = None
    """How far it is, from 0 to 1, while it is being made."""

    @property
    def name(self) -> str:
        """How it is called."""
        return _NAMES.get(self.kind, self.kind)


def standing_of(
    *,
    verdicts: Sequence[Verdict | None],
    is_there: bool,
    is_studied: bool,
    arrival: FilmStatus | None,
    run: RunStatus | None = None,
) -> Standing:
    """Return how a film stands; `verdicts` has one for each of its clips, None where nobody gave one.

    `run` is what makes something of it just now.
    """
    if run is not None:
        return Standing("running", told_share(run), share=run.share)
    if arrival is not None and (now := _of_arrival(arrival, has_clips=bool(verdicts))) is not None:
        return now
    if verdicts:
        return _of_verdicts(verdicts)
    if not is_there:
        return Standing("missing", "It is not where it was.", "Put it back, or cut it where it is now.")
    if is_studied:
        return Standing("analysed", "Nothing was cut yet.", "matinee cut makes clips of it.")
    return Standing("arrived", "Nobody has looked into it yet.", "matinee cut makes clips of it.")


def _of_arrival(arrival: FilmStatus, *, has_clips: bool) -> Standing | None:
    """Return how a film of a watched folder stands; None where all is made, and what people say of it counts."""
    match arrival.standing:
        case "refused":
            return Standing("quarantined", arrival.why, arrival.remedy)
        case "failed":
            return Standing("failed", arrival.why, arrival.remedy or "matinee watch retry tries it again.")
        case "running":
            return Standing("running", f"{arrival.share:.0%} made", share=arrival.share)
        case "queued":
            return None if has_clips else Standing("queued", arrival.why or "Others come first.", arrival.remedy)
        case "waiting" | "checking":
            return Standing("arriving", arrival.why, arrival.remedy)
        case _:
            return None


def _of_verdicts(verdicts: Sequence[Verdict | None]) -> Standing:
    total = len(verdicts)
    given = [verdict for verdict in verdicts if verdict is not None]
    approved = sum(verdict == "approved" for verdict in given)
    counts = f"{approved} approved, {len(given) - approved} rejected"
    if not given:
        return Standing("to review", f"{counted(total, 'clip')} rendered")
    if len(given) < total:
        return Standing("partly reviewed", f"{total - len(given)} of {counted(total, 'clip')} left: {counts}")
    if approved == total:
        return Standing("approved", f"{'the clip' if total == 1 else f'all {total} clips'}")
    return Standing("approved in part", counts) if approved else Standing("rejected", counted(total, "clip"))
