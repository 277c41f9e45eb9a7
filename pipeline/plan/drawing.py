"""One frame of a clip as values that a browser draws: what of the proxy is seen where, captions, card and buttons.

They are read off the nodes that render the clip, so that both show the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pipeline.errors import PlanError
from pipeline.geometry import Box
from pipeline.graph import CardDrawing, FilmPicture, PictureEncode, PicturePart, StillPicture, View
from pipeline.plan.clips import Films
from pipeline.plan.layout import ButtonZone, Canvas, resized
from pipeline.plan.proxies import proxy_size
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate


@dataclass(frozen=True)
class ShownCaption:
    """Lines that are drawn over a clip's picture, on its canvas."""

    lines: tuple[str, ...]
    first_frame: int
    end_frame: int
    """The first frame of the clip at which they are gone."""
    box: Box


@dataclass(frozen=True)
class ClipDrawing:
    """All that the frames of a clip are drawn from."""

    pictures: tuple[PictureEncode, ...]
    """What its picture is joined from."""
    canvas: Canvas
    """What captions and buttons are laid out on."""
    zones: tuple[ButtonZone, ...]
    """What its platform's buttons cover of the canvas."""
    captions: tuple[ShownCaption, ...]
    cards: Mapping[str, CardDrawing]
    """What its stills show, by their keys."""
    films: Films

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return sum(picture.frames for picture in self.pictures)


@dataclass(frozen=True)
class DrawnPanel:
    """A window of a film's proxy, and where it lands in the clip's picture."""

    film: str
    """The film's digest."""
    frame: int
    """Picture of the film, counted from 0."""
    time: Fraction
    """When that is shown in the proxy, in seconds."""
    left_px: Fraction
    """Of the window, in pixels of the proxy; they need not be whole."""
    top_px: Fraction
    width_px: Fraction
    height_px: Fraction
    place: Box
    """In the clip's picture."""


@dataclass(frozen=True)
class DrawnFrame:
    """One frame of a clip."""

    width_px: int
    height_px: int
    ground: str
    """What is seen where no panel is: a colour, or 'blur', the picture itself."""
    panels: tuple[DrawnPanel, ...]
    """One or two; none for a card or black."""
    card: CardDrawing | None
    card_key: str | None
    """Of the card's picture in the store."""
    captions: tuple[ShownCaption, ...]
    """In pixels of the clip's picture."""
    zones: tuple[ButtonZone, ...]
    """Likewise."""


def drawn_frame(clip: ClipDrawing, frame: int) -> DrawnFrame:
    """Return what a frame of a clip shows. Raises PlanError for one that it does not have."""
    if not 0 <= frame < clip.frames:
        raise PlanError(f"The clip has frames 0 to {clip.frames - 1}; there is no frame {frame}.")
    node, part, views, at = _place(clip.pictures, frame)
    size = (node.width_px, node.height_px)
    panels: tuple[DrawnPanel, ...] = ()
    ground = "#000000"
    if isinstance(part, FilmPicture):
        view, into = _view(views, at)
        panels, ground = _panels(part, view, into, at, node.rate, clip.films), view.ground
    key = part.source if isinstance(part, StillPicture) else None
    return DrawnFrame(
        *size,
        ground=ground,
        panels=panels,
        card=None if key is None else clip.cards.get(key),
        card_key=key,
        captions=tuple(
            ShownCaption(one.lines, one.first_frame, one.end_frame, _brought(one.box, clip.canvas, size))
            for one in clip.captions
            if one.first_frame <= frame < one.end_frame
        ),
        zones=resized(
            Canvas(clip.canvas.width_px, clip.canvas.height_px, clip.zones), width_px=size[0], height_px=size[1]
        ).zones,
    )


def frame_document(drawn: DrawnFrame) -> dict[str, Any]:
    """Return a frame as JSON values; the time of a panel is exact text, its window decimals."""
    return {
        "width_px": drawn.width_px,
        "height_px": drawn.height_px,
        "ground": drawn.ground,
        "panels": [
            {
                "film": one.film,
                "frame": one.frame,
                "time": str(one.time),
                "window": [float(side) for side in (one.left_px, one.top_px, one.width_px, one.height_px)],
                "place": _sides(one.place),
            }
            for one in drawn.panels
        ],
        "card": drawn.card
        and {
            "key": drawn.card_key,
            "lines": list(drawn.card.lines),
            "design": drawn.card.design,
            "link": drawn.card.link,
            "ground": drawn.card.sheet.ground,
            "ink": drawn.card.sheet.ink,
        },
        "captions": [{"lines": list(one.lines), "box": _sides(one.box)} for one in drawn.captions],
        "zones": [{"platforms": list(zone.platforms), "box": _sides(zone.box)} for zone in drawn.zones],
    }


def shown_picture(part: FilmPicture, frame: int, rate: FrameRate, timeline: Timeline, start: Fraction) -> int:
    """Return which picture of a film is shown in a frame of a part that begins at `start`, seconds of the film.

    It is the last that is not later than the frame, as ffmpeg's fps filter rounds; of every n-th frame alone, that one.
    """
    divisor = part.rate.fps / rate.fps
    if divisor.denominator == 1 and divisor > 1:
        before = start + (frame * divisor + Fraction(1, 2)) / part.rate.fps
    else:
        before = start + (frame + Fraction(1, 2)) / rate.fps
    if timeline.ticks is None:
        found = (before * timeline.rate.fps).__ceil__() - 1
    else:
        found = bisect_left(timeline.ticks, before / timeline.tick) - 1
    return min(max(0, found), max(0, timeline.frame_count - 1))


def _place(pictures: Sequence[PictureEncode], frame: int) -> tuple[PictureEncode, PicturePart, tuple[View, ...], int]:
    """Return the node and the part that a frame of a clip is of, the part's views, and which frame of it that is."""
    for node in pictures:
        for part, views in zip(node.parts, node.views, strict=True):
            if frame < part.frames:
                return node, part, views, frame
            frame -= part.frames
    raise AssertionError("whoever asks has checked the clip's length")


def _view(views: Sequence[View], frame: int) -> tuple[View, int]:
    for view in views:
        if frame < view.frames:
            return view, frame
        frame -= view.frames
    raise AssertionError("views add up to their part's frames")


def _panels(
    part: FilmPicture, view: View, into: int, frame: int, rate: FrameRate, films: Films
) -> tuple[DrawnPanel, ...]:
    film = films[part.source]
    start = part.start - film.facts.picture.start
    shown = shown_picture(part, frame, rate, film.timeline, start)
    width, height = proxy_size(film.facts.picture)
    across, down = Fraction(width, part.width_px), Fraction(height, part.height_px)
    panels = []
    for panel in view.panels:
        left, top = panel.window.path.at(into)
        panels.append(
            DrawnPanel(
                film=film.digest,
                frame=shown,
                time=film.timeline.time_of(shown),
                left_px=left * across,
                top_px=top * down,
                width_px=panel.window.width_px * across,
                height_px=panel.window.height_px * down,
                place=Box(panel.left_px, panel.top_px, panel.width_px, panel.height_px),
            )
        )
    return tuple(panels)


def _brought(box: Box, canvas: Canvas, size: tuple[int, int]) -> Box:
    """Return a box of a canvas in a picture of its shape, rounded outwards."""
    zone = ButtonZone((), box)
    scaled = resized(Canvas(canvas.width_px, canvas.height_px, (zone,)), width_px=size[0], height_px=size[1])
    return scaled.zones[0].box


def _sides(box: Box) -> list[int]:
    return [box.left_px, box.top_px, box.width_px, box.height_px]
