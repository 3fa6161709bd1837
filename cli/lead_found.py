"""Founding a programme, and its settings."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import Usage
from cli.handset import Handset
from cli.phone_join import MAKE_CODE, TicketFile, read_ticket, welcome
from cli.terminal import table
from cli.values import Words, plain
from schemas.records import preset, preset_names

if TYPE_CHECKING:
    from device.phone import Phone
    from sync.statements import Policy

PRESETS = f"How a known programme is set up: {', '.join(preset_names())}."
FLOOR, CEILING = 90, 3_650

ContactDays = Annotated[
    int | None, typer.Option(min=FLOOR, max=CEILING, help="Days for which entries are kept once over.")
]
CheckInDays = Annotated[int | None, typer.Option(min=FLOOR, max=CEILING, help="Days for which check-ins are kept.")]


OneOrganisation = Annotated[
    bool | None,
    typer.Option(
        "--one-organisation/--two-organisations",
        help="Whether the leads' own organisation runs the server. Phones say so; tables take a second aggregator.",
    ),
]


def found(
    handset: Handset,
    preset_name: Annotated[str, typer.Option("--preset", help=PRESETS)],
    name: Annotated[str, typer.Option(help="Your own name, as other leads will see it.")],
    ticket_file: TicketFile = None,
    contact_days: ContactDays = None,
    check_in_days: CheckInDays = None,
    one_organisation: OneOrganisation = None,
) -> None:
    """Found a programme with the operator's ticket, on a new phone.

    The ticket is asked for first, then the passcode. After a failure the same command goes on where it stopped.
    """
    settings = preset(preset_name.replace("-", "_"))
    ticket = read_ticket(ticket_file)

    async def work(phone: "Phone") -> None:
        from device.directory import configure as set_programme
        from sync.statements import Policy

        with handset.progress("Founding"):
            await phone.found(ticket, name, _policy(Policy(), contact_days, check_in_days))
            set_programme(phone.records, settings)
            await phone.sync()
            if one_organisation:
                await phone.state_organisation(one=True)
        welcome(handset, phone, f"{MAKE_CODE} Supporters can be invited from then on.")

    handset.come(work)


def configure(
    handset: Handset,
    preset_name: Annotated[str | None, typer.Option("--preset", help=PRESETS)] = None,
    settings: Annotated[
        Path | None, typer.Option(help="JSON file with fields of the programme's settings; null takes one away.")
    ] = None,
    contact_days: ContactDays = None,
    check_in_days: CheckInDays = None,
    one_organisation: OneOrganisation = None,
) -> None:
    """Set the programme's settings, or show them.

    Retentions, and who runs the server, need the server; the rest goes with the next sync.
    """
    fields = {**(preset(preset_name.replace("-", "_")) if preset_name else {}), **_read_settings(settings)}

    async def work(phone: "Phone") -> None:
        from device.directory import configure as set_programme

        if fields:
            wanted = {field: value for field, value in fields.items() if value is not None}
            set_programme(phone.records, wanted, tuple(field for field, value in fields.items() if value is None))
        if contact_days is not None or check_in_days is not None:
            with handset.progress("Changing the retentions"):
                await phone.sync(flush=False)
                await phone.set_policy(_policy(phone.engine.roster.policy, contact_days, check_in_days))
        if one_organisation is not None:
            with handset.progress("Stating who runs the server"):
                await phone.state_organisation(one=one_organisation)
        _show(handset, phone)

    handset.run(work)


def _policy(policy: "Policy", contact_days: int | None, check_in_days: int | None) -> "Policy":
    given = {"contact_days": contact_days, "check_in_days": check_in_days}
    return replace(policy, **{name: days for name, days in given.items() if days is not None})


def _read_settings(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        fields = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Usage(f"{file} cannot be read: {reason}", "Name a JSON file.") from None
    if not isinstance(fields, dict):
        raise Usage(f"{file} holds no object of fields", 'Write it as {"display_name": "..."}.')
    return fields


def _show(handset: Handset, phone: "Phone") -> None:
    roster, records = phone.engine.roster, phone.records
    policy = roster.policy
    programme, number = records.programme() or {}, records.unsent()
    words = Words(handset.language, programme)
    rows = [(words.field("programme", name), words.value("programme", name, each)) for name, each in programme.items()]
    rows += [
        ("Entries are kept", f"{policy.contact_days} days after they are over"),
        ("Check-ins are kept", f"{policy.check_in_days} days"),
        ("Server and leads", "one organisation" if roster.one_organisation else "two organisations"),
    ]
    document = {
        "programme": plain(programme),
        "policy": {"contact_days": policy.contact_days, "check_in_days": policy.check_in_days},
        "one_organisation": roster.one_organisation,
        "unsent": number,
    }
    handset.show(document, table(("Setting", "Value"), rows), words.only_here(number))
