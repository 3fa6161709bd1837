"""What the operator of a server hands out."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.asking import new_private_file
from cli.command import register
from cli.serve import Address, Data, Database, served, settings_of
from cli.terminal import Terminal

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Let a lead found a programme on this server, or move it."
)


@app.callback()
def operator() -> None:
    """Let a lead found a programme on this server, or move it."""


def token(
    terminal: Terminal,
    data: Data = None,
    database: Database = None,
    address: Address = None,
    out: Annotated[Path | None, typer.Option(help="Write the ticket to this new file, for your eyes only.")] = None,
) -> None:
    """Make a ticket with which a lead founds one programme; also while the server runs.

    Data directory, database and address must be those of the server.
    """
    from api.operator import founding_ticket

    settings = served(settings_of(data=data, database=database, address=address))
    if out is None:
        ticket = founding_ticket(settings).to_text()
        terminal.show({"address": settings.address, "ticket": ticket}, ticket)
        return
    with new_private_file(out) as file:
        file.write(founding_ticket(settings).to_text() + "\n")
    terminal.show(
        {"address": settings.address, "file": str(out)},
        f"The ticket is in {out}. Give it to the lead in private; it founds one programme.",
    )


def key(terminal: Terminal, data: Data = None, address: Address = None) -> None:
    """Show a server's address and public key; the key is made if there is none.

    The first line is for leads who move programmes there, the second for whoever compares it with an evidence file.
    Data directory and address are those of the server to be.
    """
    from api.keyfile import server_key
    from cli.evidence_words import grouped
    from crypto.public.base64url import b64

    settings = settings_of(data=data, address=address)
    public = server_key(settings.key_path, os.urandom).public
    place = f"{settings.address}#{b64(public)}"
    document = {"place": place, "server_key": public.hex(), "file": str(settings.key_path)}
    terminal.show(document, place, grouped(public))


register(app, {"token": token, "key": key})
