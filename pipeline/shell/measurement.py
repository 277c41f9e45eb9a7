"""Measure a file of any kind for `plan/conformity`: its boxes, its streams, its tables or packets, its decoded sound.

Files are not trusted: tables and packets are counted before they are kept, no more pictures are decoded than `probe`
looks at, and none that are too large for memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.boxes import Movie, Outline, Track, read_movie, read_outline
from pipeline.boxes.conformance import BT709
from pipeline.boxes.formats import PROFILES, Colour
from pipeline.boxes.movie import UPRIGHT
from pipeline.errors import MasterError, VerifyFailed
from pipeline.facts import PictureFacts, main_sound_of
from pipeline.plan.measurements import (
    BoxLayout,
    Measured,
    Measurements,
    PictureMeasurements,
    PictureTimes,
    Unmeasured,
)
from pipeline.shell.hearing import OnFraction, measure_heard
from pipeline.shell.picture_times import PacketNotes, read_notes, times_of_notes, times_of_track
from pipeline.shell.probe import check_readable, find_picture, open_media, probe, read_sounds
from pipeline.timebase import FrameRate

MOST_PIXELS: Final = 8192 * 4320  # probing keeps a dozen pictures in memory
_CONTAINERS: Final = {"avi": "AVI", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "mxf": "MXF", "flv": "FLV", "asf": "ASF",
                      "ogg": "Ogg"}  # fmt: skip
_BRANDS: Final = {"qt  ": "MOV", "avif": "AVIF", "avis": "AVIF", "heic": "HEIC", "mif1": "HEIF"}
_CODECS: Final = {"h264": "H.264", "hevc": "H.265", "mpeg4": "MPEG-4", "mpeg2video": "MPEG-2", "prores": "ProRes"}
_CHROMAS: Final = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (4, 1): "4:1:1", (1, 2): "4:4:0"}
_PLANES_OF_COLOUR: Final = 3
_FULL: Final = 2  # AVCOL_RANGE_JPEG
_HEAD_BYTES: Final = 128  # hold the element that tells WebM from Matroska (RFC 8794, 11.2.6)


def measure(path: Path, on_progress: OnFraction | None = None) -> Measurements:
    """Return what can be measured of a file, and why the rest cannot. Raises MasterError where it is no readable file.

    `on_progress` is told how far into its sound the measuring is, 0 to 1.
    """
    check_readable(path)
    outline, movie = read_outline(path), _read_movie(path)
    try:
        streams = _list_streams(path)
    except MasterError as error:
        return _unreadable(path, outline, _reason(error, path))
    stored = {one.index: _find_track(movie, one) for one in (streams.picture, streams.sound) if one is not None}
    notes, fault = read_notes(path, [index for index, track in stored.items() if track is None])
    container = _container(path, outline, streams.container)
    picture, sound = streams.picture, streams.sound
    return Measurements(
        size_bytes=path.stat().st_size,
        container=container,
        damage=_damage(outline, movie, fault),
        boxes=_layout(outline, container),
        picture=None
        if picture is None
        else _measure_picture(picture, movie, stored[picture.index] or notes[picture.index]),
        sound=None
        if sound is None
        else measure_heard(path, sound.index, stored[sound.index] or notes[sound.index], on_progress),
    )


@dataclass(frozen=True)
class _Picture:
    """The picture as the demuxer announces it, and the facts of its first pictures."""

    index: int
    kind: str
    codec: str
    profile: str | None
    level: int
    colour: Colour
    facts: Measured[PictureFacts]


@dataclass(frozen=True)
class _Sound:
    index: int
    kind: str


@dataclass(frozen=True)
class _Streams:
    container: str
    picture: _Picture | None
    sound: _Sound | None


def _list_streams(path: Path) -> _Streams:
    """Return the streams that matter. Raises MasterError where the file is no media."""
    with open_media(path) as container:
        stream, heard = find_picture(container), main_sound_of(read_sounds(container))
        sound = None if heard is None else _Sound(heard.index, "soun")
        if stream is None:
            return _Streams(container.format.name, None, sound)
        context = stream.codec_context
        name = context.codec.canonical_name
        picture = _Picture(
            index=stream.index,
            kind="vide",
            codec=_CODECS.get(name, name.upper()),
            profile=context.profile,
            level=context.level,
            colour=_colour(context),
            facts=_look(path, stream),
        )
        return _Streams(container.format.name, picture, sound)


def _colour(context: Any) -> Colour:
    return Colour(
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        matrix=int(context.colorspace),
        full_range=int(context.color_range) == _FULL,
    )


def _look(path: Path, stream: Any) -> Measured[PictureFacts]:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MOST_PIXELS:
        return Unmeasured(f"a picture of {width}×{height} is too large to be looked at")
    try:
        return probe(path).picture
    except MasterError as error:
        return Unmeasured(_reason(error, path))


def _measure_picture(
    announced: _Picture, movie: Movie | Unmeasured, stored: Track | PacketNotes
) -> Measured[PictureMeasurements]:
    facts = announced.facts
    if isinstance(facts, Unmeasured):
        return facts
    described = stored.picture if isinstance(stored, Track) else None
    avc = described.avc if described is not None else None
    # Players believe one or the other: of two colours, the one that is not BT.709 counts.
    boxed = described.colour if described is not None else None
    width, height = facts.display_size
    return PictureMeasurements(
        codec=announced.codec,
        profile=announced.profile if avc is None else PROFILES.get(avc.profile, f"profile {avc.profile}"),
        level=(announced.level if avc is None else avc.level) if announced.codec == "H.264" else None,
        chroma=_chroma(facts.pixel_format),
        bits=facts.bit_depth,
        stored_px=(facts.width_px, facts.height_px),
        width_px=width,
        height_px=height,
        pixel_aspect=facts.sample_aspect,
        turn=_turn(facts, stored.matrix if isinstance(stored, Track) else UPRIGHT),
        scan=facts.scan,
        colour=announced.colour if boxed is None or boxed == BT709 else boxed,
        start=facts.start,
        times=_times(movie, stored, facts.rate),
    )


def _times(movie: Movie | Unmeasured, stored: Track | PacketNotes, natural: FrameRate) -> Measured[PictureTimes]:
    if isinstance(stored, PacketNotes):
        return times_of_notes(stored, natural)
    assert isinstance(movie, Movie), "a track is a movie's"
    return times_of_track(movie, stored, natural)


def _chroma(pixel_format: str) -> str | Unmeasured:
    from av import VideoFormat

    known = VideoFormat(pixel_format)
    if known.is_rgb:
        return "RGB"
    if len(known.components) < _PLANES_OF_COLOUR:
        return "grey"
    step = 64 // known.chroma_width(64), 64 // known.chroma_height(64)
    return _CHROMAS.get(step, Unmeasured(f"its pixels are {pixel_format}"))


def _turn(facts: PictureFacts, matrix: tuple[int, ...]) -> str:
    if facts.rotation_deg:
        return f"turned by {facts.rotation_deg}°"
    return "upright" if matrix == UPRIGHT else "moved or mirrored"


def _read_movie(path: Path) -> Movie | Unmeasured:
    try:
        return read_movie(path)
    except VerifyFailed as error:
        return Unmeasured(_reason(error, path))


def _find_track(movie: Movie | Unmeasured, stream: _Picture | _Sound) -> Track | None:
    """Return the track that a stream is made from: the demuxer numbers them in their order."""
    if isinstance(movie, Unmeasured) or stream.index >= len(movie.tracks):
        return None
    track = movie.tracks[stream.index]
    return track if track.kind == stream.kind else None


def _container(path: Path, outline: Outline | None, demuxer: str) -> str:
    if outline is not None:
        return _BRANDS.get(outline.brands[0], "MP4") if outline.brands else "MOV"
    if demuxer.startswith("matroska"):
        with path.open("rb") as stream:
            return "WebM" if b"webm" in stream.read(_HEAD_BYTES) else "Matroska"
    return _CONTAINERS.get(demuxer, demuxer)


def _layout(outline: Outline | None, container: str) -> Measured[BoxLayout]:
    if outline is None:
        return Unmeasured(f"{container} has no such boxes")
    unread = Unmeasured("its movie box cannot be read")
    return BoxLayout(
        moov_first=unread if outline.moov_before_mdat is None else outline.moov_before_mdat,
        is_fragmented=outline.is_fragmented,
        edit_lists=unread if outline.edit_lists is None else outline.edit_lists,
    )


def _damage(outline: Outline | None, movie: Movie | Unmeasured, fault: str | None) -> Measured[str | None]:
    """Return what is damaged; tables that we alone cannot read may be sound."""
    if outline is not None and (outline.fault or fault) is None and not outline.is_fragmented:
        return movie if isinstance(movie, Unmeasured) else None
    return (outline.fault if outline is not None else None) or fault


def _unreadable(path: Path, outline: Outline | None, reason: str) -> Measurements:
    unread = Unmeasured("it is no film that can be read")
    return Measurements(
        size_bytes=path.stat().st_size,
        container=unread if outline is None else _container(path, outline, ""),
        damage=reason,
        boxes=unread if outline is None else _layout(outline, ""),
        picture=unread,
        sound=unread,
    )


def _reason(error: MasterError | VerifyFailed, path: Path) -> str:
    """Return what an error says without the file's name, as the end of a sentence."""
    return error.message.removeprefix(str(path)).lstrip(": ").rstrip(".")
