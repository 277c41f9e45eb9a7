"""What is asked of a block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pipeline.presets import load_ladder
from pipeline.shell.study import Trust

Output = Literal["hls", "venue", "sheets"]
OUTPUTS: Final[tuple[Output, ...]] = ("hls", "venue", "sheets")


@dataclass(frozen=True)
class ScreeningRequest:
    """Which outputs of a block are wanted, and where they go."""

    outputs: tuple[Output, ...] = OUTPUTS
    ladder: str | None = None
    """Id of a ladder preset for all films; None means for each film the one whose shape is nearest to it."""
    out: Path | None = None
    """The block's own folder; None means media/out/blocks/<title>."""
    trust: Trust = "identity"

    def __post_init__(self) -> None:
        """Raise PresetError for a ladder that does not exist, before any film is read."""
        if self.ladder is not None:
            load_ladder(self.ladder)
