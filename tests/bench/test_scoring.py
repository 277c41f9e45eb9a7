"""How found transitions are matched with labels and judged by them."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.labels import Mark, read_labels, write_labels
from bench.matching import match
from bench.scoring import OVERLAPS, Score, cuts_within, graduals_over, judge, overlap

HALF, THIRD = OVERLAPS
CUT = Mark(100, 100, "cut")
DISSOLVE = Mark(200, 224, "dissolve")

cuts = st.lists(st.integers(0, 40).map(lambda frame: Mark(frame, frame, "cut")), max_size=8)
ranges = st.builds(
    lambda start, length, kind: Mark(start, start + length, kind),
    st.integers(0, 40),
    st.integers(1, 20),
    st.sampled_from(("dissolve", "fade", "wipe")),
)
graduals = st.lists(ranges, max_size=7)
marks = st.lists(st.one_of(ranges, st.integers(0, 40).map(lambda frame: Mark(frame, frame, "cut"))), max_size=10)


def cut(frame: int, note: str = "") -> Mark:
    return Mark(frame, frame, "cut", note)


@pytest.mark.parametrize(("frame", "exact", "near"), [(100, 1, 1), (99, 0, 1), (101, 0, 1), (98, 0, 0), (102, 0, 0)])
def test_a_cut_matches_a_label_up_to_the_tolerance_away(frame: int, exact: int, near: int) -> None:
    verdict = judge([cut(frame)], [CUT])
    assert (verdict.cuts[0].matched, verdict.cuts[1].matched) == (exact, near)
    assert verdict.cuts[0].found == verdict.cuts[0].labelled == 1


def test_matching_does_not_depend_on_which_comes_first() -> None:
    # Taking the first that fits would pair 11 with 10 and leave 12 alone.
    labels = [cut(10), cut(12)]
    assert judge([cut(11), cut(9)], labels).cuts[1] == Score(2, 2, 2)
    assert judge([cut(9), cut(11)], labels).cuts[1] == Score(2, 2, 2)


def test_of_two_largest_matchings_the_closer_is_taken() -> None:
    wide, narrow = Mark(0, 20, "dissolve"), Mark(4, 16, "dissolve")
    assert match([wide, narrow], [narrow, wide], graduals_over(THIRD)) == ((wide, wide), (narrow, narrow))


@pytest.mark.parametrize(
    ("found", "half", "third"),
    [((200, 224), 1, 1), ((206, 230), 1, 1), ((212, 236), 0, 1), ((216, 240), 0, 0), ((212, 224), 1, 1)],
)
def test_a_gradual_transition_matches_by_intersection_over_union(found: tuple[int, int], half: int, third: int) -> None:
    verdict = judge([Mark(*found, "dissolve")], [DISSOLVE])
    assert (verdict.graduals[HALF].matched, verdict.graduals[THIRD].matched) == (half, third)


def test_a_gradual_transition_of_another_kind_matches_and_its_kind_is_wrong() -> None:
    verdict = judge([Mark(200, 224, "fade")], [DISSOLVE])
    assert verdict.graduals[HALF] == Score(1, 1, 1)
    assert verdict.kinds == Score(1, 1, 0)
    assert verdict.wrong_kinds == ((DISSOLVE, Mark(200, 224, "fade")),)


def test_a_gradual_transition_found_as_a_cut_is_a_miss_and_a_false_cut() -> None:
    verdict = judge([cut(210)], [DISSOLVE])
    assert verdict.graduals[THIRD] == Score(0, 1, 0)
    assert verdict.cuts[1] == Score(1, 0, 0)
    assert (verdict.misses, verdict.false_alarms) == ((DISSOLVE,), (cut(210),))
    assert verdict.anything == Score(1, 1, 1)


def test_a_cut_found_as_a_gradual_transition_is_a_miss_and_a_false_gradual() -> None:
    verdict = judge([Mark(98, 104, "dissolve")], [CUT])
    assert (verdict.cuts[1], verdict.graduals[THIRD]) == (Score(0, 1, 0), Score(1, 0, 0))


def test_a_label_matches_only_one_of_two_marks_on_it() -> None:
    assert judge([cut(100), cut(101)], [CUT]).cuts[1] == Score(2, 1, 1)
    assert judge([cut(205), cut(215)], [DISSOLVE]).anything == Score(2, 1, 1)


def test_what_lies_on_an_ignored_label_counts_neither_for_nor_against() -> None:
    ignored = Mark(290, 310, "ignore")
    verdict = judge([CUT, cut(300), Mark(280, 295, "dissolve")], [CUT, ignored])
    assert verdict.cuts[1] == Score(1, 1, 1)
    assert verdict.graduals[HALF] == Score(0, 0, 0)
    assert verdict.false_alarms == verdict.misses == ()


def test_a_match_beside_an_ignored_label_counts() -> None:
    assert judge([CUT], [CUT, Mark(100, 120, "ignore")]).cuts[0] == Score(1, 1, 1)


def test_cutaways_and_jumps_are_told_apart() -> None:
    labels = [cut(10, "cutaway"), cut(20, "cutaway"), cut(50, "jump"), cut(80)]
    verdict = judge([cut(10), cut(51), cut(80)], labels)
    assert verdict.noted == {"cutaway": Score(1, 2, 1), "jump": Score(1, 1, 1)}


def test_nothing_found_is_a_score_of_nothing() -> None:
    score = judge([], [CUT]).cuts[1]
    assert (score.precision, score.recall, score.f1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("heading", ["kind,start_frame,end_frame", "kind,start_frame,end_frame,note"])
def test_labels_are_read_with_and_without_notes(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "film.shots.csv"
    row = "cut,5,5" + (",jump" if heading.endswith("note") else "")
    path.write_text(f"{heading}\n{row}\n")
    assert read_labels(path) == (cut(5, "jump" if heading.endswith("note") else ""),)


@settings(deadline=None)
@given(marks)
def test_labels_survive_their_file(tmp_path_factory: pytest.TempPathFactory, found: list[Mark]) -> None:
    path = tmp_path_factory.mktemp("labels") / "film.shots.csv"
    write_labels(path, found)
    assert list(read_labels(path)) == sorted(found)


@settings(deadline=None)
@given(cuts, cuts, st.integers(0, 3))
def test_there_are_never_more_pairs_than_either_list_has(found: list[Mark], labels: list[Mark], room: int) -> None:
    pairs = match(labels, found, cuts_within(room))
    assert len(pairs) <= min(len(labels), len(found))
    assert all(abs(label.start_frame - mark.start_frame) <= room for label, mark in pairs)


@settings(deadline=None)
@given(graduals, graduals, st.sampled_from(OVERLAPS))
def test_matching_is_the_same_from_either_side(found: list[Mark], labels: list[Mark], least: Fraction) -> None:
    there, back = match(labels, found, graduals_over(least)), match(found, labels, graduals_over(least))
    assert len(there) == len(back)
    assert sum(overlap(*pair) for pair in there) == sum(overlap(*pair) for pair in back)


@settings(deadline=None)
@given(st.one_of(cuts, graduals), st.randoms())
def test_matching_does_not_depend_on_the_order_of_a_list(found: list[Mark], random: object) -> None:
    shuffled = found.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    half = found[::2]
    closeness = graduals_over(THIRD)
    assert len(match(found, half, closeness)) == len(match(shuffled, half, closeness)) == len(half)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=4), st.lists(st.integers(0, 9), max_size=4), st.integers(0, 3))
def test_no_other_matching_is_larger_or_as_large_and_closer(left: list[int], right: list[int], room: int) -> None:
    labels, found = [cut(frame) for frame in left], [cut(frame) for frame in right]
    closeness = cuts_within(room)
    best = (0, Fraction(0))
    padded = [*range(len(found)), *[None] * len(labels)]
    for choice in set(itertools.permutations(padded, len(labels))):
        close = [closeness(labels[at], found[other]) for at, other in enumerate(choice) if other is not None]
        best = max(best, (sum(value > 0 for value in close), sum(close, Fraction(0))))
    pairs = match(labels, found, closeness)
    assert (len(pairs), sum((closeness(*pair) for pair in pairs), Fraction(0))) == best


@settings(deadline=None)
@given(marks)
def test_a_list_judged_by_itself_is_perfect(labels: list[Mark]) -> None:
    verdict = judge(labels, labels)
    assert verdict.misses == verdict.false_alarms == ()
    for score in (*verdict.cuts.values(), *verdict.graduals.values(), verdict.anything):
        assert score.found == score.labelled == score.matched
    assert {verdict.cuts[0].labelled + verdict.graduals[HALF].labelled, verdict.anything.labelled} == {len(labels)}


@settings(deadline=None)
@given(marks, marks)
def test_every_label_is_matched_or_missed_and_every_mark_right_or_false(found: list[Mark], labels: list[Mark]) -> None:
    verdict = judge(found, labels)
    matched = verdict.cuts[1].matched + verdict.graduals[THIRD].matched
    assert matched + len(verdict.misses) == len(labels)
    assert matched + len(verdict.false_alarms) == len(found)
    assert verdict.cuts[0].matched <= verdict.cuts[1].matched
    assert verdict.graduals[HALF].matched <= verdict.graduals[THIRD].matched


@settings(deadline=None)
@given(marks, marks, marks)
def test_two_films_are_judged_together_as_the_sum_of_both(one: list[Mark], two: list[Mark], three: list[Mark]) -> None:
    both = judge(one, two) + judge(two, three)
    far = [Mark(mark.start_frame + 1000, mark.end_frame + 1000, mark.kind) for mark in (*two, *three)]
    together = judge([*one, *far[: len(two)]], [*two, *far[len(two) :]])
    assert (both.cuts, both.graduals, both.anything) == (together.cuts, together.graduals, together.anything)
