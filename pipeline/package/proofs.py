"""Holding every rendition of a whole film's package against its master, once, for blocks that play it to find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.counting import counted
from pipeline.package.plan import PackagePlan
from pipeline.plan.film_proofs import FilmProof
from pipeline.shell.chunks import find_segments
from pipeline.shell.film_prints import master_prints, prove_segments
from pipeline.shell.section_times import find_section_times
from pipeline.timebase import clock


@dataclass(frozen=True)
class Proofs:
    """What was found in a package's renditions."""

    keys: tuple[str, ...] = ()
    """Of what remembers it, which must not be removed."""
    notes: tuple[str, ...] = ()


def prove_renditions(plan: PackagePlan) -> Proofs:
    """Compare pictures of every rendition with the master's; nothing where a package does not play a whole film."""
    if not plan.subject.is_whole or len(plan.sections) != 1:
        return Proofs()
    study, store = plan.subject.main, plan.workshop.store
    keys = [master_prints(study, store).key]
    notes: list[str] = []
    for one in (*plan.pictures.renditions, plan.pictures.key_pictures):
        (section,) = plan.picture_keys(one.name)
        segments = find_segments(plan.workshop, section)
        proof, remembered = prove_segments(study, segments, store)
        keys += [remembered.key, find_section_times(segments, store)[1].key]
        notes += _notes(one.name, proof)
    for _, sections in plan.sounds:
        (section,) = plan.sound_keys(sections)
        keys.append(find_section_times(find_segments(plan.workshop, section), store)[1].key)
    return Proofs(tuple(keys), tuple(notes))


def _notes(name: str, proof: FilmProof) -> Iterator[str]:
    if proof.misses:
        others, first = counted(len(proof.misses), "picture"), clock(proof.misses[0].time)
        yield f"The rendition {name} has {others} that look other than the master's, the first at {first}."
