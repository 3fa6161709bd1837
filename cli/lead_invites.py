"""Invites, and who came by them."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.asking import new_private_file
from cli.errors import Refusal, Usage
from cli.handset import Handset
from cli.phone_join import qr
from cli.terminal import count, table
from cli.values import short

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.phone import Phone
    from sync.state import InviteRecord

FIRST_DAY = date(1970, 1, 1)


def invite(
    handset: Handset,
    role: Annotated[Literal["member", "lead"], typer.Option(help="What they will be.")] = "member",
    uses: Annotated[int, typer.Option(min=1, max=100, help="How many people may join with one ticket.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=14, help="For how many days it is good.")] = 14,
    number: Annotated[int, typer.Option("--count", min=1, max=500, help="How many tickets.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Write the tickets to this new file, one a line, for your eyes only.")
    ] = None,
) -> None:
    """Make tickets with which supporters, or further leads, join."""
    if out is None and number > 1:
        raise Usage(f"{number} tickets need a file", "Give --out: tickets are secrets, they should not fill a screen.")

    def make(keep: "Callable[[str], object]") -> None:
        async def work(phone: "Phone") -> None:
            _check_paper(phone, role)
            with handset.progress("Inviting", number) as steps:
                for _ in range(number):
                    keep((await phone.invite(role, uses, days)).to_text() + "\n")
                    steps.advance()

        handset.run(work)

    if out is not None:
        with new_private_file(out) as file:
            make(file.write)
        document = {"file": str(out), "tickets": number, "role": role}
        handset.show(document, f"{count(number, 'ticket')} in {out}. Give each to one {role}, in private.")
        return
    made: list[str] = []
    make(made.append)
    ticket = made[0].strip()
    advice = f"Give this ticket to one {role}, in private: `hallway phone join` takes it."
    handset.show({"tickets": [ticket], "role": role}, qr(ticket), ticket, advice)


def _check_paper(phone: "Phone", role: str) -> None:
    # The server sees that there is a code, and cannot know whether anybody wrote it down.
    from device.ceremonies.inviting import code_pending

    alone = sum(one.role == "lead" for one in phone.members()) == 1
    if role == "member" and alone and code_pending(phone.engine):
        raise Refusal(
            "code-pending",
            "your recovery code was shown, and not typed back from the paper",
            "Do so: `hallway phone code --confirm`. Or invite a second lead: `hallway lead invite --role lead`.",
        )


def invites(handset: Handset) -> None:
    """List the invites that are still open, as this phone knows them."""

    async def work(phone: "Phone") -> None:
        found = _open_invites(phone)
        document = [
            {"id": id_.hex(), "role": one.role, "uses": one.uses, "last_day": _day(one.last_day)}
            for id_, one in found.items()
        ]
        rows = [(short(id_), one.role, str(one.uses), _day(one.last_day)) for id_, one in found.items()]
        handset.show({"invites": document}, table(("Id", "Role", "Uses left", "Last day"), rows))

    handset.run(work)


def close(
    handset: Handset,
    invite_id: Annotated[str, typer.Argument(metavar="ID", help="Id of an open invite, or its beginning.")],
) -> None:
    """Close an open invite: nobody joins with its ticket any more."""

    async def work(phone: "Phone") -> None:
        found = [id_ for id_ in _open_invites(phone) if id_.hex().startswith(invite_id.lower())]
        if len(found) != 1 or len(invite_id) < 4:
            raise Refusal(
                "invite-unknown",
                f"{len(found)} open invites have such an id",
                "See `hallway lead invites`; give more of it.",
            )
        with handset.progress("Closing"):
            await phone.close_invite(found[0])
        handset.show({"closed": found[0].hex()}, f"Closed {short(found[0])}.")

    handset.run(work)


def members(handset: Handset) -> None:
    """List the accounts of the programme, with names where this phone may read them."""

    async def work(phone: "Phone") -> None:
        found = phone.members()
        document = [
            {
                "account": one.account.hex(),
                "name": one.name,
                "role": one.role,
                "phones": one.devices,
                "joined": one.joined,
            }
            for one in found
        ]
        rows = [(short(one.account), one.name or "(not known)", one.role, str(one.devices)) for one in found]
        handset.show({"members": document}, table(("Account", "Name", "Role", "Phones"), rows))

    handset.run(work)


def _open_invites(phone: "Phone") -> "dict[bytes, InviteRecord]":
    return phone.engine.roster.open_invites("member", "lead")


def _day(number: int) -> str:
    return (FIRST_DAY + timedelta(days=number)).isoformat()
