"""Answers for scripts of ours, and refusals in words: a page for a browser that goes somewhere, JSON for a script."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from pipeline.errors import InputError, PipelineError
from pipeline.plan.origin import NEVER
from pipeline.review.templates import render
from pipeline.spelling import brief, spelled

_WORDS: Final = {
    400: ("The request cannot be read.", "Go back to the films."),
    404: ("There is nothing at this address.", "What was made anew has a new one: go back to the films."),
    405: ("This address takes no such request.", "Go back to the films."),
    413: ("That is more than this page takes.", "Write less."),
    416: ("The file has no such part.", "Load the page again."),
}
_Found = TypeVar("_Found")
UNKEPT: Final = {"Cache-Control": NEVER}
"""The headers of what is asked for again each time."""
_OTHER: Final = ("The request was not taken.", "Go back to the films.")


def known(found: _Found | None) -> _Found:
    """Return what an address is about. Raises HTTPException, which is told as 404, where there is no such thing."""
    if found is None:
        raise HTTPException(404)
    return found


def tell_now(document: Any, status: int = 200) -> Response:
    """Return a document for a script of ours as it is now."""
    return JSONResponse(document, status, headers=UNKEPT)


def refuse(request: Request, status: int, told: str, remedy: str, **more: Any) -> Response:
    """Return a refusal: what is wrong, and what to do about it."""
    if "text/html" in request.headers.get("accept", ""):
        title = HTTPStatus(status).phrase
        return HTMLResponse(render("told.html", title=title, told=told, remedy=remedy), status)
    return JSONResponse({"told": told, "remedy": remedy, **more}, status)


def tell_http(request: Request, error: Exception) -> Response:
    """Return what is told of an error that the framework raised."""
    assert isinstance(error, HTTPException)
    told, remedy = _WORDS.get(error.status_code, _OTHER)
    answer = refuse(request, error.status_code, told, remedy)
    answer.headers.update(error.headers or {})
    return answer


def tell_invalid(request: Request, error: Exception) -> Response:
    """Return which parts of a request are not what they have to be."""
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
    told = "; ".join(brief(fault, 200) for fault in faults[:5])
    return refuse(request, 422, f"The request is not as it has to be: {told}.", "Load the page again.")


def tell_ours(request: Request, error: Exception) -> Response:
    """Return what an error of ours says: a conflict is 409, what somebody gave 400, what is in the way here 503."""
    assert isinstance(error, PipelineError)
    status = 500 if error.exit_code == 1 else 503
    if isinstance(error, InputError):
        status = 409 if error.data.get("conflict") or "standing" in error.data else 400
    return refuse(request, status, spelled(error.message), spelled(error.remedy or ""))
