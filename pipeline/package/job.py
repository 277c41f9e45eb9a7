"""The whole job on one file in one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.package.outputs import Package, finish
from pipeline.package.plan import PackagePlan, plan_package
from pipeline.package.request import PackageRequest, regional_subjects, study_subject
from pipeline.package.steps import make_all, plan_steps
from pipeline.shell.making import OnStage, missing_keys


@dataclass(frozen=True)
class Packaged:
    """What became of one file."""

    plan: PackagePlan
    package: Package
    made: int
    """How many steps there were to make."""


def package(path: Path, request: PackageRequest, on_stage: OnStage) -> Iterator[Packaged]:
    """Study, plan, encode and put together one master or edit file, yielding its package or one for each region.

    Raises what those steps raise.
    """

    def tell(fraction: float) -> None:
        on_stage("shots", fraction, None)

    subject = study_subject(path, request, tell)
    # What cannot be for one region is told before there is a package for another.
    plans = [plan_package(one, request, on_stage) for one in regional_subjects(subject, request, tell)]
    for plan in plans:
        steps = plan_steps(plan)
        missing = missing_keys(steps)
        make_all(steps, on_stage)
        yield Packaged(plan, finish(plan, missing), len(steps))
