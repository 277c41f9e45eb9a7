"""Write an edit as FCPXML 1.10, which Final Cut Pro and DaVinci Resolve read.

No adapter for it is kept up. Times are whole multiples of a frame's exact duration: Final Cut Pro refuses an edit that
lies off the frame grid or passes the end of its media ("Invalid edit with no respective media").
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from pipeline.edit import Card, Edit, heard
from pipeline.placement import Placement, Source, place_parts, plain_text, timeline_rate
from pipeline.timebase import FrameRate

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
# Where Final Cut Pro keeps its plain title; Resolve knows the name as well.
_TITLE_UID: Final = ".../Titles.localized/Bumper:Opener.localized/Basic Title.localized/Basic Title.moti"
# The values that the document type allows for conform-rate, by exact rate.
_CONFORM_RATES: Final = {
    "24000/1001": "23.98", "24/1": "24", "25/1": "25", "30000/1001": "29.97", "30/1": "30", "48000/1001": "47.95",
    "48/1": "48", "50/1": "50", "60000/1001": "59.94", "60/1": "60",
}  # fmt: skip


def to_fcpxml(edit: Edit, sources: Mapping[str, Source], *, rate: FrameRate | None = None) -> str:
    """Return the document's text: one project, sound and picture of each clip linked, cards as titles.

    A bed is connected below the first part, and the parts are then picture alone.

    `rate` is the timeline's, by default `timeline_rate`. Raises ProjectError as `place_parts` does.
    """
    rate = rate or timeline_rate(edit, sources)
    placed = tuple(one for one in place_parts(edit, sources, rate) if one.length)
    under = tuple(one for one in place_parts(heard(edit), sources, rate) if one.length) if edit.bed else ()
    used = tuple(dict.fromkeys(one.source for one in (*placed, *under) if one.source))
    root = ET.Element("fcpxml", version="1.10")
    resources = _Resources(ET.SubElement(root, "resources"))
    size = (used[0].width_px, used[0].height_px) if used else (1920, 1080)
    sequence_format = resources.format_id(rate, size)
    assets = {source: resources.add_asset(source) for source in used}
    title = resources.add_title() if any(isinstance(one.part, Card) for one in placed) else ""
    name = plain_text(edit.name)
    event = ET.SubElement(ET.SubElement(root, "library"), "event", name=name)
    sequence = ET.SubElement(
        ET.SubElement(event, "project", name=name),
        "sequence",
        format=sequence_format,
        duration=time_value(sum(one.length for one in placed), rate),
        tcStart="0s",
        tcFormat=_count(rate.drops_frames),
        audioLayout=_layout(used),
        audioRate="48k",
    )
    spine = ET.SubElement(sequence, "spine")
    for number, one in enumerate(placed, start=1):
        if one.source:
            _add_clip(spine, one, one.source, rate, assets[one.source], is_silent=bool(edit.bed))
        elif isinstance(one.part, Card):
            _add_title(spine, one, one.part, rate, title, f"ts{number}")
        else:
            ET.SubElement(spine, "gap", {"name": "Gap", **_range(one, rate), "start": "0s"})
    if len(spine):
        _connect(spine[0], under, rate, assets)
    ET.indent(root)
    return _HEAD + ET.tostring(root, encoding="unicode") + "\n"


def time_value(frames: int, rate: FrameRate) -> str:
    """Return a time as FCPXML writes it: whole frames of the rate's exact duration, such as '24024/24000s'."""
    return f"{frames * rate.fps.denominator}/{rate.fps.numerator}s" if frames else "0s"


