"""What a block that is made is held against, measured in its own segments and file before anybody finds them.

What was measured of a film or a join is remembered by what it was measured of, so that a block with one film swapped
measures that film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.boxes import read_movie
from pipeline.edit import Gap
from pipeline.errors import VerifyFailed
from pipeline.graph import SAMPLE_RATE_HZ, BlackPicture
from pipeline.package.assembly import Keys
from pipeline.package.block import BlockPlan
from pipeline.package.joining import Leg
from pipeline.plan.block_verdicts import (
    Offset,
    SoundJoin,
    Verdict,
    black_verdict,
    failures,
    length_verdict,
    loudness_verdict,
    offset_verdict,
    proof_verdict,
    silence_verdict,
    step_verdict,
)
from pipeline.shell.chunks import MadeSegment, find_segments
from pipeline.shell.film_prints import master_prints, prove_file, prove_segments
from pipeline.shell.segment_edges import find_joined_edges, find_light_edges, find_sound_edges
from pipeline.shell.store import Artifact, Store
from pipeline.spelling import spelled
from pipeline.timebase import clock
from pipeline.venue import VenuePlan
from pipeline.venue.loudness import measure_films

_CARDS: Final = "cards"


@dataclass
class Judged:
    """Verdicts of a block's output, and the keys of what remembers them."""

    verdicts: list[Verdict] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)

    def refuse_failures(self, name: str) -> None:
        """Raise VerifyFailed where anything is not as it must be."""
        failed = failures(self.verdicts)
        if failed:
            raise VerifyFailed.of(name, failed)

    def keep(self, *artifacts: Artifact) -> None:
        """Note what must not be removed from the store."""
        self.keys.update(dict.fromkeys(one.key for one in artifacts))


@dataclass
class _Lights:
    """How light cards are where they meet something else, by the place of the join."""

    judged: Judged
    store: Store
    found: dict[str, int] = field(default_factory=dict)
    planned: set[str] = field(default_factory=set)
    """Places where black is planned."""

    def look(self, place: str, artifact: Artifact, init: bytes, side: int) -> None:
        """Note how light a card begins (`side` 0) or ends (1)."""
        edges, remembered = find_light_edges(artifact, init, self.store)
        self.judged.keep(remembered)
        self.found[place] = max(self.found.get(place, 0), edges[side])

    def verdict(self, name: str) -> Verdict:
        """Return whether cards are black there."""
        return black_verdict(name, self.found, planned=frozenset(self.planned))


def judge_package(plan: BlockPlan, *, bounds: tuple[Fraction, Fraction], anchor: float) -> Judged:
    """Return the verdicts of a block's package whose segments are made; raises KeyError for one that is not."""
    judged, assembly = Judged(), plan.assembly
    legs = [leg for leg in plan.legs for _ in leg.plan.sections]
    frames = [section.frames for leg in plan.legs for section in leg.plan.sections]
    rows = {one.name: _segments(plan, one.keys) for one in (*assembly.pictures, assembly.key_pictures)}
    for leg in plan.legs:
        if leg.title is not None:
            judged.keep(master_prints(leg.plan.subject.main, assembly.workshop.store))
    # Each run of cards and each film may round by a picture.
    slack = sum((leg.plan.pictures.rate.frame_duration for leg in plan.legs), Fraction(0))
    for name, sections in rows.items():
        found = _ends(sections)[-1]
        judged.verdicts.append(length_verdict(f"{name}: length", found, assembly.duration, bounds=bounds, slack=slack))
        judged.verdicts += _shown(judged, plan, name, legs, frames, sections)
        judged.verdicts.append(_black(judged, plan, name, legs, sections))
    for sound in assembly.sounds:
        name, sections = sound.name, _segments(plan, sound.keys)
        joins = tuple(_joins(judged, plan, name, legs, sections))
        judged.verdicts += [step_verdict(name, joins), silence_verdict(name, joins)]
        judged.verdicts += _loud(name, legs, sections, anchor, sound.heard)
        for row in assembly.pictures:
            judged.verdicts.append(offset_verdict(f"{row.name} with {name}", _offsets(legs, rows[row.name], sections)))
    return judged


