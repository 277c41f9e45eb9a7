"""A film is looked at as closely as its budget allows, and what was not seen is as what was seen nearest to it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.sampling import (
    BUDGET_SHARE,
    LEAST_BUDGET_S,
    WHOLE,
    PictureStream,
    Sampling,
    estimate_s,
    filled,
    means,
    plan_sampling,
    step_count,
)

# Ten minutes of 720p in H.264 without B-frames, a keyframe every two seconds.
FILM = PictureStream("h264", 921_600, 24.0, 596.0, 299, 13_500_000, 14_016, 70_800_000, has_b_frames=False)


def test_a_short_film_is_looked_at_whole() -> None:
    clip = replace(FILM, seconds=60.0, key_count=30, key_bytes=1_350_000, other_count=1410, other_bytes=7_000_000)
    assert plan_sampling(clip) == WHOLE


def test_a_film_that_is_dear_to_decode_is_looked_at_after_its_keyframes() -> None:
    sampling = plan_sampling(FILM)
    assert sampling.burst is not None and sampling.burst >= Fraction(1, 4) and sampling.spacing == 0
    assert estimate_s(FILM, sampling) <= FILM.seconds * BUDGET_SHARE < estimate_s(FILM, WHOLE)


def test_the_same_film_with_b_frames_is_looked_at_more_closely() -> None:
    sparse, dense = plan_sampling(FILM), plan_sampling(replace(FILM, has_b_frames=True))
    assert sparse.burst is not None
    assert dense.burst is None or dense.burst >= sparse.burst


def test_a_film_of_keyframes_alone_is_looked_at_at_any_time() -> None:
    master = PictureStream("prores", 2_073_600, 24.0, 596.0, 14_304, 14_304 * 700_000, 0, 0, has_b_frames=False)
    sampling = plan_sampling(master)
    assert estimate_s(master, sampling) <= master.seconds * BUDGET_SHARE
    assert sampling.burst is not None, "pairs of pictures are close together even where looks are rare"


def test_a_film_with_one_keyframe_is_looked_at_whole_whatever_it_costs() -> None:
    assert plan_sampling(replace(FILM, key_count=1)) == WHOLE


streams = st.builds(
    PictureStream,
    codec=st.sampled_from(["h264", "hevc", "prores", "something new"]),
    pixels=st.integers(16, 60_000_000),
    fps=st.floats(1, 240),
    seconds=st.floats(0.01, 20_000),
    key_count=st.integers(0, 100_000),
    key_bytes=st.integers(0, 10**12),
    other_count=st.integers(0, 1_000_000),
    other_bytes=st.integers(0, 10**12),
    has_b_frames=st.booleans(),
)


@given(streams)
def test_every_film_has_a_sampling(stream: PictureStream) -> None:
    sampling = plan_sampling(stream)
    assert estimate_s(stream, sampling) >= 0
    if estimate_s(stream, WHOLE) <= LEAST_BUDGET_S:
        assert sampling == WHOLE


def test_a_sampling_says_what_it_is() -> None:
    assert Sampling(None) == WHOLE
    assert (step_count(Fraction(0)), step_count(Fraction(1)), step_count(Fraction(101, 100))) == (1, 4, 5)


def test_steps_between_looks_are_as_the_nearest() -> None:
    assert filled({1: 10.0, 5: 20.0}, 8) == (10, 10, 10, 10, 20, 20, 20, 20)
    assert filled({}, 3) == (0, 0, 0)
    assert means(iter([(0, 1.0), (2, 4.0), (0, 3.0)])) == {0: 2.0, 2: 4.0}
