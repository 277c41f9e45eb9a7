"""Compose the demo film: frames and sound through ffmpeg into one master, its shot list and its film.toml beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.shell.demo.reel import frames
from pipeline.shell.demo.score import RATE
from pipeline.shell.demo.script import FPS, DemoScript, Transition, full_script
from pipeline.shell.demo.sound import samples
from pipeline.shell.ffmpeg import feed_ffmpeg

FILM_NAME = "matinee-demo.mp4"
SHOTS_NAME = "matinee-demo.shots.csv"
ABOUT_NAME = "matinee-demo.film.toml"
_ABOUT = """\
# What people know of this film, read from beside its file; docs/film-toml.md describes every field.
title = "The Red Kite"
# Each clip ends on a card that says this, with a QR code for the address (one of those reserved for examples).
call_to_action = "See the whole film"
link = "https://example.org/red-kite"
"""
_WORK_PREFIX = ".matinee-demo-"


@dataclass(frozen=True)
class DemoFilm:
    """Where the film and its shot list are, and what is true of it."""

    path: Path
    shots_path: Path
    frame_count: int
    seconds: Fraction
    transitions: tuple[Transition, ...]


def compose_demo(
    folder: Path, *, on_progress: Callable[[float], None] | None = None, script: DemoScript | None = None
) -> DemoFilm:
    """Compose the film into a folder, which is made if it is missing; `on_progress` hears shares from 0 to 1.

    Raises StoreError where one of the two files exists with other content; what exists is never overwritten. A killed
    run leaves at most a hidden folder, which the next run removes.
    """
    script = full_script() if script is None else script
    folder.mkdir(parents=True, exist_ok=True)
    film, shots = folder / FILM_NAME, folder / SHOTS_NAME
    listed = shot_list(script)
    _refuse_to_overwrite(film, shots, listed)
    with _work_folder(folder) as work:
        _write_sound(work / "sound.wav", script)
        _encode(script, work / "sound.wav", work / "film.mp4", on_progress)
        (work / "shots.csv").write_text(listed)
        (work / "film.toml").write_text(_ABOUT)
        # What belongs to the film first: whoever sees it sees that too. A film.toml that is there stays as it is.
        for made, target in ((work / "shots.csv", shots), (work / "film.toml", folder / ABOUT_NAME)):
            if not target.exists():
                _place(made, target)
        _place(work / "film.mp4", film)
    return DemoFilm(film, shots, script.frame_count, Fraction(script.frame_count, FPS), script.transitions)


def shot_list(script: DemoScript) -> str:
    """Return the script's transitions as CSV: kind, start_frame, end_frame, half-open."""
    rows = [f"{found.kind},{found.start_frame},{found.end_frame}" for found in script.transitions]
    return "\n".join(("kind,start_frame,end_frame", *rows, ""))


def _refuse_to_overwrite(film: Path, shots: Path, listed: str) -> None:
    # A run killed between its two renames leaves the very same list: that one may stay.
    taken = film if film.exists() else shots if shots.exists() and shots.read_text() != listed else None
    if taken is not None:
        raise StoreError(
            f"{taken} exists already, and a master is never overwritten.",
            remedy="Move it away to have the demo film composed anew.",
            path=str(taken),
        )


@contextlib.contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder on the masters' own filesystem and remove it afterwards, with those of killed runs."""
    for left in sorted(folder.glob(f"{_WORK_PREFIX}*")):
        if not _is_running(left.name.removeprefix(_WORK_PREFIX)):
            shutil.rmtree(left, ignore_errors=True)
    work = folder / f"{_WORK_PREFIX}{os.getpid()}"
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _is_running(pid: str) -> bool:
    if not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _write_sound(path: Path, script: DemoScript) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        for part in samples(script):
            sound.writeframesraw(part.tobytes())


def _encode(script: DemoScript, sound: Path, film: Path, on_progress: Callable[[float], None] | None) -> None:
    argv = (
        # Raw pictures say nothing about themselves.
        "-f", "rawvideo", "-pixel_format", "bgr24", "-video_size", f"{script.width}x{script.height}",
        "-framerate", str(FPS), "-i", "pipe:0", "-i", f"file:{sound.resolve()}",
        # swscale would use BT.601 for RGB unless told.
        "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
        # A named thread count makes the same bytes on every machine.
        "-c:v", "libx264", "-preset", "superfast", "-crf", "23", "-threads", "4", "-g", "96",
        "-c:a", "aac", "-b:a", "192k",
        "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", f"file:{film.resolve()}",
    )  # fmt: skip
    feed_ffmpeg(argv, _raw(script, on_progress))
    with film.open("rb+") as written:
        os.fsync(written.fileno())


def _raw(script: DemoScript, on_progress: Callable[[float], None] | None) -> Iterator[bytes]:
    for number, frame in enumerate(frames(script), start=1):
        yield frame.tobytes()
        if on_progress is not None and number % FPS == 0:
            on_progress(number / script.frame_count)
    if on_progress is not None:
        on_progress(1.0)


def _place(source: Path, target: Path) -> None:
    """Give a finished file its final name, failing rather than replacing what has come there meanwhile."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise StoreError(f"{target} appeared while the demo film was being composed.", path=str(target)) from None
    except OSError:
        # exFAT and some network drives have no hard links.
        source.rename(target)
