"""Keep a small JPEG of every shot: collected while a film is analysed, so that no picture is decoded twice for it."""

from __future__ import annotations

import io
import threading
import zipfile
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.facts import PictureFacts
from pipeline.plan.shots import Shot
from pipeline.shell.pixels.small import Shrinker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STEP: Final = Fraction(1)
_MOST: Final = 8000
_QUALITY: Final = 85
_JUMP: Final = 12.0
_AFTER_JUMP: Final = 3
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can hold: equal pictures make equal bytes


@dataclass(frozen=True)
class Thumbnail:
    """One frame of a film as a small JPEG."""

    frame: int
    jpeg: bytes


class ThumbnailCollector:
    """Hold a thumbnail every second, and one shortly after every jump in the picture, some 60 MB at most.

    Pictures may come from several threads, each of which looks at stretches of its own.
    """

    def __init__(self, picture: PictureFacts) -> None:
        self._picture = picture
        self._held: dict[int, bytes] = {}
        self._step = max(1, picture.rate.nearest_frame(_STEP))
        self._lock = threading.Lock()

    def watch(self) -> ThumbnailWatch:
        """Return what looks at pictures that come one after another."""
        return ThumbnailWatch(self, Shrinker(self._picture))

    def is_due(self, frame: int) -> bool:
        """Return whether a frame is one of those that are held whatever they show."""
        with self._lock:
            return frame % self._step == 0

    def hold(self, frame: int, jpeg: bytes) -> None:
        """Keep a picture of a frame; where there are too many, every second goes."""
        with self._lock:
            self._held[frame] = jpeg
            if len(self._held) > _MOST:
                self._held = dict(sorted(self._held.items())[::2])
                self._step *= 2

    def of_shots(self, shots: tuple[Shot, ...]) -> tuple[Thumbnail, ...]:
        """Return for each shot the thumbnail nearest to its middle, of those inside it where there are any."""
        with self._lock:
            held = dict(self._held)
        frames = sorted(held)
        return tuple(Thumbnail(frame, held[frame]) for frame in (_nearest_middle(frames, shot) for shot in shots))


class ThumbnailWatch:
    """Look at pictures of one stretch in order, and hand those to the collector that it wants."""

    def __init__(self, collector: ThumbnailCollector, shrink: Shrinker) -> None:
        self._collector = collector
        self._shrink = shrink
        self._previous: Any = None
        self._wanted = -1

    def look(self, frame: int, raw: Any, luma: NDArray[np.uint8]) -> None:
        """Look at a picture: as PyAV decoded it, and its luma made small."""
        import cv2

        if self._previous is not None and cv2.norm(luma, self._previous, cv2.NORM_L1) > _JUMP * luma.size:
            self._wanted = frame + _AFTER_JUMP
        self._previous = luma
        if frame == self._wanted or self._collector.is_due(frame):
            self._collector.hold(frame, self.jpeg(raw))

    def jpeg(self, raw: Any) -> bytes:
        """Return a small upright JPEG of a picture."""
        return _jpeg(self._shrink(raw))


def thumbnails_to_zip(thumbnails: tuple[Thumbnail, ...]) -> bytes:
    """Return an archive of `<shot>-<frame>.jpg`; equal thumbnails give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for shot, thumbnail in enumerate(thumbnails):
            archive.writestr(zipfile.ZipInfo(f"{shot:05}-{thumbnail.frame}.jpg", _ZIP_TIME), thumbnail.jpeg)
    return buffer.getvalue()


def thumbnails_from_zip(data: bytes) -> tuple[Thumbnail, ...]:
    """Read `thumbnails_to_zip`'s archive. Raises ValueError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = sorted(archive.namelist())
            return tuple(Thumbnail(_frame_of(name), archive.read(name)) for name in names)
    except zipfile.BadZipFile as error:
        raise ValueError(f"these are not a film's thumbnails: {error}") from error


def thumbnail_near(archive: Path, frame: int) -> bytes:
    """Return the picture of `thumbnails_to_zip`'s archive that is nearest to a frame, as a JPEG.

    Raises ValueError for a file that is none, or has no picture, and OSError.
    """
    try:
        with zipfile.ZipFile(archive) as read:
            names = read.namelist()
            return read.read(min(names, key=lambda name: abs(_frame_of(name) - frame)))
    except zipfile.BadZipFile as error:
        raise ValueError(f"these are not a film's thumbnails: {error}") from error


def _frame_of(name: str) -> int:
    return int(name.removesuffix(".jpg").partition("-")[2])


def _nearest_middle(frames: Sequence[int], shot: Shot) -> int:
    middle = (shot.start_frame + shot.end_frame - 1) / 2
    first, last = (bisect_left(frames, frame) for frame in (shot.start_frame, shot.end_frame))
    if first == last:
        first, last = 0, len(frames)
    after = bisect_left(frames, middle, first, last)
    return min(frames[max(first, after - 1) : min(last, after + 1)], key=lambda frame: abs(frame - middle))


def _jpeg(bgr: NDArray[np.uint8]) -> bytes:
    import cv2

    made, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert made, "OpenCV always has its JPEG encoder"
    return data.tobytes()
