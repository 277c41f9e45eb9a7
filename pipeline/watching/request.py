"""What is asked of a watch: which folder, what becomes of its films, and how fast things go."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError
from pipeline.plan.arrivals import PATIENCE_S
from pipeline.shell.asking import LIMIT_S, ask_once
from pipeline.shell.home import Home
from pipeline.spelling import spelled
from pipeline.watching.settings import Scope


@dataclass(frozen=True)
class Tempo:
    """How fast things go, in seconds; `bench` and tests are in more of a hurry."""

    sweep_s: float = 300.0
    """Between two sweeps where the system tells what happens."""
    blind_sweep_s: float = 20.0
    """The same where it does not, or not of what others write to: on drives of a network."""
    still_s: float | None = None
    """For which files have to be still at least; None: as their drive asks for."""
    patience_s: float = PATIENCE_S
    answer_s: float = LIMIT_S
    """After which a drive has not answered, and how often drives are asked."""
    retries_s: tuple[float, ...] = (60.0, 300.0, 1800.0)
    """After which a job that failed is tried again."""


@dataclass(frozen=True)
class WatchRequest:
    """What is watched, and what becomes of its films where no watch.toml says otherwise."""

    root: Path
    scope: Scope
    until: Literal["stopped", "nothing is left"] = "stopped"
    jobs: int = 1
    """How many run at once."""
    tempo: Tempo = field(default_factory=Tempo)


def checked_root(root: Path, home: Home) -> Path:
    """Return a folder as it is watched. Raises InputError where it is none, or hangs, or is one of Matinee's own."""
    place = root.expanduser().absolute()
    try:
        ask_once(lambda: os.path.lexists(place))
    except OSError:
        raise InputError(
            f"{spelled(str(root))} does not answer.", remedy="Its drive hangs: connect that again, or its server."
        ) from None
    if not place.is_dir():
        what = "is no folder" if os.path.lexists(place) else "does not exist"
        raise InputError(f"{spelled(str(root))} {what}.", remedy="Name the folder that films are copied to.")
    for own in (home.store, home.out):
        if place.resolve().is_relative_to(own.resolve()):
            raise InputError(f"{spelled(str(root))} lies in {own}, where Matinee's own files are.")
    return place


def folders_left_out(root: Path, home: Home, scope: Scope) -> frozenset[str]:
    """Return the folders of our own that lie in a watched one, below it."""
    outs = (Path(scope.order.out),) if scope.order.out else ()
    own = (home.store, home.out, home.projects, *outs)
    inside = (one for one in own if one.is_relative_to(root) and one != root)
    return frozenset(one.relative_to(root).as_posix() for one in inside)
