"""What browsers may do on the page: run its own scripts, ask its own addresses, and nothing that anybody wrote in."""

from __future__ import annotations

from typing import Final

from pipeline.shell.local_server import OWN_PAGE

HEADER: Final = "Content-Security-Policy"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src {media}; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
HEADERS: Final = (
    *OWN_PAGE,
    (HEADER, _POLICY.format(media="'self'")),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
# Media Source Extensions play from blobs that a page's own script makes, and hls.js begins its text tracks as empty
# `data:`; neither is a script.
PLAYING: Final = _POLICY.format(media="'self' blob: data:")
"""The policy of a page on which hls.js plays, without a worker."""
