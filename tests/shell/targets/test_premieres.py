"""Premieres by the calendar, by a clock of the test's own: what lies at the target at every instant, and afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError, StoreError
from pipeline.plan.live_edition import is_live
from pipeline.plan.origin import FOR_A_SECOND
from pipeline.plan.premiere import BEHIND_S, HELD_BACK
from pipeline.plan.publication import entry_of, references_of
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.shell.drops import Drop, due_now, look, open_drop, tend
from pipeline.shell.editions import Editions
from pipeline.shell.foreign_entries import names_of_others
from pipeline.shell.premieres import show_premieres
from pipeline.shell.publications import publish
from pipeline.shell.takedowns import close_edition, sweep
from pipeline.shell.targets import Target
from pipeline.shell.targets.answers import StoreUnavailable
from pipeline.shell.targets.folder import FolderTarget
from tests.shell.stores import Store
from tests.shell.targets.looking import Opener, everything, planned, quiet
from tests.small_packages import SmallPackage, make_small_package

OPENS = datetime(2026, 12, 4, 19, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SCENES = "abcdefghijklmn"
LENGTH = 6 * len(SCENES) * SECOND
CALENDAR = """\
film = "the-red-kite"
target = "www"
address = "https://films.example.org"
zone = "Europe/Berlin"
packages = "packages"
[countries]
de = ["DE", "AT"]
[[drops]]
regions = "de"
opens = 2026-12-04T20:00:00
premiere = true
"""
ELSEWHERE = '[[drops]]\nopens = "2026-12-04 20:00:30"\npremiere = true\n'
EDITION = "the-red-kite-de"


@dataclass
class Clock:
    """Goes on only while somebody waits; `meanwhile` is called at every instant at which nothing is being done."""

    now: datetime = OPENS
    meanwhile: Callable[[datetime, datetime], None] = lambda *_: None
    told: list[str] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        self.meanwhile(self.now, until)
        self.now = max(self.now, until)

    def run(self, drop: Drop) -> list[tuple[str, str]]:
        """Do what `matinee drop tend` does, and return what that was."""
        done = [*tend(drop, self, quiet), *show_premieres(drop, self, self.sleep, quiet, self.told.append)]
        assert [str(one.error) for one in done if one.error] == []
        return [(one.duty.action, one.duty.edition) for one in done]


@pytest.fixture
def german(tmp_path: Path) -> SmallPackage:
    folder = tmp_path / "packages" / "regions" / "de" / "hls"
    return make_small_package(folder, region="de", scenes=SCENES)


@pytest.fixture
def calendar(tmp_path: Path, german: SmallPackage) -> Path:  # noqa: ARG001 - it is found there
    path = tmp_path / "kite.calendar.toml"
    path.write_text(CALENDAR)
    return path


@pytest.fixture
def opened(calendar: Path, in_folder: Opener) -> Callable[[], Drop]:
    """Open the calendar's drop anew, as another run would."""
    return lambda: replace(open_drop(calendar), target=in_folder())


def playlists(target: Target, edition: str = EDITION) -> list[MediaPlaylist]:
    """Return the media playlists that an edition's entry leads to; all that they name is there."""
    entry = target.read(entry_of(edition))
    assert entry is not None
    master = read_playlist(entry.data).playlist
    assert isinstance(master, MultivariantPlaylist)
    found = []
    for name in references_of(master):
        text = target.read(name)
        assert text is not None, name
        media = read_playlist(text.data).playlist
        assert isinstance(media, MediaPlaylist) and media.segments
        assert all(target.read(one) is not None for one in references_of(media))
        found.append(media)
    return found


def played(playlist: MediaPlaylist) -> timedelta:
    """Return where a player begins that comes now; segments are of six seconds."""
    end = 6 * (playlist.media_sequence + len(playlist.segments))
    return max(0, end - HELD_BACK * playlist.target_duration) * SECOND


