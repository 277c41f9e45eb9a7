"""Break the words of a caption into lines that fit, and what is too long for one screen into several."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from pipeline.plan.phrases import Break, breaks, breaks_inside, letters

Load = Callable[[str], float]
"""A line → how much of the room for a line it takes; up to 1 it fits."""
Lines = tuple[str, ...]

# A line that starts so goes on with another speaker, or is an item of its own.
_TURN: Final = re.compile(r"[-‐‑–—―•*♪♫#]\s?\S|>>|\S[^:]{0,20}:\s")
_WIDE_END: Final = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]$")
_WIDE_START: Final = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# How much a break's cost counts against lines of even length, as a share of a line.
_COST: Final = 0.25
# How much it counts against screens of even length, as a share of a screen: sentences are kept whole first.
_SCREEN_COST: Final = 0.3
# What a break costs between two speakers, and where a caption's author broke the line.
_SPEAKER: Final = -1.0
_AUTHORS: Final = 0.3
_MOST_SCREENS: Final = 400
# Spaces at the ends of lines vanish, so that a little fewer screens may do than lengths say.
_TIGHT: Final = 0.9


def screens(lines: Lines, load: Load, *, lines_max: int, language: str | None) -> tuple[Lines, ...]:
    """Return the lines of a caption as they are shown one after another, each time at most `lines_max` that fit.

    Lines stay as their author broke them where they fit. Else they are broken anew, evenly and where a phrase ends,
    and shared out over as few screens as hold them. A line that no break makes fit has one letter.
    """
    if len(lines) <= lines_max and all(load(line) <= 1 for line in lines):
        return (lines,)
    text, authors = _joined(lines)
    places = _places(text, authors, load, language)
    fewest = int(load(text.replace("\n", " ")) / lines_max * _TIGHT)
    for count in range(max(1, fewest), min(len(places), _MOST_SCREENS) + 2):
        wrapped = [_wrapped(text, span, places, load, lines_max) for span in _parts(text, places, count)]
        found = tuple(one for one in wrapped if one is not None)
        if len(found) == len(wrapped):
            return found
    return tuple((text[start:end].strip(),) for start, end in _between(text, places) if text[start:end].strip())


def _joined(lines: Lines) -> tuple[str, frozenset[int]]:
    """Return one text and where its author broke it; only where somebody else goes on does the line still break."""
    text, authors = lines[0], []
    for line in lines[1:]:
        if _TURN.match(line):
            text += "\n"
        else:
            text += "" if _WIDE_END.search(text) and _WIDE_START.match(line) else " "
        authors.append(len(text))
        text += line
    return text, frozenset(authors)


def _places(text: str, authors: frozenset[int], load: Load, language: str | None) -> tuple[Break, ...]:
    """Return where a text may break: between words, between speakers at no cost, in words that are too long."""
    places: list[Break] = []
    start = 0
    for turn in text.split("\n"):
        if start:
            places.append(Break(start, _SPEAKER))
        usual = breaks(turn, language)
        for word_start, word_end in pairwise([0, *(place.at for place in usual), len(turn)]):
            if word_end - word_start > 1 and load(turn[word_start:word_end].strip()) > 1:
                places += (Break(start + at.at, at.cost) for at in breaks_inside(turn, word_start, word_end))
        places += (Break(start + place.at, place.cost) for place in usual)
        start += len(turn) + 1
    told = (replace(place, cost=min(place.cost, _AUTHORS)) if place.at in authors else place for place in places)
    return tuple(sorted(told, key=lambda place: place.at))


def _parts(text: str, places: Sequence[Break], count: int) -> Iterator[tuple[int, int]]:
    """Yield where parts of about the same length start and end, a text being parted where it costs least."""
    lengths = [letters(text[: place.at]) for place in places]
    share = letters(text) / count
    start, first = 0, 0
    for number in range(1, count):
        rest = range(first, len(places) - (count - 1 - number))
        aim = number * share
        best = min(rest, key=lambda k: abs(lengths[k] - aim) / share + _SCREEN_COST * places[k].cost)
        yield start, places[best].at
        start, first = places[best].at, best + 1
    yield start, len(text)


def _wrapped(text: str, span: tuple[int, int], places: Sequence[Break], load: Load, lines_max: int) -> Lines | None:
    """Return a part of a text in lines that fit, as even as phrases allow; None where they are too many."""
    start, end = span
    turns = tuple(text[start:end].strip().split("\n"))
    if len(turns) <= lines_max and all(load(turn) <= 1 for turn in turns):
        return turns
    if len(turns) > 1 or lines_max < 2:
        return None
    best: tuple[float, Lines] | None = None
    for place in (place for place in places if start < place.at < end):
        above, below = text[start : place.at].strip(), text[place.at : end].strip()
        one, other = load(above), load(below)
        if max(one, other) <= 1:
            cost = abs(one - other) + _COST * place.cost
            best = min(best, (cost, (above, below))) if best is not None else (cost, (above, below))
    return None if best is None else best[1]


def _between(text: str, places: Sequence[Break]) -> Iterable[tuple[int, int]]:
    return pairwise([0, *(place.at for place in places), len(text)])
