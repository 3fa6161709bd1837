"""Verification of reports: the verify key, verifier shares, and the server's decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.caller import Caller, caller_of
from api.describe import BODY, SESSION, STORAGE, problems
from api.services import Services
from schemas.octets import Id16, Id32
from schemas.wire_statistics import (
    PAGE,
    Decision,
    DecisionsAnswer,
    EndRequest,
    ProgressAnswer,
    SealedKeyAnswer,
    VerifiersRequest,
    VerifyKeyRequest,
)
from store.mailbox.mailbox import Progress
from sync.errors import Refused
from sync.report import aggregator_number, check_over, commitment
from sync.state import RosterState

DECISIONS = 10 * PAGE


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        "/v1/verify-key",
        operation_id="sendVerifyKey",
        summary="Hand the verify key of an opening to the other aggregators",
        description="By the device of the first offer; in clear for the server, and never to phones.",
        responses=problems(*SESSION, "not-authorised", "not-open", "key-wrong", *BODY, *STORAGE),
    )
    def send_key(request: VerifyKeyRequest, caller: Annotated[Caller, Depends(caller_of(services))]) -> ProgressAnswer:
        check_open(caller.roster, request.opening)
        check_number(caller, request.opening, 1)
        opening = caller.roster.openings[request.opening]
        if commitment(opening.task, opening.period, request.key) != opening.commitment:
            raise Refused("key-wrong", "the opening is committed to another verify key")
        if (request.sealed is not None) != (len(opening.offers) == 2):
            raise Refused("key-wrong", "the key is sealed to the second offer if there is one, and else not")
        services.mailbox.set_key(caller.programme, request.opening, request.key, request.sealed)
        return answered(decided(caller, request.opening))

    @made.get(
        "/v1/verify-key",
        operation_id="readVerifyKey",
        summary="The verify key, sealed to the second offer",
        description="For the device of the second offer, which compares it with the commitment.",
        responses=problems(*SESSION, "not-authorised", "not-open", "not-yet", "request-invalid", *STORAGE),
    )
    def read_key(
        opening: Annotated[Id32, Query(description="Opening id.")],
        caller: Annotated[Caller, Depends(caller_of(services))],
    ) -> SealedKeyAnswer:
        check_number(caller, opening, 2)
        return SealedKeyAnswer(sealed=services.mailbox.sealed_key(opening))

    @made.post(
        "/v1/verifiers",
        operation_id="sendVerifiers",
        summary="An aggregator device's verifier shares",
        description="Final when first stored. A report is decided when those of all aggregators are there.",
        responses=problems(*SESSION, "not-authorised", "not-open", "report-unknown", "share-exists", *BODY, *STORAGE),
    )
    def send_verifiers(
        request: VerifiersRequest, caller: Annotated[Caller, Depends(caller_of(services))]
    ) -> ProgressAnswer:
        check_open(caller.roster, request.opening)
        number = aggregator_number(caller.roster, request.opening, caller.principal)
        shares = {one.account: one.share for one in request.verifiers}
        if len(shares) != len(request.verifiers):
            raise Refused("share-exists", "an account stands in the request twice")
        services.mailbox.add_verifiers(request.opening, number, shares)
        return answered(decided(caller, request.opening))

    @made.get(
        "/v1/decisions",
        operation_id="readDecisions",
        summary="Which reports the server accepted",
        description="A page by account, for an aggregator device, with the verifier messages.",
        responses=problems(*SESSION, "not-authorised", "not-open", "request-invalid", *STORAGE),
    )
    def read_decisions(
        opening: Annotated[Id32, Query(description="Opening id.")],
        caller: Annotated[Caller, Depends(caller_of(services))],
        after: Annotated[Id16, Query(description="Account after which the page begins.")] = bytes(16),
    ) -> DecisionsAnswer:
        aggregator_number(caller.roster, opening, caller.principal)
        # A crash may have come between a verifier share and the decision that it allowed.
        progress = decided(caller, opening)
        rows = services.mailbox.decisions(opening, after, DECISIONS + 1)
        decisions = [Decision(account=account, accepted=ok, message=message) for account, ok, message in rows]
        return DecisionsAnswer(
            reports=progress.reports,
            decided=progress.decided,
            accepted=progress.accepted,
            decisions=decisions[:DECISIONS],
            more=len(decisions) > DECISIONS,
        )

    @made.post(
        "/v1/decisions",
        operation_id="endDecisions",
        summary="Decide nothing more",
        description="By the device of the first offer, before it closes the period: from now on the list is fixed.",
        responses=problems(*SESSION, "not-authorised", "not-open", "too-early", *BODY, *STORAGE),
    )
    def end_decisions(request: EndRequest, caller: Annotated[Caller, Depends(caller_of(services))]) -> ProgressAnswer:
        id_, roster = request.opening, caller.roster
        check_open(roster, id_)
        check_number(caller, id_, 1)
        found = roster.openings[id_]
        check_over(roster, id_, services.day)
        return answered(services.mailbox.end_decisions(caller.programme, id_, roster.tasks[found.task]))

    def decided(caller: Caller, opening: bytes) -> Progress:
        found = caller.roster.openings[opening]
        if found.closed is not None:
            # What is not decided at `close_period` is rejected: its list is fixed.
            return services.mailbox.progress(opening)
        return services.mailbox.decide(caller.programme, opening, caller.roster.tasks[found.task])

    return made


def check_open(roster: RosterState, opening: bytes) -> None:
    """Refused `not-open` for an opening that is unknown, has ended or is closed."""
    found = roster.openings.get(opening)
    if found is None or found.ended is not None or found.closed is not None:
        raise Refused("not-open", "no open period has this id")


def check_number(caller: Caller, opening: bytes, wanted: int) -> None:
    """Refused `not-authorised` unless the caller is this aggregator; `not-open`."""
    if aggregator_number(caller.roster, opening, caller.principal) != wanted:
        raise Refused("not-authorised", "this is for the device of the other offer")


def answered(progress: Progress) -> ProgressAnswer:
    return ProgressAnswer(reports=progress.reports, decided=progress.decided, accepted=progress.accepted)
