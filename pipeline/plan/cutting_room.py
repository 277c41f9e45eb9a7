"""What a person does to a film's highlights, as functions: a room in, a new room out, or why it cannot be.

Places are frames of the film's natural constant rate, counted from its first picture, and stretches are half-open, as
in edit files. A highlight is one stretch or, of a montage, several in order. All stretches of a room are within the
film, a frame long at least, in order within their highlight, and share no frame with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, pairwise
from typing import Final, Literal

from pipeline.edit import Edit, MasterSpan
from pipeline.errors import PlanError
from pipeline.plan.highlights import Highlight
from pipeline.plan.passages import share_within
from pipeline.plan.window_moves import WindowMove, add_move
from pipeline.plan.zones import Frames
from pipeline.timebase import FrameRate, Span, timecode

Edge = Literal["in", "out"]
"""The first frame that is shown, or the frame after the last."""
MOST_HIGHLIGHTS: Final = 100
MOST_MOVES: Final = 500
"""Of the windows of one highlight's clips."""


@dataclass(frozen=True)
class RoomFilm:
    """What of a film bounds what can be done."""

    digest: str
    rate: FrameRate
    frame_count: int
    never: tuple[Frames, ...] = ()
    """What must never be shown, as film.toml says."""
    longest_s: Fraction | None = None
    """Of any platform that clips are for; None where none has a limit."""
    longest_said_by: str = ""
    """The platform whose limit that is."""

    def told(self, frame: int) -> str:
        """Return a place as people read it."""
        return timecode(frame, self.rate)


@dataclass(frozen=True)
class RoomHighlight:
    """One highlight on the bench."""

    id: str
    """Such as h1."""
    pieces: tuple[Frames, ...]
    chosen: tuple[Frames, ...] | None = None
    """What was chosen for it before a person touched it; None for what a person added."""
    is_locked: bool = False
    """Whether it stays as it is, whatever is chosen anew: what a person touches does."""
    moves: tuple[WindowMove, ...] = ()
    """What was done to the windows of its clips since the room was entered, which go with what it shows."""

    @property
    def frames(self) -> int:
        """How many frames it shows."""
        return sum(end - start for start, end in self.pieces)

    @property
    def is_held_as_edit(self) -> bool:
        """Whether an edit file holds it once it is saved: film.toml locks single stretches."""
        return self.is_locked and len(self.pieces) > 1


@dataclass(frozen=True)
class RejectedPieces:
    """A highlight that somebody does not want."""

    id: str
    """What it was called."""
    pieces: tuple[Frames, ...]
    note: str = ""
    """Why, in a person's words."""


@dataclass(frozen=True)
class Room:
    """The highlights of a film, in the order of their names, and what was rejected, in the order of that."""

    highlights: tuple[RoomHighlight, ...]
    rejected: tuple[RejectedPieces, ...] = ()

    @property
    def shown(self) -> tuple[Frames, ...]:
        """Every stretch that is shown, in film order."""
        return tuple(sorted(piece for one in self.highlights for piece in one.pieces))

    def find(self, id_: str) -> RoomHighlight:
        """Return a highlight by its name. Raises PlanError for one that there is not."""
        for one in self.highlights:
            if one.id == id_:
                return one
        names = ", ".join(one.id for one in self.highlights) or "none"
        raise PlanError(f"There is no highlight {id_!r} in the room; there are {names}.")


def open_room(highlights: Iterable[Highlight], film: RoomFilm) -> Room:
    """Return the room of highlights that were chosen, without their cards; stretches of other films are left out."""
    opened = []
    for one in highlights:
        pieces = tuple(
            (film.rate.nearest_frame(part.span.start), film.rate.nearest_frame(part.span.end))
            for part in one.edit.parts
            if isinstance(part, MasterSpan) and part.master == film.digest
        )
        if pieces:
            opened.append(RoomHighlight(one.id, pieces, None if one.is_locked else pieces, one.is_locked))
    return Room(tuple(opened))


def trim(room: Room, film: RoomFilm, id_: str, edge: Edge, frame: int, *, piece: int = 0) -> Room:
    """Return the room with the in or out point of a highlight's piece at another frame, and the highlight locked.

    Raises PlanError where it would be shorter than a frame, beyond the film, over another stretch, in what must never
    be shown, or longer than a platform takes.
    """
    one = room.find(id_)
    start, end = _piece(one, piece)
    moved = (frame, end) if edge == "in" else (start, frame)
    pieces = (*one.pieces[:piece], moved, *one.pieces[piece + 1 :])
    return _put(room, film, replace(one, pieces=pieces, is_locked=True))


