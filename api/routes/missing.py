"""What the server lost with a backup and a device may send again."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import MissingAnswer, MissingWrap
from sync.errors import Refused


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/missing",
        operation_id="readMissing",
        summary="Keys and wraps that the server lacks",
        description="For the logs that the device writes to. It may send them with a new sealed entry.",
        responses=problems(*SESSION, "not-authorised", *STORAGE),
    )
    def read_missing(caller: Annotated[Caller, Depends(caller_of(services))]) -> MissingAnswer:
        if caller.principal not in caller.roster.devices:
            raise Refused("not-authorised", "what is missing is for active devices, which may send it")
        found = services.store.missing(caller.roster, caller.principal)
        wraps = [MissingWrap(log=log, reader=reader) for log, reader in found.wraps]
        return MissingAnswer(keys=found.keys, wraps=wraps)

    return made
