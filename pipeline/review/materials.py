"""The files that a browser may see: those that documents name, each under a name that leads nowhere by itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.review.documents import ClipShown, Document, HighlightShown, id_of

KINDS: Final = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".png": "image/png", ".srt": "text/plain; charset=utf-8"}
TIMELINES: Final = {".otio": "OpenTimelineIO", ".edl": "EDL", ".fcpxml": "FCPXML"}
"""What a highlight opens as in an editing program, by its file's ending."""


@dataclass(frozen=True)
class Material:
    """A file that may be seen."""

    path: Path
    root: Path
    """The folder that it has to lie in, wherever links lead."""
    kind: str

    def look(self) -> os.stat_result | None:
        """Return what the file system says of it; None where it is gone, or a link leads out of its folder."""
        try:
            if not self.path.resolve(strict=True).is_relative_to(self.root.resolve()):
                return None
            status = self.path.stat()
        except (OSError, ValueError):  # a name with a NUL in it
            return None
        return status if stat.S_ISREG(status.st_mode) else None


def clip_id(clip: ClipShown) -> str:
    """Return the name of a clip's very bytes for its platform: one that is made anew has another."""
    return id_of(clip.file, clip.digest)


def materials_of(documents: Iterable[Document]) -> dict[str, Material]:
    """Return all files that documents name, by what browsers ask for."""
    return {name: one for document in documents for name, one in _materials(document)}


def material_id(clip: ClipShown, path: Path) -> str:
    """Return the name of a file that belongs to a clip; with the clip it changes."""
    return clip_id(clip) if path == clip.file else id_of(path, clip.digest)


def _materials(document: Document) -> Iterator[tuple[str, Material]]:
    folder = document.path.parent
    root = folder.parent if document.region else folder
    # The pictures of the film lie with its clips; those of regions share them.
    for name in ("contact-sheet.jpg", "scores.png"):
        path = root / name
        yield id_of(path, document.master.digest), Material(path, root, KINDS[path.suffix])
    for highlight in document.highlights:
        for path in _timelines(document, highlight):
            # Nothing that a browser would open by itself.
            yield id_of(path, document.master.digest), Material(path, folder, "application/octet-stream")
    for clip in document.clips:
        for part in (clip.file, clip.poster, clip.captions, clip.framing, clip.overlaps_picture):
            if part is not None and part.suffix in KINDS:
                yield material_id(clip, part), Material(part, root, KINDS[part.suffix])


def timeline_files(document: Document, highlight: HighlightShown) -> tuple[tuple[str, str, str], ...]:
    """Return (what it is called, its name in addresses, its name when it is saved) of what a run made of a highlight
    for editing programs."""
    return tuple(
        (TIMELINES[path.suffix], id_of(path, document.master.digest), path.name)
        for path in _timelines(document, highlight)
        if path.is_file()
    )


def _timelines(document: Document, highlight: HighlightShown) -> Iterator[Path]:
    for suffix in TIMELINES:
        yield document.path.parent / "highlights" / f"{highlight.id}{suffix}"


def film_picture_id(document: Document, name: str) -> str:
    """Return the name of a picture of a document's film: its contact sheet, or the plot of its scores."""
    folder = document.path.parent
    return id_of((folder.parent if document.region else folder) / name, document.master.digest)
