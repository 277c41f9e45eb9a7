"""Start Prefect's server, work pool, worker and deployment for this checkout, and stop every process of them again."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from flows import settings
from flows.serving import is_ours

SERVER_LIMIT_S = 120.0
WORKER_LIMIT_S = 60.0
STOP_LIMIT_S = 4.0
"""A worker waits for its runs and may ignore SIGTERM for longer than anyone waits at a prompt."""


class StackError(Exception):
    """The server or the worker cannot be started or has died; the message says what to read."""


@dataclass(frozen=True)
class Service:
    """One process that we started, the leader of its own process group, and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path | None

    def explain_death(self) -> str:
        """Return a sentence about its end, with its last words where it wrote to a log."""
        if self.log is None:
            return f"The {self.name} ended unexpectedly (exit code {self.process.returncode})."
        tail = "\n  ".join(self.log.read_text("utf-8", errors="replace").splitlines()[-15:])
        return f"The {self.name} ended unexpectedly (exit code {self.process.returncode}); see {self.log}\n  {tail}"


@dataclass(frozen=True)
class Stack:
    """The running services and the address of the API."""

    api_url: str
    services: tuple[Service, ...]

    def find_dead(self) -> Service | None:
        """Return a service that has ended by itself, None while all live."""
        return next((service for service in self.services if service.process.poll() is not None), None)


@contextlib.contextmanager
def run_stack(say: Callable[[str], None], *, worker_log: Path | None) -> Iterator[Stack]:
    """Bring everything up, yield once it answers, and leave no process behind.

    The worker writes to `worker_log`, or to our own terminal where that is None. Raises StackError.
    """
    services: list[Service] = []
    try:
        api_url, environment = _start_server(say, services)
        _adopt(environment)
        from flows import deployments

        deployments.register_pool()
        deployments.settle_orphans()
        now = datetime.now(UTC)
        encode_pool = settings.find_encode_pool()
        worker = ("worker", "start", "--pool", settings.WORK_POOL, "--type", "process", "--name", "matinee")
        services.append(start_service("worker", worker, environment=environment, log=worker_log))
        deployments.register_deployments()
        if encode_pool is not None:
            deployments.register_encodes(encode_pool)
            services.append(start_encode_worker(encode_pool, environment=environment, log=worker_log))
        _wait_until(lambda: deployments.is_worker_online(since=now), services[1], WORKER_LIMIT_S)
        yield Stack(api_url, tuple(services))
    finally:
        # The worker first: a run that ends can still tell the server so.
        for service in reversed(services):
            stop_service(service)


def _start_server(say: Callable[[str], None], services: list[Service]) -> tuple[str, dict[str, str]]:
    """Start the server at the first port that it can have; return its API's address and its environment."""
    host, log = settings.find_own_host(), settings.find_prefect_home() / "server.log"
    for port in _list_free_ports(say):
        api_url = f"http://{host}:{port}/api"
        environment = settings.build_environment(api_url) | settings.list_server_variables(os.environ)
        environment["PREFECT_SERVER_API_HOST"] = settings.find_server_host()
        environment["PREFECT_SERVER_API_PORT"] = str(port)
        environment["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"] = f"http://{host}:{port},http://localhost:{port}"
        server = start_service("server", ("server", "start"), environment=environment, log=log)
        services[:] = [server]
        # Another that was started in the same seconds may have the port by the time ours asks for it, and answer there.
        if _waited(functools.partial(is_ours, api_url), server, SERVER_LIMIT_S):
            return api_url, environment
        if _is_free(port):
            raise StackError(server.explain_death())
        stop_service(server)
    raise StackError(f"No free port on {settings.find_server_host()} from {settings.PREFERRED_PORT} on.")


def _list_free_ports(say: Callable[[str], None]) -> Iterator[int]:
    """Give the usual port and those after it as far as they are free, and say who cannot have the usual one."""
    for port in range(settings.PREFERRED_PORT, settings.PREFERRED_PORT + 100):
        if _is_free(port):
            if port != settings.PREFERRED_PORT:
                say(f"Port {settings.PREFERRED_PORT} is taken by another program; using {port} instead.")
            yield port


def start_service(
    name: str, arguments: tuple[str, ...], *, environment: dict[str, str], log: Path | None, module: str = "prefect"
) -> Service:
    """Start a module's command that dies with us, in a process group of its own so that Ctrl-C reaches only us."""
    tether = str(Path(__file__).with_name("tether.py"))
    command = [sys.executable, "-I", "-S", tether, sys.executable, "-m", module, *arguments]
    with contextlib.ExitStack() as opened:
        output: IO[bytes] | None = opened.enter_context(log.open("wb")) if log is not None else None
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            cwd=settings.ROOT,
            env=environment,
            process_group=0,
        )
    return Service(name, process, log)


def start_encode_worker(pool: str, *, environment: dict[str, str], log: Path | None) -> Service:
    """Start a worker that makes what runs of any machine ask for, as many batches at once as this machine bears."""
    # A name of its own each time: one that is gone is known by its silence.
    name = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
    limit = str(settings.count_heavy_jobs())
    arguments = ("worker", "start", "--pool", pool, "--type", "process", "--name", name, "--limit", limit)
    # The batch's command is `python`, which is this one on each machine, wherever its checkout lies.
    path = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", os.defpath)))
    log = None if log is None else log.with_name("encode-worker.log")
    return start_service("encode worker", arguments, environment={**environment, "PATH": path}, log=log)


def stop_service(service: Service) -> None:
    """Ask the whole group to end, then kill what has not; a second Ctrl-C meanwhile kills at once."""
    process = service.process
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(STOP_LIMIT_S)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        pass
    finally:
        # Also when the leader has left: a run that it started may still be in the group.
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server will bind it: a port in TIME_WAIT is free, one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.find_server_host(), port))
        except OSError:
            return False
    return True


def _adopt(environment: dict[str, str]) -> None:
    """Make this process a client of our server, before the first `import prefect` reads the settings."""
    if "prefect" in sys.modules:
        raise StackError("Prefect was imported before its settings were known.")
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ.update(environment)


def _wait_until(is_ready: Callable[[], bool], service: Service, limit_s: float) -> None:
    if not _waited(is_ready, service, limit_s):
        raise StackError(service.explain_death())


def _waited(is_ready: Callable[[], bool], service: Service, limit_s: float) -> bool:
    """Wait until it is ready, and return False where the service has ended instead. Raises StackError at the limit."""
    deadline = time.monotonic() + limit_s
    while not is_ready():
        if service.process.poll() is not None:
            return False
        if time.monotonic() > deadline:
            raise StackError(f"The {service.name} did not answer within {limit_s:.0f} s; see {service.log}.")
        time.sleep(0.1)
    return True
