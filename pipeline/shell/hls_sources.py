"""Where a package is read from: a folder, which nothing in it leads out of, or a server, whose own host alone is asked.

Everything is bounded: bytes, time, redirects.
"""

from __future__ import annotations

import os
import posixpath
import stat
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self
from urllib.parse import unquote, urljoin, urlsplit

from pipeline.plan.hls.package import OTHER_HOST, Answer, Kind
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import ByteRange

if TYPE_CHECKING:
    import httpx

_REDIRECTS_MAX: Final = 3
_PATIENCE_S: Final = 20.0
_ONE_RESOURCE_S: Final = 120.0
_CHUNK: Final = 1 << 16
_GZIP_WINDOW: Final = 31  # zlib's number for a gzip header
_URI_MAX: Final = 4096


class Source(Protocol):
    """What a package is read from; a `name` is what `locate` returned."""

    where: str

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def locate(self, base: str, uri: str) -> Measured[str]:
        """Return the name of what an address in the resource `base` means; Unmeasured where it leads outside."""

    def read(self, name: str, *, kind: Kind, most: int, span: ByteRange | None = None) -> Measured[bytes]:
        """Return a resource of at most so many bytes, or a part of one."""

    def probe_range(self, name: str) -> None:
        """Ask for a part of a resource that was read, where a server may not know how."""

    @property
    def answers(self) -> Measured[tuple[Answer, ...]]:
        """How the server answered."""


