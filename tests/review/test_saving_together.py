"""Editors of one film who save, are refused, fail and are killed in any order: nothing that was saved is lost."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from pipeline.cut.room import names_as_saved
from pipeline.plan.zones import Frames
from pipeline.review.access import open_access
from pipeline.review.benches import Benches
from pipeline.review.hosts import hosts_of
from pipeline.review.library import Library
from pipeline.review.recutting import Recuts
from pipeline.review.server import build_app
from pipeline.review.works import Work
from pipeline.shell.decisions import read_decided
from pipeline.shell.home import Home, find_home
from pipeline.shell.projects import FILM_FILE, projects_by_master
from pipeline.timebase import FrameRate
from tests.conftest import Workplace
from tests.review.homes import write_film
from tests.review.troubles import KilledError, Kind, trouble

ORIGIN = "http://127.0.0.1"
RATE = FrameRate(24)
Json = dict[str, Any]
Lock = Frames
EDITORS = st.sampled_from([0, 1, 0, 1, 2])
HIGHLIGHTS = st.sampled_from([0, 1, 0, 1, 2, 3])


def pieces_of(one: Json) -> tuple[Frames, ...]:
    return tuple((start, end) for start, end in one["pieces"])


def locked_in(state: Json) -> set[Frames]:
    return {pieces_of(one)[0] for one in state["highlights"] if one["is_locked"] and len(one["pieces"]) == 1}


def several_in(state: Json) -> dict[str, tuple[Frames, ...]]:
    return {one["id"]: pieces_of(one) for one in state["highlights"] if one["is_locked"] and len(one["pieces"]) > 1}


def rejected_in(state: Json) -> set[Frames]:
    return {piece for one in state["rejected"] for piece in pieces_of(one)}


def bench(state: Json) -> Any:
    """Return what a person has done, as the page shows it."""
    shown = [{**one, "reasons": None} for one in state["highlights"]]
    return shown, state["rejected"]


class Client:
    """A browser without pages, answered in this process."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.answers = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)

    def get(self, address: str, **asked: Any) -> httpx.Response:
        return self._loop.run_until_complete(self.answers.get(address, **asked))

    def post(self, address: str, **asked: Any) -> httpx.Response:
        return self._loop.run_until_complete(self.answers.post(address, **asked))


@dataclass
class Editor:
    """A browser, and what its person knows."""

    client: Client
    proof: str
    session: str
    state: Json | None = None
    base: tuple[set[Frames], set[Frames]] = field(default_factory=lambda: (set(), set()))
    """What was locked and rejected on the bench when it was last as in files."""
    seen: frozenset[int] = frozenset()
    """Writes whose outcome the bench goes on from."""
    framed: frozenset[tuple[Frames, ...]] = frozenset()
    """Highlights whose framing was saved by this bench."""
    kept: Json | None = None
    """What is not saved and has to be there after the page was ended."""


class Film:
    """A home with one film that has been cut once."""

    def __init__(self, home: Home, film: str) -> None:
        self.home, self.film = home, film
        (self.project,) = projects_by_master(home.projects).values()
        self._first = home.root.parent / "first"
        for name in ("projects", "out"):
            shutil.copytree(home.root / name, self._first / name)

    def reset(self) -> None:
        for name in ("projects", "out"):
            shutil.rmtree(self.home.root / name)
            shutil.copytree(self._first / name, self.home.root / name)
        shutil.rmtree(self.home.root / ".review" / "drafts", ignore_errors=True)

    def files(self) -> dict[str, bytes]:
        """Return what people's files hold, by their names."""
        folders = [self.project, *self.home.out.glob("*/framing"), *self.home.out.glob("*/edits/*/framing")]
        found = [path for folder in folders for path in sorted(folder.iterdir()) if path.name != ".lock"]
        return {str(path): path.read_bytes() for path in found if not path.name.rpartition(".")[2].isdigit()}

    def left(self, name: str, within: str = "") -> int | None:
        """Return where the window stands first in the framing file of a clip."""
        for path in self.home.out.glob(f"*/{within}framing/{name}-tall.framing.json"):
            shot = json.loads(path.read_text())["parts"][0]["shots"][0]
            return round(float(shot["windows"][0]["keyframes"][0]["left_px"]))
        return None

    def decided(self) -> tuple[set[Frames], set[Frames]]:
        read = read_decided(self.project, RATE).decided
        return {one.frames for one in read.locked}, {one.frames for one in read.rejected}


