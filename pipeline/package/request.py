"""What is asked for, and the films it is asked of, with their shots."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from pipeline.cut.request import find_edit_masters
from pipeline.edit import Edit, MasterSpan, is_edit_file
from pipeline.errors import PlanError, ProjectError
from pipeline.presets import DEFAULT_STYLE, load_ladder, load_style
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, Trust, study_shots
from pipeline.spelling import spelled
from pipeline.timebase import Span

SEGMENTS: Final = "segments"
"""The folder of all segments in a package."""


@dataclass(frozen=True)
class PackageRequest:
    """Which ladder is wanted, and where the package goes."""

    ladder: str | None = None
    """Id of a ladder preset; None means the one whose shape is nearest to the film's."""
    out: Path | None = None
    """The package's own folder; None means hls/ in the film's folder of outputs."""
    outputs: Path | None = None
    """Where films have their folders of outputs; None means media/out."""
    style: str = DEFAULT_STYLE
    """Id of the style that says how an edit's cards look."""
    trust: Trust = "identity"

    def __post_init__(self) -> None:
        """Raise PresetError or PlanError for what does not exist or cannot be used, before any film is read."""
        if self.ladder is not None:
            load_ladder(self.ladder)
        load_style(self.style)
        for folder in (self.out, self.outputs):
            if folder is not None:
                _check_folder(folder.absolute())


@dataclass(frozen=True)
class PackageSubject:
    """A file that is packaged: a master, or an edit and the masters it uses."""

    path: Path
    studies: tuple[ShotStudy, ...]
    """The masters in order of first use, at least one."""
    edit: Edit
    """What plays; of a master, all of it."""

    @property
    def main(self) -> ShotStudy:
        """The master that names the package and whose rate and shape it has."""
        return self.studies[0]

    @property
    def is_film(self) -> bool:
        """Whether it is one master, whole."""
        return not is_edit_file(self.path)


def study_subject(
    path: Path, request: PackageRequest, on_fraction: Callable[[float], None] | None = None
) -> PackageSubject:
    """Find the shots of a master, or of every master of an edit file. Raises MasterError or ProjectError."""
    if not is_edit_file(path):
        study = _study(path, request, on_fraction)
        return PackageSubject(path, (study,), whole_film(study))
    file, masters = find_edit_masters(path)
    studies = tuple(_study(master, request, on_fraction) for master in masters)
    if not studies:
        raise ProjectError(f"{path}: the edit uses no master, so there is no film to package.", path=str(path))
    return PackageSubject(path, studies, file.edit)


def whole_film(study: ShotStudy) -> Edit:
    """Return the edit that plays all of a master."""
    return Edit(study.path.stem, (MasterSpan(study.digest, Span(Fraction(0), study.shots.timeline.duration)),))


def check_segments(folder: Path) -> None:
    """Raise PlanError where the segments of a package would lie outside of its folder, where no player may look."""
    segments = folder / SEGMENTS
    if segments.is_symlink() and not segments.resolve().is_relative_to(folder.resolve()):
        raise PlanError(
            f"{spelled(str(segments))} is a link that leads out of the package's folder.",
            remedy="Remove the link, or let the whole folder lie where it leads and name that with --out.",
        )


def _check_folder(out: Path) -> None:
    """Raise PlanError for a place in which no package can lie."""
    standing = next((path for path in (out, *out.parents) if os.path.lexists(path)), out)
    if not standing.is_dir():
        raise PlanError(f"{spelled(str(standing))} is no folder.", remedy="Name another folder with --out.")
    store = find_home().store.resolve()
    if out.resolve().is_relative_to(store):
        raise PlanError(
            f"{spelled(str(out))} lies in the store {spelled(str(store))}, where `matinee gc` removes what no output "
            "needs.",
            remedy="Name another folder with --out.",
        )


def _study(path: Path, request: PackageRequest, on_fraction: Callable[[float], None] | None) -> ShotStudy:
    home = find_home()
    return study_shots(
        path, store=Store(home.store), ledger=Ledger(home.ledger), trust=request.trust, on_fraction=on_fraction
    )
