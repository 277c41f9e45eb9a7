"""Weigh a package on disk: which files each of its variants plays, and how large they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.audience import Piece, Track, Variant, Weights
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.spelling import spelled

MASTER: Final = "master.m3u8"
_MOST_BYTES: Final = 16 * 1024 * 1024  # a playlist of that size has a hundred thousand segments
_OWN: Final = ("conformance.json", "package.json")
"""What of a package is not published."""


def weigh_package(folder: Path, edition: str) -> Weights:
    """Return what a package weighs. Raises PlanError where the folder has none, or one that is not whole."""
    master = _read(folder, MASTER)
    if not isinstance(master, MultivariantPlaylist) or not master.variants:
        raise PlanError(f"{spelled(str(folder))} is no package.", remedy="matinee package makes one.", path=str(folder))
    variants = []
    for variant in sorted(master.variants, key=lambda one: one.bandwidth or 0):
        sounds = master.group("AUDIO", variant.audio) if variant.audio else ()
        heard = next((one for one in sounds if one.is_default), sounds[0] if sounds else None)
        uris = [variant.uri, *([heard.uri] if heard is not None and heard.uri else [])]
        variants.append(Variant(tuple(_track(folder, uri) for uri in uris)))
    # Of two variants with one picture and another sound the later one is as good as the other.
    length = max(sum(piece.seconds for piece in track.pieces) for one in variants for track in one.tracks)
    entry = Piece(_content_name(folder, MASTER), _size(folder, MASTER))
    return Weights(edition, entry, tuple(variants), tuple(_stored(folder)), length)


def region_of_package(folder: Path) -> str | None:
    """Return the region that a package was made for; None where it has none, or does not say."""
    try:
        document = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    region = document.get("region") if isinstance(document, dict) else None
    return region if isinstance(region, str) and region else None


def _track(folder: Path, uri: str) -> Track:
    playlist = _read(folder, uri)
    if not isinstance(playlist, MediaPlaylist) or not playlist.segments:
        raise PlanError(f"{spelled(str(folder / uri))} is no media playlist with segments.", path=str(folder))
    pieces: dict[str, Piece] = {}
    at = 0.0
    for segment in playlist.segments:
        if segment.init is not None:
            name = segment.init.uri
            pieces.setdefault(name, Piece(name, _size(folder, name), at))
        seconds = float(segment.duration)
        pieces[segment.uri] = Piece(segment.uri, _size(folder, segment.uri), at, seconds)
        at += seconds
    return Track(Piece(uri, _size(folder, uri)), tuple(pieces.values()))


def _stored(folder: Path) -> Iterator[Piece]:
    """Yield every file that is published; those without a name made from their content get one."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in _OWN and not path.name.startswith("."):
            is_named = path.parent != folder or (path.suffix == ".m3u8" and name != MASTER)
            yield Piece(name if is_named else _content_name(folder, name), path.stat().st_size)


def _content_name(folder: Path, name: str) -> str:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return f"{PurePosixPath(name).stem}-{digest[:12]}{PurePosixPath(name).suffix}"


def _read(folder: Path, name: str) -> MediaPlaylist | MultivariantPlaylist | None:
    try:
        with _inside(folder, name).open("rb") as file:
            return read_playlist(file.read(_MOST_BYTES)).playlist
    except OSError as error:
        raise PlanError(
            f"{spelled(str(folder / name))} cannot be read ({error.strerror}).",
            remedy="Name the folder of a package, which matinee package makes.",
            path=str(folder),
        ) from None


def _size(folder: Path, name: str) -> int:
    try:
        return _inside(folder, name).stat().st_size
    except OSError as error:
        raise PlanError(f"{spelled(str(folder / name))} is missing ({error.strerror}).", path=str(folder)) from None


def _inside(folder: Path, name: str) -> Path:
    """Return a file that a playlist names. Raises PlanError where it lies elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or ":" in name or "\0" in name:
        raise PlanError(f"{spelled(name)} is not in the package {spelled(str(folder))}.", path=str(folder))
    return folder / name
