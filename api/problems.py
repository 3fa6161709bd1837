"""Problem documents as HTTP answers (RFC 9457): one way out for everything that is not a success."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from crypto.public.base64url import b64
from schemas.problems import PROBLEMS, document
from store.errors import Overloaded, StorageFailed
from sync.errors import Refused

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = {"overloaded": "1", "storage-failed": "5", "too-many-requests": "60"}
NAMES = {404: "not-found", 405: "method-not-allowed", 413: "request-too-large", 415: "media-type-unsupported"}


class ShapeWrong(Exception):
    """A body that is JSON but not what openapi.yaml describes; `errors` of pydantic."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("request-invalid")
        self.errors: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)


def problem(
    name: str,
    detail: str = "",
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer for a problem of the table; bytes among `members` become base64url."""
    values = {key: b64(value) if isinstance(value, bytes) else value for key, value in (members or {}).items()}
    sent = dict(headers or {})
    if name in RETRY_AFTER:
        sent["Retry-After"] = RETRY_AFTER[name]
    if PROBLEMS[name].status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(document(name, detail, values)), PROBLEMS[name].status, sent, MEDIA_TYPE)


def problem_for(error: Exception) -> Response:
    """The answer for an exception; anything not foreseen is `internal` and says nothing of itself."""
    match error:
        case Refused():
            return problem(error.problem, error.detail, error.members)
        case StorageFailed():
            return problem("storage-failed")
        case Overloaded():
            return problem("overloaded")
        case ShapeWrong():
            return _invalid(error.errors)
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException(status_code=400):
            return problem("json-malformed")
        case HTTPException(status_code=status) if status in NAMES:
            return problem(NAMES[status], headers=error.headers)
        case _:
            return problem("internal")


async def handler(request: Request, error: Exception) -> Response:
    """`problem_for` as FastAPI calls it; notes what fails in the storage."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        # Starlette names the methods of one route, and some addresses have two.
        methods = request.app.openapi()["paths"].get(request.url.path, {})
        if methods:
            error.headers = {"Allow": ", ".join(sorted(map(str.upper, methods)))}
    if isinstance(error, StorageFailed):
        request.app.state.services.defects.note(error)
    return problem_for(error)


HANDLED = (Refused, StorageFailed, Overloaded, ShapeWrong, RequestValidationError, HTTPException)


def _invalid(errors: Any) -> Response:
    if any(error["type"] == "json_invalid" or _is_empty(error) for error in errors):
        return problem("json-malformed")
    return problem("request-invalid", members={"errors": [_shape_error(error) for error in errors[:20]]})


def _is_empty(error: Mapping[str, Any]) -> bool:
    return error["type"] == "missing" and tuple(error["loc"]) == ("body",)


def _shape_error(error: Mapping[str, Any]) -> dict[str, str]:
    where = [part for part in error["loc"] if part != "body"]
    message = error["msg"]
    if error["type"] == "extra_forbidden":
        # The name of a member that does not belong here is the client's own text, so it is not repeated.
        where, message = where[:-1], "has a member that does not belong here"
    return {"pointer": "".join(f"/{part}" for part in where), "message": message}
