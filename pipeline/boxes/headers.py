"""Writing the movie box: headers, and the sample tables of tracks whose samples have their places."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import lcm
from typing import Final, Literal

from pipeline.boxes.atoms import pack, pack_full
from pipeline.boxes.chapters import TEXT_MEDIA_HEADER, pack_chapter_list
from pipeline.boxes.loudness import StatedLoudness, pack_loudness
from pipeline.boxes.movie import PCM, UPRIGHT, Track
from pipeline.boxes.samples import Runs, Samples, expand, unblocked
from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter, Container

OffsetBox = Literal["stco", "co64"]  # 32 or 64 bits for the place of a chunk

_UNDETERMINED: Final = 0x55C4  # the language 'und' in three times five bits
# Of a track: whether it plays (1), and whether it belongs to the movie (2). Chapters are looked up and not played.
_FLAGS: Final = {"vide": 3, "soun": 3, "text": 2}
_HANDLERS: Final = {"vide": b"VideoHandler", "soun": b"SoundHandler", "text": b"ChapterHandler"}
_MEDIA_HEADERS: Final = {
    "vide": pack_full("vmhd", bytes(8), flags=1),
    "soun": pack_full("smhd", bytes(4)),
    "text": TEXT_MEDIA_HEADER,
}
_DATA_IS_HERE: Final = pack("dinf", pack_full("dref", struct.pack(">I", 1), pack_full("url ", flags=1)))
# In QuickTime a track says who reads its data as well (QuickTime File Format, "Media information atoms").
_DATA_HANDLER: Final = pack_full("hdlr", struct.pack(">4s4s12xB", b"dhlr", b"url ", 11), b"DataHandler")
_MATRIX: Final = struct.pack(">9i", *UPRIGHT)


def pack_movie(
    tracks: tuple[Track, ...],
    *,
    offset_box: OffsetBox,
    chapters: Sequence[Chapter] = (),
    container: Container = "mp4",
) -> bytes:
    """Return the moov box; its timescale is a multiple of every track's, so that no duration is rounded.

    A track of text tells the chapters of the pictures; `chapters` are listed besides.
    """
    timescale = lcm(*(track.timescale for track in tracks))
    durations = [track.samples.duration * (timescale // track.timescale) for track in tracks]
    if timescale >> 32 or max(durations) >> 63:
        told = ", ".join(f"{track.samples.duration}/{track.timescale}" for track in tracks)
        raise VerifyFailed(f"Tracks of {told} seconds cannot be told in one movie's timescale.")
    header = _pack_movie_header(timescale, max(durations), tracks=len(tracks))
    listing = next((track.number for track in tracks if track.kind == "text"), None)
    bodies = (
        _pack_track(track, duration, offset_box, _pack_reference(listing) if track.kind == "vide" else b"", container)
        for track, duration in zip(tracks, durations, strict=True)
    )
    return pack("moov", header, *bodies, pack_chapter_list(chapters) if chapters else b"")


def pack_fragmented_movie(track: Track, loudness: StatedLoudness | None) -> bytes:
    """Return the moov box of a track whose samples lie in fragments: what is the same for all of them, and no more."""
    empty = Samples((), (), (), () if track.kind == "vide" else None, (), ())
    bare = replace(track, number=1, samples=empty)
    defaults = pack_full("trex", struct.pack(">5I", bare.number, 1, 0, 0, 0))
    header = _pack_movie_header(track.timescale, 0, tracks=1)
    stated = b"" if loudness is None else pack_loudness(loudness)
    return pack("moov", header, _pack_track(bare, 0, "stco", stated), pack("mvex", defaults))


def _pack_movie_header(timescale: int, duration: int, *, tracks: int) -> bytes:
    version, times = _times(timescale, duration)
    return pack_full(
        "mvhd",
        times,
        struct.pack(">IH10x", 0x10000, 0x100),  # rate 1, volume 1
        _MATRIX,
        bytes(24),
        struct.pack(">I", tracks + 1),
        version=version,
    )


def _times(timescale: int, duration: int) -> tuple[int, bytes]:
    """Return the version and the first fields of an mvhd or mdhd box; both time stamps stay 0."""
    if duration < 0xFFFFFFFF:  # all ones mean: unknown
        return 0, struct.pack(">IIII", 0, 0, timescale, duration)
    return 1, struct.pack(">QQIQ", 0, 0, timescale, duration)


def _pack_reference(chapters: int | None) -> bytes:
    """Return the box that says which track tells a track's chapters (QuickTime File Format, "Chapter lists")."""
    return b"" if chapters is None else pack("tref", pack("chap", struct.pack(">I", chapters)))


