"""`make serve` and the commands typed beside it, against a real server, pool and worker."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from flows import serving, stack
from flows.locks import open_lock, try_exclusive
from flows.settings import count_heavy_jobs
from tests.flows.conftest import ROOT, Served, find_processes, wait_until


def test_a_taken_port_is_said_and_another_one_used_by_every_command(served: Served) -> None:
    assert "Port 4200 is taken by another program" in served.said.read_text()
    assert not served.api_url.endswith(":4200/api")
    assert served.api_url in served.prefect("config", "view", "--show-sources").stdout


def test_the_review_page_is_up_beside_it_for_who_has_its_address(served: Served) -> None:
    wait_until(lambda: "/login?token=" in served.said.read_text(), limit_s=60)
    found = re.search(r"Look at (http://127\.0\.0\.1:\d+/)(login\S+)", served.said.read_text())
    assert found is not None
    assert httpx.get(found[1], trust_env=False, timeout=30).status_code == 401
    with httpx.Client(trust_env=False, timeout=30) as browser:
        assert browser.get(found[1] + found[2]).status_code == 200
        assert browser.get(found[1]).status_code == 200


def test_a_server_of_another_checkout_is_not_taken_for_ours(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start in the same seconds choose the same port; whoever comes second goes to the next."""
    monkeypatch.setenv("MATINEE_HOME", str(served.home))
    assert serving.is_ours(served.api_url)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    assert serving.is_answering(served.api_url) and not serving.is_ours(served.api_url)

    port, asked = int(served.api_url.split(":")[-1].removesuffix("/api")), []

    def start(name: str, _words: object, *, environment: dict[str, str], log: Path | None) -> stack.Service:
        asked.append(int(environment["PREFECT_SERVER_API_PORT"]))
        lives = "1" if asked == [port] else "60"
        return stack.Service(name, subprocess.Popen(["sleep", lives], process_group=0), log)

    monkeypatch.setattr(stack, "start_service", start)
    monkeypatch.setattr(stack, "_is_free", lambda wanted: wanted > port or (wanted == port and not asked))
    monkeypatch.setattr(stack, "is_ours", lambda url: url != served.api_url)
    services: list[stack.Service] = []
    address, _ = stack._start_server(lambda _line: None, services)
    for service in services:
        stack.stop_service(service)
    assert (asked, address) == ([port, port + 1], f"http://127.0.0.1:{port + 1}/api")


def test_the_bare_name_runs_the_deployment_with_parameters_and_shows_its_lines(served: Served) -> None:
    done = served.prefect("deployment", "run", "long-run", "--param", "marker=shown", "--param", "seconds=1", "--watch")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Creating flow run for deployment 'long-run/long-run'" in done.stdout
    assert "encoding shown" in done.stdout
    assert "finished successfully" in done.stdout


def test_cut_clips_without_a_film_fails_with_a_sentence_and_no_traceback(served: Served) -> None:
    done = served.prefect("deployment", "run", "cut-clips", "--watch")
    assert done.returncode == 1
    assert "There is no film to cut" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_one_command_cuts_a_film_of_any_name_and_exits_as_its_run_ended(served: Served) -> None:
    film = served.home.parent / "-it's [b] a “film” \n é%.mp4"
    film.write_text("not a film")
    done = cut_by_hand(served, film)
    assert done.returncode == 1
    assert "1 of 1 film failed" in done.stdout
    assert "it's [\u2060b] a “film”" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_one_command_refuses_a_film_that_is_not_there(served: Served) -> None:
    done = cut_by_hand(served, Path("/films/nosuch.mov"))
    assert done.returncode == 2
    assert done.stderr.startswith("/films/nosuch.mov: there is no such file.")


