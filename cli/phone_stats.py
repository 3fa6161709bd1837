"""What is counted about the owner of a phone; and the work of a second aggregator."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.handset import Handset
from cli.spans import typed
from cli.terminal import count
from schemas.records import label

if TYPE_CHECKING:
    from device.phone import Phone
    from device.statistics.explaining import Sent, Upcoming


def stats(
    handset: Handset,
    wellbeing: Annotated[
        Literal["on", "off"] | None, typer.Option(help="Whether your check-ins are counted; off: your phone says none.")
    ] = None,
) -> None:
    """Show what is counted about you, and exactly what this phone sent. Works without a network."""

    async def work(phone: "Phone") -> None:
        desk = phone.statistics
        if wellbeing is not None:
            desk.set_wellbeing(on=wellbeing == "on")
        upcoming, sent = desk.upcoming(handset.language), desk.sent(handset.language)
        one = phone.engine.roster.one_organisation
        document = {
            "wellbeing": desk.wellbeing,
            "one_organisation": one,
            "upcoming": [_coming_plain(one) for one in upcoming],
            "sent": [_sent_plain(one) for one in sent],
        }
        handset.show(document, *_said(handset.language, desk.wellbeing, one, upcoming, sent))

    handset.run(work)


def aggregate(
    handset: Handset,
    become: Annotated[
        bool | None,
        typer.Option("--on/--off", help="Become an aggregator, 28 days after you joined or later; or end it."),
    ] = None,
) -> None:
    """Do the work of a second aggregator: hold shares that only all together can be read, and verify reports.

    You see nobody's numbers, nor does the lead without you. Keep this phone: its keys are on it alone.
    """

    async def work(phone: "Phone") -> None:
        with handset.progress("Verifying", 1) as steps:
            await phone.sync()
            if become is not None:
                await phone.statistics.become_aggregator(on=become)
            notes = await phone.statistics.serve(steps.reach)
        on = phone.engine.identity.account in phone.engine.roster.aggregators
        idle = "Nothing is to be done now." if on else "This account is no aggregator: see --on."
        handset.show({"aggregator": on, "done": notes}, *(notes or [idle]))

    handset.run(work)


COUNTED = "Your check-ins are counted. Take that back with --wellbeing off."
NOT_COUNTED = "Your check-ins are not counted: your phone says none. Let them be with --wellbeing on."
ONE_ORGANISATION = "One organisation runs the server and leads here. Alone it reads no report that has three shares."


def _said(
    lang: str, wellbeing: bool, one_organisation: bool, upcoming: "list[Upcoming]", sent: "list[Sent]"
) -> list[str]:
    lines = [COUNTED if wellbeing else NOT_COUNTED]
    if one_organisation:
        lines.append(ONE_ORGANISATION)
    if not upcoming and not sent:
        return [*lines, "No table is open: nothing is counted."]
    for one in upcoming:
        lines += ["", f"To be reported for {_when(one)}, on {_day(one.moment)}:", str(one.card), _cells(one.cells)]
    for told in sent:
        source = told.task.source.replace("_", " ")
        counted = count(told.counted, "entry", "entries")
        outcome = label(lang, "report_outcome", told.outcome or "waiting")
        lines += ["", f"Reported for {_when(told)} ({source}, {counted}). {outcome}"]
        lines.append(_cells(told.cells) if told.cells is not None else "The programme has this table no more.")
    return lines


def _when(one: "Upcoming | Sent") -> str:
    return typed(one.task.period_kind, one.period)


def _day(moment: int | None) -> str:
    return "a day not chosen yet" if moment is None else datetime.fromtimestamp(moment, UTC).date().isoformat()


def _cells(cells: tuple[tuple[str, int], ...]) -> str:
    said = ", ".join(f"{name}: {number}" for name, number in cells)
    return f"Your numbers in it: {said or 'all 0'}."


def _coming_plain(one: "Upcoming") -> dict[str, Any]:
    return {
        "opening": one.opening.hex(),
        "period": _when(one),
        "explained": str(one.card),
        "cells": dict(one.cells),
        "moment": one.moment,
    }


def _sent_plain(one: "Sent") -> dict[str, Any]:
    return {
        "opening": one.opening.hex(),
        "period": _when(one),
        "source": one.task.source,
        "cells": None if one.cells is None else dict(one.cells),
        "counted": one.counted,
        "outcome": one.outcome,
    }
