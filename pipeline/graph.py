"""Render nodes: immutable values that say which file is made from which inputs, and nothing of how ffmpeg is told.

Inputs are named by key (a master's digest, an artifact's key), never by path, so equal nodes are equal work wherever
the files lie. Every duration is in frames or samples of the output; every input time is in the input file's own time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar, Literal

from pipeline.camera import CameraPath
from pipeline.facts import Alpha, Colour, Scan
from pipeline.geometry import Box
from pipeline.ladders import Codec
from pipeline.timebase import FrameRate

SAMPLE_RATE_HZ = 48000
AAC_FRAME = 1024
"""Samples in one AAC-LC frame (ISO/IEC 14496-3)."""
LEAD_IN = 4 * AAC_FRAME
"""Samples before a sound's in point that are read with it."""
AacCoder = Literal["twoloop", "fast"]
"""How libavcodec's AAC encoder decides: by what is heard, or by what stays nearest to the wave."""


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
    """`interlaced` where any picture may be: each is asked."""
    width_px: int
    height_px: int
    """Of the stored picture after the player's turn."""
    alpha: Alpha = "none"


@dataclass(frozen=True)
class StillPicture:
    """One picture held for some frames."""

    source: str
    frames: int


@dataclass(frozen=True)
class Logo:
    """A picture that stands on cards."""

    digest: str
    """The sha256 digest of its file."""
    width_px: int
    """Its size as it is looked at, whatever the file is rotated by."""
    height_px: int


@dataclass(frozen=True)
class CardSheet:
    """What all cards in one picture have in common: size, where things may stand, colours, logo, what draws them."""

    width_px: int
    height_px: int
    free: tuple[Box, ...]
    """The boxes that no buttons cover, the largest first."""
    ground: str
    """Colour behind the text, such as #000000."""
    ink: str
    """Colour of the text."""
    accent: str
    """Colour of what stands out."""
    logo: Logo | None
    language: str | None
    """In which its text is written: it says where lines break, and how characters look that several languages share."""
    tools: str
    """Libraries, fonts and rules with their versions."""


@dataclass(frozen=True)
class CardDrawing:
    """All that a card's picture follows from."""

    lines: tuple[str, ...]
    design: str
    link: str | None
    """Where its QR code leads."""
    sheet: CardSheet


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
class _RungX26x:
    """How libx264 or libx265 is told to encode one rendition of a ladder; names as in their documentation."""

    preset: str
    references: int
    b_frames: int
    level: str
    maxrate_kbps: int
    bufsize_kbit: int
    keyframe_interval_frames: int
    """The most from one keyframe to the next."""
    average_kbps: int | None
    """What is spent whatever is shown; None where takes have their quality."""


@dataclass(frozen=True)
class RungX264(_RungX26x):
    """How libx264 is told to encode a rendition."""

    codec: ClassVar[Codec] = "h264"


@dataclass(frozen=True)
class RungX265(_RungX26x):
    """How libx265 is told to encode a rendition."""

    codec: ClassVar[Codec] = "hevc"


@dataclass(frozen=True)
class RungSvtAv1:
    """How SVT-AV1 is told to encode one rendition of a ladder, meant as RungX264; it orders pictures by itself."""

    codec: ClassVar[Codec] = "av1"
    preset: str
    level: str
    maxrate_kbps: int
    keyframe_interval_frames: int
    average_kbps: int | None


RungEncoder = RungX264 | RungX265 | RungSvtAv1


@dataclass(frozen=True)
class Take:
    """Frames that are encoded at one quality."""

    frames: int
    crf: Fraction


@dataclass(frozen=True)
class ScaleStep:
    """One step from a larger picture to a smaller one, or to every n-th frame of it."""

    width_px: int
    height_px: int
    every: int
    """Counted from the picture that was drawn, not from the step before."""


