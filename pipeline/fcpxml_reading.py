"""Read FCPXML, as Final Cut Pro and DaVinci Resolve write it, as an edit in frames; what none can hold is refused.

A document may come from anybody: it is bounded in depth and number of elements, and entities are refused, so that
nothing grows and nothing else is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Final

from pipeline.edit import BedPart, Card, Edit, Gap, MasterSpan, Part
from pipeline.errors import ProjectError
from pipeline.placement import Source, match_source, plain_text
from pipeline.timebase import FrameRate, Span, total

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_DEPTH: Final = 64
_MOST_ELEMENTS: Final = 200_000
_MOST_ITEMS: Final = 500
_SHORTEST: Final = Fraction(1, 1000)
_TIME: Final = re.compile(r"(-?\d{1,18})(?:/(\d{1,12}))?s", re.ASCII)
_CLIPS: Final = ("asset-clip", "video", "clip")
# What lies in an item and changes neither its picture nor its sound.
_QUIET: Final = frozenset(
    ("note", "conform-rate", "text", "text-style-def", "marker", "chapter-marker", "rating", "keyword", "metadata",
     "analysis-marker", "object-tracker", "hidden-clip-marker", "audio-channel-source", "audio-role-source", "param")
)  # fmt: skip
_EFFECTS: Final[Mapping[str, str]] = {
    "timeMap": "a change of speed", "filter-video": "an effect", "filter-audio": "an effect on its sound",
    "filter-video-mask": "a mask", "adjust-crop": "a crop", "adjust-transform": "a transformation",
    "adjust-volume": "a change of its loudness", "adjust-blend": "a blend", "adjust-stabilization": "stabilization",
    "adjust-corners": "a distortion", "adjust-conform": "", "adjust-panner": "a panning",
    "adjust-360-transform": "360°",
    "adjust-colorConform": "", "adjust-rollingShutter": "a correction", "adjust-reorient": "360°",
    "adjust-orientation": "360°", "adjust-cinematic": "depth of field", "adjust-loudness": "a change of its loudness",
    "adjust-noiseReduction": "an effect on its sound", "adjust-humReduction": "an effect on its sound",
    "adjust-EQ": "an effect on its sound", "adjust-matchEQ": "an effect on its sound",
    "adjust-voiceIsolation": "an effect on its sound",
}  # fmt: skip
_INSTEAD: Final[Mapping[str, str]] = {
    "transition": "Replace it by a cut.",
    "ref-clip": "Break the compound clip apart.",
    "sync-clip": "Break the synchronized clip apart.",
    "mc-clip": "Break the multicam clip apart.",
    "audition": "Finalize the audition.",
    "spine": "Put the secondary storyline's clips into the primary one.",
}


@dataclass(frozen=True)
class _Asset:
    digest: str
    source: Source
    start: Fraction
    """The time that its first picture has in the document."""


@dataclass(frozen=True)
class _Laid:
    """A stretch of sound below the parts."""

    at: Fraction
    part: MasterSpan


def read_fcpxml_text(text: str, sources: Mapping[str, Source]) -> Edit:
    """Return the edit that a document's one project holds, its media matched to `sources` by their files.

    Raises ProjectError for a document that is none, and for what an edit cannot hold, with its place on the timeline.
    """
    root = _parse(text)
    if root.tag != "fcpxml":
        raise ProjectError("The file is not FCPXML: its outermost element should be fcpxml.")
    projects = list(root.iter("project"))
    if len(projects) != 1:
        raise ProjectError(
            f"The FCPXML file holds {len(projects) or 'no'} projects; it should hold one.",
            remedy="Select one project, and export that alone.",
        )
    name = plain_text(projects[0].get("name", "")) or "edit"
    sequence = projects[0].find("sequence")
    spine = None if sequence is None else sequence.find("spine")
    if sequence is None or spine is None:
        raise ProjectError(f"{name}: the project has no timeline.")
    return _Reader(name, root, sequence, sources).read(spine)


def fcpxml_media(text: str) -> tuple[tuple[str, str | None], ...]:
    """Return the addresses of the media that a document shows, each once. Raises ProjectError for one that is none."""
    root = _parse(text)
    shown = {one.get("ref", "") for one in root.iter() if one.tag in _CLIPS}
    assets = [one for one in root.iter("asset") if one.get("id", "") in shown]
    return tuple(dict.fromkeys((_address(one), None) for one in assets))


def _address(asset: Element) -> str:
    media = asset.find("media-rep")
    return (asset.get("src") if media is None else media.get("src")) or ""


class _Reader:
    """What one document's items are read with."""

    def __init__(self, name: str, root: Element, sequence: Element, sources: Mapping[str, Source]) -> None:
        self.name = name
        self.sources = sources
        self.formats = {one.get("id", ""): one for one in root.iter("format")}
        self.assets = {one.get("id", ""): one for one in root.iter("asset")}
        self.known: dict[str, _Asset] = {}
        frame = self.formats.get(sequence.get("format", ""))
        duration = None if frame is None else self.time(frame, "frameDuration", None)
        if duration is None or not _SHORTEST <= duration <= 1:
            raise ProjectError(f"{name}: the timeline's format has no frame rate, or none of 1 to 1000.")
        self.rate = FrameRate(1 / duration)

    def read(self, spine: Element) -> Edit:
        """Return the edit of a timeline."""
        if len(spine) > _MOST_ITEMS:
            raise ProjectError(f"{self.name}: the timeline has {len(spine)} items; at most {_MOST_ITEMS} are read.")
        parts: list[Part] = []
        laid: list[_Laid] = []
        at = Fraction(0)
        begin = self.time(spine[0], "offset", Fraction(0)) if len(spine) else Fraction(0)
        assert begin is not None
        for item in spine:
            offset = self.time(item, "offset", None)
            begins = at if offset is None else self.on_frame(offset - begin)
            if begins > at:
                parts.append(Gap(begins - at))
                at = begins
            part = self.part(item, at)
            laid += self.connected(item, at)
            if part.duration:
                parts.append(part)
                at += part.duration
        return Edit(self.name, tuple(parts), self.bed(laid, total(part.duration for part in parts)))

    def part(self, item: Element, at: Fraction) -> Part:
        """Return what an item of the timeline shows."""
        if item.tag not in (*_CLIPS, "gap", "title"):
            raise self.refused(f"a {item.tag}", at, _INSTEAD.get(item.tag, "Take it out."))
        if item.get("enabled") == "0":
            raise self.refused("a clip that is switched off", at, "Take it out, or put a gap in its place.")
        for child in item:
            if (what := _EFFECTS.get(child.tag)) and not _is_idle(child):
                raise self.refused(what, at, "Take it off; how clips look is said by styles and framing files.")
        length = self.length(item)
        if item.tag == "gap":
            return Gap(length)
        if item.tag == "title":
            texts = ["".join(one.itertext()) for one in item.iter("text")]
            lines = tuple(plain_text(line) for text in texts for line in text.splitlines() if line.strip())
            return Card(lines, length)
        return self.span(item, length, at)

    def span(self, item: Element, length: Fraction, at: Fraction) -> MasterSpan:
        """Return the stretch of a master that a clip shows."""
        inner = item
        if item.tag == "clip":
            pictures = [one for one in item.iterfind("video") if one.get("lane") is None]
            if len(pictures) != 1:
                raise self.refused(f"a clip of {len(pictures)} pictures", at, "Break it apart, or take it out.")
            (inner,) = pictures
        asset = self.asset(inner.get("ref", ""), at)
        start = self.time(item, "start", None)
        if start is None:
            start = self.time(inner, "start", asset.start)
        assert start is not None
        if item.tag == "clip":
            # Its own time: its picture lies in it from an offset on.
            offset = self.time(inner, "offset", start) or Fraction(0)
            start = (self.time(inner, "start", asset.start) or Fraction(0)) + start - offset
        first = start - asset.start
        if first < 0:
            raise self.refused("a clip that starts before its media", at, "Trim it.")
        # Times of media may lie off its frames by rounding alone.
        near = asset.source.rate.time_of(asset.source.rate.nearest_frame(first))
        first = near if abs(near - first) < asset.source.rate.frame_duration / 8 else first
        return MasterSpan(asset.digest, Span(first, first + length))

    def asset(self, ref: str, at: Fraction) -> _Asset:
        """Return the master that an id stands for."""
        if ref not in self.known:
            element = self.assets.get(ref)
            if element is None:
                raise self.refused("a clip whose media the file does not name", at, "Take it out.")
            digest = match_source(_address(element), self.sources)
            if digest is None:
                called = plain_text(element.get("name", ""))[:100] or "without a name"
                raise self.refused(f"a clip of media that is not known ({called})", at, "Relink it to the film.")
            source = self.sources[digest]
            self.known[ref] = _Asset(digest, source, self.time(element, "start", Fraction(0)) or Fraction(0))
        return self.known[ref]

    def connected(self, item: Element, at: Fraction) -> Iterator[_Laid]:
        """Yield the sound that hangs below an item. Raises ProjectError for pictures that lie over it."""
        begin = self.time(item, "start", Fraction(0)) or Fraction(0)
        for child in item:
            if child.tag in _QUIET or child.tag in _EFFECTS or (item.tag == "clip" and child.get("lane") is None):
                continue
            if item.tag in ("asset-clip", "video") and child.tag == "audio" and child.get("lane") is None:
                continue
            lies = at + (self.time(child, "offset", begin) or Fraction(0)) - begin
            if child.tag not in ("asset-clip", "audio") or (
                child.tag == "asset-clip" and child.get("srcEnable") != "audio"
            ):
                what = "pictures that lie over others" if child.get("lane") else f"a {child.tag}"
                raise self.refused(what, lies, "Put them into the primary storyline; an edit has one picture track.")
            yield _Laid(lies, self.span(child, self.length(child), lies))

    def bed(self, laid: list[_Laid], length: Fraction) -> tuple[BedPart, ...]:
        """Return the sound that lies below all parts, with silence where there is none."""
        if not laid:
            return ()
        found: list[BedPart] = []
        at = Fraction(0)
        for one in sorted(laid, key=lambda one: one.at):
            if one.at < at:
                raise self.refused("sounds that lie one over another", one.at, "Let one sound at a time.")
            if one.at > at:
                found.append(Gap(one.at - at))
            found.append(one.part)
            at = one.at + one.part.duration
        if at > length:
            raise self.refused("sound that goes on after the last picture", length, "Trim it to the pictures' length.")
        return (*found, Gap(length - at)) if at < length else tuple(found)

    def length(self, item: Element) -> Fraction:
        """Return how long an item is, in whole frames of the timeline."""
        duration = self.time(item, "duration", None)
        if duration is None and item.get("ref") in self.assets:
            duration = self.time(self.assets[item.get("ref", "")], "duration", None)
        if duration is None or duration < 0:
            raise ProjectError(f"{self.name}: a {item.tag} has no duration.")
        return self.on_frame(duration)

    def on_frame(self, seconds: Fraction) -> Fraction:
        """Return the time of the timeline's frame that is nearest to a time."""
        return self.rate.time_of(self.rate.nearest_frame(seconds))

    def time(self, element: Element, name: str, default: Fraction | None) -> Fraction | None:
        """Return a time of an element, in seconds. Raises ProjectError for what is none."""
        told = element.get(name)
        if told is None:
            return default
        match = _TIME.fullmatch(told)
        if match is None or (match[2] is not None and int(match[2]) == 0):
            told = plain_text(told)[:40]
            raise ProjectError(f'{self.name}: {name}="{told}" is no time; FCPXML writes them such as "1001/24000s".')
        return Fraction(int(match[1]), int(match[2] or 1))

    def refused(self, what: str, at: Fraction, remedy: str) -> ProjectError:
        """Return the error for what an edit cannot hold."""
        frame = self.rate.nearest_frame(at)
        place = f"frame {frame} of the timeline ({float(at):.2f} s)"
        return ProjectError(f"{self.name}: at {place} there is {what}, which an edit cannot hold.", remedy=remedy)


