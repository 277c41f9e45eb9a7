"""Films whose sound begins or ends hard, and the fades that they get where they meet the silence of a card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.edit import Edit, MasterSpan, Part, Programme, SoundFades

HARD_DBFS: Final = Fraction(-60)
"""A film that is louder than this where it begins or ends is heard to be cut there.

Brought up by as much as a quiet film is, 20 dB, it stays within the step of -40 dBFS that a join may have.
"""
SOFT: Final = SoundFades(Fraction(1, 50), Fraction(1, 4))
"""Too short to take the attack of a first note, and long enough for the last one not to click."""


@dataclass(frozen=True)
class SoundEnds:
    """The loudest sample within a frame of AAC after a film's beginning and before its end, in dBFS."""

    first_dbfs: Fraction
    last_dbfs: Fraction

    def softened(self, fades: SoundFades = SOFT) -> SoundFades | None:
        """Return the fades that such a film needs; None where it begins and ends by itself."""
        needed = SoundFades(
            fades.in_s if self.first_dbfs > HARD_DBFS else Fraction(0),
            fades.out_s if self.last_dbfs > HARD_DBFS else Fraction(0),
        )
        return needed if needed.in_s or needed.out_s else None


def soften(edit: Edit, ends: Mapping[str, SoundEnds], fades: SoundFades = SOFT) -> Edit:
    """Return an edit of whole films in which those that begin or end hard are faded there; `ends` by their digests."""

    def softened(part: Part) -> Part:
        if not isinstance(part, MasterSpan) or part.master not in ends:
            return part
        needed = ends[part.master].softened(fades)
        programme = part.programme or Programme(edit.name)
        return part if needed is None else replace(part, programme=replace(programme, fades=needed))

    return replace(edit, parts=tuple(map(softened, edit.parts)))
