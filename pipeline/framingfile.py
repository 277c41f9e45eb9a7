"""<clip>.framing.json: how a clip shows its film, as a file that people may edit; windows in frames and pixels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from pipeline.camera import CameraPath, Knot
from pipeline.errors import ProjectError
from pipeline.film import DIGEST_PATTERN, project_error
from pipeline.framing import FramedPanel, FramedStretch, Place
from pipeline.handbook import describe_fields
from pipeline.styles import Colour
from pipeline.tables import Exact, Problem, Schema, check_table, with_tuples

VERSION: Final = 1
_MOST_BYTES: Final = 4 * 1024 * 1024
_LEAST_PX: Final = 16
# A window may be out of shape by so much before people would see it.
_OUT_OF_SHAPE: Final = Fraction(1, 100)
_NONE, _HALF, _ALL = Fraction(0), Fraction(1, 2), Fraction(1)
_PLACES: Final[Mapping[str, Place]] = {
    "all": (_NONE, _NONE, _ALL, _ALL),
    "top": (_NONE, _NONE, _ALL, _HALF),
    "bottom": (_NONE, _HALF, _ALL, _HALF),
    "left": (_NONE, _NONE, _HALF, _ALL),
    "right": (_HALF, _NONE, _HALF, _ALL),
}
Frame = Annotated[int, Field(ge=0, le=10**9)]
Pixels = Annotated[Exact, Field(ge=0, le=65_536)]
Side = Annotated[Exact, Field(ge=_LEAST_PX, le=65_536)]


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
        description="what of the clip's picture it fills: 'all', a half, or 'middle': the window is seen whole, with "
        "padding beside it",
    )
    keyframes: tuple[KeyframeTable, ...] = Field(
        min_length=1, max_length=5000, description="where the window is; one keyframe: it stands still"
    )


class ShotTable(Schema):
    frames: tuple[Frame, Frame] = Field(description="first frame of the film, and the frame after the last")
    windows: tuple[WindowTable, ...] = Field(
        min_length=1, max_length=2, description="one window, or two that fill a half each"
    )
    padding: Literal["blur"] | Colour = Field(
        "#000000",
        description="what is seen beside a window that fills the middle: 'blur', or a colour",
    )
    why: str = Field("", description="why it is framed so; for people")


class PartTable(Schema):
    film: Annotated[str, Field(pattern=DIGEST_PATTERN)] | None = Field(
        None, description="sha256 of the film's bytes; none for a card or a gap"
    )
    width_px: Annotated[int, Field(ge=2, le=65_536)] = Field(2, description="width of the film's picture as shown")
    height_px: Annotated[int, Field(ge=2, le=65_536)] = Field(2, description="its height")
    shots: tuple[ShotTable, ...] = Field((), description="the shots of this part, in order, without gaps")


class FramingTable(Schema):
    version: Literal[1] = Field(description="1")
    shape: Annotated[str, Field(pattern=r"^[1-9]\d{0,4}:[1-9]\d{0,4}$")] = Field(
        description="the clip's, such as '9:16'"
    )
    parts: tuple[PartTable, ...] = Field(max_length=5000, description="the parts of the clip, in order")


@dataclass(frozen=True)
class FramedPart:
    """One part of an edit as a framing file speaks of it: frames of the film that it shows, and its picture's size."""

    film: str | None
    width_px: int = 2
    height_px: int = 2
    frames: tuple[int, int] = (0, 0)


class OtherClipError(ProjectError):
    """A framing file that is right in itself but speaks of other frames, another film or another shape."""