class Folder:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.where = str(root)
        self._root = root.resolve()
        self._folders: dict[str, Path] = {}
        """Where folders in it really lie, by their names."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def locate(self, base: str, uri: str) -> Measured[str]:
        """Return the path from the package's folder; neither text nor link leads out of it."""
        try:
            parts = urlsplit(uri)
        except ValueError:
            return Unmeasured("it is no address")
        if parts.scheme or parts.netloc:
            return Unmeasured("it leads to another place than the package's folder")
        path = unquote(parts.path, errors="surrogateescape")
        if not path or "\0" in path or len(uri) > _URI_MAX:
            return Unmeasured("it is no address of a file")
        name = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        if path.startswith("/") or name.startswith(("../", "/")) or name == "..":
            return Unmeasured("it leads out of the package's folder")
        try:
            is_inside = self._is_inside(name)
        except (OSError, RuntimeError, ValueError):  # links in a circle, names that are too long
            return Unmeasured("it cannot be followed")
        if not is_inside:
            return Unmeasured("a link leads out of the package's folder")
        return name

    def read(self, name: str, *, kind: Kind, most: int, span: ByteRange | None = None) -> Measured[bytes]:  # noqa: ARG002
        """Return a regular file's bytes."""
        try:
            # Without O_NONBLOCK, a named pipe would wait for a writer.
            number = os.open(self._root / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(number, "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return Unmeasured("it is no file")
                wanted = ByteRange(found.st_size, 0) if span is None else span
                if wanted.length > most:
                    return Unmeasured(f"it has {wanted.length} bytes, more than the {most} that are read")
                stream.seek(wanted.offset)
                data = stream.read(wanted.length)
        except FileNotFoundError:
            return Unmeasured("there is no such file")
        except IsADirectoryError:
            return Unmeasured("it is no file")
        except OSError as error:
            return Unmeasured(f"it cannot be read: {error.strerror or error}")
        return data if len(data) == wanted.length else Unmeasured("its byte range ends past the file's end")

    def _is_inside(self, name: str) -> bool:
        """Tell whether a file lies in the folder, whatever links lead to it; folders are asked once."""
        above, below = posixpath.split(name)
        if above not in self._folders:
            self._folders[above] = (self._root / above).resolve()
        place = f"{self._folders[above]}/{below}"
        real = Path(place).resolve() if posixpath.islink(place) else self._folders[above]
        return real.is_relative_to(self._root)

    def probe_range(self, name: str) -> None:
        """Do nothing: a file has parts."""

    @property
    def answers(self) -> Measured[tuple[Answer, ...]]:
        """Say that nobody answered."""
        return Unmeasured("it was read from a folder, not from a server")


@dataclass(frozen=True)
class _Got:
    """What one request brought."""

    status: int
    headers: httpx.Headers
    data: bytes
    is_whole: bool


class Server:
    """A host that serves the package over http or https."""

    def __init__(self, url: str) -> None:
        import httpx

        self.where = url
        self._origin = _origin_of(url)
        self._answers: dict[str, Answer] = {}
        self._client = httpx.Client(timeout=_PATIENCE_S, follow_redirects=False, headers={"User-Agent": "matinee"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def locate(self, base: str, uri: str) -> Measured[str]:
        """Return the absolute address; only the package's own host is asked."""
        if len(uri) > _URI_MAX:
            return Unmeasured("it is too long for an address")
        try:
            url = urljoin(base, uri)
            origin = _origin_of(url)
        except ValueError:
            return Unmeasured("it is no address")
        return url if origin == self._origin else Unmeasured(OTHER_HOST)

    def read(self, name: str, *, kind: Kind, most: int, span: ByteRange | None = None) -> Measured[bytes]:
        """Return what the server gives, unpacked where it is compressed."""
        import httpx

        if span is not None and span.length > most:
            return Unmeasured(f"it has {span.length} bytes, more than the {most} that are read")
        redirects: list[str] = []
        url = name
        try:
            while True:
                got = self._get(url, kind, most, span)
                if got.status not in (301, 302, 303, 307, 308):
                    break
                redirects.append(got.headers.get("location", "nowhere"))
                following = self.locate(url, redirects[-1])
                if isinstance(following, Unmeasured) or len(redirects) > _REDIRECTS_MAX:
                    self._note(name, kind, got, redirects, span)
                    return Unmeasured(f"it is redirected to {redirects[-1]}, which is not followed")
                url = following
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error, TimeoutError) as error:
            return Unmeasured(f"the server does not give it: {type(error).__name__} {error}".strip())
        self._note(name, kind, got, redirects, span)
        if got.status not in (200, 206):
            return Unmeasured(f"the server answers {got.status}")
        if not got.is_whole:
            return Unmeasured(f"it has more than the {most} bytes that are read")
        if span is None:
            return got.data
        data = got.data[span.offset : span.offset + span.length] if got.status == 200 else got.data
        return data if len(data) == span.length else Unmeasured("its byte range ends past its end")

    def probe_range(self, name: str) -> None:
        """Ask for two bytes, and keep the status."""
        import httpx

        answer = self._answers.get(name)
        if answer is None or answer.range_status is not None or answer.status >= 400:
            return
        try:
            got = self._get(name, answer.kind, _CHUNK, ByteRange(2, 0))
        except (httpx.HTTPError, zlib.error, TimeoutError):
            return
        self._answers[name] = replace(answer, range_status=got.status)

    @property
    def answers(self) -> Measured[tuple[Answer, ...]]:
        """How the server answered, one for each resource."""
        return tuple(self._answers.values())

    def _get(self, url: str, kind: Kind, most: int, span: ByteRange | None) -> _Got:
        headers = {"Accept-Encoding": "gzip" if kind == "playlist" else "identity"}
        if span is not None:
            headers["Range"] = f"bytes={span.offset}-{span.offset + span.length - 1}"
        with self._client.stream("GET", url, headers=headers) as response:
            chunks = _bounded(response, most)
            data = b"".join(chunks)
            return _Got(response.status_code, response.headers, data[:most], len(data) <= most)

    def _note(self, name: str, kind: Kind, got: _Got, redirects: list[str], span: ByteRange | None) -> None:
        if name in self._answers:
            return
        self._answers[name] = Answer(
            uri=name,
            kind=kind,
            status=got.status,
            content_type=got.headers.get("content-type", ""),
            encoding=got.headers.get("content-encoding", ""),
            cache_control=got.headers.get("cache-control"),
            allows_origin=got.headers.get("access-control-allow-origin"),
            redirects=tuple(redirects),
            range_status=None if span is None else got.status,
        )


def _bounded(response: httpx.Response, most: int) -> Iterator[bytes]:
    """Yield a response's bytes, unpacked, until they are one more than allowed."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW) if response.headers.get("content-encoding") == "gzip" else None
    total, began = 0, time.monotonic()
    for chunk in response.iter_raw(_CHUNK):
        data = chunk if unpacker is None else unpacker.decompress(chunk, most + 1 - total)
        total += len(data)
        yield data
        if total > most:
            return
        if time.monotonic() - began > _ONE_RESOURCE_S:
            raise TimeoutError(f"after {_ONE_RESOURCE_S:.0f} s")


def _origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port. Raises ValueError for what is not on the web."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(url)
    return parts.scheme, parts.hostname.lower(), parts.port or (443 if parts.scheme == "https" else 80)
