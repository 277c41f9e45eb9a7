"""Addresses of web pages: which are allowed, how they are encoded for a QR code, and how they read in print."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote, unquote

from pydantic_core import Url, ValidationError

MOST_LETTERS: Final = 500
"""Of an encoded address: about what a phone still reads off a code that takes half of a picture's width."""
CAMPAIGN_PART: Final = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
"""A part of the campaign that an address may say: a film, a clip, a platform, a region or an event."""
_PRINTED_LETTERS: Final = 40
_START = re.compile(r"https?://(?=[^/?#])", re.IGNORECASE)
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_SITE = re.compile(rf"(?=.{{4,253}}\Z)({_LABEL}\.)+(?!\d+\Z){_LABEL}\Z")
# What RFC 3986 allows in an address; all else is written as its UTF-8 bytes, which browsers do only in part.
_ALLOWED: Final = "-._~:/?#@!$&'()*+,;=%"


def parse_link(value: object) -> str:
    """Return an address as a browser asks for it: the host's name in ASCII, all that needs it percent-encoded.

    Host names follow IDNA and paths are resolved as the WHATWG URL standard says, by the parser that Pydantic has; what
    that lets pass and nobody means is refused here. An address that was returned comes back as it is. Raises ValueError
    that says what is allowed.
    """
    if not isinstance(value, str) or not value:
        raise ValueError("the address of a web page, such as 'https://example.org/red-kite'")
    _refuse_strange_letters(value)
    if _START.match(value) is None:
        raise ValueError("an address that starts with https:// or http:// and the name of a site")
    authority = re.split("[/?#]", value.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise ValueError("an address without a user name or password")
    if _BARE_PERCENT.search(value) or "%" in authority:
        raise ValueError("an address in whose path each % is followed by two hexadecimal digits; % itself is %25")
    try:
        url = Url(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].rpartition(", ")[2]
        raise ValueError(f"an address with the name of a site, as in 'https://example.org' ({reason})") from None
    if (url.host or "").endswith("."):
        raise ValueError("an address whose host has no dot at its end")
    if _SITE.match(url.host or "") is None:
        raise ValueError("an address with the name of a site that everybody can reach, as in 'https://example.org'")
    link = quote(str(url), safe=_ALLOWED)
    if len(link) > MOST_LETTERS:
        raise ValueError(f"an address of at most {MOST_LETTERS} characters once encoded, not {len(link)}")
    return link


def printed_forms(link: str) -> tuple[str, ...]:
    """Return how an address may be printed for people who type it, the most telling first.

    Host and path, without `www.` and without query and fragment; more than 40 letters nobody types: the host alone.
    First as people write it, then in ASCII, for where a font lacks a letter.
    """
    url = Url(link)
    port = f":{url.port}" if url.port not in (80, 443) else ""
    forms: list[str] = []
    for host, path in ((url.unicode_host(), _readable(url.path or "")), (url.host, url.path or "")):
        site = f"{(host or '').removeprefix('www.')}{port}"
        forms += [form for form in (f"{site}{path.rstrip('/')}", site) if len(form) <= _PRINTED_LETTERS or form == site]
    return tuple(dict.fromkeys(forms))


def _refuse_strange_letters(text: str) -> None:
    if text != text.strip(" "):
        raise ValueError("an address without spaces around it")
    for letter in text:
        if letter == "\\" or (letter != " " and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")):
            name = unicodedata.name(letter, "a control character")
            raise ValueError(f"an address without U+{ord(letter):04X} ({name})")


def _readable(path: str) -> str:
    """Return a path with its letters decoded, or as it is where that would print blanks, or other characters."""
    decoded = unquote(path, errors="replace")
    is_plain = all(unicodedata.category(letter)[0] in "LMNS" or letter in "/-._~!'()," for letter in decoded)
    return decoded if is_plain and "�" not in decoded else path
