"""What a reel is, as values: takes of films, the joins between them, and the labels that follow from both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from bench.labels import Mark
from pipeline.timebase import FrameRate

Ease = Literal["even", "smooth"]
Colour = tuple[int, int, int]
"""Blue, green, red."""

BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
LONG_HOLD: Final = Fraction(2)
"""Seconds of one colour from which on a fade out and the fade in after it are labelled as two."""


@dataclass(frozen=True)
class Cut:
    """One shot ends where the next starts."""

    note: str = ""


@dataclass(frozen=True)
class Mix:
    """Some frames in which both shots are seen: every one of them holds some of either."""

    kind: Literal["dissolve", "wipe"]
    frames: int
    ease: Ease = "even"
    edge: Literal["left", "right", "top", "bottom"] = "left"
    """Where a wipe comes from."""
    note: str = ""


@dataclass(frozen=True)
class Fade:
    """A shot goes into one colour and the next comes out of it; at an end of the reel one side is missing."""

    out_frames: int
    hold_frames: int
    """Of nothing but the colour."""
    in_frames: int
    colour: Colour = BLACK
    ease: Ease = "even"
    note: str = ""


Join = Cut | Mix | Fade


@dataclass(frozen=True)
class Disturbance:
    """What happens inside a take and is no transition, from a frame of the take on."""

    what: str
    start_frame: int
    frames: int
    strength: float
    """0 to 1, within what is usual for its kind."""
    seed: int


@dataclass(frozen=True)
class Take:
    """Frames of a film as a reel shows them: frame k is the film's frame first + floor(k × film rate / reel rate)."""

    source: int
    """Place among the reel's films."""
    first: int
    frames: int
    """In the reel, with those that joins mix or fade."""
    step: Fraction
    """Frames of the film for one of the reel."""
    disturbances: tuple[Disturbance, ...] = ()

    @property
    def numbers(self) -> Iterator[int]:
        """The film's frames, one for each of the reel's."""
        return (self.number_at(frame) for frame in range(self.frames))

    def number_at(self, frame: int) -> int:
        """Return which frame of the film one of the take shows."""
        return self.first + (frame * self.step).__floor__()


@dataclass(frozen=True)
class Reel:
    """Takes and what joins them; a fade may also open and close the reel."""

    rate: FrameRate
    takes: tuple[Take, ...]
    joins: tuple[Join, ...]
    """One fewer than takes."""
    opening: Fade | None = None
    closing: Fade | None = None

    def __post_init__(self) -> None:
        if len(self.joins) + 1 != len(self.takes):
            raise ValueError(f"{len(self.takes)} takes cannot have {len(self.joins)} joins")

    @property
    def starts(self) -> tuple[int, ...]:
        """The frame of the reel at which each take's first frame is seen, mixed or not."""
        starts = [self.opening.hold_frames if self.opening else 0]
        for take, join in zip(self.takes, self.joins, strict=False):
            starts.append(starts[-1] + take.frames + _advance(join))
        return tuple(starts)

    @property
    def frame_count(self) -> int:
        """Frames of the whole reel."""
        return self.starts[-1] + self.takes[-1].frames + (self.closing.hold_frames if self.closing else 0)

    @property
    def labels(self) -> tuple[Mark, ...]:
        """Every transition: from the first frame with anything of the new in it to the first without the old."""
        starts, found = self.starts, []
        if self.opening:
            found.append(Mark(starts[0], starts[0] + self.opening.in_frames, "fade", self.opening.note))
        for take, join, start, following in zip(self.takes, self.joins, starts, starts[1:], strict=False):
            found += _labels(join, start + take.frames, following, self.rate)
        if self.closing:
            end = starts[-1] + self.takes[-1].frames
            found.append(Mark(end - self.closing.out_frames, end, "fade", self.closing.note))
        return tuple(sorted(found))


def mixed_frames(join: Join | None) -> int:
    """Return how many frames two takes share at a join."""
    return join.frames if isinstance(join, Mix) else 0


def entry_frames(join: Join | None) -> int:
    """Return how many of a take's first frames a join mixes or fades."""
    return join.in_frames if isinstance(join, Fade) else mixed_frames(join)


def exit_frames(join: Join | None) -> int:
    """Return how many of a take's last frames a join mixes or fades."""
    return join.out_frames if isinstance(join, Fade) else mixed_frames(join)


def _advance(join: Join) -> int:
    return join.hold_frames if isinstance(join, Fade) else -mixed_frames(join)


def _labels(join: Join, end: int, start: int, rate: FrameRate) -> tuple[Mark, ...]:
    match join:
        case Cut():
            return (Mark(start, start, "cut", join.note),)
        case Mix():
            return (Mark(start, end, join.kind, join.note),)
        case Fade():
            first, last = end - join.out_frames, start + join.in_frames
            if rate.time_of(join.hold_frames) < LONG_HOLD:
                return (Mark(first, last, "fade", join.note),)
            return Mark(first, end, "fade", join.note), Mark(start, last, "fade", join.note)
