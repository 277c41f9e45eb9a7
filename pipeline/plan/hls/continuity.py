"""Rules about what follows what: segments after segments, and discontinuities where something changes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Init, Media, Package, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs
from pipeline.plan.hls.timing import TIMED, media_of, over_roles

_TICK: Final = Fraction(1, 1_000_000)
_HELD_S: Final = Fraction(1, 4)
"""Pictures that are shown for as long are held, as slides are, and have no rate that could change."""


def _continuous(streams: tuple[Stream, ...]) -> Seen:
    misses, count = [], 0
    for stream in streams:
        for section in stream.sections:
            end: Fraction | None = None
            for piece in section:
                media = piece.content
                if not isinstance(media, Media):
                    continue
                count += 1
                fault = _break(media, end)
                if fault is not None:
                    misses.append(Miss(stream.uri, f"{piece.entry.uri}: {fault}"))
                end = None if media.decode_time is None else media.decode_time + media.duration
    return Seen(f"{count - len(misses)} of {counted(count, 'segment')}", tuple(misses))


def _break(media: Media, end: Fraction | None) -> str | None:
    if media.decode_time is None:
        return "no tfdt"
    if end is not None and media.decode_time != end:
        return f"tfdt {float(media.decode_time):.6f} s where {float(end):.6f} s belongs"
    return None if media.is_continuous else "its fragments do not follow each other"


def _first_shown(streams: tuple[Stream, ...]) -> Seen:
    """Look for pictures that are shown later than they are decoded, or trimmed by an edit list.

    hls.js leaves a hole of that size at every discontinuity, and sound and pictures begin apart.
    """
    misses, worst = [], Fraction(0)
    for stream in streams:
        listed = [init for init in stream.inits if init.track is not None and init.track.edit_list]
        misses += [Miss(stream.uri, f"{init.uri} has an edit list") for init in listed]
        late = [
            (piece, media.first_shown - media.decode_time)
            for piece, media in media_of(stream)
            if media.decode_time is not None and media.first_shown != media.decode_time
        ]
        worst = max((worst, *(abs(shift) for _, shift in late)))
        if late:
            told = f"{late[0][0].entry.uri} is shown {float(late[0][1]):+.4f} s from its tfdt"
            misses.append(Miss(stream.uri, f"{told}; {counted(len(late), 'segment')}"))
    return Seen(f"{float(worst):.4f} s at most", tuple(misses))


def _breaks(streams: tuple[Stream, ...]) -> Seen:
    """Look for a change of what the decoder is told, inside a section."""
    misses, count = [], 0
    for stream in streams:
        count += len(stream.sections) - 1
        for section in stream.sections:
            for before, after in pairwise(section):
                if before.init is None or after.init is None or before.init is after.init:
                    continue
                if _recipe(before.init) != _recipe(after.init):
                    misses.append(Miss(stream.uri, f"{after.entry.uri} has another format and no EXT-X-DISCONTINUITY"))
    return Seen(counted(count, "discontinuity") if count == 1 else f"{count} discontinuities", tuple(misses))


def _recipe(init: Init) -> tuple[object, ...]:
    return tuple((one.kind, one.name, one.timescale, one.picture, one.sound) for one in init.segment.tracks)


def _rate_changes(streams: tuple[Stream, ...]) -> Seen:
    misses = []
    for stream in streams:
        for section in stream.sections:
            steps = [(piece, piece.content) for piece in section if isinstance(piece.content, Media)]
            for (_, before), (piece, after) in pairwise(steps):
                if min(before.shortest_step, after.shortest_step) >= _HELD_S:
                    continue
                if (
                    before.longest_step * 2 < after.shortest_step * 3
                    and before.longest_step * 3 > after.shortest_step * 2
                ):
                    continue
                misses.append(Miss(stream.uri, f"{piece.entry.uri} has another frame rate and no EXT-X-DISCONTINUITY"))
    return Seen(f"{counted(len(misses), 'change')} inside a section", tuple(misses))


def _same_codecs(streams: tuple[Stream, ...]) -> Seen:
    misses = []
    for stream in streams:
        names = dict.fromkeys(track.codec for init in stream.inits for track in init.segment.tracks[:1])
        if len(names) > 1:
            misses.append(Miss(stream.uri, ", ".join(names)))
    return Seen(f"{counted(len(misses), 'stream')} with several", tuple(misses))


def _has_breaks(package: Package) -> str | None:
    return None if any(len(one.sections) > 1 for one in package.having(*TIMED)) else "there is no discontinuity"


_AV: Final = needs(*TIMED)
RULES: Final = (
    Rule("7.1, 7.3", "MUST", "each segment starts where the one before it ended", "tfdt, exact", _AV,
         over_roles(*TIMED)(_continuous)),
    Rule("Matinee 5", "SHOULD", "the first picture is shown at its tfdt, without an edit list", "0 s", needs("video"),
         over_roles("video")(_first_shown)),
    Rule("8.13", "MUST", "a change of format is a discontinuity", "EXT-X-DISCONTINUITY", _AV,
         over_roles(*TIMED)(_breaks)),
    Rule("8.14", "MUST", "a change of frame rate is a discontinuity", "EXT-X-DISCONTINUITY", needs("video"),
         over_roles("video")(_rate_changes)),
    Rule("8.16", "SHOULD", "the codec stays the same over discontinuities", "one codec", all_of(_AV, _has_breaks),
         over_roles(*TIMED)(_same_codecs)),
)  # fmt: skip
