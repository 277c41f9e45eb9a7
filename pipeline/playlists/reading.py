"""Reading anybody's playlist: values, and every fault of its text with line, what is there and what is allowed.

Foreign text never raises. A fault is `lost` where a value cannot be known for it, `wrong` where the text breaks RFC
8216 and what is meant is plain, `odd` where the text is allowed and probably not meant.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

from pipeline.playlists.lines import PLACES, Line, Notebook, Problem, split_lines
from pipeline.playlists.media_reading import read_media
from pipeline.playlists.multivariant_reading import read_multivariant
from pipeline.playlists.values import MediaPlaylist, MultivariantPlaylist

_CHOOSING: Final = ("EXT-X-STREAM-INF", "EXT-X-MEDIA", "EXT-X-I-FRAME-STREAM-INF")


@dataclass(frozen=True)
class Reading:
    """What a text says, and what is wrong with it."""

    playlist: MediaPlaylist | MultivariantPlaylist | None
    """None where it is no playlist at all."""
    problems: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every value is known."""
        return self.playlist is not None and all(one.weight != "lost" for one in self.problems)


# Who writes a package reads each playlist back when it is written, and again where it was put.
@functools.lru_cache(maxsize=32)
def read_playlist(data: bytes) -> Reading:
    """Read the bytes of a playlist of either kind; what is wrong is in the reading."""
    notes = Notebook()
    lines = split_lines(data, notes)
    places = {PLACES.get(line.tag) for line in lines}
    playlist: MediaPlaylist | MultivariantPlaylist | None = None
    if "multivariant" in places and any(line.tag in _CHOOSING for line in lines):
        _note_mixture(lines, "media", notes)
        playlist = read_multivariant(lines, notes)
    elif "media" in places:
        _note_mixture(lines, "multivariant", notes)
        playlist = read_media(lines, notes)
    else:
        notes.note(0, "no tag of a media playlist or of a multivariant one", "a playlist", "lost")
    return Reading(playlist, tuple(sorted(notes.problems, key=lambda one: one.line)))


def _note_mixture(lines: tuple[Line, ...], foreign: str, notes: Notebook) -> None:
    """Note the first tag of the other kind (4.3.3, 4.3.4): a playlist is of one kind."""
    for line in lines:
        if PLACES.get(line.tag) == foreign:
            kind = "multivariant" if foreign == "media" else "media"
            notes.note(line.number, f"{line.tag} in a {kind} playlist", f"tags of a {kind} playlist")
            return
