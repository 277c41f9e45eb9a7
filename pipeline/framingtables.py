"""The fields of a framing file, the words about them, and what windows in it may be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field

from pipeline.film import DIGEST_PATTERN
from pipeline.framing import PLACES
from pipeline.handbook import describe_fields
from pipeline.tables import Exact, Schema

_MOST_KEYFRAMES: Final = 5000
# A window may be out of shape by so much before people would see it.
_OUT_OF_SHAPE: Final = Fraction(1, 100)
Frame = Annotated[int, Field(ge=0, le=10**9)]
Pixels = Annotated[Exact, Field(ge=0, le=65_536)]
Side = Annotated[Exact, Field(ge=1, le=65_536)]
Shape = Annotated[str, Field(pattern=r"^[1-9]\d{0,4}:[1-9]\d{0,4}$")]


class KeyframeTable(Schema):
    frame: Frame = Field(description="frame of the film; between keyframes the window moves smoothly")
    left_px: Pixels = Field(description="left edge of the window, in pixels of the film's picture as shown")
    top_px: Pixels = Field(description="top edge of the window")


class WindowTable(Schema):
    width_px: Side = Field(description="width of the window, in pixels of the film's picture as shown")
    height_px: Side = Field(description="height of the window")
    fills: Literal["all", "middle", "top", "bottom", "left", "right"] = Field(
        "all",
        description="what of the clip's picture it fills: 'all'; a half: 'top', 'bottom', 'left' or 'right'; or "
        "'middle': the window is seen whole, with padding beside it",
    )
    keyframes: tuple[KeyframeTable, ...] = Field(description="where the window is; one keyframe: it stands still")


class ShotTable(Schema):
    frames: tuple[Frame, Frame] = Field(description="first frame of the film, and the frame after the last")
    windows: tuple[WindowTable, ...] = Field(description="one window, or two that fill a half each")
    padding: Annotated[str, Field(pattern=r"^(blur|#[0-9a-fA-F]{6})$")] = Field(
        "#000000",
        description="what is seen beside a window that fills the middle: 'blur', or a colour such as '#000000'",
    )
    why: str = Field("", description="why it is framed so; for people")


class PartTable(Schema):
    film: Annotated[str, Field(pattern=DIGEST_PATTERN)] | None = Field(
        None, description="sha256 of the film's bytes; none for a card or a gap"
    )
    width_px: Annotated[int, Field(ge=2, le=65_536)] | None = Field(
        None, description="width of the film's picture as shown; needed where there is a film"
    )
    height_px: Annotated[int, Field(ge=2, le=65_536)] | None = Field(None, description="its height, likewise")
    shots: tuple[ShotTable, ...] = Field((), description="the shots of this part, in order, without gaps")


class FramingTable(Schema):
    version: Literal[1] = Field(description="1")
    shape: Shape = Field(description="the clip's, such as '9:16'")
    parts: tuple[PartTable, ...] = Field(description="the parts of the clip, in order")


def part_faults(field: str, part: PartTable, size: tuple[int, int], shape: Fraction) -> Iterator[tuple[str, str, str]]:
    """Yield field, value and what is allowed of whatever is wrong in a part that shows a film of a size as shown."""
    for number, (before, after) in enumerate(pairwise(part.shots), start=1):
        if before.frames[1] != after.frames[0]:
            yield (
                f"{field}.shots.{number}.frames", str(list(after.frames)),
                f"it should begin where the shot before ends ({before.frames[1]})",
            )  # fmt: skip
    for name, told, side in (("width_px", part.width_px, size[0]), ("height_px", part.height_px, size[1])):
        if part.film and told != side:
            yield f"{field}.{name}", str(told or ""), f"it should be {side}, as the film's picture is shown"
    for number, shot in enumerate(part.shots):
        yield from _shot_faults(f"{field}.shots.{number}", shot, size, shape)


def _shot_faults(field: str, shot: ShotTable, size: tuple[int, int], shape: Fraction) -> Iterator[tuple[str, str, str]]:
    if shot.frames[1] <= shot.frames[0]:
        yield f"{field}.frames", str(list(shot.frames)), "the second number should be larger than the first"
    if not 1 <= len(shot.windows) <= 2:
        yield f"{field}.windows", f"a list of {len(shot.windows)}", "there should be one window, or two"
    fills = sorted(window.fills for window in shot.windows)
    if len(fills) == 2 and fills not in (["bottom", "top"], ["left", "right"]):
        yield f"{field}.windows", " and ".join(fills), "two windows should fill top and bottom, or left and right"
    if len(fills) == 1 and fills[0] not in ("all", "middle"):
        yield f"{field}.windows", fills[0], "a window by itself should fill all or the middle"
    for number, window in enumerate(shot.windows):
        yield from _window_faults(f"{field}.windows.{number}", window, shot.frames, size, shape)


def _window_faults(
    field: str, window: WindowTable, frames: tuple[int, int], size: tuple[int, int], shape: Fraction
) -> Iterator[tuple[str, str, str]]:
    if not 1 <= len(window.keyframes) <= _MOST_KEYFRAMES:
        told = f"a list of {len(window.keyframes)}"
        yield f"{field}.keyframes", told, f"there should be 1 to {_MOST_KEYFRAMES} keyframes"
    if window.width_px > size[0] or window.height_px > size[1]:
        told = f"{_decimal(window.width_px)}x{_decimal(window.height_px)}"
        yield field, told, f"it should be no larger than the film's picture ({size[0]}x{size[1]})"
        return
    _, _, across, down = PLACES.get(window.fills, PLACES["all"])
    wanted = shape * across / down
    if window.fills != "middle" and abs(window.width_px / window.height_px / wanted - 1) > _OUT_OF_SHAPE:
        width, height, fitting = map(_decimal, (window.width_px, window.height_px, window.width_px / wanted))
        yield field, f"{width}x{height}", f"it should have the shape of what it fills, such as {width}x{fitting}"
    for number, (before, after) in enumerate(pairwise(window.keyframes), start=1):
        if after.frame <= before.frame:
            yield f"{field}.keyframes.{number}.frame", str(after.frame), f"it should be larger than {before.frame}"
    for number, keyframe in enumerate(window.keyframes):
        place = f"{field}.keyframes.{number}"
        if not frames[0] <= keyframe.frame < frames[1]:
            yield f"{place}.frame", str(keyframe.frame), f"it should be {frames[0]} to {frames[1] - 1}, as the shot is"
        for name, corner, length, side in (
            ("left_px", keyframe.left_px, window.width_px, size[0]),
            ("top_px", keyframe.top_px, window.height_px, size[1]),
        ):
            if corner + length > side:
                yield f"{place}.{name}", _decimal(corner), f"at most {_decimal(side - length)}, or the picture ends"


def _decimal(value: Fraction) -> str:
    """Return a number for people."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def describe_framing_json() -> str:
    """Return docs/framing-json.md."""
    tables: tuple[tuple[str, type[Schema]], ...]
    tables = (("parts", PartTable), ("shots", ShotTable), ("windows", WindowTable), ("keyframes", KeyframeTable))
    return (
        "# CLIP.framing.json\n\n"
        "How a clip shows its film: which part of the picture, shot by shot. It lies in\n"
        "`media/out/<film>/framing/`, one for each clip, beside a picture and a short video that show its window\n"
        "and the platform's buttons. Change it and run `matinee cut` again: the clip follows the file from then\n"
        "on, and the other clips stay as they are. Take it away to have it framed anew. A file that was made for\n"
        "other stretches of film is put aside, never thrown away. An edit may name one for all clips of a shape,\n"
        "in the field `framing` of its spans.\n\n"
        "Frames are the film's own, counted from 0; pixels are those of its picture as shown, from the top left,\n"
        "and need not be whole. Between keyframes the window moves smoothly and never overshoots; two equal ones\n"
        "hold it still.\n\n"
        f"{describe_fields(FramingTable)}\n"
        + "\n".join(f"## {title}\n\n{describe_fields(table)}" for title, table in tables)
    )


if __name__ == "__main__":
    sys.stdout.write(describe_framing_json())