class Together(RuleBasedStateMachine):
    """Two or three editors of one film."""

    film: Film

    @initialize()
    def begin(self) -> None:
        self.film.reset()
        self.loop = asyncio.new_event_loop()
        self.editors: dict[int, Editor] = {}
        self.writes = 0
        self.drafted: dict[str, tuple[frozenset[int], frozenset[tuple[Frames, ...]]]] = {}
        self.framed: dict[tuple[Frames, ...], int] = {}
        self.faults: list[Exception] = []
        self.benches: Benches
        self.serve()

    def serve(self) -> None:
        home = self.film.home
        self.access = open_access(home.root / ".review" / "key")
        self.benches, self.recuts = Benches(self.faults.append), Recuts(self.faults.append)
        self.app = build_app(
            Library(home), self.access, hosts_of("127.0.0.1", ()), self.faults.append, self.benches, self.recuts
        )

    def teardown(self) -> None:
        if hasattr(self, "benches"):
            self.benches.close()
            self.recuts.close()
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
        assert getattr(self, "faults", []) == []

    # What is asked --------------------------------------------------------------------------------------------------

    def editor(self, number: int) -> Editor:
        """Return an editor who is in the room."""
        if number not in self.editors:
            client = Client(self.app, self.loop)
            assert client.get("/login", params={"token": self.access.key}).status_code == 200
            session = client.answers.cookies[self.access.cookie]
            self.editors[number] = Editor(client, self.access.proof(session), session)
        one = self.editors[number]
        if one.state is None:
            self.enter(one, anew=False)
        return one

    def post(self, one: Editor, address: str, asked: Any) -> tuple[int, Json]:
        headers = {"origin": ORIGIN, "x-csrf-token": one.proof, "accept": "application/json"}
        answer = one.client.post(f"/films/{self.film.film}/room/{address}", json=asked, headers=headers)
        return answer.status_code, answer.json()

    def look(self, one: Editor) -> Json:
        told: Json = one.client.get(f"/films/{self.film.film}/room/work").json()
        return told

    def work(self, one: Editor) -> Work:
        return self.benches.find(one.session, self.film.film)

    def enter(self, one: Editor, *, anew: bool) -> None:
        assert self.post(one, "enter", {"anew": anew})[0] == 200
        going = self.benches.entering(one.session, self.film.film)
        assert going is not None
        going.join()
        assert going.progress.state == "done", going.progress
        one.state = self.look(one)
        one.base = locked_in(one.state), rejected_in(one.state)
        one.seen, one.framed = frozenset(range(self.writes)), frozenset()
        if one.state["is_saved"]:
            one.kept = None

    def ask(self, number: int, address: str, **asked: Any) -> int:
        """Ask for a step; what is refused changes nothing."""
        one = self.editor(number)
        assert one.state is not None
        status, told = self.post(one, address, {"seen": one.state["number"], **asked})
        if status == 200:
            one.state = told
            one.kept = None if told["is_saved"] else told
            self.note_draft(one)
        else:
            assert status in (400, 409), told
            assert self.look(one) == one.state, "what is refused changes nothing"
        return status

    def note_draft(self, one: Editor) -> None:
        """Remember from what a draft of a bench goes on."""
        self.drafted[self.work(one).draft] = (one.seen, one.framed)

    # Rules ----------------------------------------------------------------------------------------------------------

    @rule(number=EDITORS, at=HIGHLIGHTS, edge=st.sampled_from(["in", "out", "both"]), by=st.integers(-4, 4))
    def nudge(self, number: int, at: int, edge: str, by: int) -> None:
        self.ask(number, "work", step={"do": "nudge", "highlight": self.name(number, at), "edge": edge, "frames": by})

    @rule(number=EDITORS, at=HIGHLIGHTS, do=st.sampled_from(["lock", "unlock", "remove", "reject"]))
    def do(self, number: int, at: int, do: str) -> None:
        self.ask(number, "work", step={"do": do, "highlight": self.name(number, at)})

    @rule(number=EDITORS, do=st.sampled_from(["undo", "redo", "undo"]))
    def again(self, number: int, do: str) -> None:
        self.ask(number, "work", step={"do": do})

    @rule(number=EDITORS, start=st.integers(0, 23), length=st.integers(4, 9))
    def add(self, number: int, start: int, length: int) -> None:
        self.ask(number, "work", step={"do": "add", "pieces": [[start * 12, start * 12 + length]]})

    @rule(number=EDITORS, at=HIGHLIGHTS, gap=st.integers(1, 3))
    def part(self, number: int, at: int, gap: int) -> None:
        name = self.name(number, at)
        start, end = self.first_of(number, name)
        if end - start > 8:
            pieces = [[start, start + 4], [start + 4 + gap, end]]
            self.ask(number, "work", step={"do": "swap", "highlight": name, "pieces": pieces})

    @rule(number=EDITORS, at=HIGHLIGHTS, left=st.sampled_from([0, 12, 40, 60]))
    def crop(self, number: int, at: int, left: int) -> None:
        one, name = self.editor(number), self.name(number, at)
        frame, end = self.first_of(number, name)
        if frame == end:
            return
        self.window(one, name)
        crop = {"highlight": name, "platform": "tall", "way": "hold", "frame": frame, "left_px": left, "top_px": 0}
        self.ask(number, "crop", **crop)

    def window(self, one: Editor, name: str) -> float:
        """Return where the window of a highlight stands first."""
        self.benches.draw(one.session, self.film.film, name)
        going = self.benches.drawing(one.session, self.film.film)
        if going is not None:
            going.join()
        told = one.client.get(f"/films/{self.film.film}/room/previews/tall", params={"highlight": name}).json()
        left: float = told["frames"][0]["panels"][0]["window"][0]
        return left

    def first_of(self, number: int, name: str) -> Frames:
        """Return the first stretch of a highlight; where the bench is empty, nothing."""
        state = self.editor(number).state
        assert state is not None
        return next((pieces_of(one)[0] for one in state["highlights"] if one["id"] == name), (0, 0))

    def name(self, number: int, at: int) -> str:
        one = self.editor(number)
        assert one.state is not None
        shown = one.state["highlights"]
        return str(shown[at % len(shown)]["id"]) if shown else "h1"

    @rule(number=EDITORS)
    def enter_anew(self, number: int) -> None:
        self.enter(self.editor(number), anew=True)

    @rule(at=st.integers(0, 23), what=st.sampled_from(["locked", "rejected", "title"]))
    def write_by_hand(self, at: int, what: str) -> None:
        path = self.film.project / FILM_FILE
        text = path.read_text()
        if what == "title":
            path.write_text(f"# {at}\n{text}")
            return
        start = at * 12
        if any(first < start + 6 and start < last for first, last in self.film.decided()[0]):
            return
        path.write_text(f"{text}\n[[{what}]]\nfrom = {start / 24}\nto = {(start + 6) / 24}\n")
        self.writes += 1
        self.framed.clear()  # their files are not renamed by who writes with an editor of texts

    @rule(number=EDITORS)
    def save(self, number: int) -> None:
        one = self.editor(number)
        status, told = self.try_to_save(one)
        assert status in (200, 409), told
        if status == 409:
            assert set(range(self.writes)) - one.seen, f"a conflict with nobody: {told}"
        elif told["merged"]:
            self.enter(one, anew=True)  # as the page does

    @rule(
        number=EDITORS,
        after=st.integers(0, 12),
        kind=st.sampled_from(["once", "full", "killed"]),
        ends=st.booleans(),
    )
    def save_in_trouble(self, number: int, after: int, kind: Kind, ends: bool) -> None:
        one = self.editor(number)
        draft = self.work(one).draft
        drafted = self.drafted.get(draft, (one.seen, one.framed))
        failed: list[str] = []
        try:
            with trouble(self.film.home.root, after, kind) as failed:
                self.try_to_save(one)
        except KilledError:
            kind = "killed"
        if any(".review" in path for path in failed) or kind == "killed":
            self.drafted[draft] = drafted  # perhaps no draft could be written of what was half saved
        if failed and (ends or kind == "killed"):
            self.end_page()

    def try_to_save(self, one: Editor) -> tuple[int, Json]:
        assert one.state is not None
        before, was, state = self.film.files(), self.film.decided(), one.state
        own = locked_in(state), rejected_in(state)
        try:
            status, told = self.post(one, "save", {"seen": state["number"]})
        finally:
            after, is_ = self.film.files(), self.film.decided()
            if after != before:
                one.seen |= {self.writes}
                self.writes += 1
            self.check_decided(one, own, was, is_)
        said = json.dumps(told).lower()
        if "nothing was written" in said:
            assert after == before, told
        now = self.look(one)
        if status == 200:
            assert now["is_saved"] and {key: told[key] for key in now} == now
            merged = self.merged(one, (locked_in(now), rejected_in(now)), was)
            assert is_ == merged, (is_, merged)
            for name, pieces in several_in(now).items():
                edit = json.loads((self.film.project / f"{name}.edit.json").read_text())
                assert len(edit["parts"]) == len(pieces)
            self.check_framed(one, now)
            one.base, one.kept = (locked_in(now), rejected_in(now)), None
        elif status == 409 and after == before:
            assert now == state, told
        if is_ != was:
            one.base = locked_in(now), rejected_in(now)
        if not now["is_saved"]:
            one.kept = now
            self.note_draft(one)
        if status != 200 and now["number"] != state["number"]:
            assert not now["is_saved"], told
        one.state = now
        return status, told

    def merged(self, one: Editor, now: tuple[set[Frames], set[Frames]], was: tuple[set[Frames], set[Frames]]) -> Any:
        pairs = zip(one.base, now, was, strict=True)
        return tuple((theirs - (base - mine)) | (mine - base) for base, mine, theirs in pairs)

    def check_decided(
        self, one: Editor, own: tuple[set[Frames], set[Frames]], was: Any, is_: tuple[set[Frames], set[Frames]]
    ) -> None:
        """Whatever came of a save: what others decided is there, and of this editor's all or nothing."""
        if is_ != was:
            locked, rejected = self.merged(one, own, was)
            assert locked <= is_[0] and is_[1] == rejected, (is_, locked, rejected)

    def check_framed(self, one: Editor, now: Json) -> None:
        """After a save, each clip is framed as who saved it last had it, under the name that it is cut under by now."""
        names = names_as_saved(self.work(one).room)
        shown = {pieces_of(each): each for each in now["highlights"]}
        for pieces in one.framed:
            if pieces in shown and not shown[pieces]["crops"]:
                self.framed.pop(pieces, None)
        for pieces, each in shown.items():
            if each["crops"] and each["is_locked"] and len(pieces) > 1:
                assert self.film.left(each["id"], f"edits/{each['id']}/") == round(self.window(one, each["id"]))
        lefts = {pieces: round(self.window(one, each["id"])) for pieces, each in shown.items() if each["crops"]}
        self.framed = {pieces: left for pieces, left in (self.framed | lefts).items() if pieces in names}
        one.framed = frozenset(lefts)
        found = {pieces: self.film.left(names[pieces]) for pieces in self.framed}
        assert found == self.framed, (found, self.framed, names)

    @rule()
    def end_page(self) -> None:
        """The page is ended and started again: what was not saved is there, whatever came of saving it."""
        kept = [one.kept for one in self.editors.values() if one.kept is not None]
        self.benches.close()
        self.recuts.close()
        self.serve()
        for one in self.editors.values():
            client = Client(self.app, self.loop)
            client.answers.cookies = one.client.answers.cookies
            one.client, one.state, one.kept = client, None, None
        drafts = [json.loads(path.read_text())["now"]["highlights"] for path in self.drafts()]
        found = [[pieces_of(one) for one in highlights] for highlights in drafts]
        locked, rejected = self.film.decided()
        for state in kept:
            is_saved = locked_in(state) <= locked and rejected_in(state) <= rejected
            assert is_saved or [pieces_of(one) for one in state["highlights"]] in found, "a draft is lost"

    def drafts(self) -> list[Path]:
        return sorted((self.film.home.root / ".review" / "drafts").glob("*/*.draft.json"))

    @rule(number=EDITORS, at=st.integers(0, 4), do=st.sampled_from(["go on", "go on", "leave"]))
    def settle(self, number: int, at: int, do: str) -> None:
        one = self.editor(number)
        drafts = one.client.get(f"/films/{self.film.film}/room/drafts").json()
        if not drafts:
            return
        draft = drafts[at % len(drafts)]
        assert not draft["fault"]
        if do == "go on":
            one.seen, one.framed = self.drafted[draft["id"]]
            (path,) = (path for path in self.drafts() if path.name.startswith(draft["id"]))
            opened = json.loads(path.read_text())["opened"]
            one.base = locked_in(opened), rejected_in(opened)
        self.ask(number, "drafts", draft=draft["id"], do=do)


def test_nothing_that_was_saved_is_lost_and_nobody_is_told_what_is_not_so(workplace: Workplace) -> None:
    write_film("kite")
    home = find_home()
    workplace.film.rename(home.masters / "kite.mp4")
    (film,) = Library(home).films()
    benches = Benches()
    benches.enter("first", film, anew=False)
    going = benches.entering("first", film.id)
    assert going is not None
    going.join()
    assert going.progress.state == "done", going.progress
    Together.film = Film(home, film.id)
    # More of them by hand: EXAMPLES=500 STEPS=40 python -m pytest tests/review/test_saving_together.py
    examples, steps = int(os.environ.get("EXAMPLES", "4")), int(os.environ.get("STEPS", "20"))
    is_long = "EXAMPLES" in os.environ
    run_state_machine_as_test(
        Together,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=(Phase.generate,),  # making one that failed smaller takes minutes
            derandomize=not is_long,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
