"""Teach Prefect that a deployment's own name is enough where it is unambiguous: `prefect deployment run cut-clips`.

Prefect 3.8 splits every deployment name at a slash and has no setting and no extension point for it. It does load
plugins (entry point group `prefect.plugins`, enabled in prefect.toml) while it is imported, and that is the moment to
wrap the client's look-up. The wrapped method is not public: prefect is pinned to 3.8, and
tests/flows/test_short_names.py fails where it moves.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from prefect.plugins import HookContext, SetupResult, register_hook

from flows.serving import find_address, is_answering
from flows.settings import list_quiet_variables

if TYPE_CHECKING:
    from prefect.client.schemas.responses import DeploymentResponse

_PER_PAGE = 200


@register_hook
def setup_environment(*, ctx: HookContext) -> SetupResult:  # noqa: ARG001 (passed by name)
    """Wrap the look-up, and name the running server's address unless the user's environment names one."""
    accept_short_names()
    found = list_quiet_variables(os.environ)
    address = find_address()
    if address is not None:
        found["PREFECT_API_URL"] = address
    return SetupResult(env={name: value for name, value in found.items() if name not in os.environ})


def accept_short_names() -> None:
    """Wrap the look-up by name of Prefect's two clients; wrapping twice changes nothing."""
    from prefect.client.orchestration._deployments.client import DeploymentAsyncClient, DeploymentClient

    _wrap(DeploymentClient, _take_short_name)
    _wrap(DeploymentAsyncClient, _take_short_name_async)


def _wrap(client: type[Any], wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = client.read_deployment_by_name
    if not hasattr(original, "__wrapped__"):
        client.read_deployment_by_name = wrapper(original)


def _take_short_name(original: Callable[..., DeploymentResponse]) -> Callable[..., DeploymentResponse]:
    @functools.wraps(original)
    def read_deployment_by_name(self: Any, name: str) -> DeploymentResponse:
        if "/" in name:
            return original(self, name)
        with _told_plainly(self):
            found = self.read_deployments(**_match_name(name))
            flows = [self.read_flow(deployment.flow_id).name for deployment in found]
            return _take_only(name, found, flows)

    return read_deployment_by_name


def _take_short_name_async(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    async def read_deployment_by_name(self: Any, name: str) -> DeploymentResponse:
        if "/" in name:
            named: DeploymentResponse = await original(self, name)
            return named
        with _told_plainly(self):
            found = await self.read_deployments(**_match_name(name))
            flows = [(await self.read_flow(deployment.flow_id)).name for deployment in found]
            return _take_only(name, found, flows)

    return read_deployment_by_name


def _match_name(name: str) -> dict[str, Any]:
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
    from prefect.client.schemas.sorting import DeploymentSort

    by_name = DeploymentFilter(name=DeploymentFilterName(any_=[name]))
    return {"deployment_filter": by_name, "sort": DeploymentSort.NAME_ASC, "limit": _PER_PAGE}


def _take_only(name: str, found: Sequence[DeploymentResponse], flows: Sequence[str]) -> DeploymentResponse:
    from prefect.exceptions import ObjectNotFound

    if not found:
        # The command line catches this type and says the same.
        raise ObjectNotFound(http_exc=LookupError(name), help_message=f"Deployment {name!r} not found!")
    if len(found) > 1:
        full_names = ", ".join(sorted(repr(f"{flow}/{name}") for flow in flows))
        raise ValueError(f"Deployment name {name!r} is ambiguous. Use one of {full_names}.")
    return found[0]


@contextlib.contextmanager
def _told_plainly(client: Any) -> Iterator[None]:
    """Let a typed command end with one red sentence, as Prefect's own errors do, instead of a traceback."""
    _refuse_dead_server(str(client.api_url).rstrip("/"))
    try:
        yield
    except ValueError as error:
        if _is_typed_command():
            _exit_plainly(str(error))
        raise


def _refuse_dead_server(api_url: str) -> None:
    # Prefect itself shows a traceback, and waits for minutes where another program has the port and never answers.
    if _is_typed_command() and find_address() is None and not is_answering(api_url):
        _exit_plainly(f"No Prefect server answers at {api_url}. Start one with `make serve`.")


def _is_typed_command() -> bool:
    return "prefect.cli.deployment" in sys.modules


def _exit_plainly(message: str) -> NoReturn:
    from prefect.cli._utilities import exit_with_error

    # A name may hold brackets, which the console would take for markup.
    exit_with_error(message, markup=False, soft_wrap=True)
