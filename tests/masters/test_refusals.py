"""What cannot be used is refused with its name and the reason, and the films beside it are made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import MasterError
from pipeline.shell.probe import probe
from tests.masters.studio import Studio, ffmpeg, known_sound, write_wav
from tests.masters.viewing import Clip

MakeClip = Callable[..., Clip]
MATINEE = (sys.executable, "-c", "from pipeline.cli import main; main()")
# Without other processes than ffmpeg's, and with what takes longest left out.
MATINEE_HERE = (
    sys.executable,
    "-c",
    """
from pipeline.shell import apart, faces, plot
from tests.companion_here import CompanionHere
from tests.stand_ins import draw_instead, find_no_face

apart.Companion, faces.FaceFinder.find, plot.score_plot = CompanionHere, find_no_face, draw_instead
from pipeline.cli import main
main()
""",
)
ASKED = ("--platform", "mini-wide", "--highlights", "tiny", "--count", "1")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "2")


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    stdout: str
    stderr: str


def run_cut(
    home: Path, presets: Path, *arguments: str | Path, user: int | None = None, command: tuple[str, ...] = MATINEE
) -> Answer:
    """Run `matinee cut` as a person does."""
    places = {"MATINEE_HOME": str(home), "MATINEE_PRESETS": str(presets), "PYTHONPATH": str(Path(__file__).parents[2])}
    words = [*command, "cut", *map(str, arguments)]
    done = subprocess.run(words, env={**os.environ, **places}, capture_output=True, user=user)
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def _cut_in_half(path: Path, target: Path, *, share: float = 0.5) -> Path:
    content = path.read_bytes()
    target.write_bytes(content[: round(len(content) * share)])
    return target


def _make_refused(studio: Studio) -> dict[str, tuple[Path, str]]:
    """Return masters that cannot be used, each with words of the reason."""
    folder = studio.folder / "refused"
    folder.mkdir()
    tall = studio.shoot("whole.mkv")
    fast = studio.shoot("whole-fast.mp4", rest=("-movflags", "+faststart"))
    last = studio.shoot("whole-last.mp4")
    prores = studio.shoot("whole.mov", picture=("-c:v", "prores_ks"), rest=("-movflags", "+faststart"))
    avi = studio.shoot("whole.avi", rate="25", picture=("-c:v", "mpeg4", "-q:v", "3"), sound=("-c:a", "pcm_s16le"))
    mxf = studio.shoot("whole.mxf", rate="25", picture=MPEG2, sound=("-c:a", "pcm_s16le"))
    brief = studio.shoot("brief.mp4", seconds=1)
    still = folder / "still.png"
    ffmpeg("-i", tall.path, "-frames:v", "1", still)
    ffmpeg("-i", tall.path, "-frames:v", "1", folder / "still.jpg")
    wav = write_wav(folder / "sound.wav", (known_sound(8),))
    ffmpeg("-i", wav, "-c:a", "aac", folder / "sound.m4a")
    ffmpeg("-i", wav, "-i", still, "-map", "0", "-map", "1", "-c:a", "libmp3lame", "-c:v", "mjpeg",
           "-disposition:v", "attached_pic", folder / "cover.mp3")  # fmt: skip
    ffmpeg("-i", wav, "-i", still, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "png",
           "-disposition:v", "attached_pic", folder / "cover.m4a")  # fmt: skip
    (folder / "notes.txt").write_text("INT. CINEMA - NIGHT\n")
    (folder / "text.mp4").write_text("not a film\n" * 100)
    (folder / "noise.mov").write_bytes(known_sound(1).tobytes())
    (folder / "empty.mp4").touch()
    (folder / "folder.mov").mkdir()
    os.mkfifo(folder / "pipe.mp4")
    (folder / "dangling.mp4").symlink_to(folder / "gone.mp4")
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    with zipfile.ZipFile(folder / "film.zip", "w") as archive:
        archive.write(fast.path, "film.mp4")
    brief.path.rename(folder / "brief.mp4")
    return {
        "brief": (folder / "brief.mp4", "1 s long"),
        "sound": (folder / "sound.m4a", "no video stream"),
        "wav": (wav, "not a film"),
        "cover-mp3": (folder / "cover.mp3", "not a film"),
        "cover-m4a": (folder / "cover.m4a", "no video stream"),
        "png": (still, "not a film"),
        "jpg": (folder / "still.jpg", "not a film"),
        "notes": (folder / "notes.txt", "not a film"),
        "text": (folder / "text.mp4", "not a film"),
        "noise": (folder / "noise.mov", "not a film"),
        "zip": (folder / "film.zip", "not a film"),
        "empty": (folder / "empty.mp4", "empty"),
        "folder": (folder / "folder.mov", "is a folder"),
        "pipe": (folder / "pipe.mp4", "not a regular file"),
        "device": (Path("/dev/null"), "not a regular file"),
        "dangling": (folder / "dangling.mp4", "does not exist"),
        "loop": (folder / "loop.mp4", "cannot be reached"),
        "missing": (folder / "missing.mp4", "does not exist"),
        "under-a-file": (folder / "notes.txt" / "film.mp4", "cannot be reached"),
        "too-long-a-name": (folder / ("n" * 300 + ".mp4"), "cannot be reached"),
        "half-mp4": (_cut_in_half(fast.path, folder / "half-fast.mp4"), "is cut off"),
        "no-moov": (_cut_in_half(last.path, folder / "half-last.mp4"), "not a film"),
        "half-mkv": (_cut_in_half(tall.path, folder / "half.mkv"), "is cut off"),
        "half-prores": (_cut_in_half(prores.path, folder / "half.mov"), "is cut off"),
        "half-avi": (_cut_in_half(avi.path, folder / "half.avi"), "is cut off"),
        "half-mxf": (_cut_in_half(mxf.path, folder / "half.mxf"), "is cut off"),
    }


NAMES = ("brief", "sound", "wav", "cover-mp3", "cover-m4a", "png", "jpg", "notes", "text", "noise", "zip", "empty",
         "folder", "pipe", "device", "dangling", "loop", "missing", "under-a-file", "too-long-a-name", "half-mp4",
         "no-moov", "half-mkv", "half-prores", "half-avi", "half-mxf")  # fmt: skip


@dataclass(frozen=True)
class Session:
    """One command with every refused master and two good ones among them."""

    masters: dict[str, tuple[Path, str]]
    good: tuple[Path, Path]
    home: Path
    answer: Answer


@pytest.fixture(scope="session")
def refused(studio: Studio, small_presets: Path, tmp_path_factory: pytest.TempPathFactory) -> Session:
    masters = _make_refused(studio)
    assert tuple(masters) == NAMES
    home = tmp_path_factory.mktemp("refused-home")
    good = (studio.shoot("good.mp4").path, studio.shoot("also-good.mkv").path)
    paths = [path for path, _ in masters.values()]
    return Session(masters, good, home, run_cut(home, small_presets, *ASKED, "--json", good[0], *paths, good[1]))


@pytest.mark.xdist_group("refusals")
@pytest.mark.parametrize("name", NAMES)
def test_the_message_names_the_file_and_the_reason(refused: Session, name: str) -> None:
    path, reason = refused.masters[name]
    told = [line for line in refused.answer.stderr.splitlines() if line.startswith(f"matinee: {path}: ")]
    assert len(told) == 1, refused.answer.stderr
    assert reason in told[0]
    films = [film for film in json.loads(refused.answer.stdout)["films"] if film["file"] == str(path)]
    assert len(films) == 1
    assert films[0]["error"] == told[0].removeprefix("matinee: ")


@pytest.mark.xdist_group("refusals")
def test_refusals_end_with_the_users_code_and_no_traceback(refused: Session) -> None:
    assert refused.answer.code == 2
    assert "Traceback" not in refused.answer.stderr
    assert "fault of ours" not in refused.answer.stderr


@pytest.mark.xdist_group("refusals")
def test_good_films_between_refused_ones_are_made(refused: Session) -> None:
    films = {film["file"]: film for film in json.loads(refused.answer.stdout)["films"]}
    for path in refused.good:
        clip = films[str(path)]["clips"][0]
        assert (Path(films[str(path)]["folder"]) / clip["file"]).stat().st_size == clip["size_bytes"]


@pytest.mark.xdist_group("refusals")
def test_nothing_is_put_out_for_a_refused_film(refused: Session) -> None:
    assert sorted(path.name for path in (refused.home / "out").iterdir()) == ["also-good", "good"]


@pytest.mark.xdist_group("refusals")
def test_a_refusal_without_json_says_nothing_on_standard_output(refused: Session, small_presets: Path) -> None:
    missing = refused.masters["missing"][0]
    answer = run_cut(refused.home, small_presets, *ASKED, missing)
    assert (answer.code, answer.stdout) == (2, "")
    assert str(missing) in answer.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for somebody else")
def test_a_film_that_may_not_be_read_is_refused() -> None:
    """Root may read everything, so nobody is asked; in a folder that nobody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        secret = Path(folder) / "secret.mp4"
        secret.write_bytes(b"not for everybody")
        secret.chmod(0o000)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            try:
                probe(secret)
                said = "was read"
            except MasterError as error:
                said = str(error)
            os.write(writer, said.encode())
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as answer:
            assert answer.read().decode() == f"{secret}: may not be read. Give yourself permission to read it."


@pytest.mark.parametrize("name", ["broadcast.ts", "program.mpg"])
def test_a_recording_that_promises_no_length_is_used_as_far_as_it_goes(
    studio: Studio, clip_of: MakeClip, name: str
) -> None:
    whole = studio.shoot(name, rate="25", picture=MPEG2, sound=("-c:a", "mp2"))
    clip = clip_of(_cut_in_half(whole.path, whole.path.with_name(f"half-{name}"), share=0.7))
    numbers = clip.numbers(whole.marks.scaled(1.6, 1.6))
    assert numbers == list(range(numbers[0], numbers[0] + 50))


def test_a_film_that_lacks_only_its_last_moment_is_used(studio: Studio, clip_of: MakeClip) -> None:
    whole = studio.shoot("nearly-whole.mkv")
    clip = clip_of(_cut_in_half(whole.path, whole.path.with_name("nearly.mkv"), share=0.9))
    numbers = clip.numbers(whole.marks.scaled(1.6, 1.6))
    assert numbers == list(range(numbers[0], numbers[0] + 48))
