"""The frames of a planned reel, one after another: two films open at most, nothing kept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.reels.disturbances import disturb
from bench.reels.plan import Look
from bench.reels.source import Frame, Source, read_pictures
from bench.reels.values import Ease, Fade, Join, Mix, Reel, Take, entry_frames, exit_frames, mixed_frames

_LOOK_SIZE = (32, 18)


def look_at(sources: Sequence[Source]) -> Look:
    """Return what shows any frame of some films very small, and remembers the last that it was asked for."""
    seen: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def look(source: int, number: int) -> NDArray[np.uint8]:
        if (source, number) not in seen:
            if len(seen) > 64:
                seen.pop(next(iter(seen)))
            with contextlib.closing(read_pictures(sources[source], (number,), _LOOK_SIZE)) as pictures:
                seen[source, number] = next(pictures)
        return seen[source, number]

    return look


def reel_pictures(reel: Reel, sources: Sequence[Source], size: tuple[int, int]) -> Iterator[Frame]:
    """Yield every frame of a reel, blue, green, red; the same reel gives the same frames."""
    fps = float(reel.rate.fps)
    yield from _held(reel.opening, size)
    leaving: Iterator[Frame] = iter(())
    for index, take in enumerate(reel.takes):
        before = reel.joins[index - 1] if index else reel.opening
        after = reel.joins[index] if index < len(reel.joins) else reel.closing
        pictures = _taken(take, sources[take.source], size, fps)
        if isinstance(before, Mix):
            yield from _mixed(leaving, pictures, before)
        yield from _faded(
            islice(pictures, take.frames - mixed_frames(before) - mixed_frames(after)), take, before, after
        )
        if not isinstance(after, Mix):
            yield from _held(after, size)
        leaving = pictures


def mixed_share(at: int, frames: int, ease: Ease) -> float:
    """Return how much of the new is seen in frame `at` of a mixture: never nothing, never all."""
    share = (at + 1) / (frames + 1)
    # Half of the curve is even: one flat at its ends would leave the first frames as they are, and the label untrue.
    return share if ease == "even" else (share + share * share * (3 - 2 * share)) / 2


def _taken(take: Take, source: Source, size: tuple[int, int], fps: float) -> Iterator[Frame]:
    with contextlib.closing(read_pictures(source, take.numbers, size)) as pictures:
        for at, picture in enumerate(pictures):
            yield disturb(picture, at, take.disturbances, fps)


def _held(join: Join | None, size: tuple[int, int]) -> Iterator[Frame]:
    if isinstance(join, Fade):
        for _ in range(join.hold_frames):
            yield _flat(join, (size[1], size[0], 3))


def _mixed(leaving: Iterator[Frame], coming: Iterator[Frame], mix: Mix) -> Iterator[Frame]:
    mixture = _dissolved if mix.kind == "dissolve" else _wiped
    for at in range(mix.frames):
        yield mixture(next(leaving), next(coming), mixed_share(at, mix.frames, mix.ease), mix)


def _faded(pictures: Iterator[Frame], take: Take, before: Join | None, after: Join | None) -> Iterator[Frame]:
    """Yield a take's frames but for the mixed ones, those at its ends on their way from or to a colour."""
    entry = entry_frames(before) if isinstance(before, Fade) else 0
    exits = exit_frames(after) if isinstance(after, Fade) else 0
    whole = take.frames - mixed_frames(before) - mixed_frames(after) - entry - exits
    for at, picture in enumerate(pictures):
        if isinstance(before, Fade) and at < entry:
            yield _coloured(picture, 1 - mixed_share(at, entry, before.ease), before)
        elif isinstance(after, Fade) and at >= entry + whole:
            yield _coloured(picture, mixed_share(at - entry - whole, exits, after.ease), after)
        else:
            yield picture


def _dissolved(leaving: Frame, coming: Frame, share: float, _: Mix) -> Frame:
    return np.asarray(cv2.addWeighted(leaving, 1 - share, coming, share, 0), np.uint8)


def _wiped(leaving: Frame, coming: Frame, share: float, wipe: Mix) -> Frame:
    height, width = leaving.shape[:2]
    across, down = round(width * share), round(height * share)
    window = {
        "left": (slice(None), slice(0, across)),
        "right": (slice(None), slice(width - across, width)),
        "top": (slice(0, down), slice(None)),
        "bottom": (slice(height - down, height), slice(None)),
    }[wipe.edge]
    shown = leaving.copy()
    shown[window] = coming[window]
    return shown


def _coloured(picture: Frame, share: float, fade: Fade) -> Frame:
    return np.asarray(cv2.addWeighted(picture, 1 - share, _flat(fade, picture.shape), share, 0), np.uint8)


def _flat(fade: Fade, shape: tuple[int, ...]) -> Frame:
    return np.broadcast_to(np.array(fade.colour, np.uint8), shape).copy()
