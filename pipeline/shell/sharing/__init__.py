"""The store that several machines share: whole artifacts with their receipts, of which the first for a key counts.

`MATINEE_SHARED_STORE` names it: a folder of a shared file system, or s3://bucket/prefix. Each machine's own store is
its scratch and cache: what it lacks is read from there, and what it makes is there before it counts as made.

    ab/abcdef…/DIGEST.mp4       bytes, under their own sha256
    ab/abcdef…/receipt.json     what made them; written last and only where there is none

exchange  what is asked and offered, and whose bytes count
shelves   where it lies: what both kinds can do
folder, bucket  the two kinds
"""

from pipeline.shell.sharing.exchange import Exchange, Given
from pipeline.shell.sharing.shelves import VARIABLE, find_exchange

__all__ = ["VARIABLE", "Exchange", "Given", "find_exchange"]
