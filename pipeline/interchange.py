"""Give an edit to editing programs and take it back: OpenTimelineIO both ways without loss, EDL and FCPXML out.

OTIO's times are floating-point numbers that readers rewrite, so the exact fractions travel as metadata under the key
"matinee"; where a person moved a cut, the visible times have changed and win over them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

from pipeline.edit import BedPart, Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades, heard
from pipeline.editfile import picture_fields, picture_of
from pipeline.edl import to_edl
from pipeline.errors import ProjectError
from pipeline.fcpxml import to_fcpxml
from pipeline.fcpxml_reading import fcpxml_media, read_fcpxml_text
from pipeline.links import parse_link
from pipeline.otio_checking import checked_otio
from pipeline.placement import Placement, Source, match_source, place_parts, plain_text, timeline_rate
from pipeline.timebase import FrameRate, Span, parse_timecode

if TYPE_CHECKING:
    import opentimelineio as otio

_KEY: Final = "matinee"
# Not all that Fraction reads: an exponent may ask for a number that fills the memory.
_EXACT: Final = re.compile(r"\d{1,400}(/0*[1-9]\d{0,399})?", re.ASCII)


@dataclass(frozen=True)
class Flag:
    """What an editing program shows above a timeline at a time: where a film begins, and when that is by the clock."""

    at: Fraction
    """In seconds since the first picture."""
    name: str
    comment: str = ""


def to_otio(
    edit: Edit, sources: Mapping[str, Source], *, rate: FrameRate | None = None, flags: Sequence[Flag] = ()
) -> otio.schema.Timeline:
    """Return the edit as a timeline: picture on V1, its sound mirrored on A1 or its bed there, cards and gaps as gaps.

    `rate` is the timeline's, by default `timeline_rate`; `flags` become its markers, each a frame long. Source times
    count from the file's own timecode, as Resolve expects. Raises ProjectError as `place_parts` does.
    """
    from opentimelineio import core, schema

    rate = rate or timeline_rate(edit, sources)
    placed = place_parts(edit, sources, rate)
    hour = parse_timecode("01:00:00;00" if rate.drops_frames else "01:00:00:00", rate)
    timeline = schema.Timeline(edit.name, global_start_time=_time(hour, rate))
    timeline.metadata[_KEY] = {"name": edit.name, "rate": str(rate)}
    if edit.fades is not None:
        timeline.metadata[_KEY]["fades"] = _told_fades(edit.fades)
    picture = core.Track("V1", kind=schema.TrackKind.Video)
    picture.extend(_otio_item(one, rate, one.source) for one in placed)
    timeline.tracks.append(picture)
    sounding = place_parts(heard(edit), sources, rate)
    audible = [one.source if one.source and (one.source.channels or edit.bed) else None for one in sounding]
    if any(audible) or edit.bed:
        sound = core.Track("A1", kind=schema.TrackKind.Audio)
        sound.extend(_otio_item(one, rate, source) for one, source in zip(sounding, audible, strict=True))
        if edit.bed:
            sound.metadata[_KEY] = {"bed": True}
        timeline.tracks.append(sound)
    timeline.tracks.markers.extend(_marker(flag, rate) for flag in flags)
    return timeline


def from_otio(timeline: otio.schema.Timeline, sources: Mapping[str, Source] | None = None) -> Edit:
    """Return the edit that a timeline holds, exactly as it was written where nobody changed it.

    Clips that another program made are matched to `sources` by their file. Raises ProjectError for what an edit cannot
    hold: several picture tracks, dissolves, speed changes, nested timelines, media that is not known.
    """
    tracks = [track for track in timeline.video_tracks() if len(track)]
    if len(tracks) > 1:
        raise ProjectError(f"{timeline.name}: the timeline has {len(tracks)} picture tracks; an edit has one.")
    parts = _track_parts(timeline, tracks[0], sources or {}) if tracks else ()
    beds = [track for track in timeline.audio_tracks() if _metadata(track).get("bed")]
    under: tuple[BedPart, ...] = ()
    if beds:
        # A bed's gap may be silent film, whose picture is not known here: what is heard of it is the same.
        found = _track_parts(timeline, beds[0], sources or {})
        under = tuple(Gap(part.duration) if isinstance(part, Card) else part for part in found)
    ours = dict(timeline.metadata.get(_KEY, {}))
    fades = _fades(ours.get("fades"), timeline.name)
    try:
        return Edit(_text(ours.get("name")) or timeline.name, parts, under, fades)
    except ValueError as error:
        raise ProjectError(f"{timeline.name}: {error}.", remedy="Trim the bed on A1 to the pictures' length.") from None


def _told_fades(fades: SoundFades) -> list[str]:
    return [str(fades.in_s), str(fades.out_s)]


def _fades(told: Any, name: str) -> SoundFades | None:
    if told is None:
        return None
    try:
        fades = SoundFades(*(_exact(seconds) for seconds in told))
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise ProjectError(f'{name}: the "{_KEY}" metadata is damaged: {error}.') from None
    if min(fades.in_s, fades.out_s) < 0:
        raise ProjectError(f"{name}: a fade of {min(fades.in_s, fades.out_s)} s is none.")
    return fades


def otio_text(
    edit: Edit, sources: Mapping[str, Source], *, rate: FrameRate | None = None, flags: Sequence[Flag] = ()
) -> str:
    """Return the text of an .otio file."""
    return f"{to_otio(edit, sources, rate=rate, flags=flags).to_json_string()}\n"


def read_otio_text(text: str, sources: Mapping[str, Source] | None = None) -> Edit:
    """Return the edit in the text of an .otio file. Raises ProjectError as `from_otio`, and for text that is none."""
    from opentimelineio import exceptions

    timeline = _timeline_in(text)
    try:
        return from_otio(timeline, sources)
    except (exceptions.OTIOError, NotImplementedError, TypeError, ValueError, ArithmeticError) as error:
        raise ProjectError(f"The OpenTimelineIO file holds what no program writes: {error}") from None


def _timeline_in(text: str) -> otio.schema.Timeline:
    from opentimelineio import core, exceptions, schema

    checked = checked_otio(text)
    try:
        timeline = core.deserialize_json_from_string(checked)
    except (exceptions.OTIOError, ValueError, KeyError, TypeError) as error:
        raise ProjectError(f"The file is not an OpenTimelineIO file: {error}") from None
    if not isinstance(timeline, schema.Timeline):
        raise ProjectError("The OpenTimelineIO file holds no timeline.")
    return timeline


def otio_media(text: str) -> tuple[tuple[str, str | None], ...]:
    """Return the media that an .otio file shows, each once. Raises ProjectError for text that is none."""
    timeline = _timeline_in(text)
    found: dict[tuple[str, str | None], None] = {}
    for clip in timeline.find_clips():
        media = clip.media_reference
        digest = _metadata(media).get("digest")
        found[str(getattr(media, "target_url", "")), digest if isinstance(digest, str) else None] = None
    return tuple(found)


class Writer(Protocol):
    """Makes the text of an exchange file."""

    def __call__(self, edit: Edit, sources: Mapping[str, Source], /, *, rate: FrameRate | None = None) -> str:
        """Return the text of an edit; `rate` is the timeline's, by default `timeline_rate`."""


