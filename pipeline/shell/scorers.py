"""Find the scorer that a preset names, Matinee's own or an installed package's, and keep what it says of a film."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.errors import PlanError, PresetError
from pipeline.plan.scorers import OUR_VERSION, SCORERS, Footage, Scorer, ShotScoring, score_shots
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Study
from pipeline.tables import nearest_name

GROUP: Final = "matinee.scorers"
"""The group of entry points in which other packages offer scorers."""


def check_scorer(name: str) -> None:
    """Raise PresetError where nobody offers a scorer of that name; nothing is imported."""
    if name not in SCORERS:
        _find(name)


def score_film(study: Study, name: str, store: Store) -> ShotScoring:
    """Return what a scorer says of a film. Raises PresetError for an unknown one, PlanError for one that fails.

    Ours are quick and asked each time. What another package's says is kept, since a model may take minutes: under the
    film, the scorer's name and its package's version.
    """
    footage = Footage(study.path, study.analysis, partial(_read_pictures, study.thumbnails))
    if name in SCORERS:
        return score_shots(footage, SCORERS[name], name=name, version=OUR_VERSION)
    offered = _find(name)
    version = _version_of(offered)
    inputs = (study.artifact.key, study.features_artifact.key)
    key = recipe_key("shot-scores", f"{name} {version}", inputs)

    def produce(target: Path) -> dict[str, Any]:
        # What it prints, as models do, must not end up in our answer.
        with redirect_stdout(sys.stderr):
            made = score_shots(footage, _load(offered, version), name=name, version=version)
        target.write_text(json.dumps(made.values))
        return {"made_by": "shot-scores", "inputs": list(inputs), "toolchain": f"{name} {version}"}

    artifact, _ = store.make(key, ".json", produce)
    return ShotScoring(name, version, tuple(json.loads(artifact.path.read_text())), key)


def _find(name: str) -> EntryPoint:
    offered = {(each.value, _version_of(each)): each for each in entry_points(group=GROUP) if each.name == name}
    if len(offered) > 1:
        told = " and ".join(sorted(version for _, version in offered))
        raise PresetError(f"{told} both offer a scorer {name!r}.", remedy="Uninstall one of them.", field="scorer")
    if not offered:
        known = sorted({*SCORERS, *(each.name for each in entry_points(group=GROUP))})
        raise PresetError(
            f"there is no scorer {name!r}{nearest_name(name, known)}; known: {', '.join(known)}.",
            remedy="Install the package that has it, or name another in the preset.",
            field="scorer",
            value=name,
            allowed=", ".join(known),
        )
    return next(iter(offered.values()))


def _version_of(offered: EntryPoint) -> str:
    return f"{offered.dist.name} {offered.dist.version}" if offered.dist is not None else "unknown"


def _load(offered: EntryPoint, version: str) -> Scorer:
    try:
        scorer: Any = offered.load()
    except (Exception, SystemExit) as error:
        raise PlanError(
            f"The scorer {offered.name!r} ({version}) cannot be loaded: {type(error).__name__}: {error}.",
            remedy="Mend or uninstall the package, or name another scorer in the preset.",
            scorer=offered.name,
        ) from error
    if not callable(scorer):
        raise PlanError(
            f"The scorer {offered.name!r} ({version}) is no function.",
            remedy="Mend or uninstall the package, or name another scorer in the preset.",
            scorer=offered.name,
        )
    return scorer  # type: ignore[no-any-return]  # what it returns is checked


def _read_pictures(thumbnails: Artifact) -> tuple[bytes, ...]:
    from pipeline.shell.thumbnails import thumbnails_from_zip

    return tuple(thumbnail.jpeg for thumbnail in thumbnails_from_zip(thumbnails.path.read_bytes()))