@dataclass(frozen=True)
class ChunkEncode:
    """One rendition of a stretch of a reel: scaled from a picture that all renditions share, and encoded by itself."""

    picture: PictureEncode
    """What is drawn for the largest rendition, nothing said of its encoder (`PictureEncode.drawn`)."""
    way: tuple[ScaleStep, ...]
    """The sizes that it comes through to its own, which is the last; none where it is the drawn one."""
    keyframes: tuple[int, ...]
    """Its own frames that stand alone, the first among them."""
    encoder: RungEncoder
    takes: tuple[Take, ...]
    """In order, as long as it is; none where `encoder.average_kbps` says what is spent."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in square pixels."""
        last = self.way[-1] if self.way else self.picture
        return last.width_px, last.height_px

    @property
    def every(self) -> int:
        """It has every n-th frame of the drawn picture."""
        return self.way[-1].every if self.way else 1

    @property
    def rate(self) -> FrameRate:
        """Its own frame rate."""
        return FrameRate(self.picture.rate.fps / self.every)

    @property
    def frames(self) -> int:
        """Its own frames."""
        return -(-self.picture.frames // self.every)


@dataclass(frozen=True)
class Share:
    """How much of a channel goes somewhere; channels are named as libav does, or by their place: c0, c1, …"""

    channel: str
    factor: Fraction


Layout = Literal["stereo", "5.1"]
"""Channels of an output, by libav's names: FL and FR; FL, FR, FC, LFE, BL and BR."""


@dataclass(frozen=True)
class MixedChannel:
    """What one channel of an output gets of a sound's channels; nothing: it is silent."""

    name: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Mix:
    """What each channel of an output gets of a sound's channels."""

    layout: Layout
    channels: tuple[MixedChannel, ...]
    """In the layout's order."""


@dataclass(frozen=True)
class FilmSound:
    """Samples (at 48 kHz) of a master's audio stream from a point in its own time on, in an output's channels."""

    source: str
    stream_index: int
    mix: Mix
    start: Fraction
    samples: int
    seek: Fraction | None


@dataclass(frozen=True)
class Silence:
    """Silent samples at 48 kHz."""

    samples: int
    layout: Layout = "stereo"


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


@dataclass(frozen=True)
class SoundGoal:
    """What decoded sound should measure, and how much a limiter may do for it."""

    loudness_lufs: Fraction
    true_peak_dbtp: Fraction
    limiting_db_max: Fraction


@dataclass(frozen=True)
class LevelledProgramme:
    """What a person hears as one thing, at the levels that bring it to its goal; finding them is part of the work."""

    stretches: tuple[Stretch, ...]
    kbps: int
    goal: SoundGoal


@dataclass(frozen=True)
class Levels:
    """What is done to the loudness: one gain, then a limiter on the oversampled signal where one is needed."""

    gain_db: Fraction
    ceiling_dbtp: Fraction | None


@dataclass(frozen=True)
class SoundEncode:
    """Stretches at their levels and silence, in order, as AAC-LC."""

    parts: tuple[SoundPart, ...]
    levels: tuple[Levels | None, ...]
    """One for each part; None for silence."""
    kbps: int
    coder: AacCoder = "twoloop"

    @property
    def samples(self) -> int:
        """Samples from time 0 on."""
        return sum(part.samples for part in self.parts)


@dataclass(frozen=True)
class LevelledSound:
    """The sound of a clip: each stretch at the levels of the programme that it belongs to, encoded as a whole."""

    parts: tuple[SoundPart, ...]
    programmes: tuple[LevelledProgramme | None, ...]
    """One for each part; None for silence."""
    kbps: int
    goal: SoundGoal

    @property
    def samples(self) -> int:
        """Samples from time 0 on."""
        return sum(part.samples for part in self.parts)

    @property
    def only_programme(self) -> LevelledProgramme | None:
        """The programme that this is nothing but, if there is one."""
        first = self.programmes[0]
        return first if first is not None and first.stretches == self.parts else None


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
