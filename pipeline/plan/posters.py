"""Choose the frame that stands for a clip."""

from __future__ import annotations

from fractions import Fraction

from pipeline.edit import Edit, MasterSpan
from pipeline.plan.shots import FilmAnalysis

# A poster wants something to see and no motion blur; black loses whatever else it has. Both kinds of movement blur.
_CAMERA_PENALTY = 1.0
_SUBJECT_PENALTY = 0.1


def choose_poster(edit: Edit, analysis: FilmAnalysis, *, master: str, wanted: Fraction | None = None) -> Fraction:
    """Return the time in the clip, in seconds, at which its poster is taken.

    `wanted` is the film's own poster frame (seconds of the master), used by a clip that shows it. Otherwise the middle
    of the sharpest bright, calm shot; without one the middle of the clip.
    """
    timeline, best, found, at = analysis.timeline, float("-inf"), edit.duration / 2, Fraction(0)
    for part in edit.parts:
        if isinstance(part, MasterSpan) and part.master == master:
            if wanted is not None and part.span.start <= wanted < part.span.end:
                return at + wanted - part.span.start
            for shot, scores in zip(analysis.shots, analysis.scores, strict=True):
                shown = timeline.span_of(shot)
                if shown.overlap(part.span) * 2 <= shown.duration:
                    continue
                middle = max(part.span.start, shown.start) + shown.overlap(part.span) / 2
                light = 1 - abs(scores.brightness - 128) / 128
                blur = _CAMERA_PENALTY * scores.camera_motion + _SUBJECT_PENALTY * scores.subject_motion
                score = light * scores.sharpness**0.5 - blur - 1000 * scores.black_fraction
                if score > best:
                    best, found = score, at + middle - part.span.start
        at += part.duration
    return found
