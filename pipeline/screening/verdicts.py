"""What a block's package is held against, measured in its own segments before anybody finds them.

What was measured of a film or a join is remembered by what it was measured of, so that a block with one film swapped
measures that film.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise

from pipeline.edit import Gap
from pipeline.package.assembly import Keys, PictureRow, SoundRow
from pipeline.package.block import BlockPlan
from pipeline.package.joining import Leg, leading_leg, nearest_rendition
from pipeline.plan.block_verdicts import (
    Offset,
    SoundJoin,
    Verdict,
    drift_verdict,
    length_verdict,
    loudness_verdict,
    offset_verdict,
    proof_verdict,
    silence_verdict,
    step_verdict,
    whole_verdict,
)
from pipeline.plan.ladder import PictureRendition
from pipeline.plan.section_times import SectionTimes
from pipeline.screening.judging import CARDS, Judged, Lights
from pipeline.shell.chunks import MadeSegment, find_segments
from pipeline.shell.film_prints import master_prints, prove_segments
from pipeline.shell.section_times import find_section_times
from pipeline.shell.segment_edges import find_sound_edges
from pipeline.spelling import spelled
from pipeline.timebase import total

Segments = tuple[MadeSegment, ...]


@dataclass(frozen=True)
class _Row:
    """One rendition of a block: what it plays, leg by leg, and when its films' samples are shown by their boxes."""

    name: str
    legs: tuple[Leg, ...]
    sections: tuple[Segments, ...]
    times: Mapping[int, SectionTimes]
    """Of films, by the number of the section."""

    @cached_property
    def ends(self) -> tuple[Fraction, ...]:
        """When sections end, in seconds of the block, laid end to end by what their boxes say."""
        return tuple(accumulate(total(one.seconds for one in section) for section in self.sections))

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """When sections begin likewise."""
        return (Fraction(0), *self.ends[:-1])


def judge_package(plan: BlockPlan, *, bounds: tuple[Fraction, Fraction], anchor: float) -> Judged:
    """Return the verdicts of a block's package whose segments are made; raises KeyError for one that is not."""
    judged, assembly = Judged(), plan.assembly
    pictures = [_row(judged, plan, one) for one in (*assembly.pictures, assembly.key_pictures)]
    for leg in plan.legs:
        if leg.title is not None:
            judged.keep(master_prints(leg.plan.subject.main, assembly.workshop.store))
    # Each run of cards and each film may round by a picture.
    slack = total(leg.plan.pictures.rate.frame_duration for leg in plan.legs)
    for row in pictures:
        length = length_verdict(f"{row.name}: length", row.ends[-1], assembly.duration, bounds=bounds, slack=slack)
        judged.verdicts += [length, *_shown(judged, plan, row), _black(judged, plan, row)]
    for track in assembly.sounds:
        sound = _row(judged, plan, track)
        joins = tuple(_joins(judged, plan, sound))
        judged.verdicts += [step_verdict(sound.name, joins), silence_verdict(sound.name, joins)]
        judged.verdicts += _loud(judged, sound, anchor, track.heard)
        for row in pictures[:-1]:
            name = f"{row.name} with {sound.name}"
            judged.verdicts += [
                offset_verdict(name, tuple(_offsets(row, sound, track.heard))),
                drift_verdict(name, tuple(_drifts(row, sound, track.heard))),
            ]
    return judged


def _row(judged: Judged, plan: BlockPlan, one: PictureRow | SoundRow) -> _Row:
    legs = tuple(leg for leg in plan.legs for _ in leg.plan.sections)
    sections = tuple(_segments(plan, one.keys))
    times = {}
    for number, (leg, section) in enumerate(zip(legs, sections, strict=True)):
        if leg.title is not None:
            times[number], remembered = find_section_times(section, plan.assembly.workshop.store)
            judged.keep(remembered)
    return _Row(one.name, legs, sections, times)


def _segments(plan: BlockPlan, keys: Keys) -> Iterator[Segments]:
    return (find_segments(plan.assembly.workshop, of_section) for of_section in keys)


def _name(leg: Leg) -> str:
    return CARDS if leg.title is None else spelled(leg.title)


