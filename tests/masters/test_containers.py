"""Containers and codecs that films arrive in: each with its way of keeping time, and each seekable or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.masters.studio import Studio, ffmpeg
from tests.masters.viewing import Clip, assert_in_sync, assert_shows, assert_to_the_frame

MakeClip = Callable[..., Clip]

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "30")
# Longer than the margin that a film without an index is sought with, so that one is sought.
LONG_S = 20
# An AVI stores no times: every player shows its pictures as late as the decoder holds them back for its B-frames.
HELD_BACK = {"b-frames.avi": Fraction(1, 25), "x264-b.avi": Fraction(2, 24)}


@pytest.mark.parametrize(
    ("name", "rate", "picture", "sound"),
    [
        ("x264.mov", "24000/1001", X264, ("-c:a", "pcm_s16le")),
        ("x264.mkv", "24000/1001", X264, ("-c:a", "flac")),
        ("vp9.webm", "30", VP9, ("-c:a", "libopus")),
        ("mpeg4.avi", "25", ("-c:v", "mpeg4", "-q:v", "2"), ("-c:a", "libmp3lame", "-write_xing", "0")),
        ("b-frames.avi", "25", ("-c:v", "mpeg4", "-q:v", "2", "-bf", "2"), ("-c:a", "pcm_s16le")),
        ("x264.avi", "24", X264, ("-c:a", "pcm_s16le")),
        ("x264-b.avi", "24", (*X264, "-bf", "2"), ("-c:a", "pcm_s16le")),
        ("mpeg2.mpg", "30000/1001", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2"), ("-c:a", "mp2")),
        ("x264.ts", "30000/1001", (*X264, "-bf", "2"), ("-c:a", "aac")),
        ("mpeg2.mxf", "25", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-pix_fmt", "yuv422p"),
         ("-c:a", "pcm_s16le")),
        ("x264.flv", "25", X264, ("-c:a", "aac")),
        ("theora.ogg", "25", ("-c:v", "libtheora", "-q:v", "10"), ("-c:a", "libvorbis")),
        ("wmv2.wmv", "25", ("-c:v", "wmv2", "-q:v", "2"), ("-c:a", "wmav2")),
    ],
)  # fmt: skip
def test_a_long_film_is_sought_to_the_frame_in_any_container(
    studio: Studio, clip_of: MakeClip, name: str, rate: str, picture: tuple[str, ...], sound: tuple[str, ...]
) -> None:
    # ffmpeg makes room for the encoder's delay in an AVI by showing its first picture twice.
    held = (lambda number: Fraction(number + (number > 0), 25)) if name == "mpeg4.avi" else None
    master = studio.shoot(f"long-{name}", rate=rate, seconds=LONG_S, picture=picture, sound=sound, times=held)
    master = replace(master, sound_start=-HELD_BACK.get(name, Fraction(0)))
    clip = clip_of(master.path, after=12.5)
    assert clip.start > 12
    assert_to_the_frame(clip, rate)
    assert_shows(clip, master, across=1.6, down=1.6)
    # AVI, MPEG program streams, FLV and ASF lose the encoder's delay, or part of it: half a frame at most.
    assert_in_sync(clip, master, within=Fraction(1, 1000) if name.endswith(("mov", "mkv")) else Fraction(1, 30))


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("prores.mov", ("-c:v", "prores_ks", "-profile:v", "3", "-pix_fmt", "yuv422p10le")),
        ("prores-4444.mov", ("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le")),
        ("dnxhr.mov", ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p")),
        ("dnxhr.mxf", ("-c:v", "dnxhd", "-profile:v", "dnxhr_hqx", "-pix_fmt", "yuv422p10le")),
        ("png.mov", ("-c:v", "png")),
        ("png-alpha.mov", ("-c:v", "png", "-pix_fmt", "rgba")),
        ("qtrle-alpha.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        ("mjpeg.mov", ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p")),
        ("raw.mov", ("-c:v", "rawvideo", "-pix_fmt", "uyvy422")),
        ("v210.mov", ("-c:v", "v210", "-pix_fmt", "yuv422p10le")),
        ("raw-rgb.avi", ("-c:v", "rawvideo", "-pix_fmt", "bgr24")),
        ("ffv1.mkv", ("-c:v", "ffv1", "-pix_fmt", "gbrp")),
        ("high10.mkv", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")),
        ("high422.mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv422p10le")),
        ("high444.mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p")),
        ("rgb.mp4", ("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "8")),
        ("grey.mkv", ("-c:v", "ffv1", "-pix_fmt", "gray")),
        ("hevc10.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
                        "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1")),
        ("av1.mp4", ("-c:v", "libsvtav1", "-preset", "12", "-crf", "12", "-svtav1-params", "keyint=48")),
        ("alpha.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-pix_fmt", "yuva420p")),
    ],
)  # fmt: skip
def test_codecs_and_samplings_of_editing_programs_are_read(
    studio: Studio, clip_of: MakeClip, name: str, picture: tuple[str, ...]
) -> None:
    size = (256, 144) if name.startswith("dnxhr") else (160, 90)  # DNxHR knows nothing smaller
    sound = ("-c:a", "libopus") if name.endswith("webm") else ("-c:a", "pcm_s16le")
    sound = ("-c:a", "aac") if name.endswith("mp4") else sound
    rate = "25" if name.endswith("mxf") else "24"
    master = studio.shoot(name, rate=rate, seconds=6, size=size, picture=picture, sound=sound)
    clip = clip_of(master.path)
    assert_to_the_frame(clip, rate)
    scale = 256 / size[0]
    assert_shows(clip, master, across=scale, down=scale)
    assert_in_sync(clip, master, within=Fraction(1, 100))
    # The gradient is grey, whatever the sampling, and as light on the left as it was drawn.
    left, right = clip.rgb_at(0.1, 0.2), clip.rgb_at(0.9, 0.2)
    assert all(abs(channel - 72) < 8 for channel in left), left
    assert all(abs(channel - 168) < 8 for channel in right), right


@pytest.mark.parametrize("name", ["late.ts", "late.mkv", "late.mpg"])
def test_a_film_whose_clock_starts_elsewhere_is_cut_where_it_says(studio: Studio, clip_of: MakeClip, name: str) -> None:
    picture = ("-c:v", "mpeg2video", "-q:v", "2") if name.endswith("mpg") else X264
    sound = ("-c:a", "mp2") if name.endswith("mpg") else ("-c:a", "aac")
    master = studio.shoot(name, rate="25", picture=picture, sound=sound, rest=("-output_ts_offset", "3600"))
    clip = clip_of(master.path, after=3.5)
    assert clip.start > 3
    assert_to_the_frame(clip, "25")
    assert_shows(clip, master, across=1.6, down=1.6)
    assert_in_sync(clip, master, within=Fraction(1, 30))


def test_a_timecode_track_moves_nothing(studio: Studio, clip_of: MakeClip) -> None:
    master = studio.shoot("timecode.mov", rest=("-timecode", "01:00:00:00"))
    clip = clip_of(master.path)
    assert_shows(clip, master, across=1.6, down=1.6)
    assert_in_sync(clip, master)
    assert (clip.path.parent.parent / "highlights" / "h1.edl").read_text().count("01:00:0") >= 1


def test_what_an_edit_list_trims_is_not_part_of_the_film(studio: Studio, clip_of: MakeClip) -> None:
    """A camera's trim leaves the pictures in the file and says in an edit list that they are not shown."""
    master = studio.shoot("untrimmed.mp4", picture=(*X264, "-g", "48", "-bf", "2"))
    path = master.path.with_name("trimmed.mp4")
    ffmpeg("-ss", "1.5", "-i", master.path, "-c", "copy", "-avoid_negative_ts", "disabled", path)
    clip = clip_of(path)
    assert_to_the_frame(clip, "24")
    numbers = clip.numbers(master.marks.scaled(1.6, 1.6))
    assert numbers == list(range(numbers[0], numbers[0] + 48))
    trimmed = Fraction(numbers[0], 24) - clip.start
    assert trimmed == Fraction(3, 2)
    moved = replace(master, path=path, sound_start=-trimmed)
    assert_in_sync(clip, moved, within=Fraction(1, 40))


@pytest.mark.parametrize("start", ["1/4", "-1/4", "5"])
@pytest.mark.parametrize("name", ["mkv", "mov", "ts"])
def test_sound_that_starts_apart_from_the_picture_stays_with_it(
    studio: Studio, clip_of: MakeClip, name: str, start: str
) -> None:
    late = Fraction(start)
    picture = ("-c:v", "mpeg2video", "-q:v", "2") if name == "ts" else X264
    master = studio.shoot(
        f"apart-{float(late)}.{name}", rate="25", seconds=8, sound_start=late, picture=picture,
        sound=("-c:a", "mp2" if name == "ts" else "pcm_s16le"),
    )  # fmt: skip
    clip = clip_of(master.path, after=5.3)
    assert clip.start > late
    assert_shows(clip, master, across=1.6, down=1.6)
    assert_in_sync(clip, master, within=Fraction(1, 30) if name == "ts" else Fraction(1, 500))
