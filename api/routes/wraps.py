"""The principal's own wraps."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import OwnWrap, WrapsAnswer
from sync.readers import reader_ids


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/wraps",
        operation_id="readWraps",
        summary="The principal's own wraps",
        description="Epoch keys sealed to this device, to the member key of its account, or to this invite.",
        responses=problems(*SESSION, *STORAGE),
    )
    def read_wraps(caller: Annotated[Caller, Depends(caller_of(services))]) -> WrapsAnswer:
        rows = services.store.wraps(caller.programme, reader_ids(caller.roster, caller.principal))
        return WrapsAnswer(
            wraps=[OwnWrap(log=log, epoch=epoch, reader=reader, wrap=wrap) for (log, epoch, reader), wrap in rows]
        )

    return made