def check_live(target: Target, since: timedelta, until: timedelta, edition: str = EDITION) -> None:
    """Check that what lies there from one instant to another is a premiere that is at most 15 s behind."""
    found = playlists(target, edition)
    assert len(found) == 3, "picture, sound and words, no key pictures"
    assert len({(one.media_sequence, len(one.segments), one.is_ended) for one in found}) == 1
    for one in found:
        assert one.playlist_type is None
        assert one.is_ended or until - played(one) <= BEHIND_S * SECOND
        assert played(one) <= since


def live_left(target: Target) -> list[str]:
    return [name for name in target.root_names() if is_live(name)]


def check_over(target: Target, package: SmallPackage, edition: str = EDITION) -> None:
    """Check that the film is in place as it is, and nothing is left of its premiere."""
    assert everything(target, edition) >= package.playlists
    entry = target.read(entry_of(edition))
    assert entry is not None and entry.data == package.master and live_left(target) == []
    assert not [one.name for one in target.editions.names_of(edition) if is_live(one.name)]
    found = target.editions.find(edition)
    assert found is not None and (found.state, found.master) == ("open", planned(package).entry.sha256)


def test_from_the_opening_on_everybody_is_at_most_15_s_behind_and_afterwards_the_film_is_there(
    opened: Callable[[], Drop], german: SmallPackage
) -> None:
    drop, seen = opened(), list[datetime]()

    def meanwhile(now: datetime, until: datetime) -> None:
        seen.append(now)
        standing = look(drop)
        assert standing.in_place == {EDITION} and standing.live == {EDITION}
        assert [one.action for one in due_now(drop, now)] == ["show"]
        if now < OPENS + LENGTH + 60 * SECOND:
            check_live(drop.target, now - OPENS, until - OPENS)
        else:
            assert everything(drop.target, EDITION) >= german.playlists

    clock = Clock(OPENS - 3600 * SECOND, meanwhile)
    assert clock.run(drop) == [("stage", EDITION)] and live_left(drop.target) == []
    clock.now = OPENS
    assert clock.run(drop) == [("open", EDITION), ("show", EDITION)]
    assert clock.now >= OPENS + LENGTH + 120 * SECOND and len(seen) > LENGTH / SECOND
    check_over(drop.target, german)
    assert clock.run(drop) == [] and clock.told == []


def test_at_a_store_live_playlists_are_kept_for_a_second_and_go_as_they_came(
    calendar: Path, german: SmallPackage, in_store: Opener, store: Store
) -> None:
    shutil.rmtree(german.folder)
    package = make_small_package(german.folder, region="de", scenes="abc")
    drop, checks = replace(open_drop(calendar), target=in_store()), [0, 5, 11, 17]

    def meanwhile(now: datetime, until: datetime) -> None:
        if checks and now >= OPENS + checks[0] * SECOND:
            check_live(drop.target, now - OPENS, until - OPENS)
            checks.pop(0)
            live = [store.read(f"hls/{name}") for name in live_left(drop.target)]
            assert {(one["CacheControl"], one["ContentType"], one["ContentEncoding"]) for one in live} == {
                (FOR_A_SECOND, "application/vnd.apple.mpegurl", "gzip")
            }

    clock = Clock(OPENS, meanwhile)
    assert clock.run(drop) == [("open", EDITION), ("show", EDITION)] and checks == []
    check_over(drop.target, package)


def test_live_names_hold_the_film_while_caches_hand_out_the_entry_of_before(
    opened: Callable[[], Drop], german: SmallPackage
) -> None:
    drop, kept = opened(), dict[str, bytes]()

    def meanwhile(now: datetime, _: datetime) -> None:
        if now < OPENS + SECOND:
            kept.update(dict.fromkeys(live_left(drop.target), b""))
        if OPENS + LENGTH + 61 * SECOND < now < OPENS + LENGTH + 119 * SECOND:
            kept.update({name: found.data for name in kept if (found := drop.target.read(name)) is not None})

    Clock(OPENS, meanwhile).run(drop)
    assert {*kept.values()} == {(german.folder / name).read_bytes() for name in german.playlists}


