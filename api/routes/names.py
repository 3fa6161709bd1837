"""Sealed display names that no lead has taken yet."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import NamesAnswer, SealedName
from sync.errors import Refused


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/names",
        operation_id="readNames",
        summary="Sealed display names not yet taken",
        description="For a lead's device, which stores them in `leads` and says so in `taken`.",
        responses=problems(*SESSION, "not-authorised", *STORAGE),
    )
    def read_names(caller: Annotated[Caller, Depends(caller_of(services))]) -> NamesAnswer:
        account = caller.roster.account_of(caller.principal)
        if account is None or not account.is_lead:
            raise Refused("not-authorised", "names are for the devices of leads")
        rows = services.store.names(caller.programme)
        return NamesAnswer(names=[SealedName(account=one, sealed=sealed) for one, sealed in rows])

    return made
