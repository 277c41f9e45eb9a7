"""In which order caches are filled: entry, playlists, then all renditions from their beginnings on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.plan.warming import play_order

names = st.lists(st.text("abc", min_size=1, max_size=2), max_size=6, unique=True)


def test_beginnings_of_all_renditions_come_before_what_follows_of_any() -> None:
    told = play_order("kite.m3u8", (("v.m3u8", ("v0", "v1", "v2")), ("a.m3u8", ("a0", "a1"))))
    assert told == ("kite.m3u8", "v.m3u8", "a.m3u8", "v0", "a0", "v1", "a1", "v2")


@given(st.lists(st.tuples(st.sampled_from(("v.m3u8", "a.m3u8")), names), max_size=4))
def test_each_name_comes_once_and_within_a_rendition_in_its_order(playlists: list[tuple[str, list[str]]]) -> None:
    told = play_order("kite.m3u8", playlists)
    assert len(set(told)) == len(told)
    assert set(told) == {"kite.m3u8", *(name for name, _ in playlists), *(one for _, led in playlists for one in led)}
    firsts = [told.index(led[0]) for _, led in playlists if led]
    seconds = [told.index(led[1]) for _, led in playlists if len(led) > 1]
    only_second = {led[1] for _, led in playlists if len(led) > 1} - {led[0] for _, led in playlists if led}
    assert all(at > max(firsts) for at in seconds if told[at] in only_second)
