"""Segments come out of one encode for each rendition, whatever else is encoded beside it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

from pipeline.argv import ladder_argv
from pipeline.boxes import Expectation, PictureExpectation, Track, find_differences, pack_init, read_movie
from pipeline.boxes.fragments import read_init, read_segment
from pipeline.boxes.runs import FragmentSample
from pipeline.boxes.samples import expand
from pipeline.codecs import Codec
from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.graph import BlackPicture, ChunkEncode, PictureEncode, RungX264, RungX265, Take
from pipeline.ladders import Encoding
from pipeline.plan.chunks import RungChunk, plan_chunk, plan_drawn, plan_key_chunk
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.quality import RungQuality
from pipeline.plan.reels import Chunk, Grid, Reel
from pipeline.plan.shots import Timeline
from pipeline.shell.chunks import MadeSegment, find_segments, make_picture_segments, picture_segment_keys
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe, source_url
from pipeline.shell.render import Workshop
from pipeline.shell.segment_edges import find_light_edges
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate, Span
from tests.moving_reels import MovingReel
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
    return RungChunk(PictureRendition(64, 64, 1, kbps, 2 * kbps, None), NODE, first=48, borders=(0, 12, 24))


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


@pytest.mark.parametrize(
    ("fps", "step", "frames", "shown"),
    [
        ("24", 1, 1, [0]),
        ("24", 1, 153, [0, 24, 48, 72, 96, 120, 144]),
        ("24000/1001", 1, 169, [0, 24, 48, 72, 96, 120, 144, 168]),
        ("25/2", 1, 33, [0, 5, 10, 15, 20, 25, 30]),
        ("5", 1, 7, [0, 5]),
        ("50", 2, 322, [0, 50, 100, 150, 200, 250, 300]),
    ],
)
def test_dense_key_pictures_last_to_the_very_end_of_a_reel(
    tmp_path: Path, fps: str, step: int, frames: int, shown: list[int]
) -> None:
    rate = FrameRate.parse(fps)
    ladder = PictureLadder(
        rate, (PictureRendition(64, 36, step, 60, 120, None), PictureRendition(128, 72, 1, 200, 400, None))
    )
    reel = MovingReel.of(Edit("black", (Gap(rate.time_of(frames)),)), ladder.grid)
    (chunk,) = reel.chunks(())
    encoding = Encoding(preset="veryfast", references=1, b_frames=2)
    rungs = plan_chunk(reel, chunk, ladder, encoding, {}, shots=(0,), qualities=None)
    dense = plan_key_chunk(rungs[0].node.picture, chunk, ladder)
    workshop = Workshop(Store(tmp_path / "store"), "tools", {})
    make_picture_segments(workshop, (*rungs, dense))
    found = {rung.rendition.name: find_segments(workshop, picture_segment_keys(workshop, rung))
             for rung in (*rungs, dense)}  # fmt: skip
    # All renditions are cut at the same times, the last second of which is seldom whole.
    assert len({tuple((one.start, one.seconds) for one in segments) for segments in found.values()}) == 1
    made = found[dense.rendition.name]
    assert [time for one in made for time in one.key_picture_times] == [rate.time_of(frame) for frame in shown]
    lasting = [sample.duration for one in made for sample in samples_of(one)]
    assert len(lasting) == len(shown) and len({one.init for one in made}) == 1
    (track,) = read_init(made[0].init, where="init").tracks
    ends = [rate.time_of(frame) for frame in (*shown[1:], frames)]
    assert list(accumulate(Fraction(one, track.timescale) for one in lasting)) == ends


def test_black_stays_black_however_little_its_reel_takes(tmp_path: Path) -> None:
    sizes = ((416, 234), (1280, 720), (1920, 1080))
    renditions = tuple(
        PictureRendition(width, height, 1, 1000 * number, 2000 * number, None)
        for number, (width, height) in enumerate(sizes, start=1)
    )
    ladder = PictureLadder(RATE, renditions)
    reel = Reel.of(Edit("black", (Gap(Fraction(2, 3)),)), ladder.grid)
    (chunk,) = reel.chunks(())
    # What a reel of cards took that is black for most of its time.
    little = {one.name: RungQuality(90, (Fraction(38),), ("coarsest",), 3, 6) for one in renditions}
    rungs = plan_chunk(
        reel, chunk, ladder, Encoding(preset="veryfast", references=3, b_frames=3), {}, shots=(0,), qualities=little
    )
    workshop = Workshop(Store(tmp_path / "store"), "tools", {})
    make_picture_segments(workshop, rungs)
    for rung in rungs:
        (segment,) = find_segments(workshop, picture_segment_keys(workshop, rung))
        (first, last), _ = find_light_edges(segment.artifact, segment.init, workshop.store)
        assert max(first, last) <= 20, rung.rendition.name


def samples_of(segment: MadeSegment) -> list[FragmentSample]:
    """Return what a segment of dense key pictures holds: fragments of one sample, each a picture that stands alone."""
    init, data = read_init(segment.init, where="init"), segment.artifact.path.read_bytes()
    fragments = read_segment(data, init, where="segment").fragments
    assert [len(one.samples) for one in fragments] == [1] * len(fragments)
    for fragment, picture in zip(fragments, segment.key_pictures, strict=True):
        (sample,) = fragment.samples
        assert sample.is_sync and sample.shift == 0
        assert (picture.start, picture.start + picture.size) == (fragment.moof[0], sample.offset + sample.size)
    return [one.samples[0] for one in fragments]


def test_dense_key_pictures_take_no_more_than_their_rate_and_have_the_init_segment_of_others(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write_picture(film, size=(192, 108), rate=24, seconds=12, x264="qp=12")
    picture = plan_drawn_film(film, 288)
    ladder = PictureLadder(RATE, (PictureRendition(192, 108, 1, 400, 800, None),))
    dense = plan_key_chunk(picture, Chunk(0, (0, 144, 288), (0,)), ladder)
    target = tmp_path / "dense.mp4"
    run_ffmpeg(ladder_argv([dense.node], [source_url(target)], lambda _: source_url(film)))
    (track,) = read_movie(target).tracks
    assert dense.rendition.average_kbps == 50 and track.samples.count == 12
    assert 8 * track.samples.bytes / 12 / 1000 < 50
    assert track.picture is not None and track.picture.avc is not None
    assert read_init(pack_init(track), where="init").tracks[0].name.startswith("avc1.6400")


def test_dense_key_pictures_are_the_same_whichever_codec_is_beside_them(tmp_path: Path) -> None:
    ladder = PictureLadder(RATE, (PictureRendition(64, 64, 1, 60, 120, None),))
    dense = plan_key_chunk(PICTURE, Chunk(0, (0, 24), (0,)), ladder)
    store = Store(tmp_path / "store")
    alone, hevc, av1 = (Workshop(store, "tools", {}, rung_encoder=name) for name in ("", "libx265 4", "libsvtav1 4"))
    keys = {picture_segment_keys(workshop, dense) for workshop in (alone, hevc, av1)}
    assert len(keys) == 1
    other = replace(dense, node=replace(NODE, encoder=RungX265("medium", 1, 0, "1.0", 60, 60, 48, None)))
    assert picture_segment_keys(hevc, other) != picture_segment_keys(alone, other)


def plan_drawn_film(film: Path, frames: int) -> PictureEncode:
    """Return what is drawn of a film's first frames."""
    films = {"f": Film("f", probe(film), Timeline(RATE, frames))}
    edit = Edit("film", (MasterSpan("f", Span(Fraction(0), RATE.time_of(frames))),))
    ladder = PictureLadder(RATE, (PictureRendition(192, 108, 1, 400, 800, None),))
    return plan_drawn(Reel.of(edit, ladder.grid), (0, frames), ladder, films, None)


