"""Reading when the samples of segments and files are shown or heard from their boxes, each section once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import lcm
from typing import Final

from pipeline.boxes import Track, read_movie
from pipeline.boxes.fragments import Fragment, InitSegment, TrackHead, read_init, read_segment
from pipeline.boxes.samples import expand
from pipeline.errors import VerifyFailed
from pipeline.plan.section_times import Row, SectionTimes, Shown, section_times
from pipeline.shell.chunks import MadeSegment
from pipeline.shell.remembering import remembered
from pipeline.shell.store import Artifact, Store

_VERSION: Final = 1
"""Of what is read and how it is told; raised when the same boxes would be told otherwise."""


def find_section_times(segments: Sequence[MadeSegment], store: Store) -> tuple[SectionTimes, Artifact]:
    """Return when the samples of segments that are played in a row are shown, and what remembers it.

    What is read is `tfdt` and `trun` of every fragment, and the edit list of the init segment (ISO/IEC 14496-12,
    8.6.6, 8.8.8 and 8.8.12). Raises VerifyFailed for boxes that are not sound.
    """
    return _remembered(tuple(one.key for one in segments), lambda: section_times(_segments(segments)), store)


def find_file_times(artifacts: Sequence[Artifact], kind: str, store: Store) -> tuple[SectionTimes, Artifact]:
    """Return when the samples of the track of a kind ('vide', 'soun') are shown in files played in a row.

    Each file goes on where the one before it ended. Raises VerifyFailed for boxes that are not sound.
    """
    # By their content: whoever asks may hold another file than the one that was made under a key.
    keys = (kind, *(one.sha256 for one in artifacts))
    return _remembered(keys, lambda: section_times(_files(artifacts, kind)), store)


def _remembered(keys: tuple[str, ...], find: Callable[[], SectionTimes], store: Store) -> tuple[SectionTimes, Artifact]:
    document, artifact = remembered(store, "section times", str(_VERSION), keys, lambda: find().document())
    return SectionTimes.of(document), artifact


def _segments(segments: Sequence[MadeSegment]) -> Iterator[Row]:
    inits: dict[bytes, InitSegment] = {}
    for one in segments:
        packed = one.init
        init = inits.get(packed) or read_init(packed, where="an init segment")
        inits[packed] = init
        boxes = read_segment(one.artifact.path.read_bytes(), init, where=str(one.artifact.path))
        (track,) = init.tracks
        led = _led(track, str(one.artifact.path))
        samples = (sample for fragment in boxes.fragments for sample in _samples(fragment))
        yield Row(track.timescale, tuple(Shown(time - led, duration) for time, duration in samples))


def _samples(fragment: Fragment) -> Iterator[tuple[int, int]]:
    """Yield when each sample of a fragment is shown, in ticks, and how long; without a tfdt box from -1 on."""
    at = -1 if fragment.decode_time is None else fragment.decode_time
    for sample in fragment.samples:
        yield at + sample.shift, sample.duration
        at += sample.duration


def edited_start(track: Track, movie_timescale: int) -> Fraction:
    """Return when a track's tick 0 is shown, in seconds, by its edit list: what it delays, less what it leaves out."""
    start = Fraction(0)
    for entry in track.edit_list or ():
        if entry.media_time >= 0:
            return start - Fraction(entry.media_time, track.timescale)
        start += Fraction(entry.duration, movie_timescale)
    return start


def _led(track: TrackHead, where: str) -> int:
    """Return the tick of a segment's track that is shown at 0: what the edit list leaves out, such as priming."""
    for entry in track.edit_list or ():
        if entry.media_time < 0:
            raise VerifyFailed.of(where, (("edit list", "no delay", f"{entry.duration} ticks"),))
        return entry.media_time
    return 0


def _files(artifacts: Sequence[Artifact], kind: str) -> Iterator[Row]:
    begin = Fraction(0)
    for artifact in artifacts:
        movie = read_movie(artifact.path)
        (track,) = (one for one in movie.tracks if one.kind == kind)
        start, samples = begin + edited_start(track, movie.timescale), track.samples
        # Where a file begins may be on no tick of its own.
        times = lcm(track.timescale, start.denominator) // track.timescale
        first = int(start * track.timescale * times)
        rows = zip(samples.shown_times(), expand(samples.durations), strict=True)
        yield Row(
            track.timescale * times,
            tuple(Shown(first + time * times, duration * times) for time, duration in rows),
        )
        begin += track.seconds
