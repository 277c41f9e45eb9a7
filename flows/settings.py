"""Where Prefect's own files live, and the settings that every Prefect process of the project is started with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from flows.logs import list_log_variables
from pipeline.shell.home import find_home
from pipeline.shell.machine import count_processors

ROOT = Path(__file__).resolve().parent.parent

HOST = "127.0.0.1"
PREFERRED_PORT = 4200
WORK_POOL = "matinee"
"""Of runs that need the ledger and the outputs: workers of this machine alone."""
ENCODE_POOL_VARIABLE = "MATINEE_ENCODE_POOL"

# Prefect's own settings that somebody with several machines decides; all others are the project's.
_SERVER_VARIABLES = (
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "PREFECT_API_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_API_HOST",
    "PREFECT_SERVER_API_AUTH_STRING",
)
_CLIENT_VARIABLES = ("PREFECT_API_AUTH_STRING",)
_HEARTBEAT_S = 5

# A black-holed or intercepted loopback would look like a dead server.
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def find_prefect_home() -> Path:
    """Return the folder of Prefect's database and logs, which is the project's own and never `~/.prefect`."""
    return find_home().root / ".prefect"


def count_heavy_jobs() -> int:
    """Return how many analyses and encodes the machine bears at once; each of them uses several threads itself."""
    return max(1, min(8, count_processors() // 4))


def find_encode_pool() -> str | None:
    """Return the work pool whose workers, on any machines, make clips and chunks; None: each run makes its own."""
    return os.environ.get(ENCODE_POOL_VARIABLE, "").strip() or None


def find_server_host() -> str:
    """Return the address that the server listens at: loopback unless the environment says otherwise."""
    return os.environ.get("PREFECT_SERVER_API_HOST", "").strip() or HOST


def find_own_host() -> str:
    """Return the address at which this machine's own processes reach the server."""
    host = find_server_host()
    return HOST if host in ("0.0.0.0", "localhost") else host  # noqa: S104 - compared, not bound


def list_server_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment says of the server's database, address and password."""
    return {name: environment[name] for name in _SERVER_VARIABLES if environment.get(name)}


def list_quiet_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep Prefect at home: its own folder, no telemetry, no proxy for the loopback."""
    variables = {
        "PREFECT_HOME": str(find_prefect_home()),
        "PREFECT_PROFILES_PATH": str(find_prefect_home() / "profiles.toml"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # The setting above stops the server's telemetry only; the client's obeys this one.
        "DO_NOT_TRACK": "1",
    }
    if any(name in environment for name in _PROXY_VARIABLES):
        kept = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        variables["no_proxy"] = variables["NO_PROXY"] = ",".join(filter(None, (kept, HOST, "localhost")))
    return variables


def build_environment(api_url: str) -> dict[str, str]:
    """Return the whole environment for a Prefect process of ours that talks to the server at `api_url`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **kept,
        **list_quiet_variables(os.environ),
        **{name: os.environ[name] for name in _CLIENT_VARIABLES if os.environ.get(name)},
        # Whoever waits for a machine knows by these that it has gone.
        "PREFECT_WORKER_HEARTBEAT_SECONDS": str(_HEARTBEAT_S),
        "MATINEE_HOME": str(find_home().root),
        **list_log_variables(),
        "PREFECT_API_URL": api_url,
        "PREFECT_PLUGINS_ENABLED": "true",
        "PYTHONUNBUFFERED": "1",
    }
