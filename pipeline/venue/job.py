"""The whole job on one plan in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.shell.making import OnStage, missing_keys
from pipeline.shell.store import Artifact
from pipeline.venue.outputs import VenueFile, finish_venue_file
from pipeline.venue.plan import VenuePlan
from pipeline.venue.steps import Step, make_all, plan_venue_steps


def make_venue_file(
    plan: VenuePlan,
    on_stage: OnStage,
    *,
    make: Callable[[Sequence[Step], OnStage], None] = make_all,
    judge: Callable[[Artifact], None] = lambda _: None,
) -> VenueFile:
    """Encode what a venue file lacks, join it and put it under its name.

    `make` makes its steps, which stand alone; `judge` looks at the file before it has its name.

    Raises what those steps raise.
    """
    steps = plan_venue_steps(plan)
    missing = missing_keys(steps)
    make(steps, on_stage)
    return finish_venue_file(plan, missing, judge=judge)
