"""The fast way and the exact way find the same in films of known cuts, and the fast way decodes little where it can."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import scenedetect

from pipeline.errors import MasterError
from pipeline.plan.shots import Transition
from pipeline.shell.detectors import TransitionDetector
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.shell.shots import Thoroughness, find_shots

SIZE = (320, 180)
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20")
CODINGS = {
    "long.mp4": (*X264, "-g", "250"),
    "fixed.mkv": (*X264, "-g", "48", "-sc_threshold", "0", "-bf", "3"),
    "plain.mp4": (*X264, "-g", "48", "-sc_threshold", "0", "-bf", "0"),
    "open.ts": (*X264, "-g", "48", "-x264-params", "open-gop=1:scenecut=0"),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=48:scenecut=0:log-level=error"),
    "every.mov": ("-c:v", "mjpeg", "-q:v", "3"),
    "old.avi": ("-c:v", "mpeg4", "-q:v", "3", "-g", "48"),
}
# Shots by seed and frames: a plain cut, a cut away and back within two seconds, shots that go on for long.
PARTS = ((1, 130), (2, 100), (3, 9), (2, 200), (4, 300), (5, 12), (4, 150), (1, 120))
CUTS = tuple(int(frame) for frame in np.cumsum([frames for _, frames in PARTS])[:-1])


def shot(seed: int, start: int, frames: int) -> np.ndarray:
    """Return soft shapes that drift, (frames, height, width, 3) BGR."""
    random = np.random.default_rng(seed)
    small = random.uniform(20, 235, (10, 40, 3))
    width, height = SIZE
    big = small.repeat(height // 10, 0).repeat(3 * width // 40, 1)
    big = sum(np.roll(big, k, axis=1) for k in range(-10, 11)) / 21
    return np.stack([big[:, (start + k) // 2 % width :][:, :width] for k in range(frames)]).astype(np.uint8)


def write(path: Path, coding: tuple[str, ...], pictures: np.ndarray, *, rate: str = "24") -> Path:
    source = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", rate, "-i", "pipe:0")
    run_ffmpeg((*source, "-pix_fmt", "yuv420p", *coding, str(path)), feed=(frame.tobytes() for frame in pictures))
    return path


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    shown = dict.fromkeys((seed for seed, _ in PARTS), 0)
    parts = []
    for seed, frames in PARTS:
        parts.append(shot(seed, shown[seed], frames))
        shown[seed] += frames
    return np.concatenate(parts)


@pytest.mark.parametrize("name", CODINGS)
def test_both_ways_find_every_cut_to_the_frame(tmp_path: Path, pictures: np.ndarray, name: str) -> None:
    path = write(tmp_path / name, CODINGS[name], pictures)
    fast, exact = (find_shots(path, probe(path), thoroughness=way) for way in ("fast", "exact"))
    expected = tuple(Transition("cut", frame, frame) for frame in CUTS)
    assert exact.shots.transitions == expected
    assert fast.shots.transitions == expected
    assert fast.shots.timeline == exact.shots.timeline
    assert exact.decoded_count == len(pictures)


@pytest.mark.parametrize(("name", "most"), [("plain.mp4", 0.6), ("fixed.mkv", 0.7)])
def test_the_fast_way_decodes_a_part(tmp_path: Path, pictures: np.ndarray, name: str, most: float) -> None:
    path = write(tmp_path / name, CODINGS[name], pictures)
    assert find_shots(path, probe(path)).decoded_count < most * len(pictures)


def test_of_a_film_of_keyframes_alone_some_are_decoded(tmp_path: Path) -> None:
    calm = np.concatenate([shot(seed, 0, 1).repeat(200, axis=0) for seed in (1, 2)])
    path = write(tmp_path / "every.mov", CODINGS["every.mov"], calm)
    found = find_shots(path, probe(path))
    assert found.shots.transitions == (Transition("cut", 200, 200),)
    assert found.decoded_count < 0.3 * len(calm)


def test_a_film_of_one_shot_costs_its_keyframes_and_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "still.mp4", CODINGS["fixed.mkv"], shot(1, 0, 480))
    found = find_shots(path, probe(path))
    assert found.shots.transitions == ()
    assert len(found.shots.shots) == len(found.thumbnails) == 1
    assert found.decoded_count <= 480 // 48 + 48


@pytest.mark.parametrize("way", ["fast", "exact"])
def test_a_dissolve_over_several_keyframes_is_one(tmp_path: Path, way: Thoroughness) -> None:
    one, two = shot(1, 0, 150).astype(np.float32), shot(2, 0, 150).astype(np.float32)
    share = (np.arange(60) + 1)[:, None, None, None] / 61
    mixed = one[90:] * (1 - share) + two[:60] * share
    coding = (*X264, "-g", "12", "-sc_threshold", "0")
    path = write(tmp_path / "slow.mp4", coding, np.concatenate([one[:90], mixed, two[60:]]).astype(np.uint8))
    (found,) = find_shots(path, probe(path), thoroughness=way).shots.transitions
    assert found.kind == "dissolve"
    assert abs(found.start_frame - 90) <= 10 and abs(found.end_frame - 150) <= 10


@pytest.mark.parametrize("way", ["fast", "exact"])
def test_frames_of_a_variable_rate_are_the_masters_own(tmp_path: Path, way: Thoroughness) -> None:
    path = tmp_path / "phone.mp4"
    frames = np.concatenate([shot(1, 0, 60), shot(2, 0, 60)])
    source = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", "24", "-i", "pipe:0")
    held = ("-vf", "setpts='if(lt(N,40),N,40+(N-40)*1.5)/24/TB'", "-fps_mode", "vfr", "-video_track_timescale", "24000")
    run_ffmpeg((*source, *held, "-pix_fmt", "yuv420p", *X264, str(path)), feed=(frame.tobytes() for frame in frames))
    found = find_shots(path, probe(path), thoroughness=way).shots
    assert found.transitions == (Transition("cut", 60, 60),)
    assert found.timeline.frame_count == 120
    assert found.timeline.time_of(60) == Fraction(40 + 30, 24)


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("way", ["fast", "exact"])
def test_the_shortest_films_are_one_shot(tmp_path: Path, frames: int, way: Thoroughness) -> None:
    path = write(tmp_path / "short.mp4", CODINGS["fixed.mkv"], shot(1, 0, frames))
    found = find_shots(path, probe(path), thoroughness=way).shots
    assert [(each.start_frame, each.end_frame) for each in found.shots] == [(0, frames)]


@pytest.mark.parametrize("level", [0, 128])
@pytest.mark.parametrize("way", ["fast", "exact"])
def test_a_film_of_one_flat_colour_is_one_shot(tmp_path: Path, level: int, way: Thoroughness) -> None:
    path = write(tmp_path / "flat.mp4", CODINGS["fixed.mkv"], np.full((200, SIZE[1], SIZE[0], 3), level, np.uint8))
    assert find_shots(path, probe(path), thoroughness=way).shots.transitions == ()


@pytest.mark.parametrize("way", ["fast", "exact"])
def test_a_slideshow_has_a_shot_for_each_picture(tmp_path: Path, way: Thoroughness) -> None:
    slides = np.concatenate([shot(seed, 0, 1).repeat(60, axis=0) for seed in range(1, 7)])
    path = write(tmp_path / "slides.mp4", CODINGS["long.mp4"], slides)
    found = find_shots(path, probe(path), thoroughness=way).shots
    assert [each.start_frame for each in found.shots] == [0, 60, 120, 180, 240, 300]


def test_looking_that_is_given_up_ends_at_once_and_leaves_no_thread(tmp_path: Path, pictures: np.ndarray) -> None:
    import threading

    path = write(tmp_path / "long.mp4", CODINGS["long.mp4"], pictures)
    told: list[float] = []

    def give_up(fraction: float) -> None:
        told.append(fraction)
        if len(told) > 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        find_shots(path, probe(path), on_progress=give_up)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("stretch")]


def test_a_file_cut_off_in_its_middle_says_how_far_it_goes(tmp_path: Path, pictures: np.ndarray) -> None:
    whole = write(tmp_path / "whole.mkv", CODINGS["fixed.mkv"], pictures)
    cut_off = tmp_path / "cut.mkv"
    cut_off.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    decoding = find_shots(cut_off, probe(cut_off)).shots.decoding
    assert decoding.decoded_end < decoding.claimed_end - 5


def test_damage_in_the_middle_falls_back_to_reading_all(tmp_path: Path, pictures: np.ndarray) -> None:
    path = write(tmp_path / "damaged.ts", CODINGS["open.ts"], pictures)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    try:
        found = find_shots(path, probe(path)).shots
    except MasterError as error:
        pytest.fail(f"damage in the middle is no reason to refuse a film: {error}")
    assert len(found.shots) >= 4


def test_users_of_pyscenedetect_get_the_same_from_the_detector(tmp_path: Path, pictures: np.ndarray) -> None:
    path = write(tmp_path / "plain.mp4", CODINGS["plain.mp4"], pictures)
    detector = TransitionDetector()
    scenes = scenedetect.detect(str(path), detector)
    assert [start.frame_num for start, _ in scenes] == [0, *CUTS]
    assert detector.transitions == tuple(Transition("cut", frame, frame) for frame in CUTS)


def test_the_detector_judges_gradual_transitions_and_titles_as_the_exact_way_does(tmp_path: Path) -> None:
    ramp = np.linspace(0, 1, 26)[1:-1, None, None, None]
    mixed = shot(1, 60, 24) * (1 - ramp) + shot(3, 0, 24) * ramp
    letters = cv2.putText(
        np.zeros((SIZE[1], SIZE[0], 1), np.uint8), "KITE", (60, 110), cv2.FONT_HERSHEY_DUPLEX, 2, 1, 3
    )
    title = np.concatenate([np.linspace(0, 1, 72), np.ones(48)])[:, None, None, None] * letters
    titled = shot(3, 24, 1) * (1 - title) + 240 * title
    parts = (
        *(shot(2, 0, 80), shot(1, 0, 60), mixed, titled, shot(4, 0, 80)),
        *(shot(4, 80, 24) * ramp[::-1], shot(5, 0, 24) * ramp, shot(5, 24, 80)),
    )
    path = write(tmp_path / "title.mp4", CODINGS["plain.mp4"], np.concatenate(parts).astype(np.uint8))
    detector = TransitionDetector()
    scenedetect.detect(str(path), detector)
    exact = find_shots(path, probe(path), thoroughness="exact").shots.transitions
    assert [found.kind for found in exact] == ["cut", "dissolve", "cut", "fade"]
    assert [found.kind for found in detector.transitions] == [found.kind for found in exact]
    for one, other in zip(detector.transitions, exact, strict=True):
        assert abs(one.start_frame - other.start_frame) <= 2 and abs(one.end_frame - other.end_frame) <= 2
