"""Time is exact: frames, times and timecode give each other back at every rate, and rounding has one direction."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timebase import (
    STANDARD_RATES,
    FrameRate,
    Span,
    clock,
    parse_seconds,
    parse_timecode,
    timecode,
    total,
)

RATES = tuple(map(FrameRate, STANDARD_RATES))
rates = st.sampled_from(RATES)
ntsc = st.sampled_from([FrameRate(Fraction(n * 1000, 1001)) for n in (30, 60, 120)])
frames = st.integers(min_value=0, max_value=60 * 60 * 60 * 30)
times = st.fractions(min_value=0, max_value=100_000, max_denominator=90_000)
F24, NTSC24 = FrameRate(Fraction(24)), FrameRate(Fraction(24000, 1001))
NTSC30, NTSC60 = FrameRate(Fraction(30000, 1001)), FrameRate(Fraction(60000, 1001))


@pytest.mark.parametrize(("rate", "frames"), [("24", 1080), ("24000/1001", 1078), ("30000/1001", 1348), ("60", 2700)])
def test_45_seconds_are_the_whole_frames_that_fit(rate: str, frames: int) -> None:
    assert FrameRate.parse(rate).frames_within(Fraction(45)) == frames


@given(rates, frames)
def test_a_frame_is_on_screen_from_its_own_time_to_the_next(rate: FrameRate, frame: int) -> None:
    start, just_before_the_end = rate.time_of(frame), rate.time_of(frame + 1) - Fraction(1, 10**9)
    assert rate.frame_at(start) == rate.frame_at(just_before_the_end) == rate.nearest_frame(start) == frame
    assert rate.frames_within(start) == frame


@given(rates, times)
def test_the_nearest_frame_is_at_most_half_a_frame_away_and_halves_go_later(rate: FrameRate, time: Fraction) -> None:
    distance = rate.time_of(rate.nearest_frame(time)) - time
    assert -rate.frame_duration / 2 < distance <= rate.frame_duration / 2


@given(rates, times)
def test_frames_within_a_time_never_last_longer(rate: FrameRate, time: Fraction) -> None:
    count = rate.frames_within(time)
    assert rate.time_of(count) <= time < rate.time_of(count + 1)


@given(rates, frames)
def test_timecode_gives_its_frame_back(rate: FrameRate, frame: int) -> None:
    assert parse_timecode(timecode(frame, rate), rate) == frame
    assert parse_timecode(timecode(frame, rate, drop_frame=False), rate) == frame


@given(ntsc, frames)
def test_drop_frame_timecode_keeps_to_the_clock(rate: FrameRate, frame: int) -> None:
    text = timecode(frame, rate)
    hours, minutes, seconds = (int(part) for part in text.split(";")[0].split(":"))
    shown = hours * 3600 + minutes * 60 + seconds + Fraction(int(text.split(";")[1]), rate.nominal)
    # What remains is a second in a million, and the frames about to be dropped.
    assert abs(shown - rate.time_of(frame)) < Fraction(1, 10) + rate.time_of(frame) / 10**6


@given(rates, frames)
def test_timecode_counts_on_and_never_repeats(rate: FrameRate, frame: int) -> None:
    assert timecode(frame, rate) < timecode(frame + 1, rate) or len(timecode(frame, rate)) > 11


@pytest.mark.parametrize(
    ("frame", "rate", "text"),
    [
        (0, NTSC30, "00:00:00;00"),
        (1799, NTSC30, "00:00:59;29"),
        (1800, NTSC30, "00:01:00;02"),
        (17981, NTSC30, "00:09:59;29"),
        (17982, NTSC30, "00:10:00;00"),
        (107892, NTSC30, "01:00:00;00"),
        (3600, NTSC60, "00:01:00;04"),
        (35964, NTSC60, "00:10:00;00"),
        (86400, NTSC24, "01:00:00:00"),
        (2589408, NTSC30, "24:00:00;00"),
        (119, FrameRate(Fraction(120)), "00:00:00:119"),
        (99, FrameRate(Fraction(100)), "00:00:00:99"),
    ],
)
def test_timecode_of_known_frames(frame: int, rate: FrameRate, text: str) -> None:
    assert timecode(frame, rate) == text and parse_timecode(text, rate) == frame


@pytest.mark.parametrize(
    ("text", "rate", "reason"),
    [
        ("00:01:00;00", NTSC30, "skipped"),
        ("00:01:00;01", NTSC30, "skipped"),
        ("00:01:00;03", NTSC60, "skipped"),
        ("00:00:00:24", F24, "counts 0 to 23"),
        ("00:00:00;10", F24, "does not exist at 24/1"),
        ("00:00:00;10", NTSC24, "does not exist"),
        ("00:60:00:00", F24, "not timecode"),
        ("0:0:0:0", F24, "not timecode"),
        ("00:00:00:00\n", F24, "not timecode"),
        ("٠٠:00:00:00", F24, "not timecode"),
    ],
)
def test_text_that_is_no_timecode_at_the_rate_is_refused(text: str, rate: FrameRate, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_timecode(text, rate)


def test_drop_frame_is_refused_where_it_does_not_exist_and_frames_count_from_0() -> None:
    with pytest.raises(ValueError, match="does not exist at 25/1"):
        timecode(0, FrameRate(Fraction(25)), drop_frame=True)
    with pytest.raises(ValueError, match="from 0"):
        timecode(-1, F24)


@pytest.mark.parametrize(
    ("measured", "meant"),
    [
        ("23.976", "24000/1001"), ("23.98", "24000/1001"), ("24", "24"), ("24.0001", "24"), ("29.97", "30000/1001"),
        ("2997/100", "30000/1001"), ("1000000000/41708333", "24000/1001"), ("1000000000/16666667", "60"),
        ("59.94", "60000/1001"), ("25.001", "25"), ("24.5", "24.5"), ("17", "17"), ("119.88", "120000/1001"),
    ],
)  # fmt: skip
def test_a_measured_rate_becomes_the_standard_one_it_means(measured: str, meant: str) -> None:
    assert FrameRate.nearest_standard(Fraction(measured)).fps == Fraction(meant)


@given(st.fractions(min_value=1, max_value=240, max_denominator=100_000))
def test_a_standard_rate_is_never_far_from_the_measured_one(fps: Fraction) -> None:
    found = FrameRate.nearest_standard(fps).fps
    assert found == fps or (found in STANDARD_RATES and abs(found - fps) <= found / 2000)
    assert all(FrameRate.nearest_standard(rate).fps == rate for rate in STANDARD_RATES)


@given(rates, st.sampled_from([Fraction(30), Fraction(60), Fraction(24)]))
def test_a_rate_is_divided_by_the_smallest_whole_number(rate: FrameRate, most: Fraction) -> None:
    divisor = rate.fps / rate.halved_to(most).fps
    assert divisor.denominator == 1 and rate.fps / divisor <= most
    assert divisor == 1 or rate.fps / (divisor - 1) > most


@given(rates, frames, frames)
def test_a_span_of_frames_gives_its_frames_back(rate: FrameRate, one: int, other: int) -> None:
    first, last = sorted((one, other))
    span = Span.of_frames(first, last, rate)
    assert span.frames(rate) == (first, last) and span.snapped(rate) == span
    assert span.duration == rate.time_of(last - first)
    assert span.moved(Fraction(1, 3)).moved(Fraction(-1, 3)) == span


@given(times, times, times, times)
def test_overlap_is_symmetric_and_within_both_spans(a: Fraction, b: Fraction, c: Fraction, d: Fraction) -> None:
    one, other = Span(min(a, b), max(a, b)), Span(min(c, d), max(c, d))
    shared = one.overlap(other)
    assert shared == other.overlap(one) and 0 <= shared <= min(one.duration, other.duration)
    assert one.overlap(one) == one.duration
    assert Span(Fraction(0), one.start).overlap(one) == 0  # half-open: neighbours share nothing


def test_a_span_backwards_and_a_rate_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="ends at or after"):
        Span(Fraction(2), Fraction(1))
    for text in ("0", "-24", "24/0", "nan", "inf", "", "1e9", "24 000", "24/1/1"):
        with pytest.raises(ValueError, match=r"rate|number"):
            FrameRate.parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45", "45"), ("0.5", "1/2"), (".5", "1/2"), ("1001/30000", "1001/30000"), ("1:02:03.5", "7447/2"),
        ("02:03", "123"), (" 7 ", "7"), ("-3", "-3"), ("00:00:10.640000000", "266/25"),
    ],
)  # fmt: skip
def test_times_are_read_as_seconds_or_clock_text(text: str, seconds: str) -> None:
    assert parse_seconds(text) == Fraction(seconds)


@pytest.mark.parametrize(
    "text", ["", ":", "1:", "a", "1/0", "1e999999999", "nan", "-1:30", "1:-30", "1:2:3:4", "4_5", "٤"]
)
def test_other_text_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_seconds(text)


def test_clocks_for_people_show_whole_seconds_rounded_down() -> None:
    assert [clock(Fraction(text)) for text in ("0", "59.999", "60", "3599", "3661.5")] == [
        "0:00", "0:59", "1:00", "59:59", "1:01:01"
    ]  # fmt: skip


@given(st.lists(st.fractions(max_denominator=10**6)))
def test_a_total_is_the_sum(numbers: list[Fraction]) -> None:
    assert total(numbers) == sum(numbers, Fraction(0))