def test_ctrl_c_on_one_command_cancels_its_run_and_leaves_a_server_that_was_up(served: Served) -> None:
    film = served.home.parent / "waits.mp4"
    film.write_text("not a film")
    with contextlib.ExitStack() as held:
        # Every slot for heavy work is taken, so that the run waits before it looks at the film.
        for number in range(count_heavy_jobs()):
            assert try_exclusive(held.enter_context(open_lock(served.home / ".prefect" / "slots" / f"{number}.lock")))
        command, environment = (
            [sys.executable, "-m", "flows.serve", "cut-clips"],
            {**served.environment, "MASTER": str(film)},
        )
        process = subprocess.Popen(command, cwd=ROOT, env=environment, process_group=0, stdout=subprocess.PIPE)
        with process:
            wait_until(lambda: newest_run(served)["name"].endswith(f"-{process.pid}"))
            run = newest_run(served)["id"]
            wait_until(lambda: served.state_of(run) == "Running")
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=150)
        assert process.returncode == 130
        wait_until(lambda: served.state_of(run) == "Cancelled")
    assert not served.process_ended()


def test_the_commands_beside_run_work_too(served: Served) -> None:
    """FastAPI from 0.151 on refuses what they send, so this holds the upper bound in pyproject.toml."""
    assert served.prefect("flow-run", "ls").returncode == 0
    assert served.prefect("work-pool", "ls").returncode == 0


def test_an_unknown_name_is_refused_as_prefect_does_it(served: Served) -> None:
    done = served.prefect("deployment", "run", "nosuch")
    assert (done.returncode, done.stdout.strip()) == (1, "Deployment 'nosuch' not found!")


def test_an_ambiguous_name_is_refused_with_the_full_names(served: Served) -> None:
    done = served.prefect("deployment", "run", "twice")
    assert done.returncode == 1
    told = "Deployment name 'twice' is ambiguous. Use one of 'cut-clips/twice', 'long-run/twice'."
    assert done.stdout.strip() == told


def test_a_second_serve_says_that_it_is_already_up(served: Served) -> None:
    command = [sys.executable, "-m", "flows.serve"]
    done = subprocess.run(command, cwd=ROOT, env=served.environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr.strip() == f"Already up: {served.api_url.removesuffix('/api')}"


def test_cancelling_a_run_ends_its_ffmpeg_and_the_run_is_cancelled(served: Served) -> None:
    run, marker = served.start_long_run()
    assert served.prefect("flow-run", "cancel", run).returncode == 0
    wait_until(lambda: not find_processes(marker), limit_s=60)
    wait_until(lambda: served.state_of(run) == "Cancelled", limit_s=60)


def test_killing_a_run_ends_its_ffmpeg_and_the_run_is_crashed(served: Served) -> None:
    run, marker = served.start_long_run()
    parents: set[int] = set()
    wait_until(lambda: parents.update(map(parent_of, find_processes(f"title={marker}"))) or parents)
    (flow_process,) = parents
    os.kill(flow_process, signal.SIGKILL)
    wait_until(lambda: not find_processes(f"title={marker}"), limit_s=3)
    wait_until(lambda: served.state_of(run) == "Crashed", limit_s=60)


def test_killing_serve_leaves_no_process_and_its_runs_are_settled_by_the_next(served: Served) -> None:
    run, _ = served.start_long_run()
    served.signal(signal.SIGKILL)
    wait_until(lambda: not find_processes(str(served.home)), limit_s=5)
    assert served.record.exists()
    done = served.prefect("deployment", "run", "cut-clips")
    told = "No Prefect server answers at http://127.0.0.1:4200/api. Start one with `make serve`."
    assert (done.returncode, done.stdout.strip()) == (1, told)
    served.ensure_up()
    assert served.state_of(run) == "Crashed"


def test_ctrl_c_stops_everything_in_seconds_and_leaves_the_users_home_alone(served: Served) -> None:
    served.start_long_run()
    assert served.signal(signal.SIGINT) < 20
    assert served.process is not None and served.process.returncode == 0
    assert find_processes(str(served.home)) == []
    assert not served.record.exists()
    assert list(served.users_home.rglob("*")) == []


def newest_run(served: Served) -> dict[str, str]:
    """Return the run that was asked for last, an empty name where there is none yet."""
    found = served.call("POST", "/flow_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", "limit": 1})
    return {**found[0]} if found else {"name": ""}


def cut_by_hand(served: Served, film: Path) -> subprocess.CompletedProcess[str]:
    """Do what `make cut-clips MASTER=film` does once everything is installed."""
    command = [sys.executable, "-m", "flows.serve", "cut-clips"]
    environment = {**served.environment, "MASTER": str(film)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
