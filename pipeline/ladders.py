"""The sections of presets/ladders: which renditions an HLS package has. `presets` makes one preset of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field

from pipeline.codecs import Codec
from pipeline.limits import Kbps, Pixels
from pipeline.tables import Exact, Rate, Schema, show_value


class Rung(Schema):
    width_px: Pixels = Field(
        description="width of the box that the picture has to fit into, in square pixels; it is never enlarged"
    )
    height_px: Pixels = Field(description="height of that box")
    average_kbps: Kbps = Field(description="bit rate of the picture; with rate_control 'shots' no more than this")
    peak_kbps: Kbps = Field(description="highest bit rate of the picture over a segment, at most twice the average")
    vmaf: Annotated[Exact, Field(ge=1, le=99)] | None = Field(
        None,
        description="quality that every shot is brought to, 1 to 99, as VMAF sees it on a film of the ladder's "
        "largest size; a smaller film is asked for as much more as it loses less; for rate_control 'shots'",
    )
    frame_rate_max: Rate | None = Field(
        None, description="highest frame rate, such as '30/1'; a faster film shows every second picture"
    )


class Encoding(Schema):
    preset: str = Field(
        description="how much work the encoder spends, by its own names: 'veryfast' to 'slower' of libx264 and "
        "libx265, '4' to '10' of SVT-AV1, where 4 is the most work"
    )
    references: Annotated[int, Field(ge=1, le=4)] | None = Field(
        None, description="pictures that another may refer to, 1 to 4, else 3; not for AV1, whose encoder knows best"
    )
    b_frames: Annotated[int, Field(ge=0, le=8)] | None = Field(
        None, description="consecutive B-frames, 0 to 8, else 3; not for AV1"
    )


class PackageSound(Schema):
    stereo_kbps: Annotated[int, Field(ge=32, le=160)] = Field(
        128, description="bit rate of stereo AAC-LC, 32 to 160; less than surround_kbps"
    )
    low_kbps: Annotated[int, Field(ge=32, le=160)] = Field(
        48, description="its bit rate beside the lowest pictures; no more than stereo_kbps"
    )
    low_below_kbps: Kbps = Field(description="pictures of a lower average bit rate than this get the sound of low_kbps")
    surround_kbps: Annotated[int, Field(ge=128, le=512)] = Field(
        320, description="bit rate of 5.1 AAC-LC, 128 to 512, where the film has six channels"
    )
    surround_from_kbps: Kbps = Field(description="pictures from this average bit rate on are there with 5.1 as well")
    loudness_lufs: Annotated[Exact, Field(ge=-40, le=-5)] = Field(description="integrated loudness of every sound")
    true_peak_dbtp: Annotated[Exact, Field(ge=-20, le=0)] = Field(Fraction(-1), description="highest true peak")
    limiting_db_max: Annotated[Exact, Field(ge=0, le=20)] = Field(
        Fraction(6), description="decibels, 0 to 20, that a limiter may take off peaks to reach the loudness"
    )


RateControl = Literal["shots", "fixed"]
_WORDS: Final = ("veryfast", "faster", "fast", "medium", "slow", "slower")
PRESETS: Final[Mapping[Codec, tuple[str, ...]]] = {
    "h264": _WORDS,
    "hevc": _WORDS,
    # 11 and more lose what flickers: of blocks that turn from black to white with every frame, 12 shows a half.
    "av1": tuple(map(str, range(4, 11))),
}
"""Names of how much work each codec's encoder spends."""
Fault = tuple[str, str, str]
"""Field, value, and what is allowed."""
_SLOW_NETWORK_KBPS: Final = 192
_PACKAGING_KBPS: Final = 6
"""What the boxes around pictures and sound take of that."""


def encoding_faults(codec: Codec, encoding: Encoding) -> Iterator[Fault]:
    """Yield what of an encoder's settings its codec has not."""
    if encoding.preset not in PRESETS[codec]:
        allowed = f"it should be one of {', '.join(PRESETS[codec])} where codec is '{codec}'"
        yield "encoding.preset", show_value(encoding.preset), allowed
    if codec == "av1":
        for name in ("references", "b_frames"):
            if (value := getattr(encoding, name)) is not None:
                yield f"encoding.{name}", show_value(value), "it should be left out where codec is 'av1'"


def ladder_faults(rungs: Sequence[Rung], sound: PackageSound, rate_control: RateControl) -> Iterator[Fault]:
    """Yield what is wrong with a ladder that no field can tell alone."""
    if len(rungs) < 2:
        yield "rungs", f"{len(rungs)} of them", "there should be two at least, so that players can choose"
    for number, rung in enumerate(rungs):
        field = f"rungs.{number}"
        if rung.width_px % 2 or rung.height_px % 2:
            yield f"{field}.width_px", f"{rung.width_px}x{rung.height_px}", "both sides should be even"
        if not rung.average_kbps <= rung.peak_kbps <= 2 * rung.average_kbps:
            allowed = f"it should be at least average_kbps ({rung.average_kbps}) and at most twice that"
            yield f"{field}.peak_kbps", show_value(rung.peak_kbps), allowed
        if rate_control == "shots" and rung.vmaf is None:
            yield f"{field}.vmaf", "", "it must be given where rate_control is 'shots'"
    for number, (lower, upper) in enumerate(pairwise(rungs), start=1):
        is_smaller = upper.width_px < lower.width_px or upper.height_px < lower.height_px
        if upper.average_kbps <= lower.average_kbps or is_smaller:
            yield f"rungs.{number}", f"after rung {number - 1}", "rungs go up in average_kbps, and never down on a side"
    if not sound.low_kbps <= sound.stereo_kbps < sound.surround_kbps:
        allowed = (
            f"it should be at least low_kbps ({sound.low_kbps}) and less than surround_kbps ({sound.surround_kbps})"
        )
        yield "sound.stereo_kbps", show_value(sound.stereo_kbps), allowed
    heard_kbps = sound.low_kbps if rungs and rungs[0].average_kbps < sound.low_below_kbps else sound.stereo_kbps
    if rungs and rungs[0].peak_kbps + heard_kbps + _PACKAGING_KBPS > _SLOW_NETWORK_KBPS:
        most = _SLOW_NETWORK_KBPS - heard_kbps - _PACKAGING_KBPS
        allowed = (
            f"with its sound of {heard_kbps} kb/s it should need no more than {_SLOW_NETWORK_KBPS} kb/s (rule 9.21)"
        )
        yield "rungs.0.peak_kbps", show_value(rungs[0].peak_kbps), f"{allowed}: at most {most}"
