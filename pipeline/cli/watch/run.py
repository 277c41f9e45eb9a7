"""`matinee watch DIR`: wait for films, make what is asked for of each, and say what happens."""

from __future__ import annotations

import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pipeline.spelling import spelled
from pipeline.watchfolder import FLOWS, Flow


class _RunCommand(click.Command):
    """Shown as people call it: without its own name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line of usage."""
        above = ctx.parent.command_path if ctx.parent else "matinee watch"
        formatter.write_usage(above, " ".join(self.collect_usage_pieces(ctx)))


@click.command("run", cls=_RunCommand)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--flow",
    "flows",
    multiple=True,
    type=click.Choice(FLOWS),
    help="What is made of each film; give it twice for both; else cut-clips.",
)
@click.option("--platform", "platforms", multiple=True, metavar="ID", help="A platform, as often as wanted; else all.")
@click.option("--preset", "highlights", metavar="ID", help="Preset of highlights that says what to choose.")
@click.option("--style", metavar="ID", help="Preset that says how clips look.")
@click.option("--region", "regions", multiple=True, metavar="ID", help="A region, as often as wanted; else for all.")
@click.option("--ladder", metavar="ID", help="The ladder of packages; else the one that fits each film's shape.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where outputs go; else media/out.")
@click.option(
    "--after",
    type=click.Choice(("stay", "move")),
    default="stay",
    show_default=True,
    help="Where films are afterwards: as they are, or in done/ and quarantine/.",
)
@click.option(
    "--wait-for",
    type=click.Choice(("stillness", "sidecar")),
    default="stillness",
    show_default=True,
    help="When a film counts as copied: once it is still and whole, or once a sidecar says so.",
)
@click.option("--jobs", type=click.IntRange(1, 8), default=1, show_default=True, help="Films made at the same time.")
@click.option("--once", is_flag=True, help="Leave when nothing is left to wait for or to do.")
def run_command(
    folder: Path,
    flows: tuple[Flow, ...],
    platforms: tuple[str, ...],
    highlights: str | None,
    style: str | None,
    regions: tuple[str, ...],
    ladder: str | None,
    out: Path | None,
    after: Any,
    wait_for: Any,
    jobs: int,
    once: bool,
) -> None:
    """Watch a folder and all below it, and cut or package each film that arrives there, once.

    A film counts as arrived when it has not changed for a while, nobody is known to have it open to write, its
    container is whole to its end and the last second of every stream decodes: a copy whose end is still zeros waits.
    How long that while is, the watch learns for each drive from how files grow there: 2 s at least, 10 s on a network
    drive. NAME.ready, or a checksum (.md5, .sha1, .sha256, .sha512, .xxh) beside the film ends the wait; a checksum is
    checked. Hidden files and the temporary names of copiers and browsers are left alone.

    What is made is decided by content: a copy, another name, a new date or a restart make nothing twice, a changed file
    is made anew. A sub-folder may say otherwise what becomes of its films, in a watch.toml (docs/watch-toml.md), and so
    may the folder itself, then without options here.

    Films stay where they are. Beside one that cannot be used lies NAME.matinee.txt, which says why in plain words, and
    goes away when the film is good. With --after move, films go to done/ and quarantine/ in the same folder, never over
    another file. A job that fails is tried again after 1, 5 and 30 minutes. Ctrl-C ends it; what was in the middle is
    done again by the next watch, which uses what was finished of it.

    \b
    Also:
      matinee watch status [DIR]            what waits, runs, is done or refused, and what to do about it
      matinee watch retry DIR [FILE...]     jobs that failed, and films that were refused, again
    \b
    Examples:
      matinee watch /srv/films/inbox
      matinee watch inbox --platform tiktok --platform youtube-shorts
      matinee watch inbox --flow package-hls --after move
      matinee watch inbox --once
    """
    from pipeline.shell.home import find_home
    from pipeline.watching.jobs import ProcessRunner
    from pipeline.watching.orders import Order, check_order
    from pipeline.watching.request import WatchRequest, checked_root
    from pipeline.watching.settings import Scope, refuse_two_voices
    from pipeline.watching.watch import watch

    order = Order(
        flows=tuple(dict.fromkeys(flows)) or ("cut-clips",),
        platforms=tuple(sorted(set(platforms))),
        highlights=highlights,
        style=style,
        regions=tuple(dict.fromkeys(regions)),
        ladder=ladder,
        out=None if out is None else str(out.expanduser().absolute()),
    )
    check_order(order)
    scope = Scope("", order, after, wait_for)
    root = checked_root(folder, find_home())
    if scope != Scope("", Order()):
        refuse_two_voices(root)
    request = WatchRequest(root, scope, until="nothing is left" if once else "stopped", jobs=jobs)
    _tell(f"watching {spelled(str(root))}; Ctrl-C ends it")
    # As Ctrl-C: services end what they started so.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        watch(request, ProcessRunner(), _tell)
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(text: str) -> None:
    click.echo(f"{datetime.now().astimezone():%H:%M:%S} {text}")
