"""Steps handed from one machine to another: batches of them, written as values and made with the tools that are there.

values   nodes ↔ JSON: dataclasses of ours, and nothing that could run
batches  the steps of a batch, and what they need; who makes them looks for films and fonts on its own machine
"""

from pipeline.spreading.batches import Batch, Spreadable, keep_batches, make_step, open_batch, part

__all__ = ["Batch", "Spreadable", "keep_batches", "make_step", "open_batch", "part"]
