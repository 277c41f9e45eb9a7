"""`matinee unpublish` and `matinee sweep`: taking away what was published, and nothing that others have."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.arguments import as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.shell.takedowns import Swept, Unpublished
    from pipeline.shell.targets import Target

_MOST_TOLD: Final = 10
_GRACE_MAX_H: Final = 24 * 366.0
endpoint_option: Final[Callable[..., Any]] = click.option(
    "--endpoint", metavar="URL", help="Address of an S3-compatible store; else AWS_ENDPOINT_URL, else AWS itself."
)


@click.command("unpublish")
@click.argument("edition")
@click.option("--from", "place", required=True, metavar="TARGET", help="A folder, or s3://bucket/prefix.")
@endpoint_option
@click.option(
    "--grace",
    type=click.FloatRange(0, _GRACE_MAX_H),
    default=24.0,
    show_default=True,
    metavar="HOURS",
    help="For how long segments stay for players that began before.",
)
@as_json
def unpublish_command(edition: str, place: str, endpoint: str | None, grace: float, as_json: bool) -> None:
    """Take an edition away from a target: page and entry first, so that nobody begins, then what only it has.

    Its playlists go at once, its segments after the grace: players that began before play on until then, unless the CDN
    drops its copies. What another edition there uses stays. After the grace, whatever publishes, unpublishes or
    sweeps there removes the rest. Twice does nothing twice; publishing it again takes back what still waits.

    A page alone goes by its own name, such as the-red-kite.html.

    \b
    Examples:
      matinee unpublish the-red-kite-de --from /srv/www
      matinee unpublish the-red-kite-de --from s3://films/hls --grace 0
    \b
    With --json:
      {"edition": …, "target": …, "was_there": true, "removed": […], "later": […], "kept": {"segments/…": ["other"]},
       "purge": […], "notes": […]}
    """
    from pipeline.plan.drop_pages import page_name
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.takedowns import close_edition
    from pipeline.shell.targets import open_target

    target = open_target(place, Ledger(find_home().ledger), endpoint=endpoint)
    page = page_name(edition)
    pages = [close_edition(page, target)] if target.editions.find(page) else []
    done = close_edition(edition, target, round(grace * 3600))
    done = replace(done, purge=tuple(dict.fromkeys((*(name for one in pages for name in one.purge), *done.purge))))
    if as_json:
        document = {
            "edition": edition,
            "target": target.where,
            "was_there": done.was_there,
            "removed": list(done.swept.removed),
            "later": list(done.later),
            "kept": {name: list(users) for name, users in done.kept.items()},
            "purge": list(done.purge),
            "notes": list(done.swept.notes),
        }
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        _show_unpublished(done, target, grace)


@click.command("sweep")
@click.argument("place", metavar="TARGET")
@endpoint_option
@click.option(
    "--now", "is_now", is_flag=True, help="Do not wait for the grace: players that still play come to a stop."
)
@as_json
def sweep_command(place: str, endpoint: str | None, is_now: bool, as_json: bool) -> None:
    """Remove from a target what no edition has any more and whose grace is over.

    `matinee publish` and `unpublish` do the same there when they are done. What an entry leads to that was not
    published from here stays.

    \b
    Examples:
      matinee sweep /srv/www
      matinee sweep s3://films/hls --now
    \b
    With --json:
      {"target": …, "removed": […], "waiting": […], "kept": […], "purge": […], "notes": […]}
    """
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.takedowns import sweep
    from pipeline.shell.targets import open_target

    target = open_target(place, Ledger(find_home().ledger), endpoint=endpoint)
    swept = sweep(target, datetime.max.replace(tzinfo=UTC) if is_now else None)
    if as_json:
        document = {
            "target": target.where,
            "removed": list(swept.removed),
            "waiting": list(swept.waiting),
            "kept": list(swept.kept),
            "purge": list(swept.removed),
            "notes": list(swept.notes),
        }
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    tell_swept(swept)
    if not swept.removed:
        click.echo(f"Nothing to remove at {spelled(target.where)} now.")
    tell_purge(swept.removed)


def tell_swept(swept: Swept) -> None:
    """Tell what was removed, and what people should know of what was not."""
    if swept.removed:
        click.echo(f"{counted(len(swept.removed), 'file')} removed that no edition has any more.")
    for note in swept.notes:
        click.echo(f"· {note}")


def tell_purge(names: tuple[str, ...]) -> None:
    """Tell which names a CDN should forget."""
    if not names:
        return
    click.echo("A CDN in front of it should drop its copies of:")
    for name in names[:_MOST_TOLD]:
        click.echo(f"  {name}")
    if len(names) > _MOST_TOLD:
        click.echo(f"  and {len(names) - _MOST_TOLD} more; --json has them all.")


def _show_unpublished(done: Unpublished, target: Target, grace: float) -> None:
    if not done.was_there:
        click.echo(f"{done.edition} was taken away from {spelled(target.where)} before: nothing to do.")
        if done.swept.waiting:
            waiting = counted(len(done.swept.waiting), "file")
            click.echo(f"{waiting} there wait for their grace to be over; matinee sweep --now does not.")
    users = sorted({user for one in done.kept.values() for user in one})
    if done.kept:
        click.echo(f"{counted(len(done.kept), 'file')} stay: {', '.join(users)} there too.")
    if done.later:
        click.echo(f"{counted(len(done.later), 'file')} go after {grace:g} hours, for players that began before.")
    tell_swept(done.swept)
    tell_purge(done.purge)
    if done.was_there:
        click.echo(f"{done.edition} is no longer published at {spelled(target.where)}.")
