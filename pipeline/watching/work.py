"""Do one order on one film: `python -m pipeline.watching.work` reads what to do as a JSON line and tells how it goes.

A process of its own, so that a film that ends it, or takes all of its memory, ends nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.counting import counted
from pipeline.errors import InputError, MasterError, MasterOutOfReach, PipelineError
from pipeline.plan.arrivals import clause
from pipeline.presets import DEFAULT_HIGHLIGHTS, DEFAULT_STYLE
from pipeline.shell.companion import open_answers
from pipeline.shell.stage_shares import StageShares
from pipeline.spelling import spelled
from pipeline.watchfolder import Flow
from pipeline.watching.jobs import Outcome
from pipeline.watching.orders import Order, parse_order

_TOLD_EVERY_S: Final = 2.0

OnStage = Callable[[str, float, float | None], None]


def do_order(path: Path, order: Order, on_share: Callable[[float], None]) -> Outcome:
    """Do all flows of an order on a film; whatever is wrong is the outcome."""
    from pipeline.shell.home import find_home
    from pipeline.shell.store import Store

    told = []
    try:
        path.stat()
    except OSError as error:
        # It was there when the job began: so was its drive, which may be back by the time that this is told.
        return Outcome("again", f"it cannot be reached ({error.strerror})")
    try:
        # Held until everything is under its name: what is stored meanwhile belongs to no output yet.
        home = find_home()
        with Store(home.store).in_use(home.out if order.out is None else Path(order.out)):
            for number, flow in enumerate(order.flows):
                shares = _Shares(number, len(order.flows), on_share)
                told.append(_FLOWS[flow](path, order, shares.tell))
    except PipelineError as error:
        return outcome_of(error, path)
    return Outcome("done", "; ".join(told))


def outcome_of(error: PipelineError, path: Path) -> Outcome:
    """Return what an error means for a film: whether it, or what was asked for, is wrong, or it may go away."""
    why, remedy = error.message, error.remedy or ""
    if isinstance(error, MasterOutOfReach):
        return Outcome("again", why.removeprefix(f"{path}: "), remedy)
    if isinstance(error, MasterError) and error.data.get("path") == str(path):
        return Outcome("refused", clause(why.removeprefix(f"{path}: ").rstrip(".")), remedy or "Export it again.")
    told = why.removeprefix(f"{path}: ")
    return Outcome("failed" if isinstance(error, InputError) else "again", told, remedy)


def _cut(path: Path, order: Order, on_stage: OnStage) -> str:
    from pipeline.cut import CutRequest
    from pipeline.cut.job import cut
    from pipeline.cut.outputs import put_variants

    request = CutRequest(
        platforms=order.platforms or None,
        highlights=order.highlights or DEFAULT_HIGHLIGHTS,
        style=order.style or DEFAULT_STYLE,
        captions=order.captions,
        regions=order.regions,
        event=order.event,
        count=order.count,
        out=None if order.out is None else Path(order.out),
    )
    done = cut(path, request, on_stage)
    put_variants([one.plan for one in done])
    clips = sum(len(one.result.clips) for one in done)
    folder = spelled(str(done[0].result.folder.parent.parent if order.regions else done[0].result.folder))
    refused = [refusal for one in done for refusal in one.result.refused]
    without = "".join(f"; {refusal.name} was not made: {refusal.why}" for refusal in refused)
    return f"{counted(clips, 'clip')} in {folder}{without}"


def _package(path: Path, order: Order, on_stage: OnStage) -> str:
    from pipeline.package import PackageRequest
    from pipeline.package.job import package
    from pipeline.package.outputs import put_variants

    request = PackageRequest(
        ladder=order.ladder,
        outputs=None if order.out is None else Path(order.out),
        regions=order.regions,
        style=order.style or DEFAULT_STYLE,
    )
    done = list(package(path, request, on_stage))
    put_variants([one.plan for one in done])
    folders = ", ".join(spelled(str(one.package.folder)) for one in done)
    return f"{counted(len(done), 'package')} in {folders}"


_FLOWS: Final[Mapping[Flow, Callable[[Path, Order, OnStage], str]]] = {"cut-clips": _cut, "package-hls": _package}


class _Shares:
    """Makes one share of what all stages of a flow tell, from any thread."""

    def __init__(self, number: int, flows: int, on_share: Callable[[float], None]) -> None:
        self._begin, self._part = number / flows, 1 / flows
        self._on_share = on_share
        self._lock = threading.Lock()
        self._stages = StageShares()
        self._told_at = 0.0

    def tell(self, stage: str, share: float, _speed: float | None) -> None:
        with self._lock:
            within = self._stages.take(stage, share)
            now = time.monotonic()
            if now - self._told_at < _TOLD_EVERY_S:
                return
            self._told_at = now
            self._on_share(self._begin + self._part * within)


def main() -> None:
    """Do what standard input says; it stays open for as long as whoever asked is there."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_with_asker, name="asker", daemon=True).start()
    tell, lock = open_answers(), threading.Lock()

    def answer(said: Mapping[str, Any]) -> None:
        with lock, contextlib.suppress(BrokenPipeError):
            tell(said)

    path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
    outcome = do_order(path, parse_order(asked["order"]), lambda share: answer({"share": share}))
    answer({"outcome": [outcome.kind, outcome.told, outcome.remedy]})


def _leave_with_asker() -> None:
    # Linux ends us with the thread that started us; elsewhere this does.
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
