"""A small HLS package that keeps every rule, built by hand from one encode of each stream, and ways to spoil a copy."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import imageio_ffmpeg

from pipeline.boxes.atoms import Box, children, pack, pack_full
from pipeline.boxes.fragments import InitSegment, read_init, read_segment
from pipeline.boxes.loudness import StatedLoudness, pack_loudness
from pipeline.boxes.runs import FragmentSample
from pipeline.plan.hls.demand import demand_of
from pipeline.playlists import (
    ByteRange,
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
    media_text,
    multivariant_text,
)
from pipeline.shell.hls_reading import read_package

RATE: Final = 24
GROUP: Final = 24
"""Frames from one key picture to the next: one second, as rule 6.2 asks."""
SEGMENTS: Final = (144, 144, 144)
"""Frames; the third follows a discontinuity."""
SECTION: Final = 2
SIZES: Final = {"v360": (640, 360), "v234": (416, 234)}
AAC: Final = 1024
HZ: Final = 48_000
NOT_SYNC: Final = 0x01010000
SYNC: Final = 0x02000000


@dataclass(frozen=True)
class Sample:
    """One sample with its bytes."""

    data: bytes
    duration: int
    shift: int
    is_sync: bool


def make_package(folder: Path) -> Path:
    """Write the package into a folder that is not there yet."""
    folder.mkdir(parents=True)
    for name, (width, height) in SIZES.items():
        _write_video(folder, name, width, height)
    _write_audio(folder)
    _write_subtitles(folder)
    _write_master(folder)
    return folder


def fragment(sequence: int, time: int, samples: list[Sample]) -> bytes:
    """Return one moof and mdat, with tfdt and trun of version 1."""
    rows = b"".join(
        struct.pack(">IIIi", one.duration, len(one.data), SYNC if one.is_sync else NOT_SYNC, one.shift)
        for one in samples
    )

    def moof(offset: int) -> bytes:
        run = pack_full("trun", struct.pack(">Ii", len(samples), offset), rows, version=1, flags=0xF01)
        header = pack_full("tfhd", struct.pack(">I", 1), flags=0x020000)
        times = pack_full("tfdt", struct.pack(">Q", time), version=1)
        return pack("moof", pack_full("mfhd", struct.pack(">I", sequence)), pack("traf", header, times, run))

    size = len(moof(0))
    return moof(size + 8) + pack("mdat", *(one.data for one in samples))


def segment_bytes(time: int, groups: list[list[Sample]]) -> bytes:
    """Return a segment of one fragment for each group."""
    parts = [pack("styp", b"msdh\0\0\0\0msdhmsix")]
    for number, group in enumerate(groups, 1):
        parts.append(fragment(number, time, group))
        time += sum(one.duration for one in group)
    return b"".join(parts)


def _write_video(folder: Path, name: str, width: int, height: int) -> None:
    frames = sum(SEGMENTS)
    init, samples = _encode(
        *("-f", "lavfi", "-i", f"testsrc=s={width}x{height}:r={RATE}:d={frames // RATE}"),
        *("-vf", "setsar=1,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"),
        *("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-g", str(GROUP), "-keyint_min", str(GROUP), "-sc_threshold", "0", "-bf", "2"),
        *("-x264-params", "open-gop=0:b-adapt=0", "-crf", "24", "-maxrate", "80k", "-bufsize", "80k"),
        *("-video_track_timescale", "24000"),
    )
    (folder / f"{name}-init.mp4").write_bytes(init)
    assert len(samples) == frames
    entries, keys, first = [], [], 0
    section = InitSection(f"{name}-init.mp4")
    for number, count in enumerate(SEGMENTS):
        groups = [samples[at : at + GROUP] for at in range(first, first + count, GROUP)]
        data = segment_bytes(first * 1000, groups)
        uri = f"{name}-{number}.m4s"
        (folder / uri).write_bytes(data)
        entry = Segment(uri, Fraction(count, RATE), init=section, follows_discontinuity=number == SECTION)
        entries.append(entry)
        for place, (start, end) in enumerate(_key_ranges(data, read_init(init, where=name))):
            follows = entry.follows_discontinuity and place == 0
            keys.append(Segment(uri, Fraction(GROUP, RATE), ByteRange(end - start, start), section, follows))
        first += count
    _write_playlist(folder / f"{name}.m3u8", MediaPlaylist(6, tuple(entries), has_independent_segments=True))
    _write_playlist(folder / f"i{name[1:]}.m3u8", MediaPlaylist(1, tuple(keys), is_i_frames_only=True))


def _key_ranges(data: bytes, init: InitSegment) -> Iterator[tuple[int, int]]:
    for one in read_segment(data, init, where="made").fragments:
        yield one.moof[0], one.samples[0].offset + one.samples[0].size


def _write_audio(folder: Path) -> None:
    seconds = sum(SEGMENTS) // RATE
    init, samples = _encode(
        *("-f", "lavfi", "-i", f"anoisesrc=r={HZ}:a=0.05:seed=1:d={seconds + 1}"),
        *("-ac", "2", "-c:a", "aac", "-b:a", "48k"),
    )
    (folder / "a-init.mp4").write_bytes(_stating_loudness(init))
    samples, entries, first, frames = samples[1:], [], 0, 0  # the first packet primes the decoder
    for number, count in enumerate(SEGMENTS):
        frames += count
        last = round(Fraction(frames, RATE) * HZ / AAC)
        uri = f"a-{number}.m4s"
        (folder / uri).write_bytes(segment_bytes(first * AAC, [samples[first:last]]))
        entries.append(
            Segment(
                uri,
                Fraction((last - first) * AAC, HZ),
                init=InitSection("a-init.mp4"),
                follows_discontinuity=number == SECTION,
            )
        )
        first = last
    for name in ("a", "d"):
        _write_playlist(folder / f"{name}.m3u8", MediaPlaylist(6, tuple(entries), has_independent_segments=True))


def _stating_loudness(init: bytes) -> bytes:
    """Return an init segment whose track says how loud it is, which ffmpeg's does not."""
    kind, movie = children(Box("init", memoryview(init), "init"))
    stated = pack_loudness(StatedLoudness(-16, -1))
    inside = (pack(box.kind, bytes(box.body), stated if box.kind == "trak" else b"") for box in children(movie))
    return pack(kind.kind, bytes(kind.body)) + pack(movie.kind, *inside)


