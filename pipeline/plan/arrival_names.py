"""Which names in a watched folder are films, which are still being copied, and which files go with a film."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final, Literal

from pipeline.facts import FILM_SUFFIXES

WATCH_FILE: Final = "watch.toml"
NOTE_SUFFIX: Final = ".matinee.txt"
DONE, QUARANTINE = "done", "quarantine"

Algorithm = Literal["md5", "sha1", "sha256", "sha512", "xxh32", "xxh64", "xxh3", "xxh128"]

READY_SUFFIX: Final = ".ready"
# What md5sum, shasum and xxhsum write, and the tools of film crews after them. The suffix .xxh leaves open which of
# xxHash's sums it is; its length tells.
CHECKSUM_SUFFIXES: Final[dict[str, tuple[Algorithm, ...]]] = {
    ".md5": ("md5",),
    ".sha1": ("sha1",),
    ".sha256": ("sha256",),
    ".sha512": ("sha512",),
    ".xxh": ("xxh32", "xxh64", "xxh3", "xxh128"),
    ".xxh32": ("xxh32",),
    ".xxh64": ("xxh64",),
    ".xxh3": ("xxh3",),
    ".xxh128": ("xxh128",),
}

# A film's suffix stands last in these although a copier or exporter is at work: film.part.mov, yt-dlp's film.temp.mp4
# and film.f137.mp4, film.tmp.mov. Every other temporary name ends in something that is no film: .part (Firefox, curl),
# .crdownload, .filepart (WinSCP), .partial, .!qB, .!ut, .!sync (Resilio), .tmp, .download (Safari's is a
# folder), film.mov~, Syncthing's .syncthing.film.mov.tmp and rsync's .film.mov.Ab3dEf, which is hidden besides.
_AT_WORK_INSIDE: Final = (
    ".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".opdownload", ".incomplete",
    ".uploading", ".copying", ".syncing", ".!qb", ".!ut", ".!sync", ".bt", ".aria2",
)  # fmt: skip
_PIECE_OF_DOWNLOAD: Final = re.compile(r"\.f\d{2,4}(-\d+)?\Z", re.IGNORECASE)
# Hidden names, macOS' ._film.mov beside each film on disks that are not its own, locks of office programs, Windows'
# and Syncthing's temporary names.
_AT_WORK_BEFORE: Final = (".", "~", "#")

# Folders in which systems, NAS boxes and copiers keep what is theirs, wherever they are mounted.
_NEVER_ENTERED: Final = frozenset(
    (
        "@eadir", "@tmp", "@recycle", "#recycle", "#snapshot", "$recycle.bin", "recycler", "system volume information",
        "lost+found", "__macosx", "network trash folder", "temporary items", "thumbs.db", "found.000",
    )
)  # fmt: skip


def is_film_name(name: str) -> bool:
    """Tell whether a name is that of a film which nobody is still at work on, going by the name alone."""
    path = PurePath(name)
    if path.suffix.lower() not in FILM_SUFFIXES or name.startswith(_AT_WORK_BEFORE):
        return False
    stem = path.stem.lower()
    return not stem.endswith(_AT_WORK_INSIDE) and _PIECE_OF_DOWNLOAD.search(stem) is None


def is_entered(name: str) -> bool:
    """Tell whether a sub-folder is looked into. Those that arrivals are moved to are left out where `after` says so."""
    if name.startswith(_AT_WORK_BEFORE) or name.lower() in _NEVER_ENTERED:
        return False
    # Safari's film.mov.download and the like are folders.
    return PurePath(name).suffix.lower() not in _AT_WORK_INSIDE


def sidecars_of(name: str) -> tuple[str, ...]:
    """Return the names under which a film's sidecars are looked for: film.mov.md5 before film.md5, .ready first."""
    stem = PurePath(name).stem
    suffixes = (READY_SUFFIX, *CHECKSUM_SUFFIXES)
    return tuple(f"{base}{suffix}" for suffix in suffixes for base in (name, stem))


def is_sidecar(name: str) -> bool:
    """Tell whether a name is that of a sidecar, which may be a film's."""
    suffix = PurePath(name).suffix.lower()
    return not name.startswith(_AT_WORK_BEFORE) and (suffix == READY_SUFFIX or suffix in CHECKSUM_SUFFIXES)


def films_of(sidecar: str) -> tuple[str, ...]:
    """Return the names of the films that a sidecar may be of, in any case of their suffixes that people write."""
    base = PurePath(sidecar).stem
    if PurePath(base).suffix.lower() in FILM_SUFFIXES:
        return (base,)
    return tuple(f"{base}{suffix}" for known in FILM_SUFFIXES for suffix in (known, known.upper()))


def may_speak_of(sidecar: str, film: str) -> bool:
    """Tell whether a sidecar may be that of a film."""
    return sidecar in sidecars_of(film)


def note_name(name: str, most_bytes: int = 255) -> str:
    """Return what the note beside a film is called: NAME.matinee.txt, the name cut where it would be too long."""
    suffix = NOTE_SUFFIX.encode()
    stem = name.encode("utf-8", "surrogateescape")[: most_bytes - len(suffix)]
    return (stem + suffix).decode("utf-8", "surrogateescape")


def goes_along(name: str, film: str) -> bool:
    """Tell whether a file moves with a film: its sidecars, its film.toml, and its captions."""
    stem, path = PurePath(film).stem, PurePath(name)
    if name in sidecars_of(film) or name == f"{stem}.film.toml":
        return True
    is_caption = path.suffix.lower() in (".srt", ".vtt", ".ass", ".ssa")
    return is_caption and (path.stem == stem or path.stem.startswith(f"{stem}."))
