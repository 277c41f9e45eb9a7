"""`matinee drop prove` against a real nginx: every kind of way to what is not open is found, and nothing else told."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.plan.country_headers import other_cdn
from pipeline.plan.edge import EdgeSite, edge_config
from pipeline.plan.origin import nginx_server
from pipeline.shell.drops import open_drop, publication_of, tend
from pipeline.shell.publications import publish, stage
from tests.players.web import free_port, run_nginx
from tests.small_packages import SmallPackage, make_small_package, write_calendar


@dataclass(frozen=True)
class Scene:
    """A film that is open to everybody else, and one that shares a scene and is staged for a region."""

    calendar: Path
    www: Path
    whole: SmallPackage
    secret: SmallPackage
    address: str

    def write(self, more: str = "") -> None:
        now = datetime.now(UTC)
        hour = timedelta(hours=1)
        write_calendar(self.calendar, everywhere=now - hour, saxony=now + hour, more=more)

    @property
    def only_secret(self) -> set[str]:
        return self.secret.segments - self.whole.segments


@pytest.fixture
def scene(tmp_path: Path, workplace: Any) -> Iterator[Scene]:
    folder, www, port = tmp_path / "nginx", tmp_path / "www", free_port()
    folder.mkdir()
    www.mkdir()
    found = Scene(
        tmp_path / "kite.calendar.toml", www, make_small_package(tmp_path / "packages" / "hls"),
        make_small_package(tmp_path / "packages" / "regions" / "saxony" / "hls", region="saxony", scenes="ax"),
        f"http://127.0.0.1:{port}/",
    )  # fmt: skip
    found.write()
    with run_nginx(nginx_server(www, listen=f"127.0.0.1:{port}"), folder, port=port):
        ran = workplace.matinee("drop", "tend", found.calendar, "--address", found.address)
        assert ran.code == 0 and "the-red-kite-saxony staged" in ran.out and "can be reached" not in ran.err, ran.err
        yield found


def prove(workplace: Any, scene: Scene, *words: object) -> tuple[int, dict[str, Any]]:
    ran = workplace.matinee("drop", "prove", scene.calendar, "--address", scene.address, "--json", *words)
    return ran.code, json.loads(ran.out)


def kinds(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["kind"], one["name"]) for one in document["breaches"]}


def test_what_is_only_staged_is_out_of_reach_and_what_is_shared_is_told(workplace: Any, scene: Scene) -> None:
    code, document = prove(workplace, scene)
    assert (code, document["holds"], document["breaches"]) == (0, True, [])
    (secret,) = document["editions"]
    assert (secret["edition"], secret["state"]) == ("the-red-kite-saxony", "staged")
    assert set(secret["shared"]) >= scene.secret.segments & scene.whole.segments
    assert secret["segments"] == len(scene.only_secret) > 0
    assert {user for users in secret["shared"].values() for user in users} == {"the-red-kite"}
    assert document["asked"] == 3 + len(scene.secret.playlists - scene.whole.playlists)
    told = workplace.matinee("drop", "prove", scene.calendar, "--address", scene.address).out
    assert "out of reach" in told and "The embargo holds" in told and 'only access = "signed" does' in told


def test_while_a_premiere_is_on_the_embargo_of_others_holds_and_what_is_to_come_is_told(
    workplace: Any, scene: Scene
) -> None:
    ran = workplace.matinee("unpublish", "the-red-kite", "--from", scene.www)
    assert ran.code == 0, ran.err
    scene.calendar.write_text(scene.calendar.read_text().replace("[[drops]]", "[[drops]]\npremiere = true", 1))
    drop = open_drop(scene.calendar)
    opens = drop.schedule.windows[0].opens
    assert [one.error for one in tend(drop, lambda: opens + timedelta(seconds=7), lambda *_: None)] == [None]
    live = sorted(path.name for path in scene.www.glob("*.live-*.m3u8"))
    assert len(live) == 3 and live[0] in (scene.www / "the-red-kite.m3u8").read_text()
    code, document = prove(workplace, scene)
    assert (code, document["breaches"]) == (0, []) and any("still to come" in note for note in document["notes"])
    # A live playlist that names what is not open is found like any other way there.
    picture = next(scene.www / name for name in live if ".m4s" in (scene.www / name).read_text())
    secret = min(name for name in scene.only_secret if name.endswith(".m4s"))
    picture.write_text(re.sub(r"segments/\w+\.m4s", secret, picture.read_text()))
    code, document = prove(workplace, scene)
    assert code == 1 and {one["kind"] for one in document["breaches"]} == {"segment"}


def copy_entry(scene: Scene) -> set[tuple[str, str]]:
    shutil.copy(scene.secret.folder / "master.m3u8", scene.www / "the-red-kite-saxony.m3u8")
    return {("entry", "the-red-kite-saxony.m3u8")}


def lay_held_entry(scene: Scene) -> set[tuple[str, str]]:
    (scene.www / "held").mkdir()
    shutil.copy(scene.secret.folder / "master.m3u8", scene.www / "held" / "the-red-kite-saxony.m3u8")
    return {("entry", "held/the-red-kite-saxony.m3u8")}


def answer_with_another(scene: Scene) -> set[tuple[str, str]]:
    shutil.copy(scene.secret.folder / "master.m3u8", scene.www / "the-red-kite.m3u8")
    return {("entry", "the-red-kite.m3u8")}


def leave_playlists(scene: Scene) -> set[tuple[str, str]]:
    names = scene.secret.playlists - scene.whole.playlists
    for name in names:
        shutil.copy(scene.secret.folder / name, scene.www / name)
    return {("playlist", name) for name in names}


def lead_to_a_segment(scene: Scene) -> set[tuple[str, str]]:
    name = min(scene.only_secret)
    (scene.www / "trailer.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{name}\n#EXT-X-ENDLIST\n")
    return {("segment", name)}


@pytest.mark.parametrize("plant", [copy_entry, lay_held_entry, answer_with_another, leave_playlists, lead_to_a_segment])
def test_every_kind_of_breach_is_found_by_name_with_what_to_do(
    workplace: Any, scene: Scene, plant: Callable[[Scene], set[tuple[str, str]]]
) -> None:
    planted = plant(scene)
    code, document = prove(workplace, scene)
    assert code == 1 and document["holds"] is False and kinds(document) == planted
    assert all(one["remedy"] and one["edition"] == "the-red-kite-saxony" for one in document["breaches"])
    ran = workplace.matinee("drop", "prove", scene.calendar, "--address", scene.address)
    assert ran.code == 1 and "can be reached" in ran.out and "The embargo is broken" in ran.out


def test_an_edition_that_was_published_too_early_is_told_by_ledger_and_server(workplace: Any, scene: Scene) -> None:
    drop = open_drop(scene.calendar)
    plan, folder = publication_of(drop, "the-red-kite-saxony", "saxony")
    publish(plan, folder, drop.target, lambda *_: None)
    code, document = prove(workplace, scene)
    name = "the-red-kite-saxony.m3u8"
    assert code == 1 and {("ledger", name), ("entry", name)} < kinds(document)
    assert workplace.matinee("drop", "tend", scene.calendar, "--address", scene.address).code == 0
    assert prove(workplace, scene)[0] == 0


def test_an_older_cut_under_the_films_own_name_is_a_breach_while_the_film_is_closed(
    workplace: Any, scene: Scene
) -> None:
    scene.calendar.write_text(scene.calendar.read_text().replace("[[drops]]\n", "[[drops]]\nhours = 0.5\n", 1))
    workplace.matinee("drop", "tend", scene.calendar, "--address", scene.address)
    assert prove(workplace, scene)[0] == 0
    (scene.www / "the-red-kite.m3u8").write_bytes(scene.whole.master + b"# older\n")
    code, document = prove(workplace, scene)
    assert code == 1 and kinds(document) == {("entry", "the-red-kite.m3u8")}


def test_before_something_opens_a_breach_of_another_edition_is_told_and_holds_nothing_up(
    workplace: Any, scene: Scene
) -> None:
    copy_entry(scene)
    (scene.www / "the-red-kite.m3u8").unlink()
    ran = workplace.matinee("drop", "tend", scene.calendar, "--address", scene.address)
    assert ran.code == 1 and "the-red-kite-saxony is not open, and can be reached" in ran.err
    assert (scene.www / "the-red-kite.m3u8").read_bytes() == scene.whole.master


def test_a_server_that_cannot_be_asked_proves_nothing(workplace: Any, scene: Scene) -> None:
    ran = workplace.matinee("drop", "prove", scene.calendar, "--address", f"http://127.0.0.1:{free_port()}")
    assert ran.code == 2 and "cannot be asked" in ran.err and "--address" in ran.err and ran.out == ""
    assert workplace.matinee("drop", "prove", scene.calendar, "--address", "films").code == 2


def test_playlists_that_lie_ahead_for_nginx_are_told_and_only_signed_access_stops_who_kept_addresses(
    workplace: Any, scene: Scene
) -> None:
    leave_playlists(scene)
    scene.write('hold = "edge"\naccess = "signed"')
    code, document = prove(workplace, scene)
    assert code == 0 and document["breaches"] == []
    assert "ends with its window" in document["notes"][0] and "lie at the target before" in document["notes"][1]


def test_what_is_staged_from_a_package_that_is_gone_is_known_by_the_ledger(workplace: Any, scene: Scene) -> None:
    drop = open_drop(scene.calendar)
    stage(*_published(drop), drop.target, lambda *_: None)
    planted = lead_to_a_segment(scene)
    shutil.rmtree(scene.secret.folder)
    code, document = prove(workplace, scene)
    assert code == 1 and kinds(document) == planted


def _published(drop: Any) -> Any:
    return publication_of(drop, "the-red-kite-saxony", "saxony")


def test_what_is_laid_for_nginx_opens_by_its_clock_and_is_proved_before(
    workplace: Any, scene: Scene, tmp_path: Path
) -> None:
    scene.write('hold = "edge"')
    assert workplace.matinee("drop", "tend", scene.calendar, "--address", scene.address).code == 0
    assert (scene.www / "held" / "the-red-kite-saxony.m3u8").read_bytes() == scene.secret.master
    folder, port = tmp_path / "edge", free_port()
    folder.mkdir()
    listen = f"127.0.0.1:{port}"
    ran = workplace.matinee(
        "drop", "edge", scene.calendar, "--root", scene.www, "--listen", listen, "--country-header", "X-Country"
    )
    assert ran.code == 0, ran.err
    with run_nginx(ran.out, folder, port=port):
        film = f"http://{listen}/the-red-kite.m3u8"
        answers = {country: httpx.get(film, headers={"X-Country": country}) for country in ("DE", "FR")}
        assert {country: one.status_code for country, one in answers.items()} == {"DE": 404, "FR": 200}
        assert answers["FR"].content == scene.whole.master
        code, document = prove(workplace, scene, "--address", f"http://{listen}")
        assert (code, document["breaches"]) == (0, [])
        # What lies in the open is handed out there under no name of an edition, but to those who know its playlists.
        leave_playlists(scene)
        assert prove(workplace, scene, "--address", f"http://{listen}")[0] == 0
    assert prove(workplace, scene)[0] == 1, "a server that hands out held/ breaks the embargo"


def test_an_entry_that_nginx_hands_out_in_its_countries_alone_is_found(
    scene: Scene, workplace: Any, tmp_path: Path
) -> None:
    folder, port = tmp_path / "edge", free_port()
    folder.mkdir()
    address = f"http://127.0.0.1:{port}/"
    site = EdgeSite(scene.www, other_cdn("X-Country"), f"127.0.0.1:{port}")
    with run_nginx(edge_config([open_drop(scene.calendar).schedule], site), folder, port=port):

        def prove() -> tuple[int, list[tuple[str, str]]]:
            ran = workplace.matinee("drop", "prove", scene.calendar, "--address", address, "--json")
            found = json.loads(ran.out)["breaches"]
            return ran.code, [(one["kind"], one["name"]) for one in found]

        assert prove() == (0, [])
        # Out of somebody's copy of the folder: the ledger has it as staged.
        (scene.www / "the-red-kite-saxony.m3u8").write_bytes(scene.secret.master)
        got = httpx.get(f"{address}the-red-kite.m3u8", headers={"X-Country": "DE"}, trust_env=False)
        assert got.content == scene.secret.master
        assert prove() == (1, [("entry", "the-red-kite-saxony.m3u8")])
