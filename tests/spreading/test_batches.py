"""What one machine plans another makes, with films, fonts and tools of its own, and says where it cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.camera import CameraPath, Knot
from pipeline.cut.plan import plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.errors import InputError, MasterError, StoreError
from pipeline.graph import BlackPicture, PictureEncode, Share, Silence, StillPicture
from pipeline.package.plan import plan_package
from pipeline.package.request import PackageRequest, study_subject
from pipeline.package.steps import plan_steps
from pipeline.plan.batches import LEAST, plan_batches
from pipeline.shell.home import Home, find_home
from pipeline.shell.sharing import VARIABLE
from pipeline.shell.store import Store
from pipeline.spreading import Spreadable, keep_batches, make_step, open_batch, part
from pipeline.spreading.values import from_json, to_json
from pipeline.timebase import FrameRate
from tests.conftest import Workplace
from tests.package.conftest import LADDER

FRACTIONS = st.fractions(min_value=-1000, max_value=1000)


@dataclass(frozen=True)
class Machines:
    """A machine that plans, whose home is the workplace's, and another."""

    workplace: Workplace
    other: Home
    switch: Callable[[Home], None]

    @property
    def first(self) -> Home:
        return Home(self.workplace.home)

    def at_other(self, key: str) -> tuple[Spreadable, ...]:
        """Make a batch on the other machine."""
        self.switch(self.other)
        steps = open_batch(key, home=self.other).steps
        for step in steps:
            make_step(step)
        self.switch(self.first)
        return steps


@pytest.fixture
def machines(workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    (tmp_path / "shared").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "shared"))
    (workplace.presets / "ladders").mkdir()
    (workplace.presets / "ladders" / "small.toml").write_text(LADDER)
    other = Home(tmp_path / "other")

    def switch(home: Home) -> None:
        monkeypatch.setenv("MATINEE_HOME", str(home.root))

    return Machines(workplace, other, switch)


def _steps_of_clips(film: Path, **wishes: Any) -> tuple[Any, ...]:
    request = CutRequest(highlights="short", **wishes)
    return tuple(step for plan in plan_film(analyse(film, request), request) for step in plan.steps)


def _keys(steps: tuple[Any, ...]) -> list[str]:
    return [key for step in steps for key in step.keys]


def test_clips_with_captions_are_made_elsewhere_and_found_here(machines: Machines, tmp_path: Path) -> None:
    (tmp_path / "kite.srt").write_text("1\n00:00:00,500 --> 00:00:11,000\nUp it goes!\n")
    here, away = part(_steps_of_clips(machines.workplace.film, captions=str(tmp_path / "kite.srt")))
    assert (
        here and away and any(getattr(node, "captions", None) for step in away for node in getattr(step, "nodes", ()))
    )
    (batch,) = keep_batches(away, home=find_home(), workers=4)
    made = machines.at_other(batch.key)
    assert _keys(made) == _keys(away)
    store = Store(machines.workplace.home / "store")
    store.copy_ahead(_keys(away))
    assert all(store.find(key) is not None for key in _keys(away))
    # The command does the rest, and encodes nothing.
    ran = machines.workplace.matinee(
        "cut", machines.workplace.film, "--highlights", "short", "--captions", tmp_path / "kite.srt", "--json"
    )
    assert ran.code == 0, ran.err
    clips = json.loads((machines.workplace.out() / "clips.json").read_bytes())["clips"]
    assert clips and {one["made"] for one in clips} == {"reused"}


