"""Which renditions of a picture a package has: the rungs of a ladder, as far as a film's size and rate go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.codecs import Codec
from pipeline.errors import PresetError
from pipeline.ladders import Rung
from pipeline.plan.reels import SEGMENTS_PER_CHUNK, Grid
from pipeline.presets import LadderPreset
from pipeline.timebase import FrameRate

RATE_MAX: Final = Fraction(60)
"""Frames per second (HLS Authoring Specification, rule 1.19)."""
# As a picture grows, it needs bits in proportion to a power of its pixels: between Apple's 720p and 1080p it is this.
_BITS_POWER: Final = 0.85
# Two rungs of one size whose rates are nearer than this are one for a player.
_LEAST_STEP: Final = Fraction(11, 10)
_LEAST_KBPS: Final = 24
# What Apple's table of key pictures in H.264 begins with, one in a second (rule 6.7).
_KEY_SIZE: Final = (640, 360)
_KEY_KBPS: Final = 45
# While eight are shown in a second, they take what the rendition of their size takes (rule 6.5).
_KEYS_PER_SECOND: Final = 8
_LEAST_KEY_KBPS: Final = 8


@dataclass(frozen=True)
class PictureRendition:
    """One rendition of a picture: the size and rate that it has, and the bits that it may take."""

    width_px: int
    height_px: int
    every: int
    """Shows each n-th picture of the fastest rendition."""
    average_kbps: int
    peak_kbps: int
    vmaf: Fraction | None
    """What its shots are brought to; None where it spends its bits whatever is shown."""

    @property
    def name(self) -> str:
        """What its playlist is called: 'v720-3000'."""
        return f"v{min(self.width_px, self.height_px)}-{self.average_kbps}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in square pixels."""
        return self.width_px, self.height_px


@dataclass(frozen=True)
class KeyRendition(PictureRendition):
    """Pictures that all stand alone, for players that wind: no variant plays them."""

    @property
    def name(self) -> str:
        """What its playlist is called: 'i360-46'."""
        return f"i{min(self.width_px, self.height_px)}-{self.average_kbps}"


@dataclass(frozen=True)
class PictureLadder:
    """The renditions of a picture, from the lowest on, the rate of the fastest, and how all are encoded."""

    rate: FrameRate
    renditions: tuple[PictureRendition, ...]
    codec: Codec = "h264"

    @property
    def largest(self) -> tuple[int, int]:
        """Width and height of the picture that all renditions are scaled from."""
        return self.renditions[-1].size

    @property
    def slowest(self) -> int:
        """How many pictures of the fastest rendition lie from one picture of the slowest to the next."""
        return math.lcm(*(rendition.every for rendition in self.renditions))

    @property
    def grid(self) -> Grid:
        """Where all renditions are cut.

        SVT-AV1 has one quality for each encode: so that shots have theirs, every segment is encoded by itself.
        """
        is_by_shot = any(one.vmaf is not None for one in self.renditions)
        return Grid(self.rate, self.slowest, 1 if self.codec == "av1" and is_by_shot else SEGMENTS_PER_CHUNK)

    @property
    def key_pictures(self) -> KeyRendition:
        """The dense key pictures: H.264, in the size that is nearest to the first of Apple's table.

        Beside other codecs, whose renditions say nothing of H.264, they have as many bits for as many pixels as those.
        """
        one = min(self.renditions, key=lambda each: abs(math.log(_share(each.size, _KEY_SIZE))))
        every = self.grid.dense
        alone = one.average_kbps / _KEYS_PER_SECOND if self.codec == "h264" else _KEY_KBPS * _share(one.size, _KEY_SIZE)
        average = max(_LEAST_KEY_KBPS, round(alone * self.rate.fps / every))
        return KeyRendition(one.width_px, one.height_px, every, average, 2 * average, vmaf=None)


def choose_ladder(ladders: Sequence[LadderPreset], size: tuple[int, int]) -> LadderPreset:
    """Return the ladder of H.264 by shot whose shape is nearest to a picture's, the first by id of several.

    Raises PresetError where there is none.
    """
    # What every player decodes; other codecs are for those who ask for them.
    fitting = [ladder for ladder in ladders if (ladder.rate_control, ladder.codec) == ("shots", "h264")]
    if not fitting:
        raise PresetError(
            "there is no ladder of H.264 whose rate_control is 'shots'.", remedy="Name one with --ladder."
        )
    shape = math.log(size[0] / size[1])
    return min(fitting, key=lambda ladder: (round(abs(math.log(_shape(ladder)) - shape), 6), ladder.id))


