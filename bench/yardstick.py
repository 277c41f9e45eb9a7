"""The faces that framing is judged by: found in pictures that framing did not ask for, so that a missed one counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.facts import MediaFacts
from pipeline.plan.features import FaceBox
from pipeline.plan.shots import Timeline
from pipeline.plan.subjects import Sight, Spread
from pipeline.plan.tracks import trusted_tracks
from pipeline.shell.faces import FaceFinder
from pipeline.shell.pixels.reader import PictureReader
from pipeline.shell.pixels.small import Shrinker
from pipeline.timebase import Span


@dataclass(frozen=True)
class Closeness:
    """How closely faces are looked for."""

    long_side_px: int = 640
    """Of the pictures in which they are looked for."""
    step_s: float = 0.5
    """Seconds between pictures, about: every twelfth of a film at 24 pictures a second."""


@dataclass(frozen=True)
class Moment:
    """The trusted faces of one picture of the film, one at least."""

    frame: int
    faces: tuple[FaceBox, ...]


def look_closely(
    path: Path, facts: MediaFacts, timeline: Timeline, spans: Sequence[Span], closeness: Closeness
) -> tuple[Sight, ...]:
    """Return the faces seen in some spans of a film, in pictures decoded in full. Raises MasterError."""
    shrink, finder = Shrinker(facts.picture, closeness.long_side_px), FaceFinder()
    every = max(1, round(closeness.step_s * float(facts.picture.rate.fps)))
    end = max(span.end for span in spans)
    sights = []
    for picture in PictureReader(path, facts):
        time = timeline.time_of(picture.frame)
        if time >= end:
            break
        if picture.frame % every == 0 and any(span.start <= time < span.end for span in spans):
            # What draws the eye is not asked for.
            sights.append(Sight(time, finder.find(shrink(picture.raw)), Spread(()), Spread(())))
    return tuple(sights)


def trusted_moments(sights: Sequence[Sight], shots: Sequence[Span], timeline: Timeline) -> tuple[Moment, ...]:
    """Return the pictures that show faces which are to be trusted, by the rule that framing keeps, shot by shot."""
    faces: defaultdict[int, list[FaceBox]] = defaultdict(list)
    for shot in shots:
        own = [sight for sight in sights if shot.start <= sight.time < shot.end]
        for track in trusted_tracks(own):
            for number, face in track.faces:
                if face in own[number].faces:  # what fills a gap in a track was not seen
                    faces[timeline.frame_at(own[number].time)].append(face)
    return tuple(Moment(frame, tuple(found)) for frame, found in sorted(faces.items()))
