"""Steps that make artifacts, each by itself: which are to be made, of what keys, and all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import Protocol, TypeVar

from pipeline.shell.jobs import do_at_once
from pipeline.shell.render import OnFraction, Workshop
from pipeline.shell.stage_shares import EVERYTHING

OnStage = Callable[[str, float, float | None], None]
"""Told a stage's name, the share of it that is done (0 to 1), and how many times faster than playing it goes."""


class Step(Protocol):
    """Something that makes artifacts in the store and waits for no other."""

    @property
    def name(self) -> str:
        """What people are told that it is."""

    @property
    def workshop(self) -> Workshop:
        """Where it is made."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what it makes."""


_Step = TypeVar("_Step", bound=Step)


def unmade(steps: Iterable[_Step]) -> tuple[_Step, ...]:
    """Return those of some steps that make something the store lacks, each once."""
    made: dict[tuple[str, ...], _Step] = {}
    for step in steps:
        made.setdefault(step.keys, step)
    copy_ahead(tuple(made.values()))
    return tuple(step for step in made.values() if missing_keys((step,)))


def copy_ahead(steps: Sequence[Step]) -> None:
    """Have on this machine what others made of some steps; nothing where no store is shared."""
    for store in {id(step.workshop.store): step.workshop.store for step in steps}.values():
        store.copy_ahead(key for step in steps if step.workshop.store is store for key in step.keys)


def missing_keys(steps: Iterable[Step]) -> frozenset[str]:
    """Return the keys of what steps are to make."""
    return frozenset(key for step in steps for key in step.keys if step.workshop.store.find(key) is None)


def make_at_once(
    steps: Sequence[_Step],
    make: Callable[[_Step, OnFraction], None],
    at_once: Callable[[_Step], int],
    on_stage: OnStage,
    *,
    name: str,
) -> None:
    """Make every step, as many at a time as `at_once` says; the first failure stops the others.

    `name` is that of their threads, and of the stage that says how many of them are made.
    """
    made = count(1)

    def make_one(step: _Step) -> None:
        make(step, partial(on_stage, step.name))
        on_stage(f"{name}{EVERYTHING}", next(made) / len(steps), None)

    jobs = [partial(make_one, step) for step in steps]
    do_at_once(jobs, most=min(map(at_once, steps), default=1), name=name)
