"""A clip's windows moved by hand: written as the framing file that stands among the outputs and has the last word."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pipeline.cut.clips import PlannedClip
from pipeline.cut.framing import framed_parts
from pipeline.cut.ownframing import FRAMING_FOLDER, FRAMING_SUFFIX
from pipeline.cut.room import CuttingRoom
from pipeline.edit import merged
from pipeline.errors import PlanError
from pipeline.framing import Framing
from pipeline.framingfile import FramedPart, OtherClipError
from pipeline.plan.keyframing import WindowAt, delete_keyframe, hold_window, place_of, set_keyframe
from pipeline.plan.layout import shape_of
from pipeline.shell.framings import FramingPlace, FramingRead, read_framing, save_framing
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import is_foreign, withdraw

Way = Literal["keyframe", "hold", "delete"]
"""At this frame a keyframe, one place for all of the shot, or the keyframe of this frame away."""


def move_window(
    room: CuttingRoom, clip: PlannedClip, way: Way, frame: int, panel: int, left_px: Fraction, top_px: Fraction
) -> None:
    """Write where a clip's window is at a frame of the film, in pixels of the film's picture as shown.

    A place beyond the picture's edge is the edge. Raises PlanError where the clip does not show the frame, ProjectError
    where somebody changed the same shot meanwhile, or a person's file for another clip stands in the way.
    """
    place = _place(room, clip)
    at = WindowAt(_part_of(place.parts, frame, room.study.digest), frame, panel)
    base = _read(place, clip.framing.framing, Ledger(room.order.home.ledger))
    picture = room.study.facts.picture.display_size
    save_framing(place, _moved(base.framing, at, way, (left_px, top_px), picture), base)


def _moved(
    framing: Framing, at: WindowAt, way: Way, wanted: tuple[Fraction, Fraction], picture: tuple[int, int]
) -> Framing:
    place_of(framing, at)  # says what is wrong with a frame or a window that there is not
    if way == "delete":
        return delete_keyframe(framing, at)
    shot = next(one for one in framing[at.part] if one.frames[0] <= at.frame < one.frames[1])
    window = shot.panels[at.panel]
    room_px = (picture[0] - window.width_px, picture[1] - window.height_px)
    left, top = (min(max(Fraction(0), one), most) for one, most in zip(wanted, room_px, strict=True))
    return (set_keyframe if way == "keyframe" else hold_window)(framing, at, left, top, picture=picture)


def _place(room: CuttingRoom, clip: PlannedClip) -> FramingPlace:
    path = room.order.framing_folder / FRAMING_FOLDER / f"{clip.name}{FRAMING_SUFFIX}"
    parts = framed_parts(merged(clip.preview.edit), room.order.subject.by_digest)
    return FramingPlace(path, shape_of(clip.platform), parts)


def _read(place: FramingPlace, found: Framing, ledger: Ledger) -> FramingRead:
    """Return what is there; a file that a run wrote for the highlight as it was before makes way."""
    try:
        return read_framing(place, found)
    except OtherClipError:
        if is_foreign(place.path, ledger):
            raise
        withdraw(place.path, ledger)
        return read_framing(place, found)


def _part_of(parts: tuple[FramedPart, ...], frame: int, film: str) -> int:
    for number, part in enumerate(parts):
        if part.film == film and part.frames[0] <= frame < part.frames[1]:
            return number
    raise PlanError(f"The clip does not show frame {frame} of the film.", remedy="Go to a frame within the highlight.")
