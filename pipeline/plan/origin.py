"""What a server answers beside the bytes of a package: types, caching, compression, who may read it; and nginx's text.

The one table from which a server's configuration is made and from which our own server answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Any, Final, Literal

from pipeline.errors import PlanError
from pipeline.spelling import spelled

Header = tuple[str, str]


@dataclass(frozen=True)
class FileKind:
    """How files with one ending are sent."""

    suffix: str
    content_type: str
    coding: Literal["gzip", "identity"]


# Rules 10.1 (playlists come in gzip) and 10.4 (types) of Apple's HLS Authoring Specification, revision of 2025-06-26.
# What is compressed already is sent as it is.
FILE_KINDS: Final = (
    FileKind(".m3u8", "application/vnd.apple.mpegurl", "gzip"),
    FileKind(".m4s", "video/iso.segment", "identity"),
    FileKind(".mp4", "video/mp4", "identity"),
    FileKind(".vtt", "text/vtt", "gzip"),
    FileKind(".jpg", "image/jpeg", "identity"),
    FileKind(".json", "application/json", "gzip"),
)
PAGE_KINDS: Final = (
    FileKind(".html", "text/html", "gzip"),
    FileKind(".js", "text/javascript", "gzip"),
)
"""Of the pages of drops, which lie beside packages at a target; no package has such files."""
OTHER_TYPE: Final = "application/octet-stream"

# A name that is made from the bytes never means others (RFC 8246): any in segments/, and those of playlists, posters
# and thumbnails that end in a digest. All other names may be replaced or withdrawn, and are asked for again after some
# seconds, while what is at hand is shown (RFC 5861).
IMMUTABLE_FOLDER: Final = "segments"
DIGITS_AT_END: Final = 12
"""Hexadecimal ones, of the sha256 of what lies outside of segments/ and is named by its content."""
IMMUTABLE_SUFFIXES: Final = (".m3u8", ".jpg", ".vtt", ".js")
FOR_EVER: Final = "public, max-age=31536000, immutable"
FOR_SECONDS: Final = "public, max-age=5, stale-while-revalidate=30"
# A live playlist says something else every few seconds, and who gets an old one is that much later than the others.
FOR_A_SECOND: Final = "public, max-age=1"
LIVE_PATTERN: Final = r"\.live-[0-9a-f]{16}-[0-9]{1,3}\.m3u8"
"""How the names of a premiere's live playlists end."""
# An edge that remembers that a name was missing keeps a film closed after it has opened.
NEVER: Final = "no-store"

# Players are pages of any site; without these headers on errors too, a page sees a 404 as a network failure.
CROSS_ORIGIN: Final[tuple[Header, ...]] = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Accept-Ranges, Age, Content-Encoding, Content-Length, Content-Range, Date, ETag",
    ),
    ("Timing-Allow-Origin", "*"),
)
# Asked before a request with a range; the answer holds for a day.
PREFLIGHT: Final[tuple[Header, ...]] = (
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Range, Range"),
    ("Access-Control-Max-Age", "86400"),
)
EVERYWHERE: Final[tuple[Header, ...]] = (("X-Content-Type-Options", "nosniff"),)

NAMED_BY_CONTENT: Final = rf"-[0-9a-f]{{{DIGITS_AT_END}}}\.(?:{'|'.join(suffix[1:] for suffix in IMMUTABLE_SUFFIXES)})"
"""How such a name ends outside of segments/, as a pattern."""
_BY_CONTENT: Final = re.compile(rf"(?:.*/)?[^/]+{NAMED_BY_CONTENT}", re.DOTALL)
_LIVE: Final = re.compile(rf"(?:.*/)?[^/]+{LIVE_PATTERN}", re.DOTALL)
_LISTEN: Final = re.compile(r"((\d{1,3}\.){3}\d{1,3}:|\[[0-9A-Fa-f:.]+\]:)?\d{1,5}", re.ASCII)
_HOST: Final = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?", re.ASCII)


def content_type_of(name: str, kinds: Sequence[FileKind] = (*FILE_KINDS, *PAGE_KINDS)) -> str:
    """Return the type that a file is sent as."""
    return next((kind.content_type for kind in kinds if name.endswith(kind.suffix)), OTHER_TYPE)


def coding_of(name: str) -> Literal["gzip", "identity"]:
    """Return how a file is sent to those who take gzip."""
    return next((kind.coding for kind in (*FILE_KINDS, *PAGE_KINDS) if name.endswith(kind.suffix)), "identity")


def cache_control_of(name: str) -> str:
    """Return for how long a file may be kept; `name` is its path in the package or target, with forward slashes."""
    if is_named_by_content(name):
        return FOR_EVER
    return FOR_A_SECOND if _LIVE.fullmatch(name) else FOR_SECONDS


