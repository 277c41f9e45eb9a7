"""What a run changed of a block is told in films that went, came and moved, and in its length."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.running_order import FilmNotes, Item, RunningOrder
from pipeline.screening.changes import Earlier, Played, changes_since, described, keys_in, read_earlier
from pipeline.timebase import Span

TITLES = {"a": "Tide", "b": "Ash", "c": "Wren", "d": "The Red Kite"}


def order(names: str, *, seconds: int = 60) -> RunningOrder:
    items = tuple(
        Item("film", TITLES[name], Span(Fraction(at * seconds), Fraction((at + 1) * seconds)), film(name))
        for at, name in enumerate(names)
    )
    return RunningOrder("Small Hours", items)


def film(name: str) -> FilmNotes:
    return FilmNotes(TITLES[name], name * 64, f"/films/{name}.mp4")


def earlier(before: RunningOrder, folder: Path) -> Earlier:
    path = folder / "block.json"
    path.write_bytes(described(before, block=folder / "small-hours.toml", keys=("k" * 64,)))
    found = read_earlier(path)
    assert found is not None and keys_in(path) == {"k" * 64}
    return found


def test_films_that_went_came_and_moved_are_told(tmp_path: Path) -> None:
    was = earlier(order("abc"), tmp_path)
    assert changes_since(was, order("abc")) == "nothing changed"
    assert changes_since(was, order("adc")) == "out: Ash; in: The Red Kite"
    assert changes_since(was, order("ac")) == "out: Ash; 2:00 long, was 3:00"
    assert changes_since(was, order("cab")) == "in another order: Wren, Tide and Ash"
    # What only makes room for another has not moved.
    assert changes_since(was, order("dabc")) == "in: The Red Kite; 4:00 long, was 3:00"


def test_other_names_and_other_cards_are_told(tmp_path: Path) -> None:
    was = earlier(order("ab"), tmp_path)
    assert changes_since(was, replace(order("ab"), title="Late Hours")) == "its title was Small Hours"
    renamed = [replace(item, title="Tides") if item.title == "Tide" else item for item in order("ab").items]
    assert changes_since(was, replace(order("ab"), items=tuple(renamed))) == "renamed: Tides (was Tide)"
    carded = Item("gap", "", Span(Fraction(0), Fraction(5)))
    longer = changes_since(was, replace(order("ab"), items=(carded, *order("ab").items)))
    assert longer.startswith("other cards or gaps")


@given(
    st.lists(st.sampled_from("abcd"), unique=True, min_size=1),
    st.lists(st.sampled_from("abcd"), unique=True, min_size=1),
)
def test_nothing_changed_is_told_exactly_where_nothing_did(before: list[str], after: list[str]) -> None:
    films = tuple(Played(name * 64, TITLES[name]) for name in before)
    was = Earlier("Small Hours", films, (), order("".join(before)).duration)
    told = changes_since(was, order("".join(after)))
    assert (told == "nothing changed") == (before == after)
    for name in set(before) - set(after):
        assert TITLES[name] in told.partition("out: ")[2].partition(";")[0]


def test_what_is_no_block_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    path = tmp_path / "block.json"
    assert read_earlier(path) is None and keys_in(path) == frozenset()
    for text in (
        "",
        "[]",
        "{}",
        '{"version": 1}',
        '{"running_order": 3, "keys": 4}',
        "[" * 100_000,
        "\x00",
        '{"version":1,"seconds":"1/0","running_order":[]}',
    ):
        path.write_text(text)
        assert read_earlier(path) is None
        assert keys_in(path) == frozenset()
