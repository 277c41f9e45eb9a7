"""Rules about what variants say of their streams, held against what the streams say themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import prod
from typing import Final

from pipeline.boxes.fragments import TrackHead
from pipeline.counting import counted
from pipeline.plan.hls.choices import GROUPS, Choice, choices_of, every_choice
from pipeline.plan.hls.package import Init, Package, Stream
from pipeline.plan.hls.pictures import frame_rate, shown_size, video_range
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_master
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import Variant

Hold = tuple[bool, str]
"""Whether what is said is what is there, and both in words."""
_RATE_SLACK: Final = Fraction(1, 100)


def _codecs(package: Package) -> Measured[Seen]:
    misses, count = [], 0
    for one in every_choice(package):
        needed = _names(one, package)
        if needed is None or not one.codecs:
            continue
        count += 1
        told = {name.lower() for name in one.codecs}
        missing = sorted(name for name in needed if name.lower() not in told)
        extra = sorted(name for name in one.codecs if name.lower() not in {known.lower() for known in needed})
        words = [f"{name} is not named" for name in missing if name not in ("wvtt", "stpp")]
        words += [f"{name} is in no stream" for name in extra if not name.startswith(("wvtt", "stpp"))]
        if words:
            misses.append(Miss(one.uri, "; ".join(words)))
    return Seen(counted(count, "variant"), tuple(misses)) if count else Unmeasured("no variant's streams could be read")


def _names(one: Choice, package: Package) -> set[str] | None:
    """Return the codecs of a variant's own stream and of its groups; None where one is not known."""
    uris = [one.uri]
    if isinstance(one, Variant):
        choices = choices_of(package)
        members = [choices.group(kind, getattr(one, attribute)) for attribute, kind in GROUPS[:3]]
        uris += [rendition.uri for group in members for rendition in group if rendition.uri is not None]
    names: set[str] = set()
    for uri in uris:
        stream = package.stream(uri)
        if stream is None or (not stream.inits and stream.role != "subtitles"):
            return None
        names |= set(_richest(track for init in stream.inits for track in init.segment.tracks))
    return names


def _richest(tracks: Iterable[TrackHead]) -> Iterator[str]:
    """Yield the names of the codecs that tracks have: of several levels of one only the highest, which plays all."""
    levels: dict[str, tuple[Fraction, str]] = {}
    for track in tracks:
        if track.kind == "soun":
            yield track.name
        elif track.kind == "vide":
            level = Fraction(0) if track.picture_codec is None else track.picture_codec.level
            levels[track.codec] = max(levels.get(track.codec, (level, track.name)), (level, track.name))
    yield from (name for _, name in levels.values())


def _against_streams(of: Callable[[Choice, Stream, Init], Hold | None]) -> Callable[[Package], Measured[Seen]]:
    """Return the look that holds what a variant says against each initialization of its stream."""

    def look(package: Package) -> Measured[Seen]:
        misses, count = [], 0
        for one in every_choice(package):
            stream = package.stream(one.uri)
            if stream is None or stream.fault is not None or stream.role not in ("video", "key pictures"):
                continue
            holds = [hold for init in stream.inits if (hold := of(one, stream, init)) is not None]
            count += bool(holds)
            misses += [Miss(one.uri, told) for is_kept, told in holds if not is_kept][:1]
        if not count:
            return Unmeasured("no variant says it of a stream that says it too")
        return Seen(counted(count, "variant"), tuple(misses))

    return look


def _size(one: Choice, stream: Stream, _: Init) -> Hold | None:
    # Programmes of several sizes play in one variant, which tells the largest.
    sizes, told = [size for init in stream.inits if (size := shown_size(init)) is not None], one.resolution
    if not sizes or told is None:
        return None
    found = max(sizes, key=prod)
    return found == told, f"RESOLUTION {told[0]}x{told[1]}, pictures {found[0]}x{found[1]}"


def _rate(one: Choice, stream: Stream, _: Init) -> Hold | None:
    found = frame_rate(stream) if isinstance(one, Variant) else None
    told = one.frame_rate if isinstance(one, Variant) else None
    if found is None or told is None:
        return None
    return abs(found - told) <= _RATE_SLACK, f"FRAME-RATE {float(told):.3f}, pictures {float(found):.3f}"


def _range(one: Choice, _: Stream, init: Init) -> Hold | None:
    found, told = video_range(init), one.video_range or "SDR"
    return None if found is None else (found == told, f"VIDEO-RANGE {told}, pictures {found}")


_VIDEO: Final = all_of(needs_master, needs("video"))
RULES: Final = (
    Rule("RFC 6381 3.3", "MUST", "CODECS names what the streams hold", "as the bitstream says", needs_master, _codecs),
    Rule("RFC 8216 4.3.4.2b", "MUST", "RESOLUTION is the pictures' own", "as the stream says", _VIDEO,
         _against_streams(_size)),
    Rule("RFC 8216 4.3.4.2c", "MUST", "FRAME-RATE is the pictures' own", "within 0.01", _VIDEO,
         _against_streams(_rate)),
    Rule("RFC 8216bis 4.4.6.2", "MUST", "VIDEO-RANGE is the pictures' own", "as the transfer says", _VIDEO,
         _against_streams(_range)),
)  # fmt: skip
