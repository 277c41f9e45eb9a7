"""What part of a film's picture is shown, as values in the film's own frames and pixels; and the render views of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from pipeline.camera import CameraPath, Knot
from pipeline.facts import PictureFacts
from pipeline.graph import Panel, View, Window
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate, Span

BLUR: Final = "blur"
BLACK: Final = "#000000"
LEAST_FREEDOM_PX: Final = 6
"""Stored pixels that a moving window needs beside it; where there are fewer, it stands still."""


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


@dataclass(frozen=True)
class FramedPanel:
    """A window on the film's picture as shown, and the share of the output that it fills."""

    width_px: Fraction
    height_px: Fraction
    path: CameraPath
    """Of its top left corner, in frames of the film from the stretch's first on."""
    place: tuple[Fraction, Fraction, Fraction, Fraction]
    """Left, top, width and height as shares of the output."""


@dataclass(frozen=True)
class FramedStretch:
    """How one stretch of a film is shown: a shot, or as much of it as is used."""

    span: Span
    """Seconds since the film's first picture."""
    panels: tuple[FramedPanel, ...]
    """One, or two that share the output."""
    ground: str = BLACK
    why: str = ""
    """For people."""


Framing = tuple[tuple[FramedStretch, ...], ...]
"""For each part of a merged edit its stretches, in order and without gaps; none for a part that shows no film."""
_WHOLE: Final = (Fraction(0), Fraction(0), Fraction(1), Fraction(1))


def picture_area(picture: PictureFacts) -> Area:
    """Return all of a film's picture as shown."""
    width, height = picture.display_size
    return Area(Fraction(0), Fraction(0), Fraction(width), Fraction(height))


def filling(window: Area, path: CameraPath | None = None) -> FramedPanel:
    """Return the panel of a window that fills the output."""
    still = CameraPath.still(window.left_px, window.top_px)
    return FramedPanel(window.width_px, window.height_px, path or still, _WHOLE)


def fitting(window: Area, shape: Fraction, path: CameraPath | None = None) -> FramedPanel:
    """Return the panel of a window that is seen whole in an output of another shape, in its middle."""
    still = CameraPath.still(window.left_px, window.top_px)
    width, height = min(Fraction(1), window.shape / shape), min(Fraction(1), shape / window.shape)
    place = ((1 - width) / 2, (1 - height) / 2, width, height)
    return FramedPanel(window.width_px, window.height_px, path or still, place)


def centred(
    content: Area, span: Span, *, shape: Fraction, fit: Literal["crop", "pad"], ground: str = BLACK, why: str = ""
) -> FramedStretch:
    """Return a stretch framed in the middle: `crop` fills the output, `pad` shows everything on a ground."""
    panel = filling(content.largest(shape)) if fit == "crop" else fitting(content, shape)
    return FramedStretch(span, (panel,), ground, why)


def views_of(
    stretches: Sequence[FramedStretch],
    picture: PictureFacts,
    timeline: Timeline,
    *,
    size: tuple[int, int],
    rate: FrameRate,
    start: Fraction,
    frames: int,
) -> tuple[View, ...]:
    """Return the views of some frames at a rate, from `start` (seconds of the film) on, in an output of a size.

    A stretch begins with the first output frame that shows a picture of it, as ffmpeg's fps filter rounds. One that
    gets no frame is left out.
    """
    firsts = [_first_frame(stretch.span.start - start, picture.rate, rate) for stretch in stretches[1:]]
    bounds = [0, *(min(frames, max(0, first)) for first in firsts), frames]
    views = []
    for stretch, (first, end) in zip(stretches, pairwise(bounds), strict=True):
        if end > first:
            panels = tuple(_panel(panel, stretch, picture, timeline, size, rate) for panel in stretch.panels)
            views.append(View(end - first, panels, stretch.ground))
    return tuple(views)


def rotated_size(picture: PictureFacts) -> tuple[int, int]:
    """Return width and height of the stored picture after the player's turn."""
    turned = picture.rotation_deg in (90, 270)
    return (picture.height_px, picture.width_px) if turned else (picture.width_px, picture.height_px)


def _first_frame(seconds: Fraction, natural: FrameRate, rate: FrameRate) -> int:
    """Return the first output frame that shows the picture which comes `seconds` after the in point."""
    divisor = natural.fps / rate.fps
    if divisor.denominator == 1 and divisor > 1:
        return -(-natural.nearest_frame(seconds) // int(divisor))
    return rate.nearest_frame(seconds)


def _panel(
    panel: FramedPanel,
    stretch: FramedStretch,
    picture: PictureFacts,
    timeline: Timeline,
    size: tuple[int, int],
    rate: FrameRate,
) -> Panel:
    stored, shown = rotated_size(picture), picture.display_size
    scale = Fraction(stored[0], shown[0]), Fraction(stored[1], shown[1])
    width = _even_within(panel.width_px * scale[0], stored[0])
    height = _even_within(panel.height_px * scale[1], stored[1])
    path = _in_output_frames(panel.path.mapped(scale, (Fraction(0), Fraction(0))), stretch, timeline, rate)
    room = stored[0] - width, stored[1] - height
    left, top, across, down = (share * side for share, side in zip(panel.place, (*size, *size), strict=True))
    spot_width, spot_height = _even_within(across, size[0]), _even_within(down, size[1])
    return Panel(
        Window(width, height, _within(path, room)),
        min(_even(left), size[0] - spot_width),
        min(_even(top), size[1] - spot_height),
        spot_width,
        spot_height,
    )


def _in_output_frames(path: CameraPath, stretch: FramedStretch, timeline: Timeline, rate: FrameRate) -> CameraPath:
    first = timeline.frame_at(stretch.span.start)
    began = timeline.time_of(first)
    knots: dict[int, Knot] = {}
    for knot in path.knots:
        frame = rate.nearest_frame(timeline.time_of(first + knot.frame) - began)
        knots[frame] = Knot(frame, knot.left_px, knot.top_px)
    return CameraPath(tuple(knots.values()))


def _within(path: CameraPath, room: tuple[int, int]) -> CameraPath:
    """Return a path that stays in the picture; on an axis on which it does not move, at an even pixel."""
    lefts = _places([knot.left_px for knot in path.knots], room[0])
    tops = _places([knot.top_px for knot in path.knots], room[1])
    frames = [knot.frame for knot in path.knots]
    return CameraPath(tuple(Knot(*place) for place in zip(frames, lefts, tops, strict=True)))


def _places(places: list[Fraction], room: int) -> list[Fraction]:
    kept = [min(max(place, Fraction(0)), Fraction(room)) for place in places]
    if len(set(kept)) == 1 or room < LEAST_FREEDOM_PX:
        middle = sum(kept, Fraction(0)) / len(kept)
        return [Fraction(min(_even(middle), room // 2 * 2))] * len(kept)
    return kept


def _even(length: Fraction) -> int:
    return (length / 2 + Fraction(1, 2)).__floor__() * 2 if length > 0 else 0


def _even_within(length: Fraction, most: int) -> int:
    return max(2, min(round(length / 2) * 2, most // 2 * 2))