def _place(before: Leg, after: Leg) -> str:
    return f"from {_name(before)} to {_name(after)}"


def _shown(judged: Judged, plan: BlockPlan, row: _Row) -> Iterator[Verdict]:
    """Yield whether each film is whole, by its boxes, and its master's, by its pictures."""
    store = plan.assembly.workshop.store
    frames = [section.frames for leg in plan.legs for section in leg.plan.sections]
    for number, times in row.times.items():
        leg, section, planned = row.legs[number], row.sections[number], frames[number]
        rate, what = leg.plan.pictures.rate, f"{row.name}: {_name(leg)}"
        yield whole_verdict(
            what,
            times,
            # The last may stand for less than its share.
            pictures=-(-planned // _rendition(plan, row, leg).every),
            start=Fraction(0),
            length=rate.time_of(planned),
        )
        proof, remembered = prove_segments(leg.plan.subject.main, section, store)
        judged.keep(remembered)
        counted = total(one.seconds for one in section) * rate.fps
        # A fraction of a picture is none.
        found = int(counted) if counted.denominator == 1 else -1
        yield proof_verdict(what, proof, frames=found, planned=planned)


def _rendition(plan: BlockPlan, row: _Row, leg: Leg) -> PictureRendition:
    """Return what a leg gives to a rendition of the block."""
    leading = leading_leg(plan.legs).plan.pictures
    own = next((one for one in leading.renditions if one.name == row.name), None)
    pictures = leg.plan.pictures
    return pictures.key_pictures if own is None else nearest_rendition(own.average_kbps, pictures.renditions)


def _black(judged: Judged, plan: BlockPlan, row: _Row) -> Verdict:
    lights = Lights(judged, plan.assembly.workshop.store)
    for (before, ending), (after, beginning) in pairwise(zip(row.legs, row.sections, strict=True)):
        place = _place(before, after)
        for leg, segment, part, side in (
            (before, ending[-1], -1, 1),
            (after, beginning[0], 0, 0),
        ):
            if leg.title is None:
                lights.look(place, segment.artifact, segment.init, side)
                if isinstance(leg.plan.subject.edit.parts[part], Gap):
                    lights.planned.add(place)
    return lights.verdict(row.name)


def _joins(judged: Judged, plan: BlockPlan, sound: _Row) -> Iterator[SoundJoin]:
    store = plan.assembly.workshop.store
    for (before, ending), (after, beginning) in pairwise(zip(sound.legs, sound.sections, strict=True)):
        (last, one), (first, other) = (find_sound_edges(each, store) for each in (ending[-1], beginning[0]))
        judged.keep(one, other)
        yield SoundJoin(sound.name, _place(before, after), last, first, before.title is None, after.title is None)


def _offsets(pictures: _Row, sound: _Row, heard: frozenset[str]) -> Iterator[Offset]:
    """Yield how far the sound of each film lies behind its pictures by the times that both have in their tracks."""
    for number in _sounding(sound, heard):
        yield _offset(pictures.legs[number], sound.times[number].start - pictures.times[number].start)


def _drifts(pictures: _Row, sound: _Row, heard: frozenset[str]) -> Iterator[Offset]:
    """Yield how far it lies behind them where what plays before it is laid end to end."""
    for number in _sounding(sound, heard):
        yield _offset(pictures.legs[number], sound.starts[number] - pictures.starts[number])


def _sounding(sound: _Row, heard: frozenset[str]) -> Iterator[int]:
    return (number for number in sound.times if sound.sections[number][0].key in heard)


def _offset(leg: Leg, seconds: Fraction) -> Offset:
    return Offset(f"where {_name(leg)} begins", seconds, leg.plan.pictures.rate.frame_duration)


def _loud(judged: Judged, sound: _Row, anchor: float, heard: frozenset[str]) -> Iterator[Verdict]:
    for leg, section in zip(sound.legs, sound.sections, strict=True):
        if leg.title is None or section[0].key not in heard:
            continue
        stated = section[0].stated
        lufs = None if stated is None else stated.integrated_lufs
        levelled = section[0].levelled
        judged.hear(leg.plan.subject.main.digest, levelled)
        yield loudness_verdict(f"{sound.name}: loudness of {_name(leg)}", lufs, anchor, levelled)
