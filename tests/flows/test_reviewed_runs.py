"""A flow run that waits for review goes on when the last verdict is given on the page, and does nothing twice."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.shell.digests import sha256_of
from tests.review.conftest import Page, open_page

pytestmark = pytest.mark.usefixtures("harness")

LIMIT_S = 15.0


def receipts(home: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in (home / "store").glob("??/*/receipt.json")}


class Editor(threading.Thread):
    """Waits until the run does, and then decides on its clips one after the other."""

    def __init__(self, page: Page, home: Path) -> None:
        super().__init__()
        self.page, self.home = page, home
        self.made: dict[str, int] = {}
        self.decided_at = 0.0
        self.answers: list[int] = []

    def run(self) -> None:
        from prefect.client.orchestration import get_client

        until = time.monotonic() + 200
        while time.monotonic() < until:
            with get_client(sync_client=True) as client:
                states = [run.state_name for run in client.read_flow_runs()]
            if "AwaitingReview" in states:
                break
            time.sleep(0.2)
        (film,) = self.page.films()
        self.made = receipts(self.home)
        for number, clip in enumerate(self.page.clips(film)):
            verdict = "rejected" if number == 1 else "approved"
            asked = {"verdict": verdict, "clips": [clip], "note": "her head is cut off" if number == 1 else ""}
            self.answers.append(self.page.post("/verdicts", asked).status_code)
        self.decided_at = time.monotonic()


def test_it_goes_on_within_seconds_of_the_last_verdict_and_only_what_is_approved_is_ready(workplace: Any) -> None:
    from flows.cut_clips import cut_clips
    from flows.report import name_key
    from tests.flows.test_flows import artifacts, task_runs

    with open_page() as page:
        assert page.post("/name", {"who": "Ana"}).status_code == 200
        editor = Editor(page, workplace.home)
        editor.start()
        state = cut_clips(
            masters=[str(workplace.film)], highlights="short", platforms=["tall", "quad"], review="wait",
            return_state=True,
        )  # fmt: skip
        ended = time.monotonic()
        editor.join(60)
        assert page.faults == []
    assert state.is_completed(), state.message
    assert editor.answers == [200] * 4 and 0 < ended - editor.decided_at < LIMIT_S
    # Nothing was made after people had looked, and what had been made was not made again.
    assert receipts(workplace.home) == editor.made
    rendered = [name for name in task_runs(state) if name.startswith("render ")]
    assert rendered and len(rendered) == len(set(rendered))
    assert state.message is not None and state.message.endswith("3 of 4 approved and ready to publish.")
    said = json.loads((workplace.out() / "clips.json").read_bytes())
    reviews = {one["file"]: one["review"] for one in said["clips"]}
    ready = {name for name, review in reviews.items() if review["verdict"] == "approved"}
    assert len(ready) == 3 and {review["who"] for review in reviews.values()} == {"Ana"}
    (rejected,) = [review for review in reviews.values() if review["verdict"] == "rejected"]
    assert rejected["note"] == "her head is cut off"
    shown = artifacts()[f"ready-{name_key(workplace.film)}"]["data"]
    for name in reviews:
        digest = sha256_of(workplace.out() / name)[:12]
        assert (digest in shown) == (name in ready)
    # The same run again finds its verdicts and waits for nobody.
    began = time.monotonic()
    again = cut_clips(
        masters=[str(workplace.film)], highlights="short", platforms=["tall", "quad"], review="wait", return_state=True
    )
    assert again.is_completed() and "everything was reused" in (again.message or "")
    assert time.monotonic() - began < LIMIT_S + 30
