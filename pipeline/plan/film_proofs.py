"""How what was made of a film shows its master, as a value: what was compared, and which pictures are others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

BOUND: Final = 0.2
"""Pictures that are more unlike than this are not the same.

Of Big Buck Bunny in 416×234 at CRF 34 the most unlike of 597 pictures was at 0.06, 99 of 100 within 0.006; of pairs of
pictures that lie ten seconds or more apart 99 of 100 were beyond 0.22, and half beyond 0.99. Of seven other clips, HLG
that was tone-mapped and one of a phone among them, the most unlike picture was at 0.13.
"""
UNSURE: Final = 0.02
CLEARLY: Final = 4
"""A picture that is more unlike its own than `UNSURE`, and so many times more like one shortly before or after it."""
FLAT: Final = 3.0
"""A picture whose light varies less, of 255, shows nothing that could be told."""


@dataclass(frozen=True)
class Miss:
    """A picture that is not the film's."""

    time: Fraction
    """Seconds of the film."""
    unlike: float


@dataclass(frozen=True)
class FilmProof:
    """What comparing pictures of a film with its master gave."""

    pictures: int
    telling: int
    """Those that show something."""
    farthest: float
    """How unlike the master's the most unlike of them is, 0 to 2."""
    misses: tuple[Miss, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> FilmProof:
        """Return what `document` was made of."""
        misses = tuple(Miss(Fraction(time), unlike) for time, unlike in document["misses"])
        return cls(document["pictures"], document["telling"], document["farthest"], misses)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "pictures": self.pictures,
            "telling": self.telling,
            "farthest": self.farthest,
            "misses": [[str(miss.time), miss.unlike] for miss in self.misses],
        }
