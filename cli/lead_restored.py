"""Saying that a restore of the server is over."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import ask
from cli.errors import Refusal
from cli.handset import Handset

if TYPE_CHECKING:
    from device.phone import Phone

EXPLAINED = (
    "The operator put the server back from a backup. At their next sync phones give back what it lost, and it takes"
    " nothing new until you say that this is done. What no phone has given back by then, and only another phone still"
    " holds, that phone writes again. Wait until your members' phones have synced: a day or two."
)
YES = "yes"


def restored(
    handset: Handset,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Say that the server is whole again after it was put back from a backup, so that it takes new entries."""

    async def work(phone: "Phone") -> None:
        with handset.progress("Giving back"):
            await phone.sync()
        if not yes:
            handset.remark(EXPLAINED)
            if ask(f"Is it done? Type {YES}", "--yes").strip().lower() != YES:
                raise Refusal("not-confirmed", "nothing was said", "Run `hallway lead restored` when it is done.")
        with handset.progress("Saying so"):
            said = await phone.restored()
            report = await phone.sync()
        shown = {"restored": True, "waiting": report.waiting, "notes": said}
        handset.show(shown, "\n".join([*said, "Said. The server takes new entries again."]))

    handset.run(work)
