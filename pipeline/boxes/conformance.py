"""Comparing a Movie with what was planned: every difference, as the thing, what is expected, and what was found.

The rules are those that upload platforms share: moov first, no edit list, pictures and sound from 0, constant frame
rate, closed groups of pictures, H.264 High (in packages HEVC or AV1 Main too) 4:2:0 in BT.709 with square pixels,
AAC-LC that just covers the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final, Literal

from pipeline.boxes.atoms import Box
from pipeline.boxes.chapters import read_chapters
from pipeline.boxes.codecs import Family, read_picture_codec, stands_alone
from pipeline.boxes.formats import Avc, Colour, SoundFormat
from pipeline.boxes.movie import PCM, UPRIGHT, Movie, Track, read_entry, read_movie
from pipeline.boxes.nals import find_false_keyframes
from pipeline.boxes.samples import Timeline, keyframes_of, places_of_keyframes, timeline_of
from pipeline.codecs import Codec
from pipeline.errors import VerifyFailed
from pipeline.graph import Chapter, SoundCoding
from pipeline.timebase import FrameRate

AAC_FRAME: Final = 1024  # samples in one packet of AAC-LC
HIGH: Final = 100  # profile_idc of H.264 High
CHROMA_FORMAT: Final = 1  # chroma_format_idc of 4:2:0
SAMPLE_BITS: Final = 8
PCM_BYTES: Final = 3  # of a sample of one channel
_LISTED_GRAIN: Final = Fraction(1, 10_000_000)  # seconds; lists of chapters count in these
BT709: Final = Colour(primaries=1, transfer=1, matrix=1, full_range=False)

PictureCodec = Codec | Literal["prores"]
_ENTRIES: Final[Mapping[PictureCodec, str]] = {"h264": "avc1", "hevc": "hvc1", "av1": "av01", "prores": "apch"}
# HEVC's Main is general_profile_idc 1 (ITU-T H.265, A.3.2), AV1's is seq_profile 0 (A.2).
_MAIN_PROFILES: Final[Mapping[Family, int]] = {"HEVC": 1, "AV1": 0}

Difference = tuple[str, str, str]  # what, expected, found


@dataclass(frozen=True)
class PictureExpectation:
    """What the one picture track must be."""

    width: int
    height: int
    rate: FrameRate
    frames: int
    keyframe_interval_max: int  # in frames
    level_max: int  # ten times the level: 40 for 4.0
    keyframes: tuple[int, ...] | None = None  # None where only their distance counts
    times: tuple[int, ...] | None = None  # in the track's ticks, where the rate is variable: of each picture
    codec: PictureCodec = "h264"


@dataclass(frozen=True)
class SoundExpectation:
    """What the one sound track must be; it covers `seconds` and overruns them by less than one packet."""

    seconds: Fraction
    sample_rate: int = 48000
    channels: int = 2
    coding: SoundCoding = "aac"


@dataclass(frozen=True)
class Expectation:
    """What a file must be; None for a track that must not be there and for a size that nobody limits."""

    picture: PictureExpectation | None
    sound: SoundExpectation | None
    bytes_max: int | None = None
    chapters: tuple[Chapter, ...] = ()


def verify_file(path: Path, expectation: Expectation) -> Movie:
    """Read a file and return it; raise VerifyFailed with every difference where it is not as expected."""
    movie = read_movie(path)
    differences = find_differences(movie, expectation)
    if differences:
        raise VerifyFailed.of(str(path), differences)
    return movie


def find_differences(movie: Movie, expectation: Expectation) -> tuple[Difference, ...]:
    """Return every difference; reads the first bytes of the keyframes from the movie's file."""
    return tuple(_differences(movie, expectation))


