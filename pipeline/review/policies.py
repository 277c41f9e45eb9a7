"""What browsers may do on our pages: everything from here, nothing from elsewhere, no script but ours."""

from __future__ import annotations

from typing import Final

POLICY_HEADER: Final = "Content-Security-Policy"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
# Media Source Extensions play from blobs, and hls.js begins its text tracks as empty `data:`.
PLAYING: Final = POLICY.replace("media-src 'self'", "media-src 'self' blob: data:")
"""Of pages on which packages are played."""
