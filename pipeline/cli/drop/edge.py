"""`matinee drop edge`, `key` and `link`: nginx's configuration for drops, and the addresses that signed ones need."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.plan.schedule import Schedule

_NEW = click.Path(path_type=Path)


@click.command("edge")
@click.argument("calendars", type=EXISTING, nargs=-1, required=True, metavar="CALENDAR...")
@click.option("--root", type=EXISTING, required=True, metavar="DIR", help="The target's folder, as nginx sees it.")
@click.option("--listen", default="80", show_default=True, metavar="[ADDRESS:]PORT", help="Where nginx listens.")
@click.option("--host", default="_", show_default=True, metavar="NAME", help="The host's name; _ is any.")
@click.option("--cdn", metavar="NAME", help="What stands before nginx: cloudfront, cloudflare or fastly.")
@click.option("--country-header", metavar="NAME", help="Of another: the header in which it says the viewer's country.")
@click.option("--key", type=_NEW, metavar="FILE", help="The key's file, as nginx sees it, where access is signed.")
def edge_command(
    calendars: tuple[Path, ...],
    root: Path,
    listen: str,
    host: str,
    cdn: str | None,
    country_header: str | None,
    key: Path | None,
) -> None:
    """Print nginx's configuration (1.22 or later) for films that open by country and by the clock.

    Viewers have one address for each film, such as /the-red-kite.m3u8; nginx answers with their country's edition, as
    the CDN before it tells, and with a page for those of no region. Where hold = "edge", nginx opens and closes by its
    own clock what lies in DIR/held, without being reloaded. Where access = "signed", nothing answers but to addresses
    that `matinee drop link` makes.

    The first lines say what has to be set at the CDN. Calendars of one server are given together.

    \b
    Examples:
      matinee drop edge red-kite.calendar.toml --root /srv/www --cdn cloudfront > /etc/nginx/conf.d/films.conf
      matinee drop edge *.calendar.toml --root /srv/www --country-header X-Country --key /etc/nginx/matinee.key
    """
    from pipeline.plan.country_headers import CDNS, other_cdn
    from pipeline.plan.edge import EdgeSite, edge_config
    from pipeline.tables import nearest_name

    if (cdn is None) == (country_header is None):
        raise click.UsageError("Name either --cdn or --country-header: nginx has to be told a viewer's country.")
    if cdn is not None and cdn not in CDNS:
        told = f"{spelled(cdn)} is none that is known{nearest_name(cdn, CDNS)}; known: {', '.join(CDNS)}."
        raise click.BadParameter(f"{told} For another, name its --country-header.", param_hint="--cdn")
    before = CDNS[cdn] if cdn is not None else other_cdn(country_header or "")
    site = EdgeSite(root.absolute(), before, listen, host, None if key is None else key.absolute())
    text = edge_config([_schedule(calendar) for calendar in calendars], site)
    click.echo("# Inside nginx's http block, such as /etc/nginx/conf.d/films.conf; then: nginx -t && nginx -s reload")
    click.echo(text, nl=False)


@click.command("key")
@click.argument("file", type=_NEW)
def key_command(file: Path) -> None:
    """Make the key that addresses are signed with, in a new FILE that nobody else may read.

    nginx includes it (matinee drop edge --key FILE), and `matinee drop link` signs with it; whoever has it can sign.
    """
    from pipeline.shell.keys import make_key

    make_key(file)
    click.echo(f"A new key is in {spelled(str(file))}. Keep it where only nginx and you can read it.", err=True)


@click.command("link")
@click.argument("calendar", type=EXISTING)
@click.option("--key", type=_NEW, metavar="FILE", help="The key's file; else MATINEE_DROP_KEY has the key itself.")
@click.option("--campaign", metavar="CODE", help="Where viewers come from: film.clip.platform.region.event.")
@as_json
def link_command(calendar: Path, key: Path | None, campaign: str | None, as_json: bool) -> None:
    """Print the address that viewers of each window get: signed until it closes, where access is signed.

    Where the calendar has a [page], it is the page's; its film and everything else is under the same signature.

    With a campaign's code, which is read back by `matinee drop report`, addresses end in ?c=CODE: of small letters,
    digits and hyphens, with a full stop between its five parts, of which any may be empty.

    All viewers of a window share one address, so that a CDN keeps one copy for them. Who passes it on lets others of
    the same countries in until the window closes.

    \b
    Examples:
      matinee drop link red-kite.calendar.toml --key /etc/nginx/matinee.key
      matinee drop link red-kite.calendar.toml --campaign red-kite.h1.tiktok.de.malaga-26
    \b
    With --json:
      {"film": "the-red-kite", "links": [{"region": "de", "edition": "the-red-kite-de", "opens": …, "closes": …,
                                          "address": "https://films.example.org/s/the-red-kite/…/the-red-kite.m3u8"}]}
    """
    from pipeline.shell.calendars import read_schedule

    told, schedule = read_schedule(calendar)
    links = _links(schedule, key, campaign, has_page=told.page is not None)
    if as_json:
        click.echo(json.dumps({"film": schedule.film, "links": links}, indent=1))
        return
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for link in links:
        over = ", which is over" if link["closes"] <= now else ""
        click.echo(f"{link['region'] or 'everybody else'}, {link['opens']} to {link['closes']}{over}:")
        click.echo(link["address"])


def _links(schedule: Schedule, key: Path | None, code: str | None, *, has_page: bool) -> list[dict[str, Any]]:
    from pipeline.plan.campaigns import Campaign, parse_code, with_campaign
    from pipeline.plan.tickets import sign
    from pipeline.shell.keys import find_key

    campaign = Campaign() if code is None else parse_code(code)
    if campaign is None:
        told = "should be up to five parts with full stops between, such as red-kite.h1.tiktok"
        raise click.BadParameter(f"{spelled(code or '')} {told}.", param_hint="--campaign")
    path = f"/{schedule.film}.{'html' if has_page else 'm3u8'}"
    secret = find_key(key) if schedule.access == "signed" else None
    return [
        {
            "region": window.region or None,
            "edition": window.edition,
            "opens": f"{window.opens:%Y-%m-%dT%H:%M:%SZ}",
            "closes": f"{window.closes:%Y-%m-%dT%H:%M:%SZ}",
            "address": with_campaign(
                schedule.address.removesuffix("/")
                + (path if secret is None else sign(path, int(window.closes.timestamp()), secret)),
                campaign,
            ),
        }
        for window in schedule.windows
    ]


def _schedule(calendar: Path) -> Schedule:
    from pipeline.shell.calendars import read_schedule

    return read_schedule(calendar)[1]
