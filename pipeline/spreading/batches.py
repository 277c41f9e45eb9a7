"""Batches of steps that one machine plans and another makes: kept in the store that both share, under their content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from pipeline.errors import InputError, MasterError, StoreError
from pipeline.package import steps as packaging
from pipeline.plan.batches import plan_batches, too_large
from pipeline.shell import clip_steps as clips
from pipeline.shell.digests import digest_of
from pipeline.shell.documents import keep_document
from pipeline.shell.fonts import faces_of_files, fonts_folder
from pipeline.shell.home import Home
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.render import OnFraction, Workshop
from pipeline.shell.store import Store
from pipeline.shell.toolchain import describe_toolchain
from pipeline.spelling import spelled
from pipeline.spreading.values import from_json, to_json

Spreadable = clips.PictureStep | clips.SoundStep | packaging.ChunkStep | packaging.SoundStep
"""Steps that another machine can make: what they need are films, fonts and artifacts."""
_KINDS: Final[Mapping[str, type[Spreadable]]] = {
    "clip picture": clips.PictureStep,
    "clip sound": clips.SoundStep,
    "chunk": packaging.ChunkStep,
    "package sound": packaging.SoundStep,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_CARDS: Final = "cards"
_SOUND_SAMPLE: Final = 40
"""Pixels that take as long to encode as a sample of sound does to level and encode."""
_AnyStep = TypeVar("_AnyStep")


@dataclass(frozen=True)
class Batch:
    """Steps that are made together, as some machine keeps them."""

    key: str
    """Of the document in the store."""
    steps: tuple[Spreadable, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what they make."""
        return tuple(key for step in self.steps for key in step.keys)


def part(steps: Iterable[_AnyStep]) -> tuple[tuple[_AnyStep, ...], tuple[Spreadable, ...]]:
    """Return the steps that stay on this machine, and those that others can make."""
    every = tuple(steps)
    away = cast("tuple[Spreadable, ...]", tuple(step for step in every if isinstance(step, Spreadable)))
    return tuple(step for step in every if not isinstance(step, Spreadable)), away


def step_cost(step: Spreadable) -> int:
    """Return what a step takes, in encoded pixels."""
    if isinstance(step, clips.PictureStep):
        return sum(node.frames * node.width_px * node.height_px for node in step.nodes)
    if isinstance(step, packaging.ChunkStep):
        return sum(rung.node.frames * rung.node.size[0] * rung.node.size[1] for rung in step.rungs)
    return step.node.samples * _SOUND_SAMPLE


def keep_batches(steps: Sequence[Spreadable], *, home: Home, workers: int) -> tuple[Batch, ...]:
    """Part steps into batches for so many workers, and keep each; cards that they show are drawn here first."""
    for step in steps:
        for card in getattr(step, _CARDS, ()):
            step.workshop.make_card(card)
    steps = tuple(_finer(steps, workers))
    parted = plan_batches([step_cost(step) for step in steps], workers=workers)
    return tuple(keep_batch([steps[place] for place in places], home=home) for places in parted)


def _finer(steps: Sequence[Spreadable], workers: int) -> Iterator[Spreadable]:
    """Yield steps, large ones as one for each picture: each decodes by itself then, and none is waited for.

    A clip's highlight is one step with all of its pictures, and a film may have one highlight.
    """
    large = too_large([step_cost(step) for step in steps], workers=workers)
    for place, step in enumerate(steps):
        if place in large and isinstance(step, clips.PictureStep):
            for number, node in enumerate(step.nodes, start=1):
                yield replace(step, name=f"{step.name}, {number} of {len(step.nodes)}", nodes=(node,))
        else:
            yield step


def keep_batch(steps: Sequence[Spreadable], *, home: Home) -> Batch:
    """Keep a batch of steps of one workshop where other machines find it."""
    workshop = steps[0].workshop
    told = [_told(step) for step in steps]
    # Only what these steps read: a block has films that others need.
    text = json.dumps(told)
    document = {
        "toolchain": workshop.toolchain,
        "rung_encoder": workshop.rung_encoder,
        "masters": {key: _named(path, home) for key, path in workshop.masters.items() if key in text},
        "fonts": {
            key: sorted(path.name for path in folder.iterdir())
            for key, folder in workshop.folders.items()
            if key in text
        },
        "keys": [list(step.keys) for step in steps],
        "steps": told,
    }
    content = json.dumps(document, separators=(",", ":")).encode("ascii")
    return Batch(keep_document(workshop.store, "batch", ".json", content).key, tuple(steps))


