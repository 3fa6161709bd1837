"""Whether the server can write."""

import asyncio

from fastapi import APIRouter

from api.describe import STORAGE, problems
from api.services import Services
from schemas.wire import HealthAnswer


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/health",
        operation_id="readHealth",
        summary="Whether the server can write",
        description="Commits a write that changes nothing, so that a full or locked disk shows here first.",
        responses=problems(*STORAGE),
    )
    async def health() -> HealthAnswer:
        await asyncio.wrap_future(services.store.check_writable())
        return HealthAnswer(status="ok")

    return made