def _write_subtitles(folder: Path) -> None:
    entries, at = [], 0
    for number, count in enumerate(SEGMENTS):
        start, end = at // RATE + 1, (at + count) // RATE - 1
        (folder / f"s-{number}.vtt").write_text(
            f"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"
            f"00:00:{start:02}.000 --> 00:00:{start + 1:02}.500\nThe kite rises.\n\n"
            f"00:{end // 60:02}:{end % 60:02}.000 --> 00:00:{end + 1:02}.000\nIt falls.\n"
        )
        entries.append(Segment(f"s-{number}.vtt", Fraction(count, RATE), follows_discontinuity=number == SECTION))
        at += count
    for name in ("s", "f", "h"):
        _write_playlist(folder / f"{name}.m3u8", MediaPlaylist(6, tuple(entries)))


def _write_master(folder: Path) -> None:
    """Write the multivariant playlist, whose rates come from what was written."""
    choices = MultivariantPlaylist(
        variants=tuple(
            Variant(
                uri=f"{name}.m3u8",
                bandwidth=1,
                average_bandwidth=1,
                codecs=(read_init((folder / f"{name}-init.mp4").read_bytes(), where=name).tracks[0].name, "mp4a.40.2"),
                resolution=size,
                frame_rate=Fraction(RATE),
                video_range="SDR",
                audio="aac",
                subtitles="subs",
                closed_captions="NONE",
            )
            for name, size in SIZES.items()
        ),
        renditions=(
            Rendition("AUDIO", "aac", "English", "a.m3u8", "en", None, True, True, channels="2"),
            Rendition("AUDIO", "aac", "Described", "d.m3u8", "en", None, False, True, False,
                      ("public.accessibility.describes-video",), "2"),
            Rendition("SUBTITLES", "subs", "English", "s.m3u8", "en", None, False, True),
            Rendition("SUBTITLES", "subs", "English, deaf", "h.m3u8", "en", None, False, True, False,
                      ("public.accessibility.transcribes-spoken-dialog",
                       "public.accessibility.describes-music-and-sound")),
            Rendition("SUBTITLES", "subs", "Español", "f.m3u8", "es", None, False, True, True),
        ),
        iframe_variants=tuple(
            IframeVariant(
                uri=f"i{name[1:]}.m3u8",
                bandwidth=1,
                average_bandwidth=1,
                codecs=(read_init((folder / f"{name}-init.mp4").read_bytes(), where=name).tracks[0].name,),
                resolution=size,
                video_range="SDR",
            )
            for name, size in SIZES.items()
        ),
    )  # fmt: skip
    master = folder / "master.m3u8"
    _write(master, multivariant_text(choices))
    package = read_package(str(folder))
    _write(
        master,
        multivariant_text(
            replace(
                choices,
                variants=tuple(replace(one, **_rates(one, package)) for one in choices.variants),
                iframe_variants=tuple(replace(one, **_rates(one, package)) for one in choices.iframe_variants),
            )
        ),
    )


def _rates(one, package):  # type: ignore[no-untyped-def]
    rates = demand_of(one, package)
    return {"bandwidth": rates.peak.__ceil__(), "average_bandwidth": rates.average.__ceil__()}


def _write_playlist(path: Path, playlist: MediaPlaylist) -> None:
    _write(path, media_text(playlist))


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _encode(*arguments: str) -> tuple[bytes, list[Sample]]:
    """Return the initialization segment and the samples of what ffmpeg makes of some arguments."""
    flags = "+frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments, "-fflags", "+bitexact", "-map_metadata", "-1"]
    argv += ["-movflags", flags, "-use_editlist", "0", "-write_btrt", "0", "-f", "mp4", "pipe:1"]
    data = subprocess.run(argv, check=True, capture_output=True).stdout
    head = data.index(b"moof") - 4
    init = read_init(data[:head], where="encoded")
    found = [one for fragment in read_segment(data, init, where="encoded").fragments for one in fragment.samples]
    return data[:head], [_sample(data, one) for one in found]


def _sample(data: bytes, one: FragmentSample) -> Sample:
    return Sample(data[one.offset : one.offset + one.size], one.duration, one.shift, one.is_sync)
