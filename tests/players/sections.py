"""Decode a package one section at a time, as no reader of playlists does well, and say what is in each.

ffmpeg's own reader of playlists drops the first fragments after a backwards jump in time, so the bytes are put together
here: the init segment, then the segments up to the next discontinuity.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_URI = re.compile(r'URI="([^"]+)"')
WHITE = 230
# A beep has an amplitude of 0.6, and begins on its sample; what coding puts before it is below this.
LOUD = 0.1


@dataclass(frozen=True)
class Pictures:
    """The decoded pictures of one section: times from its first picture on, and how light each is."""

    times: tuple[Fraction, ...]
    light: tuple[float, ...]


@dataclass(frozen=True)
class Sound:
    """The decoded sound of one section: one channel, and its rate."""

    rate: int
    wave: np.ndarray


def read_sections(playlist: Path) -> tuple[bytes, ...]:
    """Return each section of a media playlist as one file."""
    sections: list[bytearray] = []
    opens = True
    for line in playlist.read_text().splitlines():
        if line.startswith("#EXT-X-DISCONTINUITY"):
            opens = True
        elif line.startswith("#EXT-X-MAP"):
            found = _URI.search(line)
            assert found is not None and opens, "a map without a discontinuity"
            sections.append(bytearray((playlist.parent / found[1]).read_bytes()))
            opens = False
        elif line and not line.startswith("#"):
            sections[-1] += (playlist.parent / line).read_bytes()
    return tuple(map(bytes, sections))


def read_key_pictures(playlist: Path) -> tuple[tuple[Fraction, bytes], ...]:
    """Return how long each entry of a playlist of key pictures is shown, and it with its init segment as one file."""
    found: list[tuple[Fraction, bytes]] = []
    init, seconds, size, start = b"", Fraction(0), 0, 0
    for line in playlist.read_text().splitlines():
        if line.startswith("#EXT-X-MAP"):
            named = _URI.search(line)
            assert named is not None
            init = (playlist.parent / named[1]).read_bytes()
        elif line.startswith("#EXTINF:"):
            seconds = Fraction(line.removeprefix("#EXTINF:").split(",")[0])
        elif line.startswith("#EXT-X-BYTERANGE:"):
            size, start = map(int, line.removeprefix("#EXT-X-BYTERANGE:").split("@"))
        elif line and not line.startswith("#"):
            found.append((seconds, init + (playlist.parent / line).read_bytes()[start : start + size]))
    return tuple(found)


def start_of(section: bytes) -> Fraction:
    """Return the second at which a section's first fragment begins, as its tfdt box says."""
    with av.open(io.BytesIO(section), format="mp4") as container:
        tick = container.streams[0].time_base
    at = section.index(b"tfdt") + 4
    (time,) = struct.unpack_from(">Q" if section[at] else ">I", section, at + 4)
    return Fraction(time * tick)


def decode_pictures(section: bytes) -> Pictures:
    """Return every picture of a section, in the order in which it is shown."""
    times, light = [], []
    with av.open(io.BytesIO(section), format="mp4") as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            times.append(frame.pts * frame.time_base)
            light.append(float(frame.to_ndarray(format="gray").mean()))
    return Pictures(tuple(time - times[0] for time in times), tuple(light))


def decode_sound(section: bytes) -> Sound:
    """Return the first channel of a section's sound."""
    with av.open(io.BytesIO(section), format="mp4") as container:
        stream = container.streams.audio[0]
        waves = [frame.to_ndarray()[0] for frame in container.decode(stream)]
        return Sound(stream.rate, np.concatenate(waves))


def find_flashes(pictures: Pictures) -> tuple[int, ...]:
    """Return the numbers of the white pictures."""
    return tuple(number for number, light in enumerate(pictures.light) if light > WHITE)


def find_beeps(sound: Sound) -> tuple[Fraction, ...]:
    """Return when each beep begins, in seconds from the section's first sample."""
    loud = np.flatnonzero(np.abs(sound.wave) > LOUD)
    first = loud[np.r_[True, np.diff(loud) > sound.rate // 4]] if len(loud) else loud
    return tuple(Fraction(int(sample), sound.rate) for sample in first)
