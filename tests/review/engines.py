"""Firefox and WebKit by the protocols that their makers have for this, as far as tests of pages need them: WebDriver's
commands, to Firefox over a socket of its own (Marionette), to WebKitGTK's driver over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from tests.players.tools import find_file, find_tool

_WAIT_S: Final = 30.0
_Found = TypeVar("_Found")
_MINI_BROWSERS: Final = ("usr/lib/*/webkit2gtk-4.*/MiniBrowser", "usr/libexec/webkit2gtk-4.*/MiniBrowser")
_CODECS: Final = "usr/lib/*/gstreamer-1.0/libgstlibav.so"
"""What plays H.264 and AAC in WebKitGTK."""
# Nothing is asked of anybody but the page, and nothing is heard.
_PREFERENCES: Final[Mapping[str, Any]] = {
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "marionette.port": 0,
    "media.volume_scale": "0",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
}


class Browser:
    """A window of a browser; `send` takes a command of WebDriver, and what it is given."""

    def __init__(self, send: Callable[[str, dict[str, Any]], Any]) -> None:
        self._send = send

    def goto(self, address: str) -> None:
        self._send("url", {"url": address})

    def evaluate(self, expression: str) -> Any:
        """Return what an expression of the page comes to."""
        return self._send("execute/sync", {"script": f"return {expression}", "args": []})

    def wait_for(self, expression: str) -> Any:
        """Wait until an expression of the page is true; return what it comes to then."""
        return wait_for(lambda: self.evaluate(expression), expression)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, as with a mouse."""
        place = f"document.querySelector({json.dumps(selector)})"
        self.evaluate(f"{place}.scrollIntoView({{ block: 'center' }})")
        box = self.evaluate(f"{place}.getBoundingClientRect().toJSON()")
        x, y = int(box["x"] + box["width"] / 2), int(box["y"] + box["height"] / 2)
        steps = [
            {"type": "pointerMove", "duration": 0, "x": x, "y": y, "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._send("actions", {"actions": [mouse]})


def wait_for(look: Callable[[], _Found], what: str) -> _Found:
    """Return what is found once it is there."""
    until = time.monotonic() + _WAIT_S
    while not (found := look()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


@contextlib.contextmanager
def open_firefox(folder: Path) -> Iterator[Browser]:
    """Have Firefox up without a screen, with a profile of its own in a folder."""
    program = find_tool("firefox-esr", "firefox", package="firefox-esr")
    folder.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    (folder / "user.js").write_text("\n".join(lines))
    command = [program, "--headless", "--no-remote", "--marionette", "--profile", folder, "about:blank"]
    with _running(command, folder, HOME=str(folder)):
        port = wait_for(lambda: _text(folder / "MarionetteActivePort"), "Firefox")
        with socket.create_connection(("127.0.0.1", int(port)), timeout=_WAIT_S) as connection:
            send = _marionette(connection)
            send("WebDriver:NewSession", {})
            yield Browser(lambda command, asked: send(_MARIONETTE[command], asked))


_MARIONETTE: Final = {
    "url": "WebDriver:Navigate",
    "execute/sync": "WebDriver:ExecuteScript",
    "actions": "WebDriver:PerformActions",
}


def _marionette(connection: socket.socket) -> Callable[[str, dict[str, Any]], Any]:
    """Return what sends Firefox a command: `LENGTH:JSON`, of the JSON [0, number, name, what it is given]."""
    stream = connection.makefile("rb")

    def receive() -> Any:
        length = b""
        while (digit := stream.read(1)) != b":":
            assert digit, "Firefox ended"
            length += digit
        return json.loads(stream.read(int(length)))

    assert receive()["marionetteProtocol"] == 3

    def send(name: str, asked: dict[str, Any]) -> Any:
        text = json.dumps([0, 1, name, asked]).encode()
        connection.sendall(b"%d:%s" % (len(text), text))
        _, _, error, value = receive()
        assert error is None, error
        return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value

    return send


@contextlib.contextmanager
def open_webkit(folder: Path) -> Iterator[Browser]:
    """Have WebKitGTK's own small browser up on a screen that nobody sees, with a home of its own in a folder."""
    driver = find_tool("WebKitWebDriver", package="webkit2gtk-driver")
    program = find_file(*_MINI_BROWSERS, package="webkit2gtk-driver")
    screen = find_tool("Xvfb", package="xvfb")
    find_file(_CODECS, package="gstreamer1.0-libav")
    folder.mkdir(mode=0o700)
    with contextlib.ExitStack() as stack:
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        command = [screen, "-displayfd", str(writing), "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]
        stack.enter_context(_running(command, folder, pass_fds=(writing,)))
        os.close(writing)
        own = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "DISPLAY": f":{os.read(reading, 20).decode().strip()}",
        }
        port = _free_port()
        stack.enter_context(_running([driver, f"--port={port}"], folder, GDK_BACKEND="x11", NO_AT_BRIDGE="1", **own))
        base = f"http://127.0.0.1:{port}"
        client = stack.enter_context(httpx.Client(base_url=base, trust_env=False, timeout=_WAIT_S))
        wait_for(lambda: _answers(client), "WebKit's driver")
        options = {"binary": str(program), "args": ["--automation"]}
        asked = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        session = f"/session/{_value(client.post('/session', json=asked))['sessionId']}"
        stack.callback(client.delete, session)
        yield Browser(lambda command, asked: _value(client.post(f"{session}/{command}", json=asked)))


@contextlib.contextmanager
def _running(command: list[Any], folder: Path, pass_fds: tuple[int, ...] = (), **environment: str) -> Iterator[None]:
    """Have a program run, with all that it starts."""
    with (folder / f"{Path(command[0]).name}.log").open("wb") as said:
        run = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            pass_fds=pass_fds, start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(run.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    run.wait(5)
                    break


def _value(answer: httpx.Response) -> Any:
    value = answer.json()["value"]
    assert answer.is_success, value
    return value


def _answers(client: httpx.Client) -> bool:
    try:
        return bool(client.get("/status").json()["value"]["ready"])
    except httpx.TransportError:
        return False


def _text(path: Path) -> str:
    try:
        return re.sub(r"\D", "", path.read_text())
    except OSError:
        return ""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
