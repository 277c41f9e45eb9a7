"""What a line of a server's or CDN's log says of one request: nginx, CloudFront, Cloudflare, Fastly.

Each line is known by how it looks, so that logs of several kinds may follow one another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

# nginx's and Apache's combined format, with or without referer and agent.
_COMBINED: Final = re.compile(
    r'(?P<address>\S+) \S+ .*?\[(?P<time>[^\]]{20,32})\] "(?P<method>[A-Z]+) (?P<uri>\S+)[^"]*" (?P<status>\d{3}) \S+'
    r'(?: "(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)")?'
)
_COMBINED_TIME: Final = "%d/%b/%Y:%H:%M:%S %z"
# The names under which each kind of JSON has what we read, the first that is there: ours (drop edge), Cloudflare's
# Logpush, Fastly's documented formats.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("time", "EdgeStartTimestamp", "timestamp", "time_start"),
    "address": ("address", "ClientIP", "client_ip"),
    "uri": ("uri", "ClientRequestURI", "url"),
    "method": ("method", "ClientRequestMethod", "request_method", "request"),
    "status": ("status", "EdgeResponseStatus", "response_status"),
    "agent": ("agent", "ClientRequestUserAgent", "request_user_agent"),
    "country": ("country", "ClientCountry", "geo_country_code", "geo_country"),
    "edition": ("edition",),
    "forwarded": ("forwarded",),
}
_NEEDED: Final = ("time", "address", "uri", "method", "status")
_CLOUDFRONT: Final = {
    "address": "c-ip",
    "method": "cs-method",
    "uri": "cs-uri-stem",
    "status": "sc-status",
    "agent": "cs(User-Agent)",
    "query": "cs-uri-query",
}
_EPOCHS: Final = (10**11, 10**14, 10**17)
"""Above these a number since 1970 counts milliseconds, microseconds and nanoseconds."""


@dataclass(frozen=True)
class Hit:
    """One request, as a log has it."""

    at: float
    """Seconds since 1970."""
    address: str
    agent: str
    method: str
    path: str
    query: str
    status: int
    country: str = ""
    """Two capital letters, where the log has it."""
    edition: str = ""
    """What was served, where the log has it."""


class UnreadableLine(ValueError):  # noqa: N818 - says what it is
    """A line that says no request; its text, which may hold an address, is not in the message."""


class LogReader:
    """Read the lines of one log, one after the other: those of CloudFront are named by a line above them."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}

    def read(self, line: str) -> Hit | None:
        """Return what a line says; None where it is a remark or empty. Raises UnreadableLine."""
        text = line.strip("\r\n\ufeff")
        if not text.strip():
            return None
        if text.startswith("#"):
            self._take_remark(text)
            return None
        try:
            if text.startswith("{"):
                return _from_json(text)
            if "\t" in text and self._columns:
                return self._from_cloudfront(text.split("\t"))
            return _from_combined(text)
        except UnreadableLine:
            raise
        except (ValueError, KeyError, IndexError, OverflowError, RecursionError):
            raise UnreadableLine("a field that says nothing we know") from None

    def _take_remark(self, text: str) -> None:
        if text.startswith("#Fields:"):
            names = text.removeprefix("#Fields:").split()
            self._columns = {name: place for place, name in enumerate(names)}

    def _from_cloudfront(self, cells: Sequence[str]) -> Hit:
        """Read a line of CloudFront's standard log: agents and paths are percent-encoded, an empty cell is a hyphen."""
        told = {name: cells[self._columns[column]] for name, column in _CLOUDFRONT.items() if column in self._columns}
        date, clock = cells[self._columns["date"]], cells[self._columns["time"]]
        at = datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=UTC)
        query = told.get("query", "-")
        country = cells[self._columns["c-country"]] if "c-country" in self._columns else ""
        return Hit(
            at=at.timestamp(),
            address=told["address"],
            agent=unquote(told.get("agent", "")),
            method=told["method"],
            path=unquote(told["uri"]),
            query="" if query == "-" else query,
            status=int(told["status"]),
            country=_country(country),
        )


def _from_combined(text: str) -> Hit:
    found = _COMBINED.match(text)
    if found is None:
        raise UnreadableLine("no line of a log that we know")
    path, query = _split(found["uri"])
    agent = found["agent"] or ""
    return Hit(
        _combined_time(found["time"]), found["address"], agent, found["method"], path, query, int(found["status"])
    )


@lru_cache(maxsize=1024)
def _combined_time(text: str) -> float:
    """Return seconds since 1970; many lines have the same second, and reading it takes half of the time for a line."""
    return datetime.strptime(text, _COMBINED_TIME).timestamp()


def _from_json(text: str) -> Hit:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise UnreadableLine("JSON that is no object")
    told = {name: _first(document, names) for name, names in _NAMES.items()}
    missing = [name for name in _NEEDED if told[name] in (None, "")]
    if missing:
        raise UnreadableLine(f"JSON without {', '.join(missing)}")
    path, query = _split(str(told["uri"]))
    # Behind a CDN the address is the CDN's, and the first that it forwards is the viewer's.
    forwarded = str(told["forwarded"] or "").partition(",")[0].strip()
    return Hit(
        at=_time(told["time"]),
        address=forwarded or str(told["address"]),
        agent=str(told["agent"] or ""),
        method=str(told["method"]),
        path=path,
        query=query,
        status=int(told["status"]),
        country=_country(str(told["country"] or "")),
        edition=str(told["edition"] or ""),
    )


def _first(document: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((document[name] for name in names if name in document), None)


def _time(value: object) -> float:
    """Return seconds since 1970 of a number in any of its units, or of a date in ISO 8601."""
    text = str(value)
    try:
        number = float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    units = sum(number >= limit for limit in _EPOCHS)
    at_s: float = number / 1000.0**units
    if not 0 <= at_s < 10**11:
        raise UnreadableLine("a time that is none")
    return at_s


def _split(uri: str) -> tuple[str, str]:
    """Return the path of a request's target, decoded, and its query."""
    if uri.startswith(("http://", "https://")):
        pieces = urlsplit(uri)
        return unquote(pieces.path), pieces.query
    path, _, query = uri.partition("?")
    return unquote(path), query


def _country(text: str) -> str:
    return text.upper() if len(text) == 2 and text.isascii() and text.isalpha() else ""