def judge_venue_file(plan: VenuePlan, joined: Artifact, *, bounds: tuple[Fraction, Fraction]) -> Judged:
    """Return the verdicts of a venue file that is joined and has no name yet.

    The pictures of a film are compared in the pieces that the file is joined from, and those with the file by the
    size of every picture.
    """
    judged, rate, workshop = Judged(), plan.form.rate, plan.workshop
    (pictures,) = (one for one in read_movie(joined.path).tracks if one.kind == "vide")
    count, slack = pictures.samples.count, len(plan.parts.pieces) * rate.frame_duration
    length = rate.time_of(count)
    planned = rate.time_of(plan.parts.frames)
    judged.verdicts.append(length_verdict("venue file: length", length, planned, bounds=bounds, slack=slack))
    sizes = [size for key in plan.join.pictures for size in _sizes(workshop.artifact(key))]
    is_joined = sizes == _sizes(joined)
    told = "its pieces in order" if is_joined else "other pictures than its pieces have"
    judged.verdicts.append(Verdict("venue file: order", "pass" if is_joined else "fail", "its pieces in order", told))
    judged.verdicts += _venue_films(judged, plan)
    judged.verdicts += _venue_joins(judged, plan)
    return judged


def _segments(plan: BlockPlan, keys: Keys) -> tuple[tuple[MadeSegment, ...], ...]:
    return tuple(find_segments(plan.assembly.workshop, of_section) for of_section in keys)


def _ends(sections: Sequence[Sequence[MadeSegment]]) -> tuple[Fraction, ...]:
    """Return when sections end, in seconds of the block, by what their boxes say."""
    return tuple(accumulate(sum((one.seconds for one in section), Fraction(0)) for section in sections))


def _name(leg: Leg) -> str:
    return _CARDS if leg.title is None else spelled(leg.title)


def _place(before: Leg, after: Leg) -> str:
    return f"from {_name(before)} to {_name(after)}"


def _shown(
    judged: Judged,
    plan: BlockPlan,
    name: str,
    legs: Sequence[Leg],
    frames: Sequence[int],
    sections: Sequence[Sequence[MadeSegment]],
) -> Iterator[Verdict]:
    store = plan.assembly.workshop.store
    for leg, planned, section in zip(legs, frames, sections, strict=True):
        if leg.title is None:
            continue
        study = leg.plan.subject.main
        proof, remembered = prove_segments(study, section, store)
        judged.keep(remembered)
        seconds = sum((one.seconds for one in section), Fraction(0))
        counted = seconds * leg.plan.pictures.rate.fps
        # A fraction of a picture is none.
        found = int(counted) if counted.denominator == 1 else -1
        yield proof_verdict(f"{name}: {_name(leg)}", proof, frames=found, planned=planned)


def _black(
    judged: Judged, plan: BlockPlan, name: str, legs: Sequence[Leg], sections: Sequence[Sequence[MadeSegment]]
) -> Verdict:
    store = plan.assembly.workshop.store
    lights = _Lights(judged, store)
    for (before, ending), (after, beginning) in pairwise(zip(legs, sections, strict=True)):
        place = _place(before, after)
        for leg, segment, part, side in (
            (before, ending[-1], -1, 1),
            (after, beginning[0], 0, 0),
        ):
            if leg.title is None:
                lights.look(place, segment.artifact, segment.init, side)
                if isinstance(leg.plan.subject.edit.parts[part], Gap):
                    lights.planned.add(place)
    return lights.verdict(name)


def _joins(
    judged: Judged, plan: BlockPlan, name: str, legs: Sequence[Leg], sections: Sequence[Sequence[MadeSegment]]
) -> Iterator[SoundJoin]:
    store = plan.assembly.workshop.store
    for (before, ending), (after, beginning) in pairwise(zip(legs, sections, strict=True)):
        (last, one), (first, other) = (find_sound_edges(each, store) for each in (ending[-1], beginning[0]))
        judged.keep(one, other)
        yield SoundJoin(name, _place(before, after), last, first, before.title is None, after.title is None)


def _offsets(
    legs: Sequence[Leg], pictures: Sequence[Sequence[MadeSegment]], sounds: Sequence[Sequence[MadeSegment]]
) -> tuple[Offset, ...]:
    seen, heard = _ends(pictures)[:-1], _ends(sounds)[:-1]
    return tuple(
        Offset(_place(before, after), sound - picture, after.plan.pictures.rate.frame_duration)
        for (before, after), picture, sound in zip(pairwise(legs), seen, heard, strict=True)
    )


