"""The command `matinee`: what a person types, and how errors and exit codes reach them.

Each command lives in a module of its own that is imported when it is called, so that help costs nothing.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Final

import click

from pipeline.cli.lazy import LazyGroup
from pipeline.collecting import collect_seldom

# Command → module and function; also the order in which help lists them.
COMMANDS: Final = {
    "cut": "pipeline.cli.cut:cut_command",
    "highlights": "pipeline.cli.highlights:highlights_command",
    "shots": "pipeline.cli.look:shots_command",
    "probe": "pipeline.cli.look:probe_command",
    "conform": "pipeline.cli.conform:conform_command",
    "check": "pipeline.cli.check:check_command",
    "serve-package": "pipeline.cli.serve_package:serve_package_command",
    "hosting": "pipeline.cli.hosting:hosting_command",
    "presets": "pipeline.cli.presets:presets_command",
    "review": "pipeline.cli.review_page:review_command",
    "approve": "pipeline.cli.review:approve_command",
    "reject": "pipeline.cli.review:reject_command",
    "block": "pipeline.cli.block:block_command",
    "package": "pipeline.cli.package:package_command",
    "publish": "pipeline.cli.publish:publish_command",
    "unpublish": "pipeline.cli.unpublish:unpublish_command",
    "published": "pipeline.cli.publish:published_command",
    "sweep": "pipeline.cli.unpublish:sweep_command",
    "drop": "pipeline.cli.drop:drop_command",
    "explain": "pipeline.cli.store:explain_command",
    "gc": "pipeline.cli.store:gc_command",
    "watch": "pipeline.cli.watch:watch_command",
    "doctor": "pipeline.cli.doctor:doctor_command",
}
HELP: Final = {
    "cut": "Cut highlights of films into clips that platforms accept.",
    "highlights": "Choose the highlights of a film, and say why; nothing is rendered.",
    "shots": "Find the shots of a film.",
    "probe": "Say what a film file is: streams, size, rate, colour.",
    "conform": "Check any file against what platforms ask of one, and say who says so.",
    "check": "Check any HLS package against Apple's rules and RFC 8216.",
    "serve-package": "Play HLS packages on a page of this machine, to look at them.",
    "hosting": "Say how a web server or CDN should answer for packages; nginx's configuration.",
    "presets": "List platforms, highlight presets, styles, ladders, regions and blocks, or check them.",
    "review": "Look at films and their clips on a page, and approve or reject them there.",
    "approve": "Approve a clip for its platform, or a package.",
    "reject": "Reject a clip for its platform, a whole highlight, or a package.",
    "block": "Choose the films of a block and their order, and say why.",
    "package": "Package a film or an edit for streaming (HLS).",
    "publish": "Publish a package at a folder or S3-compatible store that a CDN hands out.",
    "unpublish": "Take an edition away from there.",
    "published": "Tell which editions were published, where, since when and how large.",
    "sweep": "Remove from a target what no edition there has any more.",
    "drop": "Open films region by region at their hours: plan, do, prove, and say what came of it.",
    "explain": "Say what made a file, and why it was or was not made again.",
    "gc": "Remove stored work and fonts that no output needs, after saying how much.",
    "watch": "Watch a folder, and cut or package each film that arrives there, once.",
    "doctor": "Check that this machine has what Matinee needs.",
}


@click.command(
    cls=LazyGroup,
    places=COMMANDS,
    helps=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Start here:
  matinee cut film.mov                  clips of 45 s for every platform
  matinee cut film.mov --platform tiktok --count 1
  matinee presets                       what each platform takes
\b
Clips are put under media/out/<film>/clips; MATINEE_HOME moves that folder. A second run makes only what changed.""",
)
@click.version_option(package_name="matinee", prog_name="matinee")
def matinee() -> None:
    """Turn film masters into clips that platforms accept: framed, captioned, levelled, conformed, checked."""


def main() -> None:
    """Run the command line and leave with 0 (done), 2 (whoever runs it can mend it) or 1 (a fault of ours)."""
    collect_seldom()
    # File names may hold bytes that are no UTF-8: they go out as escapes, which are JSON's own as well.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        # click returns the code of a command that leaves with one, instead of raising it here.
        sys.exit(matinee.main(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):  # click turns the one into the other
        click.echo("matinee: stopped. Run the same command again to go on where it was.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output left, as `| head` does; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the edge: every error becomes a sentence and an exit code
        sys.exit(tell_error(error))


def tell_error(error: Exception) -> int:
    """Print an error as a person should read it and return the exit code that it means."""
    from pipeline.errors import PipelineError
    from pipeline.shell.conditions import is_condition, remedy_of
    from pipeline.spelling import spelled

    if isinstance(error, PipelineError):
        # A message has lines, but the names in it must not steer the terminal.
        told = "\n".join(map(spelled, str(error).split("\n")))
        click.echo(f"matinee: {told}", err=True)
        return error.exit_code
    if isinstance(error, OSError) and is_condition(error) and not os.environ.get("MATINEE_TRACEBACK"):
        # Where nobody nearer to it knew better: a library's own file, a thread's, one of the terminal's.
        where = f"{spelled(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
        what = (error.strerror or str(error)).lower()
        remedy = remedy_of(error, elsewhere="name another place", otherwise="")
        click.echo(f"matinee: {where}the system refuses ({what}). {remedy}", err=True)
        return 2
    click.echo(f"matinee: a fault of ours: {type(error).__name__}: {spelled(str(error))}", err=True)
    if os.environ.get("MATINEE_TRACEBACK"):
        traceback.print_exception(error)
    else:
        click.echo(
            "Set MATINEE_TRACEBACK=1 and run it again to see where; nothing half-made was left behind.", err=True
        )
    return 1
