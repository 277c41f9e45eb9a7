"""Choose what part of the film's picture each shot shows in another shape: a window that stands, or that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from pipeline.facts import PictureFacts
from pipeline.framing import BLUR, Area, FramedPanel, FramedStretch, centred, filling, fitting
from pipeline.plan.axis import Axis
from pipeline.plan.edges import content_area
from pipeline.plan.following import Bounds, follow, stand
from pipeline.plan.framing import frames_of, picture_area
from pipeline.plan.layout import ButtonZone
from pipeline.plan.losses import Buttons, best_kept_share, kept_share, losses_of, trust_in
from pipeline.plan.shots import Timeline, Transition
from pipeline.plan.subjects import STEP, Sight, Subjects
from pipeline.plan.tracks import Track, trusted_tracks
from pipeline.styles import FramingStyle
from pipeline.timebase import Span

VERSION: Final = 1
"""Of the rules; raised when the same film would be framed otherwise."""

# Places of the window that are compared: so many steps for each that it may go in one moment.
_STEPS_PER_MOMENT: Final = 3
_MOST_PLACES: Final = 191
_LONGEST_STILL: Final = Fraction(3, 2)
# A window that stands and keeps so much more than a preset's minimum is taken, though subjects are far apart.
_CLEAR_OF_MINIMUM: Final = 0.15
_SAME_SHAPE: Final = Fraction(1, 100)
_NONE, _HALF, _ALL = Fraction(0), Fraction(1, 2), Fraction(1)
_STACKED: Final = ((_NONE, _NONE, _ALL, _HALF), (_NONE, _HALF, _ALL, _HALF))
_BESIDE: Final = ((_NONE, _NONE, _HALF, _ALL), (_HALF, _NONE, _HALF, _ALL))


@dataclass(frozen=True)
class Wish:
    """In what shape a film is wanted, and what lies over it there."""

    shape: Fraction
    """Width over height."""
    fit: Literal["crop", "pad"]
    """As the platform says."""
    style: FramingStyle
    zones: tuple[ButtonZone, ...] = ()
    """What buttons cover of an output of `size`."""
    size: tuple[int, int] = (1080, 1920)

    @property
    def ground(self) -> str:
        """What is seen where the picture is not."""
        return BLUR if self.style.padding == "blur" else self.style.padding_colour


def frame_span(
    subjects: Subjects,
    film: Sequence[Subjects],
    *,
    picture: PictureFacts,
    timeline: Timeline,
    transitions: Sequence[Transition],
    wish: Wish,
) -> tuple[FramedStretch, ...]:
    """Return how a stretch of a film is shown, shot by shot; `film` is what all stretches of the clip show.

    A dissolve, fade or wipe belongs half to either shot.
    """
    bars = [found for one in film for _, found in one.bars]
    stretches = []
    for span in shots_within(subjects.span, transitions, timeline):
        own = [found for time, found in subjects.bars if span.start <= time < span.end]
        content = content_area(picture, bars, own)
        sights = [sight for sight in subjects.sights if span.start <= sight.time < span.end]
        frames = frames_of(span, timeline)
        shot = _Shot(frames, span.duration, sights, content, picture_area(picture), timeline, wish)
        stretches.append(shot.framed())
    return tuple(stretches)


def shots_within(span: Span, transitions: Sequence[Transition], timeline: Timeline) -> tuple[Span, ...]:
    """Return the stretches that a span shows of different shots, in order, without gaps."""
    middles = (timeline.time_of((each.start_frame + each.end_frame) // 2) for each in transitions)
    ends = sorted({span.start, span.end, *(time for time in middles if span.start < time < span.end)})
    return tuple(Span(start, end) for start, end in pairwise(ends))


@dataclass(frozen=True)
class _Shot:
    """One shot that is to be framed."""

    frames: tuple[int, int]
    duration: Fraction
    sights: Sequence[Sight]
    content: Area
    picture: Area
    timeline: Timeline
    wish: Wish

    def framed(self) -> FramedStretch:
        wish, window = self.wish, self.content.largest(self.wish.shape)
        if window == self.content or abs(self.picture.shape / wish.shape - 1) < _SAME_SHAPE:
            # Black edges stay where the film was made so for this very shape.
            window = self.picture if window != self.content else window
            return FramedStretch(self.frames, (filling(window),), why="the picture has this shape")
        if wish.fit == "pad":
            return self._padded("the platform's preset asks for all of the picture")
        if not self.sights:
            return self._centred("nothing could be looked at")
        tracks, axis = trusted_tracks(self.sights), Axis.of(self.content, window, self.picture)
        if len(tracks) > 1 and self._are_apart(tracks, axis):
            return self._apart(tracks, axis)
        trust = trust_in(self.sights, axis)
        if not tracks and not trust:
            return self._centred("no subject is clear")
        return self._followed(tracks, axis, window, trust)

    def _centred(self, why: str) -> FramedStretch:
        return centred(self.content, self.frames, shape=self.wish.shape, fit="crop", why=f"in the middle: {why}")

    def _padded(self, why: str) -> FramedStretch:
        return centred(self.content, self.frames, shape=self.wish.shape, fit="pad", ground=self.wish.ground, why=why)

    def _followed(self, tracks: Sequence[Track], axis: Axis, window: Area, trust: float) -> FramedStretch:
        count = self._place_count(axis)
        buttons = Buttons.over(self.wish.zones, self.wish.size, axis=axis, window=window, picture=self.picture)
        losses = losses_of(self.sights, tracks, buttons, count=count, trust=trust)
        bounds = Bounds(_STEPS_PER_MOMENT, max(1, round(self.wish.style.pan_seconds_min / STEP)))
        way = follow(losses, bounds) if self.duration > _LONGEST_STILL else None
        places = (stand(losses) / (count - 1),) * len(self.sights)
        if way is not None:
            places = tuple(place / (count - 1) for place in way)
        middle = (0.5,) * len(self.sights)
        if tracks and kept_share(tracks, axis, places) < kept_share(tracks, axis, middle):
            return self._centred("it keeps the faces best")
        what = ("a face" if len(tracks) == 1 else "faces") if tracks else "what draws the eye"
        frames = [self._frame(sight) for sight in self.sights]
        path = axis.path(_knots(list(zip(frames, places, strict=True))))
        return FramedStretch(
            self.frames, (filling(window, path),), why=f"{'stands on' if path.is_still else 'follows'} {what}"
        )

    def _place_count(self, axis: Axis) -> int:
        """Return how many places are compared, an odd number, so that the middle is one of them."""
        reach = self.wish.style.pan_per_second_max * STEP * self.picture.width_px / axis.side_px
        return max(3, min(_MOST_PLACES, round(_STEPS_PER_MOMENT * axis.freedom / float(reach)))) | 1

    def _frame(self, sight: Sight) -> int:
        return self.timeline.frame_at(sight.time) - self.frames[0]

    def _are_apart(self, tracks: Sequence[Track], axis: Axis) -> bool:
        """Return whether a window, wherever it stands, would lose too much of the subjects."""
        kept = best_kept_share(tracks, axis, len(self.sights))
        return kept < float(self.wish.style.kept_fraction_min) + _CLEAR_OF_MINIMUM

    def _apart(self, tracks: Sequence[Track], axis: Axis) -> FramedStretch:
        style = self.wish.style
        if style.apart == "pad":
            return self._padded("all of the picture: subjects are far apart")
        if style.apart == "split" and (panels := self._split(tracks)) is not None:
            return FramedStretch(self.frames, panels, self.wish.ground, "two subjects, each in a half")
        heads = [axis.head(face) for track in tracks for _, face in track.faces]
        wide = axis.area(min(low for low, _ in heads), max(high for _, high in heads), self.content)
        if wide.shape <= self.wish.shape if axis.is_across else wide.shape >= self.wish.shape:
            wide = self.content  # heads that come and go; nothing wider than a crop holds them at once
        panel = fitting(wide, self.wish.shape)
        return FramedStretch(self.frames, (panel,), self.wish.ground, "wide enough for subjects that are far apart")

    def _split(self, tracks: Sequence[Track]) -> tuple[FramedPanel, ...] | None:
        """Return a half of the output for each of the two subjects that matter most, in their order in the picture."""
        is_stacked = self.wish.shape < 1
        halves = _STACKED if is_stacked else _BESIDE
        window = self.content.largest(self.wish.shape * (2 if is_stacked else Fraction(1, 2)))
        axis = Axis.of(self.content, window, self.picture)
        middles = sorted(_middle(track, axis) for track in tracks[:2])
        if axis.freedom <= 0 or middles[1] - middles[0] < axis.window / 2:
            return None
        places = [min(1.0, max(0.0, (at - axis.first - axis.window / 2) / axis.freedom)) for at in middles]
        return tuple(
            FramedPanel(window.width_px, window.height_px, axis.path([(0, place)]), spot)
            for place, spot in zip(places, halves, strict=True)
        )


def _middle(track: Track, axis: Axis) -> float:
    return sum(sum(axis.face(face)) / 2 for _, face in track.faces) / len(track.faces)


def _knots(places: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the places without those inside a stretch that stands still, and one for all that never moves."""
    if len({place for _, place in places}) == 1:
        return [(0, places[0][1])]
    kept = [places[0]]
    for before, here, after in zip(places, places[1:], places[2:], strict=False):
        if not before[1] == here[1] == after[1] and here[0] > kept[-1][0]:
            kept.append(here)
    return [*kept, places[-1]] if places[-1][0] > kept[-1][0] else kept