def test_a_highlight_that_others_would_wait_for_goes_out_in_its_pictures(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, away = part(_steps_of_clips(machines.workplace.film))
    assert any(len(getattr(step, "nodes", ())) > 1 for step in away)
    monkeypatch.setattr("pipeline.plan.batches.LEAST", 1)
    batches = keep_batches(away, home=find_home(), workers=4)
    steps = tuple(step for batch in batches for step in batch.steps)
    assert all(len(getattr(step, "nodes", ())) <= 1 for step in steps) and len(batches) > 2
    assert _keys(steps) == _keys(away) and len({step.name for step in steps}) == len(steps)


def test_chunks_and_sounds_of_a_package_are_made_elsewhere(machines: Machines) -> None:
    request = PackageRequest(ladder="small")
    subject = study_subject(machines.workplace.film, request)
    _, away = part(plan_steps(plan_package(subject, request, lambda *_: None)))
    (batch,) = keep_batches(away, home=find_home(), workers=4)
    machines.at_other(batch.key)
    ran = machines.workplace.matinee("package", machines.workplace.film, "--ladder", "small", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["new_segments"] == 0


def test_films_are_looked_for_below_the_folder_of_masters_of_each_machine(machines: Machines) -> None:
    for home in (machines.first, machines.other):
        home.masters.mkdir(parents=True, exist_ok=True)
        shutil.copy(machines.workplace.film, home.masters / "kite.mp4")
    _, away = part(_steps_of_clips(machines.first.masters / "kite.mp4"))
    (batch,) = keep_batches(away, home=find_home(), workers=1)
    machines.switch(machines.other)
    opened = open_batch(batch.key, home=machines.other)
    assert set(opened.steps[0].workshop.masters.values()) == {machines.other.masters / "kite.mp4"}
    (machines.other.masters / "kite.mp4").write_bytes(machines.workplace.silent_film.read_bytes())
    with pytest.raises(MasterError, match="is another film here"):
        open_batch(batch.key, home=machines.other)
    (machines.other.masters / "kite.mp4").unlink()
    with pytest.raises(MasterError, match="is not on this machine") as caught:
        open_batch(batch.key, home=machines.other)
    assert "mounted" in str(caught.value)


def test_a_machine_with_other_tools_says_so_before_it_makes_anything(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, away = part(_steps_of_clips(machines.workplace.film))
    (batch,) = keep_batches(away, home=find_home(), workers=1)
    monkeypatch.setattr("pipeline.spreading.batches.describe_toolchain", lambda _: "ffmpeg version 3")
    with pytest.raises(InputError, match="ffmpeg version 3"):
        open_batch(batch.key, home=machines.other)


def test_a_machine_that_shares_nothing_says_so(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    _, away = part(_steps_of_clips(machines.workplace.film))
    (batch,) = keep_batches(away, home=find_home(), workers=1)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(StoreError, match=VARIABLE):
        open_batch(batch.key, home=machines.other)


@given(FRACTIONS, st.text(), st.lists(st.tuples(FRACTIONS, FRACTIONS), max_size=3), st.none() | st.integers())
def test_what_is_written_is_read_as_the_same_value(
    number: Fraction, text: str, knots: list[tuple[Fraction, Fraction]], whole: int | None
) -> None:
    camera = CameraPath(tuple(Knot(frame, *knot) for frame, knot in enumerate((*knots, (number, number)))))
    node = PictureEncode(
        (BlackPicture(3), StillPicture(text, 5)), ((), ()), 64, 36, FrameRate(Fraction(24000, 1001)), encoder=None
    )  # type: ignore[arg-type]
    value = (number, text, camera, whole, node, Share(text, number), Silence(7), True, 0.1)
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize(
    "told",
    [
        {"class": "os:system", "command": "true"},
        {"class": "pipeline.shell.store:Store", "root": "/"},
        {"class": "pipeline.shell.home:find_home"},
        {"class": "pipeline.graph.sounds:Silence", "nosuch": 1},
        {"class": "pipeline.graph.sounds:Silence"},
        {"class": 7},
        {"/": "1/0"},
        {"/": []},
        {},
    ],
)
def test_what_was_never_written_is_not_read(told: object) -> None:
    with pytest.raises(StoreError, match="same version"):
        from_json(told)


def test_a_value_that_has_no_place_in_a_node_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="Path"):
        to_json((Path("film.mov"),))


@given(st.lists(st.integers(0, 3 * LEAST), max_size=60), st.integers(0, 9))
def test_batches_hold_every_step_once_in_order_and_none_but_the_last_is_small(costs: list[int], workers: int) -> None:
    batches = plan_batches(costs, workers=workers)
    assert [place for batch in batches for place in batch] == list(range(len(costs)))
    for batch, following in pairwise(batches):
        # One more step would have been more than was wanted.
        assert sum(costs[place] for place in (*batch, following[0])) > LEAST


def test_equal_steps_go_out_in_batches_that_become_smaller() -> None:
    sizes = [len(batch) for batch in plan_batches([LEAST // 10] * 1000, workers=4)]
    assert sizes[0] == 125 and sizes[-2] == 10 and sizes == sorted(sizes, reverse=True)
