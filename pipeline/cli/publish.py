"""`matinee publish` and `matinee published`: packages at folders and stores that a CDN hands out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.cli.unpublish import endpoint_option, tell_purge, tell_swept
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.plan.publication import Publication
    from pipeline.shell.drop_pages import WrittenPage
    from pipeline.shell.editions import Listed
    from pipeline.shell.publications import Published
    from pipeline.shell.targets import Target


@click.command("publish")
@click.argument("package", metavar="PACKAGE", type=EXISTING)
@click.option("--to", "place", required=True, metavar="TARGET", help="A folder, or s3://bucket/prefix.")
@click.option("--as", "edition", metavar="EDITION", help="Its name there; else its title and region: the-red-kite-de.")
@endpoint_option
@click.option("--stage", "is_staged", is_flag=True, help="Put only segments there: nothing leads to them yet.")
@click.option(
    "--require-approval", "needs_approval", is_flag=True, help="Refuse what nobody approved (matinee approve)."
)
@click.option(
    "--page", "page", type=EXISTING, metavar="FILE", help="Also write EDITION.html, with what a TOML file says of it."
)
@as_json
def publish_command(
    package: Path, place: str, edition: str | None, endpoint: str | None, is_staged: bool, needs_approval: bool,
    page: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Publish a package where a web server or CDN hands it out: segments first, then playlists, its entry last.

    PACKAGE is the folder that `matinee package` wrote. TARGET is a folder behind a web server (`matinee hosting`), or
    s3://bucket/prefix of any S3-compatible store, whose credentials come from the environment, a profile or the
    machine, as AWS's own tools have them. Players open EDITION.m3u8 there.

    All editions at a target share what is the same. Only what is missing is sent, every file is held against its
    sha256, and nothing that others put there is ever written over. A run that was stopped goes on where it was: run the
    same command again. Publishing another package under the same name replaces the entry; what only the old one played
    is removed a day later, when something is published, unpublished or swept there.

    With --page, people open EDITION.html there: poster, title, the film with its subtitles, and links to tickets, shop
    and mailing list. The file may be empty; docs/page-toml.md has what it can say. For pages with a countdown, see
    matinee drop.

    \b
    Examples:
      matinee publish media/out/film/hls --to /srv/www
      matinee publish media/out/film/hls --to s3://films/hls --as the-red-kite-de
      matinee publish media/out/film/hls --to s3://films/hls --endpoint https://s3.example.org
      matinee publish media/out/film/hls --to /srv/www --stage      before an embargo ends; without --stage, it opens
      matinee publish media/out/film/hls --to /srv/www --page red-kite.page.toml
    \b
    With --json:
      {"edition": "the-red-kite", "target": "/srv/www", "entry": "the-red-kite.m3u8", "state": "open", "files": 812,
       "size_bytes": …, "sent_files": 3, "sent_bytes": …, "orphans": […], "removed": […], "purge": […], "notes": […],
       "page": "the-red-kite.html"}
      purge: names whose copies the CDN should drop.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.plan.publication import edition_of, plan_publication
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.package_verdicts import refuse_rejected, refuse_unapproved
    from pipeline.shell.package_walk import find_package, walk_package
    from pipeline.shell.presence import staying
    from pipeline.shell.publications import publish, stage
    from pipeline.shell.targets import open_target

    # Read first: a mistake in it leaves nothing half-published.
    written = None if page is None else _page_writer(page)
    ledger = Ledger(find_home().ledger)
    target = open_target(place, ledger, endpoint=endpoint)
    folder = find_package(package)
    with staying(find_home().store), StageDisplay(spelled(str(package))) as display:
        contents = walk_package(folder, display.stage("reading"))
        refuse_rejected(contents, ledger)
        if needs_approval:
            refuse_unapproved(contents, ledger)
        plan = plan_publication(contents, edition or edition_of(contents.title, contents.region))
        done = (stage if is_staged else publish)(plan, folder, target, display.tell)
        paged = None if written is None else written(folder, plan).publish(target, display.tell)
    if as_json:
        document = _document(done, target) | {"page": paged and paged.publication.entry.name}
        document["purge"] += paged.purge if paged else ()
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
        return
    _show_published(done, target)
    if paged is not None:
        again = "is there already" if paged.was_there else "written"
        click.echo(f"{paged.publication.entry.name} {again}.")
        tell_purge(paged.purge)


@click.command("published")
@click.argument("place", metavar="[TARGET]", required=False)
@as_json
def published_command(place: str | None, as_json: bool) -> None:
    """Tell which editions were published from here: where, since when, how large, and how they stand.

    staged: segments alone are there; open: players can open it; closed: it was taken away. Shared are the bytes that
    another edition at the target has as well. Nothing is asked of the targets.

    \b
    Examples:
      matinee published
      matinee published s3://films/hls --json
    \b
    With --json:
      {"editions": [{"edition": "the-red-kite-de", "target": "/srv/www", "title": …, "region": "de", "state": "open",
       "since": "2026-11-26T20:00:00+00:00", "files": 812, "size_bytes": …, "shared_bytes": …}, …]}
    """
    from pipeline.shell.editions import list_editions
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.targets import where_of

    wanted = None if place is None else where_of(place)
    found = [one for one in list_editions(Ledger(find_home().ledger)) if wanted is None or one.is_at(wanted)]
    if as_json:
        rows = [
            {
                "edition": one.edition.name,
                "target": one.edition.target,
                "title": one.edition.title,
                "region": one.edition.region,
                "state": one.edition.state,
                "since": one.edition.since,
                "files": one.files,
                "size_bytes": one.size_bytes,
                "shared_bytes": one.shared_bytes,
            }
            for one in found
        ]
        click.echo(json.dumps({"editions": rows}, indent=1, ensure_ascii=False))
        return
    if not found:
        click.echo(f"Nothing was published{f' at {spelled(wanted)}' if wanted else ''} from here.")
        return
    _show_editions(found)


def _page_writer(path: Path) -> Callable[[Path, Publication], WrittenPage]:
    """Return what writes the page of an edition, from its package's folder and from what a file says."""
    from pipeline.plan.drop_pages import edition_page
    from pipeline.shell.calendars import read_page
    from pipeline.shell.drop_pages import read_cover, write_page

    told = read_page(path)

    def write(folder: Path, plan: Publication) -> WrittenPage:
        cover = read_cover(folder)
        entries = told.of_region(plan.region)
        page = edition_page(
            entries, plan.edition, title=cover.title or plan.title, region=plan.region, poster=cover.poster
        )
        return write_page(page, cover.picture)

    return write


