"""Rotation, pixel shape, odd and tiny sizes, and interlacing: what is upright, round and whole on the clip's screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.masters.studio import Marks, Studio, ffmpeg, plain_pictures
from tests.masters.viewing import Clip, assert_in_sync, assert_shows, assert_to_the_frame

MakeClip = Callable[..., Clip]
Pictures = np.ndarray[Any, Any]

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 170, 30), (40, 40, 200), (200, 200, 30)


def _cornered(pictures: Pictures, *, reach: float) -> Pictures:
    """Paint a coloured square on each side of the marks: red above, green at right, blue below, yellow at left."""
    _, height, width, _ = pictures.shape
    side = round(min(height, width) * 0.08)
    for colour, (x, y) in {RED: (0, -1), GREEN: (1, 0), BLUE: (0, 1), YELLOW: (-1, 0)}.items():
        centre_x, centre_y = width / 2 + x * reach, height / 2 + y * reach
        pictures[:, round(centre_y - side / 2) : round(centre_y + side / 2),
                 round(centre_x - side / 2) : round(centre_x + side / 2)] = colour  # fmt: skip
    return pictures


def _is_near(shown: tuple[float, ...], wanted: tuple[int, ...], *, within: float = 18) -> bool:
    return all(abs(have - want) <= within for have, want in zip(shown, wanted, strict=True))


def _assert_upright(clip: Clip, *, across: float, down: float) -> None:
    """Fail unless red is above the middle, green right of it, blue below, yellow left, at shares of the picture."""
    for colour, (x, y) in {RED: (0, -1), GREEN: (1, 0), BLUE: (0, 1), YELLOW: (-1, 0)}.items():
        shown = clip.rgb_at(0.5 + x * across, 0.5 + y * down)
        assert _is_near(shown, colour), f"{shown} where {colour} belongs"


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("platform", ["mini-wide", "mini-tall"])
def test_footage_of_a_turned_phone_stands_upright(studio: Studio, clip_of: MakeClip, turn: int, platform: str) -> None:
    """The phone stores what its sensor sees and a matrix that says how to turn it for showing."""
    upright = (160, 90) if turn == 180 else (90, 160)
    marks = Marks(6, 6)
    shown = _cornered(plain_pictures(192, upright, marks), reach=20)
    stored = np.ascontiguousarray(np.rot90(shown, turn // 90, axes=(1, 2)))  # the player turns it back, clockwise
    flat = studio.shoot(f"stored-{turn}-{platform}.mp4", pictures=stored, marks=marks)
    path = flat.path.with_name(f"turned-{turn}-{platform}.mp4")
    ffmpeg("-display_rotation", str(-turn), "-i", flat.path, "-c", "copy", path)
    clip = clip_of(path, platform)
    width, height = clip.size
    assert (width < height) == (platform == "mini-tall")
    scale = max(width / upright[0], height / upright[1])
    _assert_upright(clip, across=20 * scale / width, down=20 * scale / height)
    assert_shows(clip, flat, across=scale, down=scale)
    assert_in_sync(clip, flat)


@pytest.mark.parametrize(
    ("name", "stored", "aspect"),
    [
        ("pal-wide", (180, 144), "64/45"),
        ("pal", (180, 144), "16/15"),
        ("ntsc", (180, 120), "8/9"),
        ("ntsc-wide", (180, 120), "32/27"),
        ("hdv", (144, 108), "4/3"),
        ("tall-pixels", (320, 90), "1/2"),
    ],
)
def test_anamorphic_pixels_become_square(
    studio: Studio, clip_of: MakeClip, name: str, stored: tuple[int, int], aspect: str
) -> None:
    over, under = map(int, aspect.split("/"))
    marks = Marks(10 * under / over, 10) if over > under else Marks(10, 10 * over / under)
    pictures = plain_pictures(192, stored, marks)
    master = studio.shoot(f"{name}.mov", pictures=pictures, marks=marks, picture_filter=f"setsar={aspect}")
    clip = clip_of(master.path, "mini-wide")
    shape = stored[0] * over / under / stored[1]
    down = 144 / stored[1] if shape >= 16 / 9 else 256 / (stored[0] * over / under)
    assert_shows(clip, master, across=down * over / under, down=down)


def test_the_pixel_shape_turns_with_the_picture(studio: Studio, clip_of: MakeClip) -> None:
    marks = Marks(8, 6)  # stored lying down: 4:3 pixels are 8 down and 6 across once upright and square as 8 by 8
    shown = plain_pictures(192, (90, 120), marks)
    stored = np.ascontiguousarray(np.rot90(shown, 1, axes=(1, 2)))
    flat = studio.shoot("lying.mp4", pictures=stored, marks=marks, picture_filter="setsar=4/3")
    path = flat.path.with_name("standing.mp4")
    ffmpeg("-display_rotation", "-90", "-i", flat.path, "-c", "copy", path)
    clip = clip_of(path, "mini-tall")
    assert_shows(clip, flat, across=144 / 90, down=144 / 90 * 4 / 3)


@pytest.mark.parametrize(
    ("size", "platform"),
    [((321, 181), "mini-wide"), ((321, 181), "mini-tall"), ((181, 321), "mini-tall"), ((161, 161), "mini-square"),
     ((64, 36), "mini-wide"), ((64, 36), "mini-tall"), ((90, 160), "mini-wide"), ((128, 128), "mini-tall"),
     ((320, 90), "mini-square"), ((320, 90), "mini-tall")],
)  # fmt: skip
def test_any_size_is_filled_or_padded_about_its_middle(
    studio: Studio, clip_of: MakeClip, size: tuple[int, int], platform: str
) -> None:
    marks = Marks(4, 4) if min(size) < 80 else Marks()
    odd = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "10", "-pix_fmt", "yuv444p")
    master = studio.shoot(f"{size[0]}x{size[1]}-{platform}.mp4", size=size, marks=marks, picture=odd)
    clip = clip_of(master.path, platform)
    choose = min if platform == "mini-square" else max
    scale = choose(clip.size[0] / size[0], clip.size[1] / size[1])
    assert_shows(clip, master, across=scale, down=scale)
    assert_to_the_frame(clip, "24")


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("codec", ["h264", "mpeg2"])
def test_interlaced_pictures_lose_their_comb(studio: Studio, clip_of: MakeClip, order: str, codec: str) -> None:
    fields = 50 * 8
    width, height = 160, 96
    pictures = np.full((fields // 2, height, width, 3), 60, dtype=np.uint8)
    for field in range(fields):
        # A bright bar moves six pixels from field to field: woven, its edges are teeth of six pixels.
        left = field * 6 % (width - 24)
        parity = field % 2 if order == "tff" else 1 - field % 2
        pictures[field // 2, parity::2, left : left + 24] = 220
    codecs = {
        "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "12", "-pix_fmt", "yuv420p",
                 "-x264-params", f"{order}=1", "-flags", "+ildct+ilme"),
        "mpeg2": ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme"),
    }  # fmt: skip
    parity_filter = f"setfield={order},setparams=field_mode={order}"
    master = studio.shoot(
        f"{codec}-{order}.{'mov' if codec == 'h264' else 'mpg'}", rate="25", pictures=pictures,
        picture_filter=parity_filter, picture=codecs[codec], sound=("-c:a", "aac" if codec == "h264" else "mp2"),
    )  # fmt: skip
    clip = clip_of(master.path)
    assert_to_the_frame(clip, "25")
    woven, shown = _comb(pictures[50:100, :, :, 1].astype(float)), _comb(np.stack([p[0] for p in clip.planes]))
    assert woven > 5
    assert shown < woven / 10
    # Every picture shows the moment of its first field, so the bar moves by 12 pixels each time and never back.
    first = round(clip.start * 25)
    for number, (luma, _, _) in enumerate(clip.planes):
        profile = luma.astype(float).mean(axis=0)
        centre = float((profile > 140).nonzero()[0].mean()) / 256 * width
        expected = (first + number) * 12 % (width - 24) + 12
        assert abs(centre - expected) < 2.5, f"bar at {centre:.1f}, expected {expected} in picture {number}"


def _comb(lumas: Pictures) -> float:
    """Return how much lines differ from both neighbours in the same direction: teeth, not edges."""
    above, line, below = (lumas[:, offset : lumas.shape[1] - 2 + offset].astype(float) for offset in range(3))
    teeth = np.minimum(abs(line - above), abs(line - below)) * (np.sign(line - above) == np.sign(line - below))
    return float(teeth.mean())
