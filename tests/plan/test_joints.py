"""Films are parted at the same cuts for everyone, and clips into pieces there, which are found again."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, MasterSpan, Part, merged
from pipeline.plan.joints import LEAST_S, joints_of, joints_within, parted_at_joints
from pipeline.plan.pieces import in_whole_frames
from pipeline.plan.shots import Timeline, Transition
from pipeline.timebase import FrameRate, Span

MAIN, OTHER = "a" * 64, "b" * 64
RATE = FrameRate(Fraction(24))
FILM = Timeline(RATE, 2400)
rates = st.sampled_from([FrameRate.parse(text) for text in ("24", "24000/1001", "25", "30000/1001", "30", "60")])
cut_frames = st.lists(st.integers(1, 2400), unique=True, max_size=60).map(sorted)
spans = st.tuples(st.integers(0, 2000), st.integers(1, 400), st.sampled_from([MAIN, OTHER]))
parts = st.one_of(
    spans.map(lambda one: MasterSpan(one[2], Span.of_frames(one[0], one[0] + one[1], RATE))),
    st.integers(1, 6).map(lambda seconds: Card(("card",), Fraction(seconds))),
)


def cuts(frames: list[int]) -> tuple[Transition, ...]:
    return tuple(Transition("cut", frame, frame) for frame in frames)


def film(start: int, end: int) -> MasterSpan:
    return MasterSpan(MAIN, Span.of_frames(start, end, RATE))


def pieces_of(edit: Edit, frames: list[int], rate: FrameRate = RATE) -> tuple[Edit, ...]:
    known = {MAIN: (joints_of(cuts(frames), FILM), FILM)}
    whole = in_whole_frames(edit, rate)
    return parted_at_joints([whole], joints_within([edit], known), rate)[whole]


def test_a_film_is_parted_at_cuts_that_are_far_enough_apart_and_at_no_dissolve() -> None:
    changes = (*cuts([48, 100, 144]), Transition("dissolve", 260, 272), *cuts([300]))
    assert joints_of(changes, Timeline(RATE, 600)) == (48, 144, 300)


def test_trimmed_by_three_frames_a_clip_has_one_other_piece() -> None:
    frames = list(range(60, 1200, 60))
    before, after = (pieces_of(Edit("h1", (film(start, 1060),)), frames) for start in (0, 3))
    assert len(before) == len(after) > 5
    assert before[1:] == after[1:] and before[0] != after[0]


def test_another_passage_in_the_middle_of_a_montage_changes_no_other_piece() -> None:
    montage = [film(start, start + 110) for start in (0, 300, 600, 900)]
    changed = [*montage[:2], film(1500, 1610), montage[3]]
    before, after = (pieces_of(Edit("h1", tuple(shown)), []) for shown in (montage, changed))
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, True]


def test_no_piece_is_shorter_than_a_group_of_pictures_may_be() -> None:
    edit = Edit("h1", (film(0, 960),))
    joints = joints_within([edit], {MAIN: (joints_of(cuts(list(range(120, 960, 120))), FILM), FILM)})
    pieces = parted_at_joints([edit], joints, RATE, least=Fraction(7))[edit]
    assert [piece.duration for piece in pieces] == [10, 10, 10, 10]


@given(cut_frames, st.lists(parts, min_size=1, max_size=5), rates)
def test_pieces_in_order_are_the_edit_and_none_is_too_short(
    frames: list[int], shown: list[Part], rate: FrameRate
) -> None:
    edit = in_whole_frames(Edit("h1", tuple(shown)), rate)
    if not edit.parts:
        return  # no frame of any part falls into it at this rate
    pieces = pieces_of(Edit("h1", tuple(shown)), frames, rate)
    joined = merged(Edit("h1", tuple(part for piece in pieces for part in piece.parts)))
    assert joined.parts == merged(edit).parts
    assert all(rate.time_of(rate.nearest_frame(piece.duration)) == piece.duration for piece in pieces)
    assert len(pieces) == 1 or all(piece.duration > LEAST_S - 2 * rate.frame_duration for piece in pieces)


@given(cut_frames, st.integers(0, 200), st.integers(-60, 60), rates)
def test_what_lies_behind_the_second_joint_stays_whatever_the_first_frame_is(
    frames: list[int], start: int, by: int, rate: FrameRate
) -> None:
    ends = [max(0, start), max(0, start + by)]
    before, after = (pieces_of(Edit("h1", (film(end, 2300),)), frames, rate) for end in ends)
    joints = [frame for frame in joints_of(cuts(frames), FILM) if frame > max(ends)]
    # Up to the first of them another stretch is shown, and what is too short may go with the next.
    kept = [one for one in before if len(joints) > 1 and one.spans[0].span.start >= RATE.time_of(joints[1])]
    assert set(kept) <= set(after)