def _differences(movie: Movie, expectation: Expectation) -> Iterator[Difference]:
    if not movie.moov_before_mdat:
        yield ("moov box", "before mdat", "after it")
    if expectation.bytes_max is not None and movie.bytes > expectation.bytes_max:
        yield ("file size", f"at most {expectation.bytes_max} bytes", f"{movie.bytes} bytes")
    longest = max((track.seconds for track in movie.tracks), default=Fraction(0))
    if abs(Fraction(movie.duration, movie.timescale) - longest) * movie.timescale >= 1:
        yield ("movie duration", f"{longest} s", f"{Fraction(movie.duration, movie.timescale)} s")
    yield from _compare("creation time", 0, max([movie.created, *(track.created for track in movie.tracks)]))
    planned = {"vide": expectation.picture, "soun": expectation.sound}
    wanted = sorted([*(kind for kind, track in planned.items() if track), *(["text"] if expectation.chapters else [])])
    yield from _compare("tracks", wanted, sorted(track.kind for track in movie.tracks))
    for track in movie.tracks:
        yield from _track_differences(track)
        if not track.samples.count:
            continue
        if track.kind == "vide" and expectation.picture is not None:
            yield from _picture_differences(track, expectation.picture)
            yield from _CODEC_DIFFERENCES[expectation.picture.codec](movie.path, track, expectation.picture)
        if track.kind == "soun" and expectation.sound is not None:
            yield from _sound_differences(track, expectation.sound)
    if expectation.chapters:
        yield from _chapter_differences(movie, expectation.chapters)


def _track_differences(track: Track) -> Iterator[Difference]:
    name = f"track {track.number}"
    if track.edit_list is not None:
        yield (f"{name} edit list", "none", f"{len(track.edit_list)} entries")
    yield from _compare(f"{name} matrix", UPRIGHT, track.matrix)
    yield from _compare(f"{name} header duration", track.samples.duration, track.duration)
    if not track.samples.count:
        yield (f"{name} samples", "at least one", "none")


def _picture_differences(track: Track, expected: PictureExpectation) -> Iterator[Difference]:
    timeline = timeline_of(track.samples)
    yield from _compare("frames", expected.frames, track.samples.count)
    if expected.times is None:
        yield from _timing_differences(timeline, step=Fraction(track.timescale) / expected.rate.fps)
    else:
        yield from _compare("times of pictures", expected.times, tuple(sorted(track.samples.shown_times())))
    yield from _compare("first keyframe", 0, timeline.first_keyframe)
    if expected.keyframes is not None:
        yield from _compare("keyframes", expected.keyframes, tuple(keyframes_of(track.samples)))
    if timeline.longest_gop > expected.keyframe_interval_max:
        yield ("keyframe interval", f"at most {expected.keyframe_interval_max}", str(timeline.longest_gop))
    yield from _compare("open groups of pictures at samples", (), timeline.open_gops)
    yield from _compare("picture codec", _ENTRIES[expected.codec], track.codec)
    size = (expected.width, expected.height)
    yield from _compare("shown size", size, track.shown_size)
    if track.picture is not None:
        yield from _compare("coded size", size, (track.picture.width, track.picture.height))
        yield from _compare("pixel aspect ratio", Fraction(1), track.picture.aspect)
        yield from _compare("colour", BT709, track.picture.colour)


def _timing_differences(timeline: Timeline, *, step: Fraction) -> Iterator[Difference]:
    yield from _compare("time of the first sample", 0, timeline.first_shown)
    yield from _compare("time of the earliest picture", 0, timeline.earliest_shown)
    yield from _compare("constant frame duration", step, timeline.step)


def _h264_differences(path: Path, track: Track, expected: PictureExpectation) -> Iterator[Difference]:
    avc: Avc | None = None if track.picture is None else track.picture.avc
    if avc is None:
        yield ("H.264 configuration", "an avcC box", "none")
        return
    yield from _compare("H.264 profile", HIGH, avc.profile)
    yield from _compare("chroma format and bits", (CHROMA_FORMAT, SAMPLE_BITS), (avc.chroma, avc.bits))
    if avc.level > expected.level_max:
        yield ("H.264 level", f"at most {expected.level_max}", str(avc.level))
    yield from _compare("keyframes that are not IDR pictures", (), find_false_keyframes(path, track))


