"""What clips.json says, as values that pages are made of; a document that says anything else is told as damaged."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.cut import manifest
from pipeline.cut.repeating import Asked, asked_in
from pipeline.timebase import FrameRate, timecode

_MOST_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class Master:
    """The film that a document's clips are of."""

    path: Path
    digest: str
    rate: FrameRate
    frames: int
    size: tuple[int, int]
    thumbnails: str | None
    """The key of the pictures of its shots."""

    @property
    def seconds(self) -> Fraction:
        """How long it is."""
        return self.rate.time_of(self.frames)


@dataclass(frozen=True)
class HighlightShown:
    """A highlight, and why it was chosen."""

    id: str
    reasons: tuple[str, ...]
    scores: Mapping[str, float]
    """What speaks for it, 0 to 1; none for one that a person cut."""
    faults: Mapping[str, float]
    stretches: tuple[str, ...]
    """What it shows of the film, as timecode."""
    first_frame: int
    """Of the film, that it shows."""
    seconds: Fraction
    digest: str
    """Of all that the document says of it: another choice has another."""
    said: Mapping[str, Any]

    @property
    def is_chosen(self) -> bool:
        """Whether rules chose it, so that another could take its place."""
        return bool(self.scores)


@dataclass(frozen=True)
class ClipShown:
    """A clip for one platform, with the files that belong to it."""

    highlight: str
    platform: str
    region: str
    digest: str
    file: Path
    poster: Path
    captions: Path | None
    framing: Path | None
    """A picture of the whole film's picture with the clip's window lit."""
    overlaps_picture: Path | None
    size_bytes: int
    seconds: Fraction
    rate: str
    width_px: int
    height_px: int
    loudness_lufs: float | None
    note: str
    overlaps: tuple[str, ...]
    links: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called, such as h1-tiktok."""
        return self.file.stem

    @property
    def shape(self) -> str:
        """Tall, wide or square."""
        if self.height_px > self.width_px:
            return "tall"
        return "square" if self.height_px == self.width_px else "wide"


@dataclass(frozen=True)
class Document:
    """One clips.json."""

    path: Path
    title: str
    region: str
    master: Master
    preset: str
    asked: Asked | None
    """How its clips were asked for; None where an earlier version did not write that down."""
    notes: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    """Clips that were not made, and why."""
    highlights: tuple[HighlightShown, ...]
    clips: tuple[ClipShown, ...]

    @property
    def id(self) -> str:
        """A name for it that says nothing of where it lies."""
        return id_of(self.path)


def id_of(path: Path, *more: str) -> str:
    """Return a name for a file that leads nowhere by itself: it is looked up, and never becomes part of a path."""
    whole = b"\0".join((os.fsencode(path), *(one.encode("utf-8", "replace") for one in more)))
    return hashlib.sha256(whole).hexdigest()[:32]


def read_document(path: Path) -> Document | None:
    """Return what a clips.json says; None where there is none, or none as we write it."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        document = manifest.read(path)
        return _document(path, document) if document else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError):
        return None


def _document(path: Path, said: Mapping[str, Any]) -> Document:
    master = _master(said["masters"][0])
    region = _text(said["region"] or "")
    # What says how a region's clips are framed lies beside the folders of all regions.
    root = path.parent.parent if region else path.parent
    return Document(
        path=path,
        title=_text(said["title"]),
        region=region,
        master=master,
        preset=_text(said["preset"]),
        asked=asked_in(said),
        notes=tuple(map(_text, said["notes"])),
        refused=tuple((_text(one["clip"]), _text(one["why"])) for one in said["refused"]),
        highlights=tuple(_highlight(one, master.rate) for one in said["highlights"]),
        clips=tuple(_clip(one, path.parent, root, region) for one in said["clips"]),
    )


def _master(said: Mapping[str, Any]) -> Master:
    keys = said["keys"]
    return Master(
        path=Path(_text(said["file"])),
        digest=_text(said["sha256"]),
        rate=FrameRate.parse(_text(said["frame_rate"])),
        frames=int(said["frame_count"]),
        size=(int(said["width_px"]), int(said["height_px"])),
        thumbnails=_text(keys[1]) if len(keys) > 1 else None,
    )


def _highlight(said: Mapping[str, Any], rate: FrameRate) -> HighlightShown:
    parts = [one for one in said.get("chosen", said["parts"]) if one["kind"] == "span"]
    frames = [tuple(map(int, one["frames"])) for one in parts]
    return HighlightShown(
        id=_text(said["id"]),
        reasons=tuple(map(_text, said["reasons"])),
        scores={_text(name): float(value) for name, value in said.get("scores", {}).items()},
        faults={_text(name): float(value) for name, value in said.get("faults", {}).items() if float(value)},
        stretches=tuple(f"{timecode(start, rate)} – {timecode(end, rate)}" for start, end in frames),
        first_frame=min((start for start, _ in frames), default=0),
        seconds=Fraction(said["seconds"]),
        digest=hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest(),
        said=said,
    )


def _clip(said: Mapping[str, Any], folder: Path, root: Path, region: str) -> ClipShown:
    framing = _inside(folder, said["framing"], root)
    stem = framing.name.partition(".")[0]
    return ClipShown(
        highlight=_text(said["highlight"]),
        platform=_text(said["platform"]),
        region=region,
        digest=_text(said["sha256"]),
        file=_inside(folder, said["file"], root),
        poster=_inside(folder, said["poster"], root),
        captions=None if said["captions"] is None else _inside(folder, said["captions"], root),
        framing=framing.with_name(f"{stem}.jpg"),
        overlaps_picture=framing.with_name(f"{stem}.overlaps.jpg") if said["overlaps"] else None,
        size_bytes=int(said["size_bytes"]),
        seconds=Fraction(said["seconds"]),
        rate=_text(said["frame_rate"]),
        width_px=int(said["width_px"]),
        height_px=int(said["height_px"]),
        loudness_lufs=None if said["loudness_lufs"] is None else float(said["loudness_lufs"]),
        note=_text(said["note"] or ""),
        overlaps=tuple(
            dict.fromkeys(
                f"{_text(one['what'])}, {float(one['from_s']):.1f}–{float(one['to_s']):.1f} s"
                for one in said["overlaps"]
            )
        ),
        links=tuple(map(_text, said["links"])),
    )


def _inside(folder: Path, name: Any, root: Path) -> Path:
    """Return the file of a name below a document's folder. Raises ValueError for one that leads out of `root`."""
    path = Path(os.path.normpath(folder / _text(name)))
    if not path.is_relative_to(root):
        raise ValueError("a name leads out of its folder")
    return path


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
