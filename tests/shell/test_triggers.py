"""One trigger for each content and order; whoever claims it is alone, and what a killed watch held is put back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.plan.arrivals import Shape
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.arrived_files import FileRow, Files
from pipeline.shell.triggers import Trigger, Triggers
from pipeline.shell.watches import Watches

SHAPE = Shape(3, 4, 5)
ROOT = Path("/films")
CLAIMER = """
import sys
from pathlib import Path
from pipeline.shell.arrival_ledger import ArrivalLedger
from pipeline.shell.triggers import Triggers
with ArrivalLedger(Path(sys.argv[1])) as ledger:
    triggers, root = Triggers(ledger), ledger.root_id(Path("/films"))
    while (one := triggers.claim(root, sys.argv[2])) is not None:
        print(one.id, flush=True)
        triggers.finish(one.id, "done", told="made")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "arrivals.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[ArrivalLedger]:
    with ArrivalLedger(path) as opened:
        yield opened


def arrive(
    ledger: ArrivalLedger, name: str, digest: str, *, folder: str = "", order: str = "o", root: Path = ROOT
) -> tuple[Trigger, bool]:
    return Triggers(ledger).arrive(
        ledger.root_id(root),
        FileRow(folder, name, SHAPE, "waiting"),
        path=root / folder / name,
        digest=digest,
        scope=root / folder,
        orders="{}",
        order_key=order,
    )


def test_a_copy_or_another_name_gets_the_trigger_that_there_is(ledger: ArrivalLedger) -> None:
    first, is_new = arrive(ledger, "a.mov", "d")
    again, is_new_again = arrive(ledger, "b.mov", "d")
    assert (is_new, is_new_again) == (True, False) and first.id == again.id


def test_another_content_or_order_gets_its_own(ledger: ArrivalLedger) -> None:
    ids = {
        arrive(ledger, "a.mov", "d")[0].id,
        arrive(ledger, "b.mov", "e")[0].id,
        arrive(ledger, "a.mov", "d", folder="fr", order="p")[0].id,
    }
    assert len(ids) == 3


def test_the_same_order_elsewhere_makes_nothing_again(ledger: ArrivalLedger) -> None:
    first, _ = arrive(ledger, "a.mov", "d")
    other, is_new = arrive(ledger, "a.mov", "d", folder="monday", root=Path("/elsewhere"))
    assert not is_new and other.id == first.id


def test_what_is_done_stays_done_when_its_order_changes(ledger: ArrivalLedger) -> None:
    first, _ = arrive(ledger, "a.mov", "d")
    Triggers(ledger).finish(first.id, "done", told="made")
    touched, is_new = arrive(ledger, "a.mov", "d", order="changed")
    assert not is_new and touched.state == "done"


def test_jobs_are_claimed_once_by_many_at_a_time(ledger: ArrivalLedger, path: Path) -> None:
    for number in range(40):
        arrive(ledger, f"{number}.mov", str(number))
    claimers = [
        subprocess.Popen([sys.executable, "-c", CLAIMER, str(path), str(one)], stdout=subprocess.PIPE, text=True)
        for one in range(3)
    ]
    claimed = [line for claimer in claimers for line in claimer.communicate(timeout=60)[0].split()]
    assert sorted(map(int, claimed)) == list(range(1, 41))


def test_jobs_of_a_watch_that_is_gone_are_put_back_and_others_are_not(ledger: ArrivalLedger) -> None:
    arrive(ledger, "a.mov", "d")
    arrive(ledger, "b.mov", "e")
    triggers, root = Triggers(ledger), ledger.root_id(ROOT)
    lost, kept = triggers.claim(root, "gone"), triggers.claim(root, "alive")
    assert lost is not None and kept is not None
    assert triggers.recover(lambda owner: owner == "alive") == 1
    again = triggers.claim(root, "next")
    assert again is not None and again.id == lost.id and (again.attempts, again.interruptions) == (1, 1)
    assert triggers.claim(root, "next") is None


