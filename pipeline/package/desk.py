"""Put the files of a package into its folder, under the names that their content gives them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.package.assembly import Assembly
from pipeline.package.request import SEGMENTS
from pipeline.playlists import MediaPlaylist, media_text
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import publish_several, withdraw_others
from pipeline.shell.store import Artifact

_NAME_LENGTH: Final = 32
"""Hexadecimal digits of a digest that name a segment."""
_SHORT_LENGTH: Final = 12
"""Those that tell the texts of one playlist from each other."""
_BY_CONTENT: Final = re.compile(
    rf"{SEGMENTS}/[0-9a-f]{{{_NAME_LENGTH}}}\.(m4s|mp4|vtt|jpg)|[^/]+-[0-9a-f]{{{_SHORT_LENGTH}}}\.m3u8"
)
"""What is called by its content, and so may be left over when that changes."""


@dataclass
class Desk:
    """The folder of a package that is put together, and what lies in it by now."""

    assembly: Assembly
    ledger: Ledger
    placed: dict[str, Artifact] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    """Of all that was put, in order: the silence of two languages is two artifacts under one name."""
    kept: list[Path] = field(default_factory=list)
    """Files of the user's that stood where one of ours goes, under their new names."""
    _laid: dict[str, Artifact] = field(default_factory=dict)
    """What is still to be put, by name."""
    _inits: dict[bytes, str] = field(default_factory=dict)
    """Names of init segments by their content."""

    def put(self, artifact: Artifact, name: str) -> str:
        """Put an artifact under a name in the folder, once, after all that was laid out; return the name."""
        self._lay_out(artifact, name)
        self.settle()
        return name

    def put_segment(self, artifact: Artifact, suffix: str) -> str:
        """Lay out a segment under the name that its bytes give it, and return the name; what names it puts it."""
        return self._lay_out(artifact, f"{SEGMENTS}/{artifact.sha256[:_NAME_LENGTH]}{suffix}")

    def put_init(self, content: bytes) -> str:
        """Lay out an init segment, which many segments share, under the name that its bytes give it."""
        if content not in self._inits:
            artifact = self.assembly.workshop.make_document("init", ".mp4", content)
            self._inits[content] = self.put_segment(artifact, ".mp4")
        return self._inits[content]

    def put_playlist(self, name: str, playlist: MediaPlaylist) -> str:
        """Put a media playlist under a name that its text gives it, and return the name."""
        artifact = self.assembly.workshop.make_document("playlist", ".m3u8", media_text(playlist).encode())
        return self.put(artifact, f"{name}-{artifact.sha256[:_SHORT_LENGTH]}.m3u8")

    def settle(self) -> None:
        """Put everything that was laid out into the folder, in that order."""
        laid, self._laid = self._laid, {}
        self.kept += publish_several({self.assembly.folder / name: one for name, one in laid.items()}, self.ledger)

    def _lay_out(self, artifact: Artifact, name: str) -> str:
        self.keys[artifact.key] = None
        if name not in self.placed:
            self.placed[name] = self._laid[name] = artifact
        return name

    def take_away_others(self) -> None:
        """Take away what earlier runs put here under such names and this package does not play.

        By what the ledger knows: a run that was killed before its package.json left files that no document names.
        """
        withdraw_others(self.assembly.folder, frozenset(self.placed), _BY_CONTENT, self.ledger)
