"""A premiere, served by a clock, plays in real players from its start to its end, and never ahead of the clock."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.plan.origin import content_type_of
from pipeline.plan.premiere import lead, premiere_playlist
from pipeline.playlists import MediaPlaylist, media_text, read_playlist
from tests.players.packages import Package
from tests.players.stage import Seen, Stage, Theatre
from tests.players.web import Web


class _Clock:
    """When the premiere started: it does when the first player asks for its master playlist."""

    def __init__(self) -> None:
        self.starts = datetime.now(UTC)
        self._from = time.monotonic()

    def restart(self) -> None:
        self.starts, self._from = datetime.now(UTC), time.monotonic()

    @property
    def since(self) -> Fraction:
        return Fraction(time.monotonic() - self._from)


class _Premiere(BaseHTTPRequestHandler):
    """Serve a package whose media playlists go by a clock."""

    def __init__(self, root: Path, clock: _Clock, *given: object) -> None:
        self._root, self._clock = root, clock
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self._root / self.path.lstrip("/")
        if path.name == "master.m3u8":
            self._clock.restart()
        content = path.read_bytes()
        playlist = read_playlist(content).playlist if path.suffix == ".m3u8" else None
        if isinstance(playlist, MediaPlaylist):
            found = premiere_playlist(playlist, starts=self._clock.starts, since=self._clock.since)
            assert found is not None
            content = media_text(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type_of(path.name))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def premiere(web: Web, packages: dict[str, Package], clock: _Clock) -> Iterator[Theatre]:
    root = packages["film"].folder.parent
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Premiere, root, clock)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        theatre = Theatre(Web(f"http://127.0.0.1:{server.server_port}", web.stage))
        try:
            yield theatre
        finally:
            theatre.close()
            server.shutdown()


@pytest.mark.parametrize(("player", "name"), [("hls.js", "film"), ("shaka", "film"), ("hls.js", "joined")])
def test_a_premiere_plays_from_its_start_to_its_end_and_not_ahead_of_its_clock(
    theatre: Theatre, premiere: Theatre, packages: dict[str, Package], clock: _Clock, player: str, name: str
) -> None:
    assert theatre  # which has installed the players
    package = packages[name]
    whole = read_playlist(package.playlists("v")[0].read_bytes()).playlist
    assert isinstance(whole, MediaPlaylist)
    most_ahead, ahead = lead(whole), list[Fraction]()

    async def play(stage: Stage) -> Seen:
        ahead.clear()
        await stage.play()
        for second in range(2, int(package.duration) - 1, 2):
            await stage.do("played(given[0])", second)
            ahead.append(Fraction(await stage.do("video.currentTime")) - clock.since)
        await stage.do("finished()")
        return await stage.see()

    def check(seen: Seen) -> None:
        assert seen.errors == [] and seen.ended
        assert max(ahead) <= most_ahead
        assert abs(seen.time - package.duration) < 0.2
        assert seen.frames[0]["at"] < 1 and seen.frames[-1]["at"] > package.duration - 1

    premiere.hold(play, package, check, players=(player,))
