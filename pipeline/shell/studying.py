"""Look into one master in a process of its own (`apart`), since a film may end or hang whoever decodes it.

`python -m pipeline.shell.studying` reads what to do as a JSON line, tells how far it is, and answers with what the
store has now, with facts, or with an error; then it waits for another question, and ends where none comes.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.errors import MasterError, PipelineError, StoreError
from pipeline.shell.companion import open_answers
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.memory import memory_limit, told_limit
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, facts_from_json, facts_to_json, recall_shots, study_master, study_shots
from pipeline.timebase import Span

_TOLD_EVERY_S: Final = 0.25
_PATIENCE_S: Final = 5.0
"""Between two questions; films are planned in less, and a process that waits takes memory."""
Answer = Callable[[dict[str, Any]], None]
Asked = Mapping[str, Any]
Tell = Callable[[float], None]


def look(asked: Asked, answer: Answer) -> None:
    """Do what is asked of one master and answer it; whatever is wrong with the film is an answer as well."""
    path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
    try:
        answer(_LOOKS[asked["wanted"]](path, asked, _Teller(answer).tell))
    except PipelineError as error:
        answer({"error": _told(error)})
    except MemoryError:
        lack = MasterError.of(path, "takes more memory than one process may have.", remedy=told_limit(memory_limit()))
        answer({"error": _told(lack)})
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours is told by whoever started us
        answer({"fault": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})


def _facts(path: Path, _asked: Asked, _tell: Tell) -> dict[str, Any]:
    return {"facts": facts_to_json(probe(path))}


def _measurements(path: Path, _asked: Asked, tell: Tell) -> dict[str, Any]:
    from pipeline.shell.measurement import measure

    return {"measurements": base64.b64encode(pickle.dumps(measure(path, tell))).decode("ascii")}


def _shots(path: Path, asked: Asked, tell: Tell) -> dict[str, Any]:
    store, ledger = Store(_place(asked, "store")), Ledger(_place(asked, "ledger"))
    trust, way = asked["trust"], asked["thoroughness"]
    return _found(study_shots(path, store=store, ledger=ledger, trust=trust, thoroughness=way, on_fraction=tell))


def _features(path: Path, asked: Asked, tell: Tell) -> dict[str, Any]:
    store, ledger = Store(_place(asked, "store")), Ledger(_place(asked, "ledger"))
    return _found(study_master(path, store=store, ledger=ledger, trust=asked["trust"], on_fraction=tell))


def _found(study: ShotStudy) -> dict[str, Any]:
    return {"digest": study.digest, "identity": asdict(study.identity), "is_new": study.is_new}


def _subjects(path: Path, asked: Asked, tell: Tell) -> dict[str, Any]:
    from pipeline.shell.subjects import find_subjects

    study, spans, store = _known(path, asked)
    find_subjects(study, spans, store, on_fraction=tell)
    return {}


def _close_looks(path: Path, asked: Asked, tell: Tell) -> dict[str, Any]:
    from pipeline.shell.closeness import look_closely

    study, spans, store = _known(path, asked)
    look_closely(study, spans, store, on_fraction=tell)
    return {}


def _prints(path: Path, asked: Asked, tell: Tell) -> dict[str, Any]:
    from pipeline.shell.film_prints import print_pictures

    study, _, store = _known(path, asked)
    print_pictures(study, store, tell)
    return {}


def _text_tracks(path: Path, asked: Asked, _tell: Tell) -> dict[str, Any]:
    from pipeline.shell.text_tracks import keep_text_tracks

    keep_text_tracks(path, facts_from_json(asked["facts"]), asked["digest"], Store(_place(asked, "store")))
    return {}


def _previews(_path: Path, asked: Asked, _tell: Tell) -> dict[str, Any]:
    from pipeline.shell.previews import draw_previews

    previews, footage = pickle.loads(base64.b64decode(asked["wishes"]))  # noqa: S301 - of whoever started us
    draw_previews(previews, footage, Store(_place(asked, "store")))
    return {}


def _known(path: Path, asked: Asked) -> tuple[ShotStudy, list[Span], Store]:
    store, identity = Store(_place(asked, "store")), FileIdentity(**asked["identity"])
    study = recall_shots(path, digest=asked["digest"], identity=identity, store=store)
    if study is None:
        raise StoreError("What is known of a film went away from the store.", remedy="Run it again.")
    return study, [Span(Fraction(start), Fraction(end)) for start, end in asked["spans"]], store


def _place(asked: Asked, name: str) -> Path:
    return Path(os.fsdecode(bytes.fromhex(asked[name])))


_LOOKS: Final[Mapping[str, Callable[[Path, Asked, Tell], dict[str, Any]]]] = {
    "facts": _facts,
    "measurements": _measurements,
    "shots": _shots,
    "features": _features,
    "subjects": _subjects,
    "close looks": _close_looks,
    "prints": _prints,
    "text tracks": _text_tracks,
    "previews": _previews,
}


def _told(error: PipelineError) -> dict[str, Any]:
    return {"kind": type(error).__name__, "message": error.message, "remedy": error.remedy, "data": error.data}


class _Teller:
    """Tells how far it is, several times a second at most."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._told_at = 0.0

    def tell(self, share: float) -> None:
        now = time.monotonic()
        if now - self._told_at >= _TOLD_EVERY_S:
            self._told_at = now
            self._answer({"share": share})


def main() -> None:
    """Answer questions about one film until none comes."""
    # Ctrl-C is for whoever started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = open_answers()
    while select.select([sys.stdin], [], [], _PATIENCE_S)[0] and (asked := sys.stdin.readline()):
        look(json.loads(asked), answer)


if __name__ == "__main__":
    main()
