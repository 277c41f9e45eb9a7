"""The package of a block: the films' own segments by reference, and the cards between them, which alone are new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from pipeline.edit import Edit, MasterSpan
from pipeline.errors import PlanError
from pipeline.package.assembly import Assembly
from pipeline.package.joining import JoinedSound, Leg, join_packages, leading_leg, plan_joined_sounds
from pipeline.package.plan import plan_cards, plan_package
from pipeline.package.request import PackageRequest, PackageSubject
from pipeline.package.steps import SoundStep, Step, picture_steps, prints_steps
from pipeline.plan.reels import Sequel
from pipeline.shell.making import OnStage, unmade
from pipeline.spelling import spelled


@dataclass(frozen=True)
class BlockPlan:
    """Everything that a block's package is made of."""

    legs: tuple[Leg, ...]
    sounds: tuple[JoinedSound, ...]
    assembly: Assembly


def plan_block_package(
    edit: Edit,
    films: Mapping[str, PackageSubject],
    request: PackageRequest,
    *,
    folder: Path,
    on_stage: OnStage,
) -> BlockPlan:
    """Lay out the package of whole films with cards and gaps between them; makes no output.

    `films` are those that the edit plays, by their digests; `folder` is where the package goes. Cards have the
    renditions of the richest film. Films that the edit fades have their sound encoded again, and nothing else. Raises
    PlanError for an edit that plays no film, or a film otherwise than whole.
    """
    planned = {digest: _programme(edit, films[digest], request, on_stage) for digest in edit.masters}
    if not planned:
        raise PlanError(f"{edit.name!r} plays no film.", remedy="Give it one.")
    leading = leading_leg(tuple(planned.values())).plan.subject
    legs: list[Leg] = []
    by_film = groupby(edit.parts, key=lambda part: part.master if isinstance(part, MasterSpan) else None)
    runs = [(digest, replace(edit, parts=tuple(parts))) for digest, parts in by_film]
    for number, (digest, run) in enumerate(runs, start=1):
        if digest is None:
            cards = PackageSubject(leading.path, (leading.main,), run, told=leading.told)
            sequel: Sequel = "film" if number < len(runs) else "nothing"
            legs.append(Leg(plan_cards(cards, request, sequel, _of("cards", on_stage)), None))
            continue
        if not films[digest].plays_whole(run.parts):
            raise PlanError(
                f"{edit.name!r} plays {spelled(films[digest].path.name)} otherwise than once and whole.",
                remedy="Let a block play whole films; cut an edit of your own for less.",
            )
        legs.append(planned[digest])
    sounds = plan_joined_sounds(legs)
    return BlockPlan(tuple(legs), sounds, join_packages(legs, sounds, title=edit.name, folder=folder))


def plan_block_steps(plan: BlockPlan) -> tuple[Step, ...]:
    """Return the steps that make something the store lacks: what films have not been packaged yet, and cards."""
    return unmade(_steps(plan))


def _steps(plan: BlockPlan) -> Iterator[Step]:
    for leg in plan.legs:
        name = spelled(leg.title or "cards")
        for step in (*picture_steps(leg.plan), *(prints_steps(leg.plan) if leg.title is not None else ())):
            yield replace(step, name=f"{name}: {step.name}")
    for sound in plan.sounds:
        for leg, sections in zip(plan.legs, sound.legs, strict=True):
            name = f"{spelled(leg.title or 'cards')}: sound {sound.track.voice.language}, {sound.track.kbps} kb/s"
            for node in dict.fromkeys(section.node for section in sections):
                packets = tuple(dict.fromkeys(one.packets for one in sections if one.node == node))
                yield SoundStep(name, leg.plan.workshop, node, packets)


def _programme(edit: Edit, film: PackageSubject, request: PackageRequest, on_stage: OnStage) -> Leg:
    """Return a film as a block plays it: its own package, with a sound of its own where the block fades it."""
    digest = film.main.digest
    told = next((part.programme for part in edit.spans if part.master == digest), None)
    if told is not None and told.fades is not None:
        film = replace(film, edit=replace(film.edit, fades=told.fades))
    title = edit.name if told is None else told.name
    return Leg(plan_package(film, request, _of(title, on_stage)), title)


def _of(name: str, on_stage: OnStage) -> OnStage:
    """Return what tells a stage under the name of what it is of: films of a block have stages of the same names."""
    return lambda stage, share, speed: on_stage(f"{spelled(name)}: {stage}", share, speed)