def test_who_comes_late_starts_at_the_place_of_the_clock_and_after_the_film_opens_it(
    opened: Callable[[], Drop], german: SmallPackage
) -> None:
    late = 20 * SECOND
    clock = Clock(OPENS + late)
    list(tend(opened(), clock, quiet))
    check_live(opened().target, late, late)
    close_edition(EDITION, opened().target, 0)
    clock = Clock(OPENS + LENGTH + 61 * SECOND)
    assert clock.run(opened()) == [("open", EDITION)]
    check_over(opened().target, german)


def test_who_slept_goes_on_at_the_place_of_the_clock(opened: Callable[[], Drop], german: SmallPackage) -> None:
    drop, naps = opened(), [40 * SECOND, 25 * SECOND]

    def meanwhile(now: datetime, until: datetime) -> None:
        if now < OPENS + LENGTH:
            check_live(drop.target, now - OPENS, until - OPENS)
            if naps and now > OPENS + 8 * SECOND:
                clock.now += naps.pop()

    clock = Clock(OPENS, meanwhile)
    clock.run(drop)
    assert naps == []
    check_over(drop.target, german)


def test_one_run_shows_it_and_another_says_so_and_does_all_else(
    opened: Callable[[], Drop], german: SmallPackage
) -> None:
    asked = []

    def meanwhile(now: datetime, _: datetime) -> None:
        if now > OPENS + 10 * SECOND and not asked:
            other = Clock(now)
            asked.append(other.run(opened()))
            assert other.told == [f"Another run shows the premiere of {EDITION}."]

    Clock(OPENS, meanwhile).run(opened())
    assert asked == [[]]
    check_over(opened().target, german)


def test_a_region_that_begins_meanwhile_is_shown_by_the_same_run(
    opened: Callable[[], Drop], calendar: Path, german: SmallPackage, tmp_path: Path
) -> None:
    whole = make_small_package(tmp_path / "packages" / "hls", scenes=SCENES[::-1])
    calendar.write_text(CALENDAR + ELSEWHERE)
    begun = []

    def meanwhile(now: datetime, until: datetime) -> None:
        since = now - OPENS
        if since < LENGTH:
            check_live(opened().target, since, until - OPENS)
        if since >= 30 * SECOND and not begun:
            begun.append(Clock(now).run(opened()))
        if begun and 33 * SECOND < since < LENGTH:
            later = OPENS + 30 * SECOND
            check_live(opened().target, now - later, until - later, "the-red-kite")

    done = Clock(OPENS, meanwhile).run(opened())
    assert done == [("open", EDITION), ("stage", "the-red-kite"), ("show", EDITION), ("show", "the-red-kite")]
    assert begun == [[("open", "the-red-kite")]]
    check_over(opened().target, german)
    check_over(opened().target, whole, "the-red-kite")


def test_a_window_that_ends_before_the_film_takes_the_premiere_away(opened: Callable[[], Drop], calendar: Path) -> None:
    calendar.write_text("hours = 0.01\n" + CALENDAR)
    clock = Clock(OPENS)
    assert clock.run(opened()) == [("open", EDITION), ("show", EDITION)]
    assert OPENS + 36 * SECOND <= clock.now < OPENS + 38 * SECOND
    assert clock.run(opened()) == [("close", EDITION)]
    target = opened().target
    assert [name for name in target.root_names() if name.endswith(".m3u8")] == []
    assert not any(is_live(name) for name in target.editions.in_use().get(EDITION, ()))


def test_what_somebody_closes_meanwhile_stays_closed(opened: Callable[[], Drop]) -> None:
    def meanwhile(now: datetime, _: datetime) -> None:
        if OPENS + 20 * SECOND < now < OPENS + 22 * SECOND:
            close_edition(EDITION, opened().target, 0)

    clock = Clock(OPENS, meanwhile)
    assert clock.run(opened()) == [("open", EDITION), ("show", EDITION)]
    assert clock.now < OPENS + 25 * SECOND
    assert [name for name in opened().target.root_names() if name.endswith(".m3u8")] == []


