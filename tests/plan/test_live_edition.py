"""A premiere's playlists move together with the clock, are never late, and end as the film that the package has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError, PlanError
from pipeline.plan.live_edition import (
    AHEAD_S,
    LINGER_S,
    TOGETHER_S,
    LiveEdition,
    is_live,
    live_edition,
    live_publication,
    live_texts,
    next_text,
)
from pipeline.plan.origin import FOR_A_SECOND, cache_control_of
from pipeline.plan.premiere import BEHIND_S, CALM_S, HELD_BACK, lead
from pipeline.plan.publication import (
    PackageContents,
    PackageFile,
    check_edition,
    is_entry,
    is_playlist,
    plan_publication,
    references_of,
)
from pipeline.plan.schedule import Window
from pipeline.playlists import (
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
    media_text,
    read_playlist,
)

OPENS = datetime(2026, 12, 4, 19, tzinfo=UTC)
WINDOW = Window(OPENS, OPENS + timedelta(hours=48), "de", "kite-de", "UTC", OPENS - timedelta(hours=3), premiere=True)
MASTER = MultivariantPlaylist(
    (
        Variant("v720.m3u8", bandwidth=2_000_000, audio="aac", subtitles="subs"),
        Variant("v360.m3u8", bandwidth=800_000, audio="aac", subtitles="subs"),
    ),
    (
        Rendition("AUDIO", "aac", "English", "a-en.m3u8", "en"),
        Rendition("SUBTITLES", "subs", "English", "s-en.m3u8", "en"),
    ),
    (IframeVariant("i360.m3u8", bandwidth=80_000),),
)
URIS = ("v720.m3u8", "v360.m3u8", "a-en.m3u8", "s-en.m3u8")
DIGEST = "0" * 64


def playlist(kind: str, ends: list[Fraction], target: int) -> MediaPlaylist:
    starts = [Fraction(0), *ends[:-1]]
    segments = tuple(
        Segment(f"segments/{kind}{number}.m4s", end - start, init=InitSection(f"segments/{kind}.mp4"))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    return MediaPlaylist(target, segments, has_independent_segments=True)


@st.composite
def premieres(draw: st.DrawFn) -> LiveEdition:
    """Draw a film of whole packets: its sound ends a little before or after its picture in each segment."""
    target = draw(st.integers(1, 10))
    lengths = draw(st.lists(st.fractions(1, target, max_denominator=1001), min_size=1, max_size=40))
    ends = list(accumulate(lengths))
    slack = st.fractions(Fraction(-1, 40), Fraction(1, 40), max_denominator=1000)
    sound = [end + draw(slack) for end in ends]
    media = {uri: playlist(uri[:4], sound if uri == "a-en.m3u8" else ends, target + 1) for uri in URIS}
    return live_edition("kite-de", WINDOW, MASTER, media, digest=DIGEST)


seconds = st.integers(0, 500_000).map(lambda millis: timedelta(milliseconds=millis))


def playlists_at(live: LiveEdition, at: datetime) -> list[MediaPlaylist]:
    found = [read_playlist(text.encode()).playlist for _, text in live_texts(live, at)]
    return [one for one in found if isinstance(one, MediaPlaylist)]


def offered(live: LiveEdition, at: datetime) -> list[tuple[int, Fraction]]:
    """Return how many segments each track has offered, and where the last of them ends."""
    counts = (one.media_sequence + len(one.segments) for one in playlists_at(live, at))
    return [
        (count, sum((segment.duration for segment in track.playlist.segments[:count]), Fraction(0)))
        for count, track in zip(counts, live.tracks, strict=True)
    ]


def test_live_names_are_no_names_of_editions_or_contents_and_kept_for_a_second() -> None:
    media = {uri: playlist(uri[:4], [Fraction(6)], 6) for uri in URIS}
    live = live_edition("kite-de", WINDOW, MASTER, media, digest=DIGEST)
    assert len(set(live.names)) == len(URIS)
    for name in live.names:
        assert is_live(name) and is_entry(name) and not is_playlist(name)
        assert cache_control_of(name) == cache_control_of(f"signed/{name}") == FOR_A_SECOND
        with pytest.raises(InputError):
            check_edition(name.removesuffix(".m3u8"))
    later = replace(WINDOW, opens=WINDOW.opens + timedelta(seconds=1))
    others = (live_edition("kite-de", later, MASTER, media, digest=DIGEST),
              live_edition("kite-de", WINDOW, MASTER, media, digest="1" * 64))  # fmt: skip
    assert not set(live.names) & {name for one in others for name in one.names}
    for name in ("kite-de.m3u8", "kite-de.live.m3u8", "v720-3000-0123456789ab.m3u8", f"x/{live.names[0]}"):
        assert not is_live(name)


def test_the_entry_leads_to_the_live_playlists_and_to_nothing_else() -> None:
    media = {uri: playlist(uri[:4], [Fraction(6)], 6) for uri in URIS}
    live = live_edition("kite-de", WINDOW, MASTER, media, digest=DIGEST)
    entry = read_playlist(live.entry.encode()).playlist
    assert isinstance(entry, MultivariantPlaylist) and references_of(entry) == live.names
    assert [one.bandwidth for one in entry.variants] == [2_000_000, 800_000] and entry.iframe_variants == ()
    package = PackageContents("Kite", "de", PackageFile("master.m3u8", 9, DIGEST), ())
    told = live_publication(plan_publication(package, "kite-de"), live).entry
    assert (told.name, told.size) == ("kite-de.m3u8", len(live.entry.encode()))


@given(premieres(), seconds)
def test_no_track_is_ahead_of_another(live: LiveEdition, passed: timedelta) -> None:
    at = live.starts + passed
    if at < live.ends:
        counts = {count for count, _ in offered(live, at)}
        assert len(counts) == 1
        assert len({one.is_ended for one in playlists_at(live, at)}) == 1


@given(premieres(), seconds)
def test_who_starts_where_players_do_is_at_most_15_s_behind_with_time_to_spare_and_never_ahead(
    live: LiveEdition, passed: timedelta
) -> None:
    at = live.starts + passed
    since = Fraction(passed // timedelta(milliseconds=1), 1000)
    for one, track, (_, end) in zip(playlists_at(live, at), live.tracks, offered(live, at), strict=True):
        if not one.is_ended:
            played = max(Fraction(0), end - HELD_BACK * track.playlist.target_duration)
            assert since - played <= BEHIND_S - live.ahead
            assert played <= since


@given(premieres(), seconds)
def test_nothing_is_offered_long_before_its_time(live: LiveEdition, passed: timedelta) -> None:
    at = live.starts + passed
    since = Fraction(passed // timedelta(milliseconds=1), 1000)
    if at < live.ends:
        for track, (count, _) in zip(live.tracks, offered(live, at), strict=True):
            begins = sum((one.duration for one in track.playlist.segments[: count - 1]), Fraction(0))
            assert begins <= since + lead(track.playlist) + live.ahead + TOGETHER_S


@given(premieres(), seconds)
def test_texts_are_the_same_until_the_next_change_and_then_others(live: LiveEdition, passed: timedelta) -> None:
    at = live.starts + passed
    change = next_text(live, at)
    if change is None:
        assert at >= live.gone
        return
    assert at < change <= live.gone
    just_before = max(at, change - timedelta(microseconds=1))
    assert live_texts(live, just_before) == live_texts(live, at)
    if change < live.gone:
        assert live_texts(live, change) != live_texts(live, at)


@given(premieres())
def test_a_premiere_is_on_for_a_minute_after_its_last_picture_and_then_the_film(live: LiveEdition) -> None:
    instant = timedelta(microseconds=1)
    assert live.is_on(live.starts) and live.is_on(live.ends - instant) and not live.is_on(live.ends)
    assert not live.is_on(live.starts - instant)
    assert live.ends - live.starts >= timedelta(seconds=float(live.seconds) + CALM_S) - instant
    assert live.gone - live.ends == timedelta(seconds=LINGER_S)
    assert all(one.is_ended and one.playlist_type is None for one in playlists_at(live, live.ends - instant))
    assert live_texts(live, live.ends) == tuple((one.name, media_text(one.playlist)) for one in live.tracks)
    assert 1 <= live.ahead <= AHEAD_S
    assert (live.share(live.starts), live.share(live.ends)) == (0.0, 1.0)


def test_a_track_that_is_much_shorter_stays_ended_until_the_others_are() -> None:
    media = {uri: playlist(uri[:4], [Fraction(6 * number) for number in range(1, 41)], 6) for uri in URIS}
    media["s-en.m3u8"] = playlist("s-en", [Fraction(6), Fraction(12)], 6)
    live = live_edition("kite-de", WINDOW, MASTER, media, digest=DIGEST)
    words = playlists_at(live, live.starts + timedelta(seconds=200))[URIS.index("s-en.m3u8")]
    assert words.is_ended and words.playlist_type is None and len(words.segments) == 2
    assert live.ends == live.starts + timedelta(seconds=240 + CALM_S)


def test_a_window_that_ends_before_the_film_ends_the_premiere() -> None:
    short = replace(WINDOW, closes=OPENS + timedelta(seconds=10))
    media = {uri: playlist(uri[:4], [Fraction(6), Fraction(12), Fraction(18)], 6) for uri in URIS}
    live = live_edition("kite-de", short, MASTER, media, digest=DIGEST)
    assert live.is_on(OPENS + timedelta(seconds=9)) and not live.is_on(short.closes)


def test_what_is_no_finished_film_has_no_premiere() -> None:
    media = {uri: replace(playlist(uri[:4], [Fraction(6)], 6), is_ended=False) for uri in URIS}
    with pytest.raises(PlanError, match="finished film"):
        live_edition("kite-de", WINDOW, MASTER, media, digest=DIGEST)
    with pytest.raises(PlanError, match="none of a film"):
        live_edition("kite-de", WINDOW, replace(MASTER, variants=(), renditions=()), {}, digest=DIGEST)
