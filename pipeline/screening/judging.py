"""What is found of one output of a block while it is judged: verdicts, and the keys of what remembers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pipeline.errors import VerifyFailed
from pipeline.plan.block_verdicts import Verdict, black_verdict, failures
from pipeline.plan.levelled import Levelled
from pipeline.shell.segment_edges import find_light_edges
from pipeline.shell.store import Artifact, Store

CARDS: Final = "cards"
"""What cards and gaps between films are called."""
_REMEDY: Final = (
    "It was not put down, and what was there before is as it was. Run the same command again; where the same is "
    "refused again, take the film that is named out of the block, and report it as a fault of ours."
)


@dataclass
class Judged:
    """Verdicts of a block's output, and the keys of what remembers them."""

    verdicts: list[Verdict] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)
    heard: dict[str, list[Levelled]] = field(default_factory=dict)
    """How the sounds of films came to their loudness, by the digests of their masters."""

    def refuse_failures(self, name: str) -> None:
        """Raise VerifyFailed where anything is not as it must be."""
        failed = failures(self.verdicts)
        if failed:
            error = VerifyFailed.of(name, failed)
            raise VerifyFailed(error.message, remedy=_REMEDY, **error.data)

    def hear(self, digest: str, levelled: Levelled | None) -> None:
        """Note how the sound of a film, which its master's digest names, came to its loudness, where that is known."""
        if levelled is not None:
            self.heard.setdefault(digest, []).append(levelled)

    def keep(self, *artifacts: Artifact) -> None:
        """Note what must not be removed from the store."""
        self.keys.update(dict.fromkeys(one.key for one in artifacts))


@dataclass
class Lights:
    """How light cards are where they meet something else, by the place of the join."""

    judged: Judged
    store: Store
    found: dict[str, int] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)
    """Places where black is planned."""

    def look(self, place: str, artifact: Artifact, init: bytes, side: int) -> None:
        """Note how light a card begins (`side` 0) or ends (1)."""
        edges, remembered = find_light_edges(artifact, init, self.store)
        self.judged.keep(remembered)
        self.found[place] = max(self.found.get(place, 0), edges[side])

    def verdict(self, name: str) -> Verdict:
        """Return whether cards are black there."""
        return black_verdict(name, self.found, planned=frozenset(self.planned))
