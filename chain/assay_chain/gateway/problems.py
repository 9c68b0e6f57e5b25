"""What the gateway answers when it does not do what it was asked: the house's error object, and an HTTP status."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from assay_chain.errors import AssayError, Inconclusive, MalformedInput, PeerUnreachable, Refused, Usage

from .auditlog import AuditLog


class SignInNeeded(Refused):
    """Nobody is signed in, or what should prove it does not."""

    status: ClassVar[int] = 401


class NotFound(Usage):
    """There is no such thing here."""

    status: ClassVar[int] = 404


class TooSlow(Usage):
    """The request did not arrive in time."""

    status: ClassVar[int] = 408


class TooLarge(Usage):
    """The request is larger than the gateway takes."""

    status: ClassVar[int] = 413


class TooMany(Refused):
    """More requests than the caller may send."""

    status: ClassVar[int] = 429


_STATUS: Final = {Refused: 403, MalformedInput: 400, Usage: 400, PeerUnreachable: 503, Inconclusive: 504}


class Fault(BaseModel):
    """What happened, whose fault it is, and what to do."""

    code: str = Field(description="Kebab-case name for programs.")
    culprit: str = Field(description="Whose fault it is; `local` and `client` are whoever asked.")
    message: str = Field(description="One sentence for people.")
    hint: str = Field(description="What to do about it.")


class Failure(BaseModel):
    """The answer to a request that failed."""

    error: Fault


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": Failure, "description": "The request is malformed, not allowed, or for what does not exist."},
    503: {"model": Failure, "description": "The chain's node does not answer."},
}
"""What any address may answer besides its result, for the API's description."""


def status_of(error: AssayError) -> int:
    """The HTTP status of an error: its own (`SignInNeeded` and the like), else that of its kind."""
    own = getattr(error, "status", None)
    return own if own is not None else next(status for kind, status in _STATUS.items() if isinstance(error, kind))


def answer(error: AssayError) -> JSONResponse:
    """The response that tells an error."""
    status = status_of(error)
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "1"}}.get(status)
    return JSONResponse(error.to_json(), status, headers)


def install(app: FastAPI) -> None:
    """Make an application tell every failure in the house's form."""

    @app.exception_handler(AssayError)
    async def known(request: Request, error: AssayError) -> JSONResponse:
        if isinstance(error, Refused):
            log: AuditLog = app.state.auditlog
            peer = "unknown" if request.client is None else request.client.host
            log.refused(getattr(request.state, "address", peer), error.code, {"path": request.url.path})
        return answer(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return answer(
            MalformedInput(
                f"{where}: {first['msg']}",
                code="bad-request",
                culprit="client",
                hint="See /openapi.json for what this address takes.",
            )
        )

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        fault = NotFound if error.status_code == 404 else Usage
        code = {404: "not-found", 405: "wrong-method"}.get(error.status_code, "refused")
        problem = fault(
            f"{request.method} {request.url.path}: {error.detail}",
            code=code,
            culprit="client",
            hint="See /openapi.json for what there is.",
        )
        return JSONResponse(problem.to_json(), error.status_code, error.headers)
