"""The limits in force."""

from fastapi import APIRouter

from api.describe import problems
from api.services import Services
from api.settings import CHALLENGE_MINUTES, OTHER_BYTES, SYNC_BYTES
from schemas import wire
from schemas.wire_statistics import MAX_VERIFIERS
from sync.report import MOST_HELPERS, MOST_LEADER_SHARE


def router(services: Services) -> APIRouter:
    made = APIRouter()
    answer = wire.LimitsAnswer(
        sync_bytes=SYNC_BYTES,
        other_bytes=OTHER_BYTES,
        logs=wire.MAX_LOGS,
        entries=wire.MAX_ENTRIES,
        keys=wire.MAX_KEYS,
        wraps=wire.MAX_WRAPS,
        taken=wire.MAX_TAKEN,
        hashes=wire.MAX_HASHES,
        budget=wire.MAX_BUDGET,
        shares=MOST_HELPERS,
        leader_share=MOST_LEADER_SHARE,
        verifiers=MAX_VERIFIERS,
        session_seconds=services.settings.session_seconds,
        challenge_seconds=CHALLENGE_MINUTES * 60,
    )

    @made.get(
        "/v1/limits",
        operation_id="readLimits",
        summary="The limits in force",
        description="Sizes and counts above which a request is refused, and how long sessions and challenges live.",
        responses=problems(),
    )
    async def limits() -> wire.LimitsAnswer:
        return answer

    return made
