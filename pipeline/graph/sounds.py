"""Nodes of sound: stretches of films and silence, the levels that bring them to a loudness, and their encodes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.values import hashed_once

SAMPLE_RATE_HZ = 48000
AAC_FRAME = 1024
"""Samples in one AAC-LC frame (ISO/IEC 14496-3)."""
LEAD_IN = 4 * AAC_FRAME
"""Samples before a sound's in point that are read with it."""
AacCoder = Literal["twoloop", "fast"]
"""How libavcodec's AAC encoder decides: by what is heard, or by what stays nearest to the wave."""


@dataclass(frozen=True)
class Share:
    """How much of a channel goes somewhere; channels are named as libav does, or by their place: c0, c1, …"""

    channel: str
    factor: Fraction


SoundCoding = Literal["aac", "pcm"]
"""AAC-LC in MP4, or samples of 24 bits in MOV."""
Layout = Literal["stereo", "5.1"]
"""Channels of an output, by libav's names: FL and FR; FL, FR, FC, LFE, BL and BR."""


@dataclass(frozen=True)
class MixedChannel:
    """What one channel of an output gets of a sound's channels; nothing: it is silent."""

    name: str
    shares: tuple[Share, ...]


@hashed_once
@dataclass(frozen=True)
class Mix:
    """What each channel of an output gets of a sound's channels."""

    layout: Layout
    channels: tuple[MixedChannel, ...]
    """In the layout's order."""


@hashed_once
@dataclass(frozen=True)
class FilmSound:
    """Samples (at 48 kHz) of a master's audio stream from a point in its own time on, in an output's channels."""

    source: str
    stream_index: int
    mix: Mix
    start: Fraction
    samples: int
    seek: Fraction | None


@hashed_once
@dataclass(frozen=True)
class Silence:
    """Silent samples at 48 kHz."""

    samples: int
    layout: Layout = "stereo"


@hashed_once
@dataclass(frozen=True)
class Stretch:
    """Film sound that follows without a pause, faded at its ends; it comes out the same whatever stands beside it."""

    pieces: tuple[FilmSound, ...]
    """The first begins LEAD_IN samples early, so that resampling, limiting and encoding have settled when it counts."""
    fade_in: int
    fade_out: int
    end: int
    """Sample at which the fade-out ends: its natural length, of which its place in a clip may take or add one."""

    @property
    def samples(self) -> int:
        """Samples without the lead-in."""
        return sum(piece.samples for piece in self.pieces) - LEAD_IN

    @property
    def layout(self) -> Layout:
        """The channels of the output."""
        return self.pieces[0].mix.layout


SoundPart = Stretch | Silence


@hashed_once
@dataclass(frozen=True)
class SoundGoal:
    """What decoded sound should measure, and how much a limiter may do for it."""

    loudness_lufs: Fraction
    true_peak_dbtp: Fraction
    limiting_db_max: Fraction


@hashed_once
@dataclass(frozen=True)
class LevelledProgramme:
    """What a person hears as one thing, at the levels that bring it to its goal; finding them is part of the work."""

    stretches: tuple[Stretch, ...]
    kbps: int
    goal: SoundGoal


@hashed_once
@dataclass(frozen=True)
class Levels:
    """What is done to the loudness: one gain, then a limiter on the oversampled signal where one is needed."""

    gain_db: Fraction
    ceiling_dbtp: Fraction | None


@dataclass(frozen=True)
class SoundEncode:
    """Stretches at their levels and silence, in order, encoded."""

    parts: tuple[SoundPart, ...]
    levels: tuple[Levels | None, ...]
    """One for each part; None for silence."""
    kbps: int
    coder: AacCoder = "twoloop"
    coding: SoundCoding = "aac"

    @property
    def samples(self) -> int:
        """Samples from time 0 on."""
        return sum(part.samples for part in self.parts)


@hashed_once
@dataclass(frozen=True)
class LevelledSound:
    """The sound of a clip: each stretch at the levels of the programme that it belongs to, encoded as a whole."""

    parts: tuple[SoundPart, ...]
    programmes: tuple[LevelledProgramme | None, ...]
    """One for each part; None for silence."""
    kbps: int
    goal: SoundGoal
    coding: SoundCoding = "aac"

    @property
    def samples(self) -> int:
        """Samples from time 0 on."""
        return sum(part.samples for part in self.parts)

    @property
    def only_programme(self) -> LevelledProgramme | None:
        """The programme that this is nothing but, as it is encoded, if there is one."""
        first = self.programmes[0]
        is_all = first is not None and first.stretches == self.parts and self.coding == "aac"
        return first if is_all else None