def plan_ladder(preset: LadderPreset, size: tuple[int, int], rate: FrameRate) -> PictureLadder:
    """Return the renditions of a picture of a size (in square pixels) and natural rate, at least two, none enlarged.

    A rung is a box: a picture between two boxes gets top renditions of its own size, with the larger box's bits by its
    pixels; one that is smaller than all boxes has two by bit rate.
    """
    fastest = rate.halved_to(RATE_MAX)
    found: list[PictureRendition] = []
    for rung in _reached(preset.rungs, size):
        one = _rendition(rung, size, fastest)
        if preset.rate_control == "fixed":
            one = replace(one, vmaf=None)
        # A larger picture of hardly more bits takes the place of the one below.
        while found and found[-1].size != one.size and one.average_kbps < found[-1].average_kbps * _LEAST_STEP:
            found.pop()
        if not found or one.average_kbps >= found[-1].average_kbps * _LEAST_STEP:
            found.append(one)
    if len(found) == 1:
        found.insert(0, _cheaper(found[0]))
    least = min(one.every for one in found)
    if any(one.every % least for one in found):
        return PictureLadder(fastest, tuple(found), preset.codec)
    shown = tuple(replace(one, every=one.every // least) for one in found)
    return PictureLadder(FrameRate(fastest.fps / least), shown, preset.codec)


def share_of(preset: LadderPreset, size: tuple[int, int]) -> float:
    """Return how long a picture's sides are beside those of the ladder's largest box: the larger share, 1 at most."""
    largest = max(preset.rungs, key=lambda rung: rung.width_px * rung.height_px)
    return min(1.0, max(size[0] / largest.width_px, size[1] / largest.height_px))


def _reached(rungs: Sequence[Rung], size: tuple[int, int]) -> tuple[Rung, ...]:
    """Return the rungs whose boxes a picture fills, and where it lies between two boxes those of the larger one."""
    filled = [rung for rung in rungs if size[0] >= rung.width_px or size[1] >= rung.height_px]
    if any(size[0] <= rung.width_px and size[1] <= rung.height_px for rung in filled):
        return tuple(filled)
    larger = [rung for rung in rungs if rung not in filled]
    next_box = [rung for rung in larger if (rung.width_px, rung.height_px) == (larger[0].width_px, larger[0].height_px)]
    return (*filled, *(next_box if filled else larger[:2]))


def _shape(ladder: LadderPreset) -> Fraction:
    return Fraction(*map(int, ladder.aspect.split(":")))


def _rendition(rung: Rung, size: tuple[int, int], fastest: FrameRate) -> PictureRendition:
    box = rung.width_px, rung.height_px
    scale = min(Fraction(1), Fraction(box[0], size[0]), Fraction(box[1], size[1]))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size)
    # Where it reaches a side of the box, it is as large as a film of its shape can be, and has the rung's bits.
    share = 1.0 if scale < 1 or size[0] >= box[0] or size[1] >= box[1] else _share(size, box)
    most = RATE_MAX if rung.frame_rate_max is None else rung.frame_rate_max.fps
    return PictureRendition(
        width_px=width,
        height_px=height,
        every=int(fastest.fps / fastest.halved_to(most).fps),
        average_kbps=_kbps(rung.average_kbps, share),
        peak_kbps=_kbps(rung.peak_kbps, share),
        vmaf=rung.vmaf,
    )


def _share(size: tuple[int, int], box: tuple[int, int]) -> float:
    return math.pow(size[0] * size[1] / (box[0] * box[1]), _BITS_POWER)


def _kbps(kbps: int, share: float) -> int:
    return max(_LEAST_KBPS, round(kbps * share))


def _cheaper(one: PictureRendition) -> PictureRendition:
    average, peak = (max(_LEAST_KBPS // 2, kbps // 2) for kbps in (one.average_kbps, one.peak_kbps))
    return replace(
        one, average_kbps=average, peak_kbps=peak, vmaf=None if one.vmaf is None else one.vmaf * Fraction(9, 10)
    )
