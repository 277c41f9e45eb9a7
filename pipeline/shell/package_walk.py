"""Walk a package from its master playlist, and hold every byte that it plays against the name that stands for it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.errors import InputError
from pipeline.plan.measurements import Unmeasured
from pipeline.plan.publication import (
    PackageContents,
    PackageFile,
    digest_in,
    is_playlist,
    is_segment,
    pictures_in,
    references_of,
)
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.shell.conformance import FILE_NAME, check_package
from pipeline.shell.digests import sha256_of
from pipeline.shell.hls_sources import Folder
from pipeline.spelling import spelled

MASTER: Final = "master.m3u8"
POSTER: Final = "poster.jpg"
THUMBNAILS: Final = "thumbnails.vtt"
MANIFEST: Final = "package.json"
_TEXT_MAX: Final = 16 << 20
_FAILED_SHOWN: Final = 3
_LONGEST_WORDS: Final = 200
_AGAIN: Final = "Package the film again with `matinee package`."
# Tags whose addresses the walk follows; what another one names would be missing at the target.
_FOLLOWED: Final = ("EXT-X-MAP", "EXT-X-MEDIA", "EXT-X-I-FRAME-STREAM-INF")
_NAMES_MORE: Final = re.compile(r"^#(?!(?:" + "|".join(_FOLLOWED) + r"):)(EXT[A-Z0-9-]*):.*URI=", re.MULTILINE)


def find_package(path: Path) -> Path:
    """Return the folder of a package, named by itself or by its master playlist. Raises InputError."""
    folder = path.parent if path.name == MASTER else path
    try:
        is_package = (folder / MASTER).is_file()
        reason = f"holds no {MASTER}" if folder.is_dir() else "is no folder" if folder.exists() else "is not here"
    except OSError as error:
        is_package, reason = False, f"cannot be looked into ({error.strerror})"
    if not is_package:
        raise InputError(
            f"{spelled(str(path))} {reason}, so it is no package.",
            remedy="Give the folder that `matinee package` wrote, or the master.m3u8 in it.",
        )
    return folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what package.json says; nothing where there is none."""
    data = Folder(folder).read(MANIFEST, kind="playlist", most=_TEXT_MAX)
    try:
        document = {} if isinstance(data, Unmeasured) else json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def region_of(manifest: dict[str, Any]) -> str:
    """Return the id of the region that a package is for, as its package.json says; empty for all."""
    return _text(manifest.get("region"))


def title_of(manifest: dict[str, Any]) -> str | None:
    """Return what a package's film is called where it plays, as its package.json says."""
    return _text(manifest.get("title")).strip() or None


def read_poster(folder: Path) -> bytes | None:
    """Return a package's poster; None where there is none, or a link to one out of the package."""
    package = Folder(folder)
    if isinstance(package.locate(MASTER, POSTER), Unmeasured):
        return None
    data = package.read(POSTER, kind="playlist", most=_TEXT_MAX)
    return None if isinstance(data, Unmeasured) else data


def walk_package(folder: Path, on_share: Callable[[float], None] = lambda _: None) -> PackageContents:
    """Return all that a package plays and shows, every byte read and held against its name.

    Raises InputError for a package that is damaged, leads out of its folder, has names that are not made from content,
    or breaks a rule that must be kept. Nothing is written.
    """
    walk = _Walk(folder)
    master = walk.read_master()
    _check_conformance(folder)
    names = list(walk.names)
    for number, name in enumerate(names, 1):
        walk.measure(name)
        on_share(number / len(names))
    manifest = read_manifest(folder)
    return PackageContents(
        # Of a region its own title is another; editions of one film are called after the film.
        title=_text(manifest.get("film") or manifest.get("title")).strip() or None,
        region=region_of(manifest),
        master=master,
        files=tuple(walk.files.values()),
    )


