"""Windows stand where standing does as well, and go where going shows clearly more."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.plan.following import Losses, follow, is_worth_moving, stand

PLACES = 31
losses = st.lists(
    st.lists(st.floats(0, 1), min_size=PLACES, max_size=PLACES).map(tuple), min_size=1, max_size=12
).map(tuple)  # fmt: skip


def _wanting(*wanted: int, weight: float = 1.0, half: int = 5) -> Losses:
    """Return the losses of moments at which a subject is whole within `half` places and gone beyond twice that."""
    return tuple(
        tuple(weight * min(1.0, max(0.0, abs(place - want) / half - 1)) for place in range(PLACES)) for want in wanted
    )


def test_of_places_that_do_as_well_the_one_nearest_to_the_middle_is_taken() -> None:
    assert stand(((0.0,) * PLACES,) * 4) == 15
    assert stand(_wanting(20, 20, 20)) == 15
    assert stand(_wanting(25, 25, 25)) == 20


@settings(deadline=None, max_examples=50)
@given(losses, st.integers(1, 4))
def test_a_way_goes_no_further_than_it_may_and_costs_no_more_than_standing(rows: Losses, reach: int) -> None:
    way = follow(rows, reach=reach, setting_out=0.3)
    assert len(way) == len(rows) and all(0 <= place < PLACES for place in way)
    assert all(abs(after - before) <= reach for before, after in pairwise(way))
    lost = sum(row[place] for row, place in zip(rows, way, strict=True))
    still = min(sum(column) for column in zip(*rows, strict=True))
    assert lost <= still + 1e-9
    assert (len(set(way)) == 1) == (lost >= still - 1e-9) or len(set(way)) > 1
    assert not is_worth_moving(rows, (stand(rows),) * len(rows), setting_out=0.3)


def test_a_subject_that_stays_within_reach_of_a_standing_window_is_not_followed() -> None:
    swaying = _wanting(*([12, 14, 16, 18, 16, 14] * 6))
    way = follow(swaying, reach=3, setting_out=0.3)
    assert len(set(way)) == 1
    assert not is_worth_moving(swaying, [place + 0.5 for place in way], setting_out=0.3)


def test_a_subject_that_walks_across_is_followed_without_turning_back() -> None:
    walking = _wanting(*range(2, 29), *([28] * 10))
    way = follow(walking, reach=3, setting_out=0.3)
    assert way[0] < 8 and way[-1] > 22
    assert all(after >= before for before, after in pairwise(way))
    assert is_worth_moving(walking, way, setting_out=0.3)


def test_what_flits_by_for_a_moment_does_not_call_the_window_away() -> None:
    flitting = _wanting(*([6] * 15), 28, 28, *([6] * 15))
    assert len(set(follow(flitting, reach=3, setting_out=0.3))) == 1


def test_what_hardly_matters_is_not_followed() -> None:
    faint = _wanting(*range(2, 29), weight=0.01)
    assert len(set(follow(faint, reach=3, setting_out=0.3))) == 1
