"""HPKE keys by hash."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.caller import Caller, caller_of
from api.describe import BODY, SESSION, STORAGE, problems
from api.services import Services
from schemas.wire import KeysAnswer, KeysRequest


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/keys",
        operation_id="readKeys",
        summary="HPKE keys by hash",
        description="Public keys that the roster names by hash. A client believes no bytes: it hashes what it gets.",
        responses=problems(*SESSION, *BODY, *STORAGE),
    )
    def read_keys(request: KeysRequest, caller: Annotated[Caller, Depends(caller_of(services))]) -> KeysAnswer:
        held = services.store.keys(caller.programme, request.hashes)
        return KeysAnswer(keys=[held[hash_] for hash_ in request.hashes if hash_ in held])

    return made
