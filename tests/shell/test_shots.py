import threading
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.plan.features import PICTURE_STEP
from pipeline.plan.shots import FilmAnalysis, Transition
from pipeline.shell.features import measure_features
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import probe
from pipeline.shell.shots import FoundShots, find_shots

# Four shots of 48 frames: a hard cut at 48, a dissolve of 12 frames, then a fade through black of 2 × 12 frames.
SOURCES = ("testsrc2", "mandelbrot", "cellauto=rule=110", "life=mold=10:life_color=orange:death_color=navy:ratio=0.4")
EXPECTED = (Transition("cut", 48, 48), Transition("dissolve", 84, 96), Transition("fade", 120, 144))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shots") / "film.mkv"
    inputs = [word for source in SOURCES for word in ("-f", "lavfi", "-i", _sized(source))]
    shots = "".join(f"[{k}:v]trim=end_frame=48,settb=1/24,setpts=N,format=yuv420p[s{k}];" for k in range(4))
    graph = (
        f"{shots}[s0][s1]concat,settb=1/24[a];[a][s2]xfade=fade:duration=0.5:offset=3.5[b];"
        "[b]fade=out:120:12[c];[s3]fade=in:0:12[d];[c][d]concat[v];sine=440:duration=8[a]"
    )
    run_ffmpeg(
        (*inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-crf", "18", str(path))
    )
    return path


@pytest.fixture(scope="module")
def found(film: Path) -> FoundShots:
    return find_shots(film, probe(film))


@pytest.fixture(scope="module")
def analysis(film: Path, found: FoundShots) -> FilmAnalysis:
    features = measure_features(film, probe(film), duration=found.shots.timeline.duration)
    return FilmAnalysis(found.shots, features)


def _sized(source: str) -> str:
    return f"{source}{':' if '=' in source else '='}size=320x180:rate=24"


def test_measuring_that_is_given_up_ends_with_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=24:duration=30", "-f", "lavfi", "-i", "sine=duration=30")
    run_ffmpeg((*source, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac", str(path)))

    def give_up(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_features(path, probe(path), duration=Fraction(30), on_progress=give_up)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sound")]


def test_cut_dissolve_and_fade_are_found_where_they_are(found: FoundShots) -> None:
    transitions = found.shots.transitions
    assert [transition.kind for transition in transitions] == [transition.kind for transition in EXPECTED]
    for transition, expected in zip(transitions, EXPECTED, strict=True):
        slack = 0 if expected.kind == "cut" else 3
        assert abs(transition.start_frame - expected.start_frame) <= slack
        assert abs(transition.end_frame - expected.end_frame) <= slack


def test_every_shot_has_a_thumbnail_of_its_own(found: FoundShots) -> None:
    assert len(found.shots.shots) == len(found.thumbnails) == 4
    for shot, thumbnail in zip(found.shots.shots, found.thumbnails, strict=True):
        assert shot.start_frame <= thumbnail.frame < shot.end_frame
        assert thumbnail.jpeg.startswith(b"\xff\xd8")


def test_every_shot_has_scores(analysis: FilmAnalysis) -> None:
    assert len(analysis.scores) == len(analysis.shots)
    assert all(scores.loudness_lufs is not None and scores.sharpness > 0 for scores in analysis.scores)


def test_curves_cover_the_film(analysis: FilmAnalysis) -> None:
    steps = (analysis.timeline.duration / PICTURE_STEP).__ceil__()
    picture = analysis.features.picture
    assert len(picture.subject_motion.hundredths) == len(picture.black.hundredths) == steps
    assert max(picture.black.hundredths) > 50
