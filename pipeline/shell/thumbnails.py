"""Keep a small JPEG of every shot: collected while a film is analysed, so that no picture is decoded twice for it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.plan.shots import Shot
from pipeline.shell.pixels import SmallPicture

_STEP: Final = Fraction(1, 2)
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
    """Hold a thumbnail every half second, and one shortly after every jump in the picture, some 60 MB at most."""

    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}
        self._step = _STEP
        self._next = Fraction(0)
        self._wanted = -1

    def look(self, picture: SmallPicture, *, motion: float) -> None:
        """Keep this picture where it is due; `motion` is its difference from the one before."""
        if motion > _JUMP:
            self._wanted = picture.frame + _AFTER_JUMP
        if picture.time < self._next and picture.frame != self._wanted:
            return
        self._held[picture.frame] = _jpeg(picture)
        if picture.time >= self._next:
            self._next = (picture.time // self._step + 1) * self._step
        if len(self._held) > _MOST:
            self._held = dict(list(self._held.items())[::2])
            self._step *= 2

    def middle_of(self, shot: Shot) -> Thumbnail:
        """Return the held thumbnail that is nearest to the middle of a shot."""
        middle = (shot.start_frame + shot.end_frame - 1) / 2
        inside = [frame for frame in self._held if shot.start_frame <= frame < shot.end_frame]
        frame = min(inside or self._held, key=lambda held: (abs(held - middle), held))
        return Thumbnail(frame, self._held[frame])

    def of_shots(self, shots: tuple[Shot, ...]) -> tuple[Thumbnail, ...]:
        """Return one thumbnail for each shot."""
        return tuple(self.middle_of(shot) for shot in shots)


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
            return tuple(
                Thumbnail(int(name.removesuffix(".jpg").partition("-")[2]), archive.read(name)) for name in names
            )
    except zipfile.BadZipFile as error:
        raise ValueError(f"these are not a film's thumbnails: {error}") from error


def _jpeg(picture: SmallPicture) -> bytes:
    import cv2

    made, data = cv2.imencode(".jpg", picture.bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert made, "OpenCV always has its JPEG encoder"
    return data.tobytes()
