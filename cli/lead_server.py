"""Saying where the programme's server moves to."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import Usage
from cli.handset import Handset
from cli.lead_found import OneOrganisation

if TYPE_CHECKING:
    from device.phone import Phone


RUN_BY = {
    True: "It is run by your own organisation, by what you have stated (else: --two-organisations).",
    False: "It is run by another organisation, as far as you have stated (else: --one-organisation).",
}


def server(
    handset: Handset,
    place: Annotated[str, typer.Argument(help="Address and public key, as `hallway operator key` shows them.")],
    one_organisation: OneOrganisation = None,
) -> None:
    """Say where the programme's server moves to, before the operator moves it. Phones follow with their next sync.

    Until a server with this key answers there, they go on with the present one; a mistake is corrected by the same
    command. Tickets that were not used yet are made anew afterwards.
    """
    from crypto.errors import EncodingError
    from crypto.public.base64url import b64, unb64

    address, _, key = place.strip().partition("#")
    try:
        public = unb64(key, 32)
    except EncodingError:
        raise Usage("the place is damaged", "Copy all that `hallway operator key` shows, in quotes.") from None

    async def work(phone: "Phone") -> None:
        with handset.progress("Stating the move"):
            await phone.state_server(public, address, one_organisation=one_organisation)
        said = f"Stated. The operator may now move the server to {address}."
        one = phone.engine.roster.one_organisation
        handset.show({"address": address, "key": b64(public), "one_organisation": one}, said, RUN_BY[one])

    handset.run(work)
