"""Campaign codes: what an address on a QR code or an end card says of where its viewers come from.

One short query, ?c=red-kite.h1.tiktok.de.malaga-26, rather than five of utm_…: each letter makes a QR code denser, and
logs keep it with the address. Film, clip, platform, region and event in this order; what is not known is left empty.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pipeline.errors import PlanError
from pipeline.links import MOST_LETTERS
from pipeline.spelling import spelled

PARAMETER: Final = "c"
_PART: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_CODE: Final = re.compile(rf"(?:{_PART.pattern})?(?:\.(?:{_PART.pattern})?){{0,4}}", re.ASCII)


@dataclass(frozen=True)
class Campaign:
    """Where viewers come from; each part of small letters, digits and hyphens, or empty."""

    film: str = ""
    clip: str = ""
    platform: str = ""
    region: str = ""
    event: str = ""

    @property
    def code(self) -> str:
        """The campaign in one word; that of none at all is empty."""
        return ".".join(astuple(self)).rstrip(".")


def parse_code(code: str) -> Campaign | None:
    """Return the campaign of a code; None where it is none of ours."""
    return Campaign(*code.split(".")) if code and _CODE.fullmatch(code) and code[-1] != "." else None


def with_campaign(address: str, campaign: Campaign) -> str:
    """Return an address that says a campaign, instead of any that it says; all else of it stays.

    Raises PlanError for parts that no code has, and for an address that would be too long for a QR code.
    """
    for part in astuple(campaign):
        if part and _PART.fullmatch(part) is None:
            raise PlanError(
                f"{spelled(part)} cannot be part of a campaign.",
                remedy="Allowed: up to 40 small letters, digits and hyphens between them, such as malaga-26.",
            )
    pieces = urlsplit(address)
    others = [one for one in pieces.query.split("&") if one and one.partition("=")[0] != PARAMETER]
    said = [f"{PARAMETER}={campaign.code}"] if campaign.code else []
    told = urlunsplit(pieces._replace(query="&".join((*others, *said))))
    if len(told) > MOST_LETTERS:
        raise PlanError(
            f"The address with its campaign has {len(told)} letters, and at most {MOST_LETTERS} are allowed."
        )
    return told


def campaign_of(address: str) -> Campaign | None:
    """Return the campaign that an address, or a path with a query, says; None where it says none."""
    query = address.partition("#")[0].partition("?")[2]
    values = (one.partition("=")[2] for one in query.split("&") if one.partition("=")[0] == PARAMETER)
    return next((found for value in values if (found := parse_code(value)) is not None), None)
