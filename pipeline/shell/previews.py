"""Show how clips are framed: the whole picture with the window lit and platforms' buttons drawn, still and moving."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.edit import Edit, MasterSpan, merged
from pipeline.facts import MediaFacts
from pipeline.framing import FramedPanel, FramedStretch, Framing
from pipeline.plan.layout import Canvas
from pipeline.plan.shots import Timeline
from pipeline.shell import apart
from pipeline.shell.digests import check_unchanged
from pipeline.shell.ffmpeg import feed_ffmpeg
from pipeline.shell.ledger import FileIdentity
from pipeline.shell.probe import source_url
from pipeline.shell.store import Artifact, Store
from pipeline.timebase import timecode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.shell.study import Study

    Picture = NDArray[np.uint8]

_VERSION: Final = "3"
"""Of how previews are drawn; raised when the same framing would look otherwise."""
# Small and quickly encoded: larger ones of 45 s in all shapes cost a tenth of what the clips' pictures do.
_LONG_SIDE_PX: Final = 480
_EMPTY: Final = (480, 270)
_X264_PRESET: Final = "ultrafast"
_FPS: Final = 12
_MOST_PICTURES: Final = 720
_DIM: Final = 0.35
_WINDOW: Final = (60, 220, 250)  # OpenCV's order: blue, green, red
_BUTTONS: Final = (70, 70, 235)
_TINT: Final = 0.3
_LABEL_PX: Final = 26
_COLUMNS: Final = 4
_JPEG_QUALITY: Final = 88


@dataclass(frozen=True)
class Preview:
    """A framing of an edit that is to be shown, and what lies over it."""

    edit: Edit
    framing: Framing
    canvas: Canvas
    """Whose buttons are drawn."""

    @cached_property
    def keys(self) -> tuple[str, str]:
        """The keys of its picture and of its video."""
        tools = f"previews {_VERSION}, opencv-python {version('opencv-python')}, av {version('av')}"
        said = (repr(merged(self.edit)), repr(self.framing), repr(self.canvas))
        return recipe_key("preview picture", tools, said), recipe_key("preview video", tools, said)


@dataclass(frozen=True)
class DrawnPreview:
    """What a preview looks like."""

    picture: Artifact
    video: Artifact


@dataclass(frozen=True)
class Footage:
    """Where a film lies, and what has to be known of it to see its pictures."""

    path: Path
    identity: FileIdentity
    facts: MediaFacts
    timeline: Timeline


def make_previews(
    previews: Sequence[Preview], studies: Mapping[str, Study], store: Store
) -> dict[Preview, DrawnPreview]:
    """Draw what the store lacks of previews of one edit, from one pass over its films, apart. Raises MasterError."""
    missing = [one for one in previews if any(store.find(key) is None for key in one.keys)]
    if missing:
        films = [studies[digest] for digest in missing[0].edit.masters]
        footage = {one.digest: Footage(one.path, one.identity, one.facts, one.analysis.timeline) for one in films}
        if footage:
            apart.draw_previews(missing, footage, store)
    return draw_previews(previews, {}, store)


def draw_previews(
    previews: Sequence[Preview], footage: Mapping[str, Footage], store: Store
) -> dict[Preview, DrawnPreview]:
    """Draw the same in this process; `footage` are the films by their digests."""
    missing = [one for one in previews if any(store.find(key) is None for key in one.keys)]
    pictures = list(_sampled(missing[0].edit, footage)) if missing else []
    for film in footage.values():
        check_unchanged(film.path, film.identity)
    drawn = {}
    for one in previews:
        picture, _ = store.make(one.keys[0], ".jpg", partial(_draw_picture, one, pictures))
        video, _ = store.make(one.keys[1], ".mp4", partial(_draw_video, one, pictures))
        drawn[one] = DrawnPreview(picture, video)
    return drawn


@dataclass(frozen=True)
class _Sample:
    """One picture of an edit, small, as JPEG: all of them have to be held at once."""

    part: int
    frame: int
    """Of its film."""
    timecode: str
    jpeg: bytes
    scale: float
    """From the film's picture as shown to this one."""

    @property
    def pixels(self) -> Picture:
        import cv2
        import numpy as np

        return cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)  # type: ignore[return-value]


