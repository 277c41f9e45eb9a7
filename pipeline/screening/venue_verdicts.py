"""What a block's venue file is held against, measured in it and its pieces before it has a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final

from pipeline.counting import ordinal
from pipeline.graph import SAMPLE_RATE_HZ, BlackPicture
from pipeline.plan.block_verdicts import (
    Offset,
    SoundJoin,
    Verdict,
    length_verdict,
    loudness_verdict,
    offset_verdict,
    proof_verdict,
    silence_verdict,
    step_verdict,
    whole_verdict,
)
from pipeline.plan.section_times import SectionTimes
from pipeline.screening.judging import CARDS, Judged, Lights
from pipeline.shell.film_prints import master_prints, prove_file
from pipeline.shell.joined_files import Likeness, compare_track
from pipeline.shell.section_times import find_file_times
from pipeline.shell.segment_edges import find_joined_edges
from pipeline.shell.store import Artifact
from pipeline.timebase import clock
from pipeline.venue import VenuePlan
from pipeline.venue.loudness import measure_films

_FILE: Final = "venue file"


def judge_venue_file(plan: VenuePlan, joined: Artifact, *, bounds: tuple[Fraction, Fraction]) -> Judged:
    """Return the verdicts of a venue file that is joined and has no name yet.

    Films are compared with their masters in the pieces that the file is joined from, and those with the file byte by
    byte. Raises VerifyFailed for a file that cannot be read.
    """
    judged, rate, store = Judged(), plan.form.rate, plan.workshop.store
    seen, *remembered = find_file_times((joined,), "vide", store)
    pictures, likeness = compare_track(joined, "vide", _pieces(plan), store)
    sound, sounding = compare_track(joined, "soun", (plan.workshop.artifact(plan.sound_key),), store)
    judged.keep(*remembered, likeness, sounding)
    planned, slack = rate.time_of(plan.parts.frames), len(plan.parts.pieces) * rate.frame_duration
    judged.verdicts += [
        length_verdict(f"{_FILE}: length", seen.duration, planned, bounds=bounds, slack=slack),
        whole_verdict(_FILE, seen, pictures=plan.parts.frames, start=Fraction(0), length=planned),
        _same(f"{_FILE}: order", "its pieces in order", pictures, "picture"),
        _same(f"{_FILE}: sound", "the sound that was encoded", sound, "packet"),
    ]
    judged.verdicts += _films(judged, plan)
    judged.verdicts += _joins(judged, plan)
    judged.verdicts.append(offset_verdict(_FILE, tuple(_offsets(plan, seen, sound))))
    return judged


def _pieces(plan: VenuePlan) -> tuple[Artifact, ...]:
    return tuple(plan.workshop.artifact(key) for key in plan.join.pictures)


def _same(what: str, limit: str, found: Likeness, unit: str) -> Verdict:
    if found.first_other is None:
        return Verdict(what, "pass", limit, f"all {found.samples} {unit}s are theirs")
    return Verdict(what, "fail", limit, f"another from the {ordinal(found.first_other + 1)} {unit} on")


def _films(judged: Judged, plan: VenuePlan) -> Iterator[Verdict]:
    workshop, anchor, rate = plan.workshop, float(plan.form.loudness_lufs), plan.form.rate
    studies = {study.digest: study for study in plan.studies}
    heard, document = measure_films(plan)
    judged.keep(document)
    for piece, loud in zip(plan.parts.films, heard, strict=True):
        what, planned = f"{_FILE}: {piece.title}", rate.nearest_frame(piece.span.duration)
        starts = accumulate((node.frames for node in piece.pictures), initial=0)
        files = [
            (workshop.artifact(workshop.picture_key(node)), rate.time_of(start))
            for node, start in zip(piece.pictures, starts, strict=False)
        ]
        times, timed = find_file_times([artifact for artifact, _ in files], "vide", workshop.store)
        yield whole_verdict(what, times, pictures=planned, start=Fraction(0), length=rate.time_of(planned))
        node = piece.pictures[0]
        (panel,) = node.views[0][0].panels
        study = studies[node.parts[0].source]  # type: ignore[union-attr]
        box = (panel.left_px, panel.top_px, panel.width_px, panel.height_px)
        proof, remembered = prove_file(study, files, box, workshop.store)
        judged.keep(timed, remembered, master_prints(study, workshop.store))
        yield proof_verdict(what, proof, frames=times.samples, planned=planned)
        judged.hear(study.digest, loud.levelled)
        yield loudness_verdict(f"{_FILE}: loudness of {piece.title}", loud.integrated_lufs, anchor, loud.levelled)


def _joins(judged: Judged, plan: VenuePlan) -> Iterator[Verdict]:
    workshop = plan.workshop
    sound = workshop.artifact(plan.sound_key)
    joins: list[SoundJoin] = []
    lights = Lights(judged, workshop.store)
    for before, after in pairwise(plan.parts.pieces):
        place = f"from {before.title or CARDS} to {after.title or CARDS}"
        (one, other), remembered = find_joined_edges(sound, before.span.end, workshop.store)
        judged.keep(remembered)
        joins.append(SoundJoin(_FILE, place, one, other, before.title is None, after.title is None))
        for piece, node, side in ((before, before.pictures[-1], 1), (after, after.pictures[0], 0)):
            if piece.title is None:
                lights.look(place, workshop.artifact(workshop.picture_key(node)), b"", side)
                if isinstance(node.parts[-1 if side else 0], BlackPicture):
                    lights.planned.add(place)
    yield step_verdict(_FILE, joins)
    yield silence_verdict(_FILE, joins)
    yield lights.verdict(_FILE)


def _offsets(plan: VenuePlan, seen: SectionTimes, sound: Likeness) -> Iterator[Offset]:
    """Yield how far the sound of each film begins and ends from its pictures, by the times of the file's two tracks.

    Which sample of the sound begins a film was laid out before it was encoded in one piece; when that sample is heard,
    and when the film's first picture is shown, the file says.
    """
    rate, shown = plan.form.rate, [0]
    for piece in plan.parts.pieces:
        shown.append(shown[-1] + sum(node.frames for node in piece.pictures))
    borders = [seen.start + frame * seen.step for frame in shown]
    at = 0
    for part, programme in zip(plan.parts.sound.parts, plan.parts.sound.programmes, strict=True):
        for border in (at, at + part.samples) if programme is not None else ():
            heard = sound.start + Fraction(border, SAMPLE_RATE_HZ)
            nearest = _nearest(borders, heard - sound.start)
            yield Offset(f"at {clock(nearest)}", heard - nearest, rate.frame_duration)
        at += part.samples


def _nearest(borders: Sequence[Fraction], time: Fraction) -> Fraction:
    """Return the border that was meant: the one that is nearest to where the sound was laid."""
    return min(borders, key=lambda border: abs(border - time))
