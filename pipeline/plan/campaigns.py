"""Campaign codes: what the address of a QR code on an end card says of where its viewers come from.

One short query, ?c=red-kite.h1.tiktok.de.malaga-26, rather than five of utm_…: each letter makes a QR code denser, and
logs keep it with the address. Film, clip, platform, region and event in this order; what is not known is left empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

from pipeline.errors import PlanError
from pipeline.links import CAMPAIGN_PART, MOST_LETTERS
from pipeline.plan.slugs import slug_of
from pipeline.spelling import brief

PARAMETER: Final = "c"
PACKAGES: Final = "hls"
"""The platform of whoever comes from a card in a package."""
_MOST_OF_PART: Final = 40
_CODE: Final = re.compile(rf"(?:{CAMPAIGN_PART})?(?:\.(?:{CAMPAIGN_PART})?){{0,4}}", re.ASCII)


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

    @classmethod
    def of_film(cls, *names: str | None, region: str, event: str) -> Self:
        """Return the campaign of a film in a region, called by the first of its names that has letters for that."""
        film = next((found for name in names if (found := _part(name or ""))), "")
        return cls(film, region=_part(region), event=event)

    @classmethod
    def of_event(cls, title: str) -> Self:
        """Return the campaign of an event by its title; none at all where that has no Latin letters and digits."""
        return cls(event=_part(title))

    def at(self, *, clip: str, platform: str) -> Self:
        """Return the campaign of one clip for a platform, as these are called."""
        return replace(self, clip=_part(clip), platform=_part(platform))


def check_part(part: str) -> str:
    """Return a part of a campaign. Raises PlanError for one that no code has."""
    if part and re.fullmatch(CAMPAIGN_PART, part, re.ASCII) is None:
        raise PlanError(
            f"{brief(part)} cannot be part of a campaign.",
            remedy=f"Allowed: up to {_MOST_OF_PART} small letters, digits and hyphens between them, such as malaga-26.",
        )
    return part


def parse_code(code: str) -> Campaign | None:
    """Return the campaign of a code; None where it is none of ours."""
    return Campaign(*code.split(".")) if code and _CODE.fullmatch(code) and code[-1] != "." else None


def with_campaign(address: str, campaign: Campaign) -> str:
    """Return an address that says a campaign, instead of any that it says; all else of it stays.

    Raises PlanError for parts that no code has, and for an address that would be too long for a QR code.
    """
    for part in astuple(campaign):
        check_part(part)
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
    return next((found for value in _values(address) if (found := parse_code(value)) is not None), None)


def is_taken(address: str) -> bool:
    """Tell whether an address says something where a campaign would stand: its owner's, or one made by hand."""
    return bool(_values(address))


def campaign_note(links: Mapping[str, str], where: str = "") -> tuple[str, ...]:
    """Return what is told where codes on cards say where viewers come from; `links` by those of the edit."""
    told = next((address for link, address in links.items() if address != link), None)
    way_out = "campaign = false in film.toml leaves that out"
    return () if told is None else (f"QR codes say where viewers come from, such as {told}{where}; {way_out}.",)


def _part(name: str) -> str:
    """Return a name as a part of a campaign, cut between words; one without Latin letters and digits is left out."""
    return slug_of(name, most=_MOST_OF_PART)


def _values(address: str) -> tuple[str, ...]:
    query = address.partition("#")[0].partition("?")[2]
    return tuple(one.partition("=")[2] for one in query.split("&") if one.partition("=")[0] == PARAMETER)
