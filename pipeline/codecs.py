"""The codecs in which pictures of packages are encoded, by the names that ladders have for them."""

from __future__ import annotations

from typing import Literal

Codec = Literal["h264", "hevc", "av1"]