def nudge(room: Room, film: RoomFilm, id_: str, edge: Edge, frames: int, *, piece: int = 0) -> Room:
    """Return the room with an in or out point so many frames later, earlier where negative. Raises what `trim` does."""
    start, end = _piece(room.find(id_), piece)
    return trim(room, film, id_, edge, (start if edge == "in" else end) + frames, piece=piece)


def trim_to(room: Room, film: RoomFilm, id_: str, edge: Edge, time: Fraction, *, piece: int = 0) -> Room:
    """Return the room with an in or out point at the frame nearest to a time in seconds. Raises what `trim` does."""
    return trim(room, film, id_, edge, film.rate.nearest_frame(time), piece=piece)


def swap(room: Room, film: RoomFilm, id_: str, pieces: Sequence[Frames]) -> Room:
    """Return the room with other stretches in place of a highlight, which stay. Raises what `trim` does."""
    one, other = room.find(id_), tuple(pieces)
    moves = one.moves if share_within(other, one.pieces) else ()
    return _put(room, film, replace(one, pieces=other, is_locked=True, moves=moves))


def crop(room: Room, id_: str, *moves: WindowMove) -> Room:
    """Return the room with windows of a highlight's clips moved, which locks nothing.

    Raises PlanError where there is no such highlight, or too many moves.
    """
    one = room.find(id_)
    made = one.moves
    for move in moves:
        made = add_move(made, move)
    if len(made) > MOST_MOVES:
        raise PlanError(
            f"The windows of {id_} were moved {MOST_MOVES} times.", remedy="Save, then load the page again and go on."
        )
    return _replaced(room, replace(one, moves=made))


def split(room: Room, id_: str, frame: int) -> Room:
    """Return the room with a highlight parted before a frame: what follows is a new one, right after it; both stay.

    Raises PlanError where the frame is not within it, or the room is full.
    """
    one = room.find(id_)
    first, last = one.pieces[0][0], one.pieces[-1][1]
    before = tuple((start, min(end, frame)) for start, end in one.pieces if start < frame)
    after = tuple((max(start, frame), end) for start, end in one.pieces if end > frame)
    if not before or not after:
        raise PlanError(
            f"{id_} cannot be split before frame {frame}: it goes from {first} to {last}.",
            remedy="Choose a frame within it, not its first one.",
        )
    _check_room(room)
    rest = RoomHighlight(_free_id(room), after, None, is_locked=True, moves=one.moves)
    parted = (replace(one, pieces=before, is_locked=True), rest)
    place = room.highlights.index(one)
    return replace(room, highlights=(*room.highlights[:place], *parted, *room.highlights[place + 1 :]))


def add(room: Room, film: RoomFilm, frames: Frames) -> Room:
    """Return the room with a new highlight after all others, which stays. Raises what `trim` does, or a full room."""
    _check_room(room)
    made = RoomHighlight(_free_id(room), (frames,), None, is_locked=True)
    return _put(replace(room, highlights=(*room.highlights, made)), film, made)


def remove(room: Room, id_: str) -> Room:
    """Return the room without a highlight that a person added.

    Raises PlanError for one that was chosen: it would be chosen again, and is rejected instead.
    """
    one = room.find(id_)
    if one.chosen is not None:
        raise PlanError(
            f"{id_} was chosen by Matinee, and would be chosen again.",
            remedy="Reject it: then the next best takes its place.",
        )
    return replace(room, highlights=tuple(other for other in room.highlights if other != one))


def reject(room: Room, film: RoomFilm, id_: str, instead: Sequence[Frames] = (), *, note: str = "") -> Room:
    """Return the room in which a highlight is not wanted, with the next best in its place, where there is one.

    What is remembered is what was chosen, wherever a person moved its ends. Raises what `trim` does.
    """
    one = room.find(id_)
    unwanted = RejectedPieces(id_, one.chosen or one.pieces, note)
    told = replace(room, rejected=(*room.rejected, unwanted))
    if not instead:
        return replace(told, highlights=tuple(other for other in room.highlights if other != one))
    return _put(told, film, RoomHighlight(id_, tuple(instead), tuple(instead)))