def test_what_somebody_publishes_meanwhile_stays_and_who_watches_goes_on(
    opened: Callable[[], Drop], tmp_path: Path
) -> None:
    other = make_small_package(tmp_path / "other", region="de", scenes="xyz")
    live = set[str]()

    def meanwhile(now: datetime, _: datetime) -> None:
        target = opened().target
        if now > OPENS + 20 * SECOND and not live:
            live.update(live_left(target))
            publish(planned(other), other.folder, target, quiet)
        if live and now < OPENS + LENGTH:
            assert everything(target, EDITION) >= other.playlists and {*live_left(target)} == live
            assert due_now(opened(), now)[0].action == "show"

    Clock(OPENS, meanwhile).run(opened())
    check_over(opened().target, other)


def test_nothing_that_a_premiere_leads_to_is_swept_or_taken_for_a_strangers(opened: Callable[[], Drop]) -> None:
    drop = opened()
    list(tend(drop, Clock(OPENS), quiet))
    before = drop.target.root_names()
    assert names_of_others(drop.target).entries == ()
    assert sweep(drop.target, OPENS + timedelta(days=90)).removed == () and drop.target.root_names() == before
    check_live(drop.target, 0 * SECOND, 0 * SECOND)


def test_an_error_that_goes_away_is_told_once_and_ends_no_premiere(
    opened: Callable[[], Drop], german: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, put = opened(), FolderTarget.replace

    def fail(target: FolderTarget, *given: Any) -> None:
        since = clock.now - OPENS
        if 10 * SECOND < since < 30 * SECOND or 60 * SECOND <= since - LENGTH < 69 * SECOND:
            raise StoreUnavailable("The store is busy.")
        put(target, *given)

    def meanwhile(now: datetime, until: datetime) -> None:
        if 30 * SECOND < now - OPENS < LENGTH:
            check_live(drop.target, now - OPENS, until - OPENS)

    clock = Clock(OPENS, meanwhile)
    monkeypatch.setattr(FolderTarget, "replace", fail)
    clock.run(drop)
    assert clock.told == [f"{EDITION}: The store is busy. It is tried again."] * 2
    check_over(drop.target, german)


def test_a_ledger_that_others_lock_for_a_while_ends_no_premiere(
    opened: Callable[[], Drop], german: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, clock, asked = opened(), Clock(), Editions.all
    list(tend(drop, clock, quiet))

    def locked(editions: Editions) -> Any:
        if OPENS + 20 * SECOND <= clock.now < OPENS + 30 * SECOND:
            raise StoreError("The ledger cannot be used (database is locked).", remedy="Check the disk.")
        return asked(editions)

    monkeypatch.setattr(Editions, "all", locked)
    (done,) = show_premieres(drop, clock, clock.sleep, quiet, clock.told.append)
    assert done.error is None
    check_over(opened().target, german)


def test_what_cannot_be_put_in_place_at_the_end_is_told_and_done_by_the_next_run(
    opened: Callable[[], Drop], german: SmallPackage, tmp_path: Path
) -> None:
    away = tmp_path / "away"

    def meanwhile(now: datetime, _: datetime) -> None:
        if now > OPENS + LENGTH and not away.exists():
            shutil.move(german.folder, away)

    clock = Clock(OPENS, meanwhile)
    (_, done) = [*tend(opened(), clock, quiet), *show_premieres(opened(), clock, clock.sleep, quiet, clock.told.append)]
    assert done.error is not None and "no package for de" in str(done.error) and "no package for de" in clock.told[0]
    playlists(opened().target)
    clock.meanwhile = lambda *_: None
    shutil.move(away, german.folder)
    assert clock.run(opened()) == [("show", EDITION)]
    check_over(opened().target, german)


def test_another_package_or_calendar_is_heeded_by_the_run_after_one_that_was_killed(
    opened: Callable[[], Drop], calendar: Path, german: SmallPackage
) -> None:
    clock = Clock(OPENS)
    list(tend(opened(), clock, quiet))
    shutil.rmtree(german.folder)
    make_small_package(german.folder, region="de", scenes=SCENES[::-1])
    clock.meanwhile = stop_at(OPENS + 12 * SECOND)
    with pytest.raises(Killed):
        clock.run(opened())
    check_live(opened().target, 12 * SECOND, 12 * SECOND)
    assert len(live_left(opened().target)) == 3, "those of the other package are gone"
    calendar.write_text(CALENDAR.replace("premiere = true", ""))
    clock.meanwhile = lambda *_: None
    assert clock.run(opened()) == [("show", EDITION)]
    check_over(opened().target, german)


class Killed(BaseException):
    """Nobody of ours catches this."""


def stop_at(instant: datetime) -> Callable[[datetime, datetime], None]:
    def stop(now: datetime, _: datetime) -> None:
        if now >= instant:
            raise Killed

    return stop


@dataclass
class Fuse:
    """Kills a run before one of its writes, at the target or in the ledger."""

    left: int

    def burn(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Killed


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fuse]:
    fuse = Fuse(10**9)
    for owner, name in (
        *((FolderTarget, one) for one in ("put", "replace", "remove")),
        *((Editions, one) for one in ("begin", "open", "intend", "disown")),
    ):
        original: Any = getattr(owner, name)

        def write(*given: Any, original: Any = original) -> Any:
            fuse.burn()
            return original(*given)

        monkeypatch.setattr(owner, name, write)
    return fuse


def _check_until(target: Target, end: datetime, now: datetime, until: datetime) -> None:
    if now < end:
        check_live(target, now - OPENS, until - OPENS)


@pytest.mark.parametrize("first", range(4))
def test_killed_before_any_write_a_run_leaves_what_plays_and_the_next_one_goes_on(
    calendar: Path, german: SmallPackage, tmp_path: Path, fuse: Fuse, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    # One write after the other, so that each can be the last.
    monkeypatch.setattr("pipeline.shell.targets.workers._AT_ONCE", 1)
    monkeypatch.setattr("pipeline.shell.premieres._LOOK_S", 60.0)
    shutil.rmtree(german.folder)
    package = make_small_package(german.folder, region="de", scenes="abcd")
    writes = first
    while True:
        calendar.write_text(CALENDAR.replace('"www"', f'"www{writes}"'))
        clock, target = Clock(OPENS), open_drop(calendar).target
        fuse.left = writes
        try:
            clock.run(open_drop(calendar))
        except Killed:
            pass
        else:
            break
        fuse.left = 10**9
        if target.read(entry_of(EDITION)) is not None:
            playlists(target)
        clock.now += 4 * SECOND
        clock.meanwhile = partial(_check_until, target, OPENS + 84 * SECOND)
        clock.run(open_drop(calendar))
        assert clock.now >= OPENS + 84 * SECOND
        check_over(target, package)
        shutil.rmtree(tmp_path / f"www{writes}")
        writes += 4
    assert writes > 40


def test_a_live_name_that_somebody_else_took_is_left_alone_and_keeps_nothing_open(
    opened: Callable[[], Drop], www: Path
) -> None:
    taken = list[Path]()

    def meanwhile(now: datetime, _: datetime) -> None:
        if now > OPENS + 20 * SECOND and not taken:
            taken.append(www / min(live_left(opened().target)))
            taken[0].write_text("mine")
        if now > OPENS + 40 * SECOND:
            others = [path for path in www.glob("*.live-*.m3u8") if path not in taken]
            assert len(others) == 2 and all("19:00:36" in path.read_text() for path in others)
            raise Killed

    clock = Clock(OPENS, meanwhile)
    list(tend(opened(), clock, quiet))
    with pytest.raises(Killed):
        show_premieres(opened(), clock, clock.sleep, quiet, clock.told.append)
    (told,) = clock.told
    assert "was not put there from here" in told
    close_edition(EDITION, opened().target, 0)
    assert {*www.glob("*.m3u8")} == {*taken} and taken[0].read_text() == "mine"


def test_nothing_is_asked_or_locked_where_no_premiere_was_begun(opened: Callable[[], Drop]) -> None:
    def fail(*_: Any) -> Any:
        raise PublishError("It was asked.")

    clock = Clock(OPENS - 3600 * SECOND)
    assert show_premieres(opened(), clock, fail, fail, fail) == ()
