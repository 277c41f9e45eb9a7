"""Films looked into by the process that runs the tests, as if another had: starting one takes longer than the look."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType
from typing import Any, Self


class CompanionHere:
    """Answers as `companion.Companion` does for `pipeline.shell.studying`; all goes through JSON as there."""

    def __init__(self, module: str) -> None:
        assert module == "pipeline.shell.studying", module
        self._answers: deque[str] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def ask(self, question: dict[str, Any]) -> None:
        from pipeline.shell.studying import look

        look(json.loads(json.dumps(question)), lambda values: self._answers.append(json.dumps(values, default=str)))

    def answer(self, _limit_s: float | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._answers.popleft())
        return answer
