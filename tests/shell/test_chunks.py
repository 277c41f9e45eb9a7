"""Segments come out of one encode for each rendition, whatever else is encoded beside it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pipeline.argv import ladder_argv
from pipeline.boxes import read_movie
from pipeline.boxes.samples import expand
from pipeline.edit import Edit, MasterSpan
from pipeline.graph import BlackPicture, ChunkEncode, PictureEncode, RungX264, Take
from pipeline.ladders import Encoding
from pipeline.plan.chunks import RungChunk, plan_chunk
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureLadder, Rendition
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import Chunk, Grid, Reel
from pipeline.plan.shots import Timeline
from pipeline.shell.chunks import find_segments, make_picture_segments, picture_segment_keys
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe, source_url
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span
from tests.specimens import write_picture

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


def test_the_first_picture_of_a_chunk_is_as_good_as_the_same_picture_later_on(tmp_path: Path) -> None:
    film = write_picture(tmp_path / "film.mp4", size=(192, 108), rate=24, seconds=1, x264="qp=12")
    films = {"f": Film("f", probe(film), Timeline(RATE, 24))}
    twice = Edit("twice", (MasterSpan("f", Span(Fraction(0), Fraction(1))),) * 2)
    ladder = PictureLadder(RATE, (Rendition(192, 108, 1, 500, 1000, Fraction(80)),))
    quality = RungQuality(80, (Fraction(26),), ("target",), 500, 1000)
    (rung,) = plan_chunk(
        Reel.of(twice, Grid(RATE, 1)),
        Chunk(0, (0, 48), (0, 24)),
        ladder,
        Encoding(preset="medium", references=1, b_frames=2),
        films,
        shots=(0,),
        qualities={ladder.renditions[0].name: quality},
    )
    run_ffmpeg(ladder_argv([rung.node], [source_url(tmp_path / "out.mp4")], lambda _: source_url(film)))
    sizes = tuple(expand(read_movie(tmp_path / "out.mp4").tracks[0].samples.sizes))
    assert abs(sizes[0] - sizes[24]) < 0.05 * sizes[24]
    assert sizes[0] > 2 * sizes[1]
