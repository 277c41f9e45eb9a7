"""How a film's frames are shown: windows cut out, moved by parts of a pixel, scaled, set side by side, grounded."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Final

from pipeline.argv.terms import Stream, numbered
from pipeline.camera import Frame, Piece
from pipeline.colour import conversion_filters, over_black
from pipeline.graph import FilmPicture, Panel, PictureEncode, PixelFormat, View

# Swscale's exact paths: the same pixels on every machine, chroma interpolated in full.
SCALE_FLAGS: Final = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
BT709: Final = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}
# A window that moves is cut out wider by this, at even pixels; what is left to move is interpolated.
_ROOM_PX: Final = 6
# ffmpeg reads the whole expression of a moving window again for each frame: longer ways are shown in parts.
_MOST_PIECES: Final = 48
_BLUR_SHRINK: Final = 16
_BLUR_SIGMA: Final = 2
_BLUR_LIGHT: Final = "0.65"


@dataclass(frozen=True)
class _Way:
    """Where the window of one panel is over a run of views."""

    panel: Panel
    across: tuple[Piece, ...]
    down: tuple[Piece, ...]
    moving: tuple[bool, bool]
    """Whether it moves along either axis, here or in other parts of its run."""

    @property
    def moves(self) -> bool:
        return any(self.moving)

    def part(self, first: int, end: int) -> _Way:
        """Return some frames of it, counted from their first."""
        across, down = (_part(pieces, first, end) for pieces in (self.across, self.down))
        return replace(self, across=across, down=down)


@dataclass(frozen=True)
class _Run:
    """Consecutive views that differ in nothing but where their windows are."""

    frames: int
    ways: tuple[_Way, ...]
    ground: str

    def parts(self) -> Iterator[_Run]:
        """Yield it in parts whose ways are short enough for expressions."""
        if all(len(way.across) + len(way.down) <= _MOST_PIECES for way in self.ways):
            yield self
            return
        starts = {math.ceil(piece.first_frame) for way in self.ways for piece in (*way.across, *way.down)}
        inside = sorted(start for start in starts if 0 < start < self.frames)
        if not inside:
            yield self
            return
        middle = inside[len(inside) // 2]
        for first, end in ((0, middle), (middle, self.frames)):
            ways = tuple(way.part(first, end) for way in self.ways)
            yield from _Run(end - first, ways, self.ground).parts()


def shown(stream: Stream, part: FilmPicture, views: Sequence[View], node: PictureEncode) -> Stream:
    """Return the frames of a part in the size and colour of a node's output, as its views say."""
    import ffmpeg

    runs = [run for _, alike in groupby(views, key=_shape) for run in _run(tuple(alike)).parts()]
    if len(runs) == 1:
        return _shown_run(stream, part, runs[0], node)
    copies, first, pieces = stream.filter_multi_output("split", len(runs)), 0, []
    for number, run in enumerate(runs):
        piece = copies[number].filter("trim", start_frame=first, end_frame=first + run.frames)
        pieces.append(_shown_run(numbered(piece, node.rate), part, run, node))
        first += run.frames
    return numbered(ffmpeg.concat(*pieces, v=1, a=0), node.rate)


def plain(stream: Stream, pixels: PixelFormat = "yuv420p") -> Stream:
    """Return the stream as every output has it: square pixels of one kind, tagged as BT.709."""
    return stream.filter("setsar", 1).filter("format", pixels).filter("setparams", **BT709)


def converted(stream: Stream, part: FilmPicture, width_px: int, height_px: int, flags: str = SCALE_FLAGS) -> Stream:
    """Return a film's pictures in BT.709 at a size; `flags` are swscale's."""
    filters = conversion_filters(part.colour, width_px=width_px, height_px=height_px, scale_flags=flags)
    for name, options in (*(over_black(part.colour) if part.alpha == "straight" else ()), *filters):
        stream = stream.filter(name, **options)
    # What the master says of its own light, captions and timecode would go into the clip, of which it is not true.
    return stream.filter("sidedata", mode="delete")


def _shape(view: View) -> tuple[object, ...]:
    panels = tuple(
        (p.window.width_px, p.window.height_px, p.left_px, p.top_px, p.width_px, p.height_px) for p in view.panels
    )
    return (panels, view.ground)


