"""The venue file of a block: one file that a café's or a gallery's player plays, in steps that a command can take.

plan       what it is made of, as values       plan_venue_file(edit, studies, format, …) → VenuePlan
steps      making that                         plan_venue_steps(plan), make_step(step, on_fraction)
loudness   how loud each film came out
outputs    putting it in its folder            finish_venue_file(plan, new) → VenueFile
manifest   what lies beside it, for programs
job        all of it                           make_venue_file(plan, on_stage) → VenueFile
"""

from pipeline.plan.venue import VenueFormat
from pipeline.shell.making import missing_keys
from pipeline.venue.job import make_venue_file
from pipeline.venue.outputs import VenueFile, VenueFilm, finish_venue_file
from pipeline.venue.plan import VenuePlan, plan_venue_file
from pipeline.venue.steps import Step, make_all, make_step, plan_venue_steps, steps_at_once

__all__ = [
    "Step",
    "VenueFile",
    "VenueFilm",
    "VenueFormat",
    "VenuePlan",
    "finish_venue_file",
    "make_all",
    "make_step",
    "make_venue_file",
    "missing_keys",
    "plan_venue_file",
    "plan_venue_steps",
    "steps_at_once",
]