def framing_text(shape: Fraction, parts: Sequence[tuple[FramedPart, Sequence[FramedStretch]]]) -> str:
    """Return the text of a framing file."""
    document = {
        "version": VERSION,
        "shape": f"{shape.numerator}:{shape.denominator}",
        "parts": [_part_rows(part, shots) for part, shots in parts],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def parse_framing(
    text: str, *, path: Path, shape: Fraction, parts: Sequence[FramedPart]
) -> tuple[tuple[FramedStretch, ...], ...]:
    """Read a framing file for a clip of a shape whose parts are given.

    Raises ProjectError that names every fault, OtherClipError where the file is right but was made for another clip.
    """
    if len(text) > _MOST_BYTES:
        raise project_error([Problem(str(path), "", "", f"the file is larger than {_MOST_BYTES // 2**20} MiB")])
    try:
        table = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise project_error([Problem(str(path), "", "", f"the file is not JSON: {error}")]) from None
    if not isinstance(table, dict):
        raise project_error([Problem(str(path), "", "", "it should be an object with version, shape and parts")])
    checked = check_table(FramingTable, with_tuples(table), path=path)
    if isinstance(checked, tuple):
        raise project_error(checked)
    _refuse_others(checked, path, shape, parts)
    faults = [
        Problem(str(path), field, value, allowed)
        for number, (part, wanted) in enumerate(zip(checked.parts, parts, strict=True))
        for field, value, allowed in _part_faults(f"parts.{number}", part, wanted, shape)
    ]
    if faults:
        raise project_error(faults)
    return tuple(tuple(_stretch(shot, shape) for shot in part.shots) for part in checked.parts)


def describe_framing_json() -> str:
    """Return docs/framing-json.md."""
    tables = (("parts", PartTable), ("shots", ShotTable), ("windows", WindowTable), ("keyframes", KeyframeTable))
    return (
        "# CLIP.framing.json\n\n"
        "How a clip shows its film: which part of the picture, shot by shot. It lies in\n"
        "`media/out/<film>/framing/`, one for each clip, beside a picture and a short video that show its window\n"
        "and the platform's buttons. Change it and run `matinee cut` again: the clip follows the file from then\n"
        "on, and the other clips stay as they are. Take it away to have it framed anew. A file that was made for\n"
        "other stretches of film is put aside, never thrown away.\n\n"
        "Frames are the film's own, counted from 0; pixels are those of its picture as shown, from the top left,\n"
        "and need not be whole. Between keyframes the window moves smoothly and never overshoots; two equal ones\n"
        "hold it still.\n\n"
        f"{describe_fields(FramingTable)}\n"
        + "\n".join(f"## {title}\n\n{describe_fields(table)}" for title, table in tables)
    )


def _refuse_others(table: FramingTable, path: Path, shape: Fraction, parts: Sequence[FramedPart]) -> None:
    """Raise OtherClipError where a file speaks of another clip than this one."""
    found = [
        (part.film, part.shots[0].frames[0], part.shots[-1].frames[1]) if part.shots else () for part in table.parts
    ]
    wanted = [(part.film, *part.frames) if part.film else () for part in parts]
    across, down = map(int, table.shape.split(":"))
    if Fraction(across, down) != shape:
        reason = f"it frames a clip of {table.shape}, and this one is {shape.numerator}:{shape.denominator}"
    elif found != wanted:
        reason = "it frames other stretches of film than this clip shows now"
    else:
        return
    raise OtherClipError(f"{path}: {reason}.", remedy="Take it away, and a new one is written.", path=str(path))


def _frames(part: PartTable) -> tuple[int, ...]:
    return (part.shots[0].frames[0], part.shots[-1].frames[1]) if part.shots else ()


def _part_faults(field: str, part: PartTable, wanted: FramedPart, shape: Fraction) -> Iterator[tuple[str, str, str]]:
    for number, (before, after) in enumerate(pairwise(part.shots), start=1):
        if before.frames[1] != after.frames[0]:
            yield (
                f"{field}.shots.{number}.frames", str(list(after.frames)),
                f"it should begin where the shot before ends ({before.frames[1]})",
            )  # fmt: skip
    size = (wanted.width_px, wanted.height_px)
    for number, shot in enumerate(part.shots):
        yield from _shot_faults(f"{field}.shots.{number}", shot, size, shape)


def _shot_faults(field: str, shot: ShotTable, size: tuple[int, int], shape: Fraction) -> Iterator[tuple[str, str, str]]:
    if shot.frames[1] <= shot.frames[0]:
        yield f"{field}.frames", str(list(shot.frames)), "the second number should be larger than the first"
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
    if window.width_px > size[0] or window.height_px > size[1]:
        told = f"{_decimal(window.width_px)}x{_decimal(window.height_px)}"
        yield field, told, f"it should be no larger than the film's picture ({size[0]}x{size[1]})"
        return
    if window.fills != "middle":
        _, _, across, down = _PLACES[window.fills]
        wanted = shape * across / down
        if abs(window.width_px / window.height_px / wanted - 1) > _OUT_OF_SHAPE:
            told = f"{_decimal(window.width_px)}x{_decimal(window.height_px)}"
            height = _decimal(window.width_px / wanted)
            yield (
                field,
                told,
                f"it should have the shape of what it fills, such as {_decimal(window.width_px)}x{height}",
            )
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


def _stretch(shot: ShotTable, shape: Fraction) -> FramedStretch:
    panels = []
    for window in shot.windows:
        knots = (Knot(key.frame - shot.frames[0], key.left_px, key.top_px) for key in window.keyframes)
        place = _PLACES.get(window.fills) or _middle(window.width_px / window.height_px, shape)
        panels.append(FramedPanel(window.width_px, window.height_px, CameraPath(tuple(knots)), place))
    panels.sort(key=lambda panel: panel.place)
    return FramedStretch(shot.frames, tuple(panels), shot.padding, shot.why)


def _middle(window: Fraction, shape: Fraction) -> Place:
    width, height = min(_ALL, window / shape), min(_ALL, shape / window)
    return (1 - width) / 2, (1 - height) / 2, width, height


def _part_rows(part: FramedPart, shots: Sequence[FramedStretch]) -> dict[str, Any]:
    if part.film is None:
        return {"shots": []}
    rows = [_shot_rows(shot) for shot in shots]
    return {"film": part.film, "width_px": part.width_px, "height_px": part.height_px, "shots": rows}


def _shot_rows(shot: FramedStretch) -> dict[str, Any]:
    return {
        "frames": list(shot.frames),
        "windows": [
            {
                "width_px": _number(panel.width_px),
                "height_px": _number(panel.height_px),
                "fills": next((name for name, place in _PLACES.items() if place == panel.place), "middle"),
                "keyframes": [
                    {
                        "frame": shot.frames[0] + knot.frame,
                        "left_px": _number(knot.left_px),
                        "top_px": _number(knot.top_px),
                    }
                    for knot in panel.path.knots
                ],
            }
            for panel in shot.panels
        ],
        "padding": shot.ground,
        "why": shot.why,
    }


def _number(pixels: Fraction) -> int | float:
    """Return pixels to a ten-thousandth, rounded down: a window that just fits the picture still does."""
    down = (pixels * 10_000).__floor__()
    return down // 10_000 if down % 10_000 == 0 else down / 10_000


def _decimal(value: Fraction) -> str:
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    sys.stdout.write(describe_framing_json())
