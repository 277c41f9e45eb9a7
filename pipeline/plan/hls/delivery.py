"""Rules about how a server answers: types, compression, caching, redirects, ranges, other sites' pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Final

from pipeline.counting import counted
from pipeline.plan.hls.package import Answer, Kind, Package
from pipeline.plan.hls.rules import Miss, Rule, Seen, needs_server
from pipeline.plan.measurements import Measured, Unmeasured

_TYPES: Final[dict[str, tuple[str, ...]]] = {
    ".m3u8": ("application/vnd.apple.mpegurl", "audio/mpegurl"),
    ".m4s": ("video/iso.segment",),
    ".cmfv": ("video/mp4",), ".cmfa": ("audio/mp4",),
    ".mp4": ("video/mp4", "audio/mp4"), ".m4v": ("video/mp4",), ".m4a": ("audio/mp4",),
    ".vtt": ("text/vtt", "text/plain"), ".webvtt": ("text/vtt", "text/plain"),
}  # fmt: skip
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])(?:s-maxage|max-age)=(\d{1,10})", re.ASCII | re.IGNORECASE)
_SEGMENT_AGE_S: Final = 3600


def _answers(package: Package, *kinds: Kind) -> tuple[Answer, ...]:
    answers = () if isinstance(package.answers, Unmeasured) else package.answers
    return tuple(one for one in answers if one.kind in kinds and one.status < 400)


def _each(
    kinds: tuple[Kind, ...], judge: Callable[[Answer], str | None], say: Callable[[Answer], str]
) -> Callable[[Package], Measured[Seen]]:
    """Return the look at every answer of some kinds."""

    def look(package: Package) -> Measured[Seen]:
        asked = _answers(package, *kinds)
        if not asked:
            return Unmeasured("the server gave none of them")
        misses = tuple(Miss(one.uri, told) for one in asked if (told := judge(one)) is not None)
        return Seen(_listed(say(one) for one in asked), misses)

    return look


def _type(answer: Answer) -> str | None:
    suffix = PurePosixPath(answer.uri.partition("?")[0]).suffix.lower()
    told = answer.content_type.partition(";")[0].strip().lower()
    allowed = _TYPES.get(suffix)
    return None if allowed is None or told in allowed else f"{told or 'no type'}, {' or '.join(allowed)} is right"


def _gzip(answer: Answer) -> str | None:
    return None if answer.encoding in ("gzip", "br", "zstd") else "not compressed"


def _cached(answer: Answer) -> str | None:
    if answer.cache_control is None:
        return "no Cache-Control"
    age = _MAX_AGE.search(answer.cache_control)
    if answer.kind == "playlist":
        return None
    if "no-store" in answer.cache_control.lower() or age is None or int(age[1]) < _SEGMENT_AGE_S:
        return f"Cache-Control: {answer.cache_control}"
    return None


def _redirected(answer: Answer) -> str | None:
    return f"redirected to {answer.redirects[0]}" if answer.redirects else None


def _ranged(answer: Answer) -> str | None:
    return None if answer.range_status in (None, 206) else f"status {answer.range_status} for a part"


def _is_tls(answer: Answer) -> str | None:
    return None if answer.uri.startswith("https://") else "not encrypted"


def _listed(words: Iterable[str]) -> str:
    found = tuple(dict.fromkeys(words))
    more = f" and {counted(len(found) - 4, 'other')}" if len(found) > 4 else ""
    return ", ".join(found[:4]) + more


_ALL: Final[tuple[Kind, ...]] = ("playlist", "init", "segment")
_MEDIA: Final[tuple[Kind, ...]] = ("init", "segment")
RULES: Final = (
    Rule("8.18", "MUST", "media is not redirected", "no redirect", needs_server,
         _each(_ALL, _redirected, lambda one: counted(len(one.redirects), "redirect"))),
    Rule("10.1", "MUST", "playlists are compressed", "Content-Encoding: gzip", needs_server,
         _each(("playlist",), _gzip, lambda one: one.encoding or "none")),
    Rule("10.4", "MUST", "everything has its type", "Apple's list", needs_server,
         _each(_ALL, _type, lambda one: one.content_type or "none")),
    Rule("11.1, 11.2, 11.3", "SHOULD", "all is encrypted on its way", "https", needs_server,
         _each(_ALL, _is_tls, lambda one: one.uri.partition(":")[0])),
    Rule("Matinee 7", "SHOULD", "answers say how long they may be kept", "Cache-Control; segments an hour and more",
         needs_server, _each(_ALL, _cached, lambda one: one.cache_control or "none")),
    Rule("Matinee 8", "SHOULD", "pages of other sites may play it", "Access-Control-Allow-Origin", needs_server,
         _each(_ALL, lambda one: None if one.allows_origin else "no Access-Control-Allow-Origin",
               lambda one: one.allows_origin or "none")),
    Rule("Matinee 9", "MUST", "parts of segments are answered", "206", needs_server,
         _each(_MEDIA, _ranged, lambda one: str(one.range_status or "not asked"))),
)  # fmt: skip
