"""The watch with a cheap job, as a program that can be killed: `python -m bench.watching.watcher DIR JOURNAL`."""

from __future__ import annotations

import faulthandler
import hashlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.watching.jobs import Job, Outcome
from pipeline.watching.orders import Order
from pipeline.watching.request import Tempo, WatchRequest
from pipeline.watching.settings import Scope
from pipeline.watching.watch import watch

TEMPO = Tempo(sweep_s=5.0, blind_sweep_s=2.0, still_s=0.4, patience_s=4.0, retries_s=(0.5, 1.0))


class JournalRunner:
    """Reads a film to its end, waits a moment, and writes both into a journal; the job as cheap as one can be."""

    def __init__(self, journal: Path) -> None:
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def run(self, job: Job, on_share: Callable[[float], None]) -> Outcome:
        """Do a job."""
        self._write("begin", job.digest)
        try:
            read = hashlib.sha256(job.path.read_bytes()).hexdigest()
        except OSError as error:
            self._write("gone", job.digest)
            return Outcome("again", f"it cannot be read ({error.strerror})")
        on_share(0.5)
        time.sleep(random.uniform(0, 0.02))
        if read != job.digest:
            self._write("other", job.digest)
            return Outcome("again", "it was changed meanwhile")
        self._write("end", read)
        return Outcome("done", "made")

    def stop(self) -> None:
        """Let what runs end, which takes a moment."""

    def _write(self, what: str, digest: str) -> None:
        os.write(self._journal, f"{time.time():.3f} {os.getpid()} {what} {digest}\n".encode())


def main() -> None:
    """Watch until somebody stops it."""
    faulthandler.register(signal.SIGUSR1)
    root, journal = map(Path, sys.argv[1:3])
    request = WatchRequest(root, Scope("", Order()), tempo=TEMPO)
    try:
        watch(request, JournalRunner(journal), lambda told: print(told, flush=True))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
