"""Slips to the leads, in which a number of the directory that did not work is told without a name."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import MAX_SLIPS, SlipsAnswer
from sync.errors import Refused


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/slips",
        operation_id="readSlips",
        summary="The last slip of each account",
        description="For a lead's device. Nothing tells whose they are, and nearly all say nothing.",
        responses=problems(*SESSION, "not-authorised", *STORAGE),
    )
    def read_slips(caller: Annotated[Caller, Depends(caller_of(services))]) -> SlipsAnswer:
        account = caller.roster.account_of(caller.principal)
        if account is None or not account.is_lead:
            raise Refused("not-authorised", "slips are for the devices of leads")
        return SlipsAnswer(slips=services.store.slips(caller.programme, MAX_SLIPS))

    return made
