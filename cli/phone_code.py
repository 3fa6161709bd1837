"""The recovery code: shown once, written down, typed back."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask, read_secret
from cli.errors import Usage
from cli.handset import Handset
from cli.phone_join import CodeFile

if TYPE_CHECKING:
    from device.phone import Phone

TRIES = 5
ON_PAPER = "Write both down on paper, and keep it away from this phone: whoever has it reads your entries."


def code(
    handset: Handset,
    show: Annotated[bool, typer.Option("--show", help="Only show the code; confirm it later.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="Only type back the code that was shown.")] = False,
    code_file: CodeFile = None,
) -> None:
    """Make a recovery code, show it, and have it typed back. A lost phone is recovered with it.

    A code that was made and never typed back is shown again. After a recovery, this replaces the code that was used.
    """
    if show and confirm:
        raise Usage("--show and --confirm exclude each other", "Give one of them.")
    if handset.json and not show and not confirm:
        raise Usage("with --json the code is either shown or confirmed", "Give --show, then --confirm.")
    typed = read_secret("Recovery code", code_file, "--code-file") if confirm else ""

    async def work(phone: "Phone") -> None:
        if not confirm:
            with handset.progress("Making a code"):
                printed = await phone.new_code()
            address = phone.engine.roster.address
            handset.show({"code": printed, "address": address}, f"  {printed}", f"  {address}", ON_PAPER)
        if show:
            handset.remark("Then type it back with `hallway phone code --confirm`.")
            return
        await (phone.confirm_code(typed) if confirm else _typed_back(phone))
        handset.show({"confirmed": True}, "The code is good. Older ones of this account are closed.")

    handset.run(work)


async def _typed_back(phone: "Phone") -> None:
    """Asks until the code on paper is right. Raises CodeWrong, CodeUnknown after some tries."""
    from crypto.errors import CodeWrong
    from device.ceremonies.inviting import CodeUnknown

    for tries_left in range(TRIES - 1, -1, -1):
        try:
            return await phone.confirm_code(ask("The code, typed back from the paper", "--confirm"))
        except (CodeWrong, CodeUnknown) as error:
            if not tries_left:
                raise
            typer.secho(f"{error}: look at the paper again", fg="red", err=True)
    return None
