"""The steps that a page asks for in a cutting room: bounded, strict, each one function of the room before it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from pipeline.cut.room import CuttingRoom, reject_for_next
from pipeline.errors import PlanError
from pipeline.plan import cutting_room as benchwork
from pipeline.plan.cutting_room import Room
from pipeline.plan.window_moves import Way
from pipeline.plan.zones import Frames
from pipeline.review.judging import Asked, Id

_MOST_PIECES: Final = 200
_LAST_FRAME: Final = 1 << 31
Frame = Annotated[int, Field(ge=0, le=_LAST_FRAME)]
By = Annotated[int, Field(ge=-_LAST_FRAME, le=_LAST_FRAME)]
Piece = Annotated[int, Field(ge=0, lt=_MOST_PIECES)]
Name = Annotated[str, StringConstraints(pattern=r"^h[0-9]{1,6}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Stretch = Annotated[list[Frame], Field(min_length=2, max_length=2)]


class Trim(Asked):
    """An in or out point goes to a frame."""

    do: Literal["trim"]
    highlight: Name
    edge: benchwork.Edge
    frame: Frame
    piece: Piece = 0


class Nudge(Asked):
    """An in or out point, or the whole highlight, goes some frames on."""

    do: Literal["nudge"]
    highlight: Name
    edge: Literal["in", "out", "both"]
    frames: By
    piece: Piece = 0


class OfOne(Asked):
    """Something that needs no more than a highlight."""

    do: Literal["lock", "unlock", "remove"]
    highlight: Name


class Split(Asked):
    """A highlight becomes two."""

    do: Literal["split"]
    highlight: Name
    frame: Frame


class Add(Asked):
    """A new highlight."""

    do: Literal["add"]
    pieces: Annotated[list[Stretch], Field(min_length=1, max_length=1)]


class Swap(Asked):
    """Other stretches in place of a highlight's."""

    do: Literal["swap"]
    highlight: Name
    pieces: Annotated[list[Stretch], Field(min_length=1, max_length=_MOST_PIECES)]


class Reject(Asked):
    """A highlight is not wanted."""

    do: Literal["reject"]
    highlight: Name
    note: Reason = ""


class Regain(Asked):
    """A highlight as its editor had it before they went on from what others saved."""

    do: Literal["regain"]
    highlight: Name
    """As it was called then."""
    place: Name | None = None
    """The highlight in whose place it goes; left out, a new one."""


class Again(Asked):
    """A step back, or forth again."""

    do: Literal["undo", "redo"]


Step = Annotated[Trim | Nudge | OfOne | Split | Add | Swap | Reject | Regain | Again, Field(discriminator="do")]
Change = Trim | Nudge | OfOne | Split | Add | Swap | Reject


class AskedStep(Asked):
    """A step, and the number of the room that the page showed."""

    seen: Annotated[int, Field(ge=0, lt=1 << 62)]
    step: Step


class AskedDraft(Asked):
    """That somebody goes on with work that was not saved, or leaves it."""

    seen: Annotated[int, Field(ge=0, lt=1 << 62)]
    draft: Id
    do: Literal["go on", "leave"]


class AskedSeen(Asked):
    """The number of the room that the page showed."""

    seen: Annotated[int, Field(ge=0, lt=1 << 62)]


class AskedEntry(Asked):
    """That somebody enters a room; anew to go on from what is saved now."""

    anew: bool = False


class AskedHighlight(Asked):
    """A highlight."""

    highlight: Name


class AskedCrop(Asked):
    """Where a clip's window is to be at a frame of the film, in pixels of the film's proxy."""

    seen: Annotated[int, Field(ge=0, lt=1 << 62)]
    highlight: Name
    platform: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    way: Way
    frame: Frame
    panel: Literal[0, 1] = 0
    left_px: Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)] = 0.0
    top_px: Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)] = 0.0


def take_step(room: CuttingRoom, now: Room, step: Change) -> tuple[Room, str]:
    """Return the room after a step, and what the step is called. Raises PlanError where it cannot be."""
    film = room.film
    match step:
        case Trim():
            moved = benchwork.trim(now, film, step.highlight, step.edge, step.frame, piece=step.piece)
            return moved, f"the {step.edge} point of {step.highlight}"
        case Nudge(edge="both"):
            pieces = _slid(now.find(step.highlight).pieces, step.frames)
            return benchwork.swap(now, film, step.highlight, pieces), f"the place of {step.highlight}"
        case Nudge(edge="in" | "out" as edge):
            moved = benchwork.nudge(now, film, step.highlight, edge, step.frames, piece=step.piece)
            return moved, f"the {edge} point of {step.highlight}"
        case OfOne(do="lock"):
            return benchwork.lock(now, step.highlight), f"the lock of {step.highlight}"
        case OfOne(do="unlock"):
            return benchwork.unlock(now, film, step.highlight), f"the unlocking of {step.highlight}"
        case OfOne():
            return benchwork.remove(now, step.highlight), f"the removal of {step.highlight}"
        case Split():
            return benchwork.split(now, step.highlight, step.frame), f"the split of {step.highlight}"
        case Add():
            return benchwork.add(now, film, _frames(step.pieces)[0]), "the new highlight"
        case Swap():
            return benchwork.swap(now, film, step.highlight, _frames(step.pieces)), f"the swap of {step.highlight}"
        case Reject():
            return reject_for_next(room, now, step.highlight, note=step.note), f"the rejection of {step.highlight}"
    raise AssertionError(step)


def regain(room: CuttingRoom, now: Room, aside: Room | None, step: Regain) -> tuple[Room, str]:
    """Return the room with a highlight as it was aside, its pieces and its crops, and what that step is called.

    Raises PlanError where it cannot be.
    """
    if aside is None:
        raise PlanError("There is nothing aside any more.", remedy="Go on with what is shown.")
    was = aside.find(step.highlight)
    if step.place is None:
        if len(was.pieces) != 1:
            raise PlanError(f"{was.id} has several stretches, which take the place of a highlight alone.")
        now = benchwork.add(now, room.film, was.pieces[0])
        id_ = now.highlights[-1].id
    else:
        id_ = step.place
        if now.find(id_).pieces != was.pieces:
            now = benchwork.swap(now, room.film, id_, was.pieces)
    return benchwork.crop(now, id_, *was.moves), f"what you had of {was.id}"


def _frames(pieces: list[list[int]]) -> tuple[Frames, ...]:
    return tuple((start, end) for start, end in pieces)


def _slid(pieces: tuple[Frames, ...], frames: int) -> tuple[Frames, ...]:
    if pieces[0][0] + frames < 0:
        raise PlanError("The highlight would begin before the film.", remedy="Stay within the film.")
    return tuple((start + frames, end + frames) for start, end in pieces)
