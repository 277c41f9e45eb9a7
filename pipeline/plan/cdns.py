"""What a bucket and the common CDNs are told, so that they answer as our table says: the headers of every answer.

Types, codings and Cache-Control come from what was published, which all of these pass on. Made by the makers' own
documents as of November 2026; `matinee check https://…` tells what is still wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from pipeline.plan.origin import CROSS_ORIGIN, EVERYWHERE, NEVER, PREFLIGHT, Header

_NAME: Final = "matinee"
_EVERY: Final = (*CROSS_ORIGIN, *EVERYWHERE)
_TOLD: Final = dict((*CROSS_ORIGIN, *PREFLIGHT))
_PREFLIGHT_STATUS: Final = 620
"""Of Fastly's, between 600 and 699: made up, to get from one subroutine to another."""
_SET_HEADER: Final = 5
"""Bunny's number for SetResponseHeader."""


def bucket_rules() -> str:
    """Return the CORS rules of a bucket, as `aws s3api put-bucket-cors` takes them."""
    rule = {
        "AllowedOrigins": _listed("Access-Control-Allow-Origin"),
        # A bucket answers OPTIONS by itself, and may not be told of it.
        "AllowedMethods": [one for one in _listed("Access-Control-Allow-Methods") if one != "OPTIONS"],
        "AllowedHeaders": _listed("Access-Control-Allow-Headers"),
        "ExposeHeaders": _listed("Access-Control-Expose-Headers"),
        "MaxAgeSeconds": int(_TOLD["Access-Control-Max-Age"]),
    }
    return _document({"CORSRules": [rule]})


def _cloudfront() -> str:
    """Return a response headers policy, and what a distribution is told of errors, which it else keeps for 10 s."""

    def quantity(items: list[Any]) -> dict[str, Any]:
        return {"Quantity": len(items), "Items": items}

    others = [header for header in CROSS_ORIGIN if not header[0].startswith("Access-Control-")]
    policy = {
        "Name": _NAME,
        "CorsConfig": {
            "AccessControlAllowOrigins": quantity(_listed("Access-Control-Allow-Origin")),
            "AccessControlAllowHeaders": quantity(_listed("Access-Control-Allow-Headers")),
            "AccessControlAllowMethods": quantity(_listed("Access-Control-Allow-Methods")),
            "AccessControlExposeHeaders": quantity(_listed("Access-Control-Expose-Headers")),
            "AccessControlAllowCredentials": False,
            "AccessControlMaxAgeSec": int(_TOLD["Access-Control-Max-Age"]),
            "OriginOverride": True,
        },
        # This is X-Content-Type-Options: nosniff, which is no custom header there.
        "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}},
        "CustomHeadersConfig": quantity([{"Header": name, "Value": value, "Override": True} for name, value in others]),
    }
    errors = [{"ErrorCode": status, "ErrorCachingMinTTL": 0} for status in (403, 404, 500, 502, 503, 504)]
    return _document({"ResponseHeadersPolicyConfig": policy, "CustomErrorResponses": quantity(errors)})


def _cloudflare() -> str:
    """Return rules by phase; without the second, playlists and segments are not kept at all, by their endings."""
    headers = {name: {"operation": "set", "value": value} for name, value in _EVERY}
    errors = {"status_code_range": {"from": 400, "to": 599}, "value": -1}  # -1 is no-store
    kept = {
        "cache": True,
        "edge_ttl": {"mode": "respect_origin", "status_code_ttl": [errors]},
        "browser_ttl": {"mode": "respect_origin"},
    }
    rules = {
        "http_response_headers_transform": ("rewrite", {"headers": headers}),
        "http_request_cache_settings": ("set_cache_settings", kept),
    }
    return _document(
        {
            phase: {
                "rules": [
                    {"description": _NAME, "expression": "true", "action": action, "action_parameters": parameters}
                ]
            }
            for phase, (action, parameters) in rules.items()
        }
    )


def _fastly() -> str:
    """Return VCL by subroutine; preflights are answered at the edge."""
    preflight = (*CROSS_ORIGIN, *PREFLIGHT, ("Cache-Control", NEVER))
    return f"""\
# recv
if (req.method == "OPTIONS") {{
  error {_PREFLIGHT_STATUS} "preflight";
}}

# fetch
if (beresp.status >= 400) {{
  set beresp.http.Cache-Control = "{NEVER}";
  return(pass);
}}

# error
if (obj.status == {_PREFLIGHT_STATUS}) {{
  set obj.status = 204;
  set obj.response = "No Content";
{_set_all("obj", preflight)}  synthetic {{""}};
  return(deliver);
}}

# deliver
{_set_all("resp", _EVERY)}"""


def _bunny() -> str:
    """Return an edge rule for every answer, and what its pull zone is told: to keep what the origin says, no error."""
    actions = [
        {"ActionType": _SET_HEADER, "ActionParameter1": name, "ActionParameter2": value} for name, value in _EVERY
    ]
    rule = {
        **actions[0],
        "ExtraActions": actions[1:],
        "TriggerMatchingType": 0,
        "Triggers": [{"Type": 0, "PatternMatchingType": 0, "PatternMatches": ["*"]}],
        "Description": _NAME,
        "Enabled": True,
    }
    return _document({"pull_zone": {"CacheControlMaxAgeOverride": -1, "CacheErrorResponses": False}, "edge_rule": rule})


CDNS: Final[dict[str, tuple[Callable[[], str], str]]] = {
    "cloudfront": (
        _cloudfront,
        "create-response-headers-policy takes the first part; CustomErrorResponses belong to the distribution.",
    ),
    "cloudflare": (
        _cloudflare,
        "PUT each part to /zones/ZONE/rulesets/phases/PHASE/entrypoint, which replaces the rules that are there.",
    ),
    "fastly": (_fastly, "Add each part as a VCL snippet of the subroutine that its comment names."),
    "bunny": (
        _bunny,
        "POST edge_rule to /pullzone/ID/edgerules/addOrUpdate, and pull_zone to /pullzone/ID.",
    ),
}
"""For each CDN, what makes its settings, and where they go."""


def _listed(name: str) -> list[str]:
    return [one.strip() for one in _TOLD[name].split(",")]


def _set_all(variable: str, headers: tuple[Header, ...]) -> str:
    return "".join(f'  set {variable}.http.{name} = "{value}";\n' for name, value in headers)


def _document(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1) + "\n"
