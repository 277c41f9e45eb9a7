"""Who shares a stream with whom, whatever the stream is, and the sentences that say so and why not more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Generic, TypeVar

from pipeline.plan.bounds import Conflict
from pipeline.plan.groups import Group, find_fewest_groups
from pipeline.presets import PlatformPreset

Members = tuple[PlatformPreset, ...]
Stream = TypeVar("Stream")
# A stream comes with its distance from what its platforms prefer.
Fit = Callable[[Members], tuple[Stream, Fraction] | Conflict]


@dataclass(frozen=True)
class Shared(Generic[Stream]):
    """Hold one stream and the platforms that it serves, sorted by id."""

    members: Members
    stream: Stream


def share(members: Members, fit: Fit[Stream]) -> tuple[Shared[Stream], ...]:
    """Return the fewest streams for all members, each of which can be served alone."""

    def fit_group(group: Group) -> tuple[Stream, Fraction] | Conflict:
        return fit(tuple(members[index] for index in group))

    def cost(group: Group) -> Fraction | None:
        fitted = fit_group(group)
        return None if isinstance(fitted, Conflict) else fitted[1]

    groups = find_fewest_groups(len(members), cost)
    fitted = ((group, fit_group(group)) for group in groups)
    return tuple(
        Shared(tuple(members[index] for index in group), one[0])
        for group, one in fitted
        if not isinstance(one, Conflict)
    )


def explain(
    shared: tuple[Shared[Stream], ...], fit: Fit[Stream], *, noun: str, fields: tuple[str, ...]
) -> tuple[str, ...]:
    """Return one sentence for each stream, each platform that gives way for it, and each pair that cannot be one.

    `noun` says what the stream is; `fields` names those of its fields in which giving way is worth telling.
    """
    told = []
    for one in shared:
        verb = "has its own" if len(one.members) == 1 else "share one"
        told.append(f"{_names(one.members)} {verb} {noun}: {one.stream}.")
        told += [line for member in one.members if (line := _given_way(member, one, fit, fields))]
    for one, other in combinations(shared, 2):
        conflict = fit(tuple(sorted(one.members + other.members, key=lambda member: member.id)))
        if isinstance(conflict, Conflict):
            told.append(f"{conflict.one.platform} and {conflict.other.platform} cannot share a {noun}: {conflict}.")
    return tuple(told)


def _given_way(member: PlatformPreset, shared: Shared[Stream], fit: Fit[Stream], fields: tuple[str, ...]) -> str:
    alone = fit((member,))
    if isinstance(alone, Conflict):
        return ""
    pairs = ((field, getattr(alone[0], field), getattr(shared.stream, field)) for field in fields)
    changed = [f"{field} {wished} instead of {given}" for field, wished, given in pairs if wished != given]
    return f"{member.name} alone would have {', '.join(changed)}." if changed else ""


def _names(members: Members) -> str:
    names = [member.name for member in members]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
