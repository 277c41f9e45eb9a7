"""What pictures say of a film, on films whose answers are known because they were made with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.plan.closeness import CloseLook
from pipeline.plan.features import PICTURE_STEP, FilmFeatures, PictureFeatures
from pipeline.plan.sampling import Sampling
from pipeline.plan.shots import Curve
from pipeline.shell import features
from pipeline.shell.faces import FaceFinder
from pipeline.shell.features import PictureMeter, measure_features
from pipeline.shell.lettering import text_likelihood
from pipeline.shell.looks import PictureCollector
from pipeline.shell.motion import MotionMeter
from pipeline.shell.probe import probe
from pipeline.shell.sampler import pictures_within
from pipeline.shell.shots import find_shots
from pipeline.timebase import Span

from .conftest import ffmpeg

WIDTH, HEIGHT, RATE = 320, 180, 24
Picture = np.ndarray[Any, Any]


def texture(width: int = 1200, height: int = 400, *, seed: int = 3) -> Picture:
    """A soft pattern without a repeat."""
    random = np.random.default_rng(seed).random((height // 4, width // 4, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(cv2.resize(random, (width, height), interpolation=cv2.INTER_CUBIC), (0, 0), 3)
    return cv2.normalize(soft, None, 20, 235, cv2.NORM_MINMAX).astype(np.uint8)


GROUND = texture()


def pan(frame: int, *, per_frame: float) -> Picture:
    return cv2.getRectSubPix(GROUND, (WIDTH, HEIGHT), (300 + frame * per_frame, 200))


def ball(frame: int) -> Picture:
    picture = GROUND[100 : 100 + HEIGHT, 100 : 100 + WIDTH].copy()
    cv2.circle(picture, (60 + 3 * frame, 90), 22, (235, 235, 235), -1)
    return picture


def film(path: Path, draw: Callable[[int], Picture], *options: str, seconds: float = 3) -> Path:
    pictures = b"".join(draw(frame).tobytes() for frame in range(round(seconds * RATE)))
    source = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "pipe:0")
    ffmpeg(*source, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "16", *options, f"file:{path}", given=pictures)
    return path


def looked(path: Path, *, seconds: float = 3) -> PictureFeatures:
    duration = Fraction(seconds)
    return PictureMeter(path, probe(path)).measure().features(duration)


def mean(curve: Curve) -> float:
    return sum(curve.hundredths) / len(curve.hundredths) / 100


@pytest.mark.parametrize("per_second", [16, 48, 240])
def test_a_pan_is_the_cameras_movement_at_its_speed(tmp_path: Path, per_second: int) -> None:
    found = looked(film(tmp_path / "pan.mp4", lambda frame: pan(frame, per_frame=per_second / RATE)))
    assert mean(found.camera_motion) == pytest.approx(100 * per_second / WIDTH, rel=0.12)
    assert mean(found.subject_motion) < 12


def test_a_ball_on_a_still_ground_is_the_subjects_movement(tmp_path: Path) -> None:
    found = looked(film(tmp_path / "ball.mp4", ball))
    assert mean(found.camera_motion) < 0.5
    assert mean(found.subject_motion) > 5


def test_nothing_moves_in_a_still_picture(tmp_path: Path) -> None:
    found = looked(film(tmp_path / "still.mp4", lambda _: pan(0, per_frame=0)))
    assert mean(found.camera_motion) < 0.1
    assert mean(found.subject_motion) < 2


def test_a_fade_is_no_movement(tmp_path: Path) -> None:
    still = pan(0, per_frame=0)
    faded = film(tmp_path / "fade.mp4", lambda frame: (still * min(1, (frame + 12) / 60)).astype(np.uint8))
    assert mean(looked(faded).subject_motion) < 4


def test_a_cut_is_no_movement(tmp_path: Path) -> None:
    other = texture(seed=9)[:HEIGHT, :WIDTH]
    found = looked(film(tmp_path / "cut.mp4", lambda frame: pan(0, per_frame=0) if frame < 36 else other))
    assert max(found.camera_motion.hundredths) < 50
    assert max(found.subject_motion.hundredths) < 600


def test_black_is_black_and_nothing_else(tmp_path: Path) -> None:
    found = looked(film(tmp_path / "black.mp4", lambda _: np.zeros((HEIGHT, WIDTH, 3), np.uint8)))
    assert mean(found.black) == 1
    for curve in (found.brightness, found.contrast, found.colourfulness, found.sharpness, found.text):
        assert mean(curve) < 2
    assert mean(found.camera_motion) == mean(found.subject_motion) == 0


def card(*lines: str, ground: Picture | None = None) -> Picture:
    picture = np.full((HEIGHT, WIDTH, 3), 25, np.uint8) if ground is None else ground.copy()
    for number, line in enumerate(lines):
        place = 50, 60 + 24 * number
        cv2.putText(picture, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (245, 245, 245), 1, cv2.LINE_AA)
    return picture


def luma(picture: Picture) -> Any:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def test_a_card_of_text_is_lettering_and_a_textured_picture_is_not() -> None:
    assert text_likelihood(luma(card("DIRECTED BY", "Somebody Else", "Music by Nobody"))) > 0.8
    assert text_likelihood(luma(GROUND[:HEIGHT, :WIDTH])) < 0.2
    noise = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH)).astype(np.uint8)
    assert text_likelihood(noise) < 0.2


def draw_face(radius: int, *, at: tuple[int, int] = (160, 90)) -> Picture:
    """A face as a child would draw it, but shaded."""
    picture = np.full((HEIGHT, WIDTH, 3), (120, 140, 110), np.uint8)
    x, y = at
    cv2.ellipse(picture, (x, y - radius // 3), (round(radius * 0.95), round(radius * 1.1)), 0, 0, 360, (30, 40, 60), -1)
    cv2.ellipse(picture, (x, y), (round(radius * 0.8), radius), 0, 0, 360, (150, 180, 225), -1)
    for side in (-1, 1):
        eye = x + side * radius // 3, y - radius // 5
        cv2.ellipse(picture, eye, (radius // 6, radius // 11), 0, 0, 360, (245, 245, 245), -1)
        cv2.circle(picture, eye, radius // 12, (40, 30, 20), -1)
        cv2.ellipse(picture, (eye[0], y - radius * 2 // 5), (radius // 4, radius // 14), 0, 180, 360, (40, 50, 70), 3)
    cv2.ellipse(picture, (x, y + radius // 5), (radius // 9, radius // 7), 0, 20, 160, (110, 140, 190), 2)
    cv2.ellipse(picture, (x, y + radius // 2), (radius // 3, radius // 9), 0, 0, 360, (90, 90, 190), -1)
    return cv2.GaussianBlur(picture, (0, 0), 1.0)


@pytest.mark.parametrize("radius", [25, 45, 60])
def test_a_face_is_found_where_it_is(radius: int) -> None:
    (face,) = FaceFinder().find(draw_face(radius, at=(120, 90)))
    assert face.x + face.width / 2 == pytest.approx(120 / WIDTH, abs=0.03)
    assert face.y + face.height / 2 == pytest.approx(90 / HEIGHT, abs=0.08)
    assert face.height == pytest.approx(2 * radius / HEIGHT, rel=0.35)
    assert face.confidence >= 0.7


def test_no_face_is_found_where_there_is_none() -> None:
    finder = FaceFinder()
    for picture in (GROUND[:HEIGHT, :WIDTH], card("NO FACES", "ONLY TEXT"), ball(10), np.zeros((8, 300, 3), np.uint8)):
        assert finder.find(np.ascontiguousarray(picture)) == ()


def test_without_the_model_no_face_is_found_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pipeline.shell.faces.MODEL", Path("/nowhere/face.onnx"))
    finder = FaceFinder()
    assert finder.find(draw_face(45)) == finder.find(draw_face(45)) == ()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_turned_film_is_looked_at_upright(tmp_path: Path) -> None:
    turned = film(tmp_path / "turned.mp4", lambda _: np.ascontiguousarray(np.rot90(draw_face(45)).reshape(180, 320, 3)))
    upright = film(tmp_path / "plain.mp4", lambda _: draw_face(45))
    marked = tmp_path / "marked.mp4"
    ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", marked)
    assert probe(marked).picture.rotation_deg in (90, 270)
    assert turned.exists() and all(sample.faces for sample in looked(upright).faces)
    assert not any(sample.faces for sample in looked(marked).faces), "a face on its side is none"


@pytest.mark.parametrize("bursts", [Fraction(1, 4), Fraction(1)])
def test_a_film_looked_at_in_bursts_is_like_the_same_film_looked_at_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bursts: Fraction
) -> None:
    path = film(tmp_path / "pan.mp4", lambda frame: pan(frame, per_frame=2), "-g", "48", "-bf", "2", seconds=8)
    whole = looked(path, seconds=8)
    sparse_sampling = dataclasses.replace(features.plan_sampling(_stream()), burst=bursts)
    monkeypatch.setattr(features, "plan_sampling", lambda _: sparse_sampling)
    sparse = looked(path, seconds=8)
    assert 4 <= sparse.look_count < whole.look_count
    assert len(sparse.brightness.hundredths) == len(whole.brightness.hundredths) == 32
    assert mean(sparse.camera_motion) == pytest.approx(mean(whole.camera_motion), rel=0.1)
    assert mean(sparse.brightness) == pytest.approx(mean(whole.brightness), rel=0.05)


def _stream() -> Any:
    from pipeline.plan.sampling import PictureStream

    return PictureStream("h264", 57_600, 24.0, 8.0, 4, 40_000, 188, 100_000, has_b_frames=True)


def test_pictures_of_two_sizes_are_not_compared() -> None:
    meter = MotionMeter()
    small, large = np.zeros((90, 160), np.uint8), np.zeros((100, 160), np.uint8)
    assert meter.compare(small, large) is None
    thin = np.zeros((4, 160), np.uint8)
    moved = meter.compare(thin, thin)
    assert moved is not None and moved.subject == 0


def test_a_film_that_breaks_off_has_features_of_what_is_left(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mkv", lambda frame: pan(frame, per_frame=2), seconds=6)
    broken = tmp_path / "broken.mkv"
    data = bytearray(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    data[len(data) // 2 : len(data) // 2 + 300] = bytes(300)
    broken.write_bytes(data)
    found: FilmFeatures = measure_features(broken, probe(broken), duration=Fraction(6))
    assert found.sound is None
    assert len(found.picture.brightness.hundredths) == 24
    assert mean(found.picture.brightness) > 20


def test_rows_of_holes_are_no_lettering() -> None:
    wall = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    for x in range(12, WIDTH - 8, 8):
        for y in range(12, HEIGHT - 8, 8):
            cv2.circle(wall, (x, y), 2, (40, 40, 40), -1, cv2.LINE_AA)
    assert text_likelihood(luma(wall)) < 0.2


def close(path: Path, *spans: tuple[str, str]) -> tuple[CloseLook, ...]:
    facts = probe(path)
    collector = PictureCollector(facts.picture, face_step=PICTURE_STEP)
    found = []
    for span, pictures in pictures_within(path, facts, [Span(Fraction(a), Fraction(b)) for a, b in spans]):
        for picture in pictures:
            collector.look(picture.time, picture.frame)
        found.append(collector.close_look(span))
    return tuple(found)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts", "avi"])
def test_every_picture_of_a_span_is_shown_and_no_other(tmp_path: Path, container: str) -> None:
    path = film(tmp_path / f"pan.{container}", lambda frame: pan(frame, per_frame=2), "-g", "72", "-bf", "2", seconds=8)
    facts = probe(path)
    spans = [Span(Fraction(1), Fraction(2)), Span(Fraction(13, 2), Fraction(7)), Span(Fraction(29, 4), Fraction(8))]
    shown = [[picture.time for picture in pictures] for _, pictures in pictures_within(path, facts, spans)]
    for span, times in zip(spans, shown, strict=True):
        wanted = range(int(span.start * RATE), int(span.end * RATE))
        assert [float(time) for time in times] == pytest.approx([frame / RATE for frame in wanted], abs=0.001)


def test_a_span_far_behind_the_only_keyframe_is_left_to_the_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.shell.sampler._LEADS_S", (0, 2))
    path = film(tmp_path / "pan.mp4", lambda frame: pan(frame, per_frame=2), "-g", "999", seconds=6)
    near, far = close(path, ("1", "2"), ("5", "6"))
    assert near.steps["brightness"] and not far.steps["brightness"] and not far.faces


def test_movement_seen_closely_is_as_strong_as_movement_in_samples(tmp_path: Path) -> None:
    path = film(tmp_path / "ball.mp4", ball)
    sampled = looked(path)
    (look,) = close(path, ("1", "2"))
    closely = [value / 100 for value in look.steps["subject_motion"].values()]
    assert closely and sum(closely) / len(closely) == pytest.approx(mean(sampled.subject_motion), rel=0.25)
    path = film(tmp_path / "pan.mp4", lambda frame: pan(frame, per_frame=2))
    (look,) = close(path, ("1", "2"))
    closely = [value / 100 for value in look.steps["camera_motion"].values()]
    assert sum(closely) / len(closely) == pytest.approx(100 * 48 / WIDTH, rel=0.12)


def test_a_face_that_samples_miss_is_seen_closely(tmp_path: Path) -> None:
    face = draw_face(45)
    path = film(tmp_path / "face.mp4", lambda frame: face if 30 <= frame < 42 else GROUND[:HEIGHT, :WIDTH])
    assert not any(sample.faces for sample in looked(path).faces)
    (look,) = close(path, ("1", "2"))
    assert [bool(sample.faces) for sample in look.faces] == [False, True, True, False]


@pytest.mark.parametrize(
    "options",
    [("-g", "48", "-bf", "2"), ("-g", "30", "-x264-params", "open-gop=1:bframes=3:b-pyramid=2"), ("-c:v", "mjpeg")],
    ids=["closed", "open", "intra only"],
)
def test_pictures_seen_while_shots_are_found_say_the_same_and_change_no_shot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(features, "plan_sampling", lambda _: Sampling(Fraction(1, 4)))
    other = texture(seed=9)
    path = film(tmp_path / "a.mkv", lambda n: pan(n, per_frame=2) if n < 70 else other[:180, n : n + 320], *options,
                seconds=8)  # fmt: skip
    meter = PictureMeter(path, probe(path))
    watching = meter.watching()
    assert watching is not None
    found = find_shots(path, probe(path), watching=watching)
    assert watching.is_complete
    assert found.shots == find_shots(path, probe(path)).shots and len(found.shots.shots) == 2
    alone = PictureMeter(path, probe(path)).measure()
    assert alone.look_count > 4
    assert meter.has_seen_all and meter.measure().features(Fraction(8)) == alone.features(Fraction(8))


def test_films_whose_samples_lie_everywhere_are_looked_at_by_themselves(tmp_path: Path) -> None:
    path = film(tmp_path / "short.mp4", ball)
    assert PictureMeter(path, probe(path)).watching() is None
