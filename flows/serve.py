"""The commands behind `make serve`, `make worker` and `make cut-clips`: keep the server up, or have it up for one run.

`python -m flows.serve` serves until Ctrl-C; `python -m flows.serve worker` works for the server of another machine;
`python -m flows.serve cut-clips` cuts the film that the environment's MASTER names, else everything in the masters
folder, else a demo film that it composes first.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from flows import health, serving, settings
from flows.masters import encode_master
from flows.progress import ProgressLines
from flows.stack import Stack, StackError, run_stack, start_encode_worker, start_service, stop_service
from pipeline.errors import InputError, PipelineError
from pipeline.shell.home import find_home
from pipeline.shell.masters import list_masters
from pipeline.spelling import spelled

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the command that the arguments name and exit with its code: 0 done, 2 the user's input, 1 a fault of ours."""
    commands = {(): serve, ("worker",): work, ("cut-clips",): cut_clips_once}
    command = commands.get(tuple(sys.argv[1:]))
    if command is None:
        sys.exit("usage: python -m flows.serve [worker|cut-clips]")
    for number in _STOPPING:
        signal.signal(number, _stop)
    try:
        sys.exit(command())
    except (PipelineError, StackError) as error:
        _say(str(error))
        sys.exit(error.exit_code if isinstance(error, PipelineError) else 1)
    except KeyboardInterrupt:
        _say("Stopped.")
        sys.exit(130)


def serve() -> int:
    """Serve in the foreground until Ctrl-C or SIGTERM; say where to look, or that it is already up."""
    users_url = os.environ.get("PREFECT_API_URL")
    with serving.hold_server_lock() as free:
        if not free:
            _say(f"Already up: {_page(_wait_for_address())}")
            return 0
        _say("Starting Prefect's server and a worker (about fifteen seconds) …")
        try:
            with (
                run_stack(_say, worker_log=None) as stack,
                health.serve_health(health.list_desk_checks(stack.api_url)) as address,
                _review_page(),
            ):
                serving.record_address(stack.api_url)
                _say(f"Up. The page: {_page(stack.api_url)}")
                _say(f"Whether all is well: {address}")
                _say("In another terminal: .venv/bin/prefect deployment run cut-clips --watch")
                if users_url is not None:
                    _say(f"There, unset PREFECT_API_URL first: it names {users_url}.")
                _say("Ctrl-C stops everything.")
                return _watch(stack)
        except KeyboardInterrupt:
            _say("Stopped: server, worker and every run of theirs.")
            return 0


@contextlib.contextmanager
def _review_page() -> Iterator[None]:
    """Have the page of films and clips up as well, which says itself where it is; without it all else goes on."""
    told = ("review", "--no-browser")
    page = start_service("review page", told, environment={**os.environ}, log=None, module="pipeline.cli")
    try:
        yield
    finally:
        stop_service(page)


def work() -> int:
    """Make batches for the server of another machine until Ctrl-C or SIGTERM."""
    from pipeline.shell.sharing import VARIABLE, find_exchange

    api_url, pool, exchange = os.environ.get("PREFECT_API_URL"), settings.find_encode_pool(), find_exchange()
    if not api_url or pool is None or exchange is None:
        raise InputError(
            "A worker needs to know for whom it works and what it shares with the others.",
            remedy=f"Set PREFECT_API_URL (http://SERVER:4200/api), {settings.ENCODE_POOL_VARIABLE} and {VARIABLE}.",
        )
    exchange.check()
    if not serving.is_answering(api_url):
        raise StackError(f"No Prefect server answers at {api_url}. On its machine, `make serve` starts one.")
    environment = settings.build_environment(api_url)
    settings.find_prefect_home().mkdir(parents=True, exist_ok=True)
    _say(f"Working for {_page(api_url)}, pool {pool}; what is made is shared in {spelled(exchange.where)}.")
    worker = start_encode_worker(pool, environment=environment, log=None)
    try:
        with health.serve_health(health.list_checks(api_url)) as address:
            _say(f"Whether all is well: {address}")
            return worker.process.wait()
    except KeyboardInterrupt:
        _say("Stopped: the worker and what it was making; another takes that over.")
        return 0
    finally:
        stop_service(worker)


def cut_clips_once() -> int:
    """Run the deployment as anyone would, with the server brought up around it where it was not up."""
    masters = _name_masters()
    with _have_server() as api_url:
        code = _run_deployment(api_url, masters)
    if code == 0:
        _say(f"Done. Look in {find_home().out}")
    return code


@contextlib.contextmanager
def _have_server() -> Iterator[str]:
    with contextlib.ExitStack() as client, serving.hold_server_lock() as free:
        client.enter_context(serving.hold_client_lock())
        if not free:
            yield _wait_for_address()
            return
        _say("Starting Prefect's server and a worker for this run (about fifteen seconds) …")
        with run_stack(_say, worker_log=settings.find_prefect_home() / "worker.log") as stack:
            serving.record_address(stack.api_url)
            _say(f"The page of the run, while it lasts: {_page(stack.api_url)}")
            yield stack.api_url
            client.close()
            _wait_for_other_clients()


def _run_deployment(api_url: str, masters: tuple[Path, ...]) -> int:
    name = f"by-hand-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{os.getpid()}"
    prefect = str(Path(sys.executable).with_name("prefect"))
    command = [prefect, "deployment", "run", "cut-clips", "--watch", "--flow-run-name", name]
    if masters:
        command += ["--param", "masters=" + json.dumps([encode_master(master) for master in masters])]
    environment = settings.build_environment(api_url)
    environment.pop("PYTHONUNBUFFERED")
    process = subprocess.Popen(command, cwd=settings.ROOT, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        _cancel(api_url, name)
        raise


def _cancel(api_url: str, name: str) -> None:
    _say("Cancelling the run …")
    os.environ.update(settings.build_environment(api_url))
    from flows import deployments

    deployments.cancel_run(name)


def _name_masters() -> tuple[Path, ...]:
    """Return the film that MASTER names; none where the masters folder has films, a demo among them if need be."""
    named = os.environ.get("MASTER")
    if named:
        path = Path(named).expanduser().absolute()
        if not path.exists():
            raise InputError(f"{path}: there is no such file.", remedy="MASTER names the film to cut.")
        return (path,)
    folder = find_home().masters
    if not list_masters(folder):
        from pipeline.shell.demo.film import compose_demo

        _say(f"No film in {folder} yet: composing a demo film of about two minutes there …")
        lines = ProgressLines("demo film", _say)
        compose_demo(folder, on_progress=lines)
    return ()


def _watch(stack: Stack) -> int:
    while (dead := stack.find_dead()) is None:
        time.sleep(0.5)
    raise StackError(dead.explain_death())


def _wait_for_address() -> str:
    deadline = time.monotonic() + 180
    while serving.is_serving() and time.monotonic() < deadline:
        address = serving.find_address()
        if address is not None:
            return address
        time.sleep(0.2)
    raise StackError("The server that another command was starting did not come up.")


def _wait_for_other_clients() -> None:
    if serving.has_clients():
        _say("Another run uses this server: waiting for it before stopping (Ctrl-C stops both).")
    while serving.has_clients():
        time.sleep(0.5)


def _page(api_url: str) -> str:
    return api_url.removesuffix("/api")


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
