"""Which film is measured, and which excerpts of it: found by our own scores, so that any film has them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pipeline.shell.demo.film import FILM_NAME, compose_demo
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import Study, study_master

Size = Literal["quick", "whole"]
"""A few seconds that show that a benchmark works, or what the README's figures come from."""

_CHECKOUT = Path(__file__).absolute().parents[1]
MEDIA = _CHECKOUT.parent / "shared" / "media"
BIG_BUCK_BUNNY = MEDIA / "bbb-full-720p.mp4"
# A black or white picture says nothing of an encoder.
_LIT = range(16, 225)


class FilmMissingError(Exception):
    """The film that was named does not exist."""


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a film, by the quality that it stands for."""

    name: str
    start: Fraction
    """Seconds since the film's first picture."""


def find_film(named: Path | None) -> Path:
    """Return the film to measure: the named one, else Big Buck Bunny beside the checkout, else the demo film.

    Raises FilmMissingError for a name that is no file.
    """
    if named is not None:
        if not named.is_file():
            raise FilmMissingError(f"there is no film {named}.")
        return named.absolute()
    if BIG_BUCK_BUNNY.is_file():
        return BIG_BUCK_BUNNY
    demo = find_home().masters / FILM_NAME
    print(f"{BIG_BUCK_BUNNY} is absent; measuring with the demo film {demo}.", file=sys.stderr)
    return demo if demo.is_file() else compose_demo(demo.parent).path


def study_film(path: Path) -> Study:
    """Return what is known of a film, analysing it where nothing is."""
    home = find_home()
    return study_master(path, store=Store(home.store), ledger=Ledger(home.ledger))


def choose_excerpts(study: Study, seconds: Fraction) -> tuple[Excerpt, ...]:
    """Return three excerpts that start with a shot: the calmest, the busiest, the darkest before the last quarter."""
    timeline = study.analysis.timeline
    scored = [
        (shot, scores)
        for shot, scores in zip(study.analysis.shots, study.analysis.scores, strict=True)
        if round(scores.brightness) in _LIT
        and timeline.span_of(shot).duration >= min(seconds, Fraction(2))
        and timeline.time_of(shot.start_frame) + seconds <= timeline.duration * 3 / 4
    ]
    picks = (
        ("calm", min(scored, key=lambda pair: pair[1].subject_motion)),
        ("busy", max(scored, key=lambda pair: pair[1].subject_motion)),
        ("dark", min(scored, key=lambda pair: pair[1].brightness)),
    )
    return tuple(Excerpt(name, timeline.time_of(shot.start_frame)) for name, (shot, _) in picks)


def write_stretch(film: Path, target: Path, *, seconds: int, copies: int = 1) -> Path:
    """Write the first seconds of a film, several times over, by stream copy; frames keep their numbers in the first."""
    if seconds:
        short = target.with_name(f"part-{target.name}")
        run_ffmpeg(
            ("-t", str(seconds), "-i", f"file:{film}", "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", str(short))
        )
        film = short
    listed = target.with_name(f"{target.stem}.txt")
    quoted = str(film).replace("'", "'\\''")
    listed.write_text(f"file '{quoted}'\n" * copies)
    argv = ("-f", "concat", "-safe", "0", "-i", f"file:{listed}", "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy")
    run_ffmpeg((*argv, str(target)))
    listed.unlink()
    return target
