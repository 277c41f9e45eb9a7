"""An edition while its premiere is on: what its entry and its live playlists are called, and say at every instant.

All playlists of a premiere move together, by one clock. The entry leads to live playlists from the opening until the
film is over, and to the film as it is afterwards; who still has the entry of before finds the film under live names,
too, for as long as caches may hand that entry out.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.origin import LIVE_PATTERN
from pipeline.plan.premiere import CALM_S, HELD_BACK, lead, premiere_playlist
from pipeline.plan.publication import Item, Publication, entry_of, references_of
from pipeline.plan.schedule import Window
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, media_text, multivariant_text

AHEAD_S: Final = 4
"""How many seconds before its time a text is written: for the write itself, for the second that caches keep it, and for
players to load what they begin with."""
TOGETHER_S: Final = Fraction(1, 2)
"""Changes of several playlists within so many seconds are one: sound ends within a packet of its picture."""
LINGER_S: Final = 60
"""For how long live names stay after the entry is that of the film: more than caches may hand out the one before."""
_LIVE_NAME: Final = re.compile(rf"[a-z0-9]+(-[a-z0-9]+)*{LIVE_PATTERN}", re.ASCII)
_MOST_TRACKS: Final = 1000
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Track:
    """One media playlist of a film, and the name under which it goes live."""

    name: str
    playlist: MediaPlaylist

    @property
    def changes(self) -> tuple[Fraction, ...]:
        """When each of its segments is offered, in seconds since the start, the first ones perhaps before it."""
        ends = accumulate((segment.duration for segment in self.playlist.segments[:-1]), initial=Fraction(0))
        early = lead(self.playlist)
        return tuple(end - early for end in ends)


@dataclass(frozen=True)
class LiveEdition:
    """A premiere of one edition in one window."""

    edition: str
    starts: datetime
    """When the first picture is shown, in UTC."""
    closes: datetime
    """When the window ends, which may be before the film does."""
    entry: str
    """The text of the entry while the premiere is on."""
    tracks: tuple[Track, ...]
    moments: tuple[tuple[Fraction, Fraction], ...]
    """Each time from which texts are others, in seconds since the start, and as of which second they are."""

    @property
    def ahead(self) -> int:
        """How many seconds before its time its texts are written: AHEAD_S, or fewer, so that nobody is ahead of it."""
        playlists = [track.playlist for track in self.tracks]
        room = min((HELD_BACK - 1) * one.target_duration - lead(one) for one in playlists)
        return max(0, min(AHEAD_S, room - math.ceil(TOGETHER_S)))

    @property
    def seconds(self) -> Fraction:
        """How long the film is: its longest track."""
        return max(track.playlist.duration for track in self.tracks)

    @property
    def ends(self) -> datetime:
        """When the entry becomes that of the film."""
        return self.starts + _delta(self.seconds + CALM_S)

    @property
    def gone(self) -> datetime:
        """When its live names go."""
        return self.ends + LINGER_S * _SECOND

    @property
    def names(self) -> tuple[str, ...]:
        """Its live names, in the order in which the entry names them."""
        return tuple(track.name for track in self.tracks)

    def is_on(self, at: datetime) -> bool:
        """Tell whether the entry leads to live playlists at an instant."""
        return self.starts <= at < min(self.ends, self.closes)

    def share(self, at: datetime) -> float:
        """Return how much of the film has been shown, from 0 to 1."""
        return float(min(Fraction(1), max(Fraction(0), _seconds(at - self.starts) / self.seconds)))


def live_edition(
    edition: str, window: Window, master: MultivariantPlaylist, media: Mapping[str, MediaPlaylist], *, digest: str
) -> LiveEdition:
    """Return an edition's premiere from its opening on; `digest` is the sha256 of its master playlist's text.

    Key pictures for fast forward are left out: there is nothing to go forward to. Raises PlanError for playlists that
    are none of a finished film.
    """
    whole = replace(master, iframe_variants=())
    uris = references_of(whole)
    if not uris or len(uris) > _MOST_TRACKS:
        raise PlanError(f"{len(uris)} playlists are none of a film.", remedy="Package the film again.")
    mark = hashlib.sha256(f"{digest}\n{window.id}".encode()).hexdigest()[:16]
    names = {uri: f"{edition}.live-{mark}-{number}.m3u8" for number, uri in enumerate(uris)}
    tracks = tuple(Track(names[uri], media[uri]) for uri in uris)
    for track in tracks:
        premiere_playlist(track.playlist, starts=window.opens, since=Fraction(0))
    live = replace(
        whole,
        variants=tuple(replace(one, uri=names[one.uri]) for one in whole.variants),
        renditions=tuple(one if one.uri is None else replace(one, uri=names[one.uri]) for one in whole.renditions),
    )
    return LiveEdition(edition, window.opens, window.closes, multivariant_text(live), tracks, _moments(tracks))


def is_live(name: str) -> bool:
    """Tell whether a name is that of a live playlist."""
    return _LIVE_NAME.fullmatch(name) is not None


def live_texts(live: LiveEdition, at: datetime) -> tuple[tuple[str, str], ...]:
    """Return each live name with its text from an instant on; before the start, what it is then."""
    if at >= live.ends:
        return tuple((track.name, media_text(track.playlist)) for track in live.tracks)
    since = max(Fraction(0), _seconds(at - live.starts)) + live.ahead
    as_of = max((second for begins, second in live.moments if begins <= since), default=since)
    return tuple((track.name, _live_text(track, live.starts, as_of)) for track in live.tracks)


def next_text(live: LiveEdition, at: datetime) -> datetime | None:
    """Return when texts are others than at an instant, or names go; None once they are gone."""
    since = max(Fraction(0), _seconds(at - live.starts)) + live.ahead
    later = (live.starts + _delta(begins - live.ahead) for begins, _ in live.moments if begins > since)
    return min((one for one in (*later, live.ends, live.gone) if one > at), default=None)


def live_publication(publication: Publication, live: LiveEdition) -> Publication:
    """Return an edition's publication with the entry of its premiere."""
    return replace(publication, entry=text_item(entry_of(live.edition), live.entry))


def text_item(name: str, text: str) -> Item:
    """Return a text as what lies under a name that may be replaced."""
    data = text.encode()
    return Item(name, "entry", len(data), hashlib.sha256(data).hexdigest(), "")


def _live_text(track: Track, starts: datetime, as_of: Fraction) -> str:
    # A track that is shorter than others stays ended, and is not the whole film before they are.
    since = min(as_of, track.changes[-1]) if as_of >= track.playlist.duration + CALM_S else as_of
    found = premiere_playlist(track.playlist, starts=starts, since=since)
    assert found is not None, "something is offered from the start on"
    return media_text(found)


def _moments(tracks: Iterable[Track]) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return when texts change, those that change at nearly the same time at once, as of the last of them."""
    return tuple(_gathered(sorted({change for track in tracks for change in track.changes})))


def _gathered(changes: list[Fraction]) -> Iterator[tuple[Fraction, Fraction]]:
    first: Fraction | None = None
    last = Fraction(0)
    for change in changes:
        if first is not None and change - first > TOGETHER_S:
            yield first, last
            first = None
        first, last = (change if first is None else first), change
    if first is not None:
        yield first, last


def _seconds(delta: timedelta) -> Fraction:
    return Fraction(delta // timedelta(microseconds=1), 10**6)


def _delta(seconds: Fraction) -> timedelta:
    """Return seconds as Python has them, in whole microseconds and no earlier."""
    return timedelta(microseconds=math.ceil(seconds * 10**6))
