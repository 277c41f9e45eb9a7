"""CDNs: in which header each says the viewer's country, and what has to be set so that it caches by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.errors import PlanError
from pipeline.spelling import spelled

_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}", re.ASCII)


@dataclass(frozen=True)
class Cdn:
    """What stands between viewers and nginx."""

    id: str
    name: str
    country_header: str
    entries: Literal["by country", "not at all"]
    """How it may keep a film's entry, which differs by country: where it cannot tell countries apart, not at all."""
    advice: tuple[str, ...]


# Read on 2026-11-26: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide (cache policies: headers of the cache
# policy are in the cache key, those of the origin request policy alone are not), developers.cloudflare.com/cache (Vary
# counts for nothing but Accept-Encoding and images), fastly.com/documentation/reference/http/http-headers/Vary.
CDNS: Final = {
    one.id: one
    for one in (
        Cdn(
            "cloudfront",
            "Amazon CloudFront",
            "CloudFront-Viewer-Country",
            "by country",
            (
                "Cache policy: minimum TTL 0, and CloudFront-Viewer-Country among the headers of the cache key. In an",
                "origin request policy alone it would not be in the key: one country would get another's film.",
                "Error caching minimum TTL: 0 seconds for 403, 404 and 410, or a film opens that much late.",
            ),
        ),
        Cdn(
            "cloudflare",
            "Cloudflare",
            "CF-IPCountry",
            "not at all",
            (
                "Cloudflare does not cache by Vary. Entries are sent as private, so that it keeps none of them.",
                "Playlists and segments need a cache rule (eligible for cache, respect the origin's headers).",
                "A rule that overrides the origin's headers for entries would give one country another's film.",
            ),
        ),
        Cdn(
            "fastly",
            "Fastly",
            "X-Country-Code",
            "by country",
            (
                "In vcl_recv, where fastly.ff.visits_this_service is 0 and req.restarts is 0:",
                "set req.http.X-Country-Code = client.geo.country_code;",
                "Fastly caches by Vary, which nginx sends with entries.",
            ),
        ),
    )
}


def other_cdn(country_header: str) -> Cdn:
    """Return what is safe with any CDN that says the country in a header. Raises PlanError for a bad name."""
    if _HEADER.fullmatch(country_header) is None:
        raise PlanError(f"{spelled(country_header)} is no name of a header.", remedy="Name one such as X-Country-Code.")
    advice = (
        f"Whatever stands before nginx sets {country_header} itself, over what viewers send.",
        "Entries are sent as private, so that no shared cache keeps them.",
    )
    return Cdn("other", "another CDN", country_header, "not at all", advice)
