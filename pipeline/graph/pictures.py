"""Nodes of pictures: parts of films, stills and cards, how they come to fill an output, and files made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from pipeline.camera import CameraPath
from pipeline.edit import CardPicture
from pipeline.facts import Alpha, Colour, Scan
from pipeline.geometry import Box
from pipeline.timebase import FrameRate
from pipeline.values import hashed_once


@hashed_once
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


@hashed_once
@dataclass(frozen=True)
class StillPicture:
    """One picture held for some frames."""

    source: str
    frames: int


@hashed_once
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
    logo: CardPicture | None
    language: str | None
    """In which its text is written: it says where lines break, and how characters look that several languages share."""
    tools: str
    """Libraries, fonts and rules with their versions."""


@hashed_once
@dataclass(frozen=True)
class CardDrawing:
    """All that a card's picture follows from."""

    lines: tuple[str, ...]
    design: str
    link: str | None
    """Where its QR code leads."""
    sheet: CardSheet
    picture: CardPicture | None = None


@dataclass(frozen=True)
class BlackPicture:
    """Black for some frames."""

    frames: int


PicturePart = FilmPicture | StillPicture | BlackPicture


@hashed_once
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
class ProRes:
    """ProRes 422 HQ: every picture stands alone, 4:2:2 with 10 bits."""

    @property
    def keyframe_interval_frames(self) -> int:
        """Each picture is a keyframe."""
        return 1


PixelFormat = Literal["yuv420p", "yuv422p10le"]
Container = Literal["mp4", "mov"]


@hashed_once
@dataclass(frozen=True)
class Window:
    """A part of the stored, rotated picture, still or moving, in its pixels; its size is even, as 4:2:0 chroma asks."""

    width_px: int
    height_px: int
    path: CameraPath
    """Of its top left corner, in frames of the view, within the picture."""


@hashed_once
@dataclass(frozen=True)
class Panel:
    """A window of the film's picture, and where in the output it lands; even numbers."""

    window: Window
    left_px: int
    top_px: int
    width_px: int
    height_px: int


@hashed_once
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
    first_frame: int = 0
    """Frame of the script that the first picture is."""


@hashed_once
@dataclass(frozen=True)
class PictureEncode:
    """Picture without sound: parts in order, each placed, encoded once."""

    parts: tuple[PicturePart, ...]
    views: tuple[tuple[View, ...], ...]
    """For each part, views that add up to its frames; none where it already has the output's shape (stills, black)."""
    width_px: int
    height_px: int
    rate: FrameRate
    encoder: X264 | ProRes
    captions: Captions | None = None
    pixels: PixelFormat = "yuv420p"
    """What it is encoded from, by libav's name."""

    @property
    def frames(self) -> int:
        """Frames of the whole output."""
        return sum(part.frames for part in self.parts)

    @property
    def container(self) -> Container:
        """The kind of file that it is kept in."""
        return "mov" if isinstance(self.encoder, ProRes) else "mp4"

    @property
    def decoded(self) -> tuple[PicturePart, ...]:
        """The parts without what a still shows, which is drawn for each size: nodes equal in this share a decode."""
        return tuple(replace(part, source="") if isinstance(part, StillPicture) else part for part in self.parts)

    @property
    def drawn(self) -> PictureEncode:
        """The node with nothing said of its encoder: nodes equal in this show the same pixels."""
        return replace(self, encoder=None)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Chapter:
    """A place in a file that players offer to go to."""

    start: Fraction
    """In seconds."""
    title: str


@dataclass(frozen=True)
class Join:
    """Pictures one after another, and sound, in one file by stream copy: no edit list, moov first, time 0 for both."""

    pictures: tuple[str, ...]
    sound: str | None
    chapters: tuple[Chapter, ...] = ()
    """In order, the first at 0; none: players are told of none."""
    container: Container = "mp4"


@dataclass(frozen=True)
class Poster:
    """One frame of an encoded picture as JPEG."""

    picture: str
    at: Fraction