def _run(views: tuple[View, ...]) -> _Run:
    starts = [sum(view.frames for view in views[:number]) for number in range(len(views))]
    ways = []
    for number, panel in enumerate(views[0].panels):
        timed = [
            (start, view.frames, view.panels[number].window.path) for start, view in zip(starts, views, strict=True)
        ]
        across = tuple(p for start, frames, path in timed for p in _moved(path.across, start, frames))
        down = tuple(p for start, frames, path in timed for p in _moved(path.down, start, frames))
        moving = tuple(not all(piece.is_still for piece in pieces) for pieces in (across, down))
        ways.append(_Way(panel, across, down, (moving[0], moving[1])))
    return _Run(sum(view.frames for view in views), tuple(ways), views[0].ground)


def _moved(pieces: Sequence[Piece], start: int, frames: int) -> Iterator[Piece]:
    """Yield the pieces of the path of a view of so many frames, in frames of its run, in which it begins at `start`."""
    for number, piece in enumerate(pieces):
        # Where it stands from the first on, it does so from the view's first frame on.
        first = piece.first_frame if number or not piece.is_still else 0
        if number == 0 or first < frames:
            yield replace(piece, first_frame=first + start)


def _part(pieces: Sequence[Piece], first: int, end: int) -> tuple[Piece, ...]:
    """Return the pieces that hold from one frame to before another, counted from the first of these frames."""
    begun = _number_at(pieces, first)
    return tuple(piece.since(first) for piece in pieces[begun:] if piece is pieces[begun] or piece.first_frame < end)


def _shown_run(stream: Stream, part: FilmPicture, run: _Run, node: PictureEncode) -> Stream:
    import ffmpeg

    if len(run.ways) == 1:
        return _grounded(_panel(stream, part, run.ways[0], node.pixels), run, node)
    copies = stream.filter_multi_output("split", len(run.ways))
    panels = [_panel(copies[number], part, way, node.pixels) for number, way in enumerate(run.ways)]
    is_stacked = run.ways[0].panel.left_px == run.ways[1].panel.left_px
    stacked = ffmpeg.filter(panels, "vstack" if is_stacked else "hstack", inputs=len(panels))
    # Stacked pictures have the matrix and range of the first, but forget primaries and transfer.
    return stacked.filter("setparams", **BT709)


def _panel(stream: Stream, part: FilmPicture, way: _Way, pixels: PixelFormat) -> Stream:
    window, panel = way.panel.window, way.panel
    if way.moves:
        stream = _followed(stream, part, way)
        stream = stream.filter("scale", panel.width_px, panel.height_px, flags=SCALE_FLAGS)
    else:
        left, top = (_expression(pieces, "n") for pieces in (way.across, way.down))
        stream = stream.filter("crop", window.width_px, window.height_px, left, top, exact=1)
        stream = converted(stream, part, panel.width_px, panel.height_px)
    return plain(stream, pixels)


def _followed(stream: Stream, part: FilmPicture, way: _Way) -> Stream:
    """Return what a moving window shows, in BT.709, large enough to be brought to the panel's size.

    It is cut out at even pixels near the window, then moved the rest of the way by cubic interpolation: `perspective`
    knows 8 bits only, and counts frames from 1. Where nothing moves it is cut out exactly instead.
    """
    window, panel = way.panel.window, way.panel
    axes = (
        _Axis(way.across, window.width_px, part.width_px, panel.width_px, way.moving[0]),
        _Axis(way.down, window.height_px, part.height_px, panel.height_px, way.moving[1]),
    )
    moving = _moving(way, "n")
    stream = stream.filter("crop", axes[0].cut_px, axes[1].cut_px, axes[0].corner("n"), axes[1].corner("n"), exact=1)
    stream = plain(converted(stream, part, axes[0].cut_px * axes[0].finer, axes[1].cut_px * axes[1].finer))
    left, top = (axis.rest("(in-1)") for axis in axes)
    right, bottom = f"W+{left}", f"H+{top}"
    corners = {"x0": left, "y0": top, "x1": right, "y1": top, "x2": left, "y2": bottom, "x3": right, "y3": bottom}
    stream = stream.filter("perspective", **corners, interpolation="cubic", eval="frame", enable=moving)
    rest = [f"if({moving},0,{axis.rest('n')})" if axis.moves else "0" for axis in axes]
    return stream.filter("crop", *(axis.window_px * axis.finer for axis in axes), *rest, exact=1)