class _Resources:
    """Hand out ids for what clips refer to, and write each format once."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.formats: dict[tuple[FrameRate, tuple[int, int]], str] = {}

    def format_id(self, rate: FrameRate, size: tuple[int, int]) -> str:
        """Return the id of a format. It has no name: names stand for Apple's presets, sizes of phones have none."""
        if (rate, size) not in self.formats:
            ident = self._next_id()
            self.formats[rate, size] = ident
            width, height = map(str, size)
            duration = time_value(1, rate)
            ET.SubElement(self.element, "format", id=ident, frameDuration=duration, width=width, height=height)
        return self.formats[rate, size]

    def add_asset(self, source: Source) -> str:
        """Write a master: its start is its own timecode, its duration the whole frames that it has."""
        format_id = self.format_id(source.rate, (source.width_px, source.height_px))
        asset = {
            "id": self._next_id(),
            "name": source.name,
            "start": time_value(source.first_frame, source.rate),
            "duration": time_value(source.frame_count, source.rate),
            "hasVideo": "1",
            "format": format_id,
            "videoSources": "1",
        }
        if source.channels:
            asset |= {"hasAudio": "1", "audioSources": "1", "audioChannels": str(source.channels)}
            asset |= {"audioRate": str(source.sample_rate_hz)}
        element = ET.SubElement(self.element, "asset", asset)
        ET.SubElement(element, "media-rep", kind="original-media", src=source.path.as_uri())
        return asset["id"]

    def add_title(self) -> str:
        """Write the effect that titles refer to."""
        ident = self._next_id()
        ET.SubElement(self.element, "effect", id=ident, name="Basic Title", uid=_TITLE_UID)
        return ident

    def _next_id(self) -> str:
        return f"r{len(self.element) + 1}"


def _add_clip(
    spine: ET.Element, one: Placement, source: Source, rate: FrameRate, asset: str, *, is_silent: bool
) -> None:
    start = time_value(source.first_frame + one.source_start, source.rate)
    attributes = {"ref": asset, "name": source.name, **_range(one, rate), "start": start}
    attributes["tcFormat"] = _count(source.drops_frames)
    if is_silent:
        attributes["srcEnable"] = "video"
    elif source.channels:
        attributes["audioRole"] = "dialogue"
    _conform(ET.SubElement(spine, "asset-clip", attributes), source, rate)


def _conform(clip: ET.Element, source: Source, rate: FrameRate) -> None:
    if source.rate != rate:
        # scaleEnabled 0: the clip keeps its speed and shows the frame of each moment; 1 would play 24 slower at 23.976.
        known = _CONFORM_RATES.get(str(source.rate))
        ET.SubElement(clip, "conform-rate", {"scaleEnabled": "0"} | ({"srcFrameRate": known} if known else {}))


def _connect(first: ET.Element, under: tuple[Placement, ...], rate: FrameRate, assets: Mapping[Source, str]) -> None:
    """Hang the stretches of a bed on the first part: their offsets count in that part's own time."""
    begin = _seconds(first.get("start", "0s"))
    for one in under:
        if one.source is None or not one.source.channels:
            continue
        at = begin + rate.time_of(one.start)
        attributes = {"ref": assets[one.source], "lane": "-1", "name": one.source.name}
        attributes |= {"offset": f"{at}s", "duration": time_value(one.length, rate)}
        attributes["start"] = time_value(one.source.first_frame + one.source_start, one.source.rate)
        attributes |= {"tcFormat": _count(one.source.drops_frames), "srcEnable": "audio", "audioRole": "music"}
        _conform(ET.SubElement(first, "asset-clip", attributes), one.source, rate)


def _seconds(value: str) -> Fraction:
    return Fraction(value.removesuffix("s"))


def _add_title(spine: ET.Element, one: Placement, card: Card, rate: FrameRate, effect: str, style: str) -> None:
    name = plain_text(card.lines[0]) if card.lines else "Card"
    title = ET.SubElement(spine, "title", {"ref": effect, "name": name, **_range(one, rate), "start": "0s"})
    text = ET.SubElement(title, "text")
    ET.SubElement(text, "text-style", ref=style).text = "\n".join(plain_text(line) for line in card.lines)
    definition = ET.SubElement(title, "text-style-def", id=style)
    ET.SubElement(definition, "text-style", font="Helvetica", fontSize="60", fontColor="1 1 1 1", alignment="center")


def _range(one: Placement, rate: FrameRate) -> dict[str, str]:
    return {"offset": time_value(one.start, rate), "duration": time_value(one.length, rate)}


def _count(drops_frames: bool) -> str:
    return "DF" if drops_frames else "NDF"


def _layout(used: tuple[Source, ...]) -> str:
    channels = max((source.channels for source in used), default=2)
    return "surround" if channels > 2 else "mono" if channels == 1 else "stereo"
