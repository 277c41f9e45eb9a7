"""The third job, from a block file to everything that a venue or a stream needs, in steps of one command or flow.

request    what is asked for                      ScreeningRequest
job        all of it                              screen(path, request, on_stage) → Screening
changes    block.json, and what a run changed     described(…), changes_since(…)
"""

from pipeline.screening.job import Screening, screen
from pipeline.screening.request import ScreeningRequest

__all__ = ["Screening", "ScreeningRequest", "screen"]
