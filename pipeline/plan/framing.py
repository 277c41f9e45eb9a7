"""Framing → render views: a film's frames and pixels as shown become the output's frames and the stored pixels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.camera import CameraPath, Frame, Knot
from pipeline.facts import PictureFacts
from pipeline.framing import Area, FramedPanel, FramedStretch
from pipeline.graph import Panel, View, Window
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate, Span

Size = tuple[int, int]
"""Width and height in pixels."""
LEAST_FREEDOM_PX: Final = 6
"""Stored pixels that a moving window needs beside it; where there are fewer, it stands still."""


def picture_area(picture: PictureFacts) -> Area:
    """Return all of a film's picture as shown."""
    return _area(*picture.display_size)


@functools.lru_cache(maxsize=256)
def _area(width_px: int, height_px: int) -> Area:
    return Area(Fraction(0), Fraction(0), Fraction(width_px), Fraction(height_px))


def frames_of(span: Span, timeline: Timeline) -> tuple[int, int]:
    """Return the frames of a film that a span shows: the one on screen at its start, to the last before its end."""
    first = timeline.frame_at(span.start)
    return first, max(first + 1, timeline.frames_before(span.end))


def views_of(
    stretches: Sequence[FramedStretch],
    picture: PictureFacts,
    timeline: Timeline,
    *,
    size: Size,
    rate: FrameRate,
    start: Fraction,
    frames: int,
) -> tuple[View, ...]:
    """Return the views of some frames at a rate, from `start` (seconds of the film) on, in an output of a size.

    A stretch begins with the first output frame that shows a picture of it, as ffmpeg's fps filter rounds. One that
    gets no frame is left out.
    """

    def begin(stretch: FramedStretch) -> Fraction:
        return _begin(timeline.time_of(stretch.frames[0]) - start, picture.rate, rate)

    def shown(panel: FramedPanel, stretch: FramedStretch, first: int) -> Panel:
        if panel.path.is_still:
            return _still_panel(panel, rotated_size(picture), picture.display_size, size)
        late = max(Fraction(0), first - begin(stretch))
        path = _in_output_frames(panel.path, stretch, timeline, rate, late)
        return _panel(panel, rotated_size(picture), picture.display_size, size, path)

    bounds = [0, *(min(frames, max(0, begin(stretch).__ceil__())) for stretch in stretches[1:]), frames]
    return tuple(
        View(end - first, tuple(shown(panel, stretch, first) for panel in stretch.panels), stretch.ground)
        for stretch, (first, end) in zip(stretches, pairwise(bounds), strict=True)
        if end > first
    )


def rotated_size(picture: PictureFacts) -> Size:
    """Return width and height of the stored picture after the player's turn."""
    turned = picture.rotation_deg in (90, 270)
    return (picture.height_px, picture.width_px) if turned else (picture.width_px, picture.height_px)


def _begin(seconds: Fraction, natural: FrameRate, rate: FrameRate) -> Fraction:
    """Return where among output frames the picture stands that comes `seconds` after the in point.

    Between two frames where only every second picture or so is shown, and it is not; the frame after shows the next.
    """
    divisor = natural.fps / rate.fps
    if divisor.denominator == 1 and divisor > 1:
        return natural.nearest_frame(seconds) / divisor
    return Fraction(rate.nearest_frame(seconds))


# Most windows stand, and one for pictures and outputs of some sizes is seen in all pieces of all clips.
@functools.lru_cache(maxsize=256)
def _still_panel(panel: FramedPanel, stored: Size, shown: Size, size: Size) -> Panel:
    knot = panel.path.knots[0]
    return _panel(panel, stored, shown, size, CameraPath.still(knot.left_px, knot.top_px))


def _panel(panel: FramedPanel, stored: Size, shown: Size, size: Size, path: CameraPath) -> Panel:
    """Return a panel as an output of a size has it; `path` is its window's in frames of the output."""
    scale = Fraction(stored[0], shown[0]), Fraction(stored[1], shown[1])
    width = _even_within(panel.width_px * scale[0], stored[0])
    height = _even_within(panel.height_px * scale[1], stored[1])
    path = path.mapped(scale, (Fraction(0), Fraction(0)))
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


def _in_output_frames(
    path: CameraPath, stretch: FramedStretch, timeline: Timeline, rate: FrameRate, late: Fraction
) -> CameraPath:
    """Return the path in frames of a view that begins so many frames after its stretch.

    They are not rounded: at a changed rate, an even pan would stutter.
    """
    first = stretch.frames[0]
    began = timeline.time_of(first)
    knots: dict[Frame, Knot] = {}
    for knot in path.knots:
        frame = (timeline.time_of(first + int(knot.frame)) - began) * rate.fps - late
        knots[frame] = Knot(frame, knot.left_px, knot.top_px)
    return CameraPath(tuple(knots.values()))


def _within(path: CameraPath, room: tuple[int, int]) -> CameraPath:
    """Return a path that stays in the picture and stands only at even pixels, which need no interpolation."""
    lefts = _places([knot.left_px for knot in path.knots], room[0])
    tops = _places([knot.top_px for knot in path.knots], room[1])
    frames = [knot.frame for knot in path.knots]
    return CameraPath(tuple(Knot(*place) for place in zip(frames, lefts, tops, strict=True)))


def _places(places: list[Fraction], room: int) -> list[Fraction]:
    kept = [min(max(place, Fraction(0)), Fraction(room)) for place in places]
    if len(set(kept)) == 1 or room < LEAST_FREEDOM_PX:
        return [_resting(sum(kept, Fraction(0)) / len(kept), room)] * len(kept)
    around = zip([kept[0], *kept], kept, [*kept[1:], kept[-1]], strict=False)
    return [_resting(here, room) if here in (before, after) else here for before, here, after in around]


def _resting(place: Fraction, room: int) -> Fraction:
    return Fraction(min(_even(place), room // 2 * 2))


def _even(length: Fraction) -> int:
    return (length / 2 + Fraction(1, 2)).__floor__() * 2 if length > 0 else 0


def _even_within(length: Fraction, most: int) -> int:
    return max(2, min(round(length / 2) * 2, most // 2 * 2))
