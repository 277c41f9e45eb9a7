"""Make small packages to play: a white picture and a beep at each second, two rungs, two languages, joined sections."""

from __future__ import annotations

import hashlib
import struct
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg

from tests.players.packages import Cue, Package

RATE, SCALE, HZ = 24, 24000, 48000
RUNGS = {(320, 180): 250, (640, 360): 700}
TONES = {"en": 1000, "es": 600}
WORDS = {"en": "Second {}", "es": "Segundo {}"}
GROUP, SEGMENT = 2 * RATE, 6 * RATE


@dataclass(frozen=True)
class Sample:
    body: bytes
    duration: int
    offset: int
    is_key: bool


@dataclass(frozen=True)
class Film:
    """One film's encodes: for each rendition its init segment and its samples in order of decoding."""

    frames: int
    tracks: dict[str, tuple[bytes, tuple[Sample, ...]]]


@dataclass(frozen=True)
class Section:
    """A stretch of a film in frames; its pictures may come some frames late, as an edit list makes them."""

    film: Film
    start: int
    end: int
    late: int = 0


def make_film(folder: Path, *, seconds: int, source: str) -> Film:
    """Encode a film of whole seconds whose moving picture ffmpeg's `source` draws."""
    folder.mkdir()
    tracks = {}
    flash = f"drawbox=enable='not(mod(n\\,{RATE}))':color=white:t=fill"
    for (width, height), kbps in RUNGS.items():
        picture = f"{source}=s={width}x{height}:r={RATE}:d={seconds},{flash},format=yuv420p"
        coding = f"-c:v libx264 -preset veryfast -bf 2 -b:v {kbps}k -maxrate {kbps}k -bufsize {kbps}k"
        groups = f"-g {GROUP} -keyint_min {GROUP} -sc_threshold 0 -x264-params open-gop=0"
        options = f"{coding} {groups} -video_track_timescale {SCALE}"
        tracks[f"v{height}"] = _encode(picture, folder / f"{height}.mp4", options)
    for language, tone in TONES.items():
        beep = f"aevalsrc='0.6*sin(2*PI*{tone}*t)*lt(mod(t\\,1)\\,0.1)':s={HZ}:c=stereo:d={seconds}"
        init, samples = _encode(beep, folder / f"{language}.mp4", "-c:a aac -b:a 96k")
        tracks[f"a-{language}"] = init, samples[1:]  # the first packet primes the decoder
    return Film(seconds * RATE, tracks)


def make_package(folder: Path, name: str, sections: tuple[Section, ...]) -> Package:
    """Write a package of stretches of films, which begin and end on key pictures."""
    for part in ("segments", "playlists"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    rates = {f"v{height}": _write_track(folder, f"v{height}", sections) for _, height in RUNGS}
    for language in TONES:
        _write_track(folder, f"a-{language}", sections)
        _write_subtitles(folder, language, sections)
    (folder / "master.m3u8").write_text(_master(rates))
    phases = tuple(-section.start % RATE for section in sections)
    lengths = tuple(section.end - section.start for section in sections)
    cues = {language: _cues(language, sections) for language in TONES}
    return Package(name, folder, Fraction(RATE), lengths, phases, tuple(RUNGS), tuple(TONES), cues)


def _encode(source: str, path: Path, options: str) -> tuple[bytes, tuple[Sample, ...]]:
    flags = "-movflags +frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets -use_editlist 0 -write_btrt 0"
    exact = "-fflags +bitexact -flags +bitexact -map_metadata -1"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source,
               *options.split(), *flags.split(), *exact.split(), str(path)]  # fmt: skip
    subprocess.run(command, check=True)
    with av.open(path) as container:
        packets = [packet for packet in container.demux() if packet.size]
    # ffmpeg's reader moves all times of presentation by the delay of the first.
    quirk = packets[0].pts - packets[0].dts
    samples = (Sample(bytes(p), p.duration, p.pts - p.dts - quirk, p.is_keyframe) for p in packets)
    written = path.read_bytes()
    return written[: written.index(b"moof") - 4], tuple(samples)


