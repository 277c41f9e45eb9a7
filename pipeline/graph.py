"""Render nodes: immutable values that say which file is made from which inputs, and nothing of how ffmpeg is told.

Inputs are named by key (a master's digest, an artifact's key), never by path, so equal nodes are equal work wherever
the files lie. Every duration is in frames or samples of the output; every input time is in the input file's own time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.camera import CameraPath
from pipeline.facts import Colour, Scan
from pipeline.timebase import FrameRate

SAMPLE_RATE_HZ = 48000
AAC_FRAME = 1024
"""Samples in one AAC-LC frame (ISO/IEC 14496-3)."""


@dataclass(frozen=True)
class FilmPicture:
    """Frames of a master from a point in its own time on."""

    source: str
    stream_index: int
    start: Fraction
    frames: int
    rate: FrameRate
    """The master's natural rate."""
    seek: Fraction | None
    """Where to start reading, None for the file's beginning; well before `start`, since not every seek is exact."""
    colour: Colour
    scan: Scan
    width_px: int
    height_px: int
    """Of the stored picture after the player's turn."""


@dataclass(frozen=True)
class StillPicture:
    """One picture held for some frames."""

    source: str
    frames: int


@dataclass(frozen=True)
class CardDrawing:
    """All that a card's picture follows from: its text, its design, its size, and what draws it."""

    lines: tuple[str, ...]
    design: str
    width_px: int
    height_px: int
    tools: str
    """Libraries, font and rules with their versions."""


@dataclass(frozen=True)
class BlackPicture:
    """Black for some frames."""

    frames: int


PicturePart = FilmPicture | StillPicture | BlackPicture


@dataclass(frozen=True)
class X264:
    """How libx264 is told to spend bits; names as in its documentation."""

    preset: str
    crf: Fraction
    maxrate_kbps: int
    bufsize_kbit: int
    keyframe_interval_frames: int
    b_frames: int
    references: int
    level: str
    threads: int


@dataclass(frozen=True)
class Window:
    """A part of the stored, rotated picture, still or moving, in its pixels; its size is even, as 4:2:0 chroma asks."""

    width_px: int
    height_px: int
    path: CameraPath
    """Of its top left corner, in frames of the view, within the picture."""


@dataclass(frozen=True)
class Panel:
    """A window of the film's picture, and where in the output it lands; even numbers."""

    window: Window
    left_px: int
    top_px: int
    width_px: int
    height_px: int


@dataclass(frozen=True)
class View:
    """How some frames of a film's picture come to fill the output."""

    frames: int
    panels: tuple[Panel, ...]
    """One, or two that share the output between them."""
    ground: str = "#000000"
    """What is seen where no panel is: a colour, or 'blur', the picture itself."""


@dataclass(frozen=True)
class Captions:
    """Text drawn over the picture, by key: the ASS script, and the folder of fonts that it names."""

    script: str
    fonts: str


@dataclass(frozen=True)
class PictureEncode:
    """Picture without sound: parts in order, each placed, encoded once."""

    parts: tuple[PicturePart, ...]
    views: tuple[tuple[View, ...], ...]
    """For each part, views that add up to its frames; none where it already has the output's shape (stills, black)."""
    width_px: int
    height_px: int
    rate: FrameRate
    encoder: X264
    captions: Captions | None = None

    @property
    def frames(self) -> int:
        """Frames of the whole output."""
        return sum(part.frames for part in self.parts)

    @property
    def decoded(self) -> tuple[PicturePart, ...]:
        """The parts without what a still shows, which is drawn for each size: nodes equal in this share a decode."""
        return tuple(replace(part, source="") if isinstance(part, StillPicture) else part for part in self.parts)

    @property
    def drawn(self) -> PictureEncode:
        """The node with nothing said of its encoder: nodes equal in this show the same pixels."""
        return replace(self, encoder=None)  # type: ignore[arg-type]


@dataclass(frozen=True)
class FilmSound:
    """Samples (at 48 kHz) of a master's audio stream from a point in its own time on."""

    source: str
    stream_index: int
    start: Fraction
    samples: int
    seek: Fraction | None


@dataclass(frozen=True)
class Silence:
    """Silent samples at 48 kHz."""

    samples: int


SoundPart = FilmSound | Silence


@dataclass(frozen=True)
class Levels:
    """What is done to the loudness: one gain, then a limiter on the oversampled signal where one is needed."""

    gain_db: Fraction
    ceiling_dbtp: Fraction | None


@dataclass(frozen=True)
class SoundMix:
    """Parts in order as stereo at 48 kHz, faded at the ends: what is measured, then encoded."""

    parts: tuple[SoundPart, ...]
    lead_in: int
    """Samples before time 0 that the parts begin with; a multiple of AAC_FRAME, dropped again when joined."""
    fade_in: int
    fade_out: int

    @property
    def samples(self) -> int:
        """Samples from time 0 on."""
        return sum(part.samples for part in self.parts) - self.lead_in


@dataclass(frozen=True)
class SoundEncode:
    """A mix at some level, as AAC-LC."""

    mix: SoundMix
    levels: Levels
    kbps: int


@dataclass(frozen=True)
class LevelledSound:
    """A mix encoded at the level that brings the decoded sound to a loudness; finding it is part of the work."""

    mix: SoundMix
    kbps: int
    loudness_lufs: Fraction
    true_peak_dbtp: Fraction


@dataclass(frozen=True)
class Join:
    """Picture and sound in one MP4 by stream copy: no edit list, moov first, time 0 for both."""

    picture: str
    sound: str | None


@dataclass(frozen=True)
class Poster:
    """One frame of an encoded picture as JPEG."""

    picture: str
    at: Fraction
