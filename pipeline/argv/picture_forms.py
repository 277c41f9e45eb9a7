"""Nodes of picture → arguments as told for keys, put together once for all that differ in what they show alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import repeat
from operator import attrgetter
from typing import Any, Final

from pipeline.argv.forms import Form, Place, spelled, stand_ins
from pipeline.argv.keys import key_as_url, told
from pipeline.argv.picture import picture_argv
from pipeline.graph import X264, BlackPicture, Captions, FilmPicture, PictureEncode, PicturePart, StillPicture, View

_CAPTIONS: Final = ("TheScript", "TheFonts")
"""Keys that stand for those of captions."""
# No part is so long, no keyframes are so far apart, and no other number in arguments begins alike with as many digits.
_FAR_FRAMES: Final = 3 * 10**14
_FAR_INTERVAL: Final = 4 * 10**14


def _names(kind: type[Any], *but: str) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.name not in but)


_OF_NODE: Final = attrgetter(*_names(PictureEncode, "parts", "views", "captions", "encoder"))
_OF_X264: Final = attrgetter(*_names(X264, "keyframe_interval_frames"))
_OF_FILM: Final = attrgetter(*_names(FilmPicture, "source", "start", "frames", "seek"))
_OF_VIEW: Final = attrgetter(*_names(View, "frames"))


def told_picture(node: PictureEncode) -> str:
    """Return the arguments of a node, keys for its inputs whatever the files are called, told as for its key.

    Pictures of many films, regions and clips are encoded alike, and differ in what they show alone.
    """
    captions = node.captions
    if captions is not None and not (captions.script + captions.fonts).isalnum():
        return told(picture_argv([node], ["out"], key_as_url))  # what has to be escaped in them is not filled in
    is_counted = all(map(_is_told_by_count, node.parts, node.views))
    # Looked up by what would stand in the form: to make a node for each look-up takes longer than all else.
    looks = tuple(map(_looks, node.parts, node.views, _sources(node.parts), repeat(is_counted)))
    first_frame = None if captions is None else captions.first_frame
    encoder = _OF_X264(node.encoder) if isinstance(node.encoder, X264) else node.encoder
    form = _form_of(_Alike((is_counted, looks, first_frame, encoder, *_OF_NODE(node)), node))
    drawn = () if captions is None else (captions.script, captions.fonts)
    interval = str(node.encoder.keyframe_interval_frames)
    counts = _counts(node.parts) if is_counted else ()
    return form.filled((*spelled(_places(node.parts)), interval, *drawn, *counts))


@dataclass(frozen=True)
class _Alike:
    """A node, equal to all whose arguments differ from its own in nothing but what goes into blanks."""

    looks: tuple[Any, ...]
    node: PictureEncode = field(compare=False)
    """One of them."""


def _looks(part: PicturePart, views: Sequence[View], source: int, is_counted: bool) -> tuple[Any, ...]:
    """Return what the arguments of parts that are told alike agree in; `source` numbers theirs within their node."""
    frames = None if is_counted else part.frames
    if isinstance(part, FilmPicture):
        return (source, frames, part.seek is None, _OF_FILM(part), tuple(map(_OF_VIEW, views)) if is_counted else views)
    return (source, frames) if isinstance(part, StillPicture) else (frames,)


def _sources(parts: Sequence[PicturePart]) -> Iterator[int]:
    """Yield numbers for the sources of parts, one for all that are of one."""
    numbers: dict[str, int] = {}
    for part in parts:
        yield -1 if isinstance(part, BlackPicture) else numbers.setdefault(part.source, len(numbers))


def _is_told_by_count(part: PicturePart, views: Sequence[View]) -> bool:
    """Tell whether a part's arguments tell of its frames by their number alone: its windows stand, if it has any."""
    if not isinstance(part, FilmPicture):
        return True
    return len(views) == 1 and all(panel.window.path.is_still for panel in views[0].panels)


@functools.lru_cache(maxsize=1024)
def _form_of(alike: _Alike) -> Form:
    is_counted, node = alike.looks[0], alike.node
    parts, views = tuple(_standing_in(node.parts)), node.views
    if is_counted:
        lengths = range(_FAR_FRAMES, _FAR_FRAMES + len(parts))
        parts = tuple(replace(part, frames=frames) for part, frames in zip(parts, lengths, strict=True))
        views = tuple(
            tuple(replace(view, frames=frames) for view in own) for own, frames in zip(views, lengths, strict=True)
        )
    captions = None if node.captions is None else Captions(*_CAPTIONS, node.captions.first_frame)
    encoder = node.encoder
    if isinstance(encoder, X264):
        encoder = replace(encoder, keyframe_interval_frames=_FAR_INTERVAL)
    standing = replace(node, parts=parts, views=views, captions=captions, encoder=encoder)
    blanks = (*spelled(_places(parts)), str(_FAR_INTERVAL), *(() if captions is None else _CAPTIONS))
    return Form.of(picture_argv([standing], ["out"], key_as_url), (*blanks, *(_counts(parts) if is_counted else ())))


def _places(parts: Sequence[PicturePart]) -> tuple[Place, ...]:
    return tuple(
        (part.source, part.start, part.seek) if isinstance(part, FilmPicture) else (part.source, None, None)
        for part in parts
        if not isinstance(part, BlackPicture)
    )


def _standing_in(parts: Sequence[PicturePart]) -> Iterator[PicturePart]:
    """Yield the parts that are the same for all that differ from them in places alone."""
    standing = iter(stand_ins(_places(parts)))
    for part in parts:
        if isinstance(part, BlackPicture):
            yield part
            continue
        source, start, seek = next(standing)
        if isinstance(part, FilmPicture):
            assert start is not None
            yield replace(part, source=source, start=start, seek=seek)
        else:
            yield StillPicture(source, part.frames)


def _counts(parts: Sequence[PicturePart]) -> tuple[str, ...]:
    """Return the words by which arguments tell of lengths: of each part, and of all together."""
    return (*(str(part.frames) for part in parts), str(sum(part.frames for part in parts)))
