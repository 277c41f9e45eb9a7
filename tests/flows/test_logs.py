"""Lines of log as JSON have run, film and key in fields of their own, and nothing breaks a line in two."""

from __future__ import annotations

import io
import json
import logging
import threading
from contextvars import copy_context

import pytest

from flows import logs, settings
from flows.logs import JsonLines, about


def _logged(**extra: object) -> dict[str, str]:
    written = io.StringIO()
    handler = JsonLines(written, styles={"log.web_url": "blue"})
    record = logging.LogRecord("prefect.task_runs", logging.WARNING, __file__, 1, "%s: \n done", ("kite",), None)
    for name, value in extra.items():
        setattr(record, name, value)
    handler.emit(record)
    (line,) = written.getvalue().splitlines()
    told: dict[str, str] = json.loads(line)
    return told


def test_a_line_says_run_film_and_key() -> None:
    with about(film="kite.mp4"), about(key="ab12"):
        told = _logged(flow_run_name="blue-fox", flow_run_id="1-2", task_run_name="render h1")
    assert told["run"] == "blue-fox" and told["run_id"] == "1-2" and told["task"] == "render h1"
    assert (told["film"], told["key"], told["level"]) == ("kite.mp4", "ab12", "warning")
    assert told["message"] == "kite: \n done" and told["at"].endswith("+00:00")
    assert "film" not in _logged() and "run" not in _logged(flow_run_name="<unknown>")


def test_a_fault_is_a_field_and_no_lines_of_its_own() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        told = _logged(exc_info=(ValueError, error, error.__traceback__))
    assert "ValueError: broken" in told["traceback"]


def test_what_lines_are_about_reaches_the_threads_of_tasks() -> None:
    found: list[str] = []
    with about(film="kite.mp4"):
        context = copy_context()
        thread = threading.Thread(target=lambda: context.run(lambda: found.append(logs.film_told())))
        thread.start()
        thread.join()
    assert found == ["kite.mp4"] and logs.film_told() == ""


def test_processes_of_prefect_are_told_to_write_json_only_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MATINEE_LOG", raising=False)
    assert "PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS" not in settings.build_environment("http://127.0.0.1:1/api")
    monkeypatch.setenv("MATINEE_LOG", "json")
    told = settings.build_environment("http://127.0.0.1:1/api")
    assert told["PREFECT_LOGGING_HANDLERS_CONSOLE_CLASS"] == "flows.logs.JsonLines"