def encode_twice(folder: Path, codec: Codec, *crfs: int) -> Track:
    """Encode the same second of film twice in one chunk, each time at its quality."""
    film = folder / "film.mp4"
    if not film.exists():
        write_picture(film, size=(192, 108), rate=24, seconds=1, x264="qp=12")
    films = {"f": Film("f", probe(film), Timeline(RATE, 24))}
    twice = Edit("twice", (MasterSpan("f", Span(Fraction(0), Fraction(1))),) * 2)
    ladder = PictureLadder(RATE, (PictureRendition(192, 108, 1, 2000, 4000, Fraction(80)),), codec)
    quality = RungQuality(80, tuple(map(Fraction, crfs)), ("target", "target"), 500, 4000)
    (rung,) = plan_chunk(
        Reel.of(twice, Grid(RATE, 1)),
        Chunk(0, (0, 48), (0, 24)),
        ladder,
        Encoding(preset="8") if codec == "av1" else Encoding(preset="medium", references=1, b_frames=2),
        films,
        shots=(0, 24),
        qualities={ladder.renditions[0].name: quality},
    )
    target = folder / f"{codec}-{crfs}.mp4"
    run_ffmpeg(ladder_argv([rung.node], [source_url(target)], lambda _: source_url(film)))
    (track,) = read_movie(target).tracks
    return track


