"""<clip>.framing.json: how a clip shows its film, as a file that people may edit; windows in frames and pixels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.camera import CameraPath, Knot
from pipeline.errors import ProjectError
from pipeline.framing import PLACES, FramedPanel, FramedStretch, middle_place
from pipeline.framingtables import FramingTable, ShotTable, part_faults
from pipeline.tables import Problem, check_table, project_error, with_tuples

VERSION: Final = 1
MOST_BYTES: Final = 4 * 1024 * 1024


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
    table = _load(text, path)
    checked = check_table(FramingTable, table, path=path)
    if isinstance(checked, tuple):
        raise project_error(checked)
    _refuse_others(checked, path, shape, parts)
    faults = [
        Problem(str(path), field, value, allowed)
        for number, (part, shown) in enumerate(zip(checked.parts, parts, strict=True))
        for field, value, allowed in part_faults(f"parts.{number}", part, (shown.width_px, shown.height_px), shape)
    ]
    if faults:
        raise project_error(faults)
    return tuple(tuple(_stretch(shot, shape) for shot in part.shots) for part in checked.parts)


def shape_told(text: str, *, path: Path) -> Fraction:
    """Return the shape that a framing file is for. Raises ProjectError that names every fault."""
    checked = check_table(FramingTable, _load(text, path), path=path)
    if isinstance(checked, tuple):
        raise project_error(checked)
    return _shape_of(checked)


def _load(text: str, path: Path) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = next((key for key, count in Counter(key for key, _ in pairs).items() if count > 1), None)
        if twice is not None:
            raise project_error([Problem(str(path), twice, "given twice in one place", "it should be given once")])
        return dict(pairs)

    try:
        table = with_tuples(json.loads(text, parse_float=Decimal, parse_constant=Decimal, object_pairs_hook=once))
    except RecursionError:
        raise project_error([Problem(str(path), "", "", "objects or arrays are nested too deeply")]) from None
    except ValueError as error:
        raise project_error([Problem(str(path), "", "", f"the file is not JSON: {error}")]) from None
    if not isinstance(table, dict):
        raise project_error([Problem(str(path), "", "", "it should be an object with version, shape and parts")])
    return table


def _shape_of(table: FramingTable) -> Fraction:
    across, down = map(int, table.shape.split(":"))
    return Fraction(across, down)


def _refuse_others(table: FramingTable, path: Path, shape: Fraction, parts: Sequence[FramedPart]) -> None:
    """Raise OtherClipError where a file speaks of another clip than this one."""
    if _shape_of(table) != shape:
        reason = f"it frames a clip of {table.shape}, and this one is {shape.numerator}:{shape.denominator}"
        raise OtherClipError(f"{path}: {reason}.", path=str(path))
    wanted = [FramedPart(part.film, frames=part.frames) for part in parts]
    found = [
        FramedPart(part.film, frames=(part.shots[0].frames[0], part.shots[-1].frames[1]) if part.shots else (0, 0))
        for part in table.parts
    ]
    if found == wanted:
        return
    reason = f"it frames {len(found)} parts, and this clip has {len(wanted)}"
    for number, (there, here) in enumerate(zip(found, wanted, strict=False)):
        if there != here:
            reason = f"parts.{number} shows {_told(there)}, and this clip shows {_told(here)} there"
            break
    raise OtherClipError(f"{path}: {reason}.", path=str(path))


def _told(part: FramedPart) -> str:
    return f"frames {part.frames[0]} to {part.frames[1]} of {part.film[:12]}…" if part.film else "no film"


def _stretch(shot: ShotTable, shape: Fraction) -> FramedStretch:
    panels = []
    for window in shot.windows:
        knots = (Knot(key.frame - shot.frames[0], key.left_px, key.top_px) for key in window.keyframes)
        place = PLACES.get(window.fills) or middle_place(window.width_px / window.height_px, shape)
        panels.append(FramedPanel(window.width_px, window.height_px, CameraPath(tuple(knots)), place))
    panels.sort(key=lambda panel: panel.place)
    return FramedStretch(shot.frames, tuple(panels), shot.padding, shot.why)


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
                "fills": next((name for name, place in PLACES.items() if place == panel.place), "middle"),
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