def _sampled(edit: Edit, footage: Mapping[str, Footage]) -> Iterator[_Sample]:
    """Yield what is on screen at even steps of an edit, at most `_MOST_PICTURES` times; cards and gaps show nothing."""
    edit = merged(edit)
    step = max(Fraction(1, _FPS), edit.duration / _MOST_PICTURES)
    at = Fraction(0)
    for number, part in enumerate(edit.parts):
        if isinstance(part, MasterSpan):
            first, end = -(-at // step), -(-(at + part.duration) // step)
            times = [count * step - at + part.span.start for count in range(first, end)]
            yield from _sampled_part(number, part, times, footage[part.master])
        at += part.duration


def _sampled_part(number: int, part: MasterSpan, times: Sequence[Fraction], film: Footage) -> Iterator[_Sample]:
    """Yield what is on screen at some times of a part."""
    import cv2

    from pipeline.shell.pixels.small import Shrinker, small_size
    from pipeline.shell.sampler import pictures_within

    timeline, shrink = film.timeline, Shrinker(film.facts.picture, _LONG_SIDE_PX)
    scale = small_size(film.facts.picture, _LONG_SIDE_PX)[0] / film.facts.picture.display_size[0]
    for _, pictures in pictures_within(film.path, film.facts, [part.span]):
        numbered = ((timeline.picture_at(picture.time), picture.frame) for picture in pictures)
        for (frame, shown), alike in groupby(_held(numbered, [timeline.frame_at(time) for time in times])):
            jpeg = cv2.imencode(".jpg", shrink(shown), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
            yield from [_Sample(number, frame, timecode(frame, timeline.rate), jpeg, scale)] * len(list(alike))


def _held(pictures: Iterable[tuple[int, Any]], wanted: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """Yield, for each frame that is wanted, in order, the last picture up to it; the first for those before it."""
    held, left = None, deque(wanted)
    for picture in pictures:
        while held is not None and left and left[0] < picture[0]:
            yield held
            left.popleft()
        held = picture
    if held is not None:
        yield from [held] * len(left)


def _draw_picture(preview: Preview, samples: Sequence[_Sample], path: Path) -> dict[str, Any]:
    """Write a sheet of one picture for each shot, two where its window moves."""
    import cv2
    import numpy as np

    chosen = _one_for_each_shot(preview, samples)
    cells = [_drawn(preview, sample) for sample in chosen] or [np.zeros((*_EMPTY[::-1], 3), np.uint8)]
    height, width = (max(cell.shape[side] for cell in cells) for side in (0, 1))
    columns = min(_COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, cell in enumerate(cells):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    scale = min(1.0, _COLUMNS * _LONG_SIDE_PX / sheet.shape[1], 16000 / sheet.shape[0])
    if scale < 1:
        sheet = cv2.resize(sheet, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    path.write_bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes())
    return {"made_by": "framing preview", "inputs": list(preview.edit.masters)}


def _draw_video(preview: Preview, samples: Sequence[_Sample], path: Path) -> dict[str, Any]:
    size = samples[0].pixels.shape[1::-1] if samples else _EMPTY
    source = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", str(_FPS), "-i", "pipe:0")
    coder = ("-c:v", "libx264", "-preset", _X264_PRESET, "-crf", "26", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
    exact = ("-flags:v", "+bitexact", "-fflags", "+bitexact", "-threads:v", "1", "-f", "mp4")
    feed_ffmpeg((*source, *coder, *exact, source_url(path)), _frames(preview, samples, size))
    return {"made_by": "framing preview", "inputs": list(preview.edit.masters)}


def _frames(preview: Preview, samples: Sequence[_Sample], size: tuple[int, int]) -> Iterator[bytes]:
    import numpy as np

    for sample in samples:
        yield np.ascontiguousarray(_fitted(_drawn(preview, sample), size)).tobytes()
    if not samples:
        yield np.zeros((size[1], size[0], 3), np.uint8).tobytes()


def _fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    """Return a picture in a size, in the middle of black where it has another shape."""
    import cv2
    import numpy as np

    if picture.shape[1::-1] == size:
        return picture
    scale = min(size[0] / picture.shape[1], size[1] / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[: size[1], : size[0]]
    left, top = (size[0] - small.shape[1]) // 2, (size[1] - small.shape[0]) // 2
    fitted = np.zeros((size[1], size[0], 3), np.uint8)
    fitted[top : top + small.shape[0], left : left + small.shape[1]] = small
    return fitted


def _one_for_each_shot(preview: Preview, samples: Sequence[_Sample]) -> list[_Sample]:
    chosen = []
    for number, stretches in enumerate(preview.framing):
        for stretch in stretches:
            first, end = stretch.frames
            shown = [sample for sample in samples if sample.part == number and first <= sample.frame < end]
            moves = any(not panel.path.is_still for panel in stretch.panels)
            for share in (Fraction(1, 6), Fraction(5, 6)) if moves else (Fraction(1, 2),):
                wanted = first + (end - first) * share
                if shown:
                    chosen.append(min(shown, key=lambda sample: abs(sample.frame - wanted)))
    return list(dict.fromkeys(chosen))


def _drawn(preview: Preview, sample: _Sample) -> Picture:
    """Return a picture with what is cut away darkened, the windows outlined, and what buttons cover tinted."""
    import cv2
    import numpy as np

    picture = sample.pixels
    stretch = _stretch_at(preview.framing[sample.part], sample.frame)
    drawn = (picture * _DIM).astype(np.uint8)
    for panel in () if stretch is None else stretch.panels:
        assert stretch is not None
        left, top = (float(place) for place in panel.path.at(sample.frame - stretch.frames[0]))
        right, bottom = left + float(panel.width_px), top + float(panel.height_px)
        box = [round(edge * sample.scale) for edge in (left, top, right, bottom)]
        shown = slice(box[1], box[3]), slice(box[0], box[2])
        drawn[shown] = picture[shown]
        for zone in _zones_in(panel, preview.canvas, box):
            covered = drawn[zone[1] : zone[3], zone[0] : zone[2]]
            covered[:] = (covered * (1 - _TINT) + np.array(_BUTTONS) * _TINT).astype(np.uint8)
        cv2.rectangle(drawn, (box[0], box[1]), (box[2] - 1, box[3] - 1), _WINDOW, 2)
    # OpenCV's letters are those of ASCII.
    label = f"{sample.timecode}  {'' if stretch is None else stretch.why}".encode("ascii", "replace").decode()
    drawn[:_LABEL_PX] = (drawn[:_LABEL_PX] * _DIM).astype(np.uint8)
    cv2.putText(drawn, label, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return drawn


def _stretch_at(stretches: Sequence[FramedStretch], frame: int) -> FramedStretch | None:
    return next((one for one in stretches if one.frames[0] <= frame < one.frames[1]), None)


def _zones_in(panel: FramedPanel, canvas: Canvas, box: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """Yield what buttons cover of a panel, in pixels of a picture in which its window is `box`."""
    left, top, width, height = (float(share) for share in panel.place)
    for zone in (one.box for one in canvas.zones):
        shares = (
            (zone.left_px / canvas.width_px - left) / width,
            (zone.top_px / canvas.height_px - top) / height,
            (zone.right_px / canvas.width_px - left) / width,
            (zone.bottom_px / canvas.height_px - top) / height,
        )
        inside = [min(1.0, max(0.0, share)) for share in shares]
        places = [
            round(box[side] + share * (box[side + 2] - box[side]))
            for side, share in zip((0, 1, 0, 1), inside, strict=True)
        ]
        if places[0] < places[2] and places[1] < places[3]:
            yield places[0], places[1], places[2], places[3]
