"""Real packages, published beside each other: they share segments, keep every rule as they are served, and play."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.plan.publication import plan_publication
from pipeline.shell.conformance import check_package
from pipeline.shell.ledger import Ledger
from pipeline.shell.package_walk import walk_package
from pipeline.shell.publications import publish
from pipeline.shell.takedowns import close_edition
from pipeline.shell.targets import Target, open_target
from tests.players.packages import Package
from tests.players.stage import Seen, Stage, Theatre
from tests.players.web import Web

# A stage opens master.m3u8 of a folder, which is as good a name for an edition as any.
PLAYED = "master"


@pytest.fixture(scope="module")
def target(root: Path, packages: dict[str, Package], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    target = open_target(str(root / "packages" / "target"), Ledger(tmp_path_factory.mktemp("ledger") / "l.sqlite3"))
    for name, edition in (("film", "film"), ("joined", PLAYED)):
        folder = packages[name].folder
        publish(plan_publication(walk_package(folder), edition), folder, target, lambda *_: None)
    yield target
    shutil.rmtree(root / "packages" / "target")


def test_an_edit_shares_the_segments_of_its_film(target: Target, root: Path) -> None:
    assert target.editions.target == str(root / "packages" / "target")
    film, joined = sorted(target.editions.in_use().items())
    shared = {name for name in film[1] & joined[1] if name.endswith(".m4s")}
    assert len(shared) > 4


@pytest.mark.parametrize("edition", ["film", PLAYED])
def test_an_edition_keeps_every_rule_as_it_is_served(target: Target, web: Web, edition: str) -> None:
    assert target.editions.find(edition) is not None
    conformance = check_package(f"{web.packages}/target/{edition}.m3u8")
    assert conformance.failed_musts == ()
    of_answers = {one.number: one.outcome for one in conformance.findings if one.number in ("10.1", "10.4")}
    assert of_answers == {"10.1": "pass", "10.4": "pass"}


def test_an_edition_plays_to_its_end_also_after_the_film_beside_it_went(
    target: Target, packages: dict[str, Package], theatre: Theatre
) -> None:
    package = replace(packages["joined"], name="target")

    async def play(stage: Stage) -> Seen:
        await stage.play_to_end(speed=4)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert (seen.errors, seen.ended, seen.decoded) == ([], True, package.pictures)

    close_edition("film", target, 0)
    theatre.hold(play, package, check, players=("hls.js", "shaka"))
