"""How clips were asked for, as clips.json keeps it, and asking for them in the same way again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.cut.request import CutRequest
from pipeline.shell.caption_sources import captions_wanted


@dataclass(frozen=True)
class Asked:
    """A file, and which clips of it somebody asked for; names of presets are as they were given."""

    file: Path
    """A master or an edit, absolute."""
    platforms: tuple[str, ...] | None
    """None: all of them."""
    highlights: str
    style: str
    captions: str | None
    count: int | None
    regions: tuple[str, ...]
    event: str | None
    out: Path | None

    def request(self) -> CutRequest:
        """Return what was asked for. Raises PresetError and PlanError for what does not exist any more."""
        return CutRequest(
            platforms=self.platforms,
            highlights=self.highlights,
            style=self.style,
            captions=self.captions,
            count=self.count,
            regions=self.regions,
            event=self.event,
            out=self.out,
        )


def describe_request(file: Path, request: CutRequest) -> dict[str, Any]:
    """Return what clips.json says of how clips of a file were asked for; paths are absolute."""
    captions = captions_wanted(request.captions)
    return {
        "file": str(file.absolute()),
        "platforms": None if request.platforms is None else list(request.platforms),
        "highlights": request.highlights,
        "style": request.style,
        "captions": request.captions if captions.file is None else str(captions.file.expanduser().absolute()),
        "count": request.count,
        "regions": list(request.regions),
        "event": request.event,
        "out": None if request.out is None else str(request.out.absolute()),
    }


def asked_in(document: Mapping[str, Any]) -> Asked | None:
    """Return how the clips of a clips.json were asked for, all its platforms together; None where it does not say.

    Clips of other platforms stay from earlier runs. Raises ValueError, KeyError or TypeError for what is no such
    document.
    """
    said = document.get("request")
    if said is None:
        return None
    made = sorted({_text(clip["platform"]) for clip in document["clips"]})
    asked_for = None if said["platforms"] is None else (*map(_text, said["platforms"]), *made)
    return Asked(
        file=Path(_text(said["file"])),
        platforms=None if asked_for is None else tuple(dict.fromkeys(asked_for)),
        highlights=_text(said["highlights"]),
        style=_text(said["style"]),
        captions=_text_or_none(said["captions"]),
        count=None if said["count"] is None else int(said["count"]),
        regions=tuple(map(_text, said["regions"])),
        event=_text_or_none(said["event"]),
        out=None if said["out"] is None else Path(_text(said["out"])),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)
