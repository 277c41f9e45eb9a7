"""A package on a server: its answers are judged, its host alone is asked, and nothing that it says takes all memory."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.errors import PlanError
from pipeline.plan.hls.conformance import Conformance
from pipeline.plan.hls.rules import Finding
from pipeline.shell import hls_reading
from pipeline.shell.conformance import check_package

TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4", ".vtt": "text/vtt"}


@dataclass
class Habits:
    """How a server answers, and what it was asked for."""

    types: dict[str, str] = field(default_factory=lambda: dict(TYPES))
    caching: dict[str, str] = field(default_factory=lambda: {".m3u8": "max-age=5"})
    headers: dict[str, str] = field(default_factory=lambda: {"Access-Control-Allow-Origin": "*"})
    compresses: bool = True
    knows_ranges: bool = True
    moved: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(folder: Path, habits: Habits) -> Iterator[str]:
    """Serve a folder on loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            habits.asked.append(self.path)
            if self.path in habits.moved:
                self.send_response(302)
                self.send_header("Location", habits.moved[self.path])
                self.end_headers()
                return
            path = folder / self.path.lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            self._answer(habits.replaced.get(self.path, path.read_bytes()), path.suffix)

        def _answer(self, data: bytes, suffix: str) -> None:
            wanted = self.headers.get("Range")
            packed = habits.compresses and suffix == ".m3u8" and "gzip" in self.headers.get("Accept-Encoding", "")
            body = gzip.compress(data) if packed else data
            is_part = wanted is not None and habits.knows_ranges
            if is_part:
                first, _, last = wanted.removeprefix("bytes=").partition("-")
                body = body[int(first) : int(last) + 1]
            self.send_response(206 if is_part else 200)
            self.send_header("Content-Type", habits.types[suffix])
            self.send_header("Cache-Control", habits.caching.get(suffix, "max-age=31536000, immutable"))
            for name, value in habits.headers.items():
                self.send_header(name, value)
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def check(folder: Path, habits: Habits) -> Conformance:
    with serving(folder, habits) as host:
        return check_package(f"{host}/master.m3u8")


def failed(found: Conformance) -> set[str]:
    return {one.number for one in found.findings if one.outcome == "fail"}


def finding(found: Conformance, number: str) -> Finding:
    return next(one for one in found.findings if one.number == number)


def test_a_server_that_answers_well_breaks_only_what_loopback_cannot_keep(hls_package: Path) -> None:
    habits = Habits()
    found = check(hls_package, habits)
    assert failed(found) == {"11.1, 11.2, 11.3"}  # loopback has no https
    assert finding(found, "10.4").outcome == finding(found, "Matinee 9").outcome == "pass"
    assert len(habits.asked) < 60


def _no_cors(habits: Habits) -> None:
    habits.headers.clear()


def _cached_short(habits: Habits) -> None:
    habits.caching[".m4s"] = "max-age=5"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda habits: habits.types.update({".m4s": "application/octet-stream"}), {"10.4"}),
        (lambda habits: habits.types.update({".m3u8": "text/plain"}), {"10.4"}),
        (lambda habits: setattr(habits, "compresses", False), {"10.1"}),
        (lambda habits: setattr(habits, "knows_ranges", False), {"Matinee 9"}),
        (_no_cors, {"Matinee 8"}),
        (_cached_short, {"Matinee 7"}),
    ],
)
def test_each_bad_habit_is_found(hls_package: Path, spoil: Callable[[Habits], None], expected: set[str]) -> None:
    habits = Habits()
    spoil(habits)
    assert failed(check(hls_package, habits)) == {"11.1, 11.2, 11.3"} | expected


def test_a_redirect_is_followed_on_the_same_host_and_told(hls_package: Path) -> None:
    habits = Habits(moved={"/i234.m3u8": "/i360.m3u8"})
    found = check(hls_package, habits)
    assert "8.18" in failed(found)
    assert "redirected to /i360.m3u8" in finding(found, "8.18").places[0].what


@pytest.mark.parametrize("target", ["http://localhost:1/x.m4s", "file:///etc/passwd", "https://127.0.0.1/x.m4s", ""])
def test_a_redirect_to_another_place_is_told_and_not_followed(hls_package: Path, target: str) -> None:
    found = check(hls_package, Habits(moved={"/v234-1.m4s": target}))
    assert {"8.18", "Matinee 2"} <= failed(found)


def test_a_redirect_in_a_circle_ends(hls_package: Path) -> None:
    habits = Habits(moved={"/v234-1.m4s": "/v234-1.m4s"})
    assert "Matinee 2" in failed(check(hls_package, habits))
    assert habits.asked.count("/v234-1.m4s") < 20


def test_no_other_host_is_asked(hls_package: Path) -> None:
    with serving(hls_package, other := Habits()) as elsewhere:
        text = (hls_package / "v234.m3u8").read_text().replace("v234-1.m4s", f"{elsewhere}/v234-1.m4s")
        found = check(hls_package, Habits(replaced={"/v234.m3u8": text.encode()}))
    assert {"Matinee 10"} == failed(found) - {"11.1, 11.2, 11.3"}
    assert other.asked == []


def test_a_playlist_that_unpacks_without_end_is_cut_off(hls_package: Path) -> None:
    habits = Habits(replaced={"/a.m3u8": b"#EXTM3U\n" + b"#" * (40 << 20)})
    found = check(hls_package, habits)
    assert any("bytes that are read" in place.what for place in finding(found, "Matinee 2").places)


def test_a_segment_that_is_too_large_is_not_read(hls_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_reading, "_SEGMENT_MAX", 20_000)
    assert "Matinee 2" in failed(check(hls_package, Habits()))


def test_a_server_that_is_not_there_is_the_users_to_mend() -> None:
    with pytest.raises(PlanError, match="the server does not give it"):
        check_package("http://127.0.0.1:9/master.m3u8")
    with pytest.raises(PlanError, match="is no URL"):
        check_package("http:///master.m3u8")


def test_an_answer_that_nothing_is_there_is_told(hls_package: Path) -> None:
    with serving(hls_package, Habits()) as host, pytest.raises(PlanError, match="answers 404"):
        check_package(f"{host}/no.m3u8")
