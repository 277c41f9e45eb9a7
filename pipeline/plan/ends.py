"""What the beginning and the end of a film are like, from what is measured of it: how loud, and how lively.

Liveliness ("mood") is a number from 0, a still and silent picture, to 1: 40 % of it is movement in the picture (the
camera's and what moves beside it), 25 % how often shots change, 25 % how loud it is beside the rest of the film, and
10 % how bright. It is a rough measure by which neighbours are compared, no judgement; a person's word goes before it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from pipeline.plan.candidates import End
from pipeline.plan.features import FilmFeatures, SoundFeatures
from pipeline.plan.shots import FilmAnalysis
from pipeline.timebase import Span

VERSION: Final = 1
"""Of these rules; another one means other numbers from the same film."""
END_S: Final = Fraction(10)
"""How much of a film is its beginning, and its end."""
# What counts as fully lively: the picture moves by a fifth of its width a second; shots change every two seconds.
_CAMERA_FULL, _SUBJECT_FULL, _CHANGES_FULL = 20.0, 30.0, 0.5
_MOVEMENT, _CHANGES, _LOUDNESS, _BRIGHTNESS = 0.4, 0.25, 0.25, 0.1
_QUIET_LU, _LOUD_LU = -20.0, 6.0
_DARK, _BRIGHT = 16.0, 160.0
# EBU R 128: what is quieter than this is silence, and what is so far below the mean of the rest does not count.
_ABSOLUTE_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -10.0


def ends_of(analysis: FilmAnalysis) -> tuple[End, End]:
    """Return what the first and the last seconds of a film are like."""
    whole = Span(Fraction(0), analysis.timeline.duration)
    length = min(END_S, whole.duration)
    return _end(analysis, Span(Fraction(0), length)), _end(analysis, Span(whole.end - length, whole.end))


def integrated_lufs(sound: SoundFeatures) -> float | None:
    """Return a film's integrated loudness (ITU-R BS.1770-5), from its momentary one; None where all is silent."""
    blocks = [value / 100 for value in sound.loudness.hundredths if value / 100 > _ABSOLUTE_GATE_LUFS]
    if not blocks:
        return None
    gate = _mean_lufs(blocks) + _RELATIVE_GATE_LU
    return _mean_lufs([value for value in blocks if value > gate])


def _end(analysis: FilmAnalysis, span: Span) -> End:
    loudness = _loudness_lu(analysis.features, span)
    return End(
        None if loudness is None else Fraction(round(loudness * 10), 10),
        Fraction(round(_mood(analysis, span, loudness) * 100), 100),
    )


def _loudness_lu(features: FilmFeatures, span: Span) -> float | None:
    """Return how loud a stretch is beside the whole film; silence in it is passed over, as by the meter's gate."""
    if features.sound is None:
        return None
    whole = integrated_lufs(features.sound)
    values = [value / 100 for value in features.sound.loudness.within(span)]
    heard = [value for value in values if value > _ABSOLUTE_GATE_LUFS]
    return None if whole is None or not heard else _mean_lufs(heard) - whole


def _mood(analysis: FilmAnalysis, span: Span, loudness: float | None) -> float:
    picture = analysis.features.picture
    camera, subject = picture.camera_motion.mean(span) or 0.0, picture.subject_motion.mean(span) or 0.0
    changes = sum(span.start <= analysis.timeline.time_of(one.start_frame) < span.end for one in analysis.transitions)
    per_second = changes / float(span.duration) if span.duration else 0.0
    loud = 0.0 if loudness is None else _share(loudness, _QUIET_LU, _LOUD_LU)
    return (
        _MOVEMENT * min(1.0, camera / _CAMERA_FULL + subject / _SUBJECT_FULL)
        + _CHANGES * min(1.0, per_second / _CHANGES_FULL)
        + _LOUDNESS * loud
        + _BRIGHTNESS * _share(picture.brightness.mean(span) or 0.0, _DARK, _BRIGHT)
    )


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _mean_lufs(values: list[float]) -> float:
    return 10 * math.log10(sum(10 ** (value / 10) for value in values) / len(values))
