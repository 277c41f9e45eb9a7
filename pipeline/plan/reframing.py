"""Choose what part of the film's picture each shot shows in another shape: a window that stands, or that follows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final, Literal

from pipeline.camera import CameraPath
from pipeline.facts import PictureFacts
from pipeline.framing import BLUR, PLACES, Area, FramedPanel, FramedStretch, centred, filling, fitting
from pipeline.plan.axis import Axis
from pipeline.plan.easing import Pace, eased
from pipeline.plan.edges import content_area
from pipeline.plan.following import Losses, follow, is_worth_moving, stand
from pipeline.plan.framing import frames_of, picture_area
from pipeline.plan.layout import ButtonZone
from pipeline.plan.losses import Buttons, kept_share, losses_of, steadied, trust_in
from pipeline.plan.shots import Timeline, Transition
from pipeline.plan.subjects import STEP, Sight, Spread, Subjects
from pipeline.plan.tracks import Track, trusted_tracks
from pipeline.styles import FramingStyle
from pipeline.timebase import Span

VERSION: Final = 6
"""Of the rules; raised when the same film would be framed otherwise."""

# Places of the window that are compared: so many steps for what it may go in one moment, and no more in all.
_STEPS_PER_MOMENT: Final = 3
_MOST_STEPS: Final = 190
# Ways are chosen a little slower than they may be gone: rounding them off makes them faster here and there.
_OF_SPEED: Final = Fraction(9, 10)
# How much longer than gathering speed takes a way is averaged, so that it comes out no rougher.
_ROUNDING: Final = Fraction(3, 2)
# What a movement costs, in losses of one sight (1: a face that is gone); more where no face says what is meant.
_SETTING_OUT: Final = 0.3
_SETTING_OUT_FOR_EYES: Final = 1.0
_LONGEST_STILL: Final = Fraction(3, 2)
# One window has to keep so much more than a preset's minimum to be taken where there are several subjects.
_CLEAR_OF_MINIMUM: Final = 0.15
_ROUGHLY: Final = 1e-6
_SAME_SHAPE: Final = Fraction(1, 100)
_STACKED: Final = (PLACES["top"], PLACES["bottom"])
_BESIDE: Final = (PLACES["left"], PLACES["right"])


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
        frames = frames_of(span, timeline)

        def shows(stamp: Fraction, frames: tuple[int, int] = frames) -> bool:
            return frames[0] <= timeline.picture_at(stamp) < frames[1]

        content = content_area(picture, bars, [found for time, found in subjects.bars if shows(time)])
        sights = [sight for sight in subjects.sights if shows(sight.time)]
        shot = _Shot(frames, span.duration, sights, content, picture_area(picture), timeline, wish)
        stretches.append(shot.framed())
    return tuple(stretches)


def shots_within(span: Span, transitions: Sequence[Transition], timeline: Timeline) -> tuple[Span, ...]:
    """Return the stretches that a span shows of different shots, in order, without gaps."""
    middles = (timeline.time_of((each.start_frame + each.end_frame) // 2) for each in transitions)
    ends = sorted({span.start, span.end, *(time for time in middles if span.start < time < span.end)})
    return tuple(Span(start, end) for start, end in pairwise(ends))


@dataclass(frozen=True)
class _Grid:
    """Places of a window that are compared, even steps over its freedom; their number is even: the middle is one."""

    steps: int
    reach: int
    """Steps that it may go from one sight to the next; 0: it cannot go so slowly."""

    @classmethod
    def over(cls, axis: Axis, pixels_per_moment: Fraction) -> _Grid:
        """Return the grid of an axis for a window that may go so many pixels in a moment."""
        share = float(pixels_per_moment * _OF_SPEED / axis.side_px) / axis.freedom
        steps = max(1, min(_MOST_STEPS // 2, math.ceil(_STEPS_PER_MOMENT / share / 2))) * 2
        return cls(steps, min(_STEPS_PER_MOMENT, int(share * steps + _ROUGHLY)))


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
        if wish.style.window == "middle":
            return self._centred("the style asks for it")
        if not self.sights:
            return self._centred("nothing could be looked at")
        tracks, axis = trusted_tracks(self.sights), Axis.of(self.content, window, self.picture)
        spreads = steadied([axis.spread(sight) for sight in self.sights])
        trust = trust_in(spreads, axis)
        if not tracks and not trust:
            return self._centred("no subject is clear")
        crop, kept = self._cropped(tracks, axis, window, spreads, trust)
        if len(tracks) > 1 and kept < float(self.wish.style.kept_fraction_min) + _CLEAR_OF_MINIMUM:
            return self._apart(tracks, axis, kept)
        return crop

    def _centred(self, why: str) -> FramedStretch:
        return centred(self.content, self.frames, shape=self.wish.shape, fit="crop", why=f"in the middle: {why}")

    def _padded(self, why: str) -> FramedStretch:
        return centred(self.content, self.frames, shape=self.wish.shape, fit="pad", ground=self.wish.ground, why=why)

    def _cropped(
        self, tracks: Sequence[Track], axis: Axis, window: Area, spreads: Sequence[Spread], trust: float
    ) -> tuple[FramedStretch, float]:
        """Return the stretch in one window, and the share of the faces that it keeps: no less than in the middle."""
        grid = _Grid.over(axis, self._speed * STEP)
        buttons = Buttons.over(self.wish.zones, self.wish.size, axis=axis, window=window, picture=self.picture)
        losses = losses_of(spreads, tracks, buttons, count=grid.steps + 1, trust=trust)
        what = ("a face" if len(tracks) == 1 else "faces") if tracks else "what draws the eye"
        least = kept_share(tracks, axis, self._always(0.5))
        moving = self._moving(losses, axis, grid, _SETTING_OUT if tracks else _SETTING_OUT_FOR_EYES)
        if moving is not None and (kept := kept_share(tracks, axis, moving[1])) >= least:
            return FramedStretch(self.frames, (filling(window, moving[0]),), why=f"follows {what}"), kept
        still = stand(losses) / grid.steps
        if (kept := kept_share(tracks, axis, self._always(still))) < least:
            return self._centred("it keeps the faces best"), least
        return FramedStretch(self.frames, (filling(window, axis.standing(still)),), why=f"stands on {what}"), kept

    def _always(self, place: float) -> tuple[float, ...]:
        return (place,) * len(self.sights)

    def _moving(
        self, losses: Losses, axis: Axis, grid: _Grid, setting_out: float
    ) -> tuple[CameraPath, list[float]] | None:
        """Return a path that shows clearly more than standing does, and its place at each sight."""
        if self.wish.style.window != "follow" or self.duration <= _LONGEST_STILL or not grid.reach:
            return None
        way = [axis.pixel(place / grid.steps) for place in follow(losses, reach=grid.reach, setting_out=setting_out)]
        rate, seconds = self.timeline.rate.fps, self.wish.style.pan_seconds_min
        pace = Pace(self._speed / rate, self._speed / (seconds * rate**2))
        frames = [self.timeline.picture_at(sight.time) for sight in self.sights]
        # Times rather than frames: where the rate varies, frames of the film are not even in time.
        times = [self.timeline.time_of(frame) * rate for frame in frames]
        knots = eased(times, way, pace, moments=max(2, round(_ROUNDING * seconds / STEP)))
        if knots is None:
            return None
        in_time = axis.path([(times[moment], corner) for moment, corner in knots])
        places = [axis.place(in_time, time) for time in times]
        if not is_worth_moving(losses, [place * grid.steps for place in places], setting_out=setting_out):
            return None
        return axis.path([(frames[moment] - self.frames[0], corner) for moment, corner in knots]), places

    @property
    def _speed(self) -> Fraction:
        """Pixels per second that a window may go."""
        return self.wish.style.pan_per_second_max * self.picture.width_px

    def _apart(self, tracks: Sequence[Track], axis: Axis, kept: float) -> FramedStretch:
        """Return the stretch as the style shows subjects that are too far apart for the window that keeps most."""
        style = self.wish.style
        if style.apart == "pad":
            return self._padded("all of the picture: subjects are far apart")
        if style.apart == "split" and (panels := self._split(tracks, kept)):
            return FramedStretch(self.frames, panels, self.wish.ground, "two subjects, each in a half")
        heads = [axis.head(face) for track in tracks for _, face in track.faces]
        wide = axis.area(min(low for low, _ in heads), max(high for _, high in heads), self.content)
        if wide.shape <= self.wish.shape if axis.is_across else wide.shape >= self.wish.shape:
            wide = self.content  # heads that come and go; nothing wider than a crop holds them at once
        panel = fitting(wide, self.wish.shape)
        return FramedStretch(self.frames, (panel,), self.wish.ground, "wide enough for subjects that are far apart")

    def _split(self, tracks: Sequence[Track], kept: float) -> tuple[FramedPanel, ...]:
        """Return a half of the output for each of the two subjects that matter most, in their order in the picture.

        None where they would overlap, or where that keeps less than one window does.
        """
        is_stacked = self.wish.shape < 1
        halves = _STACKED if is_stacked else _BESIDE
        window = self.content.largest(self.wish.shape * (2 if is_stacked else Fraction(1, 2)))
        axis = Axis.of(self.content, window, self.picture)
        middles = sorted(_middle(track, axis) for track in tracks[:2])
        if axis.freedom <= 0 or middles[1] - middles[0] < axis.window / 2:
            return ()
        places = [min(1.0, max(0.0, (at - axis.first - axis.window / 2) / axis.freedom)) for at in middles]
        if kept_share(tracks, axis, *(self._always(place) for place in places)) < kept:
            return ()
        return tuple(
            FramedPanel(window.width_px, window.height_px, axis.standing(place), spot)
            for place, spot in zip(places, halves, strict=True)
        )


def _middle(track: Track, axis: Axis) -> float:
    return sum(sum(axis.face(face)) / 2 for _, face in track.faces) / len(track.faces)
