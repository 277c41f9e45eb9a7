"""Publishing a package, as values: what goes under which name at a target, in which order, and what may be taken away.

A target is flat and shared by editions, so that what is the same is stored once. Only an edition's entry is ever
replaced; every other name is made from the bytes that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final, Literal

from pipeline.errors import InputError
from pipeline.plan.origin import DIGITS_AT_END, IMMUTABLE_FOLDER, cache_control_of, coding_of, content_type_of
from pipeline.plan.slugs import slug_words
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist
from pipeline.spelling import spelled

LONGEST_EDITION: Final = 100
HELD: Final = "held"
"""The folder at a target in which entries lie that nginx opens; nobody is served from it before."""
_EDITION: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_SEGMENT: Final = re.compile(rf"{IMMUTABLE_FOLDER}/([0-9a-f]{{32}})\.(m4s|mp4|vtt|jpg)", re.ASCII)
_SHOWN: Final = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,150}}-([0-9a-f]{{{DIGITS_AT_END}}})\.(m3u8|vtt|jpg|js)", re.ASCII
)
_LOOKS_NAMED_BY_CONTENT: Final = re.compile(rf"(.*-)?[0-9a-f]{{{DIGITS_AT_END}}}", re.ASCII)

Kind = Literal["segment", "shown", "entry", "page"]
"""Segments are stored before an opening; what is shown (playlists, thumbnails, poster) goes up with the entry; a page
comes after the entry that it plays."""


@dataclass(frozen=True)
class Item:
    """One file of an edition: what it is called at a target, and which bytes it must have there."""

    name: str
    kind: Kind
    size: int
    sha256: str
    source: str
    """Its name in the package, with forward slashes."""

    @property
    def content_type(self) -> str:
        """What it is sent as."""
        return content_type_of(self.name)

    @property
    def cache_control(self) -> str:
        """For how long it may be kept."""
        return cache_control_of(self.name)

    @property
    def coding(self) -> Literal["gzip", "identity"]:
        """How a store that cannot compress by itself keeps it."""
        return coding_of(self.name)


@dataclass(frozen=True)
class PackageFile:
    """A file of a package as it was read."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PackageContents:
    """What a package plays and shows, every file once, in the order in which its playlists name them."""

    title: str | None
    region: str
    """Its id; empty for a package of all regions."""
    master: PackageFile
    files: tuple[PackageFile, ...]
    """Media playlists, what players read before their first segment, segments, thumbnails and their sheets, poster."""


@dataclass(frozen=True)
class Publication:
    """An edition that is to be published, in the order in which its files go up."""

    edition: str
    title: str
    region: str
    segments: tuple[Item, ...]
    shown: tuple[Item, ...]
    entry: Item

    @property
    def items(self) -> tuple[Item, ...]:
        """All of it, in order: whoever reads one of them finds what it leads to."""
        return (*self.segments, *self.shown, self.entry)


@dataclass(frozen=True)
class Takedown:
    """What becomes of the names of an edition that is taken away."""

    now: tuple[str, ...]
    """Playlists, thumbnails and posters that no other edition has."""
    later: tuple[str, ...]
    """Segments that no other edition has; players that began before may read them for a while."""
    kept: Mapping[str, tuple[str, ...]]
    """Names that stay, and the editions that have them."""


def check_edition(name: str) -> str:
    """Return an edition's name. Raises InputError for what is none, or would be taken for the name of a content."""
    if _EDITION.fullmatch(name) is None or len(name) > LONGEST_EDITION:
        raise InputError(
            f"{spelled(name)!r} is no name of an edition.",
            remedy="Allowed: small letters and digits, with single hyphens between them, such as the-red-kite-de; "
            f"at most {LONGEST_EDITION} of them. Name one with --as.",
        )
    if _LOOKS_NAMED_BY_CONTENT.fullmatch(name) is not None:
        raise InputError(
            f"The name {name} ends like those that are made from content, which caches keep for ever.",
            remedy=f"Name another with --as, whose last part is not {DIGITS_AT_END} digits and letters from a to f.",
        )
    return name


