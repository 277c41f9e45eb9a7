"""Keys of encoded chunks: they follow from ffmpeg's arguments, which take longer to put together than to look up.

A film of two hours has two thousand chunks, and every package and block that plays it asks for the keys of all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pipeline.argv import key_as_url, ladder_argv, recipe_key
from pipeline.graph import ChunkEncode
from pipeline.shell.sources import source_digest
from pipeline.shell.store import Store

Chunk = tuple[str, ChunkEncode]
"""What encodes a chunk, and what is to be encoded."""

WRITERS: Final = (
    "argv",
    "graph",
    "camera.py",
    "colour.py",
    "containers.py",
    "facts.py",
    "geometry.py",
    "timebase.py",
    "edit.py",
    "values.py",
)
"""What the arguments follow from besides the nodes, in the package."""
_KEY: Final = re.compile("[0-9a-f]{64}")
_MOST_KNOWN: Final = 20_000
_known: dict[Chunk, str] = {}


def chunk_key(toolchain: str, node: ChunkEncode) -> str:
    """Return the key of a chunk's encode."""
    key = _known.get((toolchain, node))
    if key is None:
        key = recipe_key("chunk", toolchain, ladder_argv([node], ["out"], key_as_url))
        _learn({(toolchain, node): key})
    return key


def recall_chunk_keys(store: Store, chunks: Sequence[Chunk]) -> str:
    """Learn the keys of chunks that stand together, as they were worked out when these were planned before.

    Where they were not, they are worked out and kept. Returns the key of what keeps them, which must not be removed.
    """
    # Nodes are values, whose repr says all of them and costs a hundredth of their arguments.
    told = tuple(f"{toolchain} {node!r}" for toolchain, node in chunks)
    writers = f"{source_digest(*WRITERS)}, ffmpeg-python {version('ffmpeg-python')}"
    name = recipe_key("chunk keys", writers, told)
    kept = store.find(name)
    keys = () if kept is None else _read(kept.path)
    if len(keys) != len(chunks):
        keys = tuple(chunk_key(*chunk) for chunk in chunks)
        store.make(name, ".json", partial(_write, keys))
    _learn(dict(zip(chunks, keys, strict=True)))
    return name


def _learn(keys: dict[Chunk, str]) -> None:
    if len(_known) + len(keys) > _MOST_KNOWN:
        _known.clear()
    _known.update(keys)


def _read(path: Path) -> tuple[str, ...]:
    """Return what was kept; nothing where it cannot be read."""
    try:
        keys = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return ()
    is_whole = isinstance(keys, list) and all(isinstance(key, str) and _KEY.fullmatch(key) for key in keys)
    return tuple(keys) if is_whole else ()


def _write(keys: tuple[str, ...], path: Path) -> dict[str, Any]:
    path.write_text(json.dumps(keys))
    return {"made_by": "chunk keys", "inputs": []}
