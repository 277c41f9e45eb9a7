"""What an editor would insist on: where highlights begin and end, what they lie on, what stays away."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import MasterSpan, SoundFades
from pipeline.errors import PlanError
from pipeline.plan.borders import Borders
from pipeline.plan.features import FaceBox, FaceSample, Onset, SoundFeatures
from pipeline.plan.ground import Ground
from pipeline.plan.highlights import Decisions, Highlight, HighlightChoice, choose_highlights
from pipeline.plan.judgement import Judge
from pipeline.plan.likeness import Looks
from pipeline.plan.scorers import SCORERS, Footage, ShotScoring, score_shots
from pipeline.plan.shots import FilmAnalysis, Timeline, Transition
from pipeline.presets import Avoid, Fades, HighlightsPreset, Montage, Spoilers
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of, picture_features, sound_features

RATE = FrameRate(Fraction(24))
NOTHING = Spoilers(last_act_fraction=Fraction(0))
TEASER = Montage(min_shot_s=Fraction(1), max_shot_s=Fraction(3))


def preset(**changes: Any) -> HighlightsPreset:
    fields: dict[str, Any] = {
        "id": "test",
        "name": "Test",
        "kind": "moment",
        "count": 1,
        "seconds": Fraction(10),
        "avoid": Avoid(black=True, end_credits=False),
        "spoilers": NOTHING,
        "sound": Fades(fade_in_s=Fraction(0), fade_out_s=Fraction(1, 2)),
    }
    return HighlightsPreset(**{**fields, **changes})


def cuts(*frames: int) -> tuple[Transition, ...]:
    return tuple(Transition("cut", frame, frame) for frame in frames)


def film(
    seconds: int,
    transitions: tuple[Transition, ...] = (),
    *,
    sound: SoundFeatures | None = None,
    faces: tuple[FaceSample, ...] = (),
    **measures: float | Callable[[float], float],
) -> FilmAnalysis:
    timeline = Timeline(RATE, 24 * seconds)
    picture = picture_features(float(seconds), faces=faces, **measures)
    return analysis_of(timeline, transitions, sound=sound, picture=picture)


def choose(
    analysis: FilmAnalysis, wanted: HighlightsPreset, looks: Looks | None = None, **more: Any
) -> HighlightChoice:
    scoring = score_shots(Footage(Path("f"), analysis, lambda: ()), SCORERS[wanted.scorer], name="editor", version="1")
    return choose_highlights(Ground(analysis, scoring, looks), wanted, master="ab" * 32, **more)


def span_of(highlight: Highlight) -> Span:
    ((part,),) = (highlight.edit.parts,)
    assert isinstance(part, MasterSpan)
    return part.span


def fades_of(highlight: Highlight) -> SoundFades:
    assert highlight.edit.fades is not None
    return highlight.edit.fades


def spans_of(choice: HighlightChoice) -> list[Span]:
    return [span_of(highlight) for highlight in choice.highlights]


def between(*ranges: tuple[float, float], high: float = 1.0, low: float = 0.0) -> Callable[[float], float]:
    return lambda time: high if any(first <= time < end for first, end in ranges) else low


def test_a_start_inside_a_word_gives_way_to_a_duller_shot_that_starts_in_a_pause() -> None:
    sound = sound_features(60, speech=between((19, 33)))
    lively = between((20, 30), high=90, low=10)
    analysis = film(60, cuts(480, 960), sound=sound, subject_motion=lively)
    (highlight,) = choose(analysis, preset()).highlights
    assert span_of(highlight) in (Span(Fraction(0), Fraction(10)), Span(Fraction(40), Fraction(50)))


def test_where_people_speak_all_the_time_the_reasons_say_what_gave_way_and_a_fade_covers_it() -> None:
    analysis = film(60, cuts(480, 960), sound=sound_features(60, speech=1.0))
    (highlight,) = choose(analysis, preset()).highlights
    assert any("inside a phrase" in reason for reason in highlight.reasons)
    assert fades_of(highlight).out_s == Fraction(1, 2)
    if span_of(highlight).start > 0:
        assert fades_of(highlight).in_s == Fraction(1, 4)


def test_a_start_on_a_shot_needs_no_fade_beyond_the_presets() -> None:
    (highlight,) = choose(film(60, cuts(480, 960)), preset()).highlights
    assert fades_of(highlight).in_s == 0


def test_one_take_is_started_where_a_voice_sets_in_and_says_so() -> None:
    analysis = film(600, sound=sound_features(600, speech=between((100, 108), (300, 309))), subject_motion=20)
    choice = choose(analysis, preset(count=3))
    inside = [one for one in choice.highlights if span_of(one).start > 0]
    assert len(choice.highlights) == 3
    assert all(any("no cut was free" in reason for reason in one.reasons) for one in inside)
    assert all(fades_of(one).in_s == Fraction(1, 4) for one in inside)


def test_a_length_in_a_range_ends_where_the_phrase_does() -> None:
    sound = sound_features(60, speech=between((20, 33)), loudness=-20)
    analysis = film(60, cuts(480, 1400), sound=sound, subject_motion=between((20, 34), high=90, low=10))
    wanted = preset(seconds=None, seconds_min=Fraction(10), seconds_max=Fraction(20))
    (highlight,) = choose(analysis, wanted).highlights
    assert span_of(highlight) == Span(Fraction(20), Fraction(33))
    assert "ends where a phrase ends" in highlight.reasons


def test_a_start_on_a_face_is_told_and_better_than_one_on_nothing() -> None:
    face = FaceBox(0.4, 0.2, 0.2, 0.4, 0.95)
    samples = tuple(FaceSample(Fraction(k), (face,) if 40 <= k < 43 else ()) for k in range(60))
    (highlight,) = choose(film(60, cuts(480, 960), faces=samples), preset()).highlights
    assert span_of(highlight).start == 40
    assert highlight.reasons[0] == "opens on a close face"
    assert highlight.criteria is not None and highlight.criteria.hook > 0.7


def test_titles_are_avoided() -> None:
    lively = between((0, 12), (40, 50), high=90, low=5)
    analysis = film(60, cuts(300, 960, 1200), subject_motion=lively, text=between((0, 12)))
    assert spans_of(choose(analysis, preset()))[0].start == 40


def test_of_two_that_look_alike_only_one_is_taken_where_another_is_nearly_as_good() -> None:
    moves = between((0, 10), (20, 30), high=90, low=10)
    analysis = film(60, cuts(240, 480, 720, 960, 1200), subject_motion=lambda t: moves(t) if t < 40 else 70.0)
    chance = random.Random(1)
    first, *others = (chance.getrandbits(256) for _ in range(5))
    alike = Looks((first, others[0], first, *others[1:]))
    assert sorted(span.start for span in spans_of(choose(analysis, preset(count=2)))) == [0, 20]
    first, second = choose(analysis, preset(count=2), looks=alike).highlights
    assert span_of(first).start == 0 and span_of(second).start == 40
    assert second.score <= first.score


def test_the_last_act_is_shown_as_far_as_its_budget_goes() -> None:
    analysis = film(200, cuts(*range(240, 4800, 240)), subject_motion=between((170, 200), high=90, low=10))

    def spoiled(budget: Fraction) -> Fraction:
        spoilers = Spoilers(last_act_fraction=Fraction(3, 20), budget_fraction=budget)
        choice = choose(analysis, preset(count=3, spoilers=spoilers))
        assert len(choice.highlights) == 3
        return sum((span.overlap(Span(Fraction(170), Fraction(200))) for span in spans_of(choice)), Fraction(0))

    assert spoiled(Fraction(0)) == 0
    assert spoiled(Fraction(1, 3)) == 10
    assert spoiled(Fraction(1)) == 30


def test_the_last_act_is_that_of_the_story_before_the_credits() -> None:
    analysis = film(200, cuts(*range(240, 4800, 240)), subject_motion=between((85, 200), high=90, low=10))
    wanted = preset(avoid=Avoid(black=True, end_credits=True), spoilers=Spoilers(), count=3)
    choice = choose(analysis, wanted, decisions=Decisions(credits_start=Fraction(100)))
    assert all(span.end <= 85 for span in spans_of(choice))


FILM = film(300, cuts(*range(120, 7200, 120)), subject_motion=lambda time: 10 + (time * 37) % 90)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_what_is_rejected_stays_away_and_all_else_stays_the_same(order: list[int]) -> None:
    rejected: list[Span] = []
    before = choose(FILM, preset(count=5))
    for place in order:
        if place >= len(before.highlights):
            continue
        rejected.append(span_of(before.highlights[place]))
        after = choose(FILM, preset(count=5), decisions=Decisions(rejected=tuple(rejected)))
        for number, (one, other) in enumerate(zip(before.highlights, after.highlights, strict=True)):
            assert one.id == other.id
            assert (span_of(one) == span_of(other)) == (number != place)
        assert all(span.overlap(gone) * 2 <= span.duration for span in spans_of(after) for gone in rejected)
        before = after


def test_a_place_that_nothing_can_take_stays_empty_and_the_others_keep_their_names() -> None:
    analysis = film(32, cuts(240, 480))
    gone = spans_of(choose(analysis, preset(count=3)))[1]
    choice = choose(analysis, preset(count=3), decisions=Decisions(rejected=(gone,)))
    assert [one.id for one in choice.highlights] == ["h1", "h3"]
    assert "2 of 3 highlights" in choice.notes[-1]


def montage(analysis: FilmAnalysis, **more: Any) -> Highlight:
    return choose(analysis, preset(kind="montage", montage=TEASER, **more)).highlights[0]


def test_a_montage_lies_on_music_without_voices_and_cuts_on_its_beats() -> None:
    onsets = tuple(Onset(Fraction(k, 2) + Fraction(1, 20), 0.9) for k in range(160))
    sound = sound_features(80, music=between((30, 45), (60, 72)), speech=between((30, 45)), loudness=-20, onsets=onsets)
    highlight = montage(film(80, cuts(*range(96, 1920, 96)), sound=sound))
    (bed,) = highlight.edit.bed
    assert isinstance(bed, MasterSpan) and bed.span.duration == 10 and bed.span.start >= 60
    at = Fraction(0)
    for part in highlight.edit.parts[:-1]:
        at += part.duration
        assert min(abs(bed.span.start + at - onset.time) for onset in onsets) <= Fraction(1, 24)
    assert any("cuts on its beats" in reason for reason in highlight.reasons)


def test_the_bed_is_nothing_that_must_never_be_used() -> None:
    sound = sound_features(80, music=between((30, 45)), loudness=-20)
    never = Decisions(never=(Span(Fraction(29), Fraction(46)),))
    wanted = preset(kind="montage", montage=TEASER)
    highlight = choose(film(80, cuts(*range(96, 1920, 96)), sound=sound), wanted, decisions=never).highlights[0]
    assert all(span.span.overlap(never.never[0]) == 0 for span in highlight.edit.spans)


def test_a_montage_shows_a_set_up_once_where_there_are_others() -> None:
    analysis = film(120, cuts(*range(96, 2880, 96)))
    chance = random.Random(1)
    twins = Looks(tuple(0 if number % 2 == 0 else chance.getrandbits(256) for number in range(30)))
    shown = [int(part.span.start // 4) for part in montage(analysis).edit.parts if isinstance(part, MasterSpan)]
    assert sum(number % 2 == 0 for number in shown) > 1
    wanted = preset(kind="montage", montage=TEASER)
    parts = choose(analysis, wanted, looks=twins).highlights[0].edit.parts
    shown = [int(part.span.start // 4) for part in parts if isinstance(part, MasterSpan)]
    assert sum(number % 2 == 0 for number in shown) <= 1


def test_a_silent_film_gives_a_montage_without_a_bed() -> None:
    assert montage(film(80, cuts(*range(96, 1920, 96)))).edit.bed == ()


@st.composite
def films(draw: st.DrawFn) -> FilmAnalysis:
    """Draw films with cuts and dissolves, voices and beats."""
    edges = sorted(draw(st.sets(st.integers(10, 1900), max_size=20)))
    found = []
    at = 0
    for edge in edges:
        length = draw(st.sampled_from([0, 0, 12, 40]))
        if edge <= at or edge + length > 1910:
            continue
        found.append(Transition("dissolve" if length else "cut", edge, edge + length))
        at = edge + length + 1
    voices = draw(st.lists(st.tuples(st.integers(0, 75), st.integers(1, 12)), max_size=5))
    beats = draw(st.sets(st.integers(0, 79), max_size=30))
    sound = sound_features(
        80,
        speech=between(*((first, first + length) for first, length in voices)),
        music=between((40, 60)),
        onsets=tuple(Onset(Fraction(beat), 0.8) for beat in sorted(beats)),
    )
    lively = draw(st.sets(st.integers(0, 79), max_size=20))
    return film(80, tuple(found), sound=sound, subject_motion=lambda time: 80 if int(time) in lively else 10)


@settings(max_examples=60, deadline=None)
@given(films(), st.integers(1, 4), st.sampled_from([(7, 7), (5, 9)]))
def test_a_rule_gives_way_only_where_no_place_is_left_that_keeps_it(
    analysis: FilmAnalysis, count: int, lengths: tuple[int, int]
) -> None:
    ends = {"seconds": None, "seconds_min": Fraction(lengths[0]), "seconds_max": Fraction(lengths[1])}
    choice = choose(analysis, preset(count=count, **ends))
    borders = Borders(analysis)
    length = 24 * lengths[0]
    for number, highlight in enumerate(choice.highlights):
        start, end = (int(time * 24) for time in (span_of(highlight).start, span_of(highlight).end))
        assert length <= end - start <= 24 * lengths[1]
        told = " ".join(highlight.reasons)
        assert ("inside a transition" in told) == (
            borders.opens_in_transition(start) or borders.closes_in_transition(end)
        )
        if borders.in_word(start) and not borders.opens_in_transition(start):
            assert "starts inside a phrase" in told
        if not borders.starts_shot(start):
            assert "starts inside" in told and fades_of(highlight).in_s == Fraction(1, 4)
        clean = [
            first
            for first in borders.starts
            if first + length <= analysis.timeline.frame_count
            and not borders.in_word(first)
            and not borders.in_word(first + length)
            and not borders.closes_in_transition(first + length)
        ]
        if number == 0 and count == 1 and clean and lengths[0] == lengths[1]:
            assert start in clean


@settings(max_examples=40, deadline=None)
@given(films())
def test_no_piece_of_a_montage_shows_a_transition_and_the_bed_is_as_long_as_the_pictures(
    analysis: FilmAnalysis,
) -> None:
    try:
        choice = choose(analysis, preset(kind="montage", montage=TEASER, count=2))
    except PlanError:
        return
    for highlight in choice.highlights:
        assert highlight.edit.duration == 10
        assert sum(part.duration for part in highlight.edit.bed) == 10
        for part in highlight.edit.parts:
            assert isinstance(part, MasterSpan)
            start, end = part.span.frames(RATE)
            assert all(end <= found.start_frame or found.end_frame <= start for found in analysis.transitions)


def scored(values: tuple[float, ...]) -> ShotScoring:
    return ShotScoring("mine", "mine 1", values)


def test_only_the_order_of_scores_counts() -> None:
    analysis = film(60, cuts(480, 960))
    wanted = preset()
    small, large = (
        choose_highlights(
            Ground(analysis, scored(tuple(factor * value for value in (1, 3, 2)))), wanted, master="ab" * 32
        )
        for factor in (0.001, 1e6)
    )
    assert small == large and span_of(small.highlights[0]).start == 20


@pytest.mark.parametrize("kind", ["moment", "montage"])
@pytest.mark.parametrize("seconds", [12, 45, 3600])
def test_films_that_no_editor_would_cut_still_get_a_sensible_answer(kind: str, seconds: int) -> None:
    more = {"kind": kind, "montage": TEASER if kind == "montage" else None, "count": 3}
    slides = cuts(*range(240, 24 * seconds, 240))
    strange = {
        "one shot": film(seconds),
        "black": film(seconds, black=1.0, brightness=0.0, subject_motion=0.0),
        "slides": film(seconds, slides, subject_motion=0.0, camera_motion=0.0),
        "static": film(seconds, subject_motion=0.0, camera_motion=0.0, sound=sound_features(seconds, loudness=-70)),
        "talking": film(seconds, slides, sound=sound_features(seconds, speech=1.0)),
        "credits": film(seconds, slides, text=1.0),
        "short shots": film(seconds, cuts(*range(2, 24 * min(seconds, 100), 2))),
    }
    for name, analysis in strange.items():
        if (kind, name) == ("montage", "short shots") and seconds < 100:
            with pytest.raises(PlanError, match="No montage of 10 s fits"):
                choose(analysis, preset(**more))
            continue
        choice = choose(analysis, preset(**more))
        assert choice.highlights, name
        assert all(one.edit.duration == 10 for one in choice.highlights), name


def test_a_black_film_says_that_black_could_not_be_left_out() -> None:
    choice = choose(film(60, black=1.0, brightness=0.0), preset())
    assert "were not left out" in choice.notes[0]
    assert "some black" in choice.highlights[0].reasons


def test_a_black_film_keeps_its_ending_back_as_long_as_that_leaves_room_for_a_highlight() -> None:
    ending = Spoilers(last_act_fraction=Fraction(1, 4))
    kept = choose(film(60, black=1.0, brightness=0.0), preset(count=6, spoilers=ending))
    assert all(span_of(one).end <= 45 for one in kept.highlights) and len(kept.notes) == 2
    used = choose(film(11, black=1.0, brightness=0.0), preset(count=1, spoilers=ending))
    assert "were not left out" in used.notes[0] and "last 25%" in used.notes[1]


def test_a_film_a_minute_shorter_than_the_preset_is_told_both_lengths() -> None:
    with pytest.raises(PlanError, match=r"film is 30 s long.*needs 90 to 120 s"):
        choose(film(30), preset(seconds=None, seconds_min=Fraction(90), seconds_max=Fraction(120)))


def test_a_frame_rate_that_changes_is_cut_on_the_grid_of_its_natural_rate() -> None:
    times = tuple(Fraction(k, 24) if k < 700 else Fraction(700, 24) + Fraction(k - 700, 12) for k in range(1400))
    timeline = Timeline.of_times(RATE, times)
    seconds = float(timeline.duration)
    analysis = analysis_of(timeline, cuts(301, 900), subject_motion=between((40, 60), high=90, low=10))
    for highlight in choose(analysis, preset(count=3)).highlights:
        assert span_of(highlight).snapped(RATE) == span_of(highlight)
        assert span_of(highlight).duration == 10 and span_of(highlight).end <= seconds


def test_one_more_highlight_never_costs_the_best_ones() -> None:
    # The best passage lies so that only one fits beside it; without it there would be three full of lettering.
    moving, letters = between((5, 15), high=90, low=0), between((0, 5), (15, 31))
    analysis = film(31, cuts(120), subject_motion=moving, text=letters)
    one, three = (choose(analysis, preset(count=count)) for count in (1, 3))
    assert spans_of(three)[0] == spans_of(one)[0] == Span(Fraction(5), Fraction(15))
    assert three.notes[-1].startswith("2 of 3 highlights")


def test_a_stretch_that_film_toml_asks_for_is_given_as_the_reason() -> None:
    wish = Span(Fraction(30), Fraction(33))
    (highlight,) = choose(film(60, cuts(240, 720)), preset(), decisions=Decisions(always=(wish,))).highlights
    assert highlight.reasons[0] == "shows 0:30 to 0:33, as film.toml asks"


def test_an_end_in_the_middle_of_a_movement_is_less_of_a_rest_than_one_in_stillness() -> None:
    sound = sound_features(60, loudness=between((28, 32), (48, 52), high=-70, low=-20))
    moving = between((20, 30), high=90, low=10)
    analysis = film(60, cuts(480, 960), sound=sound, subject_motion=moving)
    judge = Judge(Ground(analysis, score_shots(Footage(Path("f"), analysis, lambda: ()), SCORERS["editor"],
                                               name="editor", version="1")), preset().weights)  # fmt: skip
    assert judge.criteria(20 * 24, 30 * 24).rest < judge.criteria(40 * 24, 50 * 24).rest


def test_what_likeness_and_broken_rules_cost_stands_among_the_faults() -> None:
    analysis = film(60, sound=sound_features(60, speech=1.0))
    (highlight,) = choose(analysis, preset()).highlights
    assert highlight.faults is not None and highlight.faults.rules > 0
    twins = film(60, cuts(240, 480, 720, 960, 1200))
    both = choose(twins, preset(count=2), looks=Looks((7,) * 6)).highlights
    assert both[0].faults is not None and both[0].faults.likeness == 0
    assert both[1].faults is not None and both[1].faults.likeness > 0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_scores_and_faults_add_up_to_the_score(count: int) -> None:
    analysis = film(60, cuts(240, 480, 1200), sound=sound_features(60, speech=between((9, 31))))
    wanted = preset(count=count)
    judge_weights = {name: getattr(wanted.weights, name) for name in type(wanted.weights).model_fields}
    for one in choose(analysis, wanted, looks=Looks((7, 7, 9, 7))).highlights:
        assert one.criteria is not None and one.faults is not None
        whole = sum(judge_weights.values())
        speaks_for = sum(float(weight / whole) * getattr(one.criteria, name) for name, weight in judge_weights.items())
        assert one.score == pytest.approx(speaks_for - one.faults.total, abs=1e-4)
