"""Founding a programme."""

import asyncio

from fastapi import APIRouter

from api.describe import BODY, ENTRY, STORAGE, problems
from api.services import Services
from schemas.wire import FoundingAnswer, FoundingRequest, Head
from store.rows import Rows
from sync.log import Entry


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/programmes",
        operation_id="foundProgramme",
        summary="Found a programme",
        description="Spends the operator's token. The same entry again is answered as the first time.",
        responses=problems(*ENTRY, "founding-refused", "witness-unknown", "prev-mismatch", *BODY, *STORAGE),
    )
    async def found_programme(request: FoundingRequest) -> FoundingAnswer:
        founding = services.store.found(
            request.token,
            Entry(request.entry.header, request.entry.signature, request.entry.body),
            Rows(request.keys, [((one.log, one.epoch, one.reader), one.wrap) for one in request.wraps]),
            day=services.day,
            server_key=services.key.public,
            address=services.settings.address,
        )
        roster = await asyncio.wrap_future(founding)
        head = Head(position=1, head=roster.heads[1])
        return FoundingAnswer(programme=roster.programme, head=head)

    return made