def is_named_by_content(name: str) -> bool:
    """Tell whether a name is made from the bytes that it stands for, so that it never means others."""
    return PurePosixPath(name).parent.name == IMMUTABLE_FOLDER or _BY_CONTENT.fullmatch(name) is not None


def answers() -> dict[str, Any]:
    """Return the whole table as a document: what any server or CDN should answer, by name and by place."""
    return {
        "types": {kind.suffix: kind.content_type for kind in (*FILE_KINDS, *PAGE_KINDS)},
        "compressed": [kind.suffix for kind in (*FILE_KINDS, *PAGE_KINDS) if kind.coding == "gzip"],
        "cache_control": {
            f"{IMMUTABLE_FOLDER}/*": FOR_EVER,
            **{f"*-<{DIGITS_AT_END} hex digits>{suffix}": FOR_EVER for suffix in IMMUTABLE_SUFFIXES},
            "*.live-<16 hex digits>-<number>.m3u8": FOR_A_SECOND,
            "*": FOR_SECONDS,
            "errors": NEVER,
        },
        "headers": dict((*CROSS_ORIGIN, *EVERYWHERE)),
        "preflight": dict((*CROSS_ORIGIN, *PREFLIGHT, ("Cache-Control", NEVER))),
    }


def nginx_server(root: PurePath, *, listen: str, server_name: str = "_") -> str:
    """Return what nginx (1.22 or later) needs inside its `http` block to serve the packages in a folder.

    `root` is the folder as nginx sees it, `listen` a port or ADDRESS:PORT, `server_name` a host or "_" for any. Raises
    PlanError for what nginx cannot be told, or would take for more than that.
    """
    return f"""\
map "$status $uri" $matinee_cache_control {{
    "~^[45]" "{NEVER}";
    "~/{IMMUTABLE_FOLDER}/[^/]+$" "{FOR_EVER}";
    "~{NAMED_BY_CONTENT}$" "{FOR_EVER}";
    "~{LIVE_PATTERN}$" "{FOR_A_SECOND}";
    default "{FOR_SECONDS}";
}}

server {{
{server_settings(root, listen=listen, server_name=server_name)}
    location / {{
        # The only thing that is safe inside `if` in a location is to leave it.
        if ($request_method = OPTIONS) {{
{_indented(preflight_headers())}            return 204;
        }}
        limit_except GET OPTIONS {{
            deny all;
        }}
    }}
}}
"""


def server_settings(root: PurePath, *, listen: str, server_name: str) -> str:
    """Return what is the same in every server block: types, compression, headers; $matinee_cache_control is a map's.

    Raises PlanError as `nginx_server` does.
    """
    if _LISTEN.fullmatch(listen) is None or not 0 < int(listen.rpartition(":")[2]) < 65536:
        raise PlanError(
            f"nginx cannot listen on {spelled(listen)}.", remedy="Name a port, or ADDRESS:PORT such as 127.0.0.1:8080."
        )
    if _HOST.fullmatch(server_name) is None:
        raise PlanError(
            f"{spelled(server_name)} is no name of a host.", remedy="Name one such as films.example.org; _ is any."
        )
    kinds = (*FILE_KINDS, *PAGE_KINDS)
    types = "".join(f"        {kind.content_type} {kind.suffix[1:]};\n" for kind in kinds)
    # HTML always is, and nginx warns where it is told so.
    gzipped = " ".join(one.content_type for one in kinds if one.coding == "gzip" and one.content_type != "text/html")
    always = "".join(_add_header(header) for header in (*CROSS_ORIGIN, *EVERYWHERE))
    return f"""\
    listen {listen};
    server_name {server_name};
    root {quoted_path(root)};
    autoindex off;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    etag on;

    types {{
{types}    }}
    default_type {OTHER_TYPE};

    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_types {gzipped};

{always}    add_header Cache-Control $matinee_cache_control always;

    # Temporary names, of files that are not whole yet.
    location ~ "/\\." {{
        return 404;
    }}
"""


def preflight_headers() -> str:
    """Return the lines that answer OPTIONS, which browsers ask before a request with a range."""
    return "".join(_add_header(header) for header in (*CROSS_ORIGIN, *PREFLIGHT, ("Cache-Control", NEVER)))


def quoted_path(path: PurePath) -> str:
    """Return a path as nginx reads it back; it takes a dollar for a variable, and no escape prevents that."""
    text = path.as_posix()
    if "$" in text or not text.isprintable():
        raise PlanError(
            f"nginx cannot be told of the folder {spelled(text)}.",
            remedy="Name one without dollar signs and control characters.",
        )
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _add_header(header: Header) -> str:
    name, value = header
    return f'    add_header {name} "{value}" always;\n'


def _indented(lines: str) -> str:
    return "".join(f"        {line}\n" for line in lines.splitlines())
