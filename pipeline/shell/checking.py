"""Look into one film file and say whether it has arrived: who writes to it, what vouches for it, whether it is whole.

It runs in a process of its own (`checker`), since a file may end or hang whoever decodes it: `python -m
pipeline.shell.checking LEDGER` reads one JSON line for each file and answers each with one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import stat
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import MasterError, PipelineError
from pipeline.plan.arrivals import Certainty, Finding, Shape, clause
from pipeline.shell.companion import open_answers
from pipeline.shell.digests import remember_digest, sums_of
from pipeline.shell.entirety import find_fault, is_doubtful
from pipeline.shell.ledger import FileIdentity, Ledger
from pipeline.shell.sidecars import Sidecars, broken_claim, hashers_for, read_sidecars
from pipeline.shell.writers import who_writes
from pipeline.spelling import spelled

WaitFor = Literal["stillness", "sidecar"]


def shape_of(status: os.stat_result) -> Shape:
    """Return what a file's status says of its bytes."""
    return Shape(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def look_into(path: Path, ledger: Ledger, wait_for: WaitFor = "stillness") -> Finding:
    """Say whether a film file has arrived whole; its sha256 is remembered in the ledger."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Finding("broken", "it is no regular file", "Copy the film itself here.")
        return _look_into(path, status, ledger, wait_for)
    except FileNotFoundError:
        return Finding("gone", "it went away")
    except PipelineError as error:
        return Finding("unreachable", str(error))
    except OSError as error:
        return Finding("unreachable", f"it cannot be read ({error.strerror})")


def _look_into(path: Path, before: os.stat_result, ledger: Ledger, wait_for: WaitFor) -> Finding:
    writer = who_writes(path)
    if writer is not None:
        return Finding("open", f"{writer} has it open to write")
    beside = read_sidecars(path)
    if wait_for == "sidecar" and not beside.are_there:
        return Finding("open", "it waits for its .ready or checksum file")
    for claim in beside.claims:
        if not claim.algorithms:
            return Finding(
                "mismatched",
                f"{spelled(claim.sidecar)} has no checksum of it that can be read",
                f"Write {spelled(claim.sidecar)} again, as md5sum, shasum or xxhsum do, or remove it.",
            )
    fault = find_fault(path)
    if fault is not None and not beside.claims:
        return Finding("broken", clause(fault.why), fault.remedy, certainty="vouched" if beside.is_ready else "silent")
    digest, finding = _add_up(path, FileIdentity.of(path), beside, ledger)
    now = path.stat()
    # ctime: a writer may have set back the time that it changed the bytes at.
    if shape_of(now) != shape_of(before):
        return Finding("changed", "it changed while it was looked at")
    certainty: Certainty = "vouched" if beside.are_there and finding is None else "silent"
    if fault is not None:
        return finding or Finding("broken", clause(fault.why), fault.remedy, certainty=certainty)
    if finding is not None:
        return finding
    if certainty == "silent" and is_doubtful(path):
        why = "parts of it may still be missing: it has stretches of zeros where nothing was written"
        return Finding("doubtful", why, "Copy it again.", digest)
    return Finding("whole", digest=digest, certainty=certainty)


def _add_up(path: Path, identity: FileIdentity, beside: Sidecars, ledger: Ledger) -> tuple[str, Finding | None]:
    """Return the sha256 of a file, and what is wrong where its checksum is another one; it is read once for all."""
    known = ledger.known_digest(identity)
    if known is not None and not beside.claims:
        return known, None
    sums = sums_of(path, {"sha256": hashlib.sha256(), **hashers_for(beside.claims)})
    with contextlib.suppress(MasterError):  # whether it is still there is asked once more after this
        remember_digest(path, identity, sums["sha256"], ledger)
    claim = broken_claim(beside.claims, sums)
    if claim is None:
        return sums["sha256"], None
    name = spelled(claim.sidecar)
    return sums["sha256"], Finding(
        "mismatched",
        f"its bytes are not those that {name} was made of",
        f"Copy it again, or write {name} again where the film was changed on purpose.",
        certainty="mismatched",
    )


def main() -> None:
    """Answer one file after another until standard input ends."""
    # A lease that somebody breaks would end us; see `writers`. Ctrl-C is for whoever started us.
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ledger = Ledger(Path(sys.argv[1]))
    answer = open_answers()
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        finding = look_into(Path(os.fsdecode(bytes.fromhex(asked["path"]))), ledger, asked["wait_for"])
        answer(asdict(finding))


if __name__ == "__main__":
    main()
