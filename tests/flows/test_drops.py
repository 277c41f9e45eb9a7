"""The flows of drops in Prefect's test harness: over a library that can be told to fail, and one with a real folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import PublishError, Transient
from tests.small_packages import SmallPackage, make_small_package

pytestmark = pytest.mark.usefixtures("harness")

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


class BusyError(PublishError, Transient):
    pass


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "home"))
    from flows import drops

    for task in (drops.tend_region, drops.close_region):
        monkeypatch.setattr(task, "retry_delay_seconds", 0)
    return tmp_path / "home"


@pytest.fixture
def kite(home: Path) -> SmallPackage:
    return make_small_package(home / "out" / "the-red-kite" / "regions" / "de" / "hls", region="de")


def write(folder: Path, *windows: tuple[str, datetime], hours: float = 48) -> Path:
    path = folder / "kite [1].calendar.toml"
    drops = "".join(
        f'[[drops]]\nregions = "{region}"\nopens = "{opens:%Y-%m-%d %H:%M:%SZ}"\n' for region, opens in windows
    )
    countries = "".join(f'{region} = ["{region.upper()}"]\n' for region in sorted({one for one, _ in windows}))
    path.write_text(
        f'film = "the-red-kite"\ntarget = "www"\naddress = "https://films.example.invalid"\nhours = {hours}\n'
        f"[countries]\n{countries}{drops}"
    )
    return path


def run(name: str, calendar: Path, *region: str) -> Any:
    from flows import drops
    from flows.masters import encode_master

    return getattr(drops, name)(encode_master(calendar), *region, return_state=True)


def scheduled(calendar: Path) -> list[tuple[str, str, datetime]]:
    """Return (flow's first word, region, when) of the runs that wait."""
    return sorted(
        (one.name.split()[-3], one.parameters["region"], one.next_scheduled_start_time)
        for one in runs_of(calendar)
        if one.state.is_scheduled()
    )


def runs_of(calendar: Path) -> list[Any]:
    from prefect.client.orchestration import get_client

    from flows import appointments
    from flows.masters import encode_master

    with get_client(sync_client=True) as client:
        return list(appointments._runs_of(client, appointments._tag(encode_master(calendar))))


def settle(run_id: Any, state: Any) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run_id, state, force=True)


def test_a_drop_is_staged_opened_and_retired_by_its_flows(tmp_path: Path, kite: SmallPackage) -> None:
    www = tmp_path / "www"
    state = run("publish_drop", write(tmp_path, ("de", NOW + timedelta(hours=2))), "de")
    assert state.is_completed() and state.message == "the-red-kite-de staged."
    assert not list(www.glob("*.m3u8")) and len(list((www / "segments").iterdir())) == len(kite.segments)
    state = run("publish_drop", write(tmp_path, ("de", NOW - timedelta(hours=2))), "de")
    assert state.is_completed() and state.message == "the-red-kite-de opened."
    assert (www / "the-red-kite-de.m3u8").read_bytes() == kite.master
    assert run("publish_drop", write(tmp_path, ("de", NOW - timedelta(hours=2))), "de").message == "Nothing was due."
    state = run("retire_drop", write(tmp_path, ("de", NOW - timedelta(hours=2)), hours=1), "de")
    assert state.is_completed() and state.message == "the-red-kite-de closed." and not list(www.glob("*.m3u8"))


def test_a_run_that_wakes_after_the_window_opens_nothing(tmp_path: Path, kite: SmallPackage) -> None:
    state = run("publish_drop", write(tmp_path, ("de", kite and NOW - 3 * DAY)), "de")
    assert state.is_completed() and state.message == "Nothing was due." and not (tmp_path / "www").exists()


@pytest.mark.usefixtures("kite")
def test_a_run_that_is_started_seconds_early_waits_for_its_hour(tmp_path: Path) -> None:
    opens = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)
    state = run("publish_drop", write(tmp_path, ("de", opens)), "de")
    assert state.is_completed() and state.message.endswith("the-red-kite-de opened."), state.message
    opened = (tmp_path / "www" / "the-red-kite-de.m3u8").stat().st_mtime
    assert opened >= opens.timestamp()


def test_a_premiere_that_another_run_left_is_shown_to_its_end(tmp_path: Path, kite: SmallPackage) -> None:
    from pipeline.shell import drops

    opens = NOW - timedelta(hours=2)
    calendar = write(tmp_path, ("de", opens))
    calendar.write_text(calendar.read_text() + "premiere = true\n")
    assert [one.error for one in drops.tend(drops.open_drop(calendar), lambda: opens, lambda *_: None)] == [None]
    assert list((tmp_path / "www").glob("*.live-*.m3u8"))
    state = run("publish_drop", calendar, "de")
    assert state.is_completed() and state.message == "the-red-kite-de shown to its end.", state.message
    assert (tmp_path / "www" / "the-red-kite-de.m3u8").read_bytes() == kite.master
    assert not list((tmp_path / "www").glob("*.live-*.m3u8"))


