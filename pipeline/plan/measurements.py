"""What was measured of one file, to be held against a platform's preset; and of what could not be measured, why."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias, TypeVar

from pipeline.boxes.formats import Colour
from pipeline.facts import Scan
from pipeline.timebase import FrameRate


@dataclass(frozen=True)
class Unmeasured:
    """Say why something was not measured, as the end of the sentence 'not checked: …'."""

    reason: str


_Value = TypeVar("_Value")
Measured: TypeAlias = _Value | Unmeasured


@dataclass(frozen=True)
class BoxLayout:
    """How the boxes of an MP4 or MOV file lie."""

    moov_first: Measured[bool]
    is_fragmented: bool
    edit_lists: Measured[int]
    """Tracks that have one."""


@dataclass(frozen=True)
class PictureTimes:
    """When pictures are shown, which of them are keyframes, and how many bytes they take."""

    frame_count: int
    duration: Fraction
    """Seconds for which pictures are shown, as an edit list trims them."""
    rate: FrameRate | None
    """The constant frame rate; None where it varies."""
    average_fps: Fraction
    slowest_fps: Fraction
    fastest_fps: Fraction
    shortest_interval_s: Fraction | None
    """Between two neighbouring keyframes; None where there is but one."""
    longest_interval_s: Fraction
    """The same, or from the last keyframe to the end."""
    group_count: int
    open_groups: int
    """Groups of pictures whose keyframe is not one at which decoding can start afresh."""
    b_frames: int
    """Most pictures in a row that are decoded after one that is shown later."""
    kbps: Fraction
    """Average bit rate in kilobits (1000 bits) per second."""

    @property
    def nominal(self) -> FrameRate:
        """The constant rate, or the average."""
        return self.rate or FrameRate(self.average_fps)


@dataclass(frozen=True)
class PictureMeasurements:
    """The picture track that is shown."""

    codec: str
    """The codec's name as people write it: 'H.264'."""
    profile: str | None
    level: int | None
    """Ten times the H.264 level; None for other codecs."""
    chroma: Measured[str]
    """Chroma subsampling: '4:2:0'."""
    bits: int
    stored_px: tuple[int, int]
    """Width and height as stored."""
    width_px: int
    """As shown: in square pixels, turned upright."""
    height_px: int
    pixel_aspect: Fraction
    turn: str
    """How players move the stored picture before they show it: 'upright', 'turned by 90°'."""
    scan: Scan
    colour: Colour
    """Code points (ISO/IEC 23091-2); 2 where the file does not say."""
    start: Fraction
    """When its first picture is shown, in the file's time."""
    times: Measured[PictureTimes]


@dataclass(frozen=True)
class SoundLevel:
    """How loud the decoded sound is by EBU R 128; `integrated_lufs` is -inf for silence."""

    integrated_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class SoundMeasurements:
    """The sound track that is heard."""

    codec: str
    """The codec's name as people write it, with its profile where that matters: 'AAC-LC'."""
    channels: int
    sample_rate_hz: int
    start: Measured[Fraction]
    """When its first sample is heard, in the file's time."""
    kbps: Measured[Fraction]
    """Average bit rate in kilobits (1000 bits) per second."""
    kbps_max: Fraction | None
    """What the encoder allowed itself, where the file says so."""
    level: Measured[SoundLevel]


@dataclass(frozen=True)
class Measurements:
    """One file; None for a track that it does not have."""

    size_bytes: int
    container: Measured[str]
    """The container's name as people write it: 'MP4', 'MOV', 'Matroska'."""
    damage: Measured[str | None]
    """What is missing or cannot be followed; None where nothing is."""
    boxes: Measured[BoxLayout]
    picture: Measured[PictureMeasurements | None]
    sound: Measured[SoundMeasurements | None]

    @property
    def times(self) -> Measured[PictureTimes]:
        """When pictures are shown."""
        picture = self.picture
        if isinstance(picture, Unmeasured):
            return picture
        return Unmeasured("there is no picture") if picture is None else picture.times


KINDS: Final = (
    Unmeasured, BoxLayout, PictureTimes, PictureMeasurements, SoundLevel, SoundMeasurements, Measurements,
)  # fmt: skip
"""What measurements are made of."""
