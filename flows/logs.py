"""Lines of log as JSON where MATINEE_LOG is "json": one object each, with run, film and key in fields of their own."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

VARIABLE: Final = "MATINEE_LOG"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)
# As Prefect names them on its records.
_OF_RUN: Final = {"run": "flow_run_name", "run_id": "flow_run_id", "task": "task_run_name"}


def list_log_variables() -> dict[str, str]:
    """Return what makes Prefect's processes write JSON, where the environment asks for that."""
    wanted = os.environ.get(VARIABLE, "").strip() == "json"
    return {"PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS": "flows.logs.JsonLines"} if wanted else {}


@contextlib.contextmanager
def about(*, film: str | None = None, key: str | None = None) -> Iterator[None]:
    """Say which film or artifact the lines of log are about until the end of the block, in tasks begun in it, too."""
    told = {name: one for name, one in (("film", film), ("key", key)) if one is not None}
    token = _ABOUT.set({**_ABOUT.get(), **told})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def film_told() -> str:
    """Return the film that lines are about just now; nothing where they are about none."""
    return _ABOUT.get().get("film", "")


class JsonLines(logging.StreamHandler[Any]):
    """Writes each record as one line of JSON."""

    def __init__(self, stream: Any = None, **_styles: object) -> None:
        super().__init__(stream)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line; a traceback is a field of it."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, str] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        # Prefect's word for what is outside of runs.
        run = {name: str(getattr(record, told, "")) for name, told in _OF_RUN.items()}
        line |= {name: one for name, one in run.items() if one and not one.startswith("<")}
        line |= {**_ABOUT.get(), "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = logging.Formatter().formatException(record.exc_info)
        return json.dumps(line)
