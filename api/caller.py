"""Who asks: the session behind a bearer token, and the roster in which its principal is active now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from api.services import Services
from store.push import readable
from sync.state import RosterState

# Declares the scheme in openapi.yaml; the token itself is judged in one place, `Services.session`.
BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="session",
    bearerFormat="32 bytes in canonical unpadded base64url",
    description="Token of `POST /v1/sessions`, good for a quarter of an hour.",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A live session. `principal`: a device, or an open invite."""

    principal: bytes
    roster: RosterState

    @property
    def programme(self) -> bytes:
        return self.roster.programme


def caller_of(services: Services) -> Callable[..., Caller]:
    """The dependency that finds the caller. It raises Refused `session-required`, and blocks."""

    def caller(request: Request, _: Annotated[object, Depends(BEARER)]) -> Caller:
        session = services.session(request.headers.get("authorization", ""))
        state = readable(services.store.state(session.programme), session.principal, [], services.day)
        return Caller(session.principal, state.roster)

    return caller
