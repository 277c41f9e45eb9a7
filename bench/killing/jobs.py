"""The jobs that are killed, of seconds of a real film: a clip, a package, a block, an edition at a folder, a drop."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bench.child import MATINEE, run_child
from bench.packaging import run_bare
from tests.conftest import write_presets
from tests.package.conftest import LADDER

_STARTS_S: Final = (60, 85)
_SECONDS: Final = 7
_FADE_S: Final = 1
_BLOCK: Final = """
title = "Small Hours"
preset = "cafe"
starts = 2026-12-04T20:00:00
zone = "Europe/Madrid"
order = "given"
length = { min = 10, max = 90 }
"""
_CALENDAR: Final = """
film = "{film}"
target = "{target}"
address = "https://films.example.invalid"
hours = 240
[[drops]]
opens = {opens:%Y-%m-%dT%H:%M:%SZ}
"""
_VENUE: Final = '\n[venue_file]\nwidth_px = 320\nheight_px = 180\nfps = "25"\n\n'


@dataclass(frozen=True)
class Job:
    """A command, and the deployment that does the same, where there is one."""

    name: str
    words: tuple[str, ...]
    flow: str = ""
    parameters: str = "{}"
    """Of the flow, in JSON."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line."""
        return (MATINEE, *self.words)


@dataclass(frozen=True)
class Place:
    """Where jobs run: each time in a home at the same path, since documents name paths."""

    root: Path

    @property
    def home(self) -> Path:
        """The home of a run."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """The system's folder for temporary files, as runs are told."""
        return self.root / "tmp"

    @property
    def target(self) -> Path:
        """Where editions are published; in the home, so that it is watched as well."""
        return self.home / "www"

    @property
    def shown(self) -> tuple[Path, ...]:
        """Folders whose names are for people."""
        return self.home / "out", self.home / "projects", self.target

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables for runs."""
        named = {"MATINEE_HOME": self.home, "MATINEE_PRESETS": self.root / "presets", "TMPDIR": self.temporary}
        return {name: str(path) for name, path in named.items()}

    def begin(self, job: Job) -> None:
        """Have a home as it is before the job is done for the first time."""
        for folder in (self.home, self.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        self.temporary.mkdir()
        # With its hard links and dates, by which the ledger knows files.
        run_child(("cp", "-a", f"{self.root / 'seeds' / job.name}/.", str(self.home)))


def prepare(film: Path, root: Path) -> tuple[Place, tuple[Job, ...]]:
    """Write the films, the presets and the home that each job begins in, and return the jobs."""
    place = Place(root)
    films = tuple(_stretch(film, root / f"film-{start}.mp4", start) for start in _STARTS_S)
    _write_presets(root / "presets")
    block = root / "small-hours.toml"
    block.write_text(_BLOCK + "".join(f'[[films]]\nfile = "{one.name}"\n' for one in films))
    first = str(films[0])
    calendar = root / "film.calendar.toml"
    opened = datetime.now(UTC) - timedelta(hours=1)
    calendar.write_text(_CALENDAR.format(film=films[0].stem, target=place.target, opens=opened))
    package, ladder = place.home / "out" / "hls", ("--ladder", "quickly")
    jobs = (
        Job(
            "cut", ("cut", first, "--highlights", "short", "--platform", "tall", "--platform", "quad"), "cut-clips",
            json.dumps({"masters": [first], "highlights": "short", "platforms": ["tall", "quad"]}),
        ),
        Job(
            "package", ("package", first, *ladder), "package-hls", json.dumps({"films": [first], "ladder": "quickly"})
        ),
        Job(
            "block", ("block", str(block), *ladder), "build-block",
            json.dumps({"blocks": [str(block)], "ladder": "quickly"}),
        ),
        Job(
            "drop", ("drop", "tend", str(calendar)), "publish-drop", json.dumps({"calendar": str(calendar)})
        ),
        Job("publish", ("publish", str(package), "--to", str(place.target), "--as", "the-film")),
    )  # fmt: skip
    # The films of a block are chosen and packaged, and editions are packaged, before: that is another job's work.
    before = {
        "block": (*(("package", str(one), *ladder) for one in films), ("block", str(block), "--dry-run")),
        "drop": (("package", first, *ladder),),
        "publish": (("package", first, *ladder, "--out", str(package)),),
    }
    for job in jobs:
        seed = root / "seeds" / job.name
        shutil.rmtree(place.home, ignore_errors=True)
        for folder in ("out", "projects", "store", "www"):
            (place.home / folder).mkdir(parents=True)
        place.temporary.mkdir(exist_ok=True)
        for words in before.get(job.name, ()):
            run_child((MATINEE, *words), **place.environment)
        seed.parent.mkdir(exist_ok=True)
        place.home.rename(seed)
    return place, jobs


def _stretch(film: Path, target: Path, start: int) -> Path:
    """Write some seconds of a film from a key picture on, its pictures as they are, its sound faded."""
    read = ("-noaccurate_seek", "-ss", str(start), "-i", f"file:{film}", "-t", str(_SECONDS))
    faded = f"afade=t=in:d={_FADE_S},afade=t=out:st={_SECONDS - _FADE_S - 1}:d={_FADE_S}"
    run_bare((*read, "-map", "0:v:0", "-map", "0:a:0?", "-c:v", "copy", "-c:a", "aac", "-af", faded, str(target)))
    return target


def _write_presets(root: Path) -> None:
    """Write small presets: two platforms, a highlight of two seconds, a ladder of two rungs, a venue's small file."""
    write_presets(root)
    highlight = root / "highlights" / "short.toml"
    highlight.write_text(highlight.read_text().replace("count = 2", "count = 1"))
    (root / "ladders").mkdir()
    (root / "ladders" / "quickly.toml").write_text(LADDER)
    cafe = (Path(__file__).parents[2] / "presets" / "blocks" / "cafe.toml").read_text()
    at = cafe.index("[sources")
    (root / "blocks").mkdir()
    (root / "blocks" / "cafe.toml").write_text(cafe[:at] + _VENUE + cafe[at:])