def edition_of(title: str | None, region: str) -> str:
    """Return the name that an edition has by default: 'the-red-kite-de'. Raises InputError where there is none."""
    words = slug_words(title or "")
    if not words:
        told = f"The title {spelled(title)!r} has no letters for a name" if title else "The package has no title"
        raise InputError(f"{told}, so the edition has none.", remedy="Name it with --as, such as --as the-red-kite.")
    last = "".join(f"-{word}" for word in slug_words(region))
    return check_edition("-".join(words)[: LONGEST_EDITION - len(last)].rstrip("-") + last)


def plan_publication(package: PackageContents, edition: str) -> Publication:
    """Return what goes up under which names. Raises InputError for an edition that cannot be called so."""
    items = tuple(_item(file) for file in package.files)
    master = package.master
    return Publication(
        edition=check_edition(edition),
        title=package.title or edition,
        region=package.region,
        segments=tuple(one for one in items if one.kind == "segment"),
        shown=tuple(one for one in items if one.kind == "shown"),
        entry=Item(entry_of(edition), "entry", master.size, master.sha256, master.name),
    )


def plan_takedown(names: Iterable[str], others: Mapping[str, frozenset[str]]) -> Takedown:
    """Return what becomes of the names of an edition; `others` are those of the editions that stay, by edition."""
    kept: dict[str, tuple[str, ...]] = {}
    free = []
    for name in names:
        users = tuple(sorted(edition for edition, theirs in others.items() if name in theirs))
        if users:
            kept[name] = users
        else:
            free.append(name)
    segments = tuple(name for name in free if is_segment(name))
    return Takedown(tuple(name for name in free if not is_segment(name)), segments, kept)


def entry_of(edition: str) -> str:
    """Return the name of an edition's entry, which is what a player opens."""
    return f"{edition}.m3u8"


def held_entry_of(edition: str) -> str:
    """Return the name of the entry of an edition that the server opens, which serves nobody from there before."""
    return f"{HELD}/{entry_of(edition)}"


def held(publication: Publication) -> Publication:
    """Return a publication whose entry the server opens by its own clock."""
    return replace(publication, entry=replace(publication.entry, name=held_entry_of(publication.edition)))


def is_segment(name: str) -> bool:
    """Tell whether a name is that of a segment, named by its content."""
    return _SEGMENT.fullmatch(name) is not None


def is_playlist(name: str) -> bool:
    """Tell whether a name is that of a media playlist, named by its content."""
    return _SHOWN.fullmatch(name) is not None and name.endswith(".m3u8")


def is_entry(name: str) -> bool:
    """Tell whether a name may be that of an entry: a playlist beside segments/ that is not named by its content."""
    return "/" not in name and name.endswith(".m3u8") and not name.startswith(".") and not is_playlist(name)


def digest_in(name: str) -> str:
    """Return the digits of the sha256 that a name of a content holds; of any other name, none."""
    found = _SEGMENT.fullmatch(name) or _SHOWN.fullmatch(name)
    return found[1] if found else ""


def references_of(playlist: MultivariantPlaylist | MediaPlaylist) -> tuple[str, ...]:
    """Return every address that a playlist names, once, in its order."""
    if isinstance(playlist, MultivariantPlaylist):
        named = [one.uri for one in playlist.variants]
        named += [one.uri for one in playlist.renditions if one.uri is not None]
        named += [one.uri for one in playlist.iframe_variants]
    else:
        named = [uri for one in playlist.segments for uri in ((one.init.uri,) if one.init else ()) + (one.uri,)]
    return tuple(dict.fromkeys(named))


def pictures_in(thumbnails: str) -> tuple[str, ...]:
    """Return the addresses of pictures that a WebVTT file of thumbnails names, without the places in them."""
    lines = (line.strip() for line in thumbnails.lstrip("\ufeff").splitlines()[1:])
    named = (line.partition("#")[0] for line in lines if line and "-->" not in line)
    return tuple(dict.fromkeys(named))


def _item(file: PackageFile) -> Item:
    name = file.name
    if not digest_in(name):
        # poster.jpg and thumbnails.vtt: at a target, those of several films lie beside each other.
        path = PurePosixPath(name)
        name = f"{path.stem}-{file.sha256[:DIGITS_AT_END]}{path.suffix}"
    return Item(name, "segment" if is_segment(name) else "shown", file.size, file.sha256, file.name)