def _document(done: Published, target: Target) -> dict[str, Any]:
    one = done.publication
    return {
        "edition": one.edition,
        "target": target.where,
        "entry": one.entry.name,
        "state": done.state,
        "files": len(one.items),
        "size_bytes": sum(item.size for item in one.items),
        "sent_files": done.sent.files,
        "sent_bytes": done.sent.size_bytes,
        "orphans": list(done.orphans),
        "removed": list(done.swept.removed),
        "purge": list(done.purge),
        "notes": [*done.notes, *done.swept.notes],
    }


def _show_published(done: Published, target: Target) -> None:
    one, sent = done.publication, done.sent
    for note in done.notes:
        click.echo(f"· {note}")
    size = sum(item.size for item in one.items)
    told = f"{counted(sent.files, 'file')} sent ({sent.size_bytes / 1e6:.1f} MB)" if sent.files else "nothing to send"
    click.echo(f"{spelled(one.title)}: {counted(len(one.items), 'file')}, {size / 1e6:.1f} MB; {told}.")
    if done.orphans:
        click.echo(f"{counted(len(done.orphans), 'file')} of what it played before will go after a day.")
    tell_swept(done.swept)
    tell_purge(done.purge)
    if done.state == "open":
        again = "is there already" if done.was_there else "published"
        click.echo(f"{one.edition} {again}: players open {one.entry.name} at {spelled(target.where)}")
    else:
        click.echo(f"{one.edition} staged at {spelled(target.where)}; the same command without --stage opens it.")


def _show_editions(found: Sequence[Listed]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    numbers = ("files", "MB", "shared MB")
    for heading in ("edition", "target", "state", "since (UTC)", *numbers):
        is_number = heading in numbers
        table.add_column(
            heading, justify="right" if is_number else "left", no_wrap=heading != "target", overflow="fold"
        )
    for one in found:
        known = one.edition
        cells = [known.name, spelled(known.target), known.state, known.since.replace("T", " ")[:16]]
        sizes = [str(one.files), f"{one.size_bytes / 1e6:.1f}", f"{one.shared_bytes / 1e6:.1f}"]
        table.add_row(*map(Text, cells + sizes))
    Console(highlight=False).print(table)
