"""`matinee serve-package`: a page on which a person can look at packages."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.arguments import EXISTING
from pipeline.counting import counted
from pipeline.spelling import spelled


@click.command("serve-package")
@click.argument("folder", metavar="DIR", type=EXISTING)
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port; on a free one otherwise.")
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
def serve_package_command(folder: Path, port: int | None, no_browser: bool) -> None:
    """Play an HLS package on a page of this machine, or choose among all packages in a folder.

    The page shows which rung plays and at what bit rate, and lets you choose rung, sound and subtitles; it has the
    keys of a player (space, arrows, comma and full stop for single frames). Thumbnails, poster and the verdict of
    `matinee check` are shown where the package has them.

    hls.js plays, and the browser's own HLS where hls.js cannot or where you choose it. Only this machine can open the
    page, it asks no other for anything, and nothing is written. Ctrl-C ends it.

    \b
    Examples:
      matinee serve-package media/out/film/hls
      matinee serve-package media/out               all packages in it, to choose from
      matinee serve-package media/out --port 8080 --no-browser
    """
    from pipeline.cli.browser import open_page
    from pipeline.shell.local_server import LOOPBACK, listen, serve
    from pipeline.shell.package_folders import find_packages
    from pipeline.shell.package_server import build_app

    packages = find_packages(folder)
    app = build_app(packages, root=folder)
    with listen(port) as listener:
        address = f"http://{LOOPBACK}:{listener.getsockname()[1]}/"
        click.echo(f"{counted(len(packages), 'package')} in {spelled(str(folder))}")
        click.echo(f"Look at {address}\nCtrl-C ends it.")
        if not no_browser:
            open_page(address)
        serve(app, listener)
    click.echo("Stopped.")
