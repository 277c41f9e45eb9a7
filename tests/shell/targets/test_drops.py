"""Opening and closing by the calendar, at a folder and at a store: inside of windows, never twice, and late never."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.shell import drops
from pipeline.shell.drops import Done, Drop, check_regions, close_due, open_drop, tend
from pipeline.shell.editions import Editions, list_editions
from pipeline.shell.publications import publish
from pipeline.shell.rehearsal import rehearse
from pipeline.shell.targets import Target
from tests.shell.stores import BUCKET, Store
from tests.shell.targets.looking import Opener, everything, planned, quiet
from tests.small_packages import SmallPackage, make_small_package

OPENS = datetime(2026, 12, 4, 19, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=48)
CALENDAR = """\
film = "the-red-kite"
target = "www"
address = "https://films.example.org"
zone = "Europe/Berlin"
packages = "packages"
{more}
[countries]
de = ["DE", "AT"]
[[drops]]
regions = "de"
opens = 2026-12-04T20:00:00
[[drops]]
opens = 2026-12-06T20:00:00
"""


@pytest.fixture
def german(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "packages" / "regions" / "de" / "hls", region="de", scenes="ax")


@pytest.fixture
def whole(tmp_path: Path) -> SmallPackage:
    return make_small_package(tmp_path / "packages" / "hls")


@pytest.fixture
def calendar(tmp_path: Path, german: SmallPackage, whole: SmallPackage) -> Path:  # noqa: ARG001 - they are found there
    path = tmp_path / "kite.calendar.toml"
    path.write_text(CALENDAR.format(more=""))
    return path


@pytest.fixture
def opened(calendar: Path, opener: Opener) -> Callable[[], Drop]:
    """Open the calendar's drop anew, as another run would."""
    return lambda: replace(open_drop(calendar), target=opener())


def told(done: list[Done]) -> list[tuple[str, str]]:
    assert [str(one.error) for one in done if one.error] == []
    return [(one.duty.action, one.duty.edition) for one in done]


def at(instant: datetime) -> Callable[[], datetime]:
    return lambda: instant


def names(target: Target) -> list[str]:
    return [name for name in target.root_names() if name.endswith(".m3u8")]


def test_an_edition_is_staged_before_its_window_open_inside_of_it_and_gone_after_it(
    opened: Callable[[], Drop], german: SmallPackage
) -> None:
    def run(instant: datetime) -> list[tuple[str, str]]:
        return told(list(tend(opened(), at(instant), quiet)))

    target = opened().target
    second = timedelta(seconds=1)
    assert run(OPENS - timedelta(hours=3) - second) == []
    assert run(OPENS - timedelta(hours=3)) == [("stage", "the-red-kite-de")]
    assert names(target) == [] and target.editions.names_of("the-red-kite-de")
    assert run(OPENS - second) == [] and names(target) == []
    assert run(OPENS) == [("open", "the-red-kite-de")]
    assert everything(target, "the-red-kite-de") >= german.playlists
    assert run(OPENS + second) == []
    # At that hour the film opens to everybody else.
    assert run(CLOSES) == [("close", "the-red-kite-de"), ("open", "the-red-kite")]
    assert target.read("the-red-kite-de.m3u8") is None and target.read("the-red-kite.m3u8") is not None
    assert all(target.read(name) is None for name in german.playlists - _playlists_of(target, "the-red-kite"))
    assert run(CLOSES) == []
    assert run(CLOSES + timedelta(hours=48)) == [("close", "the-red-kite")] and names(target) == []


def _playlists_of(target: Target, edition: str) -> set[str]:
    return {one.name for one in target.editions.names_of(edition)}


def test_what_is_closed_is_told_for_caches_to_forget(opened: Callable[[], Drop]) -> None:
    list(tend(opened(), at(OPENS), quiet))
    (done,) = close_due(opened(), at(CLOSES), quiet)
    assert done.purge[:2] == ("the-red-kite.m3u8", "the-red-kite-de.m3u8")
    assert any(name.startswith("v360-") for name in done.purge)


def test_a_worker_that_wakes_after_the_window_does_not_open(opened: Callable[[], Drop]) -> None:
    done = list(tend(opened(), at(CLOSES + timedelta(hours=72)), quiet))
    assert done == [] and names(opened().target) == []


def test_what_takes_until_the_window_is_over_to_upload_is_not_opened(opened: Callable[[], Drop]) -> None:
    ticks = iter([CLOSES - timedelta(seconds=1), CLOSES, CLOSES])
    first, *rest = tend(opened(), lambda: next(ticks), quiet, regions=("de",))
    assert (first.duty.action, first.is_late) == ("open", True)
    assert [one.duty.action for one in rest] == ["close"], "what was staged for it goes again"
    assert names(opened().target) == []


