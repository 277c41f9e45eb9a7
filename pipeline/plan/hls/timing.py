"""Rules about time: what lasts how long, what continues what, and what is cut and breaks at the same instants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, zip_longest
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Media, Package, Piece, Role, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_vod, over_streams
from pipeline.plan.measurements import Measured
from pipeline.timebase import total

_TARGET_S: Final = 6
_TARGETS: Final = (6, 7)  # 6.006 s of 30000/1001 pictures a second, which some round up
_OVER: Final = Fraction(1, 2)
_LIVE_SEGMENTS: Final = 6
_LIVE_SECONDS: Final = 900
TIMED: Final[tuple[Role, ...]] = ("video", "audio")


def section_starts(stream: Stream) -> tuple[Fraction, ...]:
    """Return when each section starts, by the durations that the playlist says."""
    lengths = (total(piece.entry.duration for piece in section) for section in stream.sections)
    return tuple(accumulate(lengths, initial=Fraction(0)))[:-1]


def over_roles(*roles: Role, at_least: int = 1) -> Callable[..., Callable[[Package], Measured[Seen]]]:
    """Return the maker of looks at the streams of some roles."""

    def make(look: Callable[[tuple[Stream, ...]], Seen]) -> Callable[[Package], Measured[Seen]]:
        return lambda package: over_streams(package.having(*roles), look, at_least=at_least)

    return make


def media_of(stream: Stream) -> Iterator[tuple[Piece, Media]]:
    """Yield the segments that hold pictures or sound, with what they hold."""
    for piece in stream.pieces:
        if isinstance(piece.content, Media):
            yield piece, piece.content


def _targets(streams: tuple[Stream, ...]) -> Seen:
    found = [(one.uri, one.playlist.target_duration) for one in streams if one.playlist is not None]
    misses = tuple(Miss(uri, f"{target} s") for uri, target in found if target not in _TARGETS)
    return Seen(f"{', '.join(sorted({str(target) for _, target in found}))} s", misses)


def _nominal(streams: tuple[Stream, ...]) -> Seen:
    """Look at the median, since shots and sections end where they end."""
    misses, told = [], []
    for stream in streams:
        durations = sorted(piece.entry.duration for piece in stream.pieces)
        middle = durations[len(durations) // 2]
        told.append(f"{float(middle):.3f}")
        if not _TARGET_S * Fraction(3, 4) <= middle <= _TARGET_S * Fraction(5, 4) and len(durations) > 1:
            misses.append(Miss(stream.uri, f"median {float(middle):.3f} s"))
    return Seen(f"median {', '.join(dict.fromkeys(told))} s", tuple(misses))


def _overlong(streams: tuple[Stream, ...]) -> Seen:
    misses, longest = [], Fraction(0)
    for stream in streams:
        target = stream.playlist.target_duration if stream.playlist is not None else 0
        for piece, media in media_of(stream):
            longest = max(longest, media.duration)
            if media.duration > target + _OVER:
                misses.append(
                    Miss(stream.uri, f"{piece.entry.uri} lasts {float(media.duration):.3f} s, target {target} s")
                )
    return Seen(f"at most {float(longest):.3f} s", tuple(misses))


def _drift(streams: tuple[Stream, ...]) -> Seen:
    """Hold the sums of EXTINF against the samples, for the worst run of segments."""
    misses, worst = [], Fraction(0)
    for stream in streams:
        off = tuple(accumulate((piece.entry.duration - media.duration for piece, media in media_of(stream)),
                               initial=Fraction(0)))  # fmt: skip
        spread = max(off) - min(off)
        worst = max(worst, spread)
        if spread > stream.longest_step:
            misses.append(Miss(stream.uri, f"a run of segments is off by {float(spread):.4f} s"))
    return Seen(f"{float(worst) * 1000:.3f} ms at most", tuple(misses))


def _same_targets(streams: tuple[Stream, ...]) -> Seen:
    found = [(one.uri, one.playlist.target_duration) for one in streams if one.playlist is not None]
    misses = tuple(Miss(uri, f"{target} s") for uri, target in found if target != found[0][1])
    return Seen(f"{', '.join(sorted({str(target) for _, target in found}))} s", misses)


def _same_durations(streams: tuple[Stream, ...]) -> Seen:
    first = streams[0]
    misses = tuple(
        Miss(one.uri, f"{float(one.duration):.3f} s, {first.uri} {float(first.duration):.3f} s")
        for one in streams[1:]
        if abs(one.duration - first.duration) > one.longest_step + first.longest_step
    )
    return Seen(f"{', '.join(dict.fromkeys(f'{float(one.duration):.3f}' for one in streams))} s", misses)


def _same_range(streams: tuple[Stream, ...]) -> Seen:
    """Hold where each section starts in its own time, which one film has in all streams."""
    found = [(one, [_start(section) for section in one.sections]) for one in streams]
    first, starts = found[0]
    misses = []
    for stream, others in found[1:]:
        slack = stream.longest_step + first.longest_step
        for number, (mine, other) in enumerate(zip(starts, others, strict=False), 1):
            if mine is not None and other is not None and abs(mine - other) > slack:
                told = f"section {number} starts at {float(other):.3f} s, in {first.uri} at {float(mine):.3f} s"
                misses.append(Miss(stream.uri, told))
                break
    told = ", ".join("?" if one is None else f"{float(one):.3f}" for one in starts[:6])
    return Seen(f"from {told}{' …' if len(starts) > 6 else ''} s", tuple(misses))


def _start(section: tuple[Piece, ...]) -> Fraction | None:
    content = section[0].content
    return content.decode_time if isinstance(content, Media) else None


def _together(streams: tuple[Stream, ...]) -> Seen:
    first = streams[0]
    starts = section_starts(first)
    misses = []
    for stream in streams[1:]:
        slack = stream.longest_step + first.longest_step
        mine = section_starts(stream)
        if len(mine) != len(starts):
            told = f"{counted(len(mine) - 1, 'break')}, {first.uri} {len(starts) - 1}"
            misses.append(Miss(stream.uri, told))
        elif (off := max(abs(one - two) for one, two in zip(mine, starts, strict=True))) > slack:
            misses.append(Miss(stream.uri, f"its breaks are up to {float(off):.3f} s from those of {first.uri}"))
    return Seen(f"{counted(len(starts) - 1, 'break')}", tuple(misses))


def _aligned(streams: tuple[Stream, ...]) -> Seen:
    """Hold the cuts of all streams against the first's: pictures to half a frame, sound to its packet."""
    first = streams[0]
    cuts, worst = _cuts(first), Fraction(0)
    misses = []
    for stream in streams[1:]:
        slack = first.longest_step / 2 if stream.role == "video" else stream.longest_step
        for number, (mine, other) in enumerate(zip_longest(cuts, _cuts(stream)), 1):
            off = None if mine is None or other is None else abs(mine - other)
            worst = max(worst, off or Fraction(0))
            if off is None or off > slack:
                told = "is missing" if off is None else f"is {float(off):.3f} s off"
                misses.append(Miss(stream.uri, f"cut {number} {told}, against {first.uri}"))
                break
    return Seen(f"{counted(len(cuts), 'cut')}, {float(worst) * 1000:.1f} ms apart at most", tuple(misses))


