"""What an audience takes grows as it must, is shared as it can be, and is what a simulated CDN counts."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.audience import (
    Habits,
    Piece,
    Track,
    Variant,
    Weights,
    expected_cost,
    staying,
    stored_bytes,
    variant_shares,
)

HABITS = Habits()


def track(name: str, size: int, count: int = 10, own: str = "") -> Track:
    """Return a track of 6 s pieces, of which the first is the edition's own where it has one."""
    pieces = tuple(Piece(f"{name}{k}{own if k == 0 else ''}", size, 6.0 * k, 6.0) for k in range(count))
    return Track(Piece(f"{name}{own}.m3u8", 100), pieces)


def weights(edition: str, own: str = "") -> Weights:
    sound = track("a", 1_000, own=own)
    variants = tuple(Variant((track(f"v{size}-", size, own=own), sound)) for size in (5_000, 20_000, 60_000))
    pieces = {piece.name: piece for one in variants for each in one.tracks for piece in (each.playlist, *each.pieces)}
    return Weights(edition, Piece(f"{edition}.m3u8", 500), variants, tuple(pieces.values()), 60.0)


EDITIONS = (weights("de", "d"), weights("fr", "f"), weights("us", "u"))


@given(st.integers(1, 10**6), st.integers(1, 300))
def test_the_origin_is_asked_for_no_more_than_viewers_ask_for(viewers: int, points: int) -> None:
    habits = replace(HABITS, points=points)
    shared, apart = (expected_cost(EDITIONS, viewers, habits, sharing=way) for way in ("shared", "apart"))
    for one in (shared, apart):
        assert 0 < one.origin_requests <= one.requests * (1 + 1e-9) and one.origin_bytes <= one.bytes_out * (1 + 1e-9)
    assert shared.origin_requests <= apart.origin_requests * (1 + 1e-9)
    assert shared.origin_bytes <= apart.origin_bytes * (1 + 1e-9)
    assert math.isclose(shared.bytes_out, apart.bytes_out) and math.isclose(shared.requests, apart.requests)


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_more_viewers_never_take_less(one: int, more: int) -> None:
    few, many = (expected_cost(EDITIONS, count, HABITS, sharing="shared") for count in (one, one + more))
    assert few.bytes_out < many.bytes_out and few.origin_bytes <= many.origin_bytes * (1 + 1e-9)


def test_a_million_viewers_ask_each_point_once_for_each_segment() -> None:
    cost = expected_cost(EDITIONS, 1_000_000, replace(HABITS, entry_s=10**9), sharing="shared")
    objects = len({piece.name for one in EDITIONS for piece in one.stored}) + len(EDITIONS)
    assert cost.origin_requests == pytest.approx(HABITS.points * objects, rel=1e-6)


def test_entries_that_no_point_keeps_are_asked_for_by_each_viewer() -> None:
    kept, not_kept = (
        expected_cost(EDITIONS, 5_000, replace(HABITS, entries=way), sharing="shared") for way in ("kept", "not kept")
    )
    assert 0 < not_kept.origin_requests - kept.origin_requests <= 5_000


def test_what_editions_share_is_stored_once() -> None:
    apart, shared = (stored_bytes(EDITIONS, sharing=way) for way in ("apart", "shared"))
    assert apart == 3 * stored_bytes(EDITIONS[:1], sharing="apart")
    own = 5_000 + 20_000 + 60_000 + 1_000 + 4 * 100
    assert shared == apart - 2 * (apart // 3 - own)


@given(st.integers(1, 12))
def test_shares_are_shares_and_the_heaviest_variant_has_most(count: int) -> None:
    shares = variant_shares(count, HABITS)
    assert math.isclose(sum(shares), 1) and list(shares) == sorted(shares)


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(1, 1e4))
def test_viewers_leave_and_do_not_come_back(one: float, other: float, length: float) -> None:
    early, late = sorted((one, other))
    assert HABITS.finishing <= staying(late, length, HABITS) <= staying(early, length, HABITS) <= 1


@pytest.mark.parametrize("viewers", [3, 40, 400])
def test_the_model_is_what_a_simulated_cdn_counts(viewers: int) -> None:
    habits = replace(HABITS, points=4, hours=1 / 60, playlist_s=8.0, ahead_s=6.0)
    counts = [_simulated(EDITIONS, viewers, habits, random.Random(seed)) for seed in range(60)]
    expected = expected_cost(EDITIONS, viewers, habits, sharing="shared")
    for place, model in enumerate((expected.requests, expected.bytes_out, expected.origin_requests)):
        values = [count[place] for count in counts]
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values) / len(values))
        assert abs(mean - model) <= 5 * spread + 0.02 * model, (place, mean, model)


def _simulated(
    editions: tuple[Weights, ...], viewers: int, habits: Habits, rng: random.Random
) -> tuple[float, float, float]:
    """Return requests, bytes and requests at the origin, counted viewer by viewer."""
    kept: dict[tuple[int, str], float] = {}
    requests = bytes_out = origin = 0
    for came in sorted(rng.uniform(0, habits.hours * 3600) for _ in range(viewers)):
        point, edition = rng.randrange(habits.points), rng.choice(editions)
        (variant,) = rng.choices(edition.variants, variant_shares(len(edition.variants), habits))
        left = edition.seconds if rng.random() < habits.finishing else rng.uniform(0, edition.seconds)
        for piece, kept_s in [(edition.entry, habits.entry_s)] + [
            wanted
            for track in variant.tracks
            for wanted in (
                (track.playlist, habits.playlist_s or math.inf),
                *((piece, math.inf) for piece in track.pieces if piece.start - habits.ahead_s <= left),
            )
        ]:
            requests, bytes_out = requests + 1, bytes_out + piece.size
            if kept.get((point, piece.name), -1.0) <= came:
                origin += 1
                kept[point, piece.name] = came + kept_s
    return requests, bytes_out, origin
