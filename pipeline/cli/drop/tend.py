"""`matinee drop tend`: whatever a calendar wants done at its target now."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from pipeline.cli.arguments import EXISTING, as_json
from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.plan.drops import Duty
    from pipeline.shell.drops import Done, Drop


address_option: Final[Callable[..., Any]] = click.option(
    "--address", metavar="URL", help="The server that is asked what it hands out, such as the one behind the CDN."
)


@click.command("tend")
@click.argument("calendar", type=EXISTING)
@click.option("--region", "regions", multiple=True, metavar="ID", help="Stage and open only these; else all.")
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
@address_option
@as_json
@click.pass_context
def tend_command(
    ctx: click.Context, calendar: Path, regions: tuple[str, ...], dry_run: bool, address: str | None, as_json: bool
) -> None:
    """Do what the calendar wants done now: close what is over, open what is due, upload what comes soon.

    Run it as often as you like, such as every minute by cron: what is done already is not done again, and who comes
    after a window does not open it. Closing comes first. From `upload_hours` before an opening on, segments are put at
    the target, and nothing leads to them; inside the window playlists follow, and the entry last. After it the entry
    goes at once, and then what only it had; names whose copies a CDN should drop are told. Where hold = "edge", the
    entry is laid under held/ in advance, and nginx opens it.

    Before something opens, what is not open is looked for as `matinee drop prove` does, and told where it is found.
    That holds nothing up, but the exit code is 1.

    Where the calendar has a [page], the pages of its regions are written as well, and again where they say something
    else by now: with a countdown, then the film, then that it has closed. They stay when the film closes, and when a
    region or [page] is no more in the calendar; matinee unpublish the-red-kite-de.html takes one away, which comes back
    as long as the calendar has it.

    A drop with premiere = true opens with live playlists that move with the clock, and this command goes on, after all
    else that is due, until two minutes after the film's end, when it is in place as it is. Only one run of a machine
    does that: another one meanwhile, such as cron's next, says so and does all else. Where it was killed or slept, the
    next one goes on at the place of the clock. Seconds count: let NTP set the machine's clock.

    An edition that the calendar names and that is open outside of its windows is closed, whoever opened it. What was
    opened while the calendar had another name as film is not known by it any more: matinee unpublish takes it away.

    The package of a region is regions/ID/hls in the folder that the calendar names as `packages`, else in the film's
    own under media/out; the film without a region, and a region that there is no preset of, get hls.

    \b
    Examples:
      matinee drop tend red-kite.calendar.toml
      matinee drop tend red-kite.calendar.toml --region de --dry-run
    \b
    With --json:
      {"film": "the-red-kite", "target": …, "at": …,
       "done": [{"action": "open", "edition": "the-red-kite-de", "region": "de", "due": …, "sent_files": 14,
                 "sent_bytes": …, "purge": […], "late": false, "error": null, "notes": []}, …],
       "embargo": […]}
      action: close, stage, open, or show, which is a premiere from its opening until it is over.
      With --dry-run, only action, edition, region and due of what would be done.
    """
    from pipeline.cli.progress import StageDisplay
    from pipeline.shell.drops import check_regions, close_due, due_now, due_pages, open_drop, page_duty, tend
    from pipeline.shell.embargo import tell_before_opening
    from pipeline.shell.premieres import show_premieres

    drop = open_drop(calendar)
    only = check_regions(drop, regions) if regions else None
    at = _now()
    due = due_now(drop, at)
    duties = [one for one in due if only is None or one.action in ("close", "show") or one.region in only]
    if dry_run:
        duties += (page_duty(page, at) for page in due_pages(drop, only))
        if as_json:
            click.echo(json.dumps(_document(drop, at, [_row(one) for one in duties]), indent=1))
        else:
            _tell_due(duties)
        return
    told: tuple[str, ...] = ()
    is_broken = False
    with StageDisplay(drop.schedule.film) as display:
        done = list(close_due(drop, _now, display.tell))
        if any(one.action == "open" for one in duties):
            told, is_broken = tell_before_opening(drop, _now, address)
        failed = {one.duty.edition for one in done if one.error is not None}
        again = tend(drop, _now, display.tell, only)
        done += (one for one in again if one.duty.action != "close" or one.duty.edition not in failed)
    for note in told:
        click.echo(f"· {note}", err=True)
    if not as_json and (done or not any(one.action == "show" for one in duties)):
        _show(drop, done)
    with StageDisplay(drop.schedule.film) as display:
        shown = list(show_premieres(drop, _now, time.sleep, display.tell, lambda note: click.echo(note, err=True)))
        # A premiere may have lasted until the end of its window.
        shown += close_due(drop, _now, display.tell) if shown else ()
    done += shown
    if as_json:
        rows = [_row(one.duty) | _outcome(one) for one in done]
        document = _document(drop, at, rows) | {"embargo": list(told)}
        click.echo(json.dumps(document, indent=1, ensure_ascii=False))
    elif shown:
        _show(drop, shown)
    codes = [one.error.exit_code for one in done if one.error is not None] + [1] * is_broken
    if codes:
        # A fault of ours weighs more than a wrong package.
        ctx.exit(min(codes))


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_due(duties: Sequence[Duty]) -> None:
    for one in duties:
        click.echo(f"{one.action} {one.edition}, due since {one.due:%a %d %b %Y %H:%M:%S} UTC")
    if not duties:
        click.echo("Nothing is due.")


def _document(drop: Drop, at: datetime, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "film": drop.schedule.film,
        "target": drop.target.where,
        "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "done": rows,
    }


def _row(duty: Duty) -> dict[str, Any]:
    return {
        "action": duty.action,
        "edition": duty.edition,
        "region": duty.region or None,
        "due": f"{duty.due:%Y-%m-%dT%H:%M:%SZ}",
    }


def _outcome(done: Done) -> dict[str, Any]:
    sent = getattr(done.result, "sent", None)
    return {
        "sent_files": sent.files if sent else 0,
        "sent_bytes": sent.size_bytes if sent else 0,
        "purge": list(done.purge),
        "late": done.is_late,
        "error": None if done.error is None else str(done.error),
        "notes": _notes(done),
    }


def _notes(done: Done) -> list[str]:
    if done.result is None:
        return []
    return [*getattr(done.result, "notes", ()), *done.result.swept.notes]


def _show(drop: Drop, done: Sequence[Done]) -> None:
    from pipeline.cli.unpublish import tell_purge

    for one in done:
        click.echo(_told(drop, one), err=one.error is not None)
        for note in _notes(one):
            click.echo(f"· {note}")
    tell_purge(tuple(dict.fromkeys(name for one in done for name in one.purge)))
    if not done:
        click.echo(f"Nothing is due at {spelled(drop.target.where)}.")


def _told(drop: Drop, done: Done) -> str:
    edition = done.duty.edition
    if done.error is not None:
        verbs = {"close": "closed", "stage": "staged", "open": "opened", "show": "shown to its end", "page": "written"}
        verb = verbs[done.duty.action]
        return f"matinee: {edition} was not {verb}: {spelled(str(done.error))}"
    if done.is_late:
        return f"{edition} was not opened: its window was over before everything was uploaded."
    sent = _outcome(done)
    told = f"{counted(sent['sent_files'], 'file')} sent ({sent['sent_bytes'] / 1e6:.1f} MB)"
    if done.duty.action == "close":
        return f"{edition} closed at {spelled(drop.target.where)}."
    if done.duty.action == "page":
        return f"{edition} written; {told if sent['sent_files'] else 'nothing else to send'}."
    if done.duty.action == "stage":
        return f"{edition} staged; {told if sent['sent_files'] else 'nothing to send'}."
    if done.duty.action == "show":
        return f"The premiere of {edition} is over{'; the film is in place' if done.result else ''}."
    if drop.schedule.hold == "edge":
        return f"{edition} laid at {drop.entry_of(edition)}, which nginx opens; {told}."
    return f"{edition} opened; {told}."