def halves(track: Track) -> tuple[int, int]:
    sizes = tuple(expand(track.samples.sizes))
    return sum(sizes[:24]), sum(sizes[24:])


def test_the_first_picture_of_a_chunk_is_as_good_as_the_same_picture_later_on(tmp_path: Path) -> None:
    sizes = tuple(expand(encode_twice(tmp_path, "h264", 26, 26).samples.sizes))
    assert abs(sizes[0] - sizes[24]) < 0.05 * sizes[24]
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_nor_do_other_codecs_begin_a_chunk_worse(tmp_path: Path, codec: Codec) -> None:
    sizes = tuple(expand(encode_twice(tmp_path, codec, 26, 26).samples.sizes))
    assert 0.95 * sizes[24] < sizes[0] < 1.25 * sizes[24]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_each_shot_of_a_chunk_has_its_quality_and_all_one_init_segment(tmp_path: Path, codec: Codec) -> None:
    fine, coarse, both = (encode_twice(tmp_path, codec, *crfs) for crfs in ((24, 24), (32, 32), (24, 32)))
    assert halves(both) == pytest.approx((halves(fine)[0], halves(coarse)[1]), rel=0.1)
    assert halves(fine)[1] > 1.5 * halves(coarse)[1]
    assert pack_init(fine) == pack_init(coarse) == pack_init(both)


def test_av1_has_one_quality_for_a_chunk(tmp_path: Path) -> None:
    between, both = encode_twice(tmp_path, "av1", 30, 30), encode_twice(tmp_path, "av1", 20, 40)
    assert halves(both) == halves(between)
    assert pack_init(both) == pack_init(between) == pack_init(encode_twice(tmp_path, "av1", 50, 50))


@pytest.mark.parametrize(
    ("codec", "entry", "family"), [("hevc", "hvc1", "HEVC"), ("av1", "av01", "AV1")], ids=["hevc", "av1"]
)
def test_what_is_not_as_planned_is_found_in_hevc_and_av1(tmp_path: Path, codec: Codec, entry: str, family: str) -> None:
    path = tmp_path / "made.mp4"
    track = encode_twice(tmp_path, codec, 30, 30)
    (made,) = tmp_path.glob(f"{codec}-*.mp4")
    made.rename(path)
    wanted = PictureExpectation(
        192, 108, rate=RATE, frames=48, keyframe_interval_max=48, level_max=30, keyframes=(0, 24), codec=codec
    )
    assert track.codec == entry
    assert found(path, wanted) == set()
    assert found(path, replace(wanted, codec="h264")) >= {"picture codec", "H.264 configuration"}
    assert found(path, replace(wanted, level_max=9)) == {f"{family} level"}
    assert found(path, replace(wanted, keyframes=(0,))) == {"keyframes"}
    # All pictures are said to stand alone.
    data = path.read_bytes()
    at = data.index(b"stss")
    path.write_bytes(data[:at] + b"free" + data[at + 4 :])
    assert "keyframes that do not stand alone" in found(path, wanted)


def found(path: Path, picture: PictureExpectation) -> set[str]:
    return {what for what, _, _ in find_differences(read_movie(path), Expectation(picture=picture, sound=None))}