@dataclass
class _Walk:
    """What has been found of a package so far."""

    folder: Path
    names: dict[str, None] = field(default_factory=dict)
    """Of files whose bytes are still to be read, in the order in which playlists name them."""
    files: dict[str, PackageFile] = field(default_factory=dict)

    def read_master(self) -> PackageFile:
        """Read the master playlist and every playlist that it names; note what those name."""
        data = self._read(MASTER, by=None)
        playlist = self._parse(MASTER, data)
        if not isinstance(playlist, MultivariantPlaylist):
            raise self._damaged(f"{MASTER} is no master playlist", _AGAIN)
        for uri in references_of(playlist):
            if not is_playlist(uri):
                raise self._misnamed(uri, MASTER)
            self._read_media(uri)
        for name in (THUMBNAILS, POSTER):
            if os.path.lexists(self.folder / name):
                self._check_there(name, by=None)
                self.names[name] = None
        if THUMBNAILS in self.names:
            text = self._read(THUMBNAILS, by=None).decode("utf-8", "replace")
            self._note(pictures_in(text), THUMBNAILS)
        return PackageFile(MASTER, len(data), hashlib.sha256(data).hexdigest())

    def measure(self, name: str) -> None:
        """Read a file to its end, and hold it against its name."""
        path = self.folder / name
        try:
            size, digest = path.stat().st_size, sha256_of(path)
        except OSError as error:
            raise self._damaged(f"{name} cannot be read ({error.strerror})", _AGAIN) from error
        if not digest.startswith(digest_in(name)):
            raise self._damaged(f"{name} has other bytes than its name says", _AGAIN)
        self.files[name] = PackageFile(name, size, digest)

    def _read_media(self, name: str) -> None:
        data = self._read(name, by=MASTER)
        playlist = self._parse(name, data)
        if not isinstance(playlist, MediaPlaylist):
            raise self._damaged(f"{name} is no media playlist", _AGAIN)
        self.names[name] = None
        self._note(references_of(playlist), name)

    def _note(self, uris: tuple[str, ...], by: str) -> None:
        for uri in uris:
            if uri in self.names:
                continue
            if not is_segment(uri):
                raise self._misnamed(uri, by)
            self._check_there(uri, by)
            self.names[uri] = None

    def _read(self, name: str, *, by: str | None) -> bytes:
        self._check_there(name, by)
        data = Folder(self.folder).read(name, kind="playlist", most=_TEXT_MAX)
        if isinstance(data, Unmeasured):
            raise self._damaged(f"{name}: {data.reason}", _AGAIN)
        return data

    def _check_there(self, name: str, by: str | None) -> None:
        """Raise InputError for what is missing, no regular file, or a link that leads out of the folder."""
        told = f", which {by} names" if by else ""
        located = Folder(self.folder).locate(MASTER, name)
        if isinstance(located, Unmeasured):
            raise self._damaged(f"{name}{told}: {located.reason}", "Remove the link.")
        try:
            is_file = (self.folder / name).is_file()
        except OSError as error:
            raise self._damaged(f"{name} cannot be looked at ({error.strerror})", "Check permissions.") from error
        if not is_file:
            raise self._damaged(f"{name}{told}, is missing" if by else f"{name} is missing", _AGAIN)

    def _parse(self, name: str, data: bytes) -> MultivariantPlaylist | MediaPlaylist:
        reading = read_playlist(data)
        lost = next((one for one in reading.problems if one.weight == "lost"), None)
        if reading.playlist is None or lost is not None:
            told = f"line {lost.line}: {spelled(lost.what)}" if lost else "it is no playlist"
            raise self._damaged(f"{name} cannot be read: {told}", _AGAIN)
        more = _NAMES_MORE.search(data.decode("utf-8", "replace"))
        if more is not None:
            raise self._damaged(
                f"{name} has an address in {more[1]}, and what that leads to would not be published",
                f"Allowed: addresses in {', '.join(_FOLLOWED)} and of variants and segments.",
            )
        return reading.playlist

    def _misnamed(self, uri: str, by: str) -> InputError:
        return self._damaged(
            f"{by} names {spelled(uri[:200])!r}, which is no name that is made from content",
            "Allowed: playlists such as v720-3000-0123456789ab.m3u8 beside it, and segments/ with 32 digits of their "
            "sha256, as `matinee package` writes them.",
        )

    def _damaged(self, what: str, remedy: str) -> InputError:
        return InputError(f"{spelled(str(self.folder))}: {what}. Nothing was published.", remedy=remedy)


def _text(value: object) -> str:
    """Return words of a package.json, which may be anybody's, as they can be kept and shown; empty for none."""
    return value[:_LONGEST_WORDS].encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _check_conformance(folder: Path) -> None:
    """Raise InputError for a package that breaks a rule that must be kept; one that nobody checked is checked now."""
    data = Folder(folder).read(FILE_NAME, kind="playlist", most=_TEXT_MAX)
    try:
        failed = None if isinstance(data, Unmeasured) else _failed_musts(json.loads(data))
    except (ValueError, KeyError, TypeError, RecursionError):
        failed = None
    if failed is None:
        failed = [f"{one.number} {one.title}" for one in check_package(folder).failed_musts]
    if failed:
        told = "; ".join(spelled(one) for one in failed[:_FAILED_SHOWN])
        more = f"; and {len(failed) - _FAILED_SHOWN} more" if len(failed) > _FAILED_SHOWN else ""
        raise InputError(
            f"{spelled(str(folder))} breaks rules that must be kept: {told}{more}. Nothing was published.",
            remedy=f"matinee check {spelled(str(folder))} says where; package the film again.",
        )


def _failed_musts(document: dict[str, Any]) -> list[str]:
    failed = [
        f"{one['rule']} {one['title']}"
        for one in document["findings"]
        if one["outcome"] == "fail" and one["level"] == "MUST"
    ]
    return failed if failed or document["conforms"] is True else [f"{FILE_NAME} says so, and not which"]
