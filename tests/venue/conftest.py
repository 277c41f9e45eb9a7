"""A block of three films of different shapes and rates with cards between them, and how tests look into its file."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme
from pipeline.plan.venue import VenueFormat
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, study_shots
from pipeline.timebase import FrameRate, Span
from pipeline.venue import VenueFile, VenuePlan, finish_venue_file, make_all, missing_keys, plan_venue_file
from pipeline.venue.steps import plan_venue_steps
from tests.numbered_films import make_film

FORM = VenueFormat(width_px=320, height_px=180, kbps=128)


@dataclass(frozen=True)
class NumberedFilm:
    """A film whose frames carry its number and theirs, and how it stands in a picture of 320×180."""

    name: str
    number: int
    size: tuple[int, int]
    fps: int
    seconds: int
    place: tuple[int, int, int, int]
    """Left, top, width and height."""
    tone: bool = True

    @property
    def title(self) -> str:
        return self.name.title()


WIDE = NumberedFilm("wide", 1, (256, 144), 24, 6, (0, 0, 320, 180))
TALL = NumberedFilm("tall", 2, (144, 192), 30, 5, (92, 0, 136, 180))
OLD = NumberedFilm("old", 3, (192, 144), 25, 4, (40, 0, 240, 180))
SCOPE = NumberedFilm("scope", 0, (288, 120), 30, 3, (0, 24, 320, 134))
MUTE = NumberedFilm("mute", 0, (192, 144), 25, 2, (40, 0, 240, 180), tone=False)


@pytest.fixture(scope="session")
def reels(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the films, and a store in which they have been studied."""
    root = tmp_path_factory.mktemp("venue")
    shutil.copytree(seed / "store", root / "store")
    (root / "films").mkdir()
    for film in (WIDE, TALL, OLD, SCOPE, MUTE):
        path = root / "films" / f"{film.name}.mp4"
        make_film(path, film=film.number, size=film.size, fps=film.fps, seconds=film.seconds, shot_s=9, tone=film.tone)
    return root


@dataclass(frozen=True)
class Cafe:
    """A home with the films in it, where venue files are made."""

    home: Path
    films: Path

    def study(self, *films: NumberedFilm) -> tuple[ShotStudy, ...]:
        store, ledger = Store(self.home / "store"), Ledger(self.home / "store" / "ledger.sqlite3")
        return tuple(study_shots(self.films / f"{one.name}.mp4", store=store, ledger=ledger) for one in films)

    def block(self, *films: NumberedFilm) -> Edit:
        """Return a leader, then each film with its title card before it and black after it, then a card."""
        parts: list[Part] = [Gap(Fraction(1, 2)), Card(("Small Hours",), Fraction(4, 3))]
        for film, study in zip(films, self.study(*films), strict=True):
            whole = Span(Fraction(0), study.shots.timeline.duration)
            parts += [Card((film.title,), Fraction(1))]
            parts += [MasterSpan(study.digest, whole, programme=Programme(film.title)), Gap(Fraction(1, 2))]
        return Edit("Small Hours", (*parts, Card(("Thank you",), Fraction(1))))

    def plan(self, edit: Edit, *films: NumberedFilm, form: VenueFormat = FORM) -> VenuePlan:
        return plan_venue_file(edit, self.study(*films), form)

    def make(self, edit: Edit, *films: NumberedFilm, form: VenueFormat = FORM) -> Made:
        plan = self.plan(edit, *films, form=form)
        steps = plan_venue_steps(plan)
        missing = missing_keys(steps)
        make_all(steps, _untold)
        return Made(plan, tuple(step.name for step in steps), finish_venue_file(plan, missing))


@dataclass(frozen=True)
class Made:
    """A venue file, and the steps that there were to make."""

    plan: VenuePlan
    steps: tuple[str, ...]
    file: VenueFile


def _untold(_name: str, _fraction: float | None, _left: float | None) -> None: ...


@pytest.fixture
def cafe(reels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cafe:
    home = tmp_path / "home"
    home.mkdir()
    # The same store for all tests of a worker: what one has encoded, others find.
    (home / "store").symlink_to(reels / "store")
    monkeypatch.setenv("MATINEE_HOME", str(home))
    return Cafe(home, reels / "films")


def expected_frames(film: NumberedFilm, rate: FrameRate) -> list[tuple[int, int]]:
    """Return which frames ffmpeg's fps=round=near gives: at each time the last one that is nearest to it or before."""
    count = rate.nearest_frame(Fraction(film.seconds))
    shown, frames = 0, []
    for at in range(count):
        while shown + 1 < film.fps * film.seconds and rate.nearest_frame(Fraction(shown + 1, film.fps)) <= at:
            shown += 1
        frames.append((film.number, shown))
    return frames


def read_lumas(path: Path) -> list[Any]:
    """Return the luma of each picture of a file, 8 bits."""
    import av

    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [frame.reformat(format="yuv420p").to_ndarray()[: frame.height] for frame in frames]


def read_number(luma: Any, film: NumberedFilm) -> tuple[int, int] | None:
    """Return the film and frame that a picture says it is where the film stands; None where none says so."""
    left, top, width, height = film.place
    across, down = 16 * width / film.size[0], 16 * height / film.size[1]
    bits = []
    for bit in range(16):
        row, column = divmod(bit, 4)
        y, x = top + height / 2 + (row - 1.5) * down, left + width / 2 + (column - 1.5) * across
        bits.append(luma[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].mean() > 125)
    number = sum(1 << place for place, is_set in enumerate(bits[:12]) if is_set)
    valid = bits[14] and bits[15] == bool(number % 2)
    return (int(bits[12]) + 2 * int(bits[13]), number) if valid else None


def read_wave(path: Path) -> Any:
    """Return the first channel of a file's sound, at 48 kHz."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "stereo", 48000)
        frames = [one for frame in container.decode(audio=0) for one in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray()[0] for frame in frames])
