"""package.json: what a package was made from, for programs and for the store's book-keeping."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pipeline.package.assembly import Assembly, PictureRow
from pipeline.plan.presentation import BitRates

NAME: Final = "package.json"
VERSION: Final = 1


def describe(
    assembly: Assembly,
    files: Mapping[str, str],
    twins: tuple[str, ...],
    notes: Sequence[str],
    rates: Mapping[str, BitRates],
) -> dict[str, Any]:
    """Return the document of a finished package; `files` are the keys of what lies in its folder, by name.

    `twins` are the keys of artifacts that have the very bytes of one of those, `notes` what people should know of it,
    and `rates` what its renditions came out as, by name.
    """
    return {
        "version": VERSION,
        "title": assembly.title,
        "film": assembly.film_title,
        "region": assembly.region,
        "masters": [
            {
                # Its name alone: where it lies on this machine is nobody's business who gets the package.
                "file": study.path.name,
                "sha256": study.digest,
                "keys": [study.artifact.key, study.thumbnails.key],
            }
            for study in assembly.studies
        ],
        "ladder": assembly.ladder,
        "codec": assembly.codec,
        "toolchain": assembly.workshop.rung_toolchain,
        "rate": str(assembly.rate),
        "frames": assembly.frames,
        "seconds": float(assembly.duration),
        "renditions": [_rendition(one, rates[one.name]) for one in assembly.pictures],
        "key_pictures": _rendition(assembly.key_pictures, rates[assembly.key_pictures.name]),
        "sounds": [
            {"name": one.name, "language": one.language, "kbps": one.kbps, "channels": one.channels}
            for one in assembly.sounds
        ],
        "subtitles": [{"name": one.name, "language": one.language, "kind": one.kind} for one in assembly.texts],
        "notes": list(notes),
        "kept_keys": [*assembly.kept_keys, *twins],
        "files": dict(files),
    }


def read(path: Path) -> dict[str, Any]:
    """Return an earlier document; empty where there is none, or none as we write it."""
    try:
        document = json.loads(path.read_bytes())
        is_ours = document["version"] == VERSION and "ladder" in document
        is_whole = is_ours and all(map(_is_text, document["files"].items()))
        return document if is_whole and all(isinstance(key, str) for key in keys_in(document)) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def keys_in(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of all that the package is made of: what must not be removed."""
    of_masters = (key for master in document.get("masters", []) for key in master["keys"])
    return frozenset((*document.get("files", {}).values(), *document.get("kept_keys", []), *of_masters))


def _rendition(one: PictureRow, rates: BitRates) -> dict[str, Any]:
    return {
        "name": one.name,
        "width_px": one.size[0],
        "height_px": one.size[1],
        "average_kbps": round(rates.average / 1000),
        "peak_kbps": round(rates.peak / 1000),
    }


def _is_text(pair: tuple[object, object]) -> bool:
    name, key = pair
    # A name that leads out of the folder is not one of ours.
    return isinstance(name, str) and isinstance(key, str) and ".." not in name and not name.startswith("/")
