"""What segments were found to hold, remembered by their content: a package that plays them again reads the new alone.

It is remembered by sections, which packages share: a block plays those of its films.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from pipeline.argv import recipe_key
from pipeline.plan.hls.package import Media
from pipeline.shell.hls_reading import Known
from pipeline.shell.store import Store

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Names = tuple[str, str]
"""Of a segment and of its init segment, both made from their content."""
_VERSION: Final = 1
"""Of how it is written down; raised when that changes."""


class SegmentMemory:
    """What is known of the segments of some sections; `judges` is what describes those who read them."""

    def __init__(self, store: Store, judges: str, sections: Iterable[Sequence[Names]]) -> None:
        self._store = store
        self._sections = {
            recipe_key(
                "read segments", f"{_VERSION} {judges}", tuple(f"{segment} {init}" for segment, init in section)
            ): section
            for section in sections
        }

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what remembers, as far as it is there: what must not be removed."""
        return tuple(key for key in self._sections if self._store.find(key) is not None)

    def recall(self) -> Known:
        """Return what was remembered of whole sections; what cannot be read is as if it was not."""
        known: Known = {}
        for key, section in self._sections.items():
            artifact = self._store.find(key)
            if artifact is None:
                continue
            try:
                rows = _rows().validate_json(artifact.path.read_bytes())
            except (OSError, ValidationError):
                continue
            known.update(zip(section, rows, strict=False))
        return known

    def keep(self, known: Known) -> None:
        """Remember every section all of whose segments are known."""
        for key, section in self._sections.items():
            rows = tuple(known[names] for names in section if names in known)
            if len(rows) == len(section) and self._store.find(key) is None:
                self._store.make(key, ".json", partial(_write, _rows().dump_json(rows)))


@functools.cache
def _rows() -> TypeAdapter[tuple[tuple[int, Media], ...]]:
    """Return what reads and writes rows, when some are: to make it takes a tenth of a second."""
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[tuple[int, Media], ...])


def _write(content: bytes, path: Path) -> dict[str, Any]:
    path.write_bytes(content)
    return {"made_by": "read segments", "inputs": []}