def _pack_track(
    track: Track, duration: int, offset_box: OffsetBox, after: bytes = b"", container: Container = "mp4"
) -> bytes:
    version, times = _times(track.timescale, track.samples.duration)
    media = pack(
        "mdia",
        pack_full("mdhd", times, struct.pack(">HH", _UNDETERMINED, 0), version=version),
        _pack_handler(track.kind, _HANDLERS[track.kind], container),
        pack(
            "minf",
            _MEDIA_HEADERS[track.kind],
            _DATA_HANDLER if container == "mov" else b"",
            _DATA_IS_HERE,
            _pack_tables(track, offset_box),
        ),
    )
    return pack("trak", _pack_track_header(track, duration), media, after)


def _pack_handler(kind: str, name: bytes, container: Container) -> bytes:
    """Return the box that says what a track is; QuickTime says of what kind it is twice, and counts its name."""
    if container == "mp4":
        return pack_full("hdlr", struct.pack(">4x4s12x", kind.encode("latin-1")), name + b"\0")
    return pack_full("hdlr", struct.pack(">4s4s12xB", b"mhlr", kind.encode("latin-1"), len(name)), name)


def _pack_track_header(track: Track, duration: int) -> bytes:
    sounds = track.kind == "soun"
    long = duration >= 0xFFFFFFFF
    return pack_full(
        "tkhd",
        struct.pack(">QQI4xQ" if long else ">III4xI", 0, 0, track.number, duration),
        struct.pack(">8xhhH2x", 0, int(sounds), 0x100 if sounds else 0),  # layer, alternate group, volume
        _MATRIX,
        struct.pack(">II", *(int(length * (1 << 16)) for length in track.shown_size)),
        version=int(long),
        flags=_FLAGS[track.kind],
    )


def _pack_tables(track: Track, offset_box: OffsetBox) -> bytes:
    samples = unblocked(track.samples) if track.codec == PCM else track.samples
    offsets = samples.chunk_offsets
    chunks = struct.pack(f">I{len(offsets)}{'Q' if offset_box == 'co64' else 'I'}", len(offsets), *offsets)
    return pack(
        "stbl",
        pack("stsd", track.entry),
        pack_full("stts", _pack_runs(samples.durations)),
        _pack_keyframes(samples.keyframes),
        # Version 1 has signed offsets: with them the first picture is shown at 0 without an edit list.
        pack_full("ctts", _pack_runs(samples.shifts), version=1) if samples.shifts else b"",
        pack_full("stsc", _pack_chunk_lengths(samples.chunk_lengths)),
        pack_full("stsz", _pack_sizes(samples)),
        pack_full(offset_box, chunks),
        _pack_roll(samples.count) if track.codec == "mp4a" and samples.count else b"",
    )


def _pack_runs(runs: Runs) -> bytes:
    rows = (struct.pack(">II", count, value & 0xFFFFFFFF) for count, value in runs)
    return struct.pack(">I", len(runs)) + b"".join(rows)


def _pack_keyframes(keyframes: tuple[int, ...] | None) -> bytes:
    if keyframes is None:
        return b""
    numbers = (number + 1 for number in keyframes)
    return pack_full("stss", struct.pack(f">I{len(keyframes)}I", len(keyframes), *numbers))


def _pack_chunk_lengths(runs: Runs) -> bytes:
    firsts = accumulate((count for count, _ in runs), initial=1)
    rows = (struct.pack(">III", first, length, 1) for first, (_, length) in zip(firsts, runs, strict=False))
    return struct.pack(">I", len(runs)) + b"".join(rows)


def _pack_sizes(samples: Samples) -> bytes:
    if len(samples.sizes) == 1 and samples.sizes[0][1]:
        return struct.pack(">II", samples.sizes[0][1], samples.count)
    return struct.pack(f">II{samples.count}I", 0, samples.count, *expand(samples.sizes))


def _pack_roll(count: int) -> bytes:
    """Return the boxes that say: after a seek, an AAC packet sounds right once the one before it was decoded.

    They also tell Apple's readers that the track hides no priming: without them 2112 samples of it are taken for
    granted (QuickTime File Format, "Using track structures to represent encoder delay explicitly").
    """
    kind = struct.pack(">4sIIh", b"roll", 2, 1, -1)
    return pack_full("sgpd", kind, version=1) + pack_full("sbgp", struct.pack(">4sIII", b"roll", 1, count, 1))
