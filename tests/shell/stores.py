"""An S3 on loopback, and a store in front of it that does as real ones do: it ignores, refuses, fails and damages."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.server import ThreadedMotoServer
from werkzeug.test import Client

BUCKET = "films"
_S3 = DomainDispatcherApplication(create_backend_app)
_CONDITIONS = ("if-match", "if-none-match")
_SUM = "x-amz-checksum-sha256"


@dataclass
class Asked:
    """One request that the store got."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The object's key."""
        return self.path.removeprefix(f"/{BUCKET}/")

    @property
    def is_write(self) -> bool:
        return self.method in ("PUT", "POST") and PROBE not in self.path


PROBE = ".matinee-probe-"
Answer = tuple[int, dict[str, str], bytes]
RESET = "reset"


@dataclass
class Store:
    """What stands before the S3, and how it behaves; every field may be changed while it runs."""

    url: str = ""
    behind: str = ""
    heeds_conditions: bool = True
    checks_sums: bool = False
    before: Callable[[Asked], int | str | None] = lambda _: None
    """Returns the status that a request is refused with, "reset" to hang up on it, or None."""
    after: Callable[[Asked], str | None] = lambda _: None
    """Called when a request was carried out and before it is answered; "reset" loses the answer."""
    damage: Callable[[Asked], bytes] = lambda asked: asked.body
    """Returns what is kept of what was sent."""
    asked: list[Asked] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return _client(self.behind)

    def all_keys(self) -> set[str]:
        """Return all keys in the bucket."""
        return {one["Key"] for one in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", ())}

    def read(self, key: str) -> Any:
        return self.client.get_object(Bucket=BUCKET, Key=key)

    def writes(self) -> list[str]:
        """Return the names of what was written, in order."""
        return [one.name for one in self.asked if one.is_write]

    def answer(self, asked: Asked) -> Answer | str:
        self.asked.append(asked)
        refused = self.before(asked)
        if isinstance(refused, int):
            return refused, {}, b"" if asked.method == "HEAD" else _error(refused)
        if refused is not None:
            return refused
        headers = dict(asked.headers)
        if not self.heeds_conditions:
            headers = {name: value for name, value in headers.items() if name.lower() not in _CONDITIONS}
        if asked.method in ("PUT", "POST") and self.checks_sums and _SUM in headers:
            kept = self.damage(asked)
            if base64.b64encode(hashlib.sha256(kept).digest()).decode() != headers[_SUM]:
                return 400, {}, _error(400, "BadDigest")
        status, told, body = _forward(asked, headers, self.damage(asked))
        if self.checks_sums and status == 200 and "uploadId" not in asked.query:
            if asked.method == "PUT" and _SUM in headers:
                self.sums[asked.path] = headers[_SUM]
            elif asked.method == "HEAD" and asked.path in self.sums:
                told[_SUM] = self.sums[asked.path]
        return self.after(asked) or (status, told, body)


def have_clients_ask_as_test(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have clients of S3 use keys of the test, and nothing that this machine says of stores."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(folder / "nosuch"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # One more try is enough to see what trying again does.
    monkeypatch.setattr("pipeline.shell.targets.sessions._ATTEMPTS", 2)


@contextlib.contextmanager
def run_s3() -> Iterator[str]:
    """Run an S3 on loopback until the end of the block, and give its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextlib.contextmanager
def run_store(behind: str) -> Iterator[Store]:
    """Run a store with an empty bucket in front of an S3."""
    client = _client(behind)
    for bucket in client.list_buckets()["Buckets"]:
        for one in client.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
            client.delete_object(Bucket=bucket["Name"], Key=one["Key"])
        for one in client.list_multipart_uploads(Bucket=bucket["Name"]).get("Uploads", ()):
            client.abort_multipart_upload(Bucket=bucket["Name"], Key=one["Key"], UploadId=one["UploadId"])
    client.create_bucket(Bucket=BUCKET)
    store = Store(behind=behind)

    class Handler(_Handler):
        front = store

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else what follows the header waits until the client's system has told that the header came, 40 ms.
    disable_nagle_algorithm = True
    front: Store

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = self.front.answer(Asked(self.command, parts.path, parts.query, headers, body))
        if isinstance(found, str):
            # An abrupt end, with no goodbye.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        status, told, content = found
        self.send_response_only(status)
        for name, value in told.items():
            self.send_header(name, value)
        if "content-length" not in told:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - the server's names

    def log_message(self, *_: object) -> None:
        pass

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()


def _forward(asked: Asked, headers: dict[str, str], body: bytes) -> Answer:
    """Have the S3 of this process carry out a request; a second connection would only take time."""
    kept = {name: value for name, value in headers.items() if name not in ("host", "content-length", "expect")}
    answer = Client(_S3).open(asked.path, method=asked.method, query_string=asked.query, headers=kept, data=body)
    content = answer.get_data()
    told = {
        name.lower(): value for name, value in answer.headers if name.lower() not in ("connection", "date", "server")
    }
    if asked.method != "HEAD":
        told["content-length"] = str(len(content))
    return answer.status_code, told, content


def _client(url: str) -> Any:
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, config=config, **keys)


def _error(status: int, code: str = "") -> bytes:
    codes = {403: "AccessDenied", 503: "SlowDown", 500: "InternalError", 507: "InsufficientStorage"}
    return f"<Error><Code>{code or codes.get(status, 'Error')}</Code><Message>told so</Message></Error>".encode()
