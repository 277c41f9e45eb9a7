"""What was found once and is looked up from then on: a JSON value in the store, named by what it was found of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.argv import recipe_key
from pipeline.shell.store import Artifact, Store

if TYPE_CHECKING:
    from pathlib import Path


def remembered(
    store: Store, kind: str, version: str, of: Sequence[str], find: Callable[[], Any], *, inputs: Sequence[str] = ()
) -> tuple[Any, Artifact]:
    """Return the JSON value that `find` gives, as it is kept from the first time on, and what keeps it.

    `version` is that of how it is found, `of` what it is found of; `inputs` are the masters that its receipt names.
    """

    def produce(path: Path) -> dict[str, Any]:
        path.write_text(json.dumps(find()))
        return {"made_by": kind, "inputs": list(inputs)}

    artifact, _ = store.make(recipe_key(kind, version, tuple(of)), ".json", produce)
    return json.loads(artifact.path.read_bytes()), artifact
