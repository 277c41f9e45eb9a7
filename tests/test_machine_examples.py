"""The examples beside docs/several-machines.md have the form that their programs ask for, and name what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "docs" / "several-machines"
COMPOSE = sorted(EXAMPLES.glob("compose.*.yaml"))
UNITS = sorted(EXAMPLES.glob("*.service"))
SERVICE = {"image", "command", "init", "depends_on", "env_file", "environment", "ports", "volumes", "healthcheck",
           "stop_grace_period", "restart"}  # fmt: skip


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_say_what_compose_knows(path: Path) -> None:
    document = yaml.safe_load(path.read_text())
    assert set(document) <= {"name", "services", "volumes"}
    for name, service in document["services"].items():
        assert set(service) <= SERVICE, name
        volumes = [volume.split(":")[0] for volume in service.get("volumes", ())]
        assert all(volume.startswith("/") or volume in document["volumes"] for volume in volumes)
        assert set(service.get("depends_on", {})) <= set(document["services"])
        # Its children would take process 1 for an init that outlived their starter.
        assert name == "database" or service["init"] is True


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_units(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed; on Debian and Ubuntu: apt install systemd")
    # With a program that is there: that of the example is where nobody has installed it.
    unit = tmp_path / path.name
    unit.write_text(
        re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text()).replace("/opt/matinee", str(tmp_path))
    )
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if path.name in line]
    assert told == [], done.stderr


def test_systemd_takes_the_unit_that_watches_and_starts_it_for_good(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "watch.md").read_text()
    lines = page[page.index("matinee-watch.service`:\n") :].splitlines()[2:]
    text = "\n".join(line.strip() for line in lines[: next(n for n, line in enumerate(lines) if line[:1] == "`")])
    # Without these it cannot be enabled, and is given up after five starts within seconds, as when its drive is away.
    assert "\nWantedBy=default.target\n" in text and "\nStartLimitIntervalSec=0\n" in text
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed; on Debian and Ubuntu: apt install systemd")
    unit = tmp_path / "matinee-watch.service"
    unit.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert not [line for line in done.stderr.splitlines() if unit.name in line], done.stderr


def test_every_setting_of_the_examples_is_told_on_the_page_and_is_read_somewhere() -> None:
    page = (ROOT / "docs" / "several-machines.md").read_text()
    names = set(re.findall(r"^([A-Z_]+)=", (EXAMPLES / "matinee.env.example").read_text(), re.MULTILINE))
    names |= set(re.findall(r"\b(?:MATINEE|PREFECT)_[A-Z_]+\b", "".join(path.read_text() for path in COMPOSE)))
    code = "".join(path.read_text() for top in ("flows", "pipeline") for path in (ROOT / top).rglob("*.py"))
    for name in names:
        if not name.startswith("AWS_ACCESS") and not name.startswith("AWS_SECRET"):
            assert name in page, name
        assert name in code or name.startswith("AWS_"), name


def test_links_of_the_page_lead_somewhere() -> None:
    page = (ROOT / "docs" / "several-machines.md").read_text()
    found = re.findall(r"\]\((several-machines/[^)]+)\)", " ".join(page.split()))
    assert len(found) == 6 and all((ROOT / "docs" / one).is_file() for one in found)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_has_the_home_that_the_settings_name_and_ends_its_runs_in_turn(path: Path) -> None:
    lines = path.read_text().splitlines()
    home = re.search(r"^MATINEE_HOME=(.+)$", (EXAMPLES / "matinee.env.example").read_text(), re.MULTILINE)
    (state,) = [line.removeprefix("StateDirectory=") for line in lines if line.startswith("StateDirectory=")]
    assert home is not None and home[1] == f"/var/lib/{state}"
    # Else systemd asks every process at once to end, each ffmpeg as well, which then looks like a fault of a run.
    assert "KillMode=mixed" in lines


def test_the_image_takes_nothing_that_is_this_machines_own() -> None:
    """An environment that is there already, for another Python, would not be made anew."""
    ignored = (EXAMPLES / "Dockerfile.dockerignore").read_text().splitlines()
    assert ".venv" in ignored and "media/store" in ignored
    assert "COPY . ." in (EXAMPLES / "Dockerfile").read_text()
