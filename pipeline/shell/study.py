"""What is known of one master: its digest, facts and analysis, worked out once and then kept in the store."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.argv import recipe_key
from pipeline.errors import MasterError
from pipeline.facts import FACTS, FACTS_VERSION, MediaFacts
from pipeline.plan import shots
from pipeline.plan.shots import FilmAnalysis, analysis_from_json, analysis_to_json
from pipeline.shell.digests import DigestReader
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.probe import check_readable, probe
from pipeline.shell.store import Artifact, Store

Trust = Literal["identity", "bytes"]
"""Whether a remembered digest is believed for an unchanged file, or the bytes are read again."""

# What the result depends on besides the film; our own rules count through shots.VERSION.
_PACKAGES: Final = ("av", "opencv-python", "scenedetect")
# A film may end this much before what its container claims: sound is often a little longer than picture.
_SHORTFALL_S: Final = Fraction(2)
_SHORTFALL_SHARE: Final = Fraction(1, 50)


@dataclass(frozen=True)
class Study:
    """One master as known."""

    path: Path
    digest: str
    facts: MediaFacts
    analysis: FilmAnalysis
    artifact: Artifact
    thumbnails: Artifact
    """A small JPEG of each shot, see `shell/thumbnails`."""
    is_new: bool
    identity: FileIdentity
    """The file's while it was studied."""


def study_master(
    path: Path,
    *,
    store: Store,
    ledger: Ledger,
    trust: Trust = "identity",
    on_fraction: Callable[[float], None] | None = None,
) -> Study:
    """Return what is known of a master, reading it once where nothing is.

    Raises MasterError where it cannot be used: no media, no picture, cut off, changed while being read.
    """
    check_readable(path)
    reader = DigestReader(path, ledger, trust=trust)
    if reader.known is not None:
        found = _find(path, reader.identity, reader.known, store)
        if found is not None:
            return found
    if trust == "bytes":
        found = _find(path, reader.identity, reader.result(), store)
        if found is not None:
            return found
    return _make(path, reader, store, on_fraction)


def check_complete(path: Path, analysis: FilmAnalysis) -> None:
    """Raise MasterError for a film whose pictures end well before its container says."""
    decoding = analysis.decoding
    missing = decoding.claimed_end - decoding.decoded_end
    if missing > max(_SHORTFALL_S, decoding.claimed_end * _SHORTFALL_SHARE):
        raise MasterError.of(
            path,
            f"is cut off: it says {float(decoding.claimed_end):.1f} s, but its pictures end at "
            f"{float(decoding.decoded_end):.1f} s.",
            remedy="Copy or export it again.",
        )


def _make(path: Path, reader: DigestReader, store: Store, on_fraction: Callable[[float], None] | None) -> Study:
    from pipeline.shell.analysis import analyse_film
    from pipeline.shell.thumbnails import thumbnails_to_zip

    facts = probe(path)
    reader.start()
    try:
        analysed = analyse_film(path, facts, on_progress=on_fraction)
        check_complete(path, analysed.analysis)
    except BaseException:
        reader.stop()
        raise
    digest = reader.result()
    document = {"facts": json.loads(_facts_schema().dump_json(facts)), "analysis": analysis_to_json(analysed.analysis)}
    says = {"made_by": "analysis", "inputs": [digest], "toolchain": _toolchain()}
    artifact, is_new = store.make(
        _key("analysis", digest), ".json", lambda target: _write(target, json.dumps(document).encode(), says)
    )
    thumbnails, _ = store.make(
        _key("thumbnails", digest), ".zip", lambda target: _write(target, thumbnails_to_zip(analysed.thumbnails), says)
    )
    return Study(path, digest, facts, analysed.analysis, artifact, thumbnails, is_new, reader.identity)


def _find(path: Path, identity: FileIdentity, digest: str, store: Store) -> Study | None:
    artifact, thumbnails = store.find(_key("analysis", digest)), store.find(_key("thumbnails", digest))
    if artifact is None or thumbnails is None:
        return None
    document = json.loads(artifact.path.read_bytes())
    facts = _facts_schema().validate_json(json.dumps(document["facts"]))
    return Study(path, digest, facts, analysis_from_json(document["analysis"]), artifact, thumbnails, False, identity)


def _write(target: Path, content: bytes, says: dict[str, Any]) -> dict[str, Any]:
    target.write_bytes(content)
    return says


def _key(kind: str, digest: str) -> str:
    return recipe_key(kind, _toolchain(), (digest,))


@functools.cache
def _toolchain() -> str:
    packages = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    return f"{packages}, rules {shots.VERSION}, facts {FACTS_VERSION} {_facts_shape()}"


def _facts_shape() -> str:
    """Return a short digest of what facts consist of: facts of another shape are not what today's code reads."""
    shape = [(kind.__name__, field.name, str(field.type)) for kind in FACTS for field in fields(kind)]
    return hashlib.sha256(repr(shape).encode()).hexdigest()[:8]


@functools.cache
def _facts_schema() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(MediaFacts)
