"""Documents in the store: texts that are kept under the key of their own content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.argv import recipe_key
from pipeline.shell.store import Artifact, Store


def document_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as text for people and programs."""
    # A name that is no UTF-8 has surrogates; a backslash before their number is JSON's own way to write them.
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def keep_document(store: Store, kind: str, suffix: str, content: bytes) -> Artifact:
    """Return a document that the store keeps; `kind` is what its receipt calls it, `suffix` that of its file."""

    def produce(path: Path) -> dict[str, Any]:
        path.write_bytes(content)
        return {"made_by": kind, "inputs": []}

    return store.make(recipe_key(kind, "content", (hashlib.sha256(content).hexdigest(),)), suffix, produce)[0]
