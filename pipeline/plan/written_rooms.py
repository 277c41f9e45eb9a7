"""Rooms that were written down and are read again: whether steps could have made them of a film."""

from __future__ import annotations

import re
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.cutting_room import MOST_HIGHLIGHTS, MOST_MOVES, Room, RoomFilm, check_stretches
from pipeline.spelling import brief

_NAME: Final = re.compile(r"h[0-9]{1,6}")


def check_room(room: Room, film: RoomFilm) -> None:
    """Raise PlanError for a room of a film that no steps make: what somebody wrote rather than did.

    What steps also keep to, and a film.toml or preset may not, can be: stretches shared with others, shown never, too
    long.
    """
    names = [one.id for one in room.highlights]
    if len(set(names)) < len(names) or len(names) > MOST_HIGHLIGHTS:
        raise PlanError(f"The highlights' names are not as they have to be: each once, {MOST_HIGHLIGHTS} at most.")
    written = [(one.id, one.pieces) for one in room.highlights]
    written += [(one.id, one.chosen) for one in room.highlights if one.chosen is not None]
    written += [(one.id, one.pieces) for one in room.rejected]
    for id_, pieces in written:
        if not _NAME.fullmatch(id_):
            raise PlanError(f"A highlight cannot be called {brief(id_)}, as h1, h2 and so on are.")
        check_stretches(id_, pieces, film)
    for one in room.highlights:
        if len(one.moves) > MOST_MOVES:
            raise PlanError(f"The windows of {one.id} were moved more than {MOST_MOVES} times.")