def _loud(
    name: str, legs: Sequence[Leg], sections: Sequence[Sequence[MadeSegment]], anchor: float, heard: frozenset[str]
) -> Iterator[Verdict]:
    for leg, section in zip(legs, sections, strict=True):
        if leg.title is None or section[0].key not in heard:
            continue
        stated = section[0].stated
        lufs = None if stated is None else stated.integrated_lufs
        yield loudness_verdict(f"{name}: loudness of {_name(leg)}", lufs, anchor, note=section[0].note)


def _sizes(artifact: Artifact) -> list[int]:
    (track,) = (one for one in read_movie(artifact.path).tracks if one.kind == "vide")
    return [size for _, size in track.samples.locations()]


def _venue_films(judged: Judged, plan: VenuePlan) -> Iterator[Verdict]:
    workshop, anchor = plan.workshop, float(plan.form.loudness_lufs)
    studies = {study.digest: study for study in plan.studies}
    heard, document = measure_films(plan)
    judged.keep(document)
    for piece, loud in zip(plan.parts.films, heard, strict=True):
        starts = accumulate((node.frames for node in piece.pictures), initial=0)
        files = [
            (workshop.artifact(workshop.picture_key(node)), plan.form.rate.time_of(start))
            for node, start in zip(piece.pictures, starts, strict=False)
        ]
        node = piece.pictures[0]
        (panel,) = node.views[0][0].panels
        study = studies[node.parts[0].source]  # type: ignore[union-attr]
        box = (panel.left_px, panel.top_px, panel.width_px, panel.height_px)
        proof, remembered = prove_file(study, files, box, workshop.store)
        judged.keep(remembered, master_prints(study, workshop.store))
        found = sum(len(_sizes(artifact)) for artifact, _ in files)
        planned = plan.form.rate.nearest_frame(piece.span.duration)
        yield proof_verdict(f"venue file: {piece.title}", proof, frames=found, planned=planned)
        yield loudness_verdict(f"venue file: loudness of {piece.title}", loud.integrated_lufs, anchor, note=loud.note)


def _venue_joins(judged: Judged, plan: VenuePlan) -> Iterator[Verdict]:
    workshop = plan.workshop
    sound = workshop.artifact(plan.sound_key)
    joins: list[SoundJoin] = []
    lights = _Lights(judged, workshop.store)
    for before, after in pairwise(plan.parts.pieces):
        place = f"from {before.title or _CARDS} to {after.title or _CARDS}"
        (one, other), remembered = find_joined_edges(sound, before.span.end, workshop.store)
        judged.keep(remembered)
        joins.append(SoundJoin("venue file", place, one, other, before.title is None, after.title is None))
        for piece, node, side in ((before, before.pictures[-1], 1), (after, after.pictures[0], 0)):
            if piece.title is None:
                lights.look(place, workshop.artifact(workshop.picture_key(node)), b"", side)
                if isinstance(node.parts[-1 if side else 0], BlackPicture):
                    lights.planned.add(place)
    yield step_verdict("venue file", joins)
    yield silence_verdict("venue file", joins)
    yield offset_verdict("venue file", tuple(_sounding(plan)))
    yield lights.verdict("venue file")


def _sounding(plan: VenuePlan) -> Iterator[Offset]:
    """Yield how far from the joins of the picture the film sounds of the one encoded sound begin and end.

    Sound is laid out in samples before it is encoded in one piece; both tracks of the file begin at 0.
    """
    joins = [piece.span.start for piece in plan.parts.pieces]
    at = 0
    for part, programme in zip(plan.parts.sound.parts, plan.parts.sound.programmes, strict=True):
        for border in (at, at + part.samples) if programme is not None else ():
            time = Fraction(border, SAMPLE_RATE_HZ)
            nearest = min((*joins, plan.parts.pieces[-1].span.end), key=lambda join, time=time: abs(join - time))  # type: ignore[misc]
            yield Offset(f"at {clock(nearest)}", time - nearest, plan.form.rate.frame_duration)
        at += part.samples
