"""Where a new client may begin to read the witness log."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import Head, WitnessAnswer
from sync.errors import Refused
from sync.space import may_read
from sync.witness import witness_log


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.get(
        "/v1/witness",
        operation_id="readWitness",
        summary="Where a new client may begin the witness log",
        description="A state of the log above which are all witnesses of the last 90 days. A sync answer binds it.",
        responses=problems(*SESSION, "log-unknown", *STORAGE),
    )
    def read_witness(caller: Annotated[Caller, Depends(caller_of(services))]) -> WitnessAnswer:
        log = witness_log(caller.roster)
        if not may_read(caller.roster, log, caller.principal):
            raise Refused("log-unknown", "the witness log is for the devices of active accounts", log=log)
        begin = services.store.witness_beginning(caller.programme, log, services.day)
        return WitnessAnswer(begin=Head(position=begin.position, head=begin.head))

    return made
