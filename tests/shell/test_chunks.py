"""Segments come out of one encode for each rendition, whatever else is encoded beside it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pipeline.graph import BlackPicture, ChunkEncode, PictureEncode, RungX264, Take
from pipeline.plan.chunks import RungChunk
from pipeline.plan.ladder import Rendition
from pipeline.shell.chunks import find_segments, make_picture_segments, picture_segment_keys
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
PICTURE = PictureEncode((BlackPicture(24),), ((),), 64, 64, RATE, None)  # type: ignore[arg-type]
NODE = ChunkEncode(
    picture=PICTURE,
    way=(),
    keyframes=(0, 12),
    encoder=RungX264("veryfast", 1, 0, "1.0", 60, 60, 48, None),
    takes=(Take(24, Fraction(38)),),
)


def chunk(kbps: int) -> RungChunk:
    return RungChunk(Rendition(64, 64, 1, kbps, 2 * kbps, None), NODE, first=48, borders=(0, 12, 24))


def test_renditions_that_come_to_the_same_are_one_encode(tmp_path: Path) -> None:
    workshop = Workshop(Store(tmp_path / "store"), "tools", {})
    rungs = (chunk(100), chunk(200))
    made = make_picture_segments(workshop, rungs)
    (keys,) = {picture_segment_keys(workshop, rung) for rung in rungs}
    assert set(made) == set(keys)
    found = find_segments(workshop, keys)
    assert [(one.start, one.seconds, len(one.key_pictures)) for one in found] == [
        (2, Fraction(1, 2), 1),
        (Fraction(5, 2), Fraction(1, 2), 1),
    ]
    assert not list((tmp_path / "store").rglob("*-encode.mp4"))
