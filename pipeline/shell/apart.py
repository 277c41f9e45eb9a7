"""Have a master probed and studied in another process (`studying`), whose crash or hang is the film's and not ours.

What is known already is read from the store here: no process is started for it, and no master is opened.
"""

from __future__ import annotations

import base64
import io
import os
import pickle
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pipeline import errors
from pipeline.errors import MasterError
from pipeline.facts import MediaFacts
from pipeline.plan.closeness import CloseLook
from pipeline.plan.measurements import KINDS, Measurements
from pipeline.plan.subjects import Subjects
from pipeline.shell.companion import Companion, CompanionLost
from pipeline.shell.digests import DigestReader, check_unchanged, remember_digest
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.probe import check_readable
from pipeline.shell.store import Store
from pipeline.shell.study import (
    OnFraction,
    ShotStudy,
    Study,
    Trust,
    facts_from_json,
    facts_to_json,
    recall_master,
    recall_shots,
)
from pipeline.timebase import Span

if TYPE_CHECKING:
    from pipeline.shell.previews import Footage, Preview
    from pipeline.shell.shots import Thoroughness

_MODULE: Final = "pipeline.shell.studying"
_LEAST_LIMIT_S: Final = 600.0
_SLOWEST_BYTES_PER_S: Final = 1_000_000
_STEP: Final = 0.01
"""Each hundredth of the work may take as long as reading the whole film from a slow drive, and ten minutes more."""


class FaultApart(Exception):  # noqa: N818 - says where it was
    """A fault of ours in the other process: its kind and words, and its traceback as a note."""


def probe_master(path: Path) -> MediaFacts:
    """Return the facts of a film file, as `probe.probe` reads them. Raises MasterError."""
    check_readable(path)
    return facts_from_json(_asked(path, {"wanted": "facts"}, None)["facts"])


def study_shots(
    path: Path,
    *,
    store: Store,
    ledger: Ledger,
    trust: Trust = "identity",
    thoroughness: Thoroughness = "fast",
    on_fraction: OnFraction | None = None,
) -> ShotStudy:
    """Return the shots of a master, as `study.study_shots` finds them. Raises MasterError."""

    def recall(digest: str, identity: FileIdentity) -> ShotStudy | None:
        return recall_shots(path, digest=digest, identity=identity, store=store, thoroughness=thoroughness)

    asked = {"wanted": "shots", "thoroughness": thoroughness, **_places(store, ledger)}
    return _studied(path, ledger, trust, recall, asked, on_fraction)


def study_master(
    path: Path, *, store: Store, ledger: Ledger, trust: Trust = "identity", on_fraction: OnFraction | None = None
) -> Study:
    """Return what is known of a master, as `study.study_master` finds it. Raises MasterError."""

    def recall(digest: str, identity: FileIdentity) -> Study | None:
        return recall_master(path, digest=digest, identity=identity, store=store)

    asked = {"wanted": "features", **_places(store, ledger)}
    return _studied(path, ledger, trust, recall, asked, on_fraction)


def measure(path: Path, on_progress: OnFraction | None = None) -> Measurements:
    """Return what can be measured of a file, as `measurement.measure` does. Raises MasterError."""
    check_readable(path)
    told = _asked(path, {"wanted": "measurements"}, on_progress)["measurements"]
    try:
        measurements: Measurements = _Measured(io.BytesIO(base64.b64decode(told))).load()
    except pickle.UnpicklingError as error:
        raise MasterError.of(path, f"cannot be measured: {error}.", remedy="Do not trust this file.") from error
    return measurements


class _Measured(pickle.Unpickler):
    """Reads measurements and nothing else: a film that took over the other process could have it write anything."""

    _KINDS: Final = frozenset(
        {
            *(("pipeline.plan.measurements", kind.__name__) for kind in KINDS),
            ("pipeline.boxes.formats", "Colour"),
            ("pipeline.timebase", "FrameRate"),
            ("fractions", "Fraction"),
        }
    )

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in self._KINDS:
            raise pickle.UnpicklingError(f"{module_name}.{global_name} is no measurement")
        return super().find_class(module_name, global_name)


def find_subjects(
    study: ShotStudy, spans: Sequence[Span], store: Store, *, on_fraction: OnFraction | None = None
) -> tuple[Subjects, ...]:
    """Return what stretches of a master show, as `subjects.find_subjects` finds it. Raises MasterError."""
    from pipeline.shell import subjects

    if any(store.find(subjects.subjects_key(study.digest, span)) is None for span in spans):
        _look_at(study, spans, store, "subjects", on_fraction)
    return subjects.find_subjects(study, spans, store)


def look_closely(
    study: ShotStudy, spans: Sequence[Span], store: Store, *, on_fraction: OnFraction | None = None
) -> tuple[CloseLook, ...]:
    """Return what every picture of some spans says, as `closeness.look_closely` does. Raises MasterError."""
    from pipeline.shell import closeness

    if any(store.find(closeness.close_look_key(study, span)) is None for span in spans):
        _look_at(study, spans, store, "close looks", on_fraction)
    return closeness.look_closely(study, spans, store)


def _look_at(
    study: ShotStudy, spans: Sequence[Span], store: Store, wanted: str, on_fraction: OnFraction | None
) -> None:
    check_unchanged(study.path, study.identity)
    known = {"digest": study.digest, "identity": asdict(study.identity), "store": _told(store.root)}
    asked = {"wanted": wanted, **known, "spans": [[str(span.start), str(span.end)] for span in spans]}
    _asked(study.path, asked, on_fraction)