def _cuts(stream: Stream) -> tuple[Fraction, ...]:
    return tuple(accumulate(piece.entry.duration for piece in stream.pieces))


def several(*roles: Role) -> Callable[[Package], str | None]:
    return lambda package: None if len(package.having(*roles)) > 1 else "there is one stream alone"


def _is_live(package: Package) -> str | None:
    return "nothing is added to the playlists" if package.is_vod else None


def _live_length(package: Package) -> Seen:
    counts = [(one.uri, len(one.pieces)) for one in package.having(*TIMED)]
    misses = tuple(Miss(uri, counted(count, "segment")) for uri, count in counts if count < _LIVE_SEGMENTS)
    return Seen(f"at least {counted(min((count for _, count in counts), default=0), 'segment')}", misses)


def _live_window(package: Package) -> Seen:
    found = [(one.uri, one.duration) for one in package.having(*TIMED)]
    misses = tuple(Miss(uri, f"{float(length):.0f} s") for uri, length in found if length < _LIVE_SECONDS)
    return Seen(f"at least {float(min((length for _, length in found), default=0)):.0f} s", misses)


_AV: Final = needs(*TIMED)
_BOTH: Final = all_of(needs("video"), needs("audio"))
RULES: Final = (
    Rule("7.5", "SHOULD", "the target duration is 6 s", "6 s", _AV, over_roles(*TIMED)(_targets)),
    Rule("7.6", "SHOULD", "segments last 6 s", "median of 4.5 to 7.5 s", _AV, over_roles(*TIMED)(_nominal)),
    Rule("7.7", "MUST", "no segment lasts longer than the target by more than half a second", "target + 0.5 s", _AV,
         over_roles(*TIMED)(_overlong)),
    Rule("8.1", "MUST", "EXTINF adds up to what segments last", "within a frame for any run", _AV,
         over_roles(*TIMED)(_drift)),
    Rule("8.2", "MUST", "pictures and sound have the same target duration", "equal", _BOTH,
         over_roles(*TIMED)(_same_targets)),
    Rule("8.3", "MUST", "pictures and sound last equally long", "within a frame of each", several(*TIMED),
         over_roles(*TIMED, at_least=2)(_same_durations)),
    Rule("8.7", "MUST", "all playlists cover the same range", "within a frame of each",
         all_of(several(*TIMED), needs_vod), over_roles(*TIMED, at_least=2)(_same_range)),
    Rule("8.11", "MUST", "a live playlist has several segments", "≥ 6", _is_live, _live_length),
    Rule("8.12", "SHOULD", "a live playlist holds a quarter of an hour", "≥ 900 s", _is_live, _live_window),
    Rule("8.15", "MUST", "all streams break at the same instants", "within a frame of each",
         several("video", "audio", "subtitles", "key pictures"),
         over_roles("video", "audio", "subtitles", "key pictures", at_least=2)(_together)),
    Rule("8.22", "SHOULD", "all streams are cut at the same instants", "half a picture, or a packet of sound",
         several(*TIMED), over_roles(*TIMED, at_least=2)(_aligned)),
)  # fmt: skip
