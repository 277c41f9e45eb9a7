"""Look into one master in a process of its own (`apart`), since a film may end or hang whoever decodes it.

`python -m pipeline.shell.studying` reads what to do as one JSON line, tells how far it is, and answers with what the
store has now, with facts, or with an error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pipeline.errors import MasterError, PipelineError
from pipeline.shell.ledger import Ledger
from pipeline.shell.memory import memory_limit, told_limit
from pipeline.shell.probe import probe
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, facts_to_json, study_master, study_shots

_TOLD_EVERY_S: Final = 0.25
Answer = Callable[[dict[str, Any]], None]


def look(asked: Mapping[str, Any], answer: Answer) -> None:
    """Do what is asked of one master and answer it; whatever is wrong with the film is an answer as well."""
    path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
    try:
        if asked["wanted"] == "facts":
            answer({"facts": facts_to_json(probe(path))})
            return
        found = _study(path, asked, _Teller(answer).tell)
    except PipelineError as error:
        answer({"error": _told(error)})
    except MemoryError:
        lack = MasterError.of(path, "takes more memory than one process may have.", remedy=told_limit(memory_limit()))
        answer({"error": _told(lack)})
    else:
        answer({"digest": found.digest, "identity": asdict(found.identity), "is_new": found.is_new})


def _study(path: Path, asked: Mapping[str, Any], tell: Callable[[float], None]) -> ShotStudy:
    store, ledger = (Path(os.fsdecode(bytes.fromhex(asked[name]))) for name in ("store", "ledger"))
    if asked["wanted"] == "shots":
        return study_shots(
            path,
            store=Store(store),
            ledger=Ledger(ledger),
            trust=asked["trust"],
            thoroughness=asked["thoroughness"],
            on_fraction=tell,
        )
    return study_master(path, store=Store(store), ledger=Ledger(ledger), trust=asked["trust"], on_fraction=tell)


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
    """Answer one question."""
    # Ctrl-C is for whoever started us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # nothing that a library prints is taken for an answer

    def answer(values: dict[str, Any]) -> None:
        answers.write(json.dumps(values, default=str) + "\n")
        answers.flush()

    look(json.loads(sys.stdin.readline()), answer)


if __name__ == "__main__":
    main()
