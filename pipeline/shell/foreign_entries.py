"""What entries at a target lead to that were not published from here: nobody else knows that those names are needed."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from pipeline.plan.publication import entry_of, is_entry, is_playlist, is_segment, references_of
from pipeline.playlists import MultivariantPlaylist, read_playlist
from pipeline.shell.targets import Target

_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class Others:
    """Entries of others, and all names that they lead to."""

    entries: tuple[str, ...]
    names: frozenset[str]

    def may_have(self, name: str) -> bool:
        """Tell whether others need a name, or may: no playlist says which posters and thumbnails belong to it."""
        if name in self.names:
            return True
        is_listed = is_playlist(name) or (is_segment(name) and not name.endswith(".jpg"))
        return bool(self.entries) and not is_listed


def names_of_others(target: Target) -> Others:
    """Walk every entry at a target that is not one of ours as we left it. Raises PublishError for an unreadable one."""
    is_open = [one.name for one in target.editions.all() if one.state == "open"]
    ours = {entry_of(edition) for edition in is_open}
    ours |= {one.name for edition in is_open for one in target.editions.names_of(edition) if one.kind == "entry"}
    entries: list[str] = []
    names: set[str] = set()
    for name in target.root_names():
        if not is_entry(name):
            continue
        found = target.follow(name)
        if found is None or (name in ours and target.editions.is_ours(name, hashlib.sha256(found).hexdigest())):
            continue
        entries.append(name)
        names.update(led_to(found, target))
    return Others(tuple(entries), frozenset(names))


def led_to(data: bytes, target: Target) -> Iterator[str]:
    """Yield the names that a playlist leads to, also by the playlists that it names."""
    playlist = read_playlist(data).playlist
    if playlist is None:
        return
    for uri in references_of(playlist):
        name = _name_of(uri)
        yield name
        if isinstance(playlist, MultivariantPlaylist) and _is_beside(name):
            found = target.follow(name)
            media = None if found is None else read_playlist(found).playlist
            if media is not None and not isinstance(media, MultivariantPlaylist):
                yield from map(_name_of, references_of(media))


def _is_beside(name: str) -> bool:
    """Tell whether a name may be that of a file beside segments/, whatever a stranger's playlist says."""
    is_plain = "/" not in name and "\0" not in name and name not in (".", "..")
    return is_plain and len(name.encode("utf-8", "replace")) <= _LONGEST_NAME


def _name_of(uri: str) -> str:
    """Return the name at the target that an address means; one elsewhere means none of its names."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    return uri if parts.scheme or parts.netloc else posixpath.normpath(unquote(parts.path) or ".")
