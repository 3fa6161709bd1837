"""Reports: phones leave them, the aggregator devices of their opening read them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api.body import BINARY
from api.caller import Caller, caller_of
from api.describe import SESSION, STORAGE, problems
from api.services import Services
from schemas.octets import Id16, Id32
from schemas.wire_statistics import PAGE, PagedReport, ReportAnswer, ReportsAnswer
from stats.instance import instance_of
from store.mailbox.verdict import check_shape
from sync.errors import Refused
from sync.report import Report, Submission, aggregator_number, check_report, check_time, share_hash

PATH = "/v1/reports"
SCHEMA = {
    "type": "string",
    "format": "binary",
    "description": "encode([report, signature, leader share, sealed shares]); docs/protocol/10-statistics.md.",
}


async def body_of(request: Request) -> bytes:
    return await request.body()


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        PATH,
        operation_id="sendReport",
        summary="Leave an account's report for an opening",
        description="Once an account; the same bytes again are answered as the first time. The body is no JSON, which "
        "would be a third larger, but the encoding of docs/protocol/1-encoding.md.",
        openapi_extra={"requestBody": {"required": True, "content": {BINARY.decode(): {"schema": SCHEMA}}}},
        responses=problems(
            *SESSION,
            "report-malformed",
            "not-authorised",
            "device-not-active",
            "signature-invalid",
            "not-open",
            "too-early",
            "report-late",
            "report-exists",
            "witness-unknown",
            "request-too-large",
            "media-type-unsupported",
            *STORAGE,
        ),
    )
    def send_report(
        body: Annotated[bytes, Depends(body_of)], caller: Annotated[Caller, Depends(caller_of(services))]
    ) -> ReportAnswer:
        sent, roster, mailbox = Submission.decode(body), caller.roster, services.mailbox
        report = Report.decode(sent.report)
        device, parts = roster.known_device(report.device), (report, sent.signature, sent.leader, sent.sealed)
        held = device is not None and mailbox.holds(device.account, *parts)
        check_time(roster, report.opening, services.day, held=held)
        account = check_report(roster, report, sent.signature)
        sender = roster.devices.get(caller.principal)
        if sender is None or sender.account != account:
            raise Refused("not-authorised", "a device sends the report of its own account")
        if (report.leader, report.helpers) != (share_hash(sent.leader), tuple(map(share_hash, sent.sealed))):
            raise Refused("report-malformed", "the shares are not those that were signed")
        task = roster.tasks[roster.openings[report.opening].task]
        check_shape(instance_of(task), report, sent.leader, sent.sealed)
        mailbox.add_report(caller.programme, account, *parts)
        return ReportAnswer(account=account)

    @made.get(
        PATH,
        operation_id="readReports",
        summary="Reports of an opening, for one of its aggregator devices",
        description="A page by account, with the shares that are sealed to the device's offer.",
        responses=problems(*SESSION, "not-authorised", "not-open", "request-invalid", *STORAGE),
    )
    def read_reports(
        opening: Annotated[Id32, Query(description="Opening id.")],
        caller: Annotated[Caller, Depends(caller_of(services))],
        after: Annotated[Id16, Query(description="Account after which the page begins.")] = bytes(16),
    ) -> ReportsAnswer:
        number = aggregator_number(caller.roster, opening, caller.principal)
        rows = services.mailbox.reports(opening, number, after, PAGE + 1)
        reports = [
            PagedReport(account=account, report=report, signature=signature, sealed_share=sealed)
            for account, report, signature, sealed in rows[:PAGE]
        ]
        return ReportsAnswer(reports=reports, more=len(rows) > PAGE)

    return made
