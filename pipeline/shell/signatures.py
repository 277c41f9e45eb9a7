"""Make the signatures by which shots are told to look alike, from the small picture that is kept of each."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.plan.likeness import Looks
from pipeline.shell.store import Store
from pipeline.shell.study import Study

_VERSION: Final = "1"
"""Of the signatures' rules; raised when the same picture would get another one."""
_SIDE: Final = 8
_LIGHTER: Final = 2
"""Steps of luma that a neighbour has to differ by: in a plain sky the direction is chance."""


def looks_of(study: Study, store: Store) -> Looks:
    """Return what a film's shots look like, worked out once and kept."""

    def produce(target: Path) -> dict[str, Any]:
        from pipeline.shell.thumbnails import thumbnails_from_zip

        thumbnails = thumbnails_from_zip(study.thumbnails.path.read_bytes())
        target.write_text(json.dumps([f"{signature(thumbnail.jpeg):x}" for thumbnail in thumbnails]))
        return {"made_by": "looks", "inputs": [study.thumbnails.key]}

    artifact, _ = store.make(looks_key(study), ".json", produce)
    return Looks(int(text, 16) for text in json.loads(artifact.path.read_text()))


def looks_key(study: Study) -> str:
    """Return the key under which a film's looks are kept."""
    return recipe_key("looks", _VERSION, (study.thumbnails.key,))


def signature(jpeg: bytes) -> int:
    """Return 256 bits: where the picture gets lighter, where it is lighter than its median, how its colours compare.

    The first are a difference hash in both directions (Krawetz 2013), which light and contrast do not change.
    """
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        small = picture.convert("YCbCr").resize((_SIDE + 1, _SIDE + 1), Image.Resampling.BOX)
    planes = np.asarray(small, np.int16)
    luma, blue, red = (planes[:, :, plane] for plane in range(3))
    inner = luma[:_SIDE, :_SIDE]
    bits = (
        luma[:_SIDE, 1:] > inner + _LIGHTER,
        luma[1:, :_SIDE] > inner + _LIGHTER,
        inner > np.median(inner),
        red[:_SIDE, :_SIDE] > blue[:_SIDE, :_SIDE],
    )
    return int.from_bytes(np.packbits(np.concatenate([plane.ravel() for plane in bits])).tobytes(), "big")