@dataclass(frozen=True)
class _Axis:
    """One side of a moving window: where it is, how long it is, and how long the picture is."""

    pieces: tuple[Piece, ...]
    window_px: int
    picture_px: int
    panel_px: int
    """How long the window comes to be."""
    moves: bool

    @property
    def finer(self) -> int:
        """How many times it is enlarged before it is moved.

        Between pixels of the film, interpolation softens: a slow pan would pulse, by an eighth of its finest detail.
        Between pixels half as large it does not, and where the window is made smaller nobody sees it.
        """
        return 2 if self.moves and self.panel_px > self.window_px else 1

    @property
    def cut_px(self) -> int:
        return self.window_px + (_ROOM_PX if self.moves else 0)

    def corner(self, time: str) -> str:
        """Return the expression of where the cut begins: two pixels before the window where the picture has them."""
        return self._corner(_expression(self.pieces, time)) if self.moves else _expression(self.pieces, time)

    def rest(self, time: str) -> str:
        """Return the expression of how far into the cut the window begins."""
        if not self.moves:
            return "0"
        # Ways are long: st() keeps what one comes to for the second place where it is needed.
        rest = f"(st(0,{_expression(self.pieces, time)})-{self._corner('ld(0)')})"
        return rest if self.finer == 1 else f"{self.finer}*{rest}"

    def _corner(self, place: str) -> str:
        return f"clip(2*floor({place}/2)-2,0,{(self.picture_px - self.cut_px) // 2 * 2})"


def _moving(way: _Way, time: str) -> str:
    """Return the expression that is 1 on the frames on which something moves, else 0."""
    axes = (way.across, way.down)
    firsts = sorted({piece.first_frame for pieces in axes for piece in pieces})
    moving = [any(not _piece_at(pieces, first).is_still for pieces in axes) for first in firsts]
    turns = [number for number in range(len(firsts)) if number == 0 or moving[number] != moving[number - 1]]
    return _expression([Piece(firsts[number], Fraction(moving[number])) for number in turns], time)


def _piece_at(pieces: Sequence[Piece], frame: Frame) -> Piece:
    return pieces[_number_at(pieces, frame)]


def _number_at(pieces: Sequence[Piece], frame: Frame) -> int:
    return max(0, bisect_right(pieces, frame, key=lambda piece: piece.first_frame) - 1)


def _expression(pieces: Sequence[Piece], time: str) -> str:
    """Return the place along one axis as an expression of the frame, its pieces found by halving."""
    if len(pieces) > 1:
        half = len(pieces) // 2
        before, after = _expression(pieces[:half], time), _expression(pieces[half:], time)
        return before if before == after else f"if(lt({time},{_number(pieces[half].first_frame)}),{before},{after})"
    piece = pieces[0]
    if piece.is_still:
        return _number(piece.start)
    t = f"({time}-{_number(piece.first_frame)})" if piece.first_frame else time
    start, slope, bend, twist = (_number(term) for term in (piece.start, piece.slope, piece.bend, piece.twist))
    return f"({start}+{t}*({slope}+{t}*({bend}+{t}*{twist})))"


def _number(value: Frame) -> str:
    """Return a decimal of nine places: a path of a thousand frames is still true to a thousandth of a pixel."""
    scaled = round(value * 10**9)
    whole, part = divmod(abs(scaled), 10**9)
    text = f"{'-' if scaled < 0 else ''}{whole}.{part:09}"
    return text.rstrip("0").rstrip(".")


def _grounded(stream: Stream, run: _Run, node: PictureEncode) -> Stream:
    """Return a panel on its ground, in the output's size."""
    import ffmpeg

    panel, size = run.ways[0].panel, (node.width_px, node.height_px)
    if (panel.width_px, panel.height_px) == size:
        return stream
    if run.ground != "blur":
        return plain(stream.filter("pad", *size, panel.left_px, panel.top_px, color=run.ground), node.pixels)
    copies = stream.filter_multi_output("split", 2)
    # The middle of the panel in the output's shape, made tiny, blurred and large again: a blur for next to nothing.
    shape = Fraction(*size)
    width = min(panel.width_px, int(panel.height_px * shape / 2) * 2)
    height = min(panel.height_px, int(panel.width_px / shape / 2) * 2)
    tiny = [max(2, round(Fraction(side, _BLUR_SHRINK) / 2) * 2) for side in size]
    ground = copies[0].filter("crop", width, height).filter("scale", *tiny, flags="area+accurate_rnd+bitexact")
    ground = ground.filter("gblur", sigma=_BLUR_SIGMA).filter("scale", *size, flags="bicubic+accurate_rnd+bitexact")
    ground = ground.filter("lutyuv", y=f"16+(val-16)*{_BLUR_LIGHT}")
    return plain(ffmpeg.overlay(ground, copies[1], x=panel.left_px, y=panel.top_px, format="yuv420"), node.pixels)
