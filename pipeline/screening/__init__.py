"""The third job, from a block file to everything that a venue or a stream needs, in steps of one command or flow.

request    what is asked for                      ScreeningRequest
job        all of it                              screen(path, request, on_stage) → Screening
verdicts   what its package is held against       judge_package(plan, …) → Judged
venue_verdicts   what its venue file is held against    judge_venue_file(plan, joined, …) → Judged
changes    block.json, and what a run changed     described(…), changes_since(…)
"""

from pipeline.screening.job import Screening, screen
from pipeline.screening.request import ScreeningRequest

__all__ = ["Screening", "ScreeningRequest", "screen"]
