"""Pieces of clips → the nodes that encode their pictures, each planned once for all clips that show it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from pipeline.edit import Edit
from pipeline.framing import Framing
from pipeline.graph import Captions, CardSheet, PictureEncode
from pipeline.plan.clips import Film, Films, plan_picture
from pipeline.plan.encoder import keyframe_interval, x264_for
from pipeline.plan.parting import Frames, parted
from pipeline.plan.streams import PictureStream, Pieces


def plan_piece(
    piece: Edit,
    stream: PictureStream,
    films: Films,
    *,
    pieces: Pieces,
    framing: Framing | None = None,
    captions: Captions | None = None,
    captioned: Sequence[Frames] = (),
    sheet: CardSheet | None = None,
    own: frozenset[str] = frozenset(),
) -> tuple[PictureEncode, ...]:
    """Return what encodes a piece that is all of a clip's picture ("one") or one of several, in order.

    It is parted where it shows stills that its clip alone shows, `own` by key. `captioned` are the frames in which
    captions are drawn; all else is as `plan_picture` has it, and so are the errors.
    """
    # What does not count for this piece is left out, so that it is found again by whoever else shows it.
    used = tuple([(one, films[one]) for one in piece.masters if one in films])
    drawn = None if captions is None else (captions, tuple(captioned))
    return _planned(
        piece, stream, used, pieces, framing, drawn, *((sheet, own) if piece.has_cards else (None, frozenset()))
    )


@functools.lru_cache(maxsize=512)  # each keeps its films' timelines
def _planned(
    piece: Edit,
    stream: PictureStream,
    used: tuple[tuple[str, Film], ...],
    pieces: Pieces,
    framing: Framing | None,
    drawn: tuple[Captions, tuple[Frames, ...]] | None,
    sheet: CardSheet | None,
    own: frozenset[str],
) -> tuple[PictureEncode, ...]:
    films = dict(used)
    captions, captioned = drawn or (None, ())
    frames = stream.frame_rate.frames_within(piece.duration)
    encoder = x264_for(stream, keyframe_interval(stream, frames)) if pieces == "several" and frames else None
    node = plan_picture(piece, stream, films, framing=framing, captions=captions, sheet=sheet, encoder=encoder)
    return parted(node, own, films, captioned)
