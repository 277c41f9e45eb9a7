"""The recipes for picture, sound and join give clips whose flashes and beeps meet, at every rate and with B-frames."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.boxes import find_differences, join, read_movie, verify_file
from pipeline.boxes.samples import timeline_of

from .conftest import AAC_FRAME, PICTURE_SIZE, SAMPLE_RATE, Clip, run_ffmpeg, write_sound

MILLISECOND = Fraction(1, 1000)
CASES = [("24/1", 3), ("24/1", 2), ("24000/1001", 3), ("30000/1001", 2), ("25/1", 3), ("60/1", 3), ("60/1", 2)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]} bf {case[1]}")
def any_clip(request: pytest.FixtureRequest, make_clip: Callable[..., Clip]) -> Clip:
    rate, bframes = request.param
    return make_clip(rate, bframes=bframes)


def test_a_joined_clip_is_exactly_what_was_planned(any_clip: Clip) -> None:
    assert find_differences(read_movie(any_clip.joined), any_clip.expectation) == ()


def test_pictures_and_sound_start_at_0_and_b_frames_are_real(any_clip: Clip) -> None:
    picture, sound = read_movie(any_clip.joined).tracks
    timeline = timeline_of(picture.samples)
    assert (timeline.first_shown, timeline.earliest_shown) == (0, 0)
    assert min(value for _, value in picture.samples.shifts) < 0
    assert timeline.step == picture.timescale / any_clip.rate.fps
    assert timeline_of(sound.samples).first_shown == 0
    assert picture.seconds == any_clip.seconds
    assert 0 <= sound.seconds - any_clip.seconds < Fraction(AAC_FRAME, SAMPLE_RATE)


def test_flashes_and_beeps_meet_within_a_millisecond_for_pyav(any_clip: Clip) -> None:
    with av.open(str(any_clip.joined)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        pictures = [
            (frame.pts * stream.time_base, frame.to_ndarray(format="gray").mean()) for frame in container.decode(stream)
        ]
    with av.open(str(any_clip.joined)) as container:
        sounds = list(container.decode(container.streams.audio[0]))
    assert (pictures[0][0], sounds[0].pts) == (0, 0)
    assert len(pictures) == any_clip.frames
    wave = np.concatenate([frame.to_ndarray()[0] for frame in sounds])
    check_meeting(any_clip, [time for time, light in pictures if light > 200], wave)


def test_flashes_and_beeps_meet_within_a_millisecond_for_ffmpeg(any_clip: Clip, tmp_path: Path) -> None:
    stamps, light, wave = (tmp_path / name for name in ("stamps", "light", "wave"))
    passthrough = ("-map", "0:v", "-vf", "scale=1:1:flags=area,format=gray", "-fps_mode", "passthrough")
    run_ffmpeg(
        *("-i", str(any_clip.joined)),
        *(*passthrough, "-f", "framecrc", str(stamps), *passthrough, "-f", "rawvideo", str(light)),
        *("-map", "0:a", "-ac", "1", "-f", "f32le", str(wave)),
    )
    lines = [line.split(",") for line in stamps.read_text().splitlines() if not line.startswith("#")]
    (base,) = (line.split()[-1] for line in stamps.read_text().splitlines() if line.startswith("#tb"))
    times = [int(line[2]) * Fraction(base) for line in lines]
    flashes = [time for time, level in zip(times, light.read_bytes(), strict=True) if level > 200]
    assert times[0] == 0
    check_meeting(any_clip, flashes, np.fromfile(wave, dtype="<f4"))


def check_meeting(clip: Clip, flashes: list[Fraction], wave: NDArray[np.float32]) -> None:
    """Check that flashes and beeps are where the clip says, and each pair within a millisecond."""
    assert flashes == [clip.rate.time_of(frame) for frame in clip.flashes]
    beeps = onsets(wave)
    assert len(beeps) == len(flashes)
    assert all(abs(beep - flash) < MILLISECOND for beep, flash in zip(beeps, flashes, strict=True))


def onsets(wave: NDArray[np.float32]) -> list[Fraction]:
    """Return when the sound rises after at least a tenth of a second of near silence."""
    loud = np.flatnonzero(np.abs(wave) > 0.3)
    first = loud[np.diff(loud, prepend=-SAMPLE_RATE) > SAMPLE_RATE // 10]
    return [Fraction(int(sample), SAMPLE_RATE) for sample in first]


def test_the_check_of_sync_would_find_a_frame_of_priming(clip: Clip) -> None:
    wave = np.concatenate([np.zeros(AAC_FRAME, dtype=np.float32), decode_sound(clip.joined)])
    late = [beep - clip.rate.time_of(frame) for beep, frame in zip(onsets(wave), clip.flashes, strict=True)]
    assert all(abs(lateness - Fraction(AAC_FRAME, SAMPLE_RATE)) < MILLISECOND for lateness in late)


@pytest.mark.parametrize("lead_in", [4 * AAC_FRAME, 8 * AAC_FRAME])
def test_a_lead_in_moves_no_beep(make_clip: Callable[..., Clip], lead_in: int) -> None:
    led = make_clip("30000/1001", bframes=2, lead_in=lead_in)
    verify_file(led.joined, led.expectation)
    beeps = onsets(decode_sound(led.joined))
    assert all(
        abs(beep - led.rate.time_of(frame)) < MILLISECOND for beep, frame in zip(beeps, led.flashes, strict=True)
    )


def test_the_recipes_give_the_same_bytes_again(clip: Clip, make_clip: Callable[..., Clip]) -> None:
    again = make_clip()
    for name in ("picture", "sound", "joined"):
        assert getattr(again, name).read_bytes() == getattr(clip, name).read_bytes()


def test_ffmpeg_reads_a_joined_clip_without_a_warning(clip: Clip) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-i", str(clip.joined), "-f", "null", "-"]
    assert subprocess.run(argv, check=True, capture_output=True).stderr == b""


@pytest.mark.parametrize("name", ["again.mp4", "again.mkv"])
def test_a_clip_that_ffmpeg_copies_on_keeps_pictures_and_sound_together(clip: Clip, tmp_path: Path, name: str) -> None:
    again = tmp_path / name
    run_ffmpeg("-i", str(clip.joined), "-c", "copy", str(again))
    starts = []
    for kind in ("video", "audio"):
        with av.open(str(again)) as container:
            starts.append(next(container.decode(**{kind: 0})).time)
    assert starts[0] == pytest.approx(starts[1], abs=0.001)


def test_a_joined_clip_keeps_every_packet(clip: Clip) -> None:
    copy = ("-map", "0", "-c", "copy", "-f", "streamhash", "-")
    joined = run_ffmpeg("-i", str(clip.joined), *copy).decode().splitlines()
    parts = [run_ffmpeg("-i", str(path), *copy).decode().strip() for path in (clip.picture, clip.sound)]
    assert [line.split("=")[1] for line in joined] == [part.split("=")[1] for part in parts]


def test_a_picture_without_sound_can_be_joined_too(clip: Clip, tmp_path: Path) -> None:
    target = tmp_path / "silent.mp4"
    join(pictures=(clip.picture,), sound=None, target=target)
    (track,) = read_movie(target).tracks
    assert (track.kind, track.samples.count) == ("vide", clip.frames)
    with av.open(str(target)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == PICTURE_SIZE


def test_sound_that_ends_before_the_pictures_is_a_difference(clip: Clip, tmp_path: Path) -> None:
    short = Clip(tmp_path, clip.rate, clip.frames - 2, clip.keyframe_interval, clip.flashes[:1])
    write_sound(short, lead_in=0)
    join(pictures=(clip.picture,), sound=short.sound, target=short.joined)
    found = find_differences(read_movie(short.joined), clip.expectation)
    assert [what for what, _, _ in found] == ["sound duration"]


def decode_sound(path: Path) -> NDArray[np.float32]:
    """Return the first channel as PyAV decodes it."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(container.streams.audio[0])])
