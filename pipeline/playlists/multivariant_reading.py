"""Reading the tags of a multivariant playlist (RFC 8216, 4.3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, cast

from pipeline.playlists.lines import Line, Notebook
from pipeline.playlists.values import IframeVariant, MediaType, MultivariantPlaylist, Rendition, Variant

_MEDIA_TYPES: Final = ("AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS")
_RANGES: Final = ("SDR", "HLG", "PQ")


def read_multivariant(lines: Iterable[Line], notes: Notebook) -> MultivariantPlaylist:
    """Return what the lines say, with every variant whose address is there."""
    variants: list[Variant] = []
    renditions: list[Rendition] = []
    iframe_variants: list[IframeVariant] = []
    version, is_independent = 1, False
    stream: Line | None = None
    for line in lines:
        if stream is not None and line.tag in ("", "EXT-X-STREAM-INF"):
            if line.tag:
                notes.note(stream.number, "EXT-X-STREAM-INF without an address", "an address after it", "lost")
            else:
                variants.append(_variant(stream, line, notes))
            stream = None
        elif not line.tag:
            notes.note(line.number, f"{line.value} has no EXT-X-STREAM-INF", "a tag before each address", "lost")
        if line.tag == "EXT-X-STREAM-INF":
            stream = line
        elif line.tag == "EXT-X-MEDIA":
            renditions.extend(_renditions(line, notes))
        elif line.tag == "EXT-X-I-FRAME-STREAM-INF":
            iframe_variants.extend(_iframe_variants(line, notes))
        elif line.tag == "EXT-X-VERSION":
            version = notes.number(line) or 1
        elif line.tag == "EXT-X-INDEPENDENT-SEGMENTS":
            is_independent = True
    if stream is not None:
        notes.note(stream.number, "EXT-X-STREAM-INF without an address", "an address after it", "lost")
    if not variants:
        notes.note(0, "there is no EXT-X-STREAM-INF with an address", "at least one variant", "lost")
    return MultivariantPlaylist(tuple(variants), tuple(renditions), tuple(iframe_variants), version, is_independent)


def _variant(stream: Line, address: Line, notes: Notebook) -> Variant:
    values = notes.attributes(stream, "BANDWIDTH")
    return Variant(
        uri=address.value,
        bandwidth=_whole(values, "BANDWIDTH"),
        average_bandwidth=_whole(values, "AVERAGE-BANDWIDTH"),
        codecs=_listed(values, "CODECS"),
        resolution=_size(values),
        frame_rate=_exact(values, "FRAME-RATE"),
        video_range=_video_range(stream, values, notes),
        audio=values.get("AUDIO"),
        video=values.get("VIDEO"),
        subtitles=values.get("SUBTITLES"),
        closed_captions=values.get("CLOSED-CAPTIONS"),
        score=_exact(values, "SCORE"),
        line=stream.number,
    )


def _iframe_variants(line: Line, notes: Notebook) -> Iterable[IframeVariant]:
    values = notes.attributes(line, "BANDWIDTH", "URI")
    if "URI" in values:
        yield IframeVariant(
            uri=values["URI"],
            bandwidth=_whole(values, "BANDWIDTH"),
            average_bandwidth=_whole(values, "AVERAGE-BANDWIDTH"),
            codecs=_listed(values, "CODECS"),
            resolution=_size(values),
            video_range=_video_range(line, values, notes),
            line=line.number,
        )


def _renditions(line: Line, notes: Notebook) -> Iterable[Rendition]:
    values = notes.attributes(line, "TYPE", "GROUP-ID", "NAME")
    if not {"TYPE", "GROUP-ID", "NAME"} <= values.keys():
        return
    if values["TYPE"] not in _MEDIA_TYPES:
        notes.note(line.number, f"TYPE={values['TYPE']}", ", ".join(_MEDIA_TYPES), "lost")
        return
    if values.get("DEFAULT") == "YES" and values.get("AUTOSELECT") == "NO":
        notes.note(line.number, "DEFAULT=YES with AUTOSELECT=NO", "AUTOSELECT=YES, or none")
    yield Rendition(
        type=cast("MediaType", values["TYPE"]),
        group_id=values["GROUP-ID"],
        name=values["NAME"],
        uri=values.get("URI"),
        language=values.get("LANGUAGE"),
        assoc_language=values.get("ASSOC-LANGUAGE"),
        is_default=values.get("DEFAULT") == "YES",
        is_autoselect=values.get("AUTOSELECT") == "YES",
        is_forced=values.get("FORCED") == "YES",
        characteristics=_listed(values, "CHARACTERISTICS"),
        channels=values.get("CHANNELS"),
        instream_id=values.get("INSTREAM-ID"),
        line=line.number,
    )


def _video_range(line: Line, values: dict[str, str], notes: Notebook) -> str | None:
    found = values.get("VIDEO-RANGE")
    if found is not None and found not in _RANGES:
        notes.note(line.number, f"VIDEO-RANGE={found}", ", ".join(_RANGES))
    return found


def _whole(values: dict[str, str], name: str) -> int | None:
    return int(values[name]) if name in values else None


def _exact(values: dict[str, str], name: str) -> Fraction | None:
    return Fraction(values[name]) if name in values else None


def _size(values: dict[str, str]) -> tuple[int, int] | None:
    if "RESOLUTION" not in values:
        return None
    width, _, height = values["RESOLUTION"].partition("x")
    return int(width), int(height)


def _listed(values: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in values[name].split(",")) if values.get(name) else ()
