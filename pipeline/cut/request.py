"""What is asked for, and what the files that it is asked of are: a master, or an edit of masters, studied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.edit import Edit
from pipeline.editfile import EditFile
from pipeline.errors import MasterError, PlanError, ProjectError
from pipeline.presets import DEFAULT_HIGHLIGHTS, load_highlights, load_platforms
from pipeline.shell.digests import digest_of
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import EDIT_SUFFIX, read_edit
from pipeline.shell.store import Store
from pipeline.shell.study import Study, Trust, study_master


@dataclass(frozen=True)
class CutRequest:
    """Which clips are wanted, and where."""

    platforms: tuple[str, ...] | None = None
    """Ids of platform presets; None means all of them."""
    highlights: str = DEFAULT_HIGHLIGHTS
    count: int | None = None
    """How many highlights; None means as many as the preset says."""
    out: Path | None = None
    trust: Trust = "identity"

    def __post_init__(self) -> None:
        """Raise PresetError or PlanError for what does not exist, before any film is read."""
        load_platforms(self.platforms or ())
        load_highlights(self.highlights)
        if self.count is not None and not 1 <= self.count <= 100:
            raise PlanError(f"{self.count} highlights cannot be cut; ask for 1 to 100.")


@dataclass(frozen=True)
class Subject:
    """A file that clips are cut from: a master, or an edit and the masters it uses."""

    path: Path
    studies: tuple[Study, ...]
    """The masters in order of first use, at least one."""
    edit: Edit | None
    """None for a master, whose highlights are to be chosen."""

    @property
    def main(self) -> Study:
        """The master that names the outputs and whose rate and shape the clips have."""
        return self.studies[0]


def analyse(path: Path, request: CutRequest, on_fraction: Callable[[float], None] | None = None) -> Subject:
    """Study a master, or every master of an edit file. Raises MasterError or ProjectError where that cannot be."""
    home = find_home()
    store, ledger = Store(home.store), Ledger(home.ledger)

    def study(master: Path) -> Study:
        return study_master(master, store=store, ledger=ledger, trust=request.trust, on_fraction=on_fraction)

    if not path.name.endswith(EDIT_SUFFIX):
        return Subject(path, (study(path),), None)
    file = read_edit(path).file
    if not file.edit.masters:
        raise ProjectError(f"{path}: the edit uses no master, so there is no film to cut.", path=str(path))
    studies = tuple(study(_find_master(path, file, digest, home, ledger)) for digest in file.edit.masters)
    return Subject(path, studies, file.edit)


def _find_master(path: Path, file: EditFile, digest: str, home: Home, ledger: Ledger) -> Path:
    """Return the file whose bytes have a digest, looked for under its last known name first."""
    name = next((master.file for master in file.masters if master.digest == digest), None)
    for candidate in _candidates(path, name, home):
        try:
            if digest_of(candidate, ledger) == digest:
                return candidate
        except MasterError:
            continue
    called = f"{name!r}, " if name else ""
    raise MasterError.of(
        path,
        f"its master ({called}sha256 {digest[:12]}…) was not found.",
        remedy=f"Put the film beside the edit file or into {home.masters}.",
    )


def _candidates(path: Path, name: str | None, home: Home) -> Iterator[Path]:
    folders = (path.absolute().parent, home.masters)
    if name is not None:
        yield from (folder / Path(name).name for folder in folders if (folder / Path(name).name).is_file())
    for folder in folders:
        if folder.is_dir():
            yield from sorted(entry for entry in folder.iterdir() if _may_be_master(entry))


def _may_be_master(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and path.suffix.lower() not in (".json", ".toml", ".csv")
