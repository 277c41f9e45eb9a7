"""Rules about time: what lasts how long, what continues what, and what is cut and breaks at the same instants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise, zip_longest
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Init, Media, Package, Piece, Role, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, needs, needs_vod, over_streams
from pipeline.plan.measurements import Measured

_TARGET_S: Final = 6
_TARGETS: Final = (6, 7)  # 6.006 s of 30000/1001 pictures a second, which some round up
_OVER: Final = Fraction(1, 2)
_TEXT_SLACK: Final = Fraction(1, 20)
_TICK: Final = Fraction(1, 1_000_000)
_LIVE_SEGMENTS: Final = 6
_LIVE_SECONDS: Final = 900
_TIMED: Final[tuple[Role, ...]] = ("video", "audio")


def step_of(stream: Stream) -> Fraction:
    """Return how long the longest sample lasts: a picture, or a packet of sound."""
    return max(
        (piece.content.longest_step for piece in stream.pieces if isinstance(piece.content, Media)),
        default=_TEXT_SLACK,
    )


def section_starts(stream: Stream) -> tuple[Fraction, ...]:
    """Return when each section starts, by the durations that the playlist says."""
    lengths = (sum((piece.entry.duration for piece in section), Fraction(0)) for section in stream.sections)
    return tuple(accumulate(lengths, initial=Fraction(0)))[:-1]


def _over(*roles: Role, at_least: int = 1) -> Callable[..., Callable[[Package], Measured[Seen]]]:
    """Return the maker of looks at the streams of some roles."""

    def make(look: Callable[[tuple[Stream, ...]], Seen]) -> Callable[[Package], Measured[Seen]]:
        return lambda package: over_streams(package.having(*roles), look, at_least=at_least)

    return make


def _media(stream: Stream) -> Iterator[tuple[Piece, Media]]:
    for piece in stream.pieces:
        if isinstance(piece.content, Media):
            yield piece, piece.content


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
            for piece, media in _media(stream)
            if media.decode_time is not None and media.first_shown != media.decode_time
        ]
        worst = max((worst, *(abs(shift) for _, shift in late)))
        if late:
            told = f"{late[0][0].entry.uri} is shown {float(late[0][1]):+.4f} s from its tfdt"
            misses.append(Miss(stream.uri, f"{told}; {counted(len(late), 'segment')}"))
    return Seen(f"{float(worst):.4f} s at most", tuple(misses))


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
        for piece, media in _media(stream):
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
        off = tuple(accumulate((piece.entry.duration - media.duration for piece, media in _media(stream)),
                               initial=Fraction(0)))  # fmt: skip
        spread = max(off) - min(off)
        worst = max(worst, spread)
        if spread > step_of(stream):
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
        if abs(one.duration - first.duration) > step_of(one) + step_of(first)
    )
    return Seen(f"{', '.join(dict.fromkeys(f'{float(one.duration):.3f}' for one in streams))} s", misses)


def _same_range(streams: tuple[Stream, ...]) -> Seen:
    """Hold where each section starts in its own time, which one film has in all streams."""
    found = [(one, [_start(section) for section in one.sections]) for one in streams]
    first, starts = found[0]
    misses = []
    for stream, others in found[1:]:
        slack = step_of(stream) + step_of(first)
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
                if (
                    before.longest_step * 2 < after.shortest_step * 3
                    and before.longest_step * 3 > after.shortest_step * 2
                ):
                    continue
                misses.append(Miss(stream.uri, f"{piece.entry.uri} has another frame rate and no EXT-X-DISCONTINUITY"))
    return Seen(f"{counted(len(misses), 'change')} inside a section", tuple(misses))


def _together(streams: tuple[Stream, ...]) -> Seen:
    first = streams[0]
    starts = section_starts(first)
    misses = []
    for stream in streams[1:]:
        slack = step_of(stream) + step_of(first)
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
        slack = step_of(first) / 2 if stream.role == "video" else step_of(stream)
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


def _same_codecs(streams: tuple[Stream, ...]) -> Seen:
    misses = []
    for stream in streams:
        names = dict.fromkeys(track.codec for init in stream.inits for track in init.segment.tracks[:1])
        if len(names) > 1:
            misses.append(Miss(stream.uri, ", ".join(names)))
    return Seen(f"{counted(len(misses), 'stream')} with several", tuple(misses))


def _has_breaks(package: Package) -> str | None:
    return None if any(len(one.sections) > 1 for one in package.having(*_TIMED)) else "there is no discontinuity"


def _several(*roles: Role) -> Callable[[Package], str | None]:
    return lambda package: None if len(package.having(*roles)) > 1 else "there is one stream alone"


def _is_live(package: Package) -> str | None:
    return "nothing is added to the playlists" if package.is_vod else None


def _live_length(package: Package) -> Seen:
    counts = [(one.uri, len(one.pieces)) for one in package.having(*_TIMED)]
    misses = tuple(Miss(uri, counted(count, "segment")) for uri, count in counts if count < _LIVE_SEGMENTS)
    return Seen(f"at least {counted(min((count for _, count in counts), default=0), 'segment')}", misses)


def _live_window(package: Package) -> Seen:
    found = [(one.uri, one.duration) for one in package.having(*_TIMED)]
    misses = tuple(Miss(uri, f"{float(length):.0f} s") for uri, length in found if length < _LIVE_SECONDS)
    return Seen(f"at least {float(min((length for _, length in found), default=0)):.0f} s", misses)


_AV: Final = needs(*_TIMED)
_BOTH: Final = all_of(needs("video"), needs("audio"))
RULES: Final = (
    Rule("7.1, 7.3", "MUST", "each segment starts where the one before it ended", "tfdt, exact", _AV,
         _over(*_TIMED)(_continuous)),
    Rule("Matinee 5", "SHOULD", "the first picture is shown at its tfdt, without an edit list", "0 s", needs("video"),
         _over("video")(_first_shown)),
    Rule("7.5", "SHOULD", "the target duration is 6 s", "6 s", _AV, _over(*_TIMED)(_targets)),
    Rule("7.6", "SHOULD", "segments last 6 s", "median of 4.5 to 7.5 s", _AV, _over(*_TIMED)(_nominal)),
    Rule("7.7", "MUST", "no segment lasts longer than the target by more than half a second", "target + 0.5 s", _AV,
         _over(*_TIMED)(_overlong)),
    Rule("8.1", "MUST", "EXTINF adds up to what segments last", "within a frame for any run", _AV,
         _over(*_TIMED)(_drift)),
    Rule("8.2", "MUST", "pictures and sound have the same target duration", "equal", _BOTH,
         _over(*_TIMED)(_same_targets)),
    Rule("8.3", "MUST", "pictures and sound last equally long", "within a frame of each", _several(*_TIMED),
         _over(*_TIMED, at_least=2)(_same_durations)),
    Rule("8.7", "MUST", "all playlists cover the same range", "within a frame of each",
         all_of(_several(*_TIMED), needs_vod), _over(*_TIMED, at_least=2)(_same_range)),
    Rule("8.11", "MUST", "a live playlist has several segments", "≥ 6", _is_live, _live_length),
    Rule("8.12", "SHOULD", "a live playlist holds a quarter of an hour", "≥ 900 s", _is_live, _live_window),
    Rule("8.13", "MUST", "a change of format is a discontinuity", "EXT-X-DISCONTINUITY", _AV, _over(*_TIMED)(_breaks)),
    Rule("8.14", "MUST", "a change of frame rate is a discontinuity", "EXT-X-DISCONTINUITY", needs("video"),
         _over("video")(_rate_changes)),
    Rule("8.15", "MUST", "all streams break at the same instants", "within a frame of each",
         _several("video", "audio", "subtitles", "key pictures"),
         _over("video", "audio", "subtitles", "key pictures", at_least=2)(_together)),
    Rule("8.16", "SHOULD", "the codec stays the same over discontinuities", "one codec", all_of(_AV, _has_breaks),
         _over(*_TIMED)(_same_codecs)),
    Rule("8.22", "SHOULD", "all streams are cut at the same instants", "half a picture, or a packet of sound",
         _several(*_TIMED), _over(*_TIMED, at_least=2)(_aligned)),
)  # fmt: skip
