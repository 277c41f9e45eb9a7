"""How small films' pictures are made to be looked at for what changes in them."""

from __future__ import annotations

from typing import Final

LUMA_SIZE: Final = (64, 36)
"""Width and height of the luma that is kept of each picture, whatever its shape: fine enough to follow movement."""
CHROMA_SIZE: Final = (16, 9)
"""Width and height of each of the two colour planes."""
