"""What windows show: which faces are whole in them and clear of buttons, how they move, and how far two agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final, Literal, Self

from pipeline.framing import Area, FramedPanel, FramedStretch
from pipeline.geometry import Box
from pipeline.plan.features import FaceBox
from pipeline.plan.layout import ButtonZone, covered_share

Edges = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of the picture or of the output."""
Windows = tuple[tuple[Edges, Edges], ...]
"""What an output shows at one time: for each panel its window in the picture, and its place in the output."""
Way = Literal["follows", "stands", "centred", "padded", "split"]

_WHOLE_OUTPUT: Final[Edges] = (0.0, 0.0, 1.0, 1.0)
_PLACES: Final = 41
# Rounding of floats; a thousandth of a pixel of any film.
_SLACK: Final = 1e-6
# Less of a face than this is nothing that a window would have to go elsewhere for.
_LEAST_GAIN: Final = 0.01


@dataclass(frozen=True)
class _Summed:
    """Numbers that add up, field by field."""

    def __add__(self, other: Self) -> Self:
        """Return both together."""
        return type(self)(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Kept(_Summed):
    """What one way of cropping keeps of some faces."""

    whole: int = 0
    """Faces that are whole in the picture."""
    held: int = 0
    """Those of them that were seen when one window could have held all faces."""
    hidden: float = 0.0
    """How much is cut off or under buttons, in faces."""


@dataclass(frozen=True)
class UnderButtons(_Summed):
    """How much of some faces buttons cover, in faces, when both crops show all whole and another window shows more."""

    faces: int = 0
    ours: float = 0.0
    centre: float = 0.0
    least: float = 0.0
    """What no window that shows all whole goes below."""


@dataclass(frozen=True)
class Tally(_Summed):
    """What our windows and the centre crop keep of the same faces."""

    faces: int = 0
    beyond: int = 0
    """Faces seen when one window could not have held all."""
    ours: Kept = Kept()
    centre: Kept = Kept()
    buttons: UnderButtons = UnderButtons()

    @property
    def holdable(self) -> int:
        """Faces seen when one window could have held all."""
        return self.faces - self.beyond


@dataclass(frozen=True)
class Output:
    """What a crop is made for: the largest window of its shape in the picture, and what buttons cover of it."""

    window: tuple[float, float]
    """Width and height as shares of the picture."""
    size: tuple[int, int]
    """Of the output, in pixels, as `zones` has it."""
    zones: tuple[ButtonZone, ...] = ()


def windows_at(stretches: Sequence[FramedStretch], frame: int, picture: Area) -> Windows:
    """Return what is shown at a frame of the film; nothing where no stretch has it."""
    for stretch in stretches:
        if stretch.frames[0] <= frame < stretch.frames[1]:
            return tuple(
                (_window_of(panel, frame - stretch.frames[0], picture), _place_of(panel)) for panel in stretch.panels
            )
    return ()


def edges_of(face: FaceBox) -> Edges:
    """Return where a face is."""
    return face.x, face.y, face.x + face.width, face.y + face.height


def tally(faces: Sequence[FaceBox], ours: Windows, centre: Windows, output: Output) -> Tally:
    """Judge both crops by the faces of one picture."""
    boxes = [edges_of(face) for face in faces]
    beyond = 0 if _fit(boxes, output.window) else len(boxes)
    return Tally(
        len(boxes),
        beyond,
        _kept(boxes, ours, output, is_counted=not beyond),
        _kept(boxes, centre, output, is_counted=not beyond),
        _under_buttons(boxes, ours, centre, output),
    )


def is_whole(face: Edges, windows: Windows) -> bool:
    """Return whether one of the windows shows all of a face."""
    return any(
        all(window[side] <= face[side] + _SLACK for side in (0, 1))
        and all(face[side] <= window[side] + _SLACK for side in (2, 3))
        for window, _ in windows
    )


def agreement(windows: Windows, marked: Edges) -> float:
    """Return overlap over union of what is shown and a marked part of the picture, 0 to 1; panels do not overlap."""
    shared = sum(_area(_common(window, marked)) for window, _ in windows)
    union = sum(_area(window) for window, _ in windows) + _area(marked) - shared
    return shared / union if union > 0 else 0.0


def way_of(stretch: FramedStretch, picture: Area) -> Way:
    """Return how a shot is shown: its window follows, stands, stands in the middle, or is no crop."""
    if len(stretch.panels) > 1:
        return "split"
    (panel,) = stretch.panels
    if _place_of(panel) != _WHOLE_OUTPUT:
        return "padded"
    if not panel.path.is_still:
        return "follows"
    left, top, right, bottom = _window_of(panel, 0, picture)
    off = max(abs(left + right - 1) * float(picture.width_px), abs(top + bottom - 1) * float(picture.height_px)) / 2
    return "centred" if off <= 1 else "stands"


@dataclass(frozen=True)
class Motion(_Summed):
    """How windows move from picture to picture, in the shots in which they do; in widths of the film's picture."""

    speeds: tuple[float, ...] = ()
    accelerations: tuple[float, ...] = ()
    """Second differences."""


def motion_of(stretches: Sequence[FramedStretch], picture: Area) -> Motion:
    """Return how the windows of some stretches move; across a cut nothing moves."""
    speeds: list[float] = []
    accelerations: list[float] = []
    for stretch in stretches:
        for panel in stretch.panels:
            if panel.path.is_still:
                continue
            places = [panel.path.at(frame) for frame in range(stretch.frames[1] - stretch.frames[0])]
            for side in zip(*places, strict=True):
                steps = [float((after - before) / picture.width_px) for before, after in pairwise(side)]
                speeds += [abs(step) for step in steps]
                accelerations += [abs(after - before) for before, after in pairwise(steps)]
    return Motion(tuple(speeds), tuple(accelerations))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values, 0 to 1, does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _kept(faces: Sequence[Edges], windows: Windows, output: Output, *, is_counted: bool) -> Kept:
    whole = sum(is_whole(face, windows) for face in faces)
    hidden = 0.0
    for face in faces:
        seen, covered = _seen(face, windows, output)
        hidden += 1 - seen + covered
    return Kept(whole, whole if is_counted else 0, hidden)


def _under_buttons(faces: Sequence[Edges], ours: Windows, centre: Windows, output: Output) -> UnderButtons:
    """Return nothing where no window that shows all faces whole has less of them under buttons than the centre."""
    if not output.zones or not all(is_whole(face, windows) for face in faces for windows in (ours, centre)):
        return UnderButtons()
    mine, middle = (_covered(faces, windows, output) for windows in (ours, centre))
    least = min(
        (_covered(faces, one, output) for one in _anywhere(output) if all(is_whole(face, one) for face in faces)),
        default=middle,
    )
    if least > middle - _LEAST_GAIN * len(faces):
        return UnderButtons()
    return UnderButtons(len(faces), mine, middle, least)


def _anywhere(output: Output) -> Iterator[Windows]:
    """Yield the window of an output at every place along the side on which it is free."""
    width, height = output.window
    for number in range(_PLACES):
        left, top = ((1 - side) * number / (_PLACES - 1) for side in (width, height))
        yield (((left, top, left + width, top + height), _WHOLE_OUTPUT),)


def _covered(faces: Sequence[Edges], windows: Windows, output: Output) -> float:
    return sum(_seen(face, windows, output)[1] for face in faces)


def _seen(face: Edges, windows: Windows, output: Output) -> tuple[float, float]:
    """Return how much of a face the panel that shows most of it shows, and how much of the face buttons cover there."""
    best = (0.0, 0.0)
    for window, place in windows:
        shown = _common(face, window)
        seen = _area(shown) / max(_SLACK**2, _area(face))
        if seen > best[0]:
            best = seen, seen * float(covered_share(_in_output(shown, window, place, output.size), output.zones))
    return best


def _in_output(part: Edges, window: Edges, place: Edges, size: tuple[int, int]) -> Box:
    """Return where a part of the picture lands in the output, to the pixel."""
    sides = []
    for low, high, pixels in ((0, 2, size[0]), (1, 3, size[1])):
        scale = (place[high] - place[low]) / (window[high] - window[low])
        ends = [round((place[low] + (part[side] - window[low]) * scale) * pixels) for side in (low, high)]
        sides.append((ends[0], max(1, ends[1] - ends[0])))
    (left, width), (top, height) = sides
    return Box(left, top, width, height)


def _fit(faces: Sequence[Edges], window: tuple[float, float]) -> bool:
    return all(
        max(face[side + 2] for face in faces) - min(face[side] for face in faces) <= window[side] + _SLACK
        for side in (0, 1)
    )


def _window_of(panel: FramedPanel, frame: int, picture: Area) -> Edges:
    left, top = panel.path.at(frame)
    right, bottom = left + panel.width_px, top + panel.height_px
    across, down = picture.width_px, picture.height_px
    return float(left / across), float(top / down), float(right / across), float(bottom / down)


def _place_of(panel: FramedPanel) -> Edges:
    left, top, width, height = panel.place
    return float(left), float(top), float(left + width), float(top + height)


def _common(one: Edges, other: Edges) -> Edges:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    return left, top, max(left, min(one[2], other[2])), max(top, min(one[3], other[3]))


def _area(edges: Edges) -> float:
    return (edges[2] - edges[0]) * (edges[3] - edges[1])
