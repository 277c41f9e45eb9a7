"""Tiles stand in rows for the whole film, and the picture that stands for it is none of its first or last."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.storyboard import choose_picture, chosen_tiles, lay_tiles, tile_size, tiles_text

SIDES = st.integers(2, 8000)


def test_tiles_have_the_films_shape_in_even_numbers() -> None:
    assert tile_size(1920, 1080) == (176, 100)
    assert tile_size(1080, 1920) == (100, 176)
    assert tile_size(4000, 2) == (176, 2)


@given(SIDES, SIDES)
def test_no_side_of_a_tile_is_odd_or_longer_than_the_long_one(width: int, height: int) -> None:
    across, down = tile_size(width, height)
    assert across % 2 == down % 2 == 0 and min(across, down) >= 2 and max(across, down) == 176


@given(st.integers(1, 5000))
def test_a_long_film_has_every_nth_of_its_key_pictures(count: int) -> None:
    numbers = chosen_tiles([Fraction(number) for number in range(count)])
    assert numbers[0] == 0 and len(numbers) <= 600 and (len(numbers) == count or count > 600)
    steps = {after - before for before, after in pairwise(numbers)}
    assert len(steps) <= 1 and count - numbers[-1] <= max(steps, default=1)


def test_tiles_fill_rows_then_sheets_and_each_lasts_until_the_next() -> None:
    times = [Fraction(2 * number) for number in range(112)]
    tiles = lay_tiles([times], Fraction(225), (176, 100))
    assert [(tile.start, tile.end) for tile in tiles] == [
        *((time, time + 2) for time in times[:-1]),
        (Fraction(222), Fraction(225)),
    ]
    assert [(tile.sheet, tile.left_px, tile.top_px) for tile in (tiles[0], tiles[9], tiles[10], tiles[99])] == [
        (0, 0, 0),
        (0, 9 * 176, 0),
        (0, 0, 100),
        (0, 9 * 176, 900),
    ]
    assert [(tile.sheet, tile.left_px, tile.top_px) for tile in (tiles[100], tiles[111])] == [(1, 0, 0), (1, 176, 100)]


def test_players_are_told_tiles_as_webvtt() -> None:
    tiles = lay_tiles([[Fraction(0), Fraction(3603_5, 10)]], Fraction(3605), (176, 100))
    assert tiles_text(tiles, ["segments/a.jpg"], (176, 100)) == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 01:00:03.500\nsegments/a.jpg#xywh=0,0,176,100\n"
        "\n01:00:03.500 --> 01:00:05.000\nsegments/a.jpg#xywh=176,0,176,100\n"
    )


def test_the_most_interesting_picture_is_taken_but_none_at_the_ends() -> None:
    assert choose_picture([99, *[1] * 8, 50, *[1] * 9, 99]) == 9
    assert choose_picture([1, 5, 5]) == 1, "the first of equals"
    assert choose_picture([7]) == 0


def test_sections_have_sheets_of_their_own() -> None:
    sections = [[Fraction(0), Fraction(2)], list(map(Fraction, range(4, 105))), [Fraction(105)]]
    tiles = lay_tiles(sections, Fraction(107), (176, 100))
    assert [tile.sheet for tile in tiles] == [0, 0, *(1 for _ in range(100)), 2, 3]
    assert [(tile.left_px, tile.top_px) for tile in (tiles[0], tiles[2], tiles[-1])] == [(0, 0)] * 3
    assert all(one.end == other.start for one, other in pairwise(tiles)) and tiles[-1].end == 107
