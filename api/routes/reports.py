"""Reports: phones leave them, the aggregator devices of their opening read them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.caller import Caller, caller_of
from api.describe import BODY, SESSION, STORAGE, problems
from api.services import Services
from schemas.octets import Id16, Id32
from schemas.wire_statistics import PAGE, PagedReport, ReportAnswer, ReportRequest, ReportsAnswer
from stats.instance import instance_of
from store.mailbox.verdict import check_shape
from sync.errors import Refused
from sync.report import Report, aggregator_number, check_report, check_time, share_hash

PATH = "/v1/reports"


def router(services: Services) -> APIRouter:
    made = APIRouter()

    @made.post(
        PATH,
        operation_id="sendReport",
        summary="Leave an account's report for an opening",
        description="Once an account; the same bytes again are answered as the first time.",
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
            *BODY,
            *STORAGE,
        ),
    )
    def send_report(request: ReportRequest, caller: Annotated[Caller, Depends(caller_of(services))]) -> ReportAnswer:
        report, roster, mailbox = Report.decode(request.report), caller.roster, services.mailbox
        device, sealed = roster.known_device(report.device), request.sealed_shares
        parts = (report, request.signature, request.leader_share, sealed)
        held = device is not None and mailbox.holds(device.account, *parts)
        check_time(roster, report.opening, services.day, held=held)
        account = check_report(roster, report, request.signature)
        sender = roster.devices.get(caller.principal)
        if sender is None or sender.account != account:
            raise Refused("not-authorised", "a device sends the report of its own account")
        if report.leader != share_hash(request.leader_share) or [*report.helpers] != [
            share_hash(one) for one in sealed
        ]:
            raise Refused("report-malformed", "the shares are not those that were signed")
        task = roster.tasks[roster.openings[report.opening].task]
        check_shape(instance_of(task), report, request.leader_share, sealed)
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
