"""What takes a while tells how far it is, can be stopped, and ends in words whatever happens."""

from __future__ import annotations

import threading

from pipeline.errors import PlanError
from pipeline.review.preparing import Preparation, Tell


def test_it_tells_how_far_it_is_and_that_it_is_done() -> None:
    told, goes_on = threading.Event(), threading.Event()

    def work(tell: Tell) -> None:
        tell("half", 0.5)
        told.set()
        goes_on.wait(20)

    going = Preparation("test", work, _unwanted)
    going.start()
    assert told.wait(20)
    assert going.progress.document() == {"state": "working", "stage": "half", "share": 0.5, "told": "", "remedy": ""}
    goes_on.set()
    going.join(20)
    assert going.progress.state == "done" and not going.is_working


def test_it_ends_soon_after_it_was_stopped() -> None:
    rounds = threading.Event()

    def work(tell: Tell) -> None:
        while True:
            tell("on and on", 0.1)
            rounds.set()

    going = Preparation("test", work, _unwanted)
    going.start()
    assert rounds.wait(20)
    going.stop()
    going.join(20)
    assert going.progress.state == "stopped"


def test_what_is_wrong_is_said_in_words_and_faults_where_the_page_runs() -> None:
    faults: list[Exception] = []

    def refuse(_: Tell) -> None:
        raise PlanError("It is \x1b[31mtoo short.", remedy="Take another.")

    def fail(_: Tell) -> None:
        raise KeyError("secret")

    for work in (refuse, fail):
        going = Preparation("test", work, faults.append)
        going.start()
        going.join(20)
        assert going.progress.state == "failed" and "\x1b" not in going.progress.told
        assert "secret" not in going.progress.told and going.progress.remedy
    assert [type(fault) for fault in faults] == [KeyError]


def _unwanted(error: Exception) -> None:
    raise AssertionError from error
