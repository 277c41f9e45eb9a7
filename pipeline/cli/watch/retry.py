"""`matinee watch retry`: do jobs again that failed, and those whose films were refused."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.spelling import spelled


@click.command("retry")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("names", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
def retry_command(folder: Path, names: tuple[Path, ...]) -> None:
    """Do jobs of a watched folder again that failed, or whose films were refused while they were made; all, or FILEs.

    The watch that runs takes them up within some seconds, the next one otherwise. A film that was refused before
    anything was made of it is looked at again as soon as it changes, without this.

    \b
    Examples:
      matinee watch retry inbox
      matinee watch retry inbox inbox/kite.mov
    """
    from pipeline.errors import InputError
    from pipeline.shell.home import find_home
    from pipeline.watching.retrying import retry

    queued = retry(find_home(), folder, names)
    for path in queued:
        click.echo(f"{spelled(path.name)}: queued again")
    if not queued:
        raise InputError(
            f"Nothing in {spelled(str(folder))} failed or was refused while it was made"
            f"{' under these names' if names else ''}.",
            remedy="matinee watch status tells how everything stands.",
        )
