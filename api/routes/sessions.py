"""Sessions: a token for a signed challenge."""

from fastapi import APIRouter

from api.describe import BODY, STORAGE, problems
from api.services import Services
from crypto.errors import CryptoError
from crypto.public.signing import verify
from schemas.wire import SessionAnswer, SessionRequest
from sync.errors import Refused
from sync.session import principal_key, session_message


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/sessions",
        operation_id="createSession",
        summary="A session token for a signed challenge",
        description="For a device, or an open invite. Unknown, foreign and revoked principals are answered alike.",
        responses=problems("session-refused", "challenge-stale", "too-many-requests", *BODY, *STORAGE),
    )
    def create_session(request: SessionRequest) -> SessionAnswer:
        services.challenges.check(request.challenge)
        programme = services.store.programme_of(request.principal)
        state = services.store.state(programme) if programme is not None else None
        key = principal_key(state.roster, request.principal, services.day) if state is not None else None
        if programme is None or key is None or not _signed(services, request, key):
            raise Refused("session-refused", "the principal is not active, or did not sign this challenge")
        return SessionAnswer(
            programme=programme,
            token=services.sessions.open(programme, request.principal),
            seconds=services.settings.session_seconds,
            challenge=services.challenges.issue(),
        )

    return made


def _signed(services: Services, request: SessionRequest, key: bytes) -> bool:
    message = session_message(services.settings.address, request.challenge, request.principal)
    try:
        verify(key, "session", message, request.signature)
    except CryptoError:
        return False
    return True
