"""What a person did to the windows of a highlight's clips, and the framing that comes of it, also after a trim.

Frames are the film's own and pixels those of its picture as shown, as in framing files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipeline.errors import PlanError
from pipeline.framing import Framing
from pipeline.framingfile import FramedPart
from pipeline.plan.keyframing import WindowAt, delete_keyframe, hold_window, place_of, set_keyframe
from pipeline.plan.zones import Frames

Way = Literal["keyframe", "hold", "delete"]
"""At a frame a keyframe, one place for all of the shot, or the keyframe of the frame away."""


@dataclass(frozen=True)
class WindowMove:
    """Where a person put the window of a platform's clip; a place beyond the picture's edge is the edge."""

    platform: str
    way: Way
    frame: int
    """Of the film."""
    left_px: Fraction
    top_px: Fraction
    panel: int = 0
    """Of the two that share the picture; 0 where there is one."""


@dataclass(frozen=True)
class CroppedFilm:
    """What of a film bounds how windows move."""

    digest: str
    picture: tuple[int, int]
    """Its size as shown."""
    shots: tuple[Frames, ...]
    """Without gaps between them."""


def add_move(moves: Sequence[WindowMove], move: WindowMove) -> tuple[WindowMove, ...]:
    """Return moves with one more; what it takes the place of is left out."""
    spot = (move.platform, move.frame, move.panel)
    taken = () if move.way == "hold" else ("keyframe", "delete")
    kept = (one for one in moves if one.way not in taken or (one.platform, one.frame, one.panel) != spot)
    return (*kept, move)


def move_window(framing: Framing, parts: Sequence[FramedPart], move: WindowMove, film: CroppedFilm) -> Framing:
    """Return a framing after a move.

    Raises PlanError where the clip does not show the frame or the window, or has no such keyframe to delete.
    """
    at, distance = _spot(parts, move, film)
    if at is None or distance:
        raise PlanError(
            f"The clip does not show frame {move.frame} of the film.", remedy="Go to a frame within the highlight."
        )
    return _moved(framing, at, move, film)


def moved_framing(
    framing: Framing, parts: Sequence[FramedPart], moves: Sequence[WindowMove], film: CroppedFilm
) -> Framing:
    """Return a framing after some moves that were made of a clip which may have shown more, or less, than this one.

    A move at a frame that was cut off counts where the clip still shows its shot; the nearest of several does.
    """
    nearest: dict[WindowAt, int] = {}
    for move in moves:
        at, distance = _spot(parts, move, film)
        if at is None or (distance and (move.way == "delete" or nearest.get(at, distance) < distance)):
            continue
        if distance:
            nearest[at] = distance
        with contextlib.suppress(PlanError):  # a window that there is not in this framing
            framing = _moved(framing, at, move, film)
    return framing


def _spot(parts: Sequence[FramedPart], move: WindowMove, film: CroppedFilm) -> tuple[WindowAt | None, int]:
    """Return where a clip shows the frame of a move, or what is nearest to it of its shot, and how far that is."""
    shots = [shot for shot in film.shots if shot[0] <= move.frame < shot[1]]
    found: list[tuple[int, WindowAt]] = []
    for number, part in enumerate(parts):
        if part.film != film.digest:
            continue
        for first, end in ((max(start, part.frames[0]), min(last, part.frames[1])) for start, last in shots):
            if first < end:
                frame = min(max(first, move.frame), end - 1)
                found.append((abs(frame - move.frame), WindowAt(number, frame, move.panel)))
    if not found:
        return None, 0
    distance, at = min(found, key=lambda one: one[0])
    return at, distance


def _moved(framing: Framing, at: WindowAt, move: WindowMove, film: CroppedFilm) -> Framing:
    place_of(framing, at)  # says what is wrong with a frame or a window that there is not
    if move.way == "delete":
        return delete_keyframe(framing, at)
    shot = next(one for one in framing[at.part] if one.frames[0] <= at.frame < one.frames[1])
    window = shot.panels[at.panel]
    most = (film.picture[0] - window.width_px, film.picture[1] - window.height_px)
    left, top = (min(max(Fraction(0), one), end) for one, end in zip((move.left_px, move.top_px), most, strict=True))
    do = set_keyframe if move.way == "keyframe" else hold_window
    return do(framing, at, left, top, picture=film.picture)
