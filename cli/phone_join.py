"""Coming into a programme: with a ticket, as a further phone, or from a code on paper."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask, new_private_file, read_secret
from cli.errors import Usage
from cli.handset import NOTICE, Handset
from cli.phone_devices import Since, day_of, stays
from cli.standing import standing

if TYPE_CHECKING:
    from device.phone import Phone
    from sync.ticket import Ticket

TicketFile = Annotated[Path | None, typer.Option(help="File with the ticket, - for standard input; else a prompt.")]
CodeFile = Annotated[Path | None, typer.Option(help="File with the code, - for standard input; else a prompt.")]

MAKE_CODE = "Now make a recovery code: `hallway phone code`. Without it a lost phone is lost."
RENEW_CODE = "The code you typed is used: run `hallway phone code` now. It makes a new one, and new keys."


def join(
    handset: Handset,
    name: Annotated[str | None, typer.Option(help="Your name as the programme's leads will see it.")] = None,
    ticket_file: TicketFile = None,
) -> None:
    """Join a programme with a ticket of its lead, or this account with a ticket of `phone link`.

    The ticket is asked for first, then the passcode. After a failure the same command goes on where it stopped.
    """
    ticket = read_ticket(ticket_file)
    person = ticket.kind in ("member", "lead")
    shown = name if name is not None or not person else ask("Your name, for the leads", "--name")
    if person and not shown:
        raise Usage("a name is missing", "Give --name: the leads see it, the server does not.")

    async def work(phone: "Phone") -> None:
        phone.accept(ticket, shown or "")
        with handset.progress("Joining"):
            await phone.come_in()
        welcome(handset, phone, MAKE_CODE if person else "This phone shows the same entries as your others.")

    handset.come(work)


def recover(
    handset: Handset,
    address: Annotated[str | None, typer.Option(help="Address of the server, as it stands on the paper.")] = None,
    code_file: CodeFile = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="A phone of yours that stays; again for each.")
    ] = None,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="All your phones stay.")] = False,
    since: Since = None,
) -> None:
    """Recover an account, with all its entries, from the code on paper, and take lost phones off it.

    Address and code are asked for first, then the passcode of the new phone, then which of your other phones stay.
    """
    from crypto.secret.code import from_paper
    from sync.ticket import is_origin

    where = (address or ask("Address of the server", "--address")).rstrip("/")
    if not is_origin(where):
        raise Usage(f"{where!r} is no address of a server", "Write it as on the paper: https://hallway.example")
    typed = read_secret("Recovery code", code_file, "--code-file")
    lost = day_of(since)
    # A slip is named before a phone is made for it.
    from_paper(typed)

    async def work(phone: "Phone") -> None:
        phone.recover_with(where, typed)
        with handset.progress("Recovering"):
            report = await phone.come_in()
        for note in report.notes:
            handset.remark(note)
        kept = stays(phone, handset, keep or (), keep_all=keep_all)
        with handset.progress("Taking lost phones off"):
            await phone.revoke_others(kept, lost)
        welcome(handset, phone, RENEW_CODE)

    handset.come(work)


def link(
    handset: Handset,
    out: Annotated[Path | None, typer.Option(help="Write the ticket to this new file, for your eyes only.")] = None,
) -> None:
    """Make a ticket that links a further phone to this account. It is good once, for a day."""

    async def work(phone: "Phone") -> str:
        with handset.progress("Making a ticket"):
            return (await phone.link()).to_text()

    if out is not None:
        with new_private_file(out) as file:
            file.write(handset.run(work) + "\n")
        handset.show({"file": str(out)}, f"The ticket is in {out}: `hallway phone join --ticket-file` takes it.")
        return
    ticket = handset.run(work)
    advice = (
        "On the other phone: `hallway phone join`, and paste this ticket. Show it to nobody: it opens your entries."
    )
    handset.show({"ticket": ticket}, qr(ticket), ticket, advice)


def read_ticket(file: Path | None) -> "Ticket":
    """Raises TicketWrong, Usage."""
    from sync.ticket import Ticket

    return Ticket.from_text(read_secret("Ticket", file, "--ticket-file"))


def welcome(handset: Handset, phone: "Phone", following: str) -> None:
    """What the phone is now, and what comes next."""
    found = standing(phone)
    number = len(phone.records.list())
    place = found.programme_name or "the programme"
    handset.show(
        {**found.as_json(), "records": number, "next": following, "notice": NOTICE},
        f"This phone is in {place} as {found.role}, account {found.account[:8]}, with {number} records.",
        following,
    )


def qr(ticket: str) -> str:
    """The ticket as a QR code (ISO/IEC 18004) of block characters."""
    import segno

    drawn = io.StringIO()
    segno.make(ticket, error="l", micro=False).terminal(out=drawn, compact=True)
    return drawn.getvalue()