def print_pictures(study: ShotStudy, store: Store, on_fraction: OnFraction | None = None) -> None:
    """Have the store keep the fingerprints of a master's pictures. Raises MasterError."""
    _look_at(study, (), store, "prints", on_fraction)


def read_text_tracks(path: Path, facts: MediaFacts, digest: str, store: Store) -> None:
    """Have the store keep the captions that a master holds as text. Raises MasterError."""
    check_readable(path)
    known = {"facts": facts_to_json(facts), "digest": digest, "store": _told(store.root)}
    _asked(path, {"wanted": "text tracks", **known}, None)


def draw_previews(previews: Sequence[Preview], footage: Mapping[str, Footage], store: Store) -> None:
    """Have the store keep previews of how clips of films are framed, films by their digests. Raises MasterError."""
    for film in footage.values():
        check_unchanged(film.path, film.identity)
    wishes = base64.b64encode(pickle.dumps((tuple(previews), dict(footage)))).decode("ascii")
    known = {"wishes": wishes, "store": _told(store.root)}
    _asked(next(iter(footage.values())).path, {"wanted": "previews", **known}, None)


Found = TypeVar("Found", bound=ShotStudy)


def _studied(
    path: Path,
    ledger: Ledger,
    trust: Trust,
    recall: Callable[[str, FileIdentity], Found | None],
    asked: dict[str, Any],
    on_fraction: OnFraction | None,
) -> Found:
    check_readable(path)
    reader = DigestReader(path, ledger, trust=trust)
    known = None if reader.known is None else recall(reader.known, reader.identity)
    if known is not None:
        return known
    answer = _asked(path, {**asked, "trust": trust}, on_fraction)
    identity = FileIdentity(**answer["identity"])
    # The other process may have been done before the file had been still for long enough.
    remember_digest(path, identity, answer["digest"], ledger)
    found = recall(answer["digest"], identity)
    if found is None:  # somebody removed it in between
        raise errors.StoreError("What was found out about a film went away from the store.", remedy="Run it again.")
    return replace(found, is_new=answer["is_new"])


class _Onlooker:
    """A process that looks into one film, and ends with the last who knows of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.companion = Companion(_MODULE)
        self.end = weakref.finalize(self, self.companion.stop)


class _Present(threading.local):
    """Whom this thread asked last. What is asked of one film in a row needs one process, started once."""

    onlooker: _Onlooker | None = None

    def find(self, path: Path) -> tuple[_Onlooker, bool]:
        """Return who looks into a film, and whether that process is new."""
        if self.onlooker is not None and self.onlooker.path == path and self.onlooker.companion.is_running:
            return self.onlooker, False
        self.leave()
        self.onlooker = _Onlooker(path)
        return self.onlooker, True

    def leave(self) -> None:
        if self.onlooker is not None:
            self.onlooker.end()
        self.onlooker = None


_PRESENT: Final = _Present()


def _asked(path: Path, question: dict[str, Any], on_fraction: OnFraction | None) -> dict[str, Any]:
    """Return the answer of another process. Raises what it raises, and MasterError where it ends or hangs."""
    answer: dict[str, Any] | None = None
    try:
        answer = _answered(path, question, on_fraction)
    except CompanionLost as error:
        raise MasterError.of(
            path,
            f"cannot be decoded: the program that looked into it {error}.",
            remedy="Export it again; if it plays everywhere, this is a fault of ours.",
        ) from error
    finally:
        # Whoever had trouble is not asked again.
        if answer is None or "fault" in answer or "error" in answer:
            _PRESENT.leave()
    if "fault" in answer:
        fault = FaultApart(answer["fault"])
        fault.add_note(answer["trace"])
        raise fault
    if "error" in answer:
        told = answer["error"]
        raise errors.rebuild(getattr(errors, told["kind"]), told["message"], told["remedy"], told["data"])
    return answer


def _answered(path: Path, question: dict[str, Any], on_fraction: OnFraction | None) -> dict[str, Any]:
    onlooker, is_new = _PRESENT.find(path)
    asked = {"path": _told(path), **question}
    try:
        onlooker.companion.ask(asked)
        return _answer(onlooker.companion, path, on_fraction)
    except CompanionLost:
        if is_new or onlooker.companion.is_running:
            raise
    # It may have ended for want of questions in the very moment of this one.
    onlooker, _ = _PRESENT.find(path)
    onlooker.companion.ask(asked)
    return _answer(onlooker.companion, path, on_fraction)


def _answer(companion: Companion, path: Path, on_fraction: OnFraction | None) -> dict[str, Any]:
    limit_s = _LEAST_LIMIT_S + (path.stat().st_size if path.exists() else 0) / _SLOWEST_BYTES_PER_S
    share, deadline = 0.0, time.monotonic() + limit_s
    while True:
        answer = companion.answer(max(0.0, deadline - time.monotonic()))
        if "share" not in answer:
            return answer
        if on_fraction is not None:
            on_fraction(answer["share"])
        if answer["share"] >= share + _STEP:
            share, deadline = answer["share"], time.monotonic() + limit_s


def _places(store: Store, ledger: Ledger) -> dict[str, str]:
    return {"store": _told(store.root), "ledger": _told(ledger.path)}


def _told(path: Path) -> str:
    """Return a path as `studying` reads it, whatever bytes it has."""
    return os.fsencode(path).hex()
