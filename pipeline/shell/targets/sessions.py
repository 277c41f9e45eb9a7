"""A client of an S3-compatible store: credentials from the usual places, standard retries, checksums only of ours."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.errors import InputError
from pipeline.shell.targets.answers import answering
from pipeline.spelling import spelled

CONNECTIONS: Final = 16
_ATTEMPTS: Final = 5
_CONNECT_S: Final = 10
_READ_S: Final = 60
_AWS: Final = (".amazonaws.com", ".amazonaws.com.cn")


def connect(endpoint: str | None) -> tuple[Any, str]:
    """Return a client, and the address of the store where that is not AWS's own.

    Environment, profiles and instances are asked as every tool of AWS does, AWS_ENDPOINT_URL among them. Raises
    InputError for a profile that there is none of, and for what is no address.
    """
    import boto3

    with answering("the store"):
        session = boto3.session.Session()
        client = _client(session, endpoint, "auto")
        url = client.meta.endpoint_url
        host = urlsplit(url).hostname or ""
        if host.endswith(_AWS):
            return client, ""
        # Elsewhere a bucket seldom has a host name of its own; every store takes it in the path.
        return _client(session, endpoint, "path"), url.rstrip("/")


def _client(session: Any, endpoint: str | None, style: str) -> Any:
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        max_pool_connections=CONNECTIONS,
        # We send checksums of our own; the client's would come as trailers, which many stores do not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": style},
        user_agent_extra="matinee",
    )
    region = session.region_name or "us-east-1"
    try:
        return session.client("s3", endpoint_url=endpoint, config=config, region_name=region)
    except ValueError as error:  # of the library's own, for an address or region
        raise InputError(
            f"The store cannot be reached by these settings: {spelled(str(error))}.",
            remedy="Give --endpoint, or AWS_ENDPOINT_URL, as an address such as https://s3.example.org.",
        ) from error
