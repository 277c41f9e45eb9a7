"""Find the shots of a master: by looking at no more of its pictures than will do, or at every one.

The fast way reads all packets, decodes keyframes here and there, and then only the stretches between those that differ,
or whose packets' sizes are suspicious (`plan.suspects`). Films whose packets do not tell pictures are read whole.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from pipeline.facts import MediaFacts
from pipeline.plan.shots import ShotList, Transition, shots_between
from pipeline.plan.stretch import Stretch
from pipeline.plan.suspects import Anchors, Gap, find_gaps
from pipeline.plan.transitions import TransitionFinder, joined
from pipeline.shell.inspection import Inspection
from pipeline.shell.pixels.bursts import Watching
from pipeline.shell.pixels.packets import Irregular, PacketReading, read_packets
from pipeline.shell.pixels.reader import PictureReader, half_of_processors
from pipeline.shell.pixels.small import Miniaturist
from pipeline.shell.thumbnails import Thumbnail, ThumbnailCollector

Thoroughness = Literal["fast", "exact"]
OnFraction = Callable[[float], None]

# Of the fast way's time, for showing progress.
_PACKETS_SHARE: Final = 0.4
_MOST_THREADS: Final = 8
_WORTH_PICKING: Final = 0.7
# Seconds of pictures at least that are looked at together: of two alone, nothing says how much the film moves.
_COMPANY: Final = Fraction(1, 2)
_BETWEEN_THUMBNAILS: Final = Fraction(1)


@dataclass(frozen=True)
class FoundShots:
    """The shots of a master, and a small picture of each."""

    shots: ShotList
    thumbnails: tuple[Thumbnail, ...]
    """One for each shot, in order."""
    decoded_count: int
    """Pictures that were decoded for it."""


def find_shots(
    path: Path,
    facts: MediaFacts,
    *,
    thoroughness: Thoroughness = "fast",
    watching: Watching | None = None,
    on_progress: OnFraction | None = None,
) -> FoundShots:
    """Return a master's shots. Raises MasterError where no picture of it can be decoded.

    A film that ends early is read as far as it goes: `shots.decoding` says how far that was. Who is `watching` is shown
    what it asks for where the fast way reads all packets: `watching.is_complete` says so.
    """
    if thoroughness == "fast":
        try:
            return _look_where_needed(path, facts, watching, on_progress)
        except Irregular:
            pass
    return _look_at_all(path, facts, on_progress)


def _look_at_all(path: Path, facts: MediaFacts, on_progress: OnFraction | None) -> FoundShots:
    collector = ThumbnailCollector(facts.picture)
    watch, miniature = collector.watch(), Miniaturist()
    pictures = PictureReader(path, facts, on_progress=on_progress)
    finder = TransitionFinder(facts.picture.rate)
    for picture in pictures:
        luma, chroma = miniature(picture.raw)
        finder.add(luma, chroma)
        watch.look(picture.frame, picture.raw, luma)
    timeline, transitions = pictures.timeline, finder.finish()
    found = ShotList(timeline, transitions, shots_between(transitions, timeline.frame_count), pictures.decoding)
    return FoundShots(found, collector.of_shots(found.shots), timeline.frame_count)


def _look_where_needed(
    path: Path, facts: MediaFacts, watching: Watching | None, on_progress: OnFraction | None
) -> FoundShots:
    tell = on_progress or (lambda _: None)
    collector = ThumbnailCollector(facts.picture)
    reading, anchors = _read_anchors(path, facts, collector, watching, lambda done: tell(done * _PACKETS_SHARE))
    gaps = _simplified(find_gaps(reading.packets, anchors, reading.timeline.rate))
    search = Inspection(path, facts, reading, anchors, gaps, collector)
    found: list[Transition] = []
    looked_count = len(anchors.frames)
    with (
        contextlib.closing(search),
        ThreadPoolExecutor(half_of_processors(most=_MOST_THREADS), thread_name_prefix="stretch") as threads,
    ):
        try:
            peeks = [place for place, gap in enumerate(gaps) if gap.likely_cuts]
            cuts = dict(zip(peeks, threads.map(search.peek, peeks), strict=True))
            wanted = [place for place, gap in enumerate(gaps) if gap.is_wanted and not cuts.get(place)]
            runs = tuple(_runs(_with_company(wanted, gaps, least=reading.timeline.rate.nearest_frame(_COMPANY))))
            looked_count += sum(len(gaps[place].likely_cuts) for place in peeks)
            for run, (transitions, count) in zip(runs, threads.map(search.run, runs), strict=True):
                found.extend(transitions)
                looked_count += count
                tell(
                    _PACKETS_SHARE + (1 - _PACKETS_SHARE) * gaps[run.stop - 1].end_frame / reading.timeline.frame_count
                )
        except BaseException:
            search.give_up()
            threads.shutdown(cancel_futures=True)
            raise
    found.extend(itertools.chain.from_iterable(cuts.values()))
    transitions = joined(found)
    shots = shots_between(transitions, reading.timeline.frame_count)
    return FoundShots(
        ShotList(reading.timeline, transitions, shots, reading.decoding),
        collector.of_shots(shots),
        looked_count,
    )


def _simplified(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Return the gaps, all of them wanted whole where most are: going through in one go is less work then."""
    wanted = sum(
        (gap.early_end or gap.end_frame) - gap.start_frame for gap in gaps if gap.is_wanted and not gap.likely_cuts
    )
    if wanted < _WORTH_PICKING * gaps[-1].end_frame:
        return gaps
    return tuple(dataclasses.replace(gap, is_wanted=True, likely_cuts=(), early_end=None) for gap in gaps)


def _with_company(wanted: Sequence[int], gaps: Sequence[Gap], *, least: int) -> list[int]:
    """Return the places of gaps to look at, with gaps beside those that are too short to tell a cut from movement."""
    whole = set(wanted)
    for place in wanted:
        first = last = place
        while gaps[last].end_frame - gaps[first].start_frame < least and (first > 0 or last + 1 < len(gaps)):
            first, last = (first - 1, last) if first > 0 else (first, last + 1)
        whole.update(range(first, last + 1))
    return sorted(whole)


def _runs(places: Sequence[int]) -> Iterator[range]:
    """Yield the ranges of numbers that follow one another."""
    for _, group in itertools.groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [place for _, place in group]
        yield range(run[0], run[-1] + 1)


def _read_anchors(
    path: Path,
    facts: MediaFacts,
    collector: ThumbnailCollector,
    watching: Watching | None,
    on_progress: OnFraction,
) -> tuple[PacketReading, Anchors]:
    miniature, watch = Miniaturist(), collector.watch()
    ticks: list[int] = []
    small: list[tuple[Any, Any]] = []
    thumbnails: list[tuple[int, bytes]] = []
    next_thumbnail: Fraction | None = None

    def take(tick: int, seconds: Fraction, raw: Any) -> None:
        nonlocal next_thumbnail
        ticks.append(tick)
        small.append(miniature(raw))
        if next_thumbnail is None or seconds >= next_thumbnail:
            next_thumbnail = seconds + _BETWEEN_THUMBNAILS
            thumbnails.append((tick, watch.jpeg(raw)))

    reading = read_packets(path, facts, on_anchor=take, watching=watching, on_progress=on_progress)
    for tick, jpeg in thumbnails:
        collector.hold(int(np.searchsorted(reading.packets.times, tick)), jpeg)
    frames = np.searchsorted(reading.packets.times, np.array(ticks))
    luma, chroma = (np.stack(planes) for planes in zip(*small, strict=True))
    return reading, Anchors(frames, Stretch(0, luma, chroma))
