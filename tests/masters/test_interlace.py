"""Fields become pictures wherever a film has any, and pictures that are whole stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.facts import Colour, PictureFacts
from pipeline.shell.probe import probe
from tests.masters.studio import Studio, ffmpeg
from tests.masters.viewing import Clip

MakeClip = Callable[..., Clip]
Pictures = np.ndarray[Any, Any]

WIDTH, HEIGHT, BAR, STEP = 160, 96, 24, 3
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "10", "-pix_fmt", "yuv420p", "-bf", "0", "-g", "25")


def _moving(fields: int, order: str) -> Pictures:
    """Return pictures woven of fields, over which a bright bar moves three pixels from field to field."""
    pictures = np.full((fields // 2, HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
    for field in range(fields):
        left = _left(field)
        parity = field % 2 if order == "tff" else 1 - field % 2
        pictures[field // 2, parity::2, left : left + BAR] = 220
    return pictures


def _left(field: int) -> int:
    return field * STEP % (WIDTH - BAR)


def _whole(count: int) -> Pictures:
    """Return the same movement in whole pictures."""
    pictures = np.full((count, HEIGHT, WIDTH, 3), 60, dtype=np.uint8)
    for number in range(count):
        pictures[number, :, _left(2 * number) : _left(2 * number) + BAR] = 220
    return pictures


def _fine(count: int) -> Pictures:
    """Return whole pictures of lines one pixel high, which look like combs, with the bar over them."""
    pictures = _whole(count)
    pictures[:, 0 : HEIGHT // 4 : 2] = 20
    pictures[:, 1 : HEIGHT // 4 : 2] = 230
    return pictures


def _encoded(folder: Path, name: str, pictures: Pictures, order: str | None) -> Path:
    """Encode pictures as a bare stream, as two fields each where an order is given."""
    fields = () if order is None else ("-x264-params", f"{order}=1", "-flags", "+ildct+ilme")
    marked = "null" if order is None else f"setfield={order}"
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-")
    path = folder / f"{name}.h264"
    ffmpeg(*source, "-vf", marked, *X264, *fields, path, given=pictures.tobytes())
    return path


def _joined(folder: Path, name: str, streams: Sequence[Path]) -> Path:
    """Put streams one after another into one film."""
    whole = folder / f"{name}.joined.h264"
    whole.write_bytes(b"".join(stream.read_bytes() for stream in streams))
    film = folder / f"{name}.ts"
    ffmpeg("-fflags", "+genpts", "-r", "25", "-i", whole, "-c", "copy", film)
    return film


def _comb(lumas: Pictures) -> Pictures:
    """Return for each picture how far lines differ from both neighbours in the same direction: teeth, not edges."""
    above, line, below = (lumas[:, offset : lumas.shape[1] - 2 + offset].astype(float) for offset in range(3))
    teeth = np.minimum(abs(line - above), abs(line - below)) * (np.sign(line - above) == np.sign(line - below))
    return teeth.mean(axis=(1, 2))


def _lumas(clip: Clip) -> Pictures:
    return np.stack([planes[0] for planes in clip.planes])


def _lefts(clip: Clip) -> list[float]:
    """Return where the bar begins in each picture, in the film's pixels."""
    profiles = _lumas(clip)[:, clip.size[1] // 2 :].mean(axis=1)
    return [float((profile > 140).nonzero()[0].min()) * WIDTH / clip.size[0] for profile in profiles]


def _assert_moments(clip: Clip) -> None:
    """Fail unless each picture shows the bar where it was at the time of the picture's first field."""
    first = round(clip.start * 25)
    for number, left in enumerate(_lefts(clip)):
        wanted = _left(2 * (first + number))
        assert abs(left - wanted) < 2, f"bar at {left:.1f}, expected {wanted} in picture {number}"


WOVEN = 5
"""Teeth of the woven pictures, at least."""


def test_a_film_that_turns_interlaced_after_its_first_pictures_is_deinterlaced(
    studio: Studio, clip_of: MakeClip
) -> None:
    streams = [
        _encoded(studio.folder, "starts-whole", _whole(100), None),
        _encoded(studio.folder, "goes-woven", _moving(400, "tff")[100:], "tff"),
    ]
    assert _comb(_moving(400, "tff")[100:, :, :, 1]).min() > WOVEN
    film = _joined(studio.folder, "turns", streams)
    assert probe(film).picture.scan == "progressive"
    clip = clip_of(film, after=4.2)
    assert clip.start > 4
    assert _comb(_lumas(clip)).max() < WOVEN / 5
    _assert_moments(clip)


def test_a_film_that_turns_whole_keeps_its_lines(studio: Studio, clip_of: MakeClip) -> None:
    """Lines one pixel high are what deinterlacing would blur; from there on it must not be at work."""
    streams = [
        _encoded(studio.folder, "starts-woven", _moving(200, "tff"), "tff"),
        _encoded(studio.folder, "goes-whole", _fine(200)[100:], None),
    ]
    film = _joined(studio.folder, "settles", streams)
    assert probe(film).picture.scan == "interlaced"
    clip = clip_of(film, after=4.2)
    assert clip.start > 4
    lines = _lumas(clip)[:, : clip.size[1] // 5].astype(float)
    assert np.ptp(lines.mean(axis=2), axis=1).min() > 90, "the lines are still there"
    _assert_moments(clip)


def test_the_order_of_fields_may_change_on_the_way(studio: Studio, clip_of: MakeClip) -> None:
    """The clip lies over the change: nowhere does the bar go back, as it would with fields in the wrong order."""
    streams = [
        _encoded(studio.folder, "top-first", _moving(100, "tff"), "tff"),
        _encoded(studio.folder, "bottom-first", _moving(150, "bff")[50:], "bff"),
    ]
    clip = clip_of(_joined(studio.folder, "swaps", streams))
    assert _comb(_lumas(clip)).max() < WOVEN / 5
    _assert_moments(clip)


@pytest.mark.parametrize("name", ["prores.mov", "ffv1.mkv", "dv.avi", "utvideo.mkv"])
def test_codecs_for_editing_are_deinterlaced_too(studio: Studio, clip_of: MakeClip, name: str) -> None:
    """DV has the lower field first, as its cameras do; of Ut Video's fields only the container tells."""
    order = "bff" if name == "dv.avi" else "tff"
    codec = {"prores.mov": ("-c:v", "prores_ks", "-flags", "+ildct"), "ffv1.mkv": ("-c:v", "ffv1"),
             "dv.avi": ("-c:v", "dvvideo", "-flags", "+ildct", "-pix_fmt", "yuv420p"),
             "utvideo.mkv": ("-c:v", "utvideo")}[name]  # fmt: skip
    # DV is of one size; each field is enlarged for itself.
    size = "scale=720:576:interl=1:flags=bilinear," if name == "dv.avi" else ""
    master = studio.shoot(
        f"woven-{name}", rate="25", seconds=4, pictures=_moving(200, order), picture_filter=f"{size}setfield={order}",
        picture=codec, sound=None,
    )  # fmt: skip
    assert probe(master.path).picture.scan == ("top first" if name == "utvideo.mkv" else "interlaced")
    clip = clip_of(master.path)
    assert _comb(_lumas(clip)).max() < WOVEN / 4
    if name != "dv.avi":
        _assert_moments(clip)


def test_what_may_turn_interlaced_is_known_by_its_codec() -> None:
    def film(codec: str, scan: Any) -> PictureFacts:
        from fractions import Fraction

        from pipeline.timebase import FrameRate

        nothing = Colour(None, None, None, None)
        return PictureFacts(
            0, codec, 160, 96, Fraction(1), 0, "yuv420p", 8, nothing, scan, FrameRate(Fraction(25)), Fraction(0), None
        )

    assert [film(codec, "progressive").may_be_interlaced for codec in ("h264", "mpeg2video", "vp9", "av1", "png")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert film("utvideo", "top first").may_be_interlaced
    assert film("prores", "interlaced").may_be_interlaced and not film("prores", "progressive").may_be_interlaced
