"""Taking an account off the programme."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask
from cli.errors import Refusal, Usage
from cli.handset import Handset
from cli.phone_devices import pick
from cli.values import short

if TYPE_CHECKING:
    from device.phone import Phone


def remove(
    handset: Handset,
    account_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the account, or its beginning.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a supporter, or another lead, off the programme. Their own entries stay on their own phones."""

    async def work(phone: "Phone") -> None:
        names = {one.account: one.name for one in phone.members()}
        account = pick(names, account_id, "accounts", "hallway lead members")
        if account == phone.engine.identity.account:
            raise Refusal("own-account", "this is your own account", "Leave by yourself: `hallway phone leave`.")
        who = names[account] or f"account {short(account)}"
        if not yes and ask(f"{who} leaves for ever. Type REMOVE", "--yes") != "REMOVE":
            raise Usage("nothing was done", "Type REMOVE, or give --yes.")
        with handset.progress("Removing"):
            await phone.remove(account)
        handset.show({"removed": account.hex()}, f"Removed {who}.")

    handset.run(work)
