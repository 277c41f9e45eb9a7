"""Nodes of a ladder: how each rendition of a stretch is scaled from the one picture that was drawn, and encoded."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pipeline.codecs import Codec
from pipeline.graph.pictures import PictureEncode
from pipeline.timebase import FrameRate


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
    told_rate: FrameRate | None = None
    """The rate that its stream is to tell of where its pictures are held, however long; None: that of its frames."""

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
        return self.told_rate or self.picture.rate.every(self.every)

    @property
    def frames(self) -> int:
        """Its own frames."""
        return -(-self.picture.frames // self.every)