WRITERS: Final[Mapping[str, Writer]] = {
    "otio": otio_text,
    "edl": to_edl,
    "fcpxml": to_fcpxml,
}
"""What makes the text of an exchange file, by its suffix."""
READERS: Final[Mapping[str, Callable[[str, Mapping[str, Source]], Edit]]] = {
    "otio": read_otio_text,
    "fcpxml": read_fcpxml_text,
}
"""What reads the text of one that was changed, by its suffix; its media is matched to sources by their files."""
MEDIA: Final[Mapping[str, Callable[[str], tuple[tuple[str, str | None], ...]]]] = {
    "otio": otio_media,
    "fcpxml": fcpxml_media,
}
"""What tells which files the text of one shows: by their addresses, and by their digests where those are in it."""


def _marker(flag: Flag, rate: FrameRate) -> otio.schema.Marker:
    from opentimelineio import opentime, schema

    frame = opentime.TimeRange(_time(rate.nearest_frame(flag.at), rate), _time(1, rate))
    return schema.Marker(
        name=plain_text(flag.name),
        marked_range=frame,
        color=schema.MarkerColor.GREEN,
        metadata={_KEY: {"at": str(flag.at)}},
        comment=plain_text(flag.comment),
    )


def _otio_item(one: Placement, rate: FrameRate, source: Source | None) -> otio.schema.Clip | otio.schema.Gap:
    from opentimelineio import opentime, schema

    if source is None:
        gap = schema.Gap(source_range=opentime.TimeRange(_time(0, rate), _time(one.length, rate)))
        gap.name = plain_text(" / ".join(one.part.lines)) if isinstance(one.part, Card) else ""
        gap.metadata[_KEY] = {**_said(one.part), "written": [0, one.length]}
        return gap
    media = schema.ExternalReference(
        target_url=source.path.as_uri(),
        available_range=opentime.TimeRange(
            _time(source.first_frame, source.rate), _time(source.frame_count, source.rate)
        ),
    )
    media.name = source.name
    start = source.first_frame + one.source_start
    media.metadata[_KEY] = {"rate": str(source.rate)}
    # The duration counts timeline frames: a track of durations at several rates drifts against its own cuts.
    clip = schema.Clip(source.name, media, opentime.TimeRange(_time(start, source.rate), _time(one.length, rate)))
    if isinstance(one.part, MasterSpan):
        media.metadata[_KEY]["digest"] = one.part.master
    clip.metadata[_KEY] = {**_said(one.part), "written": [start, one.length]}
    return clip


