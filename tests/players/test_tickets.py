"""A ticket in the path reaches every playlist and segment, also on a page of another site, in every player."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.plan.country_headers import other_cdn
from pipeline.plan.edge import EdgeSite, edge_config
from pipeline.plan.schedule import Schedule, Window
from pipeline.plan.tickets import key_file_text, sign
from tests.players.packages import Package
from tests.players.stage import Seen, Stage, Theatre
from tests.players.web import Web, free_port, run_nginx

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"


class _SignedTheatre(Theatre):
    """A theatre whose players open an address that was signed."""

    def address(self, package: Package) -> str:  # noqa: ARG002 - one film is served
        return f"{self._web.packages}{sign('/red-kite.m3u8', int(time.time()) + 600, KEY)}"


@pytest.fixture
def target(tmp_path: Path, packages: dict[str, Package]) -> Path:
    """Return a target with a package's files, its entry held for nginx to open."""
    www = tmp_path / "www"
    shutil.copytree(packages["film"].folder, www)
    (www / "held").mkdir()
    (www / "master.m3u8").rename(www / "held" / "red-kite.m3u8")
    return www


@pytest.fixture
def signed(tmp_path: Path, target: Path, web: Web) -> Iterator[Theatre]:
    now = datetime.now(UTC).replace(microsecond=0)
    window = Window(now - timedelta(hours=1), now + timedelta(hours=1), "", "red-kite", "UTC", now - timedelta(hours=2))
    film = Schedule("red-kite", "https://films.example.org/", "edge", "signed", (window,), (("", ()),))
    port, key_file, folder = free_port(), tmp_path / "key", tmp_path / "nginx"
    key_file.write_text(key_file_text(KEY))
    folder.mkdir()
    site = EdgeSite(target, other_cdn("X-Country"), f"127.0.0.1:{port}", key_file=key_file)
    with run_nginx(edge_config([film], site), folder, port=port):
        theatre = _SignedTheatre(Web(f"http://127.0.0.1:{port}", web.stage))
        try:
            yield theatre
        finally:
            theatre.close()


def test_every_player_plays_a_signed_film_to_its_end(
    theatre: Theatre, signed: Theatre, packages: dict[str, Package], tmp_path: Path
) -> None:
    assert theatre  # which has installed the players
    package = packages["film"]

    async def play(stage: Stage) -> Seen:
        await stage.play_to_end(speed=4)
        return await stage.see()

    def check(seen: Seen) -> None:
        assert (seen.errors, seen.ended) == ([], True)
        assert abs(seen.duration - package.duration) < 1 / package.rate

    signed.hold(play, package, check)
    asked = [line.split('"')[1].split() for line in (tmp_path / "nginx" / "access.log").read_text().splitlines()]
    media = [path for method, path, _ in asked if method == "GET" and path.endswith((".m4s", ".mp4", ".m3u8", ".vtt"))]
    assert any(path.endswith(".m4s") for path in media) and all(path.startswith("/s/red-kite/") for path in media)