def test_a_job_without_a_film_is_not_claimed_and_forgotten_where_it_never_began(ledger: ArrivalLedger) -> None:
    first, _ = arrive(ledger, "a.mov", "d")
    root = ledger.root_id(ROOT)
    Files(ledger).drop_files(root, "", ["a.mov"])
    triggers = Triggers(ledger)
    assert triggers.claim(root, "me") is None and triggers.next_due_s(root) is None
    triggers.forget_gone()
    assert triggers.trigger(first.id) is None
    assert arrive(ledger, "a.mov", "d")[1]


def test_a_failed_job_waits_for_its_time_and_for_being_asked_for(ledger: ArrivalLedger) -> None:
    first, _ = arrive(ledger, "a.mov", "d")
    triggers, root = Triggers(ledger), ledger.root_id(ROOT)
    assert triggers.claim(root, "me") is not None
    triggers.try_again(first.id, told="the disk was full", in_s=60)
    due = triggers.next_due_s(root)
    assert triggers.claim(root, "me") is None and due is not None and 55 < due <= 60
    triggers.finish(first.id, "failed", told="tried 4 times")
    assert triggers.retry(root, ROOT, frozenset([ROOT / "other.mov"])) == ()
    assert [one.id for one in triggers.retry(root, ROOT, frozenset([ROOT / "a.mov"]))] == [first.id]
    again = triggers.claim(root, "me")
    assert again is not None and again.attempts == 1


def test_a_retry_that_a_clock_set_back_put_off_for_long_is_due(ledger: ArrivalLedger) -> None:
    first, _ = arrive(ledger, "a.mov", "d")
    triggers, root = Triggers(ledger), ledger.root_id(ROOT)
    triggers.claim(root, "me")
    triggers.try_again(first.id, told="", in_s=365 * 86400)
    triggers.recover(lambda _: True)
    assert triggers.claim(root, "me") is not None


def test_names_that_are_no_text_are_kept(ledger: ArrivalLedger) -> None:
    arrive(ledger, "caf\udce9.mov", "d", folder="f\udce9")
    files, root = Files(ledger), ledger.root_id(ROOT)
    assert files.folders(root) == ("f\udce9",) and files.names_in(root, "f\udce9") == ("caf\udce9.mov",)
    assert files.known(root, "f\udce9", ["caf\udce9.mov"])["caf\udce9.mov"].shape == SHAPE


def test_the_pace_of_a_drive_outlives_a_watch(path: Path) -> None:
    with ArrivalLedger(path) as ledger:
        watches = Watches(ledger)
        watches.remember_pace("nfs", watches.pace("nfs", "network").after(7.0))
    with ArrivalLedger(path) as ledger:
        assert Watches(ledger).pace("nfs", "network").still_s == 21.0


def test_threads_may_have_a_ledger_each(path: Path) -> None:
    def write(number: int) -> None:
        with ArrivalLedger(path) as ledger:
            for turn in range(10):
                arrive(ledger, f"{number}-{turn}.mov", f"{number}-{turn}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ArrivalLedger(path) as ledger:
        assert Files(ledger).count(ledger.root_id(ROOT), "") == 40


def test_a_ledger_that_cannot_be_used_is_told(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("not SQLite, " * 100)
    with pytest.raises(StoreError, match="It may be removed"):
        ArrivalLedger(path)


def test_stalls_are_counted_until_a_job_is_queued_anew(ledger: ArrivalLedger, path: Path) -> None:
    trigger, _ = arrive(ledger, "a.mp4", "1")
    triggers, root = Triggers(ledger), ledger.root_id(ROOT)
    with ledger.transaction() as db:  # as an earlier version left it
        db.execute("DROP TABLE stalls")
        db.execute("PRAGMA user_version = 1")
    with ArrivalLedger(path) as again:
        assert Triggers(again).trigger(trigger.id) == trigger
    for times in (1, 2):
        assert triggers.claim(root, "w") is not None
        triggers.stall(trigger.id, in_s=0.0)
        told = triggers.trigger(trigger.id)
        assert told is not None and (told.state, told.stalls, told.attempts) == ("queued", times, 0)
    triggers.finish(trigger.id, "failed", told="it is too short")
    assert [one.stalls for one in triggers.retry(root, ROOT, None)] == [2]
    told = triggers.trigger(trigger.id)
    assert told is not None and told.stalls == 0
