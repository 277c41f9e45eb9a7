"""A picture → the pieces that it is joined from: where some stills are shown by one clip alone, or it takes long.

It is parted between groups of pictures, where a keyframe stands anyway: joined, the pieces have the keyframes that the
picture has in one piece, so that platforms share as much as they would of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import lcm

from pipeline.camera import CameraPath
from pipeline.graph import FilmPicture, PictureEncode, PicturePart, StillPicture, View
from pipeline.plan.clips import Films, seek_before

Frames = tuple[int, int]
"""The first frame of some, and the one after their last."""


def parted(
    node: PictureEncode, stills: Collection[str], films: Films, captioned: Sequence[Frames] = ()
) -> tuple[PictureEncode, ...]:
    """Return pieces of a picture, in order: the groups that show some of `stills`, given by key, and all others.

    `captioned` are the frames in which its captions are drawn; a piece without any goes without captions.
    """
    interval = node.encoder.keyframe_interval_frames
    shown = tuple(_frames_of(node, stills))
    if not shown:
        return (node,)
    starts = range(0, node.frames, interval)
    groups = [(start, min(node.frames, start + interval)) for start in starts]
    pieces = []
    for _, run in groupby(groups, key=lambda group: any(_overlap(group, one) for one in shown)):
        alike = tuple(run)
        pieces.append(_piece(node, (alike[0][0], alike[-1][1]), films, captioned))
    return tuple(pieces) if len(pieces) > 1 else (node,)


def chunked(node: PictureEncode, most_frames: int, films: Films) -> tuple[PictureEncode, ...]:
    """Return pieces of a picture, in order, that several processes encode: of about some frames, and alike in length.

    Each but the last is whole groups of pictures, and whole seconds where these are whole frames.
    """
    count = -(-node.frames // most_frames)
    fps, interval = node.rate.fps, node.encoder.keyframe_interval_frames
    step = lcm(interval, fps.numerator) if fps.denominator == 1 else interval
    length = -(-node.frames // count // step) * step
    starts = range(0, node.frames, length)
    if len(starts) < 2:
        return (node,)
    return tuple(_piece(node, (start, min(node.frames, start + length)), films, ()) for start in starts)


def _frames_of(node: PictureEncode, stills: Collection[str]) -> Iterator[Frames]:
    at = 0
    for part in node.parts:
        if isinstance(part, StillPicture) and part.source in stills:
            yield at, at + part.frames
        at += part.frames


def _piece(node: PictureEncode, frames: Frames, films: Films, captioned: Sequence[Frames]) -> PictureEncode:
    """Return what encodes some frames of a picture as it shows them."""
    parts: list[PicturePart] = []
    views: list[tuple[View, ...]] = []
    at = 0
    for part, of_part in zip(node.parts, node.views, strict=True):
        within = (max(frames[0], at) - at, min(frames[1], at + part.frames) - at)
        if within[0] < within[1]:
            parts.append(_part_of(part, within, node, films))
            views.append(tuple(_views_of(of_part, within)))
        at += part.frames
    captions = node.captions
    if captions is not None:
        is_seen = any(_overlap(frames, one) for one in captioned)
        captions = replace(captions, first_frame=captions.first_frame + frames[0]) if is_seen else None
    return replace(node, parts=tuple(parts), views=tuple(views), captions=captions)


def _part_of(part: PicturePart, frames: Frames, node: PictureEncode, films: Films) -> PicturePart:
    count = frames[1] - frames[0]
    if not isinstance(part, FilmPicture) or not frames[0]:
        return replace(part, frames=count)
    start = part.start + node.rate.time_of(frames[0])
    return replace(part, frames=count, start=start, seek=seek_before(films[part.source].facts, start))


def _views_of(views: Sequence[View], frames: Frames) -> Iterator[View]:
    at = 0
    for view in views:
        first, end = max(frames[0], at) - at, min(frames[1], at + view.frames) - at
        if first < end:
            panels = tuple(
                replace(panel, window=replace(panel.window, path=_since(panel.window.path, first)))
                for panel in view.panels
            )
            yield replace(view, frames=end - first, panels=panels)
        at += view.frames


def _since(path: CameraPath, frame: int) -> CameraPath:
    """Return a path with frames counted from one of its own on; a window that stands still needs no count."""
    if path.is_still or not frame:
        return path
    return CameraPath(tuple(replace(knot, frame=knot.frame - frame) for knot in path.knots))


def _overlap(one: Frames, other: Frames) -> bool:
    return one[0] < other[1] and other[0] < one[1]
