"""Every frame of a clip as a browser draws it, in one document: what differs from the frame before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from pipeline.cut.clips import PlannedClip
from pipeline.plan.clips import Films
from pipeline.plan.drawing import drawn_frame, frame_document

_MOST_FRAMES: Final = 20_000
"""A quarter of an hour: no platform's clip is longer; of what is, the beginning is shown."""


@dataclass(frozen=True)
class ClipDrawn:
    """One clip of a highlight."""

    clip: PlannedClip
    platform: str
    name: str
    """The platform's, as people write it."""
    width_px: int
    height_px: int
    text: str
    """JSON, see `draw_clip`."""

    def document(self) -> dict[str, Any]:
        """Return what a page lists of it."""
        return {"platform": self.platform, "name": self.name, "width_px": self.width_px, "height_px": self.height_px}


def draw_clip(clip: PlannedClip, films: Films) -> ClipDrawn:
    """Return what a browser draws a clip from.

    rate      of the clip, as a fraction
    frames    for each frame the values of `plan.drawing.frame_document` that differ from those of the frame before
    """
    drawing = clip.drawing(films)
    frames: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for number in range(min(drawing.frames, _MOST_FRAMES)):
        now = frame_document(drawn_frame(drawing, number))
        frames.append({name: value for name, value in now.items() if name not in before or before[name] != value})
        before = now
    told = {"rate": str(clip.picture.rate), "frames": frames}
    size = clip.picture.width_px, clip.picture.height_px
    return ClipDrawn(clip, clip.platform.id, clip.platform.name, *size, json.dumps(told, separators=(",", ":")))
