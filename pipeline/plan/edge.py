"""nginx's text for drops: the edition by the viewer's country, open by nginx's own clock, and only with a ticket.

Viewers of a film have one address, which nginx answers from the entry of their country's edition; the editions' own
names answer nobody. All that reaches the text is of a few letters, or quoted: nothing can end its line.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from pipeline.calendar import NAME_PATTERN, PAGE_PATTERN
from pipeline.errors import PlanError
from pipeline.plan.country_headers import Cdn
from pipeline.plan.edge_maps import film_maps, shared_maps
from pipeline.plan.origin import DIGITS_AT_END, preflight_headers, quoted_path, server_settings
from pipeline.plan.publication import HELD
from pipeline.plan.schedule import EVERYBODY, Schedule
from pipeline.spelling import spelled

_NAME: Final = re.compile(NAME_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)
_PAGE: Final = re.compile(PAGE_PATTERN.removeprefix("^").removesuffix("$"), re.ASCII)
_AT_ROOT: Final = re.compile("https?://[^/]+/")
_COUNTRY: Final = re.compile("[A-Z]{2}", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_OURS: Final = re.compile(r"(\$|\(\?<|^log_format )matinee_", re.MULTILINE)


@dataclass(frozen=True)
class EdgeSite:
    """Where nginx stands: its folder and address, what is before it, and the file with the key where it needs one."""

    root: PurePath
    cdn: Cdn
    listen: str = "80"
    server_name: str = "_"
    key_file: PurePath | None = None

    @property
    def prefix(self) -> str:
        """What its variables are called by: nginx has one space of names for all servers, and tells of no clash."""
        told = f"{self.root}\n{self.listen}\n{self.server_name}".encode("utf-8", "backslashreplace")
        return f"matinee_{hashlib.sha256(told).hexdigest()[:6]}_"

    @property
    def log_format(self) -> str:
        """The name of the format of its logs."""
        return f"{self.prefix}requests"


def edge_config(schedules: Sequence[Schedule], site: EdgeSite) -> str:
    """Return what nginx (1.22 or later, with its secure_link module) needs inside its `http` block to serve films.

    Raises PlanError where films share names, differ in `access`, open for a region whose countries are not known, or
    hold what nginx would take for more than a name.
    """
    _check(schedules, site)
    signed = "/signed" if schedules[0].access == "signed" else ""
    films = "".join(film_maps(number, film, site.cdn) for number, film in enumerate(schedules, 1))
    locations = "".join(_film_locations(number, film, site, signed) for number, film in enumerate(schedules, 1))
    pages = sorted({page for film in schedules for page in (film.closed_page, film.elsewhere_page) if page})
    held = any(film.hold == "edge" for film in schedules)
    text = f"""\
{"".join(f"# {line}{chr(10)}" for line in (f"Behind {site.cdn.name}:", *site.cdn.advice))}\
# Let nobody but the CDN reach this server: who says the country says which film.
# Queries can stay out of the cache's key: ?c=... only says where a viewer comes from.
# access_log /var/log/nginx/films.log {site.log_format}; makes logs that `matinee drop report` knows all of.

