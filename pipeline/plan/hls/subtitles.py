"""Rules about subtitles and captions: how they are declared, and whether their words stand at their times."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import accumulate
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Cues, Media, Package, Piece, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master, over_streams
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import Rendition

_SDH: Final = ("public.accessibility.transcribes-spoken-dialog", "public.accessibility.describes-music-and-sound")
_SLACK: Final = Fraction(1, 20)
_MPEGTS_HZ: Final = 90_000


def _renditions(package: Package) -> tuple[Rendition, ...]:
    return () if package.choices is None else package.choices.renditions


def _languages(package: Package) -> Seen:
    asked = [one for one in _renditions(package) if one.type != "VIDEO"]
    misses = tuple(Miss(f"EXT-X-MEDIA {one.name}", "LANGUAGE is missing") for one in asked if not one.language)
    return Seen(f"on {len(asked) - len(misses)} of {counted(len(asked), 'rendition')}", misses)


def _transcripts(package: Package) -> tuple[Rendition, ...]:
    return tuple(
        one
        for one in _renditions(package)
        if one.type == "SUBTITLES" and any(name in one.characteristics for name in _SDH)
    )


def _described(package: Package) -> Seen:
    misses = tuple(
        Miss(f"EXT-X-MEDIA {one.name}", f"{name} is missing")
        for one in _transcripts(package)
        for name in _SDH
        if name not in one.characteristics
    )
    return Seen(counted(len(_transcripts(package)), "rendition"), misses)


def _selectable(renditions: Iterable[Rendition]) -> Seen:
    every = tuple(renditions)
    misses = tuple(
        Miss(f"EXT-X-MEDIA {one.name}", "AUTOSELECT=YES is missing") for one in every if not one.is_autoselect
    )
    return Seen(counted(len(every), "rendition"), misses)


def _forced(package: Package) -> tuple[Rendition, ...]:
    return tuple(one for one in _renditions(package) if one.is_forced)


def _formats(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, told = [], []
        for stream in streams:
            name = "WebVTT" if stream.head is None else stream.head.name
            told.append(name)
            faults = [
                f"{piece.entry.uri}: {'; '.join(piece.content.faults)}"
                for piece in stream.pieces
                if isinstance(piece.content, Cues) and piece.content.faults
            ]
            if name not in ("WebVTT", "stpp"):
                faults.append(f"{name} in movie fragments")
            misses += [Miss(stream.uri, fault) for fault in faults]
        return Seen(", ".join(dict.fromkeys(told)), tuple(misses))

    return over_streams(package.having("subtitles"), look)


def _texts(package: Package) -> tuple[Stream, ...]:
    return tuple(
        one
        for one in package.having("subtitles")
        if one.fault is not None or any(isinstance(piece.content, Cues) for piece in one.pieces)
    )


def _has_texts(package: Package) -> str | None:
    return None if _texts(package) else "no subtitles are WebVTT"


def _mapped(package: Package) -> Measured[Seen]:
    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, count = [], 0
        for stream in streams:
            bare = [
                piece
                for piece in stream.pieces
                if isinstance(piece.content, Cues) and (piece.content.local is None or piece.content.mpegts is None)
            ]
            count += len(stream.pieces)
            if bare:
                told = f"{bare[0].entry.uri}; {counted(len(bare), 'segment')}"
                misses.append(Miss(stream.uri, f"no X-TIMESTAMP-MAP in {told}"))
        return Seen(counted(count, "segment"), tuple(misses))

    return over_streams(_texts(package), look)


def _spans(package: Package) -> Measured[Seen]:
    reference = _reference(package)
    if isinstance(reference, Unmeasured):
        return reference

    def look(streams: tuple[Stream, ...]) -> Seen:
        misses = tuple(
            Miss(one.uri, f"{float(one.duration):.3f} s of {float(reference.duration):.3f} s")
            for one in streams
            if abs(one.duration - reference.duration) > _SLACK
        )
        return Seen(f"{', '.join(dict.fromkeys(f'{float(one.duration):.3f}' for one in streams))} s", misses)

    return over_streams(package.having("subtitles"), look)


def _reference(package: Package) -> Stream | Unmeasured:
    """Return the stream whose time the subtitles are in."""
    found = next((one for one in package.having("video", "audio") if one.fault is None), None)
    return found if found is not None else Unmeasured("no stream of pictures or sound could be read")


def _placed(package: Package) -> Measured[Seen]:
    """Hold cues against their segment: in the time of the media, to which X-TIMESTAMP-MAP leads (RFC 8216, 3.5)."""
    reference = _reference(package)
    if isinstance(reference, Unmeasured):
        return reference
    starts = [_media_start(section) for section in reference.sections]

    def look(streams: tuple[Stream, ...]) -> Seen:
        misses, count = [], 0
        for stream in streams:
            for number, section in enumerate(stream.sections):
                start = starts[number] if number < len(starts) else None
                ends = accumulate((piece.entry.duration for piece in section), initial=Fraction(0))
                for piece, at in zip(section, ends, strict=False):
                    cues = piece.content
                    if isinstance(cues, Cues) and start is not None:
                        count += len(cues.cues)
                        misses += [Miss(stream.uri, f"{piece.entry.uri}: {told}")
                                   for told in _outside(cues, start + at, piece.entry.duration)]  # fmt: skip
        return Seen(counted(count, "cue"), tuple(misses))

    return over_streams(_texts(package), look)


def _media_start(section: tuple[Piece, ...]) -> Fraction | None:
    content = section[0].content
    return content.decode_time if isinstance(content, Media) else None


def _outside(cues: Cues, start: Fraction, length: Fraction) -> Iterable[str]:
    if cues.local is None or cues.mpegts is None:
        return
    shift = Fraction(cues.mpegts, _MPEGTS_HZ) - cues.local
    for first, last in cues.extremes:
        if first + shift >= start + length + _SLACK or last + shift <= start - _SLACK:
            yield f"a cue at {float(first + shift):.3f} s, the segment is at {float(start):.3f} s"
            return


def _named(package: Package) -> Seen:
    """Look whether variants name the kind of subtitles in movie fragments that their group has."""
    choices, misses, count = package.choices, [], 0
    for variant in () if choices is None else choices.variants:
        for one in () if choices is None else choices.group("SUBTITLES", variant.subtitles):
            kind = _kind(package.stream(one.uri))
            if kind is not None:
                count += 1
                if not any(name.startswith(kind) for name in variant.codecs):
                    misses.append(Miss(variant.uri, f"{kind} is not in CODECS"))
    return Seen(counted(count, "rendition"), tuple(misses))


def _kind(stream: Stream | None) -> str | None:
    return None if stream is None or stream.head is None else stream.head.name


def _has_fragments(package: Package) -> str | None:
    found = any(_kind(stream) is not None for stream in package.having("subtitles"))
    return None if found else "no subtitles are in movie fragments"


RULES: Final = (
    Rule("4.4, 4.7, 8.10", "MUST", "renditions say their language", "LANGUAGE",
         all_of(needs_master, lambda package: None if _renditions(package) else "there is no EXT-X-MEDIA"), _languages),
    Rule("4.5", "MUST", "subtitles for the deaf say both that they are", "both characteristics",
         all_of(needs_master, lambda package: None if _transcripts(package) else "no subtitles are for the deaf"),
         _described),
    Rule("4.6", "MUST", "subtitles for the deaf are chosen unasked", "AUTOSELECT=YES",
         all_of(needs_master, lambda package: None if _transcripts(package) else "no subtitles are for the deaf"),
         lambda package: _selectable(_transcripts(package))),
    Rule("5.2", "MUST", "subtitles are WebVTT or IMSC1, and can be read", "WebVTT text, stpp", needs("subtitles"),
         _formats),
    Rule("5.3", "MUST", "WebVTT segments say where they stand", "X-TIMESTAMP-MAP",
         all_of(needs("subtitles"), _has_texts), _mapped),
    Rule("5.5", "MUST", "subtitles last as long as the film", "within 0.05 s", needs("subtitles"), _spans),
    Rule("5.10", "SHOULD", "CODECS names subtitles in movie fragments", "stpp.ttml.im1t, wvtt",
         all_of(needs_master, _has_fragments), _named),
    Rule("5.11", "SHOULD", "forced subtitles are chosen unasked", "AUTOSELECT=YES",
         all_of(needs_master, lambda package: None if _forced(package) else "no subtitles are forced"),
         lambda package: _selectable(_forced(package))),
    Rule("RFC 8216 3.5", "MUST", "each cue stands in a segment that is shown with it", "it overlaps its segment",
         all_of(needs("subtitles"), _has_texts), _placed),
)  # fmt: skip
