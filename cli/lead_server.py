"""Saying where the programme's server moves to."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import Usage
from cli.handset import Handset

if TYPE_CHECKING:
    from device.phone import Phone


def server(
    handset: Handset,
    address: Annotated[str, typer.Option(help="New public origin, such as https://hallway.example.")],
    key: Annotated[str, typer.Option(help="Public key of the new server, from `hallway operator key`.")],
) -> None:
    """Say where the programme's server moves to, before the operator moves it. Phones follow with their next sync.

    Until a server with this key answers there, they go on with the present one; a mistake is corrected by the same
    command. Tickets that were not used yet are made anew afterwards.
    """
    from crypto.errors import EncodingError
    from crypto.public.base64url import unb64

    try:
        public = unb64(key.strip(), 32)
    except EncodingError:
        raise Usage("the key is damaged", "Copy all 43 characters that `hallway operator key` shows.") from None
    where = address.rstrip("/")

    async def work(phone: "Phone") -> None:
        with handset.progress("Stating the move"):
            await phone.state_server(public, where)
        handset.show(
            {"address": where, "key": key.strip()}, f"Stated. The operator may now move the server to {where}."
        )

    handset.run(work)
