"""A premiere's playlist moves with the clock and never back, offers nothing early, and ends as the film."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.premiere import BEHIND_S, CALM_S, HELD_BACK, WINDOW_S, lead, next_change, premiere_playlist
from pipeline.playlists import InitSection, MediaPlaylist, Segment, media_text, read_playlist

STARTS = datetime(2026, 12, 4, 19, tzinfo=UTC)


@st.composite
def films(draw: st.DrawFn) -> MediaPlaylist:
    longest = draw(st.integers(1, 12))
    lengths = draw(st.lists(st.fractions(Fraction(1, 4), longest, max_denominator=1001), min_size=1, max_size=60))
    segments = tuple(
        Segment(
            f"segments/{number:032x}.m4s",
            length,
            init=InitSection("segments/init.mp4"),
            follows_discontinuity=number > 0 and draw(st.booleans()),
        )
        for number, length in enumerate(lengths)
    )
    return MediaPlaylist(longest, segments, has_independent_segments=True)


seconds = st.fractions(-40, 800, max_denominator=1000)


def starts_of(film: MediaPlaylist) -> list[Fraction]:
    ends = [Fraction(0)]
    for segment in film.segments:
        ends.append(ends[-1] + segment.duration)
    return ends


@given(films(), seconds)
def test_nothing_is_offered_before_its_time_and_nothing_late(film: MediaPlaylist, since: Fraction) -> None:
    found, ends = premiere_playlist(film, starts=STARTS, since=since), starts_of(film)
    if since < -lead(film):
        assert found is None
    elif since < film.duration + CALM_S:
        assert found is not None
        newest = found.media_sequence + len(found.segments)
        assert ends[newest - 1] <= since + lead(film)
        assert newest == len(film.segments) or ends[newest] > since + lead(film)


@given(films(), st.lists(seconds, min_size=2, max_size=12))
def test_sequences_never_go_back_and_every_segment_keeps_its_number(film: MediaPlaylist, times: list[Fraction]) -> None:
    live = [
        found
        for since in sorted(times)
        if since < film.duration + CALM_S and (found := premiere_playlist(film, starts=STARTS, since=since)) is not None
    ]
    for before, after in pairwise(live):
        assert before.media_sequence <= after.media_sequence
        assert before.discontinuity_sequence <= after.discontinuity_sequence
    for one in live:
        for place, segment in enumerate(one.segments):
            whole = film.segments[one.media_sequence + place]
            assert replace(segment, program_date_time=None) == whole
        # 6.2.2: what a player adds up from this number is the same for each segment in every playlist.
        numbers = one.discontinuity_sequence
        for place, segment in enumerate(one.segments):
            numbers += segment.follows_discontinuity
            upto = film.segments[: one.media_sequence + place + 1]
            assert numbers == sum(each.follows_discontinuity for each in upto)


@given(films(), seconds)
def test_the_playlist_is_long_enough_and_no_longer_than_it_must_be(film: MediaPlaylist, since: Fraction) -> None:
    found = premiere_playlist(film, starts=STARTS, since=since)
    if found is None or since >= film.duration + CALM_S:
        return
    least = max(WINDOW_S, HELD_BACK * film.target_duration)
    assert found.media_sequence == 0 or found.duration >= least
    assert found.duration - found.segments[0].duration < least


@given(films(), st.fractions(0, 800, max_denominator=1000))
def test_who_starts_where_players_do_is_at_most_15_s_behind(film: MediaPlaylist, since: Fraction) -> None:
    found = premiere_playlist(film, starts=STARTS, since=since)
    if found is None or found.is_ended:
        return
    end = starts_of(film)[found.media_sequence + len(found.segments)]
    played = max(Fraction(0), end - HELD_BACK * film.target_duration)
    assert since - played <= BEHIND_S


@given(films(), seconds)
def test_every_segment_says_when_it_is_shown(film: MediaPlaylist, since: Fraction) -> None:
    found = premiere_playlist(film, starts=STARTS.astimezone(), since=since)
    if found is None or since >= film.duration + CALM_S:
        return
    ends = starts_of(film)
    for place, segment in enumerate(found.segments):
        told = datetime.fromisoformat(segment.program_date_time or "")
        exact = STARTS + timedelta(seconds=float(ends[found.media_sequence + place]))
        assert timedelta(milliseconds=-1) <= exact - told <= timedelta(milliseconds=1.01)


@given(films(), seconds)
def test_its_text_is_a_playlist_without_a_fault(film: MediaPlaylist, since: Fraction) -> None:
    found = premiere_playlist(film, starts=STARTS, since=since)
    if found is not None:
        reading = read_playlist(media_text(found).encode())
        assert reading.is_whole and reading.problems == ()


@given(films())
def test_it_ends_with_the_last_segment_and_then_is_the_film(film: MediaPlaylist) -> None:
    last = starts_of(film)[-2] - lead(film)
    before, then = (premiere_playlist(film, starts=STARTS, since=at) for at in (last - Fraction(1, 1000), last))
    assert before is None or not before.is_ended
    assert then is not None and then.is_ended and then.playlist_type is None
    assert premiere_playlist(film, starts=STARTS, since=film.duration + CALM_S) == film


@given(films(), seconds)
def test_between_changes_nothing_changes(film: MediaPlaylist, since: Fraction) -> None:
    change = next_change(film, since=since)
    now = premiere_playlist(film, starts=STARTS, since=since)
    if change is None:
        assert now == film
        return
    assert change > since
    just_before = max(since, change - Fraction(1, 10**6))
    assert premiere_playlist(film, starts=STARTS, since=just_before) == now
    assert premiere_playlist(film, starts=STARTS, since=change) != now


@pytest.mark.parametrize(
    "change", [{"is_ended": False}, {"segments": ()}, {"target_duration": 0}, {"target_duration": 3}]
)
def test_what_is_no_finished_film_has_no_premiere(change: dict[str, object]) -> None:
    film = MediaPlaylist(6, (Segment("a.m4s", Fraction(6)),))
    assert premiere_playlist(film, starts=STARTS, since=Fraction(0)) is not None
    with pytest.raises(PlanError):
        premiere_playlist(replace(film, **change), starts=STARTS, since=Fraction(0))  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="zone"):
        premiere_playlist(film, starts=datetime(2026, 12, 4), since=Fraction(0))
