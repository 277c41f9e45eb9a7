"""The demo film's script: which shots, how long, how each is entered, how the camera moves over it.

A beat of the music lasts fifteen frames, so that every cut falls on one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pipeline.shell.demo import cards, hills, indoors, journey, meadow, night, puppet, street, winter, wood
from pipeline.shell.demo.canvas import Painter, Stage

FPS = 24
BEAT_FRAMES = 15


@dataclass(frozen=True)
class Camera:
    """A slow zoom: how much of the picture is enlarged at the shot's start and end, and towards where (0 to 1)."""

    start: float = 1.0
    end: float = 1.0
    towards: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True)
class Shot:
    """One shot: `entry_frames` is how long its dissolve or fade lasts, nothing for a cut."""

    name: str
    scene: Callable[[Stage], Painter]
    frames: int
    entry: Literal["cut", "dissolve", "fade"] = "cut"
    entry_frames: int = 0
    camera: Camera = Camera()
    finish: Literal["grain", "plain"] = "grain"


@dataclass(frozen=True)
class Transition:
    """Where one shot becomes the next: half-open frames; for a cut both are the first frame of the new shot."""

    kind: str
    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class DemoScript:
    """Everything that decides what the demo film is: size in pixels (16:9) and shots in order."""

    width: int
    height: int
    shots: tuple[Shot, ...]

    @property
    def frame_count(self) -> int:
        """Frames of the whole film."""
        return sum(shot.frames for shot in self.shots)

    @property
    def starts(self) -> tuple[int, ...]:
        """The frame at which each shot begins."""
        return tuple(sum(shot.frames for shot in self.shots[:index]) for index in range(len(self.shots)))

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Every transition in order; a dissolve begins with the new shot, a fade is centred on its start."""
        found = []
        for shot, start in zip(self.shots[1:], self.starts[1:], strict=True):
            first = start - shot.entry_frames // 2 if shot.entry == "fade" else start
            found.append(Transition(shot.entry, first, first + shot.entry_frames))
        return tuple(found)


def _beats(count: int) -> int:
    return count * BEAT_FRAMES


def full_script() -> DemoScript:
    """Return the film: 24 shots, 192 beats, two minutes."""
    pushed = Camera(1.0, 1.09)
    pulled = Camera(1.12, 1.0)
    return DemoScript(
        1280,
        720,
        (
            Shot("title", cards.title, _beats(8), camera=Camera(1.0, 1.03)),
            Shot("hills", hills.hills_in_the_morning, _beats(9)),
            Shot("storyteller", puppet.storyteller, _beats(8), camera=Camera(1.0, 1.08, (0.54, 0.45))),
            Shot("kite", hills.kite_alone, _beats(5)),
            Shot("balloons", journey.balloons, _beats(8), camera=pulled),
            Shot("train", journey.train, _beats(8), camera=Camera(1.0, 1.07, (0.7, 0.4))),
            Shot("dunes", journey.dunes, _beats(7)),
            Shot("forest", wood.forest, _beats(9)),
            Shot("sea", night.moonlit_sea, _beats(9), "fade", 36, Camera(1.0, 1.08, (0.68, 0.25))),
            Shot("lighthouse", night.lighthouse, _beats(8)),
            Shot("keeper", puppet.keeper, _beats(8), camera=Camera(1.06, 1.0, (0.7, 0.5))),
            Shot("clock", indoors.clock, _beats(6), camera=Camera(1.0, 1.06, (0.67, 0.5))),
            Shot("street", street.rainy_street, _beats(8), camera=pushed),
            Shot("skyline", street.skyline, _beats(8)),
            Shot("lights", indoors.lights, _beats(5)),
            Shot("dancer", indoors.dancer, _beats(10), camera=Camera(1.0, 1.12, (0.5, 0.6))),
            Shot("fireworks", night.fireworks, _beats(8)),
            Shot("snow", winter.snow, _beats(8), "dissolve", 24, Camera(1.0, 1.06, (0.5, 0.6))),
            Shot("aurora", winter.northern_lights, _beats(8), camera=Camera(1.0, 1.08, (0.4, 0.3))),
            Shot("fields", meadow.fields_from_above, _beats(7)),
            Shot("poppies", meadow.poppies, _beats(7), camera=pushed),
            Shot("wonder", puppet.wonder, _beats(7)),
            Shot("sunset", hills.hills_in_the_evening, _beats(10), camera=Camera(1.0, 1.06, (0.65, 0.7))),
            Shot("credits", cards.end_credits, _beats(13), finish="plain"),
        ),
    )
