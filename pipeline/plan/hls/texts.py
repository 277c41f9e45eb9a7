"""Rules about playlists as text: that they can be read, that what they name is there, and what every player needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import OTHER_HOST, Cues, Package, Piece, Role, Stream
from pipeline.plan.hls.rules import Miss, Rule, Seen, all_of, always, needs, needs_server, needs_vod, over_streams
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import Problem


def _every_problem(package: Package) -> Iterator[tuple[str, Problem]]:
    readings = [(package.master_uri, package.master)] if package.master is not None else []
    readings += [(one.uri, one.reading) for one in package.streams if not isinstance(one.reading, Unmeasured)]
    for uri, reading in readings:
        yield from ((f"{uri}:{one.line}" if one.line else uri, one) for one in reading.problems)


def _grammar(package: Package) -> Seen:
    misses = tuple(
        Miss(where, f"{one.what}; allowed: {one.allowed}")
        for where, one in _every_problem(package)
        if one.weight != "odd"
    )
    return Seen(counted(len(misses), "fault") if misses else "no fault", misses)


def _oddities(package: Package) -> Seen:
    misses = tuple(Miss(where, one.what) for where, one in _every_problem(package) if one.weight == "odd")
    return Seen(counted(len(misses), "line"), misses)


def _confined(package: Package) -> Seen:
    return _strays(package, lambda reason: reason != OTHER_HOST)


def _at_home(package: Package) -> Seen:
    return _strays(package, lambda reason: reason == OTHER_HOST)


def _strays(package: Package, counts: Callable[[str], bool]) -> Seen:
    strays = [one for one in package.strays if counts(one.reason)]
    return Seen(f"{len(strays)} outside", tuple(Miss(one.playlist, f"{one.uri}: {one.reason}") for one in strays))


def _readable(package: Package) -> Seen:
    strays = {one.uri for one in package.strays}
    misses: list[Miss] = []
    for stream in package.streams:
        if isinstance(stream.reading, Unmeasured):
            if stream.uri not in strays:
                misses.append(Miss(stream.uri, stream.reading.reason))
            continue
        for piece in stream.pieces:
            content = piece.content
            if isinstance(content, Unmeasured) and not _is_told_elsewhere(piece, stream, strays):
                misses.append(Miss(stream.uri, f"{piece.entry.uri}: {content.reason}"))
    total = sum(len(stream.pieces) for stream in package.streams)
    return Seen(f"{total - len(misses)} of {counted(total, 'segment')}", tuple(misses))


def _is_told_elsewhere(piece: Piece, stream: Stream, strays: set[str]) -> bool:
    init = piece.entry.init
    named = {piece.entry.uri, None if init is None else init.uri}
    return bool(named & strays) or (init is None and stream.role != "subtitles")


def _version(package: Package) -> Seen:
    """Hold EXT-X-VERSION against what the playlist uses (RFC 8216, 7)."""
    misses = []
    for stream in package.streams:
        playlist = stream.playlist
        if playlist is None:
            continue
        ranged = any(one.byte_range is not None for one in playlist.segments)
        mapped = any(one.init is not None for one in playlist.segments)
        fractional = any(one.duration.denominator > 1 for one in playlist.segments)
        needed = max(
            (3, fractional),
            (4, ranged or playlist.is_i_frames_only),
            (5 if playlist.is_i_frames_only else 6, mapped),
            key=lambda pair: pair[0] * pair[1],
        )
        if needed[1] and playlist.version < needed[0]:
            misses.append(Miss(stream.uri, f"version {playlist.version} where {needed[0]} is needed"))
    return Seen(f"{counted(len(misses), 'playlist')} too low", tuple(misses))


def _target(package: Package) -> Seen:
    misses, longest = [], Fraction(0)
    for stream in package.streams:
        for piece in stream.pieces:
            longest = max(longest, piece.entry.duration)
            target = stream.playlist.target_duration if stream.playlist is not None else 0
            if target and (piece.entry.duration + Fraction(1, 2)).__floor__() > target:
                misses.append(Miss(stream.uri, f"{piece.entry.uri} of {float(piece.entry.duration):.3f} s, {target} s"))
    return Seen(f"at most {float(longest):.3f} s", tuple(misses))


def _ended(package: Package) -> Seen:
    open_ones = [one.uri for one in package.streams if one.playlist is not None and not one.playlist.is_ended]
    return Seen(
        f"{counted(len(open_ones), 'playlist')} without it", tuple(Miss(uri, "no EXT-X-ENDLIST") for uri in open_ones)
    )


def _typed(package: Package) -> Seen:
    found = [(one.uri, one.playlist) for one in package.streams if one.playlist is not None]
    misses = tuple(
        Miss(uri, f"EXT-X-PLAYLIST-TYPE is {playlist.playlist_type or 'missing'}")
        for uri, playlist in found
        if playlist.playlist_type != "VOD"
    )
    return Seen(f"VOD in {len(found) - len(misses)} of {counted(len(found), 'playlist')}", misses)


def _mapped(package: Package) -> Measured[Seen]:
    misses, count = [], 0
    for stream in package.streams:
        is_text = stream.role == "subtitles" and any(isinstance(piece.content, Cues) for piece in stream.pieces)
        if is_text:
            continue
        bare = [piece for piece in stream.pieces if piece.entry.init is None]
        count += len(stream.pieces)
        if bare:
            misses.append(Miss(stream.uri, f"{counted(len(bare), 'segment')} without EXT-X-MAP"))
    return Seen(f"{counted(count, 'segment')} of movie fragments", tuple(misses))


def _fragmented(*roles: Role) -> Callable[[Package], Measured[Seen]]:
    """Return the look whether what the streams of some roles hold is movie fragments and nothing else."""

    def look(streams: tuple[Stream, ...]) -> Seen:
        inits = [(stream, init) for stream in streams for init in stream.inits]
        misses = tuple(
            Miss(stream.uri, f"{init.uri} is no initialization of movie fragments")
            for stream, init in inits
            if not init.segment.is_fragmented or any(track.samples for track in init.segment.tracks)
        )
        return Seen(f"{len(inits) - len(misses)} of {counted(len(inits), 'initialization')}", misses)

    return lambda package: over_streams(package.having(*roles), look)


def _encrypted(package: Package) -> Seen:
    misses = tuple(
        Miss(stream.uri, f"EXT-X-KEY METHOD={method}")
        for stream in package.streams
        if (method := next((piece.entry.key_method for piece in stream.pieces if piece.entry.key_method), None))
    )
    return Seen(f"{counted(len(misses), 'playlist')} with keys", misses)


RULES: Final = (
    Rule("RFC 8216 4", "MUST", "playlists are well-formed", "the grammar of 4.1 to 4.3", always, _grammar),
    Rule("RFC 8216 6.3.1", "SHOULD", "playlists hold nothing unknown or in vain", "published tags", always, _oddities),
    Rule("Matinee 1", "MUST", "addresses stay inside the package", "its folder; http or https", always, _confined),
    Rule(
        "Matinee 10",
        "SHOULD",
        "all of it is on one host, so that all can be checked",
        "the playlist's",
        needs_server,
        _at_home,
    ),
    Rule("Matinee 2", "MUST", "what is named is there and sound", "every segment", always, _readable),
    Rule("Matinee 3", "SHOULD", "media is not encrypted, so that all rules can look", "no keys", always, _encrypted),
    Rule(
        "RFC 8216 7", "MUST", "EXT-X-VERSION covers what is used", "byte ranges 4, EXT-X-MAP 5 or 6", always, _version
    ),
    Rule(
        "RFC 8216 4.3.3.1", "MUST", "no segment is longer than the target", "EXTINF, rounded, ≤ target", always, _target
    ),
    Rule("RFC 8216 4.3.3.4", "MUST", "what is complete says so", "EXT-X-ENDLIST", needs_vod, _ended),
    Rule("8.6", "MUST", "playlists of a film are of type VOD", "EXT-X-PLAYLIST-TYPE:VOD", needs_vod, _typed),
    Rule(
        "8.20",
        "MUST",
        "movie fragments have their initialization",
        "EXT-X-MAP",
        all_of(needs("video", "audio", "key pictures")),
        _mapped,
    ),
    Rule(
        "1.2, 1.5, 1.39",
        "MUST",
        "pictures are in fragmented MP4",
        "mvex, no sample in moov",
        needs("video"),
        _fragmented("video"),
    ),
    Rule(
        "2.1",
        "SHOULD",
        "sound is in fragmented MP4",
        "mvex, no sample in moov",
        needs("audio"),
        _fragmented("audio"),
    ),
)
