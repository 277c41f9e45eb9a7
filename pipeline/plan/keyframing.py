"""What a person does to where a clip's windows stand: keyframes set, moved and deleted, as functions of a framing.

Frames are the film's own and pixels those of its picture as shown, as in framing files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from typing import Final

from pipeline.camera import CameraPath, Knot
from pipeline.errors import PlanError, ProjectError
from pipeline.framing import FramedPanel, FramedStretch, Framing

_GRAIN: Final = 10_000
"""Parts of a pixel that framing files tell."""
_MOST_KEYFRAMES: Final = 5000


@dataclass(frozen=True)
class WindowAt:
    """One window of a clip at a frame of its film."""

    part: int
    """Of the merged edit, counted from 0."""
    frame: int
    """Of the film that the part shows."""
    panel: int = 0
    """Of the two that share the picture; 0 where there is one."""


def place_of(framing: Framing, at: WindowAt) -> tuple[Fraction, Fraction]:
    """Return left and top of a window at a frame. Raises PlanError where the clip does not show that."""
    _, stretch, panel = _found(framing, at)
    return panel.path.at(at.frame - stretch.frames[0])


def set_keyframe(
    framing: Framing, at: WindowAt, left_px: Fraction, top_px: Fraction, *, picture: tuple[int, int]
) -> Framing:
    """Return a framing whose window is at a place at a frame, in a film's picture of a size as shown.

    Raises PlanError where the window would leave the picture, or the clip does not show that frame.
    """
    _, stretch, panel = _found(framing, at)
    knot = _knot(at.frame - stretch.frames[0], left_px, top_px, panel, picture)
    others = [one for one in panel.path.knots if one.frame != knot.frame]
    if len(others) >= _MOST_KEYFRAMES:
        raise PlanError(f"A window has {_MOST_KEYFRAMES} keyframes at most.", remedy="Delete some first.")
    return _with(framing, at, [*others, knot])


def hold_window(
    framing: Framing, at: WindowAt, left_px: Fraction, top_px: Fraction, *, picture: tuple[int, int]
) -> Framing:
    """Return a framing whose window stands at one place for all of the shot. Raises what `set_keyframe` does."""
    _, _, panel = _found(framing, at)
    return _with(framing, at, [_knot(0, left_px, top_px, panel, picture)])


def move_keyframe(framing: Framing, at: WindowAt, frame: int) -> Framing:
    """Return a framing with a keyframe at another frame of its shot, where it stands as before.

    Raises PlanError where there is no such keyframe, another one is there, or the shot does not show that frame.
    """
    _, stretch, panel = _found(framing, at)
    knot = _keyframe(at, stretch, panel)
    first, end = stretch.frames
    if not first <= frame < end:
        raise PlanError(
            f"The keyframe cannot be at frame {frame}: its shot has frames {first} to {end - 1}.",
            remedy="Stay within the shot.",
        )
    others = [one for one in panel.path.knots if one != knot]
    if any(one.frame == frame - first for one in others):
        raise PlanError(f"There is a keyframe at frame {frame} already.", remedy="Delete one of the two.")
    return _with(framing, at, [*others, replace(knot, frame=frame - first)])


def delete_keyframe(framing: Framing, at: WindowAt) -> Framing:
    """Return a framing without a keyframe. Raises PlanError where there is none, or it is the window's only one."""
    _, stretch, panel = _found(framing, at)
    knot = _keyframe(at, stretch, panel)
    others = [one for one in panel.path.knots if one != knot]
    if not others:
        raise PlanError(
            "This is the window's only keyframe, which says where it stands.", remedy="Move the window instead."
        )
    return _with(framing, at, others)


def merged_framing(base: Framing, mine: Framing, theirs: Framing) -> Framing:
    """Return what two people made of a framing who both began with `base`.

    Raises ProjectError, with the frames in `data["places"]`, where they changed the same shot otherwise.
    """
    parts, places = [], []
    for before, one, other in zip_longest(base, mine, theirs, fillvalue=()):
        shots = []
        for was, ours, others in zip_longest(before, one, other):
            if ours in (was, others):
                shots.append(others)
            elif others == was:
                shots.append(ours)
            else:
                shown = was or ours or others
                assert shown is not None, "there is at least one of the three"
                places.append(list(shown.frames))
        parts.append(tuple(shot for shot in shots if shot is not None))
    if places:
        listed = ", ".join(f"frames {first} to {end}" for first, end in places)
        raise ProjectError(
            f"Somebody else changed the framing of the same shots meanwhile: {listed}.",
            remedy="Nothing was written. Look at what they did, and repeat what you still want.",
            conflict=True,
            places=places,
        )
    return tuple(parts)


def _found(framing: Framing, at: WindowAt) -> tuple[int, FramedStretch, FramedPanel]:
    """Return a shot's number in its part, the shot, and its window. Raises PlanError."""
    if not 0 <= at.part < len(framing):
        raise PlanError(f"The clip has {len(framing)} parts, counted from 0; there is no part {at.part}.")
    shots = framing[at.part]
    for number, stretch in enumerate(shots):
        if stretch.frames[0] <= at.frame < stretch.frames[1]:
            if not 0 <= at.panel < len(stretch.panels):
                raise PlanError(f"The shot has {len(stretch.panels)} windows; there is no window {at.panel}.")
            return number, stretch, stretch.panels[at.panel]
    shown = f"shows frames {shots[0].frames[0]} to {shots[-1].frames[1] - 1}" if shots else "shows no film"
    raise PlanError(f"Part {at.part} of the clip {shown}, not frame {at.frame}.")


def _keyframe(at: WindowAt, stretch: FramedStretch, panel: FramedPanel) -> Knot:
    first, knots = stretch.frames[0], panel.path.knots
    found = next((knot for knot in knots if knot.frame == at.frame - first), None)
    if found is None:
        there = ", ".join(str(first + knot.frame) for knot in knots[:20])
        raise PlanError(f"There is no keyframe at frame {at.frame}; there are some at {there}.")
    return found


def _knot(frame: int, left_px: Fraction, top_px: Fraction, panel: FramedPanel, picture: tuple[int, int]) -> Knot:
    for name, place, length, side in (
        ("left", left_px, panel.width_px, picture[0]),
        ("top", top_px, panel.height_px, picture[1]),
    ):
        if not 0 <= place <= side - length:
            raise PlanError(
                f"The window's {name} edge cannot be at {float(place):g}: it would leave the picture.",
                remedy=f"Choose 0 to {float(side - length):g} pixels.",
            )
    left, top = (Fraction((place * _GRAIN).__floor__(), _GRAIN) for place in (left_px, top_px))
    return Knot(frame, left, top)


def _with(framing: Framing, at: WindowAt, knots: list[Knot]) -> Framing:
    number, stretch, panel = _found(framing, at)
    path = CameraPath(tuple(sorted(knots, key=lambda knot: knot.frame)))
    panels = (*stretch.panels[: at.panel], replace(panel, path=path), *stretch.panels[at.panel + 1 :])
    shots = framing[at.part]
    shots = (*shots[:number], replace(stretch, panels=panels), *shots[number + 1 :])
    return (*framing[: at.part], shots, *framing[at.part + 1 :])
