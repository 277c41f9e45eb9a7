"""What goes up under which name and in which order, and what is never taken away."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.plan.origin import FOR_EVER, FOR_SECONDS
from pipeline.plan.publication import (
    PackageContents,
    PackageFile,
    check_edition,
    edition_of,
    is_entry,
    is_segment,
    pictures_in,
    plan_publication,
    plan_takedown,
)

NAMES = [f"segments/{hashlib.sha256(bytes([n])).hexdigest()[:32]}.m4s" for n in range(12)] + [
    f"v{n}-{hashlib.sha256(bytes([n])).hexdigest()[:12]}.m3u8" for n in range(6)
]
EDITIONS = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from(NAMES)), min_size=1)


def _file(name: str) -> PackageFile:
    return PackageFile(name, 7, hashlib.sha256(name.encode()).hexdigest())


CONTENTS = PackageContents(
    "The Red Kite", "de", _file("master.m3u8"), (_file(NAMES[12]), _file(NAMES[0]), _file("poster.jpg"),
                                                 _file("thumbnails.vtt"), _file(NAMES[1])),
)  # fmt: skip


def test_segments_come_first_and_the_entry_last() -> None:
    publication = plan_publication(CONTENTS, "the-red-kite-de")
    poster, thumbnails = (_file(name).sha256[:12] for name in ("poster.jpg", "thumbnails.vtt"))
    assert [item.name for item in publication.items] == [
        NAMES[0], NAMES[1], NAMES[12], f"poster-{poster}.jpg", f"thumbnails-{thumbnails}.vtt", "the-red-kite-de.m3u8",
    ]  # fmt: skip
    assert [item.source for item in publication.items][-3:] == ["poster.jpg", "thumbnails.vtt", "master.m3u8"]


def test_only_the_entry_is_kept_for_seconds() -> None:
    items = plan_publication(CONTENTS, "kite").items
    assert {item.cache_control for item in items[:-1]} == {FOR_EVER} and items[-1].cache_control == FOR_SECONDS
    assert {item.name.rpartition(".")[2]: (item.content_type, item.coding) for item in items} == {
        "m4s": ("video/iso.segment", "identity"),
        "m3u8": ("application/vnd.apple.mpegurl", "gzip"),
        "jpg": ("image/jpeg", "identity"),
        "vtt": ("text/vtt", "gzip"),
    }


@pytest.mark.parametrize(
    ("title", "region", "name"),
    [
        ("The Red Kite", "", "the-red-kite"),
        ("The Red Kite", "de", "the-red-kite-de"),
        ("  Smørrebrød & Łódź: Ça va? ", "at", "smorrebrod-lodz-ca-va-at"),
        ("Don't Look", "", "dont-look"),
        ("STRASSE Straße", "", "strasse-strasse"),
        ("8½", "", "81-2"),
        ("A very long title " * 20, "de", ("a-very-long-title-" * 20)[:97].rstrip("-") + "-de"),
    ],
)
def test_an_edition_is_called_by_its_title_and_region(title: str, region: str, name: str) -> None:
    assert edition_of(title, region) == name


@pytest.mark.parametrize("title", [None, "", "羅生門", "…", "🎬"])
def test_a_title_without_letters_for_a_name_is_told(title: str | None) -> None:
    with pytest.raises(InputError, match="--as"):
        edition_of(title, "de")


@pytest.mark.parametrize(
    "name",
    ["", "-a", "a-", "a--b", "A", "a_b", "a.b", "../a", "a/b", "a b", "é", "a\n", "٣", "x" * 101, "kite-0123456789ab",
     "0123456789ab", "v720-3000-abcdefabcdef"],
)  # fmt: skip
def test_what_is_no_name_of_an_edition_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="name"):
        check_edition(name)


@given(st.from_regex(r"[a-z0-9]{1,14}(-[a-z0-9]{1,14}){0,3}", fullmatch=True))
def test_no_edition_is_taken_for_a_content(name: str) -> None:
    try:
        entry = plan_publication(CONTENTS, name).entry
    except InputError:
        return
    assert is_entry(entry.name) and entry.cache_control == FOR_SECONDS


@given(EDITIONS, st.data())
def test_taking_an_edition_away_never_removes_what_another_has(
    editions: dict[str, frozenset[str]], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(sorted(editions)))
    others = {name: names for name, names in editions.items() if name != gone}
    takedown = plan_takedown(sorted(editions[gone]), others)
    removed, used = {*takedown.now, *takedown.later}, frozenset().union(*others.values())
    assert not removed & used
    assert removed | set(takedown.kept) == editions[gone] and not removed & set(takedown.kept)
    assert all(is_segment(name) for name in takedown.later) and not any(map(is_segment, takedown.now))
    assert all(name in others[user] for name, users in takedown.kept.items() for user in users)


@given(EDITIONS)
def test_when_the_last_edition_goes_nothing_stays(editions: dict[str, frozenset[str]]) -> None:
    left, removed = dict(editions), set()
    for name in sorted(editions):
        names = left.pop(name)
        takedown = plan_takedown(sorted(names), left)
        removed |= {*takedown.now, *takedown.later}
    assert removed == frozenset().union(*editions.values())


def test_the_pictures_of_thumbnails_are_found() -> None:
    first, second = (
        "00:00.000 --> 00:06.000\r\nsegments/a.jpg#xywh=0,0,1,1",
        "00:06.000 --> 00:07.000\r\nsegments/b.jpg",
    )
    text = f"WEBVTT\r\n\r\n{first}\r\n\r\n{second}"
    assert pictures_in(text) == ("segments/a.jpg", "segments/b.jpg")