def test_what_was_opened_as_its_window_ended_is_closed_by_the_same_run(opened: Callable[[], Drop]) -> None:
    ticks = iter([CLOSES - timedelta(seconds=2), CLOSES - timedelta(seconds=1), CLOSES])
    done = list(tend(opened(), lambda: next(ticks), quiet, regions=("de",)))
    assert told(done) == [("open", "the-red-kite-de"), ("close", "the-red-kite-de")]
    assert names(opened().target) == []


def test_one_region_can_be_seen_to_alone_while_all_that_is_over_is_closed(opened: Callable[[], Drop]) -> None:
    assert told(list(tend(opened(), at(OPENS), quiet, regions=("",)))) == []
    list(tend(opened(), at(OPENS), quiet))
    done = tend(opened(), at(CLOSES), quiet, regions=("",))
    assert told(list(done)) == [("close", "the-red-kite-de"), ("open", "the-red-kite")]
    with pytest.raises(InputError, match=r"opens no region 'ed' \(did you mean de"):
        check_regions(opened(), ["ed"])


def test_what_somebody_published_before_its_window_is_closed(opened: Callable[[], Drop], german: SmallPackage) -> None:
    publish(planned(german, "the-red-kite-de"), german.folder, opened().target, quiet)
    done = list(tend(opened(), at(OPENS - timedelta(days=3)), quiet))
    assert told(done) == [("close", "the-red-kite-de")]


def test_an_edition_that_the_calendar_has_no_more_is_closed_and_those_of_others_stay(
    opened: Callable[[], Drop], calendar: Path, whole: SmallPackage
) -> None:
    list(tend(opened(), at(OPENS), quiet))
    publish(planned(whole, "the-red-kite-fr"), whole.folder, opened().target, quiet)
    calendar.write_text(CALENDAR.format(more="").replace("\nde =", "\ntyrol =").replace('"de"', '"tyrol"'))
    shutil.rmtree(calendar.parent / "packages" / "regions")
    done = list(tend(opened(), at(OPENS), quiet))
    assert told(done) == [("close", "the-red-kite-de"), ("open", "the-red-kite-tyrol")]
    assert {"the-red-kite-fr.m3u8", "the-red-kite-tyrol.m3u8"} <= set(names(opened().target))


def test_where_nginx_opens_the_entry_is_laid_in_advance_and_taken_away_after(
    opened: Callable[[], Drop], calendar: Path
) -> None:
    calendar.write_text(CALENDAR.format(more='hold = "edge"'))
    target, entry = opened().target, "held/the-red-kite-de.m3u8"
    assert told(list(tend(opened(), at(OPENS - timedelta(hours=3)), quiet))) == [("open", "the-red-kite-de")]
    assert target.read(entry) is not None and target.read("the-red-kite-de.m3u8") is None
    assert list(tend(opened(), at(OPENS), quiet)) == []
    (done,) = close_due(opened(), at(CLOSES), quiet)
    assert target.read(entry) is None and entry in done.purge


@pytest.mark.parametrize("later", [-timedelta(hours=1), timedelta(hours=49)])
def test_what_a_run_opened_that_was_killed_before_it_could_note_it_is_closed_too(
    opened: Callable[[], Drop], calendar: Path, monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    """By a clock that was an hour fast; and between two windows, when the edition is still needed."""
    again = '[[drops]]\nregions = "de"\nopens = 2026-12-07T20:00:00\n'
    calendar.write_text(CALENDAR.format(more="upload_hours = 24") + again)
    list(tend(opened(), at(OPENS - timedelta(hours=2)), quiet))
    with monkeypatch.context() as patched:
        patched.setattr(Editions, "open", _killed)
        with pytest.raises(KeyboardInterrupt):
            list(tend(opened(), at(OPENS), quiet, regions=("de",)))
    assert opened().target.read("the-red-kite-de.m3u8") is not None
    done = told(list(tend(opened(), at(OPENS + later), quiet, regions=("de",))))
    assert done[0] == ("close", "the-red-kite-de") and opened().target.read("the-red-kite-de.m3u8") is None


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_entry_that_somebody_removed_is_put_back(opened: Callable[[], Drop]) -> None:
    list(tend(opened(), at(OPENS), quiet))
    opened().target.remove("the-red-kite-de.m3u8")
    assert told(list(tend(opened(), at(OPENS), quiet))) == [("open", "the-red-kite-de")]
    assert opened().target.read("the-red-kite-de.m3u8") is not None


def test_one_bad_package_is_named_and_keeps_no_other_edition_from_being_seen_to(
    opened: Callable[[], Drop], whole: SmallPackage
) -> None:
    list(tend(opened(), at(OPENS), quiet))
    (whole.folder / "master.m3u8").unlink()
    closed, failed = tend(opened(), at(CLOSES), quiet)
    assert closed.error is None and closed.duty.action == "close"
    assert failed.duty.action == "open" and "There is no package for everybody else" in str(failed.error)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("spoilt", ["the page", "the folder for temporary files"])
def test_one_page_that_cannot_be_written_keeps_nothing_else_from_being_seen_to(
    calendar: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str
) -> None:
    calendar.write_text(CALENDAR.format(more="") + "[page]\n")
    page = calendar.parent / "www" / "the-red-kite-de.html"
    list(tend(open_drop(calendar), at(OPENS), quiet))
    page.unlink()
    if spoilt == "the page":
        page.mkdir()
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(page.parent / "nosuch"))
    done = list(tend(open_drop(calendar), at(CLOSES), quiet))
    assert [one.duty.action for one in done if one.error is None] == ["close", "open"]
    (failed,) = (one for one in done if one.error is not None)
    assert failed.duty.edition == page.name
    assert ("is not a file that we put there" if spoilt == "the page" else "TMPDIR") in str(failed.error)


