"""What uses each preset: which films' clips, packages and other presets were made with it or name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipeline.counting import counted
from pipeline.errors import PipelineError
from pipeline.package import manifest as package_manifest
from pipeline.presets import DEFAULT_HIGHLIGHTS, DEFAULT_STYLE, BlockPreset, Kind, list_presets, load_preset
from pipeline.review.documents import Document
from pipeline.review.library import Library
from pipeline.spelling import spelled

Uses = Mapping[tuple[Kind, str], tuple[str, ...]]
_MOST_PACKAGES: Final = 500


def find_uses(library: Library) -> Uses:
    """Return what uses presets, in words, by kind and id."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for kind in ("platforms", "highlights", "regions"):
        by_id: dict[str, list[tuple[str, int]]] = {}
        for document in library.documents():
            for name, count in _named_in(document, kind).items():
                by_id.setdefault(name, []).append((document.title, count))
        for name, used in by_id.items():
            clips, films = sum(count for _, count in used), len({title for title, _ in used})
            told = f"{counted(clips, 'clip')} of {counted(films, 'film')}"
            found.setdefault((kind, name), []).append(told)
    for name, count in _ladders(library).items():
        found.setdefault(("ladders", name), []).append(counted(count, "package"))
    for style, blocks in _styles_of_blocks().items():
        found.setdefault(("styles", style), []).append(f"blocks of {', '.join(blocks)}")
    found.setdefault(("styles", DEFAULT_STYLE), []).insert(0, "clips, where no other is asked for")
    found.setdefault(("highlights", DEFAULT_HIGHLIGHTS), []).append("taken where no other is asked for")
    return {key: tuple(told) for key, told in found.items()}


def _named_in(document: Document, kind: Kind) -> dict[str, int]:
    """Return the presets of a kind that a document's clips were made with, and how many of them."""
    count = len(document.clips)
    if kind == "highlights":
        return {document.preset: count}
    if kind == "regions":
        return {document.region: count} if document.region else {}
    platforms = [clip.platform for clip in document.clips]
    return {name: platforms.count(name) for name in dict.fromkeys(platforms)}


def _ladders(library: Library) -> dict[str, int]:
    """Return how many packages were made with each ladder."""
    packages = [path for path in library.ledger.manifests() if path.name == package_manifest.NAME]
    named = [str(package_manifest.read(path).get("ladder", "")) for path in packages[:_MOST_PACKAGES]]
    return {name: named.count(name) for name in dict.fromkeys(named) if name}


def _styles_of_blocks() -> dict[str, list[str]]:
    """Return the styles that presets of blocks name, and which do."""
    found: dict[str, list[str]] = {}
    for file in list_presets():
        if file.kind != "blocks":
            continue
        try:
            preset = load_preset(file)
        except PipelineError:  # which the list tells of it
            continue
        if isinstance(preset, BlockPreset):
            found.setdefault(preset.style, []).append(spelled(preset.name))
    return found
