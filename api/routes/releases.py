"""The release of a closed opening, from the server's share and the second aggregator's."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.caller import Caller, caller_of
from api.describe import BODY, SESSION, STORAGE, problems
from api.routes.verification import check_number
from api.services import Services
from schemas.octets import Id32
from schemas.wire_statistics import SEALING, AcceptedAnswer, ReleaseAnswer, StoredAnswer, TotalRequest
from store.mailbox.release import Closed, release
from sync.errors import Refused
from sync.report import accepted_hash
from sync.tables import counts


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/shares",
        operation_id="sendShare",
        summary="The second aggregator's aggregate share",
        description="Sealed to the first offer, after `close_period`; final when first stored.",
        responses=problems(
            *SESSION,
            "not-authorised",
            "not-open",
            "report-malformed",
            "share-exists",
            "opening-void",
            *BODY,
            *STORAGE,
        ),
    )
    def send_share(request: TotalRequest, caller: Annotated[Caller, Depends(caller_of(services))]) -> StoredAnswer:
        check_number(caller, request.opening, 2)
        closed = closed_period(caller, request.opening)
        if len(request.sealed) != 16 * closed.task.cells + SEALING:
            raise Refused("report-malformed", "the aggregate share is not as long as the cells of the task")
        services.mailbox.add_total(request.opening, request.sealed)
        return StoredAnswer(opening=request.opening)

    @made.get(
        "/v1/release",
        operation_id="readRelease",
        summary="The release of a closed opening",
        description="For the device of the first offer. Reports are destroyed with it; after that, the same bytes.",
        responses=problems(
            *SESSION,
            "not-authorised",
            "not-open",
            "opening-void",
            "list-wrong",
            "below-k",
            "too-many-rejected",
            "not-yet",
            "request-invalid",
            *STORAGE,
        ),
    )
    def read_release(
        opening: Annotated[Id32, Query(description="Opening id.")],
        caller: Annotated[Caller, Depends(caller_of(services))],
    ) -> ReleaseAnswer:
        check_number(caller, opening, 1)
        made = release(services.mailbox, closed_period(caller, opening), services.key)
        return ReleaseAnswer(
            share=made.share,
            signature=made.signature,
            total=made.total,
            reports=made.reports,
            accepted=made.accepted,
        )

    @made.get(
        "/v1/accepted",
        operation_id="readAccepted",
        summary="What a period was closed with",
        description="For phones whose account counts: they look for the receipt of their own report.",
        responses=problems(
            *SESSION, "not-authorised", "not-open", "opening-void", "list-wrong", "request-invalid", *STORAGE
        ),
    )
    def read_accepted(
        opening: Annotated[Id32, Query(description="Opening id.")],
        caller: Annotated[Caller, Depends(caller_of(services))],
    ) -> AcceptedAnswer:
        device, found = caller.roster.devices.get(caller.principal), caller.roster.openings.get(opening)
        if found is None or found.closed is None:
            raise Refused("not-open", "no closed period has this id")
        if device is None or not counts(caller.roster, found, device.account):
            raise Refused("not-authorised", "this is for the accounts that count for the opening")
        receipts = services.mailbox.receipts(opening)
        if accepted_hash(opening, receipts) != found.accepted:
            raise Refused("list-wrong", "the period was closed with another list than that of the accepted reports")
        return AcceptedAnswer(receipts=receipts)

    return made


def closed_period(caller: Caller, id_: bytes) -> Closed:
    """Refused `not-open` unless `close_period` is in the roster."""
    opening = caller.roster.openings[id_]
    if opening.closed is None:
        raise Refused("not-open", "the period is not closed yet")
    return Closed(caller.programme, id_, opening, caller.roster.tasks[opening.task], opening.closed)
