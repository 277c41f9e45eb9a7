"""Chromium shows, of a proxy that a server sends in ranges, the very picture that was asked for, and soon."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from pipeline.shell.proxies import make_proxy
from tests.players.tools import find_tool

from .conftest import COLUMNS, ROWS, ffmpeg, numbered_pictures, write_film
from .test_proxies import X264, film_of, workshop_of

_PAGE = b"<!doctype html><video muted preload=auto></video>"
# A picture's number is read from its blocks where it is drawn; times are from the call to the picture on screen.
_SEEK = f"""async ([url, times]) => {{
  const video = document.querySelector("video"), canvas = document.createElement("canvas");
  const shown = () => new Promise(done => video.requestVideoFrameCallback(() => done(performance.now())));
  if (!video.src) {{
    const first = shown();
    video.src = url;
    await first;
  }}
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d", {{willReadFrequently: true}});
  const found = [];
  for (const time of times) {{
    const began = performance.now(), next = shown();
    video.currentTime = time;
    const took = await Promise.race([next, new Promise(done => setTimeout(done, 5000, null))]);
    context.drawImage(video, 0, 0);
    let number = 0;
    for (let block = 0; block < {COLUMNS * ROWS}; block++) {{
      const [row, column] = [Math.floor(block / {COLUMNS}), block % {COLUMNS}];
      const [x, y] = [(column + 0.5) * canvas.width / {COLUMNS}, (row + 0.5) * canvas.height / {ROWS}];
      if (context.getImageData(x, y, 1, 1).data[1] > 126) number |= 1 << block;
    }}
    found.push([number, took && took - began]);
  }}
  return found;
}}"""


@dataclass(frozen=True)
class Browser:
    """A page, and the folder whose files it may ask for."""

    page: Page
    folder: Path
    url: str

    def seek(self, path: Path, times: list[Fraction]) -> list[tuple[int, float | None]]:
        """Return which picture is shown after each seek, and after how many milliseconds."""
        (self.folder / path.name).symlink_to(path)
        self.page.goto(self.url)
        found: list[Any] = self.page.evaluate(_SEEK, [path.name, [float(time) for time in times]])
        return [(number, took) for number, took in found]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("served")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            raw = (folder / name).read_bytes() if name.endswith(".mp4") else _PAGE if not name else b""
            asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first = int(asked[1]) if asked else 0
            last = min(len(raw) - 1, int(asked[2]) if asked and asked[2] else len(raw) - 1)
            self.send_response(206 if asked else 200 if raw else 404)
            self.send_header("Content-Type", "video/mp4" if name else "text/html")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(last - first + 1 if raw else 0))
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(raw)}")
            self.end_headers()
            try:
                self.wfile.write(raw[first : last + 1])
            except OSError:  # it has seen enough
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--mute-audio"]
        program = find_tool("chromium", "chromium-browser", "google-chrome", package="chromium")
        chromium = playwright.chromium.launch(executable_path=program, args=flags)
        yield Browser(chromium.new_page(), folder, f"http://127.0.0.1:{server.server_port}/")
        chromium.close()
    server.shutdown()
    server.server_close()
    thread.join()


def middle_of(times: list[Fraction], frame: int) -> Fraction:
    """Return the middle of a picture's time: its very start may be rounded to the picture before."""
    return (times[frame] + times[frame + 1]) / 2


@pytest.mark.parametrize("rate", ["24", "24000/1001", "60000/1001", "17/2"])
def test_any_picture_is_shown_and_soon(rate: str, tmp_path: Path, browser: Browser) -> None:
    fps, name = Fraction(rate), f"film-{rate.replace('/', '-')}.mkv"
    path = write_film(tmp_path / name, rate=rate, frames=240)
    made = make_proxy(film_of(path), workshop_of(path, tmp_path)).artifact
    times = [frame / fps for frame in range(241)]
    proxy = made.path.rename(tmp_path / f"{path.stem}.mp4")
    wanted = [*random.Random(1).sample(range(240), 20), *range(100, 110), *range(109, 99, -1), 239, 0]
    found = browser.seek(proxy, [middle_of(times, frame) for frame in wanted])
    assert [number for number, _ in found] == wanted
    took = sorted(one for _, one in found if one is not None)
    assert took[len(took) // 2] < 150


def test_a_variable_rate_is_stepped_through_picture_by_picture(tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "phone.mp4"
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "160x90", "-r", "1000", "-i", "pipe:0")
    shown = "if(lt(N,30),N*40,if(lt(N,45),1200+(N-30)*100,2700+(N-45)*17))"
    ffmpeg(
        *(*raw, "-vf", f"settb=1/1000,setpts='{shown}'", "-fps_mode", "passthrough", "-enc_time_base", "1/1000"),
        *(*X264, "-pix_fmt", "yuv420p", "-video_track_timescale", "1000", path),
        given=numbered_pictures(80),
    )
    film = film_of(path)
    made = make_proxy(film, workshop_of(path, tmp_path)).artifact
    proxy = made.path.rename(tmp_path / "phone-proxy.mp4")
    times = [film.timeline.time_of(frame) for frame in range(81)]
    wanted = [*range(20, 60), 79, 3, 79]
    found = browser.seek(proxy, [middle_of(times, frame) for frame in wanted])
    assert [number for number, _ in found] == wanted
