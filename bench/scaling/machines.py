"""Two machines of one core each on this one: a server with a worker on the first core, a worker on the second."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).absolute().parents[2]
_UP_S: Final = 300
_POOL: Final = "bench-encodes"
_DEPLOYMENTS: Final = {"cut-clips": "masters", "package-hls": "films"}


@dataclass(frozen=True)
class Studio:
    """A server, and as many workers as cores were named."""

    environment: Mapping[str, str]
    core: int

    def run(self, flow: str, film: Path, *words: str) -> float:
        """Run a deployment over a film to its end, and return how long that took, in seconds."""
        prefect = str(Path(sys.executable).with_name("prefect"))
        films = json.dumps([str(film)])
        command = [prefect, "deployment", "run", flow, "--watch", "--param", f"{_DEPLOYMENTS[flow]}={films}", *words]
        began = time.monotonic()
        done = subprocess.run(
            _pinned(self.core, command), cwd=_ROOT, env=self.environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"{flow} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.monotonic() - began


@contextlib.contextmanager
def run_studio(folder: Path, cores: tuple[int, ...]) -> Iterator[Studio]:
    """Bring up a server and a worker on the first core and a worker on each other; nothing is left of them."""
    (folder / "shared").mkdir(parents=True)
    kept = {name: one for name, one in os.environ.items() if not name.startswith("PREFECT_")}
    shared = {**kept, "MATINEE_SHARED_STORE": str(folder / "shared"), "MATINEE_ENCODE_POOL": _POOL}
    with contextlib.ExitStack() as machines:
        desk = {**shared, "MATINEE_HOME": str(folder / "desk")}
        machines.enter_context(_machine(folder / "desk", cores[0], desk, "Up. The page"))
        api_url = json.loads((folder / "desk" / ".prefect" / "serving.json").read_text())["api_url"]
        for core in cores[1:]:
            home = folder / f"core-{core}"
            told = {**shared, "MATINEE_HOME": str(home), "PREFECT_API_URL": api_url}
            machines.enter_context(_machine(home, core, told, "started!", "worker"))
        # So that the run's batches are for as many as there are.
        time.sleep(10)
        yield Studio(desk, cores[0])


@contextlib.contextmanager
def _machine(home: Path, core: int, environment: Mapping[str, str], ready: str, *words: str) -> Iterator[None]:
    (home / "masters").mkdir(parents=True)
    log = home.with_suffix(".log")
    with log.open("wb") as said:
        # Nothing is left of it where the benchmark is killed.
        tether = [sys.executable, "-I", "-S", str(_ROOT / "flows" / "tether.py")]
        command = [*tether, *_pinned(core, [sys.executable, "-m", "flows.serve", *words])]
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + _UP_S
        while ready not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"a machine did not come up:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _pinned(core: int, command: list[str]) -> list[str]:
    # Each counts the cores that it may use, so that it has one slot and its encoders one core.
    return ["taskset", "--cpu-list", str(core), *command]
