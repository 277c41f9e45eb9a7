"""What part of a film's picture is shown, as values in the film's own frames and pixels."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from pipeline.camera import CameraPath
from pipeline.values import hashed_once

BLUR: Final = "blur"
BLACK: Final = "#000000"
Place = tuple[Fraction, Fraction, Fraction, Fraction]
"""Left, top, width and height as shares of the output."""


@hashed_once
@dataclass(frozen=True)
class Area:
    """A rectangle of the film's picture as shown, in square pixels; exact, since windows need not be whole."""

    left_px: Fraction
    top_px: Fraction
    width_px: Fraction
    height_px: Fraction

    @property
    def shape(self) -> Fraction:
        """Width over height."""
        return self.width_px / self.height_px

    def largest(self, shape: Fraction) -> Area:
        """Return the largest area of a shape within this one, in its middle."""
        if self.shape > shape:
            return self.middle(self.height_px * shape, self.height_px)
        return self.middle(self.width_px, self.width_px / shape)

    def middle(self, width_px: Fraction, height_px: Fraction) -> Area:
        """Return the area of a size in the middle of this one."""
        left, top = self.left_px + (self.width_px - width_px) / 2, self.top_px + (self.height_px - height_px) / 2
        return Area(left, top, width_px, height_px)


@hashed_once
@dataclass(frozen=True)
class FramedPanel:
    """A window on the film's picture as shown, and the share of the output that it fills."""

    width_px: Fraction
    height_px: Fraction
    path: CameraPath
    """Of its top left corner, in frames of the film from the stretch's first on."""
    place: Place


@hashed_once
@dataclass(frozen=True)
class FramedStretch:
    """How one stretch of a film is shown: a shot, or as much of it as is used."""

    frames: tuple[int, int]
    """First frame of the film, and the frame after the last."""
    panels: tuple[FramedPanel, ...]
    """One, or two that share the output."""
    ground: str = BLACK
    why: str = ""
    """For people."""


Framing = tuple[tuple[FramedStretch, ...], ...]
"""For each part of a merged edit its stretches, in order and without gaps; none for a part that shows no film."""
_NONE, _HALF, _ALL = Fraction(0), Fraction(1, 2), Fraction(1)
PLACES: Final[Mapping[str, Place]] = {
    "all": (_NONE, _NONE, _ALL, _ALL),
    "top": (_NONE, _NONE, _ALL, _HALF),
    "bottom": (_NONE, _HALF, _ALL, _HALF),
    "left": (_NONE, _NONE, _HALF, _ALL),
    "right": (_HALF, _NONE, _HALF, _ALL),
}
"""Where a panel may fill its share of an output, by name."""


def filling(window: Area, path: CameraPath | None = None) -> FramedPanel:
    """Return the panel of a window that fills the output."""
    still = CameraPath.still(window.left_px, window.top_px)
    return FramedPanel(window.width_px, window.height_px, path or still, PLACES["all"])


def fitting(window: Area, shape: Fraction) -> FramedPanel:
    """Return the panel of a window that stands, and is seen whole in an output of another shape, in its middle."""
    still = CameraPath.still(window.left_px, window.top_px)
    return FramedPanel(window.width_px, window.height_px, still, middle_place(window.shape, shape))


def middle_place(window: Fraction, shape: Fraction) -> Place:
    """Return the place in an output of a shape at which a window of another shape is seen whole, in the middle."""
    width, height = min(Fraction(1), window / shape), min(Fraction(1), shape / window)
    return (1 - width) / 2, (1 - height) / 2, width, height


def centred(
    content: Area,
    frames: tuple[int, int],
    *,
    shape: Fraction,
    fit: Literal["crop", "pad"],
    ground: str = BLACK,
    why: str = "",
) -> FramedStretch:
    """Return a stretch framed in the middle: `crop` fills the output, `pad` shows everything on a ground."""
    return FramedStretch(frames, (_middle_panel(content, shape, fit),), ground, why)


# One for a film and the shape of an output, in all pieces of all clips.
@functools.lru_cache(maxsize=256)
def _middle_panel(content: Area, shape: Fraction, fit: Literal["crop", "pad"]) -> FramedPanel:
    """Return the panel of what is seen in the middle of an output, see `centred`."""
    return filling(content.largest(shape)) if fit == "crop" else fitting(content, shape)
