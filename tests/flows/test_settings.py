from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from flows import settings


def test_the_committed_settings_stay_on_this_machine() -> None:
    committed = tomllib.loads((settings.ROOT / "prefect.toml").read_text())
    assert committed["api"]["url"] == "http://127.0.0.1:4200/api"
    assert committed["server"]["api"]["host"] == "127.0.0.1"
    assert committed["server"]["analytics_enabled"] is False
    assert committed["plugins"]["enabled"] is True


def test_every_committed_setting_is_one_that_prefect_knows() -> None:
    from prefect.settings import Settings

    def check(table: dict[str, object], model: type[object]) -> None:
        fields = model.model_fields  # type: ignore[attr-defined]
        for name, value in table.items():
            assert name in fields, name
            if isinstance(value, dict):
                check(value, fields[name].annotation)

    check(tomllib.loads((settings.ROOT / "prefect.toml").read_text()), Settings)


def test_a_process_of_ours_sees_no_setting_of_the_users_own_prefect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_KEY", "secret")
    monkeypatch.setenv("PREFECT_API_URL", "https://api.prefect.cloud/api")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "intranet")
    environment = settings.build_environment("http://127.0.0.1:4203/api")
    assert "PREFECT_API_KEY" not in environment
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4203/api"
    assert environment["PREFECT_HOME"] == str(tmp_path / ".prefect")
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_at_least_one_heavy_job_runs() -> None:
    assert 1 <= settings.count_heavy_jobs() <= 8