def _is_idle(effect: Element) -> bool:
    """Tell whether an adjustment changes nothing: some programs write all of them for every clip."""
    if effect.tag in ("timeMap", "filter-video", "filter-audio", "filter-video-mask"):
        return False
    told = [(name, value) for one in effect.iter() for name, value in one.items()]
    if any(one.tag == "param" for one in effect.iter()):
        return False
    for name, value in told:
        if name in ("enabled", "mode", "type", "name", "key"):
            continue
        wanted = 1.0 if name == "scale" or (effect.tag, name) == ("adjust-blend", "amount") else 0.0
        try:
            numbers = [float(number) for number in value.removesuffix("dB").split()]
        except ValueError:
            return False
        if any(number != wanted for number in numbers):
            return False
    return bool(told)


def _parse(text: str) -> Element:
    """Return the outermost element. Raises ProjectError for text that is no XML, or none that a program would write."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(text.encode("utf-8", "replace")), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            count += event == "start"
            if depth > _MOST_DEPTH or count > _MOST_ELEMENTS:
                raise ProjectError("The FCPXML file is nested too deeply, or has too many elements.")
    except DefusedXmlException:
        raise ProjectError(
            "The FCPXML file defines entities or leads to other files, which is not read.",
            remedy="Export it again from the editing program.",
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise ProjectError(f"The file is not FCPXML: {plain_text(str(error))[:200]}.") from None
    if root is None:
        raise ProjectError("The file is not FCPXML: it is empty.")
    return root
