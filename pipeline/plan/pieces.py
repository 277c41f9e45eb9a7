"""Edits that show the same in part → pieces that each is joined from, so that what they share is encoded once."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from types import MappingProxyType

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, merged
from pipeline.plan.joints import NO_JOINTS, Joints, parted_at_joints
from pipeline.timebase import FrameRate, Span, total


# For every clip of every region those of all others are asked for again, to see what they share.
@functools.lru_cache(maxsize=4096)
def in_whole_frames(edit: Edit, rate: FrameRate) -> Edit:
    """Return the edit with every part in whole frames at a rate, the same ones wherever it stands.

    So that what two edits both show has the same frames in both, and can be parted from what only one of them shows. A
    span begins and ends where its film has frames at that rate, and shows nothing beyond its own ends; one that holds
    no such frame is left out. The last cards or gaps last some frames more or less, so that the whole is as long as all
    frames that fit into it: a still picture shows that to nobody.
    """
    edit = merged(edit)
    fitted = tuple(fit for part in edit.parts if (fit := _fitted(part, rate)).duration)
    frames = [rate.nearest_frame(part.duration) for part in fitted]
    spare = rate.frames_within(edit.duration) - sum(frames)
    for number in reversed([number for number, part in enumerate(fitted) if not isinstance(part, MasterSpan)]):
        change = max(spare, 1 - frames[number])
        frames[number] += change
        spare -= change
    parts = tuple(_lasting(part, rate.time_of(count)) for part, count in zip(fitted, frames, strict=True))
    length = total(part.duration for part in parts)
    return replace(edit, parts=parts, bed=tuple(_bed_of(edit.bed, length)))


@functools.lru_cache(maxsize=1024)
def keeps_time(edit: Edit, rate: FrameRate) -> bool:
    """Tell whether all parts of an edit stand, in whole frames at a rate, less than two frames from where they stood.

    Each span that begins or ends between two frames loses some of one: of many, pictures would run ahead of their bed.
    """
    whole, parts = in_whole_frames(edit, rate).parts, merged(edit).parts
    if len(whole) != len(parts):
        return False
    ends = [accumulate(part.duration for part in some) for some in (whole, parts)]
    return all(abs(one - other) < 2 * rate.frame_duration for one, other in zip(*ends, strict=True))


@dataclass(frozen=True)
class Pieces:
    """What each of several edits is joined from; equal pieces are one."""

    of: tuple[tuple[Edit, ...], ...]
    """For each edit its pieces, in order."""

    @property
    def distinct(self) -> tuple[Edit, ...]:
        """Every piece once, in order of first use."""
        return tuple(dict.fromkeys(piece for pieces in self.of for piece in pieces))


def share_pieces(edits: Sequence[Edit], *, least: Fraction = Fraction(0)) -> Pieces:
    """Return the longest pieces that edits are joined from, such that no second is in two of them.

    Only what is seen counts: beds and programmes are left out. A piece that lasts less than `least` seconds is joined
    with the shorter of its neighbours, and then belongs to its edit alone.
    """
    pieces = _pieces_of(dict.fromkeys(edits), least)
    return Pieces(tuple(pieces[edit] for edit in edits))


@functools.lru_cache(maxsize=1024)
def shared_pieces(edits: tuple[Edit, ...], rate: FrameRate, least: Fraction, joints: Joints = NO_JOINTS) -> Pieces:
    """Return what each of several edits, in whole frames at a rate, is joined from: as `share_pieces` has it, and each
    of these parted at joints of its films.
    """
    pieces = _pieces_at(frozenset(edits), rate, least, joints)
    return Pieces(tuple(pieces[edit] for edit in edits))


# What edits share does not depend on whose pieces are asked for: regions ask in turn.
@functools.lru_cache(maxsize=256)
def _pieces_at(
    edits: frozenset[Edit], rate: FrameRate, least: Fraction, joints: Joints
) -> Mapping[Edit, tuple[Edit, ...]]:
    asked = tuple(edits)
    shared = share_pieces([in_whole_frames(edit, rate) for edit in asked], least=least)
    parted = parted_at_joints(shared.distinct, joints, rate, least=least)
    of = (tuple(part for piece in pieces for part in parted[piece]) for pieces in shared.of)
    return MappingProxyType(dict(zip(asked, of, strict=True)))


def _pieces_of(edits: Collection[Edit], least: Fraction) -> Mapping[Edit, tuple[Edit, ...]]:
    shown = {edit: _as_seen(edit) for edit in edits}
    cuts = _cuts(tuple(shown.values()))
    atoms = {edit: [atom for part in parts for atom in _parted(part, cuts)] for edit, parts in shown.items()}
    inseparable = _inseparable(tuple(atoms.values()))
    found = {}
    for edit, edit_atoms in atoms.items():
        runs: list[list[Part]] = []
        for atom in edit_atoms:
            if runs and (runs[-1][-1], atom) in inseparable:
                runs[-1].append(atom)
            else:
                runs.append([atom])
        found[edit] = tuple(_piece(run) for run in _long_enough(runs, least))
    return found


def _fitted(part: Part, rate: FrameRate) -> Part:
    """Return a part in whole frames; a span in those that begin and end in it, which may be none."""
    if not isinstance(part, MasterSpan):
        return replace(part, duration=rate.time_of(max(1, rate.nearest_frame(part.duration))))
    first, end = -rate.frames_within(-part.span.start), rate.frames_within(part.span.end)
    return replace(part, span=Span(rate.time_of(first), rate.time_of(max(first, end))))


def _lasting(part: Part, seconds: Fraction) -> Part:
    if isinstance(part, MasterSpan):
        return replace(part, span=Span(part.span.start, part.span.start + seconds))
    return replace(part, duration=seconds)


def _bed_of(bed: Sequence[MasterSpan | Gap], length: Fraction) -> Iterator[MasterSpan | Gap]:
    """Yield a bed as long as the parts over it; its last parts take what that changes."""
    left = length
    for number, part in enumerate(bed, 1):
        seconds = left if number == len(bed) else min(part.duration, left)
        if seconds > 0:
            lasting = _lasting(part, seconds)
            assert not isinstance(lasting, Card), "a bed has no cards"
            yield lasting
        left -= seconds


def _as_seen(edit: Edit) -> tuple[Part, ...]:
    bare = (
        replace(part, programme=None, captions=None) if isinstance(part, MasterSpan) else part for part in edit.parts
    )
    return merged(Edit("seen", tuple(bare))).parts


def _cuts(shown: Sequence[Sequence[Part]]) -> Mapping[str, tuple[Fraction, ...]]:
    """Return for each master every time at which any edit begins or ends to show it."""
    found: dict[str, set[Fraction]] = {}
    for parts in shown:
        for part in parts:
            if isinstance(part, MasterSpan):
                found.setdefault(part.master, set()).update((part.span.start, part.span.end))
    return {master: tuple(sorted(times)) for master, times in found.items()}


def _parted(part: Part, cuts: Mapping[str, Sequence[Fraction]]) -> Iterator[Part]:
    if not isinstance(part, MasterSpan):
        yield part
        return
    inside = (time for time in cuts[part.master] if part.span.start < time < part.span.end)
    for start, end in pairwise((part.span.start, *inside, part.span.end)):
        yield replace(part, span=Span(start, end))


def _inseparable(atoms: Sequence[Sequence[Part]]) -> frozenset[tuple[Part, Part]]:
    """Return the pairs of which one never stands without the other right beside it."""
    followers: dict[Part, set[Part | None]] = {}
    leaders: dict[Part, set[Part | None]] = {}
    for of_edit in atoms:
        for one, other in pairwise((None, *of_edit, None)):
            if one is not None:
                followers.setdefault(one, set()).add(other)
            if other is not None:
                leaders.setdefault(other, set()).add(one)
    pairs = ((one, next(iter(after))) for one, after in followers.items() if len(after) == 1)
    return frozenset((one, after) for one, after in pairs if after is not None and leaders[after] == {one})


def _long_enough(runs: list[list[Part]], least: Fraction) -> list[list[Part]]:
    while len(runs) > 1:
        lengths = [total(part.duration for part in run) for run in runs]
        short = min(range(len(runs)), key=lambda number: (lengths[number], number))
        if lengths[short] >= least:
            break
        beside = [number for number in (short - 1, short + 1) if 0 <= number < len(runs)]
        other = min(beside, key=lambda number: (lengths[number], number))
        first = min(short, other)
        runs[first : first + 2] = [runs[first] + runs[first + 1]]
    return runs


def _piece(parts: Sequence[Part]) -> Edit:
    return merged(Edit("piece", tuple(parts)))
