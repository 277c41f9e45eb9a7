"""The letters on cards: which font draws which run of a line, in the order in which runs stand, and what they cover."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.plan.lines import Ink
from pipeline.plan.setting import Weight
from pipeline.shell.fonts import faces_for, font_file, font_packages
from pipeline.shell.typesetting import Typesetter

_Direction = Literal["left", "right"]
_STRONG: Final[Mapping[str, _Direction]] = {"L": "right", "R": "left", "AL": "left"}
"""Where letters read to, by their class in the bidirectional algorithm."""
_MIRRORED: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


@dataclass(frozen=True)
class FontRun:
    """Letters that one font draws."""

    text: str
    font: Path


@dataclass(frozen=True)
class FontPen:
    """What measures and sets text in the fonts of a language, whose files are made when text needs them."""

    fonts: Path
    language: str | None

    def ink(self, text: str, size_px: int, weight: Weight) -> Ink:
        """Return what a line covers."""
        return _ink(self, text, size_px, weight)

    def lacks(self, text: str) -> str | None:
        """Return the first character that no font has."""
        setter = _typesetter(self.fonts, "regular")
        return next((letter for letter in text if not setter.has(letter, self.language)), None)

    def runs(self, text: str, weight: Weight) -> tuple[FontRun, ...]:
        """Return the runs of a line as they stand from left to right.

        What one font draws is one run, and stays in its own order: what sets it puts letters from right to left itself.
        Raises PlanError where this machine's Pillow cannot join or order letters.
        """
        set_line = _typesetter(self.fonts, weight).set(text, self.language)
        faces = {face.name: face for face in faces_for(self.language, weight)}
        runs = [(run.text, font_file(faces[run.font], self.fonts)) for run in set_line.runs]
        if len(runs) < 2:
            return tuple(FontRun(*run) for run in runs)
        return from_left([(letter, font) for part, font in runs for letter in part])


def from_left(letters: Sequence[tuple[str, Path]]) -> tuple[FontRun, ...]:
    """Return the runs of a line of several fonts in the order in which they stand."""
    directions, base = _directions("".join(letter for letter, _ in letters))
    cells = [
        (letter, font, direction, direction == "left" and letter.isdigit())
        for (letter, font), direction in zip(letters, directions, strict=True)
    ]
    runs = []
    for (font, direction, _), cell in groupby(cells, key=lambda cell: cell[1:]):
        run = "".join(letter for letter, *_ in cell)
        # What has letters or digits is set in its own order by Raqm; marks alone would be set from the left.
        is_marks = direction == "left" and not any(letter.isalnum() for letter in run)
        runs.append((FontRun(run[::-1].translate(_MIRRORED) if is_marks else run, font), direction))
    return tuple(_as_they_stand(runs, base))


def advance(run: FontRun, size_px: int) -> int:
    """Return how far behind its start a run's successor starts."""
    length: float = _font(run.font, size_px).getlength(run.text)
    return round(length)


def ascent(run: FontRun, size_px: int) -> int:
    """Return how far above its baseline a run's font starts its lines."""
    up, _ = _font(run.font, size_px).getmetrics()
    return int(up)


@functools.cache
def describe_letters() -> str:
    """Return what draws letters, in words that go into keys; shapes of letters change with fonts and with Raqm."""
    from PIL import features

    packages = ", ".join(f"{name} {version(name)}" for name in font_packages())
    return f"{packages}, raqm {features.version('raqm')}"


def _directions(text: str) -> tuple[list[_Direction], _Direction]:
    """Return where each letter of a line reads to, and where the line does, by the Unicode bidirectional algorithm.

    Of UAX #9 without embeddings, which nobody types: numbers go with the letters before them, brackets with what is in
    them, and what has no direction as its neighbours agree, else as the line.
    """
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    strong: list[_Direction | None] = [_STRONG.get(kind) for kind in kinds]
    base: _Direction = next((one for one in strong if one is not None), "right")
    before = base
    for place, kind in enumerate(kinds):
        before = strong[place] or before
        if kind in ("EN", "AN"):
            strong[place] = before
    found: list[_Direction] = []
    for place, one in enumerate(strong):
        after = next((each for each in strong[place:] if each is not None), base)
        before = found[-1] if found else base
        found.append(one or (before if before == after else base))
    for opening, closing in _brackets(text):
        inside = [one for one in strong[opening + 1 : closing] if one is not None]
        outer = next((one for one in reversed(strong[:opening]) if one is not None), base)
        if inside:
            found[opening] = found[closing] = base if base in inside else outer
    return found, base


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a bracket opens and where it closes."""
    opened: list[int] = []
    for place, letter in enumerate(text):
        if letter in "([{":
            opened.append(place)
        elif letter in ")]}" and opened:
            yield opened.pop(), place


def _as_they_stand(runs: Sequence[tuple[FontRun, _Direction]], base: _Direction) -> Iterator[FontRun]:
    """Yield runs from left to right, from the order in which they are read."""
    ordered = runs if base == "right" else list(reversed(runs))
    for direction, group in groupby(ordered, key=lambda run: run[1]):
        yield from (run for run, _ in (group if direction == base else reversed(list(group))))


@functools.lru_cache(maxsize=8192)
def _ink(pen: FontPen, text: str, size_px: int, weight: Weight) -> Ink:
    boxes, start = [], 0
    for run in pen.runs(text, weight) if text else ():
        mask, (left, top) = _font(run.font, size_px).getmask2(run.text, anchor="ls")
        if (box := mask.getbbox()) is not None:
            boxes.append((start + left + box[0], top + box[1], start + left + box[2], top + box[3]))
        start += advance(run, size_px)
    if not boxes:
        return Ink(0, 0, 0, 0)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Ink(min(lefts), max(rights), -min(tops), max(bottoms))


@functools.cache
def _typesetter(fonts: Path, weight: Weight) -> Typesetter:
    return Typesetter(fonts, weight)


@functools.cache
def _font(path: Path, size_px: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), size_px)
