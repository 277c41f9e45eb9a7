"""How loud each film of a block came out, as its running order tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from pipeline.edit import Edit
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.package.block import BlockPlan
from pipeline.plan.running_order import SILENT, Item, RunningOrder
from pipeline.shell.chunks import find_segments
from pipeline.shell.study import ShotStudy
from pipeline.venue import VenueFile

Heard = Mapping[str, Fraction | None]
"""Integrated loudness by the digests of masters, in LUFS; None for silence."""


def without_sound(studies: Iterable[ShotStudy]) -> Heard:
    """Return the silence of the films that have no sound, which is known before anything is made."""
    return {study.digest: None for study in studies if study.facts.main_sound is None}


def heard_in_package(plan: BlockPlan) -> Heard:
    """Return how loud films are in a package that was made, in the best stereo of the main language.

    Segments say it of the sound that they were cut from, after encoding.
    """
    told = {}
    main = next((one for one in reversed(plan.sounds) if one.track.voice.is_main and one.track.channels <= 2), None)
    for leg, sections in zip(plan.legs, () if main is None else main.legs, strict=False):
        if leg.title is not None:
            keys = next(iter(leg.plan.sound_keys(sections)), ())
            stated = find_segments(leg.plan.workshop, keys[:1])[0].stated
            told[leg.plan.subject.main.digest] = None if stated is None else Fraction(str(stated.integrated_lufs))
    return told


def heard_in_venue_file(edit: Edit, venue: VenueFile) -> Heard:
    """Return how loud films are in a venue file, as was measured in it."""
    levels = (film.loudness.integrated_lufs for film in venue.films)
    spans = (span.master for span in edit.spans)
    return {
        digest: None if level is None else Fraction(str(level)) for digest, level in zip(spans, levels, strict=True)
    }


def with_loudness(order: RunningOrder, heard: Heard, target: Fraction) -> RunningOrder:
    """Return a running order in which each film that stays below the target says how loud it really is."""
    return replace(order, items=tuple(_told(item, heard, target) for item in order.items))


def _told(item: Item, heard: Heard, target: Fraction) -> Item:
    if item.kind != "film" or item.film is None or item.film.digest not in heard or item.cue is None:
        return item
    level = heard[item.film.digest]
    if level is None:
        return replace(item, cue=SILENT)
    missing = target - level
    if missing <= Fraction(str(LOUDNESS_TOLERANCE_LU)):
        return item
    return replace(item, cue=replace(item.cue, lufs=level, quieter_lu=missing))
