"""Where the film's own faces and lettering come to stand in a clip's picture, in seconds of the clip and pixels."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from pipeline.framing import FramedPanel, FramedStretch
from pipeline.geometry import Box
from pipeline.plan.features import FaceBox
from pipeline.plan.layout import Canvas
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import Patch, Sight, Subjects
from pipeline.plan.tracks import trusted_tracks
from pipeline.timebase import Span

VERSION: Final = 1
"""Of the rules; raised when the same framing would put things elsewhere."""
Kind = Literal["face", "lettering"]
# What is seen of a face that is mostly cut away is no face that buttons could cover.
_LEAST_SEEN: Final = 0.25
# Boxes that move by less than this share of the picture's width are taken for one that stands.
_STILL: Final = Fraction(1, 40)


@dataclass(frozen=True)
class OnScreen:
    """One face or row of lettering while it stands in one place."""

    kind: Kind
    number: int
    """Which one it is in the clip: a face keeps its number while it moves."""
    span: Span
    """Seconds of the clip."""
    box: Box


def on_screen(
    parts: Iterable[tuple[Fraction, Subjects, Sequence[FramedStretch], Timeline, tuple[int, int]]], canvas: Canvas
) -> tuple[OnScreen, ...]:
    """Return where what a clip's parts show stands on a canvas, in order of time.

    Each part: when it begins in the clip, what it shows, how that is framed, its film's timeline, and the size of the
    film's picture as shown.
    """
    found: list[OnScreen] = []
    for begin, subjects, stretches, timeline, picture in parts:
        for stretch in stretches:
            stage = _Stage.of(stretch, subjects, timeline, canvas, picture, begin)
            number = found[-1].number + 1 if found else 0
            found += (one for group in stage.groups(number) for one in _merged(group, canvas))
    return tuple(sorted(found, key=lambda one: (one.span.start, one.number)))


def on_screen_to_json(found: Sequence[OnScreen]) -> str:
    """Return compact JSON from which `on_screen_from_json` gives back an equal value."""
    rows = [
        [one.kind, one.number, str(one.span.start), str(one.span.end), one.box.left_px, one.box.top_px,
         one.box.width_px, one.box.height_px]
        for one in found
    ]  # fmt: skip
    return json.dumps({"version": VERSION, "seen": rows}, separators=(",", ":"))


@functools.lru_cache(maxsize=32)  # clips of one shape share theirs
def on_screen_from_json(text: str) -> tuple[OnScreen, ...]:
    """Read `on_screen_to_json`'s text. Raises ValueError for anything else, other versions included."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise ValueError(f"this is not what is on screen, of version {VERSION}")
    return tuple(
        OnScreen(kind, number, Span(Fraction(start), Fraction(end)), Box(*box))
        for kind, number, start, end, *box in document["seen"]
    )


@dataclass(frozen=True)
class _Stage:
    """One stretch of a clip with what its film shows."""

    stretch: FramedStretch
    sights: Sequence[Sight]
    end: Fraction
    """Seconds of the film."""
    timeline: Timeline
    canvas: Canvas
    picture: tuple[int, int]
    shift: Fraction
    """From seconds of the film to seconds of the clip."""

    @classmethod
    def of(
        cls,
        stretch: FramedStretch,
        subjects: Subjects,
        timeline: Timeline,
        canvas: Canvas,
        picture: tuple[int, int],
        begin: Fraction,
    ) -> _Stage:
        start, end = (timeline.time_of(frame) for frame in stretch.frames)
        end = min(end, subjects.span.end)
        sights = [sight for sight in subjects.sights if start <= sight.time < end]
        return cls(stretch, sights, end, timeline, canvas, picture, begin - subjects.span.start)

    def groups(self, number: int) -> Iterator[list[OnScreen]]:
        """Yield each face and row of lettering in all its places, numbered from `number` on."""
        for track in trusted_tracks(self.sights):
            seen = [self._placed("face", number, place, face) for place, face in track.faces]
            yield [one for ones in seen for one in ones]
            number += 1
        # Rows of lettering are believed as faces are: where they are seen again.
        looked = [place for place, sight in enumerate(self.sights) if sight.letters is not None]
        rows = [replace(self.sights[place], faces=_as_boxes(self.sights[place].letters)) for place in looked]
        for track in trusted_tracks(rows):
            seen = [self._placed("lettering", number, looked[place], row) for place, row in track.faces]
            yield [one for ones in seen for one in ones]
            number += 1

    def _placed(self, kind: Kind, number: int, place: int, thing: FaceBox) -> Iterator[OnScreen]:
        sight, later = self.sights[place], self.sights[place + 1 :]
        # Each sight looks for faces, not each for lettering.
        again = next((one.time for one in later if kind == "face" or one.letters is not None), self.end)
        frame = self.timeline.frame_at(sight.time) - self.stretch.frames[0]
        for panel in self.stretch.panels:
            box = self._box(thing, panel, frame)
            if box is not None:
                yield OnScreen(kind, number, Span(sight.time, again).moved(self.shift), box)

    def _box(self, thing: FaceBox, panel: FramedPanel, frame: int) -> Box | None:
        """Return where something stands on the canvas; None where too little of it is seen."""
        left, top = (float(place) for place in panel.path.at(frame))
        width, height = float(panel.width_px), float(panel.height_px)
        edges = (
            (thing.x * self.picture[0] - left) / width,
            (thing.y * self.picture[1] - top) / height,
            ((thing.x + thing.width) * self.picture[0] - left) / width,
            ((thing.y + thing.height) * self.picture[1] - top) / height,
        )
        seen = [min(1.0, max(0.0, edge)) for edge in edges]
        area = (edges[2] - edges[0]) * (edges[3] - edges[1])
        if area <= 0 or (seen[2] - seen[0]) * (seen[3] - seen[1]) < _LEAST_SEEN * area:
            return None
        spot = [float(share) for share in panel.place]
        x = [round((spot[0] + edge * spot[2]) * self.canvas.width_px) for edge in (seen[0], seen[2])]
        y = [round((spot[1] + edge * spot[3]) * self.canvas.height_px) for edge in (seen[1], seen[3])]
        return Box(x[0], y[0], x[1] - x[0], y[1] - y[0]) if x[1] > x[0] and y[1] > y[0] else None


def _as_boxes(rows: Sequence[Patch] | None) -> tuple[FaceBox, ...]:
    return tuple(FaceBox(row.x, row.y, row.width, row.height, 0.0) for row in rows or ())


def _merged(places: Iterable[OnScreen], canvas: Canvas) -> Iterator[OnScreen]:
    """Yield places with those that follow one another and hardly differ made one, as large as all of them."""
    held: OnScreen | None = None
    for one in places:
        if (
            held is not None
            and held.span.end == one.span.start
            and _moved(held.box, one.box) <= _STILL * canvas.width_px
        ):
            held = replace(held, span=Span(held.span.start, one.span.end), box=_around(held.box, one.box))
            continue
        if held is not None:
            yield held
        held = one
    if held is not None:
        yield held


def _moved(one: Box, other: Box) -> int:
    edges = (
        one.left_px - other.left_px,
        one.top_px - other.top_px,
        one.right_px - other.right_px,
        one.bottom_px - other.bottom_px,
    )
    return max(abs(edge) for edge in edges)


def _around(one: Box, other: Box) -> Box:
    left, top = min(one.left_px, other.left_px), min(one.top_px, other.top_px)
    right, bottom = max(one.right_px, other.right_px), max(one.bottom_px, other.bottom_px)
    return Box(left, top, right - left, bottom - top)
