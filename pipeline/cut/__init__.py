"""The main job, from masters to platform clips, in steps that a command or a flow can take one by one.

request    what is asked for, and the films it is asked of        analyse(path, request) → Subject
plan       what is to be made, as values                          plan_film(subject, request) → each FilmPlan
steps      making it                                              render_step(step, on_fraction)
outputs    putting it under names for people, and saying so       finish(plan) → FilmResult; put_variants(plans)
repeating  how clips were asked for, to ask for them again        asked_in(document) → Asked
room, room_clips, room_saving
           deciding on a film's highlights, which plans follow    enter_room(subject, request) → CuttingRoom; save_room
handframing
           windows moved by hand, which plans follow as well      write_framing(write, ledger) → KeptFraming
timeline_files, returned, roundtrip
           what editing programs wrote: cut, or taken back        take_back_highlight(room, id, text, kind) → Returned

A plan reads its `order` and draws on `choice` (which highlights) with its `stretches`, `service` (which platforms, from
which streams), `clips` (what each clip is) with its `cutting`, `framing`, `layout` and `captioning`, `regions` (what is
around it in each), and `notes` (what people should know of the film).
"""

from pipeline.cut.clips import PlannedClip
from pipeline.cut.outputs import Clip, FilmResult, finish, put_variants, record_verdicts
from pipeline.cut.plan import FilmPlan, plan_film
from pipeline.cut.request import CutRequest, Subject, analyse
from pipeline.cut.steps import Step, render_step

__all__ = [
    "Clip",
    "CutRequest",
    "FilmPlan",
    "FilmResult",
    "PlannedClip",
    "Step",
    "Subject",
    "analyse",
    "finish",
    "plan_film",
    "put_variants",
    "record_verdicts",
    "render_step",
]
