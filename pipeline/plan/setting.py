"""What a line of text is once fonts are chosen: runs of one font each, and the room that it takes, in ems."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, Protocol

Weight = Literal["regular", "bold"]

ASCENT_EMS: Final = Fraction(4, 5)
"""How far above the baseline every font says that it reaches, whatever it does; so one letter size fits them all.

Below it is the rest of one em: libass hangs a line from there and scales by the sum of both, so a letter size is an em.
"""


@dataclass(frozen=True)
class Run:
    """Letters that one font draws."""

    font: str
    """Its family's name."""
    text: str


@dataclass(frozen=True)
class SetLine:
    """A line as fonts set it, measured from the start of its baseline in sizes of its letters."""

    runs: tuple[Run, ...]
    width_ems: float
    """How far the pen moves."""
    ink_left_ems: float
    """Where the first letter's ink starts: below 0 where it hangs over."""
    ink_right_ems: float
    above_ems: float
    """How far ink reaches above the baseline."""
    below_ems: float
    """How far it reaches below."""


class Setter(Protocol):
    """Fonts, to whoever plans with them."""

    def has(self, character: str, language: str | None) -> bool:
        """Return whether a font draws a character, or nothing has to be drawn for it."""

    def set(self, text: str, language: str | None) -> SetLine:
        """Return a line set in the fonts of a language, a BCP 47 tag."""
