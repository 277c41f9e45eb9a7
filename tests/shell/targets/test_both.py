"""What holds at every target: what is shared, in which order things appear and go, and that a run can be repeated."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import InputError, PublishError
from pipeline.pages import PageEntries
from pipeline.plan.drop_pages import edition_page
from pipeline.plan.publication import Item
from pipeline.shell.drop_pages import write_page
from pipeline.shell.editions import list_editions
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publications import open_edition, publish, stage
from pipeline.shell.takedowns import close_edition, sweep
from pipeline.shell.targets import Busy
from tests.shell.targets.looking import Opener, everything, planned, quiet
from tests.small_packages import SmallPackage, make_small_package


def test_an_edition_is_there_whole_and_again_is_nothing_to_do(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    done = publish(planned(kite), kite.folder, target, quiet)
    assert everything(target, "the-red-kite") == {*kite.playlists, *kite.segments} - {
        name for name in kite.segments if name.endswith(".jpg")
    }
    assert (done.state, done.was_there, done.sent.files) == ("open", False, len(kite.names) - 3)
    again = publish(planned(kite), kite.folder, opener(), quiet)
    assert (again.was_there, again.sent.files, again.purge, again.orphans) == (True, 0, (), ())


def test_what_is_the_same_is_stored_once(opener: Opener, kite: SmallPackage, kite_de: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    done = publish(planned(kite_de), kite_de.folder, target, quiet)
    new = (kite_de.segments - kite.segments) | (kite_de.playlists - kite.playlists)
    assert done.sent.files == len(new) + 2  # poster and thumbnails
    whole, other = list_editions(Ledger(find_home().ledger))
    assert (whole.edition.name, other.edition.name) == ("the-red-kite", "the-red-kite-de")
    shared = sum((kite.folder / name).stat().st_size for name in kite.segments & kite_de.segments)
    assert whole.shared_bytes == other.shared_bytes == shared > 0


def test_taking_one_away_leaves_the_other_whole(opener: Opener, kite: SmallPackage, kite_de: SmallPackage) -> None:
    target = opener()
    for package in (kite, kite_de):
        publish(planned(package), package.folder, target, quiet)
    done = close_edition("the-red-kite", target, 3600)
    assert target.read("the-red-kite.m3u8") is None
    assert set(done.later) == kite.segments - kite_de.segments
    assert set(done.kept) == kite.segments & kite_de.segments
    assert set(done.kept.values()) == {("the-red-kite-de",)}
    assert done.purge[0] == "the-red-kite.m3u8" and kite.playlists - kite_de.playlists <= set(done.purge)
    assert all(target.read(name) is None for name in kite.playlists - kite_de.playlists)
    assert all(target.read(name) is not None for name in done.later), "players that began before play on"
    everything(target, "the-red-kite-de")
    again = close_edition("the-red-kite", target, 3600)
    assert (again.was_there, again.purge, again.later) == (False, (), ())


def test_what_nobody_has_goes_after_the_grace(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    close_edition("the-red-kite", target, 3600)
    assert sweep(target).removed == () and set(sweep(target).waiting) == kite.segments
    swept = sweep(target, datetime(9999, 1, 1, tzinfo=UTC))
    assert set(swept.removed) == kite.segments and sweep(target) == type(swept)()
    assert target.root_names() == () and all(target.read(name) is None for name in kite.segments)


def test_publishing_again_takes_back_what_waits(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    close_edition("the-red-kite", target, 3600)
    done = publish(planned(kite), kite.folder, target, quiet)
    assert done.sent.files == len(kite.playlists) + 2 and target.editions.orphans() == ()
    assert sweep(target, datetime(9999, 1, 1, tzinfo=UTC)).removed == ()
    everything(target, "the-red-kite")


def test_another_package_under_the_name_replaces_the_entry_and_the_old_one_plays_on(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    done = publish(planned(kite_de, "the-red-kite"), kite_de.folder, target, quiet)
    assert done.purge == ("the-red-kite.m3u8",) and done.swept.removed == ()
    assert {*kite.segments - kite_de.segments, *kite.playlists - kite_de.playlists} <= set(done.orphans)
    assert all(target.read(name) is not None for name in done.orphans)
    everything(target, "the-red-kite")
    sweep(target, datetime(9999, 1, 1, tzinfo=UTC))
    everything(target, "the-red-kite")
    back = publish(planned(kite), kite.folder, target, quiet)
    assert back.sent.files > 0 and everything(target, "the-red-kite")


def test_before_an_embargo_ends_nothing_leads_to_what_is_there(opener: Opener, kite: SmallPackage) -> None:
    target, editions = opener(), opener().editions
    publication = planned(kite)
    staged = stage(publication, kite.folder, target, quiet)
    assert staged.state == "staged" and target.root_names() == ()
    assert editions.there() == kite.segments == {one.name for one in editions.names_of("the-red-kite")}
    opened = open_edition(publication, kite.folder, opener(), quiet)
    assert opened.state == "open" and opened.sent.files == len(kite.playlists) + 2
    everything(target, "the-red-kite")
    close_edition("the-red-kite", target, 0)
    assert editions.there() == frozenset() and [one.state for one in editions.all()] == ["closed"]


def test_what_was_not_staged_is_not_opened(opener: Opener, kite: SmallPackage) -> None:
    target, publication = opener(), planned(kite)
    stage(publication, kite.folder, target, quiet)
    target.remove(publication.segments[3].name)
    with pytest.raises(PublishError, match=publication.segments[3].name):
        open_edition(publication, kite.folder, target, quiet)
    assert target.root_names() == ()


def test_staging_a_new_cut_leaves_the_open_one_alone(opener: Opener, kite: SmallPackage, kite_de: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    staged = stage(planned(kite_de, "the-red-kite"), kite_de.folder, target, quiet)
    assert staged.state == "open"
    entry = target.read("the-red-kite.m3u8")
    assert entry is not None and entry.data == kite.master
    assert sweep(target, datetime(9999, 1, 1, tzinfo=UTC)).removed == ()
    close_edition("the-red-kite", target, 0)
    assert target.editions.there() == frozenset() and target.root_names() == ()


def test_a_name_that_is_not_ours_is_refused_before_anything_is_written(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    target = opener()
    publish(planned(kite_de), kite_de.folder, target, quiet)
    foreign = Item("the-red-kite.m3u8", "entry", 7, hashlib.sha256(b"#EXTM3U").hexdigest(), "")
    target.replace(foreign, b"#EXTM3U", None)
    before = target.editions.there()
    for _ in range(2):
        with pytest.raises(InputError, match="not put there from here") as caught:
            publish(planned(kite), kite.folder, target, quiet)
    assert caught.value.exit_code == 2 and target.editions.there() == before
    found = target.read("the-red-kite.m3u8")
    assert found is not None and found.data == b"#EXTM3U"


def test_an_entry_that_somebody_changed_is_neither_replaced_nor_removed(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    found = target.read("the-red-kite.m3u8")
    assert found is not None
    target.replace(planned(kite).entry, found.data + b"# mine\n", found.tag)
    with pytest.raises(InputError, match="changed since"):
        publish(planned(kite_de, "the-red-kite"), kite_de.folder, target, quiet)
    with pytest.raises(InputError, match="changed since"):
        close_edition("the-red-kite", target)
    assert target.read("the-red-kite.m3u8") is not None


def test_a_name_made_from_content_is_never_written_over(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage, tmp_path: Path
) -> None:
    target, publication = opener(), planned(kite)
    publish(planned(kite_de), kite_de.folder, target, quiet)
    (tmp_path / "other").write_bytes(b"other bytes")
    name = next(one.name for one in publication.segments if one.name not in target.editions.there())
    other = Item(name, "segment", 11, hashlib.sha256(b"other bytes").hexdigest(), "")
    target.put(other, tmp_path / "other")
    with pytest.raises(PublishError, match="with other bytes") as caught:
        publish(publication, kite.folder, target, quiet)
    assert name in str(caught.value) and target.read("the-red-kite.m3u8") is None
    with pytest.raises(PublishError, match="with other bytes"):
        target.put(next(one for one in publication.segments if one.name == name), kite.folder / name)
    found = target.read(name)
    assert found is not None and found.data == b"other bytes"


def test_what_another_home_published_there_is_never_swept_away(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    monkeypatch.setenv("MATINEE_HOME", str(tmp_path / "another"))
    theirs = opener()
    publish(planned(kite_de), kite_de.folder, theirs, quiet)
    assert list_editions(Ledger(find_home().ledger))[0].shared_bytes == 0, "it knows nothing of the other"
    done = close_edition("the-red-kite", target, 0)
    everything(theirs, "the-red-kite-de")
    assert set(done.swept.kept) >= kite.segments & kite_de.segments
    assert "the-red-kite-de.m3u8" in done.swept.notes[0]
    assert all(target.read(name) is None for name in kite.segments - kite_de.segments if not name.endswith(".jpg"))


def test_nothing_is_swept_while_something_is_published(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    with opener().sharing():
        with pytest.raises(Busy, match="Another run"):
            sweep(target)
        done = close_edition("the-red-kite", target, 0)
        assert done.swept.removed == () and "matinee sweep" in done.swept.notes[0]
        assert all(target.read(name) is not None for name in kite.segments)
    assert set(sweep(target).removed) >= kite.segments


def test_of_two_runs_under_one_name_the_later_wins_and_the_other_is_told(
    opener: Opener, kite: SmallPackage, kite_de: SmallPackage
) -> None:
    target, other = opener(), opener()
    is_first = True

    def overtake(stage: str, share: float, _: object) -> None:
        nonlocal is_first
        if stage == "sending" and share == 1 and is_first:
            is_first = False
            publish(planned(kite_de, "the-red-kite"), kite_de.folder, other, quiet)

    with pytest.raises(PublishError, match="changed by another run"):
        publish(planned(kite), kite.folder, target, overtake)
    entry = target.read("the-red-kite.m3u8")
    assert entry is not None and entry.data == kite_de.master
    everything(target, "the-red-kite")


def test_an_edition_that_was_never_there_is_told_with_the_nearest(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    with pytest.raises(InputError, match="did you mean the-red-kite"):
        close_edition("the-red-kit", target)


def test_a_package_that_changes_meanwhile_is_not_opened(opener: Opener, tmp_path: Path) -> None:
    package = make_small_package(tmp_path / "changing")
    publication = planned(package)
    (package.folder / publication.segments[0].name).write_bytes(b"changed")
    target = opener()
    with pytest.raises(InputError, match="changed while"):
        publish(publication, package.folder, target, quiet)
    assert target.read("the-red-kite.m3u8") is None and target.read(publication.segments[0].name) is None


def test_an_edition_that_was_staged_goes_though_another_took_its_name(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    stage(planned(kite), kite.folder, target, quiet)
    foreign = Item("the-red-kite.m3u8", "entry", 7, hashlib.sha256(b"#EXTM3U").hexdigest(), "")
    target.replace(foreign, b"#EXTM3U", None)
    close_edition("the-red-kite", target, 0)
    assert target.root_names() == ("the-red-kite.m3u8",)
    assert target.editions.there() <= {name for name in kite.segments if name.endswith(".jpg")}


def test_an_entry_of_a_run_that_was_killed_right_after_it_is_ours_to_take_away(
    opener: Opener, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = opener()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.shell.editions.Editions.open", die)
        with pytest.raises(KeyboardInterrupt):
            publish(planned(kite), kite.folder, target, quiet)
    assert target.read("the-red-kite.m3u8") is not None
    close_edition("the-red-kite", opener(), 0)
    assert target.root_names() == () and target.editions.there() == frozenset()


def test_a_page_that_is_ours_goes_before_the_entry_that_it_plays(
    opener: Opener, kite: SmallPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, publication = opener(), planned(kite)
    publish(publication, kite.folder, target, quiet)
    page = Item("the-red-kite.html", "page", 6, hashlib.sha256(b"<html>").hexdigest(), "")
    target.editions.begin(publication, (page,))
    target.editions.intend(page.name, page.sha256)
    target.replace(page, b"<html>", None)
    removed: list[str] = []
    whole = target.remove
    monkeypatch.setattr(target, "remove", lambda name: (removed.append(name), whole(name)))
    done = close_edition("the-red-kite", target, 0)
    assert removed[:2] == list(done.purge[:2]) == [page.name, publication.entry.name]
    assert target.root_names() == ()


def test_a_page_lies_there_with_its_scripts_and_outlives_the_film(opener: Opener, kite: SmallPackage) -> None:
    target = opener()
    publish(planned(kite), kite.folder, target, quiet)
    page = write_page(edition_page(PageEntries(), "the-red-kite", title="The Red Kite", region="", poster=None))
    assert not page.is_at(target)
    page.publish(target, quiet)
    assert page.is_at(opener())
    close_edition("the-red-kite", target, 0)
    for item in page.publication.items:
        found = target.read(item.name)
        assert found is not None and hashlib.sha256(found.data).hexdigest() == item.sha256
    assert close_edition(page.name, target, 0).purge[0] == page.name
    assert target.root_names() == () and not page.is_at(opener())
