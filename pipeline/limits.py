"""What a limit is: the values that are allowed, the one that is preferred, and the source that says so.

The shapes are shared by the fields of presets; which limits a preset has is declared in `presets`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from pipeline.tables import Exact, Rate, Schema
from pipeline.timebase import FrameRate

Seconds = Annotated[Exact, Field(ge=0, le=86_400)]
Pixels = Annotated[int, Field(ge=2, le=16_384)]
Kbps = Annotated[int, Field(ge=8, le=200_000)]
AudioKbps = Annotated[int, Field(ge=8, le=512)]
Frames = Annotated[int, Field(ge=0, le=16)]
Text = Annotated[str, Field(min_length=1)]
LOUDNESS_TOLERANCE_LU: Final = 0.5
"""How far a clip's loudness may be from its target."""


class Limit(Schema):
    """Hold a published or chosen limit; an absent `min` or `max` means that none is published."""

    source: Text = Field(description="which table under [sources] says so")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        low, high, prefer = (exact_of(getattr(self, name, None)) for name in ("min", "max", "prefer"))
        if low is not None and high is not None and low > high:
            raise ValueError("a range whose min is at most its max")
        if prefer is not None and ((low is not None and prefer < low) or (high is not None and prefer > high)):
            raise ValueError("a preference between min and max")
        return self


class PixelRange(Limit):
    min: Pixels | None = Field(None, description="fewest pixels, 2 or more")
    max: Pixels | None = Field(None, description="most pixels, up to 16384")
    prefer: Pixels = Field(description="pixels where nothing else decides")


class RateRange(Limit):
    min: Rate | None = Field(None, description="lowest frame rate, exact text such as '24000/1001'")
    max: Rate | None = Field(None, description="highest frame rate, exact text such as '60/1'")


class KeyframeInterval(Limit):
    min: Seconds | None = Field(None, description="shortest interval in seconds")
    max: Annotated[Exact, Field(gt=0, le=60)] | None = Field(None, description="longest interval in seconds, up to 60")
    prefer: Annotated[Exact, Field(gt=0, le=60)] = Field(description="seconds where nothing else decides")


class BFrames(Limit):
    max: Frames | None = Field(None, description="most consecutive B-frames, up to 16")
    prefer: Frames = Field(description="consecutive B-frames where nothing else decides")


class VideoBitRate(Limit):
    min: Kbps | None = Field(None, description="lowest bit rate in kilobits (1000 bits) per second")
    max: Kbps | None = Field(None, description="highest bit rate in kilobits (1000 bits) per second")


class AudioBitRate(Limit):
    min: AudioKbps | None = Field(None, description="lowest bit rate in kilobits (1000 bits) per second")
    max: AudioKbps | None = Field(None, description="highest bit rate in kilobits (1000 bits) per second, up to 512")
    prefer: AudioKbps = Field(description="kilobits per second where nothing else decides")


class Loudness(Limit):
    target: Annotated[Exact, Field(ge=-40, le=-5)] = Field(description="integrated loudness in LUFS, -40 to -5")


class TruePeak(Limit):
    max: Annotated[Exact, Field(ge=-20, le=0)] = Field(description="highest true peak in dBTP, -20 to 0")


class FileSize(Limit):
    max: Annotated[int, Field(ge=1, le=100_000)] = Field(description="megabytes of 1000000 bytes, up to 100000")


class Duration(Limit):
    min: Seconds | None = Field(None, description="shortest clip in seconds")
    max: Seconds | None = Field(None, description="longest clip in seconds, up to a day")


class EditLists(Limit):
    rule: Literal["forbidden", "allowed"] = Field(description="whether the file may hold an edit list")


class Rail(Schema):
    width_px: Pixels = Field(description="width of the column of buttons on the right edge")
    from_y_px: Annotated[int, Field(ge=0)] = Field(description="where the column starts, from the top")


class SafeZone(Limit):
    top_px: Annotated[int, Field(ge=0)] = Field(description="covered from the top edge, on the preferred size")
    bottom_px: Annotated[int, Field(ge=0)] = Field(description="covered from the bottom edge")
    left_px: Annotated[int, Field(ge=0)] = Field(description="covered from the left edge")
    right_px: Annotated[int, Field(ge=0)] = Field(description="covered from the right edge")
    rail: Rail | None = Field(None, description="a column of buttons on the right edge")


def show_limit(limit: Limit) -> str:
    """Return a limit as people say it: '23 to 60', 'at most 2, prefers 1/2', 'any, prefers 1080'."""
    values = {name: getattr(limit, name) for name in type(limit).model_fields if name != "source"}
    low, high, prefer = (values.pop(name, None) for name in ("min", "max", "prefer"))
    if isinstance(limit, SafeZone | EditLists | Loudness):
        return ", ".join(_named(name, value) for name, value in values.items() if value is not None)
    if low is not None and high is not None:
        text = f"exactly {low}" if low == high else f"{low} to {high}"
    elif low is not None or high is not None:
        text = f"at least {low}" if high is None else f"at most {high}"
    else:
        text = "any"
    return text if prefer is None or low == high == prefer else f"{text}, prefers {prefer}"


def exact_of(value: object) -> Fraction | None:
    """Return the end of a limit as an exact number, a frame rate in frames per second; None where there is no end."""
    if isinstance(value, FrameRate):
        return value.fps
    return Fraction(value) if isinstance(value, int | Fraction) else None


def whole_frames(seconds: Fraction, rate: FrameRate) -> int:
    """Return the frames that an end of a keyframe interval means: seconds rounded up to whole frames.

    Rounding both ends up keeps every minimum; a maximum may be passed by less than one frame, without which "2 s" at
    24000/1001 would allow nothing to those who ask for at least and to those who ask for at most two seconds.
    """
    return (seconds * rate.fps).__ceil__()


def _named(name: str, value: object) -> str:
    if isinstance(value, Rail):
        return f"rail {value.width_px} wide from y {value.from_y_px}"
    return str(value) if name in ("rule", "target") else f"{name.removesuffix('_px')} {value}"
