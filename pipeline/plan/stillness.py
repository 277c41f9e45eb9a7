"""How long a file has to be still before it has arrived: learnt from the gaps in which files on its drive grew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

DriveKind = Literal["local", "network"]

# Network file systems tell sizes late: NFS caches them for 3 to 60 s (nfs(5), acregmin and acregmax), SMB for 1 s.
LEAST_STILL_S: Final[dict[DriveKind, float]] = {"local": 2.0, "network": 10.0}
MOST_STILL_S: Final = 600.0
_GAPS: Final = 3
"""A file is still when it was so for this many times the longest gap."""
_FORGOTTEN: Final = 0.95
"""Of a longest gap, what is remembered after another one that was shorter: forty ordinary ones forget a bad hour."""


@dataclass(frozen=True)
class Pace:
    """How files on one drive grow."""

    kind: DriveKind = "local"
    gap_s: float = 0.0
    """The longest time between two growths of one file, of late."""
    least_s: float | None = None
    """Seconds for which a file has to be still at least; None for what drives of its kind ask for."""

    @property
    def still_s(self) -> float:
        """Seconds for which a file there has to be still."""
        least_s = LEAST_STILL_S[self.kind] if self.least_s is None else self.least_s
        return min(MOST_STILL_S, max(least_s, _GAPS * self.gap_s))

    def after(self, gap_s: float) -> Pace:
        """Return the pace once another gap was seen: a longer one counts at once, a shorter one slowly."""
        return replace(self, gap_s=min(MOST_STILL_S, max(gap_s, self.gap_s * _FORGOTTEN)))
