"""What the errors of an S3-compatible store mean: whose fault they are, whether they may go away, what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from pipeline.errors import InputError, PipelineError, PublishError, Transient
from pipeline.spelling import spelled

_PERMISSIONS: Final = (
    "The credentials need s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload there."
)
_KEYS: Final = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired")
_CREDENTIALS: Final = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where the machine has a role."
)
AGAIN: Final = "Run the same command again: it goes on where it was."
"""What to do about a store that did not answer, by whom a command is run."""
_LONGEST_TOLD: Final = 300


class StoreUnavailable(PublishError, Transient):  # noqa: N818 - says what happened
    """The store did not answer, or said that it cannot just now."""


def status_of(error: Any) -> int:
    """Return the HTTP status of a store's answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: Any) -> str:
    """Return the code that a store gave, such as NoSuchKey."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def answering(where: str, name: str = "") -> Iterator[None]:
    """Raise errors of ours for those of the client; `name` is that of the object which it was about."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    told = f"{name} at {where}" if name else where
    try:
        yield
    except PipelineError:
        raise
    except ClientError as error:
        raise _refused(error, told) from error
    except HTTPClientError as error:
        raise StoreUnavailable(f"{spelled(told)}: {_said(error)}.", remedy=AGAIN, name=name) from error
    except BotoCoreError as error:
        raise _unusable(error, told) from error


def _refused(error: Any, told: str) -> PipelineError:
    status, code = status_of(error), code_of(error)
    said = f"{spelled(told)}: the store answers {status or 'nothing'} {spelled(code)}"
    message = str(error.response.get("Error", {}).get("Message", ""))
    said += f" ({spelled(message[:_LONGEST_TOLD])})." if message and message != code else "."
    if code == "NoSuchBucket":
        return InputError(said, remedy="Make the bucket, or name another one.")
    if code in _KEYS:
        return InputError(said, remedy=_CREDENTIALS)
    if status == 403:
        return PublishError(said, remedy=f"{_PERMISSIONS} {AGAIN}")
    if status == 429 or status >= 500 or status == 0:
        return StoreUnavailable(said, remedy=AGAIN)
    return PublishError(said, remedy=AGAIN)


def _unusable(error: Any, told: str) -> PipelineError:
    from botocore.exceptions import (
        ConfigParseError,
        ConnectionError,  # noqa: A004 - its own
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        UnauthorizedSSOTokenError,
    )

    if isinstance(error, NoCredentialsError | PartialCredentialsError | ProfileNotFound | CredentialRetrievalError):
        return InputError(f"{spelled(told)}: no credentials: {_said(error)}.", remedy=_CREDENTIALS)
    if isinstance(error, UnauthorizedSSOTokenError | ConfigParseError):
        return InputError(f"{spelled(told)}: {_said(error)}.", remedy=_CREDENTIALS)
    if isinstance(error, ConnectionError):
        return StoreUnavailable(f"{spelled(told)}: {_said(error)}.", remedy=AGAIN)
    return PublishError(f"{spelled(told)}: {_said(error)}.", remedy=AGAIN)


def _said(error: BaseException) -> str:
    return spelled(" ".join(str(error).split()).rstrip(".")[:_LONGEST_TOLD])
