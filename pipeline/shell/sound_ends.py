"""Hear how a film's sound begins and ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.facts import MediaFacts
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ
from pipeline.plan.hard_ends import SoundEnds
from pipeline.shell.digests import check_unchanged
from pipeline.shell.probe import frames_of, open_media
from pipeline.shell.remembering import remembered
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy
from pipeline.timebase import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION: Final = 1
"""Of how they are heard; raised when the same film would be told otherwise."""
_WITHIN_S: Final = Fraction(AAC_FRAME, SAMPLE_RATE_HZ)
# A decoder needs what comes before, and containers find no sample, but a packet or a key picture.
_LEAD_S: Final = 2
_SILENT_DBFS: Final = Fraction(-120)


def recall_sound_ends(study: ShotStudy, store: Store) -> tuple[SoundEnds, str]:
    """Return how loud a film is at its ends, heard once, and the key of what remembers it.

    Raises MasterError where the file cannot be opened, or changed since it was studied.
    """
    duration = study.shots.timeline.duration

    def find() -> list[str]:
        ends = find_sound_ends(study.path, study.facts, duration)
        check_unchanged(study.path, study.identity)
        return [str(ends.first_dbfs), str(ends.last_dbfs)]

    made_with, of = f"{_VERSION} av {version('av')}", (study.digest, str(duration))
    (first, last), kept = remembered(store, "sound ends", made_with, of, find, inputs=(study.digest,))
    return SoundEnds(Fraction(first), Fraction(last)), kept.key


def find_sound_ends(path: Path, facts: MediaFacts, duration: Fraction) -> SoundEnds:
    """Return how loud a film is at its ends, the loudest of its sounds; `duration` is that of its pictures, in seconds.

    What cannot be decoded is silent. Raises MasterError where the file cannot be opened.
    """
    first = Span(Fraction(0), min(_WITHIN_S, duration))
    last = Span(max(Fraction(0), duration - _WITHIN_S), duration)
    peaks = {span: [_peak(path, facts, sound.index, span) for sound in facts.sounds] for span in (first, last)}
    return SoundEnds(*(_dbfs(max(peaks[span], default=0.0)) for span in (first, last)))


def _peak(path: Path, facts: MediaFacts, index: int, span: Span) -> float:
    """Return the largest sample of a sound between two times since the first picture, 0 to 1 and more."""
    import numpy as np

    begin, end = facts.picture.start + span.start, facts.picture.start + span.end
    loudest = 0.0
    for at, rate, samples in _decoded(path, index, begin):
        if at >= end:
            break
        inside = samples[..., max(0, math.ceil((begin - at) * rate)) : max(0, math.ceil((end - at) * rate))]
        if inside.size:
            loudest = max(loudest, float(np.abs(inside).max()))
    return loudest


def _decoded(path: Path, index: int, begin: Fraction) -> Iterator[tuple[Fraction, int, NDArray[np.float32]]]:
    """Yield when each decoded frame begins, its rate, and its samples, from some time before `begin` on."""
    import av

    with open_media(path) as container:
        stream: Any = container.streams[index]
        tick = Fraction(stream.time_base or 1)
        container.seek(math.floor((begin - _LEAD_S) / tick), stream=stream, backward=True, any_frame=False)
        resampler: Any = av.AudioResampler(format="fltp")
        try:
            for frame in frames_of(container, stream):
                if frame.pts is not None:
                    for one in resampler.resample(frame):
                        yield frame.pts * tick, one.sample_rate, one.to_ndarray()
        except av.FFmpegError:
            return


def _dbfs(peak: float) -> Fraction:
    return max(_SILENT_DBFS, Fraction(str(round(20 * math.log10(peak), 1)))) if peak > 0 else _SILENT_DBFS
