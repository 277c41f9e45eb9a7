"""`matinee check`: does an HLS package keep the rules, and where not?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.arguments import as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.plan.hls.conformance import Conformance
    from pipeline.plan.hls.rules import Finding

_PLACES_SHOWN: Final = 3


@click.command("check")
@click.argument("package", metavar="DIR|URL")
@click.option("--strict", is_flag=True, help="Take what is not as it should be for a failure.")
@click.option("--all", "is_all", is_flag=True, help="Tell what does not apply and was not checked, too.")
@as_json
def check_command(package: str, strict: bool, is_all: bool, as_json: bool) -> None:
    """Check any HLS package of fragmented MP4 against Apple's authoring rules and RFC 8216, byte for byte.

    DIR is a folder with master.m3u8, or the path of a playlist; of a URL, the server's answers are judged as well.
    Nothing is written, and nothing outside the folder or the host is read.

    \b
      FAIL  a rule that says must
      warn  a rule that says should
      ok    kept
      ?     not checked, and why
      -     does not apply, and why

    The exit code is 0 where every must is kept, else 2. MPEG-TS is not supported.

    \b
    Examples:
      matinee check media/out/film/hls
      matinee check https://cdn.example.org/film/master.m3u8 --json
      matinee check from-the-agency/ --strict --all
    \b
    With --json:
      {"package": "DIR", "version": 2, "rules": {"revision": "2025-06-26", "source": …}, "conforms": false,
       "counts": {"fail": 2, "unchecked": 12, "pass": 71, "not applicable": 30}, "findings": [
         {"rule": "7.4", "level": "MUST", "title": …, "limit": "IDR", "outcome": "fail", "measured": "9 of 10 segments",
          "places": [{"where": "v720.m3u8", "what": "seg3.m4s does not start with an IDR picture"}], "missed": 1}, …]}
      of what is unchecked or not applicable, measured says why; places are the first 10 of missed.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.plan.hls.conformance import document_of
    from pipeline.shell.conformance import check_package

    with StageDisplay(spelled(package)) as display:
        conformance = check_package(package, display.stage("reading"))
    if as_json:
        click.echo(json.dumps({"package": package, **document_of(conformance)}, indent=1, ensure_ascii=False))
    else:
        _show(conformance, package, is_all)
    is_refused = conformance.failed_musts or (strict and conformance.failed_shoulds)
    raise click.exceptions.Exit(2 if is_refused else 0)


def _show(conformance: Conformance, package: str, is_all: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pipeline.plan.hls.rulebook import SOURCE

    console = Console(highlight=False)
    table = Table(title=Text(spelled(package)), title_justify="left", box=box.SIMPLE_HEAD, expand=True)
    table.add_column("", no_wrap=True, min_width=4)
    for heading, ratio in (("rule", 6), ("", 13), ("measured", 11), ("limit", 9)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for finding in _sorted(conformance):
        mark, style = _mark(finding)
        if not is_all and mark in ("?", "-"):
            continue
        cells = (finding.number, finding.title, spelled(finding.measured), finding.limit)
        table.add_row(Text(mark, style), *(Text(cell, "dim" if mark in ("?", "-") else "") for cell in cells))
    console.print(table)
    _show_places(console, conformance)
    console.print(Text(f"Rules: {SOURCE}.", "dim"))
    _show_verdict(console, conformance)


def _sorted(conformance: Conformance) -> list[Finding]:
    order = ("FAIL", "warn", "ok", "?", "-")
    return sorted(conformance.findings, key=lambda finding: order.index(_mark(finding)[0]))


def _mark(finding: Finding) -> tuple[str, str]:
    """Return what stands before a finding, and how it looks."""
    if finding.outcome == "fail":
        return ("FAIL", "bold red") if finding.level == "MUST" else ("warn", "yellow")
    return {"pass": ("ok", "green"), "unchecked": ("?", "dim"), "not applicable": ("-", "dim")}[finding.outcome]


def _show_places(console: Console, conformance: Conformance) -> None:
    for finding in (*conformance.failed_musts, *conformance.failed_shoulds):
        for miss in finding.places[:_PLACES_SHOWN]:
            console.print(f"{finding.number}: {spelled(miss.where)}: {spelled(miss.what)}", markup=False)
        if finding.missed > _PLACES_SHOWN:
            console.print(f"{finding.number}: and {finding.missed - _PLACES_SHOWN} more", markup=False)
    console.print()


def _show_verdict(console: Console, conformance: Conformance) -> None:
    from rich.text import Text

    failed, warned = len(conformance.failed_musts), len(conformance.failed_shoulds)
    outcomes = [finding.outcome for finding in conformance.findings]
    counts = [counted(failed, "failure"), counted(warned, "warning"), f"{outcomes.count('pass')} passed"]
    counts += [f"{outcomes.count('unchecked')} not checked", f"{outcomes.count('not applicable')} not applicable"]
    told, style = ("does not conform", "bold red") if failed else ("conforms", "green")
    console.print(Text.assemble((told, style), f": {', '.join(counts)}"))
