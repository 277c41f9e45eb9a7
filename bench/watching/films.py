"""Tiny films of several containers, as many of each as wanted, no two with the same bytes."""

from __future__ import annotations

import hashlib
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.packaging import run_bare

_TITLE: Final = b"000000000000"
_SOURCES: Final = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=12:d=1", "-f", "lavfi", "-i", "sine=440:r=8000:d=1")
# Heads and tails in other places, and sound that is as good as zeros can be.
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    ".mp4": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "16k"),
    ".m4v": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "16k", "-movflags", "faststart"),
    ".mov": ("-c:v", "prores_ks", "-profile:v", "0", "-c:a", "pcm_s16le", "-movflags", "faststart"),
    ".mkv": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "16k"),
}


@dataclass(frozen=True)
class Film:
    """One film in memory."""

    content: bytes
    suffix: str

    @property
    def digest(self) -> str:
        """Its sha256."""
        return hashlib.sha256(self.content).hexdigest()


class Films:
    """Makes films out of one of each kind, by their titles."""

    def __init__(self) -> None:
        self._count = 0
        with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
            self._made = {suffix: _make(Path(folder) / f"film{suffix}", argv) for suffix, argv in _KINDS.items()}

    def another(self, chance: random.Random) -> Film:
        """Return a film that there has not been yet."""
        self._count += 1
        suffix = chance.choice(tuple(self._made))
        title = str(self._count).zfill(len(_TITLE)).encode()
        return Film(self._made[suffix].replace(_TITLE, title), suffix)


def _make(path: Path, argv: tuple[str, ...]) -> bytes:
    run_bare((*_SOURCES, *argv, "-metadata", f"title={_TITLE.decode()}", f"file:{path}"))
    content = path.read_bytes()
    assert _TITLE in content
    return content
