"""A timeline's document is small, and says exactly where shots, transitions and words are, and nearly all of curves."""

from __future__ import annotations

import base64
import json
import math
import random
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.captions import Cue
from pipeline.plan.features import Onset
from pipeline.plan.shots import Curve, Timeline, Transition
from pipeline.plan.timelines import COARSER, Word, timeline_document, words_of
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of, sound_features

RATE = FrameRate(Fraction(24000, 1001))
RATES = st.sampled_from([Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)])


def values_of(level: dict[str, str]) -> list[int]:
    return list(base64.b64decode(level["values"]))


def read(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a browser gets it."""
    found: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return found


def test_two_hours_of_two_thousand_shots_with_all_their_words_stay_well_below_a_megabyte() -> None:
    chance = random.Random(7)
    frames = RATE.frames_within(Fraction(7200))
    places = sorted(chance.sample(range(10, frames - 10, 3), 1999))
    cuts = tuple(Transition("cut", place, place) for place in places)
    onsets = tuple(Onset(Fraction(chance.randrange(720_000), 100), chance.random()) for _ in range(40_000))
    sound = sound_features(
        7200,
        onsets=tuple(sorted(onsets, key=lambda onset: onset.time)),
        loudness=lambda time: -30 + 10 * math.sin(time) + chance.random(),
        speech=lambda _: chance.random(),
        music=lambda _: chance.random(),
    )
    analysis = analysis_of(
        Timeline(RATE, frames), cuts, sound=sound, subject_motion=lambda _: 50 * chance.random(), brightness=90.0
    )
    words = [Word(Fraction(k, 2), Fraction(k, 2) + Fraction(1, 3), chance.choice(["the", "kite", "yesterday"]))
             for k in range(14_400)]  # fmt: skip
    document = timeline_document(analysis, interest=Curve(Fraction(5), (50,) * 1440), scores=[0.5] * 2000, words=words)
    text = json.dumps(document, separators=(",", ":"))
    assert len(analysis.shots) == 2000
    assert len(text) < 750_000
    assert len(document["onsets"]["frames"]) == 8_000


@given(
    fps=RATES,
    cuts=st.sets(st.integers(1, 999), max_size=40),
    words=st.lists(st.tuples(st.integers(0, 99_000), st.integers(1, 3000)), max_size=30),
)
def test_shots_transitions_and_words_are_read_back_to_the_frame(
    fps: Fraction, cuts: set[int], words: list[tuple[int, int]]
) -> None:
    timeline = Timeline(FrameRate(fps), 1000)
    analysis = analysis_of(timeline, tuple(Transition("cut", place, place) for place in sorted(cuts)))
    end = timeline.duration
    spoken = [
        Word(end * at / 100_000, min(end, end * (at + length) / 100_000), f"w{at}") for at, length in sorted(words)
    ]
    document = read(timeline_document(analysis, words=spoken))
    starts = list(accumulate(document["shots"]["starts"]))
    assert [(start, start + length) for start, length in zip(starts, document["shots"]["lengths"], strict=True)] == [
        (shot.start_frame, shot.end_frame) for shot in analysis.shots
    ]
    assert document["transitions"] == [["cut", place, place] for place in sorted(cuts)]
    assert FrameRate.parse(document["rate"]).fps == fps
    places = list(accumulate(document["words"]["starts"]))
    texts = document["words"]["text"].split("\n") if spoken else []
    assert len(places) == len(spoken) == len(texts)
    for start, length, word in zip(places, document["words"]["lengths"], sorted(spoken, key=lambda w: (w.start, w.end)),
                                   strict=True):  # fmt: skip
        assert timeline.time_of(start) <= word.start < timeline.time_of(start + 1)
        assert length >= 1
        assert start + length <= 1000
        assert timeline.time_of(start + length) >= word.end or start + length == 1000


@given(st.lists(st.floats(-80, 5, allow_nan=False), min_size=1, max_size=3000))
def test_every_level_of_loudness_is_within_half_a_byte_of_what_was_measured_and_no_peak_vanishes(
    measured: list[float],
) -> None:
    seconds = len(measured) / 10
    sound = sound_features(seconds, loudness=lambda time: measured[min(len(measured) - 1, round(time * 10))])
    frames = max(1, math.ceil(seconds * 24))
    analysis = analysis_of(Timeline(FrameRate(Fraction(24)), frames), sound=sound)
    curve = read(timeline_document(analysis))["curves"]["loudness"]
    low, high = curve["low"], curve["high"]
    finest = [low + value * (high - low) / 255 for value in values_of(curve["levels"][0])]
    bounded = [min(high, max(low, value)) for value in measured]
    assert finest == pytest.approx(bounded, abs=(high - low) / 510 + 0.006)
    for finer, coarser in pairwise(curve["levels"]):
        assert Fraction(coarser["step"]) == COARSER * Fraction(finer["step"])
        values = values_of(finer)
        peaks = [max(values[first : first + COARSER]) for first in range(0, len(values), COARSER)]
        assert values_of(coarser) == peaks


def steps_of(document: dict[str, Any]) -> list[Fraction]:
    told = document["times"]["steps"]
    return [Fraction(step) for repeats, *steps in told for _ in range(repeats) for step in steps]


@pytest.mark.parametrize(
    ("rate", "tick"), [("24/1", 1000), ("24/1", 1_000_000), ("24000/1001", 1000), ("30000/1001", 1000)]
)
def test_times_that_a_container_rounds_are_told_in_a_few_words(rate: str, tick: int) -> None:
    known = FrameRate.parse(rate)
    times = [Fraction(math.floor(known.time_of(k) * tick + Fraction(1, 2)), tick) for k in range(5000)]
    # Copied one after another, as takes are: every one begins somewhere between.
    times += [times[-1] + Fraction(tick // 24 + 1, tick) + time for time in times]
    timeline = Timeline.of_times(known, tuple(times))
    document = read(timeline_document(analysis_of(timeline)))
    assert [Fraction(document["times"]["tick"]) * at for at in accumulate(steps_of(document)[:-1], initial=0)] == times
    assert len(json.dumps(document["times"])) < 3000


@given(st.lists(st.integers(1, 3), min_size=1, max_size=200))
def test_steps_of_any_kind_are_told_as_they_are(steps: list[int]) -> None:
    times = tuple(Fraction(at, 100) for at in accumulate(steps, initial=0))
    document = read(timeline_document(analysis_of(Timeline.of_times(FrameRate(Fraction(50)), times))))
    if document["times"] is not None:
        tick = Fraction(document["times"]["tick"])
        assert [tick * at for at in accumulate(steps_of(document)[:-1], initial=Fraction(0))] == list(times)


def test_a_variable_rate_tells_when_each_picture_is_shown() -> None:
    times = tuple(Fraction(k, 25) if k < 10 else Fraction(10, 25) + Fraction(k - 10, 10) for k in range(30))
    timeline = Timeline.of_times(FrameRate(Fraction(25)), times)
    document = read(timeline_document(analysis_of(timeline)))
    tick = Fraction(document["times"]["tick"])
    steps = steps_of(document)
    assert [tick * at for at in accumulate(steps[:-1], initial=Fraction(0))] == list(times)
    assert tick * sum(steps) == timeline.duration
    assert read(timeline_document(analysis_of(Timeline(RATE, 30))))["times"] is None


def test_a_silent_film_has_no_curves_of_sound() -> None:
    document = timeline_document(analysis_of(Timeline(RATE, 100)))
    assert set(document["curves"]) == {"movement", "brightness"}
    assert document["onsets"] == {"frames": [], "strengths": ""}
    assert document["shots"]["loudness"] == [None]


def test_the_strongest_onsets_of_a_long_film_are_kept() -> None:
    onsets = tuple(Onset(Fraction(k, 100), (k * 7919 % 10_000) / 10_000) for k in range(10_000))
    analysis = analysis_of(Timeline(FrameRate(Fraction(100)), 10_000), sound=sound_features(100, onsets=onsets))
    document = read(timeline_document(analysis))
    kept = set(accumulate(document["onsets"]["frames"]))
    weakest = min(onsets[frame].strength for frame in kept)
    assert len(kept) == 8_000
    assert all(onset.strength <= weakest for k, onset in enumerate(onsets) if k not in kept)


def test_what_highlights_are_kept_away_from_is_told_in_frames() -> None:
    analysis = analysis_of(Timeline(FrameRate(Fraction(24)), 240))
    left_out = (Span(Fraction(1), Fraction(2)), Span(Fraction(9), Fraction(12)))
    assert timeline_document(analysis, left_out=left_out)["left_out"] == [[24, 48], [216, 240]]


def test_words_share_the_time_of_their_caption_by_letters() -> None:
    cue = Cue(Fraction(10), Fraction(12), ("Look  there", "- kites"))
    words = words_of((cue, Cue(Fraction(20), Fraction(21), (" ",))))
    assert [word.text for word in words] == ["Look", "there", "-", "kites"]
    assert (words[0].start, words[-1].end) == (10, 12)
    assert all(before.end == after.start for before, after in pairwise(words))
    assert words[1].end - words[1].start == Fraction(2) * 5 / 15
