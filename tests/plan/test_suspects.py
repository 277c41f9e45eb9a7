"""Which gaps between keyframes have to be looked at, from pictures and packets made by hand."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.plan.packets import Packets
from pipeline.plan.stretch import Stretch
from pipeline.plan.suspects import Anchors, Gap, find_gaps
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
GROUP = 49  # a keyframe, and triples that may be coded out of order
GROUPS = 6
KEY_BYTES, PICTURE_BYTES = 20_000, 1_000
Picture = NDArray[np.uint8]


def picture(seed: int) -> Picture:
    """A picture of soft shapes, unlike that of any other seed."""
    coarse = np.random.default_rng(seed).uniform(20, 220, (9, 16))
    return coarse.repeat(4, 0).repeat(4, 1).astype(np.uint8)


def sizes(*, spikes: dict[int, int] | None = None) -> NDArray[np.int32]:
    """Return the bytes of every frame: a keyframe each GROUP, alike but for the spikes."""
    every = np.full(GROUP * GROUPS, PICTURE_BYTES, np.int32)
    every[::GROUP] = KEY_BYTES
    for frame, size in (spikes or {}).items():
        every[frame] = size
    return every


def gaps(pictures: list[Picture], bytes_of: NDArray[np.int32], *, reorder: bool = False) -> tuple[Gap, ...]:
    """Return the gaps between keyframes that show these pictures."""
    ticks = np.arange(len(bytes_of))
    if reorder:  # each group in the order 0 3 1 2 6 4 5 …
        place = np.arange(len(ticks)) % GROUP
        ticks = ticks + np.where(place == 0, 0, np.where(place % 3 == 1, 2, -1))
        bytes_of = bytes_of[ticks]
    keys = np.arange(len(ticks)) % GROUP == 0
    luma = np.stack(pictures)
    chroma = np.full((len(luma), 2, 9, 16), 128, np.uint8)
    anchors = Anchors(np.flatnonzero(keys), Stretch(0, luma, chroma))
    return find_gaps(Packets(ticks, bytes_of, keys), anchors, RATE)


def wanted(found: tuple[Gap, ...]) -> list[int]:
    """Return the numbers of the gaps to look at, but for the last, which nothing closes."""
    assert found[-1].is_wanted
    return [k for k, gap in enumerate(found[:-1]) if gap.is_wanted]


def test_gaps_hold_every_frame_once() -> None:
    found = gaps([picture(1)] * GROUPS, sizes())
    assert [(gap.start_frame, gap.end_frame) for gap in found] == [(k * GROUP, (k + 1) * GROUP) for k in range(GROUPS)]


@pytest.mark.parametrize("reorder", [False, True])
def test_a_calm_shot_is_not_looked_at(reorder: bool) -> None:
    assert wanted(gaps([picture(1)] * GROUPS, sizes(), reorder=reorder)) == []


def test_a_gap_between_unlike_pictures_is_looked_at() -> None:
    assert wanted(gaps([picture(1)] * 3 + [picture(2)] * 3, sizes())) == [2]


@pytest.mark.parametrize("reorder", [False, True])
def test_a_cut_away_and_back_between_equal_pictures_shows_in_the_sizes(reorder: bool) -> None:
    spikes = sizes(spikes={2 * GROUP + 10: 12_000, 2 * GROUP + 22: 12_000})
    assert wanted(gaps([picture(1)] * GROUPS, spikes, reorder=reorder)) == [2]


def test_one_towering_packet_between_unlike_pictures_is_named() -> None:
    cut = 2 * GROUP + 10
    found = gaps([picture(1)] * 3 + [picture(2)] * 3, sizes(spikes={cut: 15_000}))
    assert found[2].likely_cuts == (cut,)
    assert found[2].early_end is not None and cut < found[2].early_end < 3 * GROUP


def test_nothing_is_named_where_pictures_are_coded_out_of_order() -> None:
    cut = 2 * GROUP + 9
    found = gaps([picture(1)] * 3 + [picture(2)] * 3, sizes(spikes={cut: 15_000}), reorder=True)
    assert found[2].is_wanted and found[2].likely_cuts == ()


def test_gaps_beside_a_blank_are_looked_at_but_not_inside_a_long_one() -> None:
    black = np.full((36, 64), 16, np.uint8)
    short = gaps([picture(1), picture(1), black, picture(2), picture(2), picture(2)], sizes())
    assert wanted(short) == [1, 2]
    long = gaps([picture(1), picture(1), black, black, black, picture(2)], sizes())
    assert wanted(long) == [1, 4]


def test_a_keyframe_before_its_time_is_looked_at() -> None:
    ticks = np.arange(GROUP * 3)
    keys = np.isin(ticks, (0, GROUP, GROUP + 20, 2 * GROUP + 20))
    bytes_of = np.where(keys, KEY_BYTES, PICTURE_BYTES).astype(np.int32)
    luma = np.stack([picture(1)] * 4)
    anchors = Anchors(np.flatnonzero(keys), Stretch(0, luma, np.full((4, 2, 9, 16), 128, np.uint8)))
    found = find_gaps(Packets(ticks, bytes_of, keys), anchors, RATE)
    assert [gap.start_frame for gap in found[:-1] if gap.is_wanted] == [GROUP]


def test_where_every_picture_is_a_keyframe_odd_sizes_tell() -> None:
    count, step = 240, 8
    random = np.random.default_rng(1)
    bytes_of = (40_000 * (1 + random.normal(0, 0.004, count))).astype(np.int32)
    bytes_of[101:105] = 60_000
    frames = np.arange(0, count, step)
    luma = np.stack([picture(1)] * len(frames))
    anchors = Anchors(frames, Stretch(0, luma, np.full((len(frames), 2, 9, 16), 128, np.uint8)))
    found = find_gaps(Packets(np.arange(count), bytes_of, np.ones(count, np.bool_)), anchors, RATE)
    assert [gap.start_frame for gap in found[:-1] if gap.is_wanted] == [96, 104]