def _write_track(folder: Path, track: str, sections: tuple[Section, ...]) -> int:
    """Write the segments and playlists of one rendition; return its peak in bits per second."""
    lines, iframes, peaks = [], [], []
    for number, section in enumerate(sections):
        init, samples = section.film.tracks[track]
        joint = ["#EXT-X-DISCONTINUITY"] if number else []
        joint.append(f'#EXT-X-MAP:URI="../segments/{_store(folder, init, ".mp4")}"')
        lines += joint
        iframes += joint
        for first, last in _segments(section):
            segment = _Segment()
            for one, two in _groups(first, last) if track.startswith("v") else ((first, last),):
                bounds = (one, two) if track.startswith("v") else (_audio_frame(one), _audio_frame(two))
                segment.add(samples, *bounds, late=section.late * SCALE // RATE if track.startswith("v") else 0)
            scale = SCALE if track.startswith("v") else HZ
            name, seconds = _store(folder, bytes(segment.bytes), ".m4s"), segment.duration / scale
            lines += [f"#EXTINF:{seconds:.6f},", f"../segments/{name}"]
            peaks.append(len(segment.bytes) * 8 / seconds)
            for start, size, duration in segment.keys:
                iframes += [
                    f"#EXTINF:{duration / scale:.6f},",
                    f"#EXT-X-BYTERANGE:{size}@{start}",
                    f"../segments/{name}",
                ]
    _write_playlist(folder / "playlists" / f"{track}.m3u8", lines)
    if track.startswith("v"):
        _write_playlist(folder / "playlists" / f"i{track[1:]}.m3u8", ["#EXT-X-I-FRAMES-ONLY", *iframes])
    return round(max(peaks))


class _Segment:
    """One segment in the making: a styp, then a moof and an mdat for each stretch of samples that is added."""

    def __init__(self) -> None:
        self.bytes = bytearray(_box(b"styp", b"msdh\0\0\0\0msdhmsix"))
        self.duration = 0
        self.keys: list[tuple[int, int, int]] = []

    def add(self, samples: tuple[Sample, ...], first: int, last: int, *, late: int) -> None:
        chosen = samples[first:last]
        length = sum(sample.duration for sample in chosen)
        moof = _moof(chosen, time=late + sum(sample.duration for sample in samples[:first]))
        if chosen[0].is_key:
            self.keys.append((len(self.bytes), len(moof) + 8 + len(chosen[0].body), length))
        self.bytes += moof + _box(b"mdat", b"".join(sample.body for sample in chosen))
        self.duration += length


def _moof(samples: tuple[Sample, ...], *, time: int) -> bytes:
    rows = b"".join(
        struct.pack(">IIIi", s.duration, len(s.body), 0x2000000 if s.is_key else 0x1010000, s.offset) for s in samples
    )
    size = 8 + 16 + 8 + 16 + 20 + 20 + len(rows)  # moof, mfhd, traf, tfhd, tfdt, trun
    trun = _box(b"trun", struct.pack(">IIi", 0x1000F01, len(samples), size + 8) + rows)
    tfhd = _box(b"tfhd", struct.pack(">II", 0x020000, 1))
    tfdt = _box(b"tfdt", struct.pack(">IQ", 0x1000000, time))
    return _box(b"moof", _box(b"mfhd", struct.pack(">II", 0, 1)) + _box(b"traf", tfhd + tfdt + trun))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _segments(section: Section) -> list[tuple[int, int]]:
    cuts = [section.start, *range((section.start // SEGMENT + 1) * SEGMENT, section.end, SEGMENT), section.end]
    return list(pairwise(cuts))


def _groups(first: int, last: int) -> list[tuple[int, int]]:
    cuts = [*range(first, last, GROUP), last]
    return list(pairwise(cuts))


def _audio_frame(frame: int) -> int:
    return round(Fraction(frame, RATE) * HZ / 1024)


def _own_cues(language: str, section: Section) -> list[tuple[float, float, str]]:
    """Return a cue of a second and a half in every two seconds, so that some lie over cuts, in the film's time."""
    start, end = section.start / RATE, section.end / RATE
    cues = ((max(s, start), min(s + 1.5, end), s) for s in range(1, section.film.frames // RATE, 2))
    return [(shown, gone, WORDS[language].format(second)) for shown, gone, second in cues if shown < gone]


def _cues(language: str, sections: tuple[Section, ...]) -> tuple[Cue, ...]:
    """Return all cues in the time of the whole package."""
    found, at = [], 0.0
    for section in sections:
        start = section.start / RATE
        found += [
            Cue(at + shown - start, at + gone - start, text) for shown, gone, text in _own_cues(language, section)
        ]
        at += (section.end - section.start) / RATE
    return tuple(found)


def _write_subtitles(folder: Path, language: str, sections: tuple[Section, ...]) -> None:
    lines = []
    for number, section in enumerate(sections):
        lines += ["#EXT-X-DISCONTINUITY"] if number else []
        for first, last in _segments(section):
            text = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"
            # Cut to the section, since a player shows a cue that begins before a join over what plays before it.
            for start, end, words in _own_cues(language, section):
                if start < last / RATE and end > first / RATE:
                    text += f"\n00:00:{start:06.3f} --> 00:00:{end:06.3f}\n{words}\n"
            name = _store(folder, text.encode(), ".vtt")
            lines += [f"#EXTINF:{(last - first) / RATE:.6f},", f"../segments/{name}"]
    _write_playlist(folder / "playlists" / f"s-{language}.m3u8", lines)


def _store(folder: Path, content: bytes, suffix: str) -> str:
    name = hashlib.sha256(content).hexdigest()[:32] + suffix
    (folder / "segments" / name).write_bytes(content)
    return name


def _write_playlist(path: Path, lines: list[str]) -> None:
    head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:6", "#EXT-X-PLAYLIST-TYPE:VOD",
            "#EXT-X-INDEPENDENT-SEGMENTS"]  # fmt: skip
    path.write_text("\n".join([*head, *lines, "#EXT-X-ENDLIST", ""]))


def _master(rates: dict[str, int]) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for kind, group, letter in (("AUDIO", "aac", "a"), ("SUBTITLES", "text", "s")):
        for number, language in enumerate(TONES):
            default = "YES" if number == 0 and kind == "AUDIO" else "NO"
            channels = ',CHANNELS="2"' if kind == "AUDIO" else ""
            lines.append(
                f'#EXT-X-MEDIA:TYPE={kind},GROUP-ID="{group}",NAME="{language}",LANGUAGE="{language}",'
                f'DEFAULT={default},AUTOSELECT=YES{channels},URI="playlists/{letter}-{language}.m3u8"'
            )
    for (width, height), kbps in RUNGS.items():
        size, peak = f"RESOLUTION={width}x{height},FRAME-RATE=24.000", rates[f"v{height}"] + 110_000
        codec = "avc1.64000C" if height == 180 else "avc1.64001E"
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={peak},CODECS="{codec},mp4a.40.2",{size},AUDIO="aac",SUBTITLES="text"',
            f"playlists/v{height}.m3u8",
            f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={kbps * 1000},CODECS="{codec}",URI="playlists/i{height}.m3u8"',
        ]
    return "\n".join([*lines, ""])


def make_packages(folder: Path, encodes: Path) -> dict[str, Package]:
    """Make a film of twelve seconds, one joined of another film and of the first without its first group of pictures,
    and one whose join is torn.
    """
    film = make_film(encodes / "film", seconds=12, source="testsrc2")
    other = make_film(encodes / "other", seconds=6, source="smptehdbars")
    whole = Section(film, 0, film.frames)
    first = Section(other, 0, other.frames)
    plans = {
        "film": (whole,),
        "joined": (first, Section(film, GROUP, film.frames)),
        "torn": (first, Section(film, 0, film.frames, late=2)),
    }
    return {name: make_package(folder / name, name, sections) for name, sections in plans.items()}
