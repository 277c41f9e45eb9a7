"""A finished film as if it were live: at each second after its start the media playlist that everybody gets then.

Sections are of RFC 8216. The same segments serve the premiere and the film afterwards; only the playlist moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from itertools import accumulate
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.boundaries import date_after
from pipeline.playlists import MediaPlaylist

BEHIND_S: Final = 15
"""How many seconds behind the clock viewers are at most, who start where players of a live playlist do."""
HELD_BACK: Final = 3
"""Players start no nearer to the end than so many target durations (6.3.3)."""
WINDOW_S: Final = 60
"""Seconds of film that the playlist holds at least, once so many have been shown."""
CALM_S: Final = 60
"""After the end: by then every player has read that it ended, and may be given the whole film."""


def premiere_playlist(playlist: MediaPlaylist, *, starts: datetime, since: Fraction) -> MediaPlaylist | None:
    """Return what a media playlist says `since` seconds after a premiere's start; None before there is anything.

    `starts` is when the first picture is shown; each segment tells it as its EXT-X-PROGRAM-DATE-TIME. A segment is
    offered no earlier than `lead` seconds before it is shown. With the last one the playlist ends, and some time later
    it is the film as it was. Raises PlanError for a playlist that is no finished film, or a start without a zone.
    """
    _check(playlist, starts)
    ends = tuple(accumulate((segment.duration for segment in playlist.segments), initial=Fraction(0)))
    if since >= ends[-1] + CALM_S:
        return playlist
    # bisect would do; a film has hundreds of segments, and its text costs more.
    offered = sum(start <= since + lead(playlist) for start in ends[:-1])
    if offered == 0:
        return None
    first = _first_kept(playlist, ends, offered)
    return replace(
        playlist,
        playlist_type=None,  # 4.3.3.5: neither of both lets segments go
        is_ended=offered == len(playlist.segments),
        media_sequence=playlist.media_sequence + first,  # 4.3.3.2
        # 4.3.3.3, 6.2.2: those that went; the first segment's own tag is still there.
        discontinuity_sequence=playlist.discontinuity_sequence
        + sum(segment.follows_discontinuity for segment in playlist.segments[:first]),
        segments=tuple(
            replace(segment, program_date_time=date_after(starts, ends[first + place]))
            for place, segment in enumerate(playlist.segments[first:offered])
        ),
    )


def lead(playlist: MediaPlaylist) -> int:
    """Return how many seconds before it is shown a segment is offered: what players hold back beyond 15 s.

    Of segments up to 5 s long: none.
    """
    return max(0, HELD_BACK * playlist.target_duration - BEHIND_S)


def next_change(playlist: MediaPlaylist, *, since: Fraction) -> Fraction | None:
    """Return when, in seconds since its start, a premiere's playlist next says something else; None once it is over."""
    ends = tuple(accumulate((segment.duration for segment in playlist.segments), initial=Fraction(0)))
    changes = (*(start - lead(playlist) for start in ends[:-1]), ends[-1] + CALM_S)
    return next((change for change in changes if change > since), None)


def _check(playlist: MediaPlaylist, starts: datetime) -> None:
    if starts.tzinfo is None:
        raise PlanError("A premiere starts at a time without a zone.", remedy="Name one with an offset.")
    if not playlist.is_ended or not playlist.segments or playlist.target_duration < 1:
        raise PlanError("Only a finished film can have a premiere.", remedy="Take a playlist with EXT-X-ENDLIST.")
    if any(round(segment.duration) > playlist.target_duration for segment in playlist.segments):
        raise PlanError("A segment is longer than the playlist's target duration.", remedy="matinee check says which.")


def _first_kept(playlist: MediaPlaylist, ends: Sequence[Fraction], offered: int) -> int:
    """Return the first segment that stays: the last one with which the playlist is long enough (6.2.2)."""
    least = max(WINDOW_S, HELD_BACK * playlist.target_duration)
    return next((first for first in reversed(range(offered)) if ends[offered] - ends[first] >= least), 0)