@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_fails_the_run_with_its_sentence(tmp_path: Path) -> None:
    calendar = write(tmp_path, ("de", NOW - timedelta(hours=2)))
    state = run("publish_drop", calendar, "de")
    assert state.is_failed() and state.message.startswith("the-red-kite-de: There is no package for de")
    state = run("publish_drop", calendar, "fr")
    assert state.is_failed() and state.message.startswith("The calendar opens no region 'fr'")
    for name in ("schedule_drops", "retire_drop"):
        state = run(name, tmp_path / "nosuch.toml")
        assert state.is_failed() and "cannot be read" in state.message


@pytest.mark.usefixtures("home")
def test_an_error_that_may_go_away_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.shell import drops

    outcomes = [BusyError("The store is busy."), None]

    def tend(*_: Any) -> Iterator[Any]:
        error = outcomes.pop(0)
        yield SimpleNamespace(duty=SimpleNamespace(edition="kite", action="open"), error=error, purge=(), is_late=False)

    monkeypatch.setattr(drops, "tend", tend)
    monkeypatch.setattr(drops, "close_due", lambda *_: ())
    state = run("publish_drop", write(tmp_path, ("de", NOW)), "de")
    assert state.is_completed() and state.message == "kite opened." and outcomes == []


def test_each_region_gets_runs_at_its_exact_hours_and_none_twice(tmp_path: Path) -> None:
    opens, later = NOW + 2 * DAY, NOW + 3 * DAY
    calendar = write(tmp_path, ("de", opens), ("fr", later))
    state = run("schedule_drops", calendar)
    assert state.is_completed() and state.message == "6 runs scheduled, 0 runs as before, 0 runs cancelled."
    wanted = [
        *(("publish", region, at) for region, one in (("de", opens), ("fr", later))
          for at in (one - timedelta(hours=3), one)),
        ("retire", "de", opens + 2 * DAY), ("retire", "fr", later + 2 * DAY),
    ]  # fmt: skip
    assert scheduled(calendar) == wanted
    from flows import deployments

    deployments.register_deployments()
    (tmp_path / "x").mkdir()
    state = run("schedule_drops", tmp_path / "x" / ".." / calendar.name)
    assert state.message == "0 runs scheduled, 6 runs as before, 0 runs cancelled." and scheduled(calendar) == wanted


def test_a_changed_calendar_cancels_what_is_no_more_and_has_it_again_when_it_comes_back(tmp_path: Path) -> None:
    opens = NOW + 2 * DAY
    calendar = write(tmp_path, ("at", opens), ("es", opens))
    run("schedule_drops", calendar)
    before = scheduled(calendar)
    calendar = write(tmp_path, ("at", opens), ("es", opens + DAY))
    assert run("schedule_drops", calendar).message == "3 runs scheduled, 3 runs as before, 3 runs cancelled."
    assert [one for one in scheduled(calendar) if one[1] == "es"] == [
        (errand, region, at + DAY) for errand, region, at in before if region == "es"
    ]
    calendar = write(tmp_path, ("at", opens), ("es", opens))
    assert run("schedule_drops", calendar).message == "3 runs scheduled, 3 runs as before, 3 runs cancelled."
    assert scheduled(calendar) == before


def test_a_run_that_somebody_paused_or_cancelled_is_neither_woken_nor_made_again(tmp_path: Path) -> None:
    from prefect.states import Cancelled, Paused

    calendar = write(tmp_path, ("it", NOW + 2 * DAY))
    run("schedule_drops", calendar)
    upload, opening, closing = sorted(runs_of(calendar), key=lambda one: one.next_scheduled_start_time)
    settle(upload.id, Paused(timeout_seconds=9999))
    settle(opening.id, Cancelled())
    assert run("schedule_drops", calendar).message == "0 runs scheduled, 3 runs as before, 0 runs cancelled."
    states = {one.id: one.state.name for one in runs_of(calendar)}
    assert states == {upload.id: "Paused", opening.id: "Cancelled", closing.id: "Scheduled"}


def test_a_deployment_that_somebody_paused_stays_so_when_all_are_deployed_again() -> None:
    from prefect.client.orchestration import get_client

    from flows import deployments

    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name("publish-drop/publish-drop")
        client.pause_deployment(found.id)
        deployments.register_deployments()
        assert client.read_deployment_by_name("publish-drop/publish-drop").paused
        client.resume_deployment(found.id)


def test_runs_whose_hour_has_passed_are_left_to_come_late(tmp_path: Path) -> None:
    calendar = write(tmp_path, ("pt", NOW - timedelta(hours=1)))
    assert run("schedule_drops", calendar).message == "2 runs scheduled, 0 runs as before, 0 runs cancelled."
    assert [one[0] for one in scheduled(calendar)] == ["publish", "retire"]
    assert run("schedule_drops", calendar).message == "0 runs scheduled, 2 runs as before, 0 runs cancelled."
