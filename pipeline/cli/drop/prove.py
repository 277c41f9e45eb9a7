"""`matinee drop prove`: whether anybody gets at what is not open."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.cli.drop.tend import address_option
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from pipeline.shell.embargo import Proof


@click.command("prove")
@click.argument("calendar", type=EXISTING)
@address_option
@as_json
@click.pass_context
def prove_command(ctx: click.Context, calendar: Path, address: str | None, as_json: bool) -> None:
    """Prove that nobody gets at an edition outside of its windows, or say where somebody does.

    Three things are looked at: the ledger; every entry at the target and what it leads to, whoever put it there; and
    the server at the calendar's address, which is asked for the entries and playlists of what is not open. Segments
    that an open edition plays as well are told, and not counted as embargoed.

    The exit code is 1 where the embargo is broken. `matinee drop tend` looks by itself before it opens something.

    \b
    Examples:
      matinee drop prove red-kite.calendar.toml
      matinee drop prove red-kite.calendar.toml --address http://127.0.0.1:8080 --json
    \b
    With --json:
      {"at": …, "address": …, "asked": 12, "holds": true,
       "editions": [{"edition": "the-red-kite-de", "region": "de", "state": "staged", "playlists": 3,
                     "segments": 40, "shared": {"segments/….m4s": ["the-red-kite"]}}, …],
       "breaches": [{"kind": "segment", "edition": …, "name": …, "told": …, "remedy": …}], "notes": […]}
      kind: ledger, entry, playlist or segment.
    """
    from pipeline.shell.drops import open_drop
    from pipeline.shell.embargo import prove

    proof = prove(open_drop(calendar), datetime.now(UTC), address)
    if as_json:
        click.echo(json.dumps(_document(proof), indent=1))
    else:
        _show(proof)
    if proof.breaches:
        ctx.exit(1)


def _document(proof: Proof) -> dict[str, Any]:
    return {
        "at": f"{proof.at:%Y-%m-%dT%H:%M:%SZ}",
        "address": proof.address,
        "asked": proof.asked,
        "holds": not proof.breaches,
        "editions": [
            {
                "edition": one.edition,
                "region": one.region or None,
                "state": one.state or None,
                "playlists": len(one.playlists),
                "segments": len(one.segments),
                "shared": {name: list(users) for name, users in one.shared.items()},
            }
            for one in proof.secrets
        ],
        "breaches": [asdict(one) | {"remedy": one.remedy} for one in proof.breaches],
        "notes": list(proof.notes),
    }


def _show(proof: Proof) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(title="Not open", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("edition", "in the ledger", "its playlists", "its segments", "shared", ""):
        table.add_column(heading, justify="left" if heading in ("edition", "in the ledger", "") else "right")
    broken = {one.edition for one in proof.breaches}
    for one in proof.secrets:
        table.add_row(
            one.edition, one.state or "not there", str(len(one.playlists)), str(len(one.segments)),
            str(len(one.shared)),
            Text("can be reached", "bold red") if one.edition in broken else Text("out of reach", "green"),
        )  # fmt: skip
    if proof.secrets:
        console.print(table)
    for breach in proof.breaches:
        console.print(Text(f"· {breach.edition}: {breach.told}. {breach.remedy}", "red"), soft_wrap=True)
    users = sorted({user for one in proof.secrets for theirs in one.shared.values() for user in theirs})
    if users:
        console.print(Text(f"Shared is what {', '.join(users)} has as well, so that it is no secret."), soft_wrap=True)
    for note in proof.notes:
        console.print(Text(note, "dim"), soft_wrap=True)
    asked = f"{counted(proof.asked, 'request')} made at {spelled(proof.address)}"
    if proof.breaches:
        console.print(Text(f"The embargo is broken; {asked}.", "bold red"))
    else:
        console.print(
            Text(
                f"The embargo holds; {asked}."
                if proof.secrets
                else "By the clock all is to be open, and nothing is embargoed."
            )
        )