def lock(room: Room, id_: str) -> Room:
    """Return the room with a highlight that stays as it is."""
    one = room.find(id_)
    return _replaced(room, replace(one, is_locked=True))


def unlock(room: Room, film: RoomFilm, id_: str) -> Room:
    """Return the room with a highlight as it was chosen. Raises PlanError for one that a person added, or no room."""
    one = room.find(id_)
    if one.chosen is None:
        raise PlanError(
            f"{id_} was cut by a person: there is nothing chosen that it could go back to.",
            remedy="Remove it instead.",
        )
    return _put(room, film, replace(one, pieces=one.chosen, is_locked=False))


def edit_of(highlight: RoomHighlight, film: RoomFilm, *, base: Edit | None = None) -> Edit:
    """Return a highlight as an edit, as edit files hold it: with what `base`, its edit as it was chosen, says besides.

    What it is heard by, where that is not its own sound, fits the old pieces alone and is left out.
    """
    parts = tuple(MasterSpan(film.digest, Span.of_frames(*piece, film.rate)) for piece in highlight.pieces)
    return Edit(highlight.id, parts, fades=None if base is None else base.fades)


def check_stretches(id_: str, pieces: Sequence[Frames], film: RoomFilm) -> None:
    """Raise PlanError for pieces that are no stretches of a film in order."""
    if not pieces:
        raise PlanError(f"{id_} would show nothing.", remedy="Give it a stretch of the film.")
    for start, end in pieces:
        if end <= start:
            raise PlanError(
                f"{id_} would go from frame {start} to {end}, and it has to show one frame at least.",
                remedy="Move the out point behind the in point.",
            )
        if start < 0 or end > film.frame_count:
            raise PlanError(
                f"{id_} would go from frame {start} to {end}, and the film has frames 0 to {film.frame_count}.",
                remedy="Stay within the film.",
            )
    for before, after in pairwise(pieces):
        if after[0] < before[1]:
            raise PlanError(
                f"The stretches of {id_} would not follow one another: one begins at frame {after[0]}, and the one "
                f"before it ends at {before[1]}."
            )


def _piece(one: RoomHighlight, piece: int) -> Frames:
    if not 0 <= piece < len(one.pieces):
        raise PlanError(f"{one.id} has {len(one.pieces)} stretches, counted from 0; there is no stretch {piece}.")
    return one.pieces[piece]


def _put(room: Room, film: RoomFilm, one: RoomHighlight) -> Room:
    """Return the room with a highlight in place of the one of its name. Raises PlanError for what cannot be."""
    others = tuple((other.id, piece) for other in room.highlights if other.id != one.id for piece in other.pieces)
    _check(one, film, others)
    return _replaced(room, one)


def _replaced(room: Room, one: RoomHighlight) -> Room:
    return replace(room, highlights=tuple(one if other.id == one.id else other for other in room.highlights))


def _check(one: RoomHighlight, film: RoomFilm, others: Sequence[tuple[str, Frames]]) -> None:
    check_stretches(one.id, one.pieces, film)
    for start, end in one.pieces:
        for first, last in film.never:
            if start < last and first < end:
                raise PlanError(
                    f"{one.id} would show some of {film.told(first)} to {film.told(last)}, which film.toml says must "
                    "never be shown.",
                    remedy="Stay out of it, or take the stretch out of film.toml.",
                )
        for id_, (first, last) in others:
            if start < last and first < end:
                raise PlanError(
                    f"{one.id} would share frames {max(start, first)} to {min(end, last)} with {id_}, which goes from "
                    f"{film.told(first)} to {film.told(last)}.",
                    remedy=f"End it at {first} or begin at {last}, or move {id_} first.",
                )
    seconds = film.rate.time_of(one.frames)
    if film.longest_s is not None and seconds > film.longest_s:
        raise PlanError(
            f"{one.id} would last {float(seconds):.2f} s, and {film.longest_said_by} takes "
            f"{float(film.longest_s):g} s at most: {film.rate.frames_within(film.longest_s)} frames, not {one.frames}.",
            remedy="Shorten it, or leave that platform out.",
        )


def _check_room(room: Room) -> None:
    if len(room.highlights) >= MOST_HIGHLIGHTS:
        raise PlanError(f"A film has {MOST_HIGHLIGHTS} highlights at most.", remedy="Remove or reject one first.")


def _free_id(room: Room) -> str:
    taken = {one.id for one in room.highlights}
    return next(id_ for number in count(1) if (id_ := f"h{number}") not in taken)
