"""`python -m flows.notifications URL`: have Prefect tell a webhook of runs that fail and of films that are refused.

The block and the automations are Prefect's own: they stand on its page, where they can be changed, paused and removed.
"""

from __future__ import annotations

import sys
from typing import Any, Final
from urllib.parse import urlsplit

import click

from flows import serving, settings
from pipeline.errors import InputError, PipelineError
from pipeline.spelling import spelled

FILM_REFUSED: Final = "matinee.film.refused"
"""What is emitted where a watched folder's film was refused, or could not be made."""
BLOCK: Final = "matinee-webhook"
_RUN: Final = "{{ flow_run.name }} of {{ flow.name }}: {{ flow_run.state.name }}. {{ flow_run.state.message }}"


def main() -> None:
    """Set up what the arguments name, or take it away with `none`; exit with the error's code."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m flows.notifications URL|none")
    try:
        api_url = serving.find_address()
        if api_url is None:
            raise InputError("No server of this project is up.", remedy="Start it with `make serve`.")
        _adopt(api_url)
        for line in remove() if sys.argv[1] == "none" else set_up(sys.argv[1]):
            click.echo(line)
    except PipelineError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)


def set_up(url: str) -> tuple[str, ...]:
    """Make or change the block and the automations, and return what to say of them. Raises InputError for no URL."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{spelled(url)!r} is no address of a webhook.", remedy="Give one such as https://…")
    # What Slack, Mattermost and Rocket.Chat take.
    block = CustomWebhookNotificationBlock(name=BLOCK, url=url, json_data={"text": "{{subject}}\n{{body}}"})
    document: Any = block.save(BLOCK, overwrite=True)
    remove()
    made = [_automation(name, trigger, document, body) for name, trigger, body in _wanted()]
    return (*(f"{name}: told to the webhook from now on." for name in made), "See Automations on Prefect's page.")


def remove() -> tuple[str, ...]:
    """Remove the automations that were set up here, and return what to say of them."""
    from prefect.client.orchestration import get_client

    gone = []
    with get_client(sync_client=True) as client:
        for name, _, _ in _wanted():
            for one in client.read_automations_by_name(name):
                client.delete_automation(one.id)
                gone.append(f"{name}: told no more.")
    return tuple(gone) or ("Nothing was told to a webhook.",)


def _wanted() -> tuple[tuple[str, Any, str], ...]:
    from prefect.events.schemas.automations import EventTrigger, Posture

    shared: dict[str, Any] = {"posture": Posture.Reactive, "threshold": 1}
    runs = EventTrigger(
        expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        for_each={"prefect.resource.id"},
        **shared,
    )
    films = EventTrigger(expect={FILM_REFUSED}, **shared)
    return (
        ("Matinee: runs that failed", runs, _RUN),
        ("Matinee: films that were refused", films, "{{ event.payload.told }}"),
    )


def _automation(name: str, trigger: Any, block: Any, body: str) -> str:
    from prefect.automations import Automation
    from prefect.events.actions import SendNotification

    action = SendNotification(block_document_id=block, subject=name, body=body)
    Automation(name=name, trigger=trigger, actions=[action]).create()
    return name


def tell_refused(told: str) -> None:
    """Emit that a film was refused or not made, in the words of the watch."""
    from prefect.events import emit_event

    film = told.partition(": ")[0]
    resource = {"prefect.resource.id": f"matinee.film.{film}", "prefect.resource.name": film}
    emit_event(FILM_REFUSED, resource=resource, payload={"told": told})


def _adopt(api_url: str) -> None:
    import os

    os.environ.update(settings.build_environment(api_url))


if __name__ == "__main__":
    main()
