"""One share of a job, made of those of its stages: looking at films, planning, and everything that is then made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EVERYTHING: Final = ": everything"
"""How the stage is called, after its kind, that says how many of all steps are made."""
_PREPARING: Final[Mapping[str, float]] = {
    "shots": 0.18, "films": 0.12, "highlights": 0.06, "framing": 0.06, "quality": 0.12, "fingerprints": 0.0,
}  # fmt: skip
"""Stages beside what is made, and their parts of a job's time; of several films, each has its own."""
_PREPARED: Final = 0.3
_MADE: Final = 0.97
"""What is made has to be put under its names, which no stage tells."""


class StageShares:
    """What the stages of one job have told so far; not to be asked by two threads at once."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}

    def take(self, stage: str, share: float) -> float:
        """Note that a stage is done to a share of 0 to 1, and return the share of the job."""
        self._stages[stage] = min(1.0, max(0.0, share))
        steps = {name: done for name, done in self._stages.items() if _kind(name) not in _PREPARING}
        made = [done for name, done in steps.items() if name.endswith(EVERYTHING)] or list(steps.values())
        if made:
            return _PREPARED + (_MADE - _PREPARED) * sum(made) / len(made)
        return min(_PREPARED, sum(part * self._prepared(kind) for kind, part in _PREPARING.items()))

    def _prepared(self, kind: str) -> float:
        found = [done for name, done in self._stages.items() if _kind(name) == kind]
        return sum(found) / len(found) if found else 0.0


def _kind(stage: str) -> str:
    return stage.rpartition(": ")[2]