def _track_parts(
    timeline: otio.schema.Timeline, track: otio.core.Track, sources: Mapping[str, Source]
) -> tuple[Part, ...]:
    from opentimelineio import schema

    parts: list[Part] = []
    for item in track:
        if isinstance(item, schema.Clip) and not item.enabled:
            raise ProjectError(f'{timeline.name}: "{item.name}" is switched off.', remedy="Take it out.")
        if not isinstance(item, schema.Clip | schema.Gap) or item.effects:
            what = "effects" if isinstance(item, schema.Clip | schema.Gap) else f"a {item.schema_name()}"
            raise ProjectError(f'{timeline.name}: "{item.name}" has {what}, which an edit cannot hold.')
        try:
            parts.append(_clip_part(item, sources) if isinstance(item, schema.Clip) else _gap_part(item))
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ProjectError(
                f'{timeline.name}: the "{_KEY}" metadata of "{item.name}" is damaged: {error}.'
            ) from None
    return tuple(parts)


def _said(part: Part) -> dict[str, Any]:
    if isinstance(part, MasterSpan):
        span = {"start": str(part.span.start), "end": str(part.span.end)}
        said = {"part": "span", **span, "framing": part.framing, "captions": part.captions}
        if part.programme is None:
            return said
        fades = part.programme.fades
        return {**said, "programme": part.programme.name, "fades": None if fades is None else _told_fades(fades)}
    if isinstance(part, Card):
        card: dict[str, Any] = {"lines": list(part.lines), "design": part.design, "link": part.link}
        card |= {} if part.picture is None else {"picture": picture_fields(part.picture)}
        return {"part": "card", "duration": str(part.duration), **card}
    return {"part": "gap", "duration": str(part.duration)}


def _clip_part(clip: otio.schema.Clip, sources: Mapping[str, Source]) -> MasterSpan:
    said = _metadata(clip)
    media = clip.media_reference
    about = _metadata(media)
    digest = _text(about.get("digest")) or match_source(getattr(media, "target_url", ""), sources)
    if digest is None:
        raise ProjectError(f'"{clip.name}": the clip\'s media is not a known master.', remedy="Relink it to the film.")
    name, fades = said.get("programme"), _fades(said.get("fades"), clip.name)
    references = (
        _text(said.get("framing")),
        _text(said.get("captions")),
        None if name is None else Programme(_text(name) or "", fades),
    )
    shown = clip.trimmed_range()
    if said.get("part") == "span" and _unchanged(said, shown):
        span = Span(_exact(said["start"]), _exact(said["end"]))
        return MasterSpan(digest, span, *references)
    exact = FrameRate.parse(about["rate"]) if "rate" in about else sources[digest].rate if digest in sources else None
    first = media.available_range.start_time if media.available_range else None
    start = _seconds(shown.start_time, exact) - (_seconds(first, exact) if first else 0)
    if start < 0:
        raise ProjectError(f'"{clip.name}": the clip starts before its media.')
    return MasterSpan(digest, Span(start, start + _seconds(shown.duration, exact)), *references)


def _gap_part(gap: otio.schema.Gap) -> Card | Gap:
    said = _metadata(gap)
    shown = gap.trimmed_range()
    same = "duration" in said and _unchanged(said, shown)
    duration = _exact(said["duration"]) if same else _seconds(shown.duration, None)
    if said.get("part") == "card":
        link, shown_picture = said.get("link"), said.get("picture")
        picture = None if shown_picture is None else picture_of(shown_picture)
        lines, design = tuple(_text(line) or "" for line in said["lines"]), _text(said["design"]) or ""
        return Card(lines, duration, design, None if link is None else parse_link(link), picture)
    return Gap(duration)


def _exact(value: Any) -> Fraction:
    if not isinstance(value, str) or _EXACT.fullmatch(value) is None:
        raise ValueError(f"{value!r:.80} should be exact seconds, such as '1001/24000'")
    return Fraction(value)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} should be text")
    return value


def _metadata(thing: Any) -> dict[str, Any]:
    return dict(thing.metadata.get(_KEY, {})) if thing is not None else {}


def _unchanged(said: Mapping[str, Any], shown: otio.opentime.TimeRange) -> bool:
    return [shown.start_time.value, shown.duration.value] == list(said.get("written", ()))


def _time(frames: int, rate: FrameRate) -> otio.opentime.RationalTime:
    from opentimelineio import opentime

    return opentime.RationalTime(frames, float(rate.fps))


def _seconds(time: otio.opentime.RationalTime, exact: FrameRate | None) -> Fraction:
    """Return exact seconds: readers write 23.976, which means 24000/1001, or the media's own rate where it is near."""
    near = exact is not None and abs(float(exact.fps) - time.rate) < 0.002
    rate = exact if near and exact is not None else FrameRate.nearest_standard(Fraction(time.rate))
    return Fraction(time.value) / rate.fps
