"""The maps of nginx's text for drops: edition by country, open or not by the clock, tickets, and who may keep what.

nginx works out a map where its variable is asked for, once in a request; what depends on `$status` and `$uri` is asked
for when the answer is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePath
from typing import Final

from pipeline.errors import PlanError
from pipeline.plan.country_headers import Cdn
from pipeline.plan.origin import (
    FOR_A_SECOND,
    FOR_EVER,
    FOR_SECONDS,
    IMMUTABLE_FOLDER,
    LIVE_PATTERN,
    NAMED_BY_CONTENT,
    NEVER,
    quoted_path,
)
from pipeline.plan.schedule import EVERYBODY, Schedule
from pipeline.plan.second_ranges import FIRST, seconds_pattern
from pipeline.plan.tickets import COOKIE
from pipeline.spelling import spelled

_KEPT_BY_COUNTRY: Final = "public, max-age=5"
_KEPT_BY_NO_CDN: Final = "private, max-age=5"


def film_maps(number: int, film: Schedule, cdn: Cdn) -> str:
    """Return the maps of one film: its edition by country, and how that stands by the clock."""
    header = variable_of(cdn.country_header)
    editions, known = dict(film.editions), dict(film.countries)
    countries = sorted((country, edition) for region, edition in editions.items() for country in known.get(region, ()))
    lines = "".join(f'    "{country}" "{edition}";\n' for country, edition in countries)
    text = (
        f"# {film.film}: which edition a viewer gets, and whether it is open.\n"
        f"map {header} $matinee_edition_{number} {{\n"
        f'    default "{editions.get(EVERYBODY, "")}";\n{lines}}}\n'
    )
    if film.hold == "matinee":
        # What is open is what is in place.
        answers = '    default "open";\n    "" "elsewhere";\n'
        return f"{text}map $matinee_edition_{number} $matinee_answer_{number} {{\n{answers}}}\n\n"
    # Seconds since 1970 with milliseconds. A request before the first opening, or between two, comes soon.
    answers = "".join(_answers_by_clock(film))
    return f'{text}map "$matinee_edition_{number} $msec" $matinee_answer_{number} {{\n{answers}}}\n\n'


def shared_maps(schedules: Sequence[Schedule], cdn: Cdn, key_file: PurePath | None) -> str:
    """Return what holds for all films: who may keep what, until when, and how it is logged."""
    entries = _KEPT_BY_COUNTRY if cdn.entries == "by country" else _KEPT_BY_NO_CDN
    header = cdn.country_header
    by_ticket = key_file is not None
    live = "$matinee_live_control" if by_ticket else f'"{FOR_A_SECOND}"'
    control = "$matinee_entry_control" if by_ticket else f'"{entries}"'
    text = f"""\
map $uri $matinee_vary {{
    default "";
    "~^/(?:entry|page)/" "{header}";
}}
map $uri $matinee_edition {{
    default "";
    "~^/entry/[0-9]+/(?<matinee_served>[a-z0-9-]+)\\." $matinee_served;
}}
map "$status $uri" $matinee_cache_control {{
    "~^[45]" "{NEVER}";
    "~^[0-9]+ /entry/" {control};
    "~^[0-9]+ /page/" "{entries}";
    "~{LIVE_PATTERN}$" {live};
{'    "~^[0-9]+ /signed/" $matinee_signed_control;' + chr(10) if by_ticket else ""}\
    "~{NAMED_BY_CONTENT}$" "{FOR_EVER}";
    "~/{IMMUTABLE_FOLDER}/[^/]+$" "{FOR_EVER}";
    default "{FOR_SECONDS}";
}}
log_format matinee_requests escape=json
    '{{"time": "$msec", "address": "$remote_addr", "forwarded": "$http_x_forwarded_for", '
    '"country": "{variable_of(header)}", "edition": "$matinee_edition", "method": "$request_method", '
    '"uri": "$request_uri", "status": "$status", "bytes": "$body_bytes_sent", "agent": "$http_user_agent"}}';
"""
    if key_file is None:
        return f'{text}map "" $matinee_expires_header {{\n    default "";\n}}\n'
    return text + _ticket_maps(schedules, entries, key_file)


def variable_of(header: str) -> str:
    """Return nginx's variable of a request's header."""
    return f"$http_{header.lower().replace('-', '_')}"


def _answers_by_clock(film: Schedule) -> Iterator[str]:
    yield '    default "closed";\n    "~^ " "elsewhere";\n'
    for _, edition in film.editions:
        before = FIRST
        for window in (one for one in film.windows if one.edition == edition):
            opens, closes = _seconds(window.opens), _seconds(window.closes)
            if before < opens:
                yield f'    "~^{edition} (?:{seconds_pattern(before, opens)})\\." "soon";\n'
            yield f'    "~^{edition} (?:{seconds_pattern(opens, closes)})\\." "open";\n'
            before = closes


def _ticket_maps(schedules: Sequence[Schedule], entries: str, key_file: PurePath) -> str:
    ends = {_seconds(window.closes): window.closes for film in schedules for window in film.windows}
    dates = "".join(f'    "{at}" "{format_datetime(end, usegmt=True)}";\n' for at, end in sorted(ends.items()))
    return f"""
# Tickets, for which nginx -V has to tell of secure_link: Debian 12's nginx does, before that nginx-extras did.
# The key is in a file of its own, which nobody but nginx and whoever signs may read.
map "" $matinee_key {{
    include {_included(key_file)};
}}
map $cookie_{COOKIE} $matinee_cookie_film {{
    default "";
    "~^(?<matinee_film_of_cookie>[a-z0-9-]+)\\.[1-9][0-9]{{9}}\\.[A-Za-z0-9_-]{{22}}$" $matinee_film_of_cookie;
}}
map $cookie_{COOKIE} $matinee_cookie_ticket {{
    default "";
    "~^[a-z0-9-]+\\.(?<matinee_end_of_cookie>[1-9][0-9]{{9}})\\.(?<matinee_mac_of_cookie>[A-Za-z0-9_-]{{22}})$"
        "$matinee_mac_of_cookie,$matinee_end_of_cookie";
}}
map "$matinee_film:$matinee_cookie_film" $matinee_scope {{
    default "";
    "~^(?<matinee_film_of_path>[a-z0-9-]+):" $matinee_film_of_path;
    "~^:(?<matinee_film_alone>[a-z0-9-]+)$" $matinee_film_alone;
}}
# What a ticket opened is kept until that ends; what a cookie opened is kept by no CDN, which would not ask for it.
map $matinee_expires $matinee_end {{
    default "";
{dates}}}
map "$status:$matinee_end $uri" $matinee_expires_header {{
    default "";
    "~{LIVE_PATTERN}$" "";
    "~^[23][0-9]+:(?<matinee_end_date>[^/]+) /" $matinee_end_date;
}}
map "$matinee_mac:$matinee_end" $matinee_signed_control {{
    default "public";
    "~^:" "private, max-age=5";
    "~^[^:]+:$" "public, max-age=60";
}}
map $matinee_mac $matinee_entry_control {{
    default "{entries}";
    "" "private, max-age=5";
}}
map $matinee_mac $matinee_live_control {{
    default "{FOR_A_SECOND}";
    "" "private, max-age=1";
}}
"""


def _included(path: PurePath) -> str:
    if not path.is_absolute() or any(letter in str(path) for letter in "*?["):
        raise PlanError(
            f"nginx cannot be told of the file {spelled(str(path))}.",
            remedy="Name it by its whole path, without *, ? and [.",
        )
    return quoted_path(path)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
