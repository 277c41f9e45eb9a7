"""What lies beside a venue file: what it was made from, for programs and for the store's book-keeping."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import card_key
from pipeline.shell.store import Artifact
from pipeline.venue.plan import VenuePlan

if TYPE_CHECKING:
    from pipeline.venue.outputs import VenueFilm

SUFFIX: Final = ".json"
"""After the whole name of the file, which may be there as MP4 and as MOV."""
VERSION: Final = 1


def describe(
    plan: VenuePlan, films: Sequence[VenueFilm], joined: Artifact, loudness: str, notes: Sequence[str]
) -> dict[str, Any]:
    """Return the document of a finished file; `loudness` is the key of what remembers how loud its films are."""
    form, sound = plan.form, plan.workshop.receipt(plan.sound_key)
    return {
        "version": VERSION,
        "venue": plan.title,
        "file": plan.path.name,
        "sha256": joined.sha256,
        # Names alone: where films lie on this machine is nobody's business who gets the file.
        "masters": [
            {"file": study.path.name, "sha256": study.digest, "keys": [study.artifact.key, study.thumbnails.key]}
            for study in plan.studies
        ],
        "codec": form.codec,
        "width_px": form.width_px,
        "height_px": form.height_px,
        "rate": str(form.rate),
        "frames": plan.parts.frames,
        "loudness_target_lufs": float(form.loudness_lufs),
        "films": [
            {
                "title": film.title,
                "from_s": float(film.span.start),
                "to_s": float(film.span.end),
                "loudness_lufs": film.loudness.integrated_lufs,
                "true_peak_dbtp": film.loudness.true_peak_dbtp,
                "quieter_lu": film.loudness.quieter_lu,
            }
            for film in films
        ],
        "chapters": [{"from_s": float(one.start), "title": one.title} for one in plan.parts.chapters],
        "notes": list(notes),
        "keys": [
            joined.key,
            *dict.fromkeys(plan.join.pictures),
            plan.sound_key,
            *(one["key"] for one in sound["programmes"]),
            *map(card_key, plan.cards),
            loudness,
        ],
    }


def read(path: Path) -> dict[str, Any]:
    """Return an earlier document; empty where there is none, or none as we write it."""
    try:
        document = json.loads(path.read_bytes())
        is_ours = document["version"] == VERSION and "venue" in document
        return document if is_ours and all(isinstance(key, str) for key in keys_in(document)) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def keys_in(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of all that the file is made of: what must not be removed."""
    of_masters = (key for master in document.get("masters", []) for key in master["keys"])
    return frozenset((*document.get("keys", []), *of_masters))
