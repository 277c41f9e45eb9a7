"""How many times films are enlarged where they are shown, and which windows on them more than a bound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from pipeline.edit import Edit, MasterSpan, merged
from pipeline.framing import FramedPanel, Framing

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Shown:
    """An edit, how it is framed, and the size of the picture that shows it."""

    edit: Edit
    framing: Framing
    """For the parts of the merged edit."""
    size: Size


@dataclass(frozen=True)
class Enlargement:
    """The smallest window on a master in pictures of one size, and how many times it is enlarged there."""

    master: str
    """Digest."""
    size: Size
    window: Size
    """Of the film's picture as shown, rounded to whole pixels."""
    times: Fraction


def enlargements(shown: Iterable[Shown], *, beyond: Fraction) -> tuple[Enlargement, ...]:
    """Return the largest enlargement of each master at each size, in order of appearance; only those above a bound."""
    found: dict[tuple[str, Size], Enlargement] = {}
    for one in shown:
        for part, stretches in zip(merged(one.edit).parts, one.framing, strict=True):
            if not isinstance(part, MasterSpan):
                continue
            for panel in (panel for stretch in stretches for panel in stretch.panels):
                times, before = enlarged(panel, one.size), found.get((part.master, one.size))
                if times > (beyond if before is None else before.times):
                    window = round(panel.width_px), round(panel.height_px)
                    found[part.master, one.size] = Enlargement(part.master, one.size, window, times)
    return tuple(found.values())


def enlarged(panel: FramedPanel, size: Size) -> Fraction:
    """Return how many times a panel's window is enlarged in a picture of a size; below 1 it is made smaller."""
    _, _, across, down = panel.place
    return max(across * size[0] / panel.width_px, down * size[1] / panel.height_px)
