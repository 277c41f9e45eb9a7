"""Shots of an edit are told in its own frames, with its joins as cuts."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.plan.edit_shots import find_edit_shots
from pipeline.plan.shots import Decoding, ShotList, Timeline, Transition, shots_between
from pipeline.timebase import FrameRate, Span

R24, R25, R60 = (FrameRate(Fraction(fps)) for fps in (24, 25, 60))


def film(rate: FrameRate, frame_count: int, *transitions: Transition) -> ShotList:
    whole = Decoding(0, rate.time_of(frame_count), rate.time_of(frame_count))
    return ShotList(Timeline(rate, frame_count), transitions, shots_between(transitions, frame_count), whole)


FILM = film(R24, 240, Transition("cut", 48, 48), Transition("dissolve", 96, 108), Transition("fade", 180, 204))
FILMS = {"film": FILM, "other": film(R25, 100, Transition("cut", 50, 50))}


def span(start: int, end: int, master: str = "film") -> MasterSpan:
    return MasterSpan(master, Span.of_frames(start, end, FILMS[master].timeline.rate))


def told(*parts: Part, rate: FrameRate = R24) -> tuple[list[tuple[str, int, int]], list[tuple[int, int]]]:
    found = find_edit_shots(Edit("e", parts), rate, FILMS)
    return (
        [(one.kind, one.start_frame, one.end_frame) for one in found.transitions],
        [(shot.start_frame, shot.end_frame) for shot in found.shots],
    )


def test_the_whole_film_has_the_films_own_shots() -> None:
    found = find_edit_shots(Edit("e", (span(0, 240),)), R24, FILMS)
    assert (found.transitions, found.shots) == (FILM.transitions, FILM.shots)


def test_cards_and_gaps_are_shots_and_joins_are_cuts() -> None:
    parts = (Card(("A",), R24.time_of(12)), span(36, 60), Gap(R24.time_of(6)))
    assert told(*parts) == (
        [("cut", 12, 12), ("cut", 24, 24), ("cut", 36, 36)],
        [(0, 12), (12, 24), (24, 36), (36, 42)],
    )


def test_a_span_that_goes_on_where_the_one_before_ended_is_no_cut() -> None:
    assert told(span(0, 24), span(24, 40)) == ([], [(0, 40)])
    assert told(span(0, 24), span(25, 40)) == ([("cut", 24, 24)], [(0, 24), (24, 39)])


def test_a_cut_of_the_film_at_a_join_is_told_once() -> None:
    assert told(span(0, 12), span(48, 60))[0] == [("cut", 12, 12)]


def test_a_piece_of_a_dissolve_is_told_as_far_as_it_is_shown() -> None:
    assert told(span(90, 102), span(0, 12)) == (
        [("dissolve", 6, 12), ("cut", 12, 12)],
        [(0, 6), (12, 24)],
    )
    assert told(span(0, 12), span(102, 120)) == (
        [("cut", 12, 12), ("dissolve", 12, 18)],
        [(0, 12), (18, 30)],
    )


def test_a_master_of_another_rate_is_told_in_the_edits_frames() -> None:
    assert told(span(25, 75, "other"))[0] == [("cut", 24, 24)]
    assert told(span(36, 60), rate=R60)[0] == [("cut", 30, 30)]


def test_a_part_shorter_than_half_a_frame_is_not_there() -> None:
    sliver = Card(("A",), Fraction(1, 100))
    assert told(span(0, 12), sliver, span(60, 72))[0] == [("cut", 12, 12)]


LENGTHS = st.fractions(min_value=Fraction(1, 100), max_value=3, max_denominator=1000)


@given(
    st.lists(
        st.one_of(
            st.builds(lambda length: Card(("A",), length), LENGTHS),
            st.builds(Gap, LENGTHS),
            st.builds(lambda at, length: MasterSpan("film", Span(at, at + length)), LENGTHS, LENGTHS),
        ),
        max_size=8,
    ),
    st.sampled_from([R24, R25, R60, FrameRate(Fraction(24000, 1001)), FrameRate(Fraction(12))]),
)
def test_shots_and_transitions_cover_the_edit_in_order_without_overlap(parts: list[Part], rate: FrameRate) -> None:
    edit = Edit("e", tuple(parts))
    found = find_edit_shots(edit, rate, FILMS)
    assert found.timeline.frame_count == rate.frames_within(edit.duration)
    covered = sum(shot.frame_count for shot in found.shots)
    covered += sum(one.end_frame - one.start_frame for one in found.transitions)
    assert covered == found.timeline.frame_count
    starts = [one.start_frame for one in found.transitions]
    assert starts == sorted(starts)
