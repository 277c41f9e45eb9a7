"""Times that boxes say tell a film that is whole from one of which a picture is missing, doubled or elsewhere."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.section_times import Row, SectionTimes, Shown, section_times

STEP = 512
TIMESCALE = 12800


def film(counts: list[int], *, last: int = STEP) -> list[Row]:
    """Return segments of so many pictures each, in the order in which decoders might get them."""
    rows = []
    for begin, count in zip(accumulate(counts, initial=0), counts, strict=False):
        samples = [Shown((begin + number) * STEP, STEP) for number in range(count)]
        rows.append(samples)
    rows[-1][-1] = rows[-1][-1]._replace(duration=last)
    for row in rows:
        random.Random(len(row)).shuffle(row)
    return [Row(TIMESCALE, tuple(row)) for row in rows]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.integers(1, STEP))
def test_a_whole_film_has_no_break_in_whatever_order_its_pictures_are_decoded(counts: list[int], last: int) -> None:
    if sum(counts) < 3:
        last = STEP  # of two no one says which is the odd one
    found = section_times(film(counts, last=last))
    assert found.breaks == ()
    assert (found.samples, found.start, found.step) == (sum(counts), 0, Fraction(STEP, TIMESCALE))
    assert found.duration == Fraction((sum(counts) - 1) * STEP + last, TIMESCALE)
    assert SectionTimes.of(json.loads(json.dumps(found.document()))) == found


@given(st.lists(st.integers(2, 20), min_size=2, max_size=6), st.data())
def test_a_picture_that_is_missing_or_doubled_or_late_is_a_break(counts: list[int], data: st.DataObject) -> None:
    rows = film(counts)
    segment = data.draw(st.integers(0, len(rows) - 1))
    number = data.draw(st.integers(0, counts[segment] - 1))
    samples = sorted(rows[segment].samples)
    ends = segment == len(rows) - 1 and number == counts[segment] - 1
    begins = segment == 0 and number == 0
    if not begins and not ends:  # a film that lacks its first or last picture is told by its start or number
        lost = [*samples[:number], *samples[number + 1 :]]
        assert section_times([*rows[:segment], Row(TIMESCALE, tuple(lost)), *rows[segment + 1 :]]).breaks
    doubled = [*samples, samples[number]]
    assert section_times([*rows[:segment], Row(TIMESCALE, tuple(doubled)), *rows[segment + 1 :]]).breaks
    if not begins:
        late = [*samples[:number], samples[number]._replace(time=samples[number].time + 1), *samples[number + 1 :]]
        assert section_times([*rows[:segment], Row(TIMESCALE, tuple(late)), *rows[segment + 1 :]]).breaks


def test_segments_that_are_swapped_break_where_they_meet() -> None:
    first, second, third = film([5, 5, 5])
    assert section_times([second, first, third]).breaks == (
        Fraction(5 * STEP, TIMESCALE),
        Fraction(10 * STEP, TIMESCALE),
    )


def test_segments_of_other_clocks_are_told_in_one() -> None:
    rows = film([5, 5])
    other = Row(2 * TIMESCALE, tuple(Shown(2 * one.time, 2 * one.duration) for one in rows[1].samples))
    assert section_times([rows[0], other]) == section_times(rows)


def test_nothing_shows_nothing() -> None:
    assert section_times([]).samples == 0
