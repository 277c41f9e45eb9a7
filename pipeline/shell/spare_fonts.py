"""Which of the fonts that were made are spare: no output's captions ask for them, and any is made again in a second.

Captions ask for theirs in every run. Cards do not: they are pictures, and drawn already.
"""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.shell.fonts import FACES, known_files, reporting_disk_trouble

_FACE: Final = re.compile(r"[0-9a-f]{32}\.[a-z]+")
_FOLDER: Final = re.compile(r"[0-9a-f]{64}")
_DRAFT: Final = re.compile(r"\.[0-9a-f]{32}")
"""What a run that was killed may leave."""


@dataclass(frozen=True)
class SpareFonts:
    """Files and folders of fonts that nothing needs."""

    root: Path
    paths: tuple[Path, ...]
    count: int
    """Of different fonts in them."""
    size_bytes: int
    """What the disk gains by their removal; a file with several names counts once, and only where all of them go."""


def find_spare_fonts(root: Path, used: frozenset[str]) -> SpareFonts:
    """Return the fonts below `root` that are in no folder whose digest is `used`.

    Folders with a font that is made otherwise since another package was installed are spare in any case. What is not
    named as we name files is somebody else's and stays. Raises StoreError. No run may be using the fonts.
    """
    with reporting_disk_trouble(root):
        known, folders = known_files(), tuple(_ours(root, _FOLDER))
        needed = {folder: names for folder in folders if folder.name in used and (names := _names(folder)) <= known}
        kept = frozenset(name for names in needed.values() for name in names)
        faces = tuple(path for path in _ours(root / FACES, _FACE) if path.name not in kept)
        drafts = (*_ours(root, _DRAFT), *_ours(root / FACES, _DRAFT))
        paths = (*(folder for folder in folders if folder not in needed), *faces, *drafts)
        files = tuple(file for path in paths for file in (path.iterdir() if path.is_dir() else (path,)))
        return SpareFonts(root, paths, len({file.name for file in files}), _gained(files))


def remove_fonts(spare: SpareFonts) -> None:
    """Remove spare fonts. Raises StoreError."""
    with reporting_disk_trouble(spare.root):
        for path in spare.paths:
            if path.is_dir():
                # Under another name first: half a folder would be taken for a whole one.
                shutil.rmtree(path.rename(path.with_name(f".{uuid.uuid4().hex}")))
            else:
                path.unlink()


def _ours(folder: Path, named: re.Pattern[str]) -> Iterator[Path]:
    """Yield files and folders whose names are of a kind, in order; links are not ours."""
    found = sorted(folder.iterdir()) if folder.is_dir() else ()
    yield from (path for path in found if named.fullmatch(path.name) and not path.is_symlink())


def _names(folder: Path) -> frozenset[str]:
    return frozenset(path.name for path in folder.iterdir())


def _gained(files: Sequence[Path]) -> int:
    links: dict[tuple[int, int], int] = {}
    gained = 0
    for status in (file.lstat() for file in files):
        file = status.st_dev, status.st_ino
        links[file] = links.get(file, 0) + 1
        gained += status.st_size if links[file] == status.st_nlink else 0
    return gained
