"""Decide which frames of a film have to be looked at to find its transitions, from its keyframes and packets' sizes.

Between two keyframes that show the same picture, and packets that take as much as their neighbours, a shot goes on. A
picture that nothing before foretells takes about as many bytes as a keyframe, whatever the keyframes beside it show: a
cut away and back again shows in the sizes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.plan.movement import correlation, recolour, unexplained_change
from pipeline.plan.packets import Packets
from pipeline.plan.series import medians_around, runs
from pipeline.plan.stretch import Stretch
from pipeline.timebase import FrameRate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames = NDArray[np.intp]
    Floats = NDArray[np.float32]

# Keyframes are seconds apart: movement leads further than from one picture to the next.
_SEARCH: Final = 6
_DIFFERENT: Final = 2.5
_CHANGED_SLOWLY: Final = 4.0
_LIKE: Final = 0.8  # pictures more alike than this are no two ends of a dissolve, see plan.dissolves
_VERY_DIFFERENT: Final = 14.0
_BLANK_CONTRAST: Final = 3.0
_CONTRAST_KEPT: Final = 0.65
_CONTRAST_STEP: Final = 6.0
# Of a packet's size: against the smaller keyframe beside it, and against the median of its kind around it.
_SPIKES: Final = ((0.2, 3.0), (0.06, 5.0), (0.8, 0.0))
_NEIGHBOURS: Final = 8
# Of a keyframe among keyframes: its change in size, as a share, and against the median of such changes around it.
_ODD: Final = 0.06
_ODD_AGAINST_KIND: Final = 4.0
# Slow changes are told over this time, where keyframes are closer; a blank picture held for longer parts two fades.
_SLOW: Final = Fraction(6, 5)
_LONGEST_BLANK: Final = Fraction(5, 2)
_MOST_LIKELY: Final = 3
_CLEAR: Final = 1.3
_CLEAR_AGAINST_KIND: Final = 3.0
_AFTER_SPIKE: Final = Fraction(2, 5)


@dataclass(frozen=True)
class Gap:
    """The frames from one anchor up to the next, and whether they have to be looked at."""

    start_frame: int
    end_frame: int
    is_wanted: bool
    likely_cuts: tuple[int, ...]
    """The few frames that their packets betray: seen alone, they may show all that happens."""
    early_end: int | None
    """Where looking may end, if the picture is then that of the next anchor; None where all has to be seen."""


@dataclass(frozen=True, eq=False)
class Anchors:
    """Pictures that were decoded from their packets alone."""

    frames: Frames
    pictures: Stretch
    """The same pictures, made small; they do not succeed one another."""


def differences(pictures: Stretch, places: Frames, others: Frames) -> Floats:
    """Return for pairs of pictures how far they are different ones, movement allowed for; above 2.5 they are."""
    unexplained = unexplained_change(pictures.half[places], pictures.half[others], search=_SEARCH)
    apart = unexplained * recolour(pictures.colours[places], pictures.colours[others])
    told: Floats = np.where(unexplained > _VERY_DIFFERENT, np.maximum(apart, _DIFFERENT + unexplained), apart)
    return told


def changes_of_shot(pictures: Stretch) -> list[bool]:
    """Return for each picture but the last whether the next is of another shot, as far as the two can tell."""
    places = np.arange(len(pictures) - 1)
    changes: list[bool] = (differences(pictures, places, places + 1) > _DIFFERENT).tolist()
    return changes


def find_gaps(packets: Packets, anchors: Anchors, rate: FrameRate) -> tuple[Gap, ...]:
    """Return all gaps between anchors in order; together they hold every frame."""
    places = np.arange(len(anchors.frames) - 1)
    differs = differences(anchors.pictures, places, places + 1)
    wanted = _changed(anchors, differs, rate) | _before_early_keys(packets, anchors.frames)
    bounds = pairwise((*anchors.frames.tolist(), len(packets.ticks)))
    gaps = (Gap(*ends, is_wanted, (), None) for ends, is_wanted in zip(bounds, wanted.tolist(), strict=True))
    return tuple(_with_spikes(gaps, packets, anchors, differs, rate))


def _changed(anchors: Anchors, differs: Floats, rate: FrameRate) -> NDArray[np.bool_]:
    """Return the gaps whose anchors alone say that something happens in them."""
    luma = anchors.pictures.luma
    slow = _slow_changes(anchors, differs, rate)
    slow |= (differs > _CHANGED_SLOWLY) & (correlation(luma[:-1], luma[1:]) < _LIKE)
    # Nothing closes the last gap.
    return np.append(slow | _relit(anchors), True) | _beside_blanks(anchors, rate)


def _with_spikes(
    gaps: Iterable[Gap], packets: Packets, anchors: Anchors, differs: Floats, rate: FrameRate
) -> Iterator[Gap]:
    """Yield the gaps with what sizes say of them: those that hold a spike are wanted, but perhaps not whole."""
    spikes, after = np.sort(packets.frames[_spikes(packets)]), rate.nearest_frame(_AFTER_SPIKE)
    blank = anchors.pictures.contrast < _BLANK_CONTRAST
    # What ends on a blank picture may go on behind it.
    closed = np.append(~(blank[:-1] | blank[1:]), False).tolist()
    other = np.append(differs > _DIFFERENT, False).tolist()
    for gap, is_closed, is_other in zip(gaps, closed, other, strict=True):
        first, last = np.searchsorted(spikes, (gap.start_frame + 1, gap.end_frame))
        inside = spikes[first:last]
        if not len(inside):
            yield gap
        elif not is_closed:
            yield replace(gap, is_wanted=True)
        else:
            early, likely = int(inside[-1]) + after, _clear_spikes(packets, gap, inside) if is_other else ()
            early_end = early if early < gap.end_frame - 1 else None
            yield replace(gap, is_wanted=True, likely_cuts=likely, early_end=early_end)


def _clear_spikes(packets: Packets, gap: Gap, spikes: Frames) -> tuple[int, ...]:
    """Return the spikes of a gap where they are few, tower over all else in it, and pictures are coded as shown."""
    first = gap.start_frame + 1
    places = packets.shown_order[first : gap.end_frame]
    if len(spikes) > _MOST_LIKELY or not packets.leads[places].all() or packets.keys[places].any():
        return ()
    sizes = packets.sizes[places].astype(np.float32)
    least, others = sizes[spikes - first].min(), np.delete(sizes, spikes - first)
    towers = len(others) > 0 and least > _CLEAR * others.max() and least > _CLEAR_AGAINST_KIND * np.median(others)
    return tuple(spikes.tolist()) if towers else ()


def _slow_changes(anchors: Anchors, differs: Floats, rate: FrameRate) -> NDArray[np.bool_]:
    """Return the gaps in which something may change so slowly that no two anchors in a row show it."""
    slow = np.zeros(len(differs), np.bool_)
    least = rate.nearest_frame(_SLOW)
    later = np.searchsorted(anchors.frames, anchors.frames + least)
    places = np.flatnonzero((later < len(anchors.frames)) & (later > np.arange(len(anchors.frames)) + 1))
    if not len(places):
        return slow
    over = differences(anchors.pictures, places, later[places])
    for place, end, change in zip(places.tolist(), later[places].tolist(), over.tolist(), strict=True):
        if change > _DIFFERENT and differs[place:end].max() <= _CHANGED_SLOWLY:
            slow[place:end] = True
    return slow


def _relit(anchors: Anchors) -> NDArray[np.bool_]:
    """Return the gaps whose pictures have another contrast: part of a fade may be all that lies between."""
    contrast = anchors.pictures.contrast
    lower, higher = np.minimum(contrast[:-1], contrast[1:]), np.maximum(contrast[:-1], contrast[1:])
    relit: NDArray[np.bool_] = (lower < _CONTRAST_KEPT * higher) & (higher - lower > _CONTRAST_STEP)
    return relit


def _before_early_keys(packets: Packets, anchors: Frames) -> NDArray[np.bool_]:
    """Return the gaps that end on a keyframe which came before it was due: encoders set one where they see a cut."""
    early = np.zeros(len(anchors), np.bool_)
    keys = np.flatnonzero(packets.keys)
    lengths = np.diff(keys)
    if len(lengths) > 1 and lengths.max() > 1:
        set_early = packets.frames[keys[1:][lengths < lengths.max()]]
        early[:-1] = np.isin(anchors[1:], set_early)
    return early


def _beside_blanks(anchors: Anchors, rate: FrameRate) -> NDArray[np.bool_]:
    """Return the gaps that begin or end on a blank picture, but for blanks that are held for long."""
    blank = anchors.pictures.contrast < _BLANK_CONTRAST
    beside: NDArray[np.bool_] = blank | np.append(blank[1:], False)
    held = blank & np.append(blank[1:], False)
    longest = rate.nearest_frame(_LONGEST_BLANK)
    for start, end in runs(held):
        if anchors.frames[end] - anchors.frames[start] > longest:
            beside[start:end] = False
    return beside


def _spikes(packets: Packets) -> NDArray[np.bool_]:
    """Return which packets, keyframes aside, are as large as a picture that nothing foretells."""
    sizes, keys = packets.sizes.astype(np.float32), packets.keys
    if keys.all():
        return _odd_sizes(sizes)
    of_key = np.cumsum(keys) - 1
    key_sizes = sizes[keys]
    beside = np.minimum(key_sizes[of_key], key_sizes[np.minimum(of_key + 1, len(key_sizes) - 1)])
    against_keys = sizes / np.maximum(1, beside)
    against_kind = np.zeros_like(sizes)
    for kind in (packets.leads & ~keys, ~packets.leads & ~keys):
        against_kind[kind] = sizes[kind] / np.maximum(1, medians_around(sizes[kind], _NEIGHBOURS))
    spikes = np.zeros(len(sizes), np.bool_)
    for keys_least, kind_least in _SPIKES:
        spikes |= (against_keys > keys_least) & (against_kind > kind_least)
    return spikes & ~keys


def _odd_sizes(sizes: Floats) -> NDArray[np.bool_]:
    """Return which of many keyframes differ in size from the one before by more than noise does."""
    jumps = (np.abs(np.diff(sizes, prepend=sizes[:1])) / np.maximum(1, sizes)).astype(np.float32)
    odd: NDArray[np.bool_] = jumps > np.maximum(_ODD, _ODD_AGAINST_KIND * medians_around(jumps, _NEIGHBOURS))
    return odd
