"""`matinee hosting`: what a web server or CDN has to answer beside a package's bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.spelling import spelled

CDNS = ("cloudfront", "cloudflare", "fastly", "bunny")


@click.command("hosting")
@click.argument("folder", metavar="[DIR]", required=False, type=EXISTING)
@click.option("--listen", default="80", show_default=True, metavar="[ADDRESS:]PORT", help="Where nginx listens.")
@click.option("--host", default="_", show_default=True, metavar="NAME", help="The host's name; _ is any.")
@click.option("--s3", "is_bucket", is_flag=True, help="Print the CORS rules of a bucket, as JSON.")
@click.option("--cdn", type=click.Choice(CDNS), help="Print what a CDN in front of a bucket or server is told.")
@as_json
def hosting_command(
    folder: Path | None, listen: str, host: str, is_bucket: bool, cdn: str | None, as_json: bool
) -> None:
    """Say how a web server, bucket or CDN should answer for packages.

    With DIR: nginx's configuration (1.22 or later) for all packages in that folder, which players, pages of other sites
    and the CDN in front of it need. Put it inside the http block and try it with nginx -t; whoever wants HTTPS, as
    players outside your own network do, lets certbot add it.

    --s3: the rules by which a bucket lets pages of other sites read; `matinee publish` gives its objects all else.
    --cdn: the settings of a common CDN, for the headers that a bucket or server does not send.

    Without DIR: the same as a table, for any other server or CDN.

    `matinee check https://…` tells afterwards whether the answers are right.

    \b
    Examples:
      matinee hosting /srv/www --host films.example.org > /etc/nginx/conf.d/films.conf
      matinee hosting --s3 > cors.json; aws s3api put-bucket-cors --bucket films --cors-configuration file://cors.json
      matinee hosting --cdn cloudfront
      matinee hosting
    \b
    With --json, which takes no DIR:
      {"types": {".m3u8": "application/vnd.apple.mpegurl", …}, "compressed": [".m3u8", …],
       "cache_control": {"segments/*": …, …, "*": …, "errors": …}, "headers": {…}, "preflight": {…}}
    """
    from pipeline.plan.origin import answers, nginx_server

    if is_bucket or cdn is not None:
        if folder is not None or as_json or (is_bucket and cdn is not None):
            raise click.UsageError("--s3 and --cdn stand alone.")
        _tell_settings(cdn)
        return
    if folder is None:
        if as_json:
            click.echo(json.dumps(answers(), indent=1))
        else:
            _show_table(answers())
        return
    if as_json:
        raise click.UsageError("--json is for the table, which takes no DIR.")
    text = nginx_server(folder.absolute(), listen=listen, server_name=host)
    click.echo("# Inside nginx's http block, such as /etc/nginx/conf.d/films.conf; then: nginx -t && nginx -s reload")
    click.echo(text, nl=False)
    if not folder.is_dir():
        told = f"There is no folder {spelled(str(folder.absolute()))} on this machine: nginx has to have one so called."
        click.echo(told, err=True)


def _tell_settings(cdn: str | None) -> None:
    """Print what a CDN is told, or a bucket for None, and on standard error where that goes."""
    from pipeline.plan.cdns import CDNS as MAKERS
    from pipeline.plan.cdns import bucket_rules

    make, place = (bucket_rules, "aws s3api put-bucket-cors takes it.") if cdn is None else MAKERS[cdn]
    click.echo(make(), nl=False)
    click.echo(place, err=True)


def _show_table(told: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, title="By what a name ends with", title_justify="left")
    for heading in ("name", "Content-Type", "sent compressed"):
        table.add_column(heading, no_wrap=True)
    for suffix, content_type in told["types"].items():
        table.add_row(f"*{suffix}", content_type, "gzip, where asked for" if suffix in told["compressed"] else "no")
    console.print(table)
    places = {"errors": "errors (4xx, 5xx)", "*": "all else"}
    for title, rows in (
        (
            "Cache-Control, by place in a package",
            {places.get(at, at): value for at, value in told["cache_control"].items()},
        ),
        ("On every answer, errors too", told["headers"]),
        ("Besides, to OPTIONS, which browsers ask before ranges", _others(told["preflight"], told["headers"])),
    ):
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", show_header=False)
        for name, value in rows.items():
            table.add_row(name, value)
        console.print(table)


def _others(headers: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in known}
