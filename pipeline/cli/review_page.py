"""`matinee review`: the editors' page, on which films and clips are looked at and judged."""

from __future__ import annotations

import os
import sys
import traceback

import click

from pipeline.counting import counted
from pipeline.spelling import spelled


@click.command("review")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port; on a free one otherwise.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen at this address.")
@click.option(
    "--allow-host", "allowed", multiple=True, metavar="NAME", help="Another name of this machine; may be given again."
)
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
def review_command(port: int | None, host: str, allowed: tuple[str, ...], no_browser: bool) -> None:
    """Look at films and their clips on a page of this machine, and approve or reject them there.

    The page lists every film that this home knows of, how it stands, and how far it is where something is being made
    of it. A film's page has its highlights with the reasons for each, the clips of all platforms side by side, and its
    HLS packages; Cut again makes the clips as they were asked for last.
    What is approved or rejected there is what `matinee approve` and `matinee reject` write: a flow run that waits for
    review goes on by itself. In its cutting room highlights are trimmed to the frame, split, added, rejected and
    swapped, and seen as each platform shows them; what is saved is what `matinee cut` reads. All verdicts are under
    History, also as CSV. ? shows the keys.

    The address that is printed signs a browser in, for 30 days; keep it to yourself. The key in it stays the same:
    it is in .review/key of the home, and removing that file signs everybody out.

    Blocks has the running order of each block: films are dragged while the length adds up and broken rules are told,
    saved as the file that `matinee block` reads, and a block that was made is played across its joins.

    Presets has a form for each preset: faults are told as you type, and before saving what would be rendered again.
    Drops shows when films are open in which region, and what is not as it should be. A highlight goes from its cutting
    room to an editing program and comes back as a diff by frames.

    Only this machine can open the page unless --host says otherwise. Then everybody in the network can try, what is
    sent is not encrypted, and it answers under the names of this machine and those of --allow-host alone: use a
    network that you trust, or a proxy with TLS in front. Ctrl-C ends it.

    \b
    Examples:
      matinee review
      matinee review --port 8800 --no-browser
      matinee review --host 0.0.0.0 --port 8800 --allow-host cutting-room.example
    """
    from pipeline.cli.browser import open_page
    from pipeline.review.access import open_access
    from pipeline.review.benches import Benches
    from pipeline.review.hosts import address_of, hosts_of
    from pipeline.review.library import Library
    from pipeline.review.recutting import Recuts
    from pipeline.review.server import build_app
    from pipeline.shell.home import find_home
    from pipeline.shell.local_server import listen, serve

    hosts, library = hosts_of(host, allowed), Library(find_home())
    benches, recuts = Benches(_say_fault), Recuts(_say_fault)
    with listen(port, host=host) as listener:
        access = open_access(library.home.root / ".review" / "key")
        app = build_app(library, access, hosts, _say_fault, benches, recuts)
        address = f"{address_of(host, listener.getsockname()[1])}login?token={access.key}"
        # Looked up here, so that the first page need not wait for it.
        films = counted(len(library.films()), "film")
        click.echo(f"{films} in {spelled(str(library.home.root))}")
        click.echo(f"Look at {address}\nCtrl-C ends it.")
        if not no_browser:
            open_page(address)
        try:
            serve(app, listener)
        finally:
            recuts.close()
            benches.close()
    click.echo("Stopped.")


def _say_fault(error: Exception) -> None:
    click.echo(f"matinee: a fault of ours: {type(error).__name__}: {spelled(str(error))}", err=True)
    if os.environ.get("MATINEE_TRACEBACK"):
        traceback.print_exception(error, file=sys.stderr)
