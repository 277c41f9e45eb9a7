"""Rates are those of RFC 8216: the peak of any run of about a target duration, the average of all."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.hls.rates import measure_rates
from pipeline.playlists import MediaPlaylist, Segment, media_text, read_playlist

SEGMENTS = st.lists(
    st.tuples(st.integers(0, 10**8), st.integers(1, 9_000_000).map(lambda micros: Fraction(micros, 10**6))),
    min_size=1,
    max_size=12,
)


def test_a_short_tail_is_no_peak_of_its_own() -> None:
    found = measure_rates([(6000, Fraction(6)), (12_000, Fraction(6)), (900, Fraction(1, 10))], target=6)
    assert found is not None and found.peak == Fraction(12_900 * 10, 61)


def test_runs_of_short_segments_count_together() -> None:
    found = measure_rates([(100, Fraction(1)), (900, Fraction(1)), (800, Fraction(1)), (100, Fraction(1))], target=4)
    assert found is not None and found.peak == 850 and found.average == 475


def test_what_is_shorter_than_half_a_target_has_its_average_for_a_peak() -> None:
    found = measure_rates([(100, Fraction(1))], target=6)
    assert found is not None and found.peak == found.average == 100
    assert measure_rates([(100, Fraction(0))], target=6) is None and measure_rates([], target=6) is None


@settings(deadline=None)
@given(SEGMENTS, st.integers(1, 8))
def test_the_peak_is_that_of_the_worst_run(segments: list[tuple[int, Fraction]], target: int) -> None:
    runs = [segments[first:last] for first in range(len(segments)) for last in range(first + 1, len(segments) + 1)]
    sums = [(sum(bits for bits, _ in run), sum(length for _, length in run)) for run in runs]
    rates = [bits / length for bits, length in sums if Fraction(target, 2) <= length <= Fraction(3 * target, 2)]
    found = measure_rates(segments, target=target)
    assert found is not None
    assert found.peak == max(rates, default=found.average)
    assert found.average == sum(bits for bits, _ in segments) / sum(length for _, length in segments)


@given(
    st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 200)), min_size=1, max_size=30),
    st.sampled_from([Fraction(24), Fraction(24000, 1001), Fraction(25, 2), Fraction(30000, 1001)]),
    st.integers(1, 8),
)
def test_what_a_playlist_tells_has_the_rates_of_what_it_was_written_for(
    frames: list[tuple[int, int]], fps: Fraction, target: int
) -> None:
    sizes = [(bits, count / fps) for bits, count in frames]
    entries = tuple(Segment(f"{number}.m4s", seconds) for number, (_, seconds) in enumerate(sizes))
    read = read_playlist(media_text(MediaPlaylist(300, entries)).encode()).playlist
    assert isinstance(read, MediaPlaylist)
    told = [(bits, entry.duration) for (bits, _), entry in zip(sizes, read.segments, strict=True)]
    assert measure_rates(told, target=target) == measure_rates(sizes, target=target)


@pytest.mark.timeout(60)
def test_segments_of_no_length_take_no_endless_time() -> None:
    began = time.process_time()
    measure_rates([(8, Fraction(0))] * 10_000 + [(8, Fraction(1))], target=6)
    assert time.process_time() - began < 20
