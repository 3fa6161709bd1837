"""Challenges for opening a session."""

from fastapi import APIRouter

from api.describe import problems
from api.services import Services
from schemas.wire import ChallengeAnswer


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/challenges",
        operation_id="createChallenge",
        summary="A challenge for opening a session",
        description="Takes no body. Each session and sync answer carries the next challenge as well.",
        responses=problems("request-too-large", "media-type-unsupported"),
    )
    async def create_challenge() -> ChallengeAnswer:
        return ChallengeAnswer(challenge=services.challenges.issue())

    return made
