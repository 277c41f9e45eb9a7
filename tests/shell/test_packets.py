"""Packets are read without decoding, and stretches are decoded frame by frame, whatever the container and the codec."""

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.plan.packets import Packets
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.pixels.packets import Irregular, PacketReading, read_packets
from pipeline.shell.pixels.reader import PictureReader
from pipeline.shell.pixels.stretches import StretchReader
from pipeline.shell.probe import probe

COLUMNS, ROWS = 4, 3
# Long groups with B-frames that refer to others, short open groups, pictures in order, no group at all.
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18")
CODINGS = {
    "long.mp4": (*X264, "-g", "96", "-bf", "3", "-x264-params", "b-pyramid=normal"),
    "open.mkv": (*X264, "-g", "24", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"),
    "plain.mov": (*X264, "-g", "48", "-bf", "0"),
    "broadcast.ts": (*X264, "-g", "24", "-bf", "2"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=48:bframes=3:log-level=error"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "48", "-b:v", "1M"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", "12", "-g", "48"),
    "every.mov": ("-c:v", "mjpeg", "-q:v", "3"),
}
FRAMES = 150


@pytest.fixture(scope="module", params=list(CODINGS))
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a film of numbered pictures."""
    path = tmp_path_factory.mktemp("packets") / request.param
    source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "160x90", "-r", "24", "-i", "pipe:0")
    numbers = np.arange(FRAMES)[:, None] >> np.arange(COLUMNS * ROWS) & 1
    blocks = (numbers * 200 + 28).astype(np.uint8).reshape(FRAMES, ROWS, COLUMNS)
    pictures = blocks.repeat(90 // ROWS, axis=1).repeat(160 // COLUMNS, axis=2).tobytes()
    run_ffmpeg((*source, "-pix_fmt", "yuv420p", *CODINGS[request.param], str(path)), feed=[pictures])
    return path


def number_of(picture: Any) -> int:
    grey = picture.to_ndarray(format="gray")
    rows, columns = grey.shape[0] // ROWS, grey.shape[1] // COLUMNS
    blocks = grey[: rows * ROWS, : columns * COLUMNS].reshape(ROWS, rows, COLUMNS, columns)
    middles = blocks[:, rows // 4 : -rows // 4, :, columns // 4 : -columns // 4].mean(axis=(1, 3)).ravel()
    return int(((middles > 126) << np.arange(COLUMNS * ROWS)).sum())


def read(path: Path) -> tuple[PacketReading, dict[int, int]]:
    """Return what the packets say, and the number that each anchor shows, by its frame."""
    shown: list[tuple[int, int]] = []

    def note(tick: int, _: Fraction, picture: Any) -> None:
        shown.append((tick, number_of(picture)))

    reading = read_packets(path, probe(path), on_anchor=note)
    return reading, {reading.packets.frame_shown_at(tick) or 0: number for tick, number in shown}


def test_packets_tell_the_same_timeline_as_decoding_all_pictures(film: Path) -> None:
    pictures = PictureReader(film, probe(film))
    for _ in pictures:
        pass
    reading, _ = read(film)
    assert reading.timeline == pictures.timeline
    assert reading.timeline.frame_count == FRAMES
    assert abs(reading.decoding.decoded_end - pictures.decoding.decoded_end) < pictures.timeline.rate.frame_duration


def test_anchors_are_the_pictures_that_their_packets_promise(film: Path) -> None:
    _, anchors = read(film)
    assert anchors[0] == 0
    assert len(anchors) >= 2
    assert all(frame == number for frame, number in anchors.items())


def test_a_stretch_holds_its_very_frames_in_any_order_of_asking(film: Path) -> None:
    reading, anchors = read(film)
    starts = sorted(anchors)
    with_reader = StretchReader(film, probe(film), reading.packets)
    for start in (*reversed(starts), *starts):
        end = min(FRAMES, start + 31)
        assert [(frame, number_of(raw)) for frame, raw in with_reader.read(start, end)] == [
            (frame, frame) for frame in range(start, end)
        ]
    with_reader.close()


def test_a_stretch_that_is_left_early_does_not_spoil_the_next(film: Path) -> None:
    reading, anchors = read(film)
    reader = StretchReader(film, probe(film), reading.packets)
    for start in sorted(anchors):
        pictures = reader.read(start, FRAMES)
        assert [number_of(raw) for _, raw in itertools.islice(pictures, 3)] == list(
            range(start, min(FRAMES, start + 3))
        )
        pictures.close()
    reader.close()


@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("old.avi", ("-c:v", "mpeg4", "-bf", "2")),
        ("hidden.webm", ("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16")),
        ("fields.mp4", (*X264, "-flags", "+ildct+ilme", "-x264-params", "tff=1")),
    ],
)
def test_films_whose_packets_do_not_tell_pictures_are_told(tmp_path: Path, name: str, coding: tuple[str, ...]) -> None:
    path = tmp_path / name
    source = ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=24:duration=2")
    run_ffmpeg((*source, "-pix_fmt", "yuv420p", *coding, str(path)))
    with pytest.raises(Irregular):
        read_packets(path, probe(path), on_anchor=lambda *_: None)


def test_pictures_without_times_of_their_own_are_irregular() -> None:
    def packets(*ticks: int, first_key: bool = True) -> Packets:
        keys = np.array([first_key, *([False] * (len(ticks) - 1))])
        return Packets(np.array(ticks), np.full(len(ticks), 100, np.int32), keys)

    assert packets(0, 3, 1, 2).is_regular
    assert not packets(0, 1, 1, 2).is_regular
    assert not packets(1, 0, 2, 3).is_regular
    assert not packets(0, 1, first_key=False).is_regular
