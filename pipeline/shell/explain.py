"""Explain a file: what it is, what it was made from and how, and what changed since it was last something else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.shell.digests import sha256_of
from pipeline.shell.home import find_home
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.store import Artifact, Store


def explain(path: Path) -> dict[str, Any]:
    """Return what is known of a file of ours, or of a master. Raises InputError for one that we did not make."""
    home = find_home()
    store, ledger = Store(home.store), Ledger(home.ledger)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.", remedy="Name a clip, poster or other output, or a master.")
    key = _key_of(path, store, ledger)
    if key is None:
        return _explain_foreign(path, ledger)
    if not key:
        what = "A list of ours that is written in place, since verdicts stand in it."
        return {"path": str(path), "what": what, "why": _when(path, ledger)}
    artifact = store.find(key)
    if artifact is None:
        what = (
            "An output of ours whose stored work was removed (matinee gc); a run would make it again if it is needed."
        )
        return {"path": str(path), "what": what, "why": _when(path, ledger)}
    chain = tuple(_chain(artifact, store))
    return {
        "path": str(path),
        "what": _what(path, artifact, ledger),
        "why": _when(path, ledger),
        "changes": list(_changes(path, artifact, store, ledger)),
        "made_from": [_describe(made, store, ledger) for made in chain],
    }


def _key_of(path: Path, store: Store, ledger: Ledger) -> str | None:
    output = ledger.output_at(path)
    if output is not None:
        return output.key
    return path.parent.name if path.parent.parent.parent == store.root else None


def _explain_foreign(path: Path, ledger: Ledger) -> dict[str, Any]:
    digest = ledger.known_digest(FileIdentity.of(path))
    if digest is None:
        raise InputError(
            f"{path}: not made by Matinee, and no master that it has read.",
            remedy="Name a file under media/out, or a film that was cut.",
        )
    what = f"A master: sha256 {digest}, remembered for as long as the file's size and times do not change."
    return {"path": str(path), "what": what, "why": "Masters are inputs; Matinee never writes them."}


def _what(path: Path, artifact: Artifact, ledger: Ledger) -> str:
    kind = artifact.receipt.get("made_by", "artifact")
    output = ledger.output_at(path)
    if output is not None and path.stat().st_mtime_ns != output.mtime_ns and sha256_of(path) != output.sha256:
        return f"Was put here as a {kind}, but somebody changed it since; a run would move it aside and put ours back."
    return f"A {kind}, as Matinee put it here." if output else f"A {kind} in the store."


def _when(path: Path, ledger: Ledger) -> str:
    history = ledger.output_history(path)
    if not history:
        return "Stored under the key of what made it: made once, used for as long as that key is asked for."
    at = history[0][1]
    if len(history) == 1:
        return f"Put here at {at} for the first time; runs since then wanted the same, so it was used again."
    return f"Made anew at {at}, since what it is made from changed (before: {history[1][1]})."


def _changes(path: Path, artifact: Artifact, store: Store, ledger: Ledger) -> Iterator[str]:
    """Yield how what made the file differs from what made its predecessor under the same name."""
    history = ledger.output_history(path)
    if len(history) < 2:
        return
    before = store.find(history[1][0])
    if before is None:
        yield "what was here before is no longer stored, so it cannot be compared"
        return
    old = {made.receipt.get("made_by"): made for made in _chain(before, store)}
    for made in _chain(artifact, store):
        kind = made.receipt.get("made_by")
        if kind in old and old[kind].key != made.key:
            yield from _differences(str(kind), old[kind].receipt, made.receipt)
        elif kind not in old:
            yield f"{kind}: was not part of it before"


def _differences(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("toolchain") != new.get("toolchain"):
        yield f"{kind}: the tools, from {old.get('toolchain')} to {new.get('toolchain')}"
    if kind != "join" and old.get("inputs") != new.get("inputs"):
        yield f"{kind}: its input, from {_short(old.get('inputs'))} to {_short(new.get('inputs'))}"
    before, after = old.get("recipe") or [], new.get("recipe") or []
    for tag, i, j, k, m in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag != "equal":
            yield f"{kind}: {' '.join(before[i:j]) or '(nothing)'} → {' '.join(after[k:m]) or '(nothing)'}"


def _chain(artifact: Artifact, store: Store) -> Iterator[Artifact]:
    """Yield an artifact and everything in the store that it was made from."""
    yield artifact
    for key in artifact.receipt.get("inputs", []):
        source = store.find(key)
        if source is not None:
            yield from _chain(source, store)


def _describe(made: Artifact, store: Store, ledger: Ledger) -> dict[str, Any]:
    receipt = made.receipt
    kept = {
        name: receipt[name] for name in ("cpu_seconds", "toolchain", "gain_db", "loudness", "frames") if name in receipt
    }
    sources = [
        f"stored work {key[:12]}…" if store.find(key) else f"master sha256 {key[:12]}…{_named(key, ledger)}"
        for key in receipt.get("inputs", [])
    ]
    return {
        "key": made.key,
        "made_by": receipt.get("made_by", "artifact"),
        "sha256": made.sha256,
        "size": made.size,
        "from": sources,
        "command": shlex.join(receipt["argv"]) if receipt.get("argv") else None,
        **kept,
    }


def _named(digest: str, ledger: Ledger) -> str:
    name = ledger.master_name(digest)
    return f" ({name})" if name else ""


def _short(keys: Any) -> str:
    return ", ".join(f"{key[:12]}…" for key in keys or []) or "nothing"
