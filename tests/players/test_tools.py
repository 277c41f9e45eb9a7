"""Without a tool the tests that need it are skipped with the way to get it, but in CI they fail."""

from __future__ import annotations

import pytest

from tests.players.tools import find_tool


def test_a_missing_tool_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt install some-package"):
        find_tool("no-such-program", "nor-this-one", package="some-package")


def test_in_ci_nothing_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        find_tool("no-such-program", package="some-package")
