"""HLS packages as pages show them: what package.json says of one, and which of its files a browser may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.package import manifest
from pipeline.plan.origin import FILE_KINDS, content_type_of
from pipeline.review.documents import id_of
from pipeline.review.materials import Material
from pipeline.shell.digests import sha256_of
from pipeline.shell.package_verdicts import PLATFORM
from pipeline.shell.package_walk import MASTER, POSTER

_BLOCK: Final = "block.json"
"""What lies beside the package of a block, as `pipeline.screening.changes` calls it."""
_LONGEST: Final = 200
_MOST_LISTED: Final = 40


@dataclass(frozen=True)
class PackageShown:
    """A package of a film."""

    folder: Path
    film: str
    """The digest of the film that it shows, or begins with."""
    digest: str
    """That of its master playlist, on which verdicts are."""
    region: str
    title: str
    ladder: str
    seconds: float
    sizes: tuple[str, ...]
    """Of its renditions, the largest first."""
    sounds: tuple[str, ...]
    subtitles: tuple[str, ...]
    files: frozenset[str]
    """Names of what it consists of."""
    is_block: bool
    """Whether it is that of a block, which several films share."""

    @property
    def id(self) -> str:
        """Its name in addresses: one that is packaged anew has another."""
        return id_of(self.folder, self.digest)

    @property
    def platform(self) -> str:
        """What it is for, where clips have a platform."""
        return PLATFORM

    @property
    def file(self) -> Path:
        """What a verdict on it is on: the master playlist, which names all that plays by its content."""
        return self.folder / MASTER

    @property
    def name(self) -> str:
        """What it is called beside other packages of its film."""
        return f"{self.folder.name}, {self.region}" if self.region else self.folder.name

    @property
    def has_poster(self) -> bool:
        """Whether a picture stands for it."""
        return POSTER in self.files

    def find(self, name: str) -> Material | None:
        """Return one of its files, by the name that playlists give it; a name is looked up and never made a path."""
        if name not in self.files:
            return None
        return Material(self.folder / name, self.folder, content_type_of(name, FILE_KINDS))


def read_shown(path: Path) -> PackageShown | None:
    """Return the package of a package.json; None where there is none, or none as we write it."""
    try:
        said = manifest.read(path)
        return _shown(path.parent, said) if said else None
    except (OSError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def _shown(folder: Path, said: Mapping[str, Any]) -> PackageShown:
    suffixes = tuple(kind.suffix for kind in FILE_KINDS)
    renditions = [(int(one["width_px"]), int(one["height_px"])) for one in said.get("renditions", [])[:_MOST_LISTED]]
    return PackageShown(
        folder=folder,
        film=str(said["masters"][0]["sha256"]),
        digest=sha256_of(folder / MASTER),
        region=_text(said.get("region")),
        title=_text(said.get("title")),
        ladder=_text(said.get("ladder")),
        seconds=float(said.get("seconds") or 0),
        sizes=tuple(dict.fromkeys(f"{width}×{height}" for width, height in sorted(renditions, reverse=True))),
        sounds=_languages(said.get("sounds", [])),
        subtitles=_languages(said.get("subtitles", [])),
        files=frozenset(name for name in said["files"] if name.endswith(suffixes)),
        is_block=(folder.parent / _BLOCK).exists(),
    )


def _languages(rows: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_text(row.get("language")) for row in rows[:_MOST_LISTED] if row.get("language")))


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