def _newer_differences(path: Path, track: Track, expected: PictureExpectation) -> Iterator[Difference]:
    """Yield what of HEVC or AV1 is not in its main profile and tier, at its level, with whole keyframes."""
    codec = read_picture_codec(read_entry(Box("stsd", memoryview(track.entry), str(path))))
    if codec is None:
        return
    yield from _compare(f"{codec.family} profile", _MAIN_PROFILES[codec.family], codec.profile)
    yield from _compare("chroma format and bits", (CHROMA_FORMAT, SAMPLE_BITS), (codec.chroma, codec.bits))
    if codec.level * 10 > expected.level_max or codec.is_high_tier:
        tier = "High tier" if codec.is_high_tier else "Main tier"
        yield (f"{codec.family} level", f"at most {expected.level_max}, Main tier", f"{codec.level * 10}, {tier}")
    with path.open("rb") as stream:
        false = tuple(
            number
            for number, (offset, size) in places_of_keyframes(track.samples)
            if not stands_alone(_read(stream, offset, size), codec, where=str(path))
        )
    yield from _compare("keyframes that do not stand alone", (), false)


def _read(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _prores_differences(_path: Path, _track: Track, _expected: PictureExpectation) -> Iterator[Difference]:
    """Yield nothing: its profile is in the name of its sample entry, and every picture stands alone."""
    return iter(())


_CODEC_DIFFERENCES: Final[Mapping[PictureCodec, Callable[[Path, Track, PictureExpectation], Iterator[Difference]]]] = {
    "h264": _h264_differences,
    "hevc": _newer_differences,
    "av1": _newer_differences,
    "prores": _prores_differences,
}


def _sound_differences(track: Track, expected: SoundExpectation) -> Iterator[Difference]:
    yield from _compare("sound timescale", expected.sample_rate, track.timescale)
    yield from _compare("time of the first sound", 0, timeline_of(track.samples).first_shown)
    if expected.coding == "pcm":
        yield from _pcm_differences(track, expected)
        return
    yield from _compare("sound codec", "mp4a", track.codec)
    wanted = SoundFormat(expected.channels, expected.sample_rate, object_type=2, frame_samples=AAC_FRAME)
    yield from _compare("sound format", wanted, track.sound)
    packets = track.samples.durations
    if any(value != AAC_FRAME for _, value in packets[:-1]) or packets[-1][1] > AAC_FRAME:
        yield ("sound packets", f"{AAC_FRAME} samples each", f"(count, samples) {packets[:4]}")
    yield from _overrun(track, expected, packet=AAC_FRAME)


def _pcm_differences(track: Track, expected: SoundExpectation) -> Iterator[Difference]:
    yield from _compare("sound codec", PCM, track.codec)
    wanted = SoundFormat(expected.channels, expected.sample_rate, object_type=None, frame_samples=None)
    yield from _compare("sound format", wanted, track.sound)
    size = expected.channels * PCM_BYTES
    yield from _compare("bytes of all samples", track.samples.duration * size, track.samples.bytes)
    yield from _overrun(track, expected, packet=1)


def _overrun(track: Track, expected: SoundExpectation, *, packet: int) -> Iterator[Difference]:
    overrun = track.seconds - expected.seconds
    if not 0 <= overrun * expected.sample_rate < packet:
        limit = f"0 to {packet - 1} samples over {expected.seconds} s"
        yield ("sound duration", limit, f"{float(overrun * expected.sample_rate):.1f} samples over")


def _chapter_differences(movie: Movie, expected: tuple[Chapter, ...]) -> Iterator[Difference]:
    found = read_chapters(movie)
    wanted = [(one.start, one.title) for one in expected]
    yield from _compare("chapters in their track", wanted, [(one.start, one.title) for one in found.in_track])
    yield from _compare("titles of listed chapters", [one.title for one in expected], [c.title for c in found.listed])
    late = [f"{abs(one.start - other.start)} s" for one, other in zip(expected, found.listed, strict=False)
            if abs(one.start - other.start) > _LISTED_GRAIN]  # fmt: skip
    yield from _compare("listed chapters that begin elsewhere", [], late)


def _compare(what: str, expected: object, found: object) -> Iterator[Difference]:
    if expected != found:
        yield (what, _show(expected), _show(found))


def _show(value: object) -> str:
    if isinstance(value, tuple | list):
        shown = [_show(item) for item in value[:8]] + ["…"] * (len(value) > 8)
        return f"({', '.join(shown)})" if shown else "none"
    return str(value)
