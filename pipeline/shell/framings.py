"""Framing files that people edit in a page: read, and written so that nobody's work is lost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.errors import ProjectError
from pipeline.framing import Framing
from pipeline.framingfile import FramedPart, framing_text, parse_framing
from pipeline.plan.keyframing import merged_framing
from pipeline.shell.projects import Version, read_text, save_text

_TRIES: Final = 20
"""Of writing a file that others write as well, before who writes is told."""


@dataclass(frozen=True)
class FramingRead:
    """How a clip is framed, and what the file was when that was read; None where there was none."""

    framing: Framing
    version: Version | None


@dataclass(frozen=True)
class FramingPlace:
    """Where the framing file of a clip is, and which clip it is for."""

    path: Path
    shape: Fraction
    parts: tuple[FramedPart, ...]


def read_framing(place: FramingPlace, found: Framing) -> FramingRead:
    """Return what a framing file says, `found` where there is none.

    Raises ProjectError for one that is wrong, OtherClipError for one that was made for another clip.
    """
    if not place.path.exists():
        return FramingRead(found, None)
    text, version = read_text(place.path)
    return FramingRead(parse_framing(text, path=place.path, shape=place.shape, parts=place.parts), version)


def save_framing(place: FramingPlace, mine: Framing, base: FramingRead) -> FramingRead:
    """Write a framing file and return what it says then; `base` is what was read before.

    Raises ProjectError (`conflict`, nothing written) where somebody changed the same shots meanwhile, and for windows
    that cannot be.
    """
    for _ in range(_TRIES):
        theirs = read_framing(place, base.framing)
        wanted = mine if theirs.framing == base.framing else merged_framing(base.framing, mine, theirs.framing)
        text, read = _checked(place, wanted)
        try:
            version = save_text(place.path, text, expected=theirs.version)
        except ProjectError as error:
            if not error.data.get("conflict"):
                raise
        else:
            return FramingRead(read, version)
    raise ProjectError(
        f"{place.path}: others write the file again and again.",
        remedy="Nothing was written. Try again in a moment.",
        path=str(place.path),
        conflict=True,
    )


def _checked(place: FramingPlace, framing: Framing) -> tuple[str, Framing]:
    """Return the text of a framing, and what it says. Raises ProjectError that names every fault."""
    text = framing_text(place.shape, list(zip(place.parts, framing, strict=True)))
    return text, parse_framing(text, path=place.path, shape=place.shape, parts=place.parts)