def open_batch(key: str, *, home: Home) -> Batch:
    """Return a batch that another machine keeps, to be made with what this one has.

    Raises StoreError where it is not in this machine's store, MasterError for a film that is not here, and InputError
    where this machine's tools would make something else.
    """
    store, ledger = Store(home.store), Ledger(home.ledger)
    artifact = store.find(key)
    if artifact is None:
        raise StoreError(
            f"There is no batch {key[:12]}… in this machine's store.",
            remedy="Name the same MATINEE_SHARED_STORE on all machines.",
        )
    document = json.loads(artifact.path.read_bytes())
    _check_tools(document["toolchain"], describe_toolchain(ledger))
    masters = {digest: _find_master(digest, told, home, ledger) for digest, told in document["masters"].items()}
    workshop = Workshop(
        store,
        document["toolchain"],
        masters,
        {digest: FileIdentity.of(path) for digest, path in masters.items()},
        rung_encoder=document["rung_encoder"],
        folders={digest: _find_fonts(digest, names, home) for digest, names in document["fonts"].items()},
    )
    steps = tuple(_step(told, workshop) for told in document["steps"])
    if [list(step.keys) for step in steps] != document["keys"]:
        raise _other_tools("its libraries would make something else of the same steps")
    return Batch(key, steps)


def make_step(step: Spreadable, on_fraction: OnFraction | None = None) -> None:
    """Make what a step lacks in the store. Raises FfmpegFailed or VerifyFailed."""
    if isinstance(step, clips.PictureStep | clips.SoundStep):
        clips.encode_step(step, on_fraction)
    else:
        packaging.make_step(step, on_fraction)


def _told(step: Spreadable) -> dict[str, Any]:
    """Return a step without where it is made and without cards, which are in the store by then."""
    values = {name: to_json(one) for name, one in vars(step).items() if name not in ("workshop", _CARDS)}
    return {"kind": _NAMES[type(step)], **values, **({_CARDS: []} if hasattr(step, _CARDS) else {})}


def _step(told: Mapping[str, Any], workshop: Workshop) -> Spreadable:
    values = {name: from_json(one) for name, one in told.items() if name not in ("kind", "workshop")}
    return _KINDS[told["kind"]](**values, workshop=workshop)


def _named(path: Path, home: Home) -> dict[str, str]:
    """Return a master's path: below the folder of masters, which each machine has where it likes, or as it is."""
    try:
        return {"below_masters": str(path.relative_to(home.masters))}
    except ValueError:
        return {"path": str(path)}


def _find_master(digest: str, told: Mapping[str, str], home: Home, ledger: Ledger) -> Path:
    path = home.masters / told["below_masters"] if "below_masters" in told else Path(told["path"])
    if not path.is_file():
        raise MasterError.of(
            Path(spelled(str(path))),
            "is not on this machine.",
            remedy="Have the folder of films mounted under the same path on all machines.",
        )
    if digest_of(path, ledger) != digest:
        raise MasterError.of(
            Path(spelled(str(path))),
            "is another film here than on the machine that planned this.",
            remedy="Have the same files on all machines.",
        )
    return path


def _find_fonts(digest: str, names: Sequence[str], home: Home) -> Path:
    folder = fonts_folder(faces_of_files(names), home.fonts)
    if folder.digest != digest:
        raise _other_tools("its fonts are others")
    return folder.path


def _check_tools(planned: str, here: str) -> None:
    if planned != here:
        raise _other_tools(f"it has {spelled(here)}, and the one that planned this {spelled(planned)}")


def _other_tools(why: str) -> InputError:
    return InputError(
        f"This machine cannot make what another one planned: {why}.",
        remedy="Install the same version of Matinee on all machines, from the same uv.lock.",
    )
