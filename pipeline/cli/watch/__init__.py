"""`matinee watch`: a folder whose films are made by themselves; `status` and `retry` have modules of their own."""

from __future__ import annotations

from typing import Final

import click

from pipeline.cli.lazy import LazyGroup

# Command → module and function; also the order in which help lists them.
COMMANDS: Final = {
    "run": "pipeline.cli.watch.run:run_command",
    "status": "pipeline.cli.watch.status:status_command",
    "retry": "pipeline.cli.watch.retry:retry_command",
}
HELP: Final = {
    "run": "Watch a folder; `matinee watch DIR` is short for it.",
    "status": "Tell what waits, runs, is done or refused, and what to do about it.",
    "retry": "Do jobs again that failed, or whose films were refused.",
}


class _WatchGroup(LazyGroup):
    """Takes what names none of its commands for `run` and a folder."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before a folder or its options."""
        if not args or args[0] not in COMMANDS:
            args.insert(0, "run")
        return super().parse_args(ctx, args)


@click.command("watch", cls=_WatchGroup, places=COMMANDS, helps=HELP)
def watch_command() -> None:
    """Watch a folder, and cut or package each film that arrives there, once."""