{films}{shared_maps(schedules, site.cdn, site.key_file if signed else None)}
server {{
{server_settings(site.root, listen=site.listen, server_name=site.server_name)}\
    add_header Vary $matinee_vary always;
    add_header Expires $matinee_expires_header always;

    # Before all else, so that no location has to.
    if ($request_method = OPTIONS) {{
        rewrite ^ /preflight last;
    }}
    if ($request_method !~ "^(GET|HEAD|OPTIONS)$") {{
        return 405;
    }}
    location = /preflight {{
        internal;
{_indented(preflight_headers())}        return 204;
    }}

{"".join(_page_location(page) for page in pages)}{_ticket_locations(schedules) if signed else ""}{locations}\
{_held_locations(signed) if held else ""}{_signed_locations(site) if signed else ""}}}
"""
    # No path has a dollar, so that what is renamed is ours.
    return _OURS.sub(lambda found: f"{found[1]}{site.prefix}", text)


def _check(schedules: Sequence[Schedule], site: EdgeSite) -> None:
    if not schedules:
        raise PlanError("There is no film to serve.", remedy="Name at least one calendar.")
    if _HEADER.fullmatch(site.cdn.country_header) is None:
        raise PlanError(
            f"{spelled(site.cdn.country_header)} is no name of a header.", remedy="Name one such as X-Country."
        )
    if len({film.access for film in schedules}) > 1:
        raise PlanError(
            "Some of these films are signed and some are open, and segments are shared by all of one server.",
            remedy="Give those of either kind a server and a target of their own.",
        )
    if schedules[0].access == "signed" and site.key_file is None:
        raise PlanError(
            "Signed films need a key.", remedy="Make one with matinee drop key FILE, and name it with --key."
        )
    taken: dict[str, str] = {}
    for film in schedules:
        for name in (film.film, *(edition for _, edition in film.editions)):
            if _NAME.fullmatch(name) is None:
                raise PlanError(f"{spelled(name)} cannot be the name of an edition.", remedy="Allowed: red-kite-de.")
            if taken.setdefault(name, film.film) != film.film:
                raise PlanError(f"{name} would be of {taken[name]} and of {film.film}.", remedy="Name one otherwise.")
        for page in filter(None, (film.closed_page, film.elsewhere_page)):
            if _PAGE.fullmatch(page) is None:
                raise PlanError(f"{spelled(page)} cannot be the name of a page.", remedy="Allowed: closed.html.")
        if _AT_ROOT.fullmatch(film.address) is None:
            raise PlanError(
                f"{film.film}: nginx serves films at the root of a host, and not at {spelled(film.address)}.",
                remedy="Name an address such as https://films.example.org in its calendar.",
            )
        _check_countries(film)
    for page in (page for film in schedules for page in (film.closed_page, film.elsewhere_page) if page):
        owner = taken.get(page.removesuffix(".html"))
        if owner is not None:
            raise PlanError(
                f"{page} would be the page of {owner}, and one that is shown instead of a film.",
                remedy="Name another as closed_page and elsewhere_page, or the film otherwise.",
            )
    if len({film.film for film in schedules}) < len(schedules):
        raise PlanError("A film has two calendars here.", remedy="Put all of its drops into one.")


def _check_countries(film: Schedule) -> None:
    known = dict(film.countries)
    for region, _ in film.editions:
        named = known.get(region, ())
        if region != EVERYBODY and not named:
            raise PlanError(
                f"{film.film}: nobody knows in which countries {region} is.",
                remedy="Name them in its calendar, under [countries].",
            )
        if any(_COUNTRY.fullmatch(country) is None for country in named):
            raise PlanError(f"{film.film}: {region} has countries that are none.", remedy="Allowed: DE, AT.")


def _film_locations(number: int, film: Schedule, site: EdgeSite, signed: str) -> str:
    """Return the locations of one film's address and page, of its entries, and of its editions' own names."""
    ticket = ""
    if signed:
        ticket = (
            f'        internal;\n        if ($matinee_scope != "{film.film}") {{\n            return 403;\n        }}\n'
        )
    answers = (("elsewhere", 451), ("soon", 404), ("closed", 410))
    checks = "".join(
        f'        if ($matinee_answer_{number} = "{answer}") {{\n            return {status};\n        }}\n'
        for answer, status in answers
    )
    entries = site.root / HELD if film.hold == "edge" else site.root
    # A location for each, since nginx takes no word of more than 4096 letters.
    hidden = (
        f"{signed}/{edition}.{kind}"
        for _, edition in film.editions
        if edition != film.film
        for kind in ("m3u8", "html")
    )
    own = "".join(f"    location = {path} {{\n        return 404;\n    }}\n" for path in hidden)
    return f"""\
    location ~ "^{signed}/{film.film}\\.m3u8$" {{
{ticket}{_error_page((404, 410), film.closed_page)}{_error_page((451,), film.elsewhere_page)}{checks}\
        rewrite ^ /entry/{number}/$matinee_edition_{number}.m3u8 last;
    }}
    location ^~ /entry/{number}/ {{
        internal;
{_error_page((404,), film.closed_page)}        alias {_folder(entries)};
    }}
    # Its page is there before it opens and after it has closed, and needs no ticket.
    location ~ "^{"(?:/signed)?" if signed else ""}/{film.film}\\.html$" {{
{_error_page((451,), film.elsewhere_page)}        if ($matinee_edition_{number} = "") {{
            return 451;
        }}
        rewrite ^ /page/{number}/$matinee_edition_{number}.html last;
    }}
    location ^~ /page/{number}/ {{
        internal;
{_error_page((404,), film.closed_page)}        alias {_folder(site.root)};
    }}
{own}"""


def _ticket_locations(schedules: Sequence[Schedule]) -> str:
    """Return where tickets are looked at: in the path, and else in a cookie."""
    checks = """\
        if ($secure_link = "") {
            return 403;
        }
        if ($secure_link = "0") {
            return 410;
        }
"""
    page = _error_page((410,), _common_page(schedules))
    return f"""\
    location ~ "^/s/(?<matinee_film>[a-z0-9-]+)/(?<matinee_expires>[1-9][0-9]{{9}})/(?<matinee_mac>[A-Za-z0-9_-]{{22}})\
(?<matinee_rest>/.*)$" {{
        secure_link "$matinee_mac,$matinee_expires";
        secure_link_md5 "$matinee_film $secure_link_expires $matinee_key";
{page}{checks}        rewrite ^ /signed$matinee_rest last;
    }}
    location / {{
        secure_link $matinee_cookie_ticket;
        secure_link_md5 "$matinee_cookie_film $secure_link_expires $matinee_key";
{page}{checks}        rewrite ^ /signed$uri last;
    }}
"""


def _signed_locations(site: EdgeSite) -> str:
    """Return where files are that need a ticket, and those of pages, which need none."""
    return f"""\
    location /signed/ {{
        internal;
        alias {_folder(site.root)};
    }}
    location ~ "^/(?:drop|hls|player|poster)-[0-9a-f]{{{DIGITS_AT_END}}}\\.(?:js|jpg)$" {{
    }}
"""


def _held_locations(signed: str) -> str:
    return "".join(
        f"    location ^~ {at}/{HELD}/ {{\n        return 404;\n    }}\n" for at in dict.fromkeys(("", signed))
    )


def _page_location(page: str) -> str:
    return f"    location = /{page} {{\n        internal;\n    }}\n"


def _common_page(schedules: Sequence[Schedule]) -> str | None:
    """Return the closed page where all films have the same: a place that serves all cannot tell them apart."""
    pages = {film.closed_page for film in schedules}
    return next(iter(pages)) if len(pages) == 1 else None


def _error_page(statuses: Sequence[int], page: str | None) -> str:
    return f"        error_page {' '.join(map(str, statuses))} /{page};\n" if page else ""


def _folder(path: PurePath) -> str:
    """Return a folder as `alias` wants it: with a slash at its end."""
    return f'{quoted_path(path).removesuffix(chr(34)).removesuffix("/")}/"'


def _indented(lines: str) -> str:
    return "".join(f"    {line}\n" for line in lines.splitlines())
