"""`matinee drop`: when films open and close in which region; each of its commands has a module of its own."""

from __future__ import annotations

from typing import Final

import click

from pipeline.cli.lazy import LazyGroup

# Command → module and function; also the order in which help lists them.
COMMANDS: Final = {
    "plan": "pipeline.cli.drop.plan:plan_command",
    "tend": "pipeline.cli.drop.tend:tend_command",
    "status": "pipeline.cli.drop.status:status_command",
    "prove": "pipeline.cli.drop.prove:prove_command",
    "rehearse": "pipeline.cli.drop.rehearse:rehearse_command",
    "edge": "pipeline.cli.drop.edge:edge_command",
    "key": "pipeline.cli.drop.edge:key_command",
    "link": "pipeline.cli.drop.edge:link_command",
    "report": "pipeline.cli.drop.report:report_command",
}
HELP: Final = {
    "plan": "Say what opens when, in local time and UTC, who has to be awake, and what it costs.",
    "tend": "Close what is over, open what is due, upload what comes soon.",
    "status": "Tell what is open, late, overdue and next, by the clock and by what is at the target.",
    "prove": "Prove that nobody gets at what is not open, or say where somebody does.",
    "rehearse": "Publish it where nobody finds it, fetch all as players do, and take it away again.",
    "edge": "Print nginx's configuration: editions by country, open by the clock, signed addresses.",
    "key": "Make the key that addresses are signed with.",
    "link": "Print the addresses that viewers get, signed where they have to be.",
    "report": "Count who came, by edition and by campaign, from the logs of servers and CDNs.",
}


@click.command("drop", cls=LazyGroup, places=COMMANDS, helps=HELP)
def drop_command() -> None:
    """Open a film region by region at the hour that its calendar says.

    A calendar is a TOML file, such as red-kite.calendar.toml; docs/calendar-toml.md has all that it may say.
    """
