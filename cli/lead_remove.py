"""Taking an account off the programme."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.handset import Handset
from cli.phone_devices import pick
from cli.values import short

if TYPE_CHECKING:
    from device.phone import Phone


def remove(
    handset: Handset,
    account_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the account, or its beginning.")],
) -> None:
    """Take a supporter, or another lead, off the programme. Their own entries stay on their own phones."""

    async def work(phone: "Phone") -> None:
        account = pick((one.account for one in phone.members()), account_id, "accounts", "hallway lead members")
        with handset.progress("Removing"):
            await phone.remove(account)
        handset.show({"removed": account.hex()}, f"Removed {short(account)}.")

    handset.run(work)