def test_a_region_of_a_preset_never_gets_the_film_of_another(
    opened: Callable[[], Drop], german: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(german.folder)
    shutil.copytree(german.folder.parents[2] / "hls", german.folder)  # an older one, that says no region
    manifest = german.folder / "package.json"
    manifest.write_text(manifest.read_text().replace('"region": ""', '"region": "fr"'))
    (done,) = tend(opened(), at(OPENS), quiet)
    assert "is for fr, and was found for de" in str(done.error)
    shutil.rmtree(german.folder)
    monkeypatch.setattr(drops, "load_region", lambda _: None)
    (done,) = tend(opened(), at(OPENS), quiet)
    assert "matinee package FILM --region de" in str(done.error) and names(opened().target) == []


def test_verdicts_hold_also_for_drops(opened: Callable[[], Drop], calendar: Path, german: SmallPackage) -> None:
    calendar.write_text(CALENDAR.format(more="require_approval = true"))
    digest = planned(german).entry.sha256

    def judge(verdict: Any) -> None:
        opened().ledger.record_verdict(digest=digest, platform="hls", region="de", verdict=verdict, who="Ana", note="")

    (done,) = tend(opened(), at(OPENS), quiet)
    assert "was approved by nobody" in str(done.error)
    judge("rejected")
    (done,) = tend(opened(), at(OPENS), quiet)
    assert "was rejected by Ana" in str(done.error) and names(opened().target) == []
    judge("approved")
    assert told(list(tend(opened(), at(OPENS), quiet))) == [("open", "the-red-kite-de")]


def test_a_rehearsal_leaves_nothing_at_a_store_and_tells_what_could_not_be_fetched(
    calendar: Path, store: Store, german: SmallPackage
) -> None:
    text = CALENDAR.format(more=f'endpoint = "{store.url}"').replace('target = "www"', f'target = "s3://{BUCKET}/hls"')
    calendar.write_text(text)
    drop = open_drop(calendar)
    list(tend(drop, at(OPENS - timedelta(hours=1)), quiet))
    before = store.all_keys()
    whole, secret = rehearse(drop, quiet, "http://127.0.0.1:9")
    assert store.all_keys() == before and drop.target.editions.find("the-red-kite-de") is not None
    assert (whole.fetched, secret.fetched) == (0, 0) and "cannot be fetched" in secret.faults[0]
    assert 0 < secret.upload_files < len(german.names), "segments are staged already"
    assert {one.edition.target for one in list_editions(drop.ledger)} == {drop.target.where}


def test_what_is_staged_is_staged_again_only_where_its_package_is_another_or_something_lacks(
    opened: Callable[[], Drop], german: SmallPackage, whole: SmallPackage
) -> None:
    before = OPENS - timedelta(hours=1)
    staged = [("stage", "the-red-kite-de")]
    assert told(list(tend(opened(), at(before), quiet))) == staged
    editions = opened().target.editions
    editions.forget([next(iter(german.segments - whole.segments))])
    assert told(list(tend(opened(), at(before), quiet))) == staged
    shutil.rmtree(german.folder)
    make_small_package(german.folder, region="de", scenes="axy")
    assert told(list(tend(opened(), at(before), quiet))) == staged
    assert list(tend(opened(), at(before), quiet)) == []
