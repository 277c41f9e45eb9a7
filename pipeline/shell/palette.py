"""The colours in which a film's pictures show its highlights, the same in each of them."""

from __future__ import annotations

from typing import Final

from pipeline.edit import MasterSpan
from pipeline.plan.highlights import Highlight
from pipeline.timebase import Span

# Okabe and Ito's colours, which colour-blind people tell apart as well, in an order that keeps neighbours far apart.
COLOURS: Final = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2")
GROUND: Final = "#15171a"
INK: Final = "#f2f2f0"
FAINT: Final = "#9aa0a6"
RULE: Final = "#3a3f45"
SECOND: Final = "#7d83b8"
"""For a second measure in a row: unlike every colour of a highlight."""

MOST_EXPLAINED: Final = 6
"""Highlights whose reasons a picture tells; more would leave no room for what they are about."""


def colour_of(number: int) -> str:
    """Return the colour of the highlight at a place in the list, the same in every picture."""
    return COLOURS[number % len(COLOURS)]


def spans_of(highlight: Highlight) -> tuple[Span, ...]:
    """Return the stretches of the film that a highlight shows."""
    return tuple(part.span for part in highlight.edit.parts if isinstance(part, MasterSpan))
